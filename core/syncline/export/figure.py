"""The cost matrix with the warping path as a figure: PNG, SVG or PDF, the same bytes for the same alignment."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cost import tile
from ..errors import ExportError
from ..model import Alignment, Features, LocalCost
from ..model.cost import shown_cost
from ..progress import Monitor
from ..registry import choice, number, switch, text
from . import ExportJob, register
from ._common import path_of

__all__ = ["FigureParams", "reduced_cost", "write"]

_CELLS = 1 << 21
"""Cells of the matrix held at a time."""
_MOST = 400_000_000
"""Cells computed at most; of larger matrices every k-th row and column stands for the rest."""
_POINTS = 20_000
_SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".pdf": b"%PDF-", ".svg": b"<?xml"}


@dataclass(frozen=True)
class FigureParams:
    """How the figure looks."""

    needs_features = True

    width: float = number(6.5, "Width", low=2.0, high=40.0, unit="inches")
    height: float = number(5.5, "Height", low=2.0, high=40.0, unit="inches")
    dpi: int = number(200, "Resolution", "Of PNG and of the matrix inside SVG and PDF.", low=50, high=1200)
    colours: str = choice("viridis", ("viridis", "magma", "cividis", "gray"), "Colour map")
    window: bool = switch(True, "Shade what the window leaves out")
    anchors: bool = switch(True, "Mark anchors, locks and forbidden rectangles")
    title: str = text("", "Title", "Empty: the names of both files.")


def _edges(count: int, most: int) -> NDArray[np.intp]:
    """Borders of at most `most` nearly equal groups of 0 … `count`."""
    return np.unique(np.linspace(0, count, min(count, most) + 1).round().astype(np.intp))


def reduced_cost(cost: LocalCost, most: tuple[int, int], monitor: Monitor) -> NDArray[np.float32]:
    """Mean local cost over a grid of at most `most` (rows, columns) groups, computed in blocks.

    Parameters
    ----------
    cost
        n rows, m columns.

    Returns
    -------
    ndarray
        float32 (r, c). Past 4·10⁸ cells the mean is taken over evenly picked rows and columns of every group.
    """
    n, m = cost.shape
    stride = int(np.ceil(np.sqrt(n * m / _MOST))) if n * m > _MOST else 1
    if stride > 1:
        cost = LocalCost(
            np.ascontiguousarray(cost.x[stride // 2 :: stride]),
            np.ascontiguousarray(cost.y[stride // 2 :: stride]),
            cost.metric,
        )
        n, m = cost.shape
    rows, columns = _edges(n, most[0]), _edges(m, most[1])
    sums = np.zeros((len(rows) - 1, len(columns) - 1), np.float64)
    width = min(m, 8192)
    height = max(1, _CELLS // width)
    for top in range(0, n, height):
        bottom = min(n, top + height)
        first = np.searchsorted(rows, top, side="right") - 1
        last = np.searchsorted(rows, bottom, side="left")
        row_starts = np.maximum(rows[first:last], top) - top
        for left in range(0, m, width):
            right = min(m, left + width)
            begin = np.searchsorted(columns, left, side="right") - 1
            end = np.searchsorted(columns, right, side="left")
            starts = np.maximum(columns[begin:end], left) - left
            block = tile(cost, slice(top, bottom), slice(left, right))
            part = np.add.reduceat(np.add.reduceat(block, starts, axis=1), row_starts, axis=0)
            sums[first:last, begin:end] += part
            monitor.advance(top * m + bottom * right, n * m)
    areas = np.diff(rows)[:, None] * np.diff(columns)[None, :]
    return (sums / areas).astype(np.float32)


def _borders(times: NDArray[np.float64]) -> tuple[float, float]:
    """Seconds from half a row before the first to half a row after the last."""
    half = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.5
    return float(times[0]) - half, float(times[-1]) + half


def _shade(window: tuple[NDArray[np.intp], NDArray[np.intp]], shape: tuple[int, int], n: int, m: int) -> Any:
    """RGBA float32 (columns, rows, 4) picture, B up: grey where the window lets nothing pass."""
    low, high = window
    rows = (np.arange(shape[0]) * n // shape[0]).astype(np.intp)
    centres = (np.arange(shape[1]) + 0.5) * m / shape[1]
    out = (centres[None, :] < low[rows, None]) | (centres[None, :] >= high[rows, None])
    picture = np.zeros((shape[1], shape[0], 4), np.float32)
    picture[..., :3], picture[..., 3] = 0.5, 0.65 * out.T
    return picture


def _thin(length: int) -> NDArray[np.intp]:
    """Evenly picked positions, first and last among them, that a drawing can tell apart."""
    return np.unique(np.linspace(0, length - 1, min(length, _POINTS)).round().astype(np.intp))


def _printable(words: str, font: Any) -> str:
    """`words` with a question mark for what the font of the figure can't draw."""
    known = font.get_charmap()
    return "".join(c if ord(c) in known and c.isprintable() else "?" for c in words)


