"""Windows: which columns each row may be laid on. A window is one contiguous range a row.

Several windows share a name in the literature; ours (ALGORITHMS 4.2) are in seconds, so that two sides of different
rate are treated alike. With both at one row a second they are the published ones in frames.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["WINDOWS", "Limits", "bounds", "tighten"]

WINDOWS = ("none", "sakoe_chiba", "slanted", "itakura")

# Times are sums of rounded frame durations: a cell exactly on the border must count as inside.
_SLACK = 1e-9

Times = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """Everything that bounds how far the path may stray.

    Attributes
    ----------
    window
        ``sakoe_chiba``: |t_A − t_B| ≤ radius. ``slanted``: |t_B − line(t_A)| ≤ radius, the line through both ends.
        ``itakura``: parallelogram around the diagonal of the whole matrix with slopes 1/slope and slope.
    radius
        Seconds.
    max_shift
        Seconds: |t_A − t_B|, whatever the window; None: no limit.
    max_stretch
        From each fixed end on, seconds of B are between 1/s and s times those of A, give or take one row.
    free_begin, free_end
        The path may begin or end anywhere in B, so no limit starts from there.
    """

    window: str = "none"
    radius: float = 0.0
    slope: float = 2.0
    max_shift: float | None = None
    max_stretch: float | None = None
    free_begin: bool = False
    free_end: bool = False

    @property
    def unlimited(self) -> bool:
        """True if every cell is allowed."""
        return self.window == "none" and self.max_shift is None and self.max_stretch is None


def bounds(limits: Limits, a: Times, b: Times) -> tuple[Rows, Rows]:
    """The window as half-open column ranges: int64 (n,), (n,); lo = hi where a row is empty.

    Parameters
    ----------
    a, b
        float64 (n,), (m,) seconds of the rows of A and B.
    """
    n, m = len(a), len(b)
    lo, hi = np.zeros(n, np.int64), np.full(n, m, np.int64)
    if limits.window == "sakoe_chiba":
        _narrow(lo, hi, b, a - limits.radius, a + limits.radius)
    elif limits.window == "slanted" and n > 1:
        line = b[0] + (a - a[0]) * ((b[-1] - b[0]) / (a[-1] - a[0]))
        _narrow(lo, hi, b, line - limits.radius, line + limits.radius)
    elif limits.window == "itakura" and n > 1 and m > 1:
        first, last = _itakura(n, m, limits.slope)
        lo, hi = np.maximum(lo, first), np.minimum(hi, last)
    if limits.max_shift is not None:
        _narrow(lo, hi, b, a - limits.max_shift, a + limits.max_shift)
    if limits.max_stretch is not None:
        s = limits.max_stretch
        # One row of either side: at a finite rate no cell lies exactly on a slope.
        slack = max(_hop(a), _hop(b))
        if not limits.free_begin:
            _narrow(lo, hi, b, b[0] + (a - a[0]) / s - slack, b[0] + (a - a[0]) * s + slack)
        if not limits.free_end:
            _narrow(lo, hi, b, b[-1] - (a[-1] - a) * s - slack, b[-1] - (a[-1] - a) / s + slack)
    hi = np.maximum(hi, lo)
    return lo, hi


def _hop(times: Times) -> float:
    return float((times[-1] - times[0]) / (len(times) - 1)) if len(times) > 1 else 0.0


def _narrow(lo: Rows, hi: Rows, b: Times, least: Times, most: Times) -> None:
    np.maximum(lo, np.searchsorted(b, least - _SLACK, side="left"), out=lo)
    np.minimum(hi, np.searchsorted(b, most + _SLACK, side="right"), out=hi)


def _itakura(n: int, m: int, slope: float) -> tuple[Rows, Rows]:
    """Rows allowed in a column: between the lines of slope q/s and q·s, q = n/m, through both corners."""
    j = np.arange(m)
    steep, flat = slope * n / m, n / m / slope
    least = np.maximum(flat * j, (n - 1) - steep * (m - 1 - j))
    most = np.minimum(steep * j, (n - 1) - flat * (m - 1 - j))
    first, last = np.ceil(np.round(least, 2)), np.floor(np.round(most, 2))
    rows = np.arange(n)
    # Both rise with j, so the columns of a row are one range as well.
    return np.searchsorted(last, rows, side="left"), np.searchsorted(first, rows, side="right")


def tighten(limits: Limits, name: str, value: float, a: Times, b: Times) -> float:
    """The least value of a radius that gives the same window as `value` does (for saying it in a message)."""
    window = limits.window if name == "radius" else "none"
    lo, hi = bounds(replace(Limits(window), **{name: value}), a, b)
    rows = np.flatnonzero(hi > lo)
    middle = a
    if name == "radius" and limits.window == "slanted" and len(a) > 1:
        middle = b[0] + (a - a[0]) * ((b[-1] - b[0]) / (a[-1] - a[0]))
    edges = [np.abs(middle[rows] - b[lo[rows]]), np.abs(middle[rows] - b[hi[rows] - 1])]
    return max(float(e.max()) for e in edges) if len(rows) else value
