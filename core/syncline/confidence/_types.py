"""What is said of how sure an alignment is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..model import WarpingPath

__all__ = ["Confidence", "Other", "Reason", "Suggestion", "Verdict"]

Reason = Literal["flat", "rivals", "window"]


@dataclass(frozen=True, eq=False)
class Confidence:
    """How sure an alignment is, moment by moment.

    Attributes
    ----------
    times
        float64 (n,) seconds of A's rows.
    path
        float64 (n,) seconds of B where the path puts them.
    low, high
        float64 (n,) seconds of B that bound the middle `level` of the posterior; the path lies between.
    spread
        float64 (n,) seconds: standard deviation of the posterior.
    sure
        float64 (n,), 0 to 1: probability that the path is right to `tolerance`. 1 at anchors and on locks.
    level
        Share of the posterior within the band.
    tolerance
        Seconds: one frame of B, 50 ms where B has none.
    gamma
        The smoothing, in the units of the cost.
    """

    times: NDArray[np.float64]
    path: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    spread: NDArray[np.float64]
    sure: NDArray[np.float64]
    level: float
    tolerance: float
    gamma: float

    @property
    def unsure(self) -> NDArray[np.bool_]:
        """Rows more likely wrong than right, bool (n,)."""
        return self.sure < 0.5

    @property
    def stretches(self) -> list[tuple[float, float]]:
        """Where `unsure` holds, in seconds of A from the first such row to the last."""
        edges = np.flatnonzero(np.diff(np.r_[False, self.unsure, False]))
        return [(float(self.times[s]), float(self.times[e - 1])) for s, e in edges.reshape(-1, 2)]


@dataclass(frozen=True)
class Suggestion:
    """A place where one anchor would help.

    Attributes
    ----------
    a, b
        Seconds: where to look, and where the path puts that now.
    start, stop
        Seconds of A: the unsure stretch around it.
    gain
        Seconds of A that are expected to become sure by an anchor there.
    reason
        ``"flat"``: the cost hardly tells the places in question apart. ``"rivals"``: two places of B fit.
        ``"window"``: the path runs along the edge of the window.
    rivals
        Seconds of B of the two places, where there are two.
    low, high
        Seconds of B between which it lies, at the level of `Confidence`.
    """

    a: float
    b: float
    start: float
    stop: float
    gain: float
    reason: Reason
    rivals: tuple[float, float] | None
    low: float
    high: float

    @property
    def why(self) -> str:
        """One sentence."""
        if self.reason == "rivals" and self.rivals is not None:
            return f"Two places of B fit A at {self.a:.3f} s: {self.rivals[0]:.3f} s and {self.rivals[1]:.3f} s."
        if self.reason == "window":
            return f"The path runs along the edge of the window at {self.a:.3f} s; the true place may lie beyond."
        return (
            f"The cost is flat at {self.a:.3f} s: anything from {self.low:.3f} to {self.high:.3f} s of B fits as well."
        )


@dataclass(frozen=True, eq=False)
class Other:
    """The path of another method, by the same features averaged to few rows, without edits."""

    method: str
    path: WarpingPath


@dataclass(frozen=True)
class Verdict:
    """Whether the two align at all, by the features that were compared.

    Attributes
    ----------
    aligns
        False if B with its pieces shuffled fits A nearly as well as B itself: `z` is below 2, and some copies cost
        no more.
    z
        How many standard deviations the cost lies below that of shuffled B's.
    as_good
        How many of the `shuffles` cost no more.
    beats_line
        False if the warp explains channels it was not found by no better than one constant stretch does; None where
        there is one channel only, so that none can be kept back.
    line_ratio
        Cost of the warp by that of the stretch on channels that were kept back; None like `beats_line`.
    errors_ms
        Mean error of the path and of one constant stretch by the truth, where there is one.
    doubt_ms
        How far the path and one constant stretch lie on average from where canonical time warping, which takes no
        channel's meaning for granted, would lay A (of its two kinds the one nearer to the path). None where it has no
        say: channels that an extractor made, two anchors or more, free ends.
    others
        What it found, for the next path of the same features.
    """

    aligns: bool
    z: float
    as_good: int
    shuffles: int
    beats_line: bool | None
    line_ratio: float | None
    errors_ms: tuple[float, float] | None = None
    doubt_ms: tuple[float, float] | None = None
    others: tuple[Other, ...] = field(default=(), compare=False, repr=False)

    @property
    def doubtful(self) -> bool:
        """True if one constant stretch would be nearer to what canonical time warping finds."""
        return self.doubt_ms is not None and self.doubt_ms[0] > self.doubt_ms[1] + 0.5

    @property
    def worse_than_line(self) -> bool:
        """True if the truth says that one constant stretch would have been nearer."""
        return self.errors_ms is not None and self.errors_ms[0] > self.errors_ms[1] + 0.5

    @property
    def sentence(self) -> str:
        """What to tell a person; empty if there is nothing to complain of."""
        if not self.aligns:
            return (
                f"These two don't align by these features: {self.as_good} of {self.shuffles} shuffled copies of B fit "
                f"as well (z = {self.z:.1f}; 2 is asked for)."
            )
        if self.errors_ms is not None and self.worse_than_line:
            path, line = self.errors_ms
            return f"The path is worse than one constant stretch: {path:.0f} ms off on average against {line:.0f} ms."
        if self.errors_ms is None and self.doubt_ms is not None and self.doubtful:
            path, line = self.doubt_ms
            return (
                f"The path may be worse than one constant stretch: canonical time warping lays A {path:.0f} ms from it "
                f"on average, {line:.0f} ms from the stretch; set two anchors and try other methods."
            )
        if self.beats_line is False:
            return f"The path fits no better than one constant stretch ({self.line_ratio:.2f} × its cost)."
        return ""
