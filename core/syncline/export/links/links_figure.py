"""The picture with boxes, words and curves, as PNG or SVG."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from ...errors import ExportError
from ...progress import Monitor
from ...registry import number
from . import LinkJob, register
from ._drawing import FONT, PAPER, Drawing, draw, svg

__all__ = ["LinksFigureParams", "write"]


@dataclass(frozen=True)
class LinksFigureParams:
    """How the figure looks."""

    single = True

    side: int = number(1200, "Size", "Longer side of the picture.", low=200, high=6000, unit="pixels")


@register("links_figure", "Picture with boxes and links", LinksFigureParams, kinds=(".png", ".svg"))
def write(job: LinkJob, target: Path, params: LinksFigureParams, monitor: Monitor) -> None:
    """The picture with its boxes, the captions beneath as words, and a curve for every link, as thick as its weight.

    The same links give the same bytes. An SVG holds the picture and asks for nothing else.
    """
    found = job.matches[0]
    drawing, pixels = draw(found, float(params.side)), job.pixels(found.scene.picture)
    monitor.advance(1, 3)
    if target.suffix.lower() == ".svg":
        target.write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n' + svg(drawing, pixels, found.scene.picture.name),
            encoding="utf-8",
            newline="\n",
        )
        _check_svg(target)
    else:
        target.write_bytes(_png(drawing, pixels))
    monitor.advance(3, 3)


def _check_svg(target: Path) -> None:
    from defusedxml.ElementTree import parse

    try:
        parse(target)
    except ParseError as error:
        raise ExportError(f"The SVG file can't be read back ({error}); choose another format.") from error


def _png(drawing: Drawing, pixels: object) -> bytes:
    """The same drawing by matplotlib, 100 pixels an inch so that a length is a pixel."""
    import cv2
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
    from matplotlib.path import Path as Curve

    dpi, points = 100, 72 / 100
    figure = Figure(figsize=(drawing.width / dpi, drawing.height / dpi), dpi=dpi, facecolor=PAPER)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    picture = np.asarray(pixels)[..., ::-1]
    height, width = picture.shape[:2]
    size = max(1, round(width * drawing.scale)), max(1, round(height * drawing.scale))
    method = cv2.INTER_AREA if drawing.scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(np.ascontiguousarray(picture), size, interpolation=method)
    axes.imshow(picture, extent=(0, size[0], size[1], 0), interpolation="nearest", aspect="auto")
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    plain = {"fontfamily": "DejaVu Sans", "parse_math": False, "va": "center", "ha": "left"}
    for f in drawing.frames:
        line: dict[str, Any] = {"fill": False, "edgecolor": f.colour, "linewidth": 2.5 * points}
        if f.rings:
            for ring in f.rings:
                axes.add_patch(Polygon(ring, closed=True, **line))
        else:
            axes.add_patch(Rectangle((f.x, f.y), f.width, f.height, **line))
        x, y = f.corner
        axes.text(
            x + 4,
            y + 9,
            f.label,
            color=PAPER,
            fontsize=12 * points,
            bbox={"facecolor": f.colour, "edgecolor": "none", "pad": 2.2},
            **plain,  # pyright: ignore[reportArgumentType]
        )
    for c in drawing.curves:
        path = Curve(list(c.points), [Curve.MOVETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4])
        axes.add_patch(
            PathPatch(path, fill=False, edgecolor=c.colour, linewidth=c.width * points, alpha=0.85, capstyle="round")
        )
    for chip in drawing.chips:
        if chip.column is not None:
            for alpha, fill in ((0.14, True), (1.0, False)):
                axes.add_patch(
                    FancyBboxPatch(
                        (chip.x + 6, chip.y + 6),
                        max(chip.width - 12, 0.1),
                        14,
                        boxstyle="round,pad=6",
                        fill=fill,
                        facecolor=chip.colour,
                        edgecolor=chip.colour,
                        linewidth=0 if fill else points,
                        alpha=alpha,
                    )
                )
        axes.text(
            chip.x + (0 if chip.column is None else 6),
            chip.y + 13,
            chip.text,
            color=chip.colour,
            fontsize=FONT * points,
            **plain,  # pyright: ignore[reportArgumentType]
        )
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters the font lacks are drawn as a box
        canvas.print_png(file, metadata={"Software": None})
    return file.getvalue()
