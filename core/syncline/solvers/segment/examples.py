"""Label some pieces by hand, get the rest: every row looks like the examples of one label or another."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model import Features
from ...model.segments import Segment, Tier
from ...progress import Monitor
from ...registry import choice, number, switch, text
from ...threads import single_threaded
from . import Segmentation, SegmentProblem, register
from ._labelling import Piece, label_rows
from ._rows import edges_of, rows_at, step_of

__all__ = ["ExamplesParams", "costs_of", "described", "solve"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_TEMPLATES = 600
"""Rows of the examples of a label that others are compared with, evenly taken."""
_NEAR = 0.05
_WIDEST = 1.0
"""Seconds of the widest window chosen by itself."""
_QUIET = 0.05
"""Of a channel's spread: less movement than this is none."""


@dataclass(frozen=True)
class ExamplesParams:
    """Parameters of `solve`."""

    by: str = choice(
        "nearest", ("nearest", "gaussian"), "Compare with", "The nearest moment of the examples; their mean and spread."
    )
    movement: bool = switch(True, "Movement", "How much each channel moves in a window counts beside its value.")
    window: float | None = number(
        None, "Window", "Seconds of that window; automatic: half the shortest example, 1 s at most.", 0.0, 3600.0, "s"
    )
    least: float = number(
        0.5, "Shortest", "A piece lasts at least so many times the shortest example of its label.", 0.0, 1.0
    )
    most: float = number(
        0.0,
        "Longest",
        "A piece lasts at most so many times the longest example of its label; 0: no limit.",
        0.0,
        1000.0,
    )
    limits: str = text(
        "", "Limits", "Seconds for single labels instead: “walk 2-10, jump 0.5-”, shortest and longest.", advanced=True
    )
    order: str = text("", "Order", "Labels of all pieces in turn, with commas; empty: any order.")
    tier: str = text(
        "",
        "Examples in",
        "Your own tier in the window whose pieces they are; empty: “examples”, else the first with named pieces.",
        advanced=True,
    )