def _draw(axes: Any, job: ExportJob, params: FigureParams, a: Features, b: Features) -> None:
    alignment = job.alignment
    path = path_of(alignment)
    for piece in path.pieces:
        times = path.times[piece]
        keep = _thin(len(times))
        axes.plot(times[keep, 0], times[keep, 1], color="white", linewidth=2.6, solid_joinstyle="round")
        axes.plot(times[keep, 0], times[keep, 1], color="#e4572e", linewidth=1.3, gid="warping-path")
    if not params.anchors:
        return
    from matplotlib.patches import Rectangle

    constraints = alignment.constraints
    for zone in constraints.forbidden:
        axes.add_patch(
            Rectangle(
                (zone.a0, zone.b0), zone.a1 - zone.a0, zone.b1 - zone.b0,
                facecolor="#c0392b66", edgecolor="#c0392b", hatch="///", linewidth=0.8, gid="forbidden",
            )
        )  # fmt: skip
    for lock in constraints.locks:
        keep = _thin(len(lock.times))
        axes.plot(lock.times[keep, 0], lock.times[keep, 1], color="#f2c14e", linewidth=3.0, gid="lock")
    for anchor in constraints.anchors:
        points = np.array([(anchor.a, anchor.b), anchor.end])
        jump = anchor.kind == "jump"
        axes.plot(
            points[: 1 + jump, 0], points[: 1 + jump, 1], "s" if jump else "o", linestyle=":" if jump else "none",
            color="#1b1b1e", markerfacecolor="white", markersize=5, markeredgewidth=1.2, gid="anchor", zorder=5,
        )  # fmt: skip


def _title(alignment: Alignment, params: FigureParams) -> str:
    return params.title or f"{alignment.pair.a.name}  ·  {alignment.pair.b.name}"


@register("figure", "Cost matrix with the path", FigureParams, kinds=(".png", ".svg", ".pdf"))
def write(job: ExportJob, target: Path, params: FigureParams, monitor: Monitor) -> None:
    """The local cost of every pair of moments, with the path, anchors and window; A across, B up, in seconds."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties, findfont, get_font

    alignment = job.alignment
    a, b = alignment.features_a, alignment.features_b
    if a is None or b is None:
        raise ExportError("The figure needs the features of both files; align them again first.")
    cost = shown_cost(alignment)
    if cost is None:
        raise ExportError("The two sides have different features and no common space yet; align them again first.")
    cells = (int(params.width * params.dpi * 0.8), int(params.height * params.dpi * 0.8))
    most = (min(cells[0], 2000), min(cells[1], 2000))
    matrix = reduced_cost(cost, most, monitor.part(0.0, 0.7, "Computing the cost matrix"))
    monitor = monitor.part(0.7, 1.0, "Drawing")
    monitor.advance(0, 3)

    font = get_font(findfont(FontProperties()))
    suffix = target.suffix.lower()
    # Figures are made without pyplot, which is for the main thread and remembers every one of them.
    figure = Figure(figsize=(params.width, params.height), dpi=params.dpi, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    extent = (*_borders(a.times), *_borders(b.times))
    image = axes.imshow(
        matrix.T, origin="lower", extent=extent, aspect="auto", cmap=params.colours, interpolation="nearest"
    )
    if params.window and job.window is not None:
        shade = _shade(job.window, matrix.shape, len(a), len(b))
        axes.imshow(shade, origin="lower", extent=extent, aspect="auto", interpolation="nearest")
    _draw(axes, job, params, a, b)
    axes.set_xlim(*extent[:2])
    axes.set_ylim(*extent[2:])
    axes.set_xlabel("A (seconds)")
    axes.set_ylabel("B (seconds)")
    axes.set_title(_printable(_title(alignment, params), font), parse_math=False, fontsize=10, wrap=True)
    figure.colorbar(image, ax=axes, label=f"Local cost ({cost.metric})")
    monitor.advance(1, 3)

    # Without a date and with a fixed salt for the identifiers inside SVG the bytes depend on the alignment only.
    metadata: dict[str, Any] = {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": "Syncline"},
        ".pdf": {"CreationDate": None, "Creator": "Syncline", "Producer": None},
    }[suffix]
    with matplotlib.rc_context({"svg.hashsalt": "syncline", "svg.fonttype": "path"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # constrained layout complains about very small figures
        # Into memory: on a full disk matplotlib's PDF writer hides the cause behind an error of its own.
        drawn = io.BytesIO()
        figure.savefig(drawn, format=suffix[1:], dpi=params.dpi, metadata=metadata)
    monitor.advance(2, 3)
    target.write_bytes(drawn.getbuffer())
    _check(target, suffix)
    monitor.advance(3, 3)


def _check(target: Path, suffix: str) -> None:
    """Raise unless the file begins and ends as its kind must."""
    data = target.read_bytes()
    end = {".png": b"IEND\xaeB`\x82", ".pdf": b"%%EOF", ".svg": b"</svg>"}[suffix]
    if not data.startswith(_SIGNATURES[suffix]) or not data.rstrip().endswith(end):
        raise ExportError(f"The {suffix[1:].upper()} can't be read back; try again or choose another folder.")