@register("examples", "Like examples", ExamplesParams, kinds=("features",))
def solve(problem: SegmentProblem, params: ExamplesParams, monitor: Monitor) -> Segmentation:
    """Name every piece by the examples that it looks like, none too short; the examples stay as they are.

    Scores say which share of a piece's rows would have its label by themselves.

    Raises
    ------
    ParameterError
        There is no example, one is outside the recording or over another, or an order or limit names no label.
    Infeasible
        No labelling obeys the order and the limits.
    Cancelled
        The monitor was told to stop.
    """
    rows = problem.rows
    examples = _sorted(problem.examples)
    given, names = _placed(rows, examples)
    step = step_of(rows)
    window = params.window
    if window is None:
        window = min(_WIDEST, min(p.end - p.start for p in given) * step / 2)
    x = rows.values.astype(np.float64)
    wide = max(1, round(window / step))
    x = described(x, wide if params.movement else 0)
    monitor.advance(0, 1)
    costs = costs_of(x, given, len(names), params.by, 2 * wide, monitor.part(0.0, 0.9))
    least, most = _limits(given, names, params, step, len(x))
    order = None
    if params.order.strip():
        order = [_known(word.strip(), names) for word in re.split(r"[,;]", params.order) if word.strip()]
    walls = [w for w in rows_at(rows, problem.boundaries) if not any(p.start < w < p.end for p in given)]
    short = max(1, wide // 4)
    found, cost = label_rows(
        costs, least, most, order=order, given=given, walls=walls, short=short, budget=problem.budget
    )  # fmt: skip
    monitor.advance(1, 1)
    sure = costs.argmin(1)
    pieces = _segments(rows, found, dict(zip(given, examples, strict=True)), names, sure)
    figures = {
        "labels": float(len(names)),
        "examples": float(len(examples)),
        "segments": float(len(pieces)),
        "cost": cost,
    }
    return Segmentation((Tier("pieces", pieces),), figures)


def described(x: F64, window: int) -> F64:
    """What rows are compared by: values and the logarithm of their spread in a window, each with variance 1.

    Parameters
    ----------
    x
        float64 (n, D).
    window
        Rows; 0: values only.

    Returns
    -------
    float64 (n, d): channels that never change are left out, unless none does.
    """
    from scipy.ndimage import uniform_filter1d

    spread = x.std(0)
    used = spread > 1e-9 * np.maximum(1.0, np.abs(x).max(0))
    if not used.any():
        return np.zeros((len(x), 1))
    z = (x[:, used] - x[:, used].mean(0)) / spread[used]
    if window < 2 or len(x) < 2:
        return z
    # An even window would lie half a row to one side.
    window |= 1
    mean = uniform_filter1d(z, window, axis=0)
    square = uniform_filter1d(z * z, window, axis=0)
    moves = np.log(np.sqrt(np.maximum(square - mean * mean, 0.0)) + _QUIET)
    moves -= moves.mean(0)
    spread = moves.std(0)
    return np.hstack([z, moves[:, spread > 1e-9] / spread[spread > 1e-9]])


def costs_of(
    x: F64, given: Sequence[Piece], labels: int, by: str, apart: int = 0, monitor: Monitor | None = None
) -> F64:
    """How unlike each label every row is.

    Parameters
    ----------
    x
        float64 (n, d).
    given
        Examples; every label has one.
    by
        ``"nearest"``: squared distance that the nearest twentieth of the rows of its examples are within, over d: the
        very nearest may be where an example was drawn too wide. ``"gaussian"``: minus the logarithm of the density of a
        normal distribution with its mean and variances, half of which are the labels' common ones, over d.
    apart
        Rows of an example that are nearer in time are not compared with, up to a quarter of it: what lies just outside
        of an example would look like it because so little time has passed.

    Returns
    -------
    float64 (n, labels).
    """
    monitor = monitor or Monitor()
    own = [[p for p in given if p.label == k] for k in range(labels)]
    out = np.empty((len(x), labels))
    places = [np.concatenate([np.arange(p.start, p.end) for p in some]) for some in own]
    pooled = np.mean([x[at].var(0) for at in places], 0)
    for k, (some, at) in enumerate(zip(own, places, strict=True)):
        monitor.advance(k, labels)
        if by == "gaussian":
            v = 0.5 * x[at].var(0) + 0.5 * pooled + 0.2
            out[:, k] = 0.5 * ((x - x[at].mean(0)) ** 2 / v + np.log(v)).mean(1)
        else:
            guard = np.concatenate([np.full(p.end - p.start, min(apart, (p.end - p.start) // 4)) for p in some])
            chosen = np.linspace(0, len(at) - 1, min(len(at), _TEMPLATES)).round().astype(int)
            out[:, k] = _nearest(x, at[chosen], guard[chosen], monitor)
    return out


def _nearest(x: F64, at: I64, guard: I64, monitor: Monitor) -> F64:
    templates = x[at]
    size = (templates**2).sum(1)
    among = round(_NEAR * (len(templates) - 1))
    out = np.empty(len(x))
    with single_threaded():
        for start in range(0, len(x), 2048):
            monitor.check()
            part = x[start : start + 2048]
            squares = size - 2 * part @ templates.T
            squares[np.abs(np.arange(start, start + len(part))[:, None] - at) < guard] = np.inf
            squares.partition(among, axis=1)
            out[start : start + 2048] = squares[:, among] + (part**2).sum(1)
    return np.maximum(out, 0.0) / x.shape[1]


def _sorted(examples: Sequence[Segment]) -> list[Segment]:
    if not examples:
        raise ParameterError("There is no example: draw and name at least one piece of each kind.")
    found = sorted(examples)
    for e in found:
        if not e.label.strip():
            raise ParameterError(f"The example at {e.start:g} s has no name; give it one.")
    for a, b in pairwise(found):
        if b.start < a.end - 1e-9:
            raise ParameterError(f"The examples at {a.start:g} s and {b.start:g} s overlap; move one.")
    return found


def _placed(rows: Features, examples: Sequence[Segment]) -> tuple[list[Piece], list[str]]:
    """Examples on rows, and the names of their labels in the order in which they come."""
    edges = edges_of(rows)
    names = list(dict.fromkeys(e.label for e in examples))
    found: list[Piece] = []
    for e in examples:
        if e.end <= edges[0] or e.start >= edges[-1]:
            raise ParameterError(f"The example “{e.label}” at {e.start:g} s is not within the recording.")
        a, b = (int(np.abs(edges - t).argmin()) for t in (e.start, e.end))
        # A recording begins where its first row does, not half a row before.
        a, b = (0 if e.start <= rows.times[0] else a), (len(rows) if e.end >= rows.times[-1] else b)
        # Neighbours that touch within a row don't share it.
        a = max(a, found[-1].end) if found else a
        if b <= a:
            raise ParameterError(f"The example “{e.label}” at {e.start:g} s is shorter than a row of the features.")
        found.append(Piece(a, b, names.index(e.label)))
    return found, names


def _limits(
    given: Sequence[Piece], names: Sequence[str], params: ExamplesParams, step: float, n: int
) -> tuple[I64, I64]:
    """Rows of the shortest and the longest piece of each label."""
    least, most = np.ones(len(names), np.int64), np.full(len(names), n, np.int64)
    for k in range(len(names)):
        lengths = [p.end - p.start for p in given if p.label == k]
        least[k] = max(1, round(params.least * min(lengths)))
        if params.most > 0:
            most[k] = max(least[k], math.ceil(params.most * max(lengths)))
    for word in filter(None, (w.strip() for w in re.split(r"[,;]", params.limits))):
        parts = re.fullmatch(r"(.+?)[\s:=]+(\d*\.?\d*)\s*[-–]\s*(\d*\.?\d*)", word)
        if parts is None:
            raise ParameterError(f"“{word}” is no limit; write it as “walk 2-10”, “walk 2-” or “walk -10”.")
        k = _known(parts[1].strip(), names)
        try:
            low, high = (float(v) if v else None for v in parts.groups()[1:])
        except ValueError:
            raise ParameterError(f"“{word}” is no limit; write it as “walk 2-10”, “walk 2-” or “walk -10”.") from None
        if low is not None:
            least[k] = max(1, round(low / step))
        most[k] = n if high is None else max(1, round(high / step))
        if least[k] > most[k]:
            raise ParameterError(f"The limit “{word}” leaves no duration.")
    return least, most


def _known(name: str, names: Sequence[str]) -> int:
    if name not in names:
        raise ParameterError(f"There is no example of “{name}”; there are some of {', '.join(names)}.")
    return names.index(name)


def _segments(
    rows: Features, found: Sequence[Piece], examples: dict[Piece, Segment], names: Sequence[str], sure: I64
) -> tuple[Segment, ...]:
    """Pieces in seconds; what touches an example ends or begins where that does exactly."""
    edges = edges_of(rows)
    exact: dict[int, tuple[float, float]] = {}
    for p, e in examples.items():
        exact[p.start] = (exact.get(p.start, (e.start, 0.0))[0], e.start)
        exact[p.end] = (e.end, exact.get(p.end, (0.0, e.end))[1])
    out: list[Segment] = []
    for p in found:
        example = examples.get(p)
        if example is not None:
            out.append(example)
            continue
        start = exact[p.start][0] if p.start in exact else float(edges[p.start])
        end = exact[p.end][1] if p.end in exact else float(edges[p.end])
        score = float((sure[p.start : p.end] == p.label).mean())
        out.append(Segment(start, end, names[p.label], score))
    return tuple(out)
