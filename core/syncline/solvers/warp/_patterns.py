"""Step patterns as tables (Giorgino 2009, J. Stat. Softw. 31(7); Sakoe & Chiba 1978; Itakura 1975).

A branch reaches cell (i, j) from its origin (i − di, j − dj) through the cells it names, each with a weight on its
local cost. Branches stand in the order that ties prefer: diagonal, then those that move more in B, then those
that move more in A.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError

__all__ = ["PATTERNS", "StepPattern", "pattern"]

Branch = tuple[int, int, tuple[tuple[int, int, float], ...]]
"""di, dj, then the cells passed, first to last, as (steps back in i, in j, weight); the last is (0, 0, w)."""


@dataclass(frozen=True)
class StepPattern:
    """A local continuity constraint with its weights.

    Attributes
    ----------
    norm
        What the weights of a whole path sum to (less one: the first cell counts once): ``"n+m"``, ``"n"`` or None.
    slopes
        Least and greatest ΔB/ΔA (in rows) between two branch ends; None where there is no limit.
    """

    name: str
    norm: Literal["n+m", "n"] | None
    branches: tuple[Branch, ...]
    slopes: tuple[Fraction, Fraction] | None

    @property
    def one_step(self) -> bool:
        """True for the patterns with the steps (1, 1), (0, 1), (1, 0): they have a kernel of their own."""
        return any(di == 0 for di, _, _ in self.branches)

    @property
    def reach(self) -> int:
        """Most rows or columns a branch goes back."""
        return max(max(di, dj) for di, dj, _ in self.branches)

    def step_weight(self, di: NDArray[np.integer], dj: NDArray[np.integer]) -> NDArray[np.float64]:
        """Weight of a step that is given, not chosen (a lock): what the norm grows by."""
        if self.norm == "n+m":
            return (di + dj).astype(np.float64)
        return (di if self.norm == "n" else np.maximum(di, dj).clip(0, 1)).astype(np.float64)

    def tables(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Arrays for the kernel: steps (b, 3) = di, dj, number of cells; cells (b, 3, 2); weights (b, 3)."""
        steps = np.array([(di, dj, len(cells)) for di, dj, cells in self.branches], np.int64)
        cells = np.zeros((len(steps), 3, 2), np.int64)
        weights = np.zeros((len(steps), 3))
        for b, (_, _, passed) in enumerate(self.branches):
            for k, (ci, cj, w) in enumerate(passed):
                cells[b, k] = ci, cj
                weights[b, k] = w
        return steps, cells, weights


_P1: tuple[Branch, ...] = (
    (1, 1, ((0, 0, 2),)),
    (1, 2, ((0, 1, 2), (0, 0, 1))),
    (2, 1, ((1, 0, 2), (0, 0, 1))),
)

PATTERNS: dict[str, StepPattern] = {
    p.name: p
    for p in (
        StepPattern("symmetric1", None, ((1, 1, ((0, 0, 1),)), (0, 1, ((0, 0, 1),)), (1, 0, ((0, 0, 1),))), None),
        StepPattern("symmetric2", "n+m", ((1, 1, ((0, 0, 2),)), (0, 1, ((0, 0, 1),)), (1, 0, ((0, 0, 1),))), None),
        StepPattern(
            "asymmetric",
            "n",
            ((1, 1, ((0, 0, 1),)), (1, 2, ((0, 0, 1),)), (1, 0, ((0, 0, 1),))),
            (Fraction(0), Fraction(2)),
        ),
        StepPattern(
            "symmetricP05",
            "n+m",
            (
                *_P1[:2],
                (1, 3, ((0, 2, 2), (0, 1, 1), (0, 0, 1))),
                _P1[2],
                (3, 1, ((2, 0, 2), (1, 0, 1), (0, 0, 1))),
            ),
            (Fraction(1, 3), Fraction(3)),
        ),
        StepPattern("symmetricP1", "n+m", _P1, (Fraction(1, 2), Fraction(2))),
        StepPattern(
            "symmetricP2",
            "n+m",
            (
                (1, 1, ((0, 0, 2),)),
                (2, 3, ((1, 2, 2), (0, 1, 2), (0, 0, 1))),
                (3, 2, ((2, 1, 2), (1, 0, 2), (0, 0, 1))),
            ),
            (Fraction(2, 3), Fraction(3, 2)),
        ),
        StepPattern(
            "asymmetricP1",
            "n",
            (
                (1, 1, ((0, 0, 1),)),
                (1, 2, ((0, 1, 0.5), (0, 0, 0.5))),
                (2, 1, ((1, 0, 1), (0, 0, 1))),
            ),
            (Fraction(1, 2), Fraction(2)),
        ),
        StepPattern(
            "typeIIIc",
            "n",
            (
                (1, 1, ((0, 0, 1),)),
                (1, 2, ((0, 0, 1),)),
                (2, 1, ((1, 0, 1), (0, 0, 1))),
                (2, 2, ((1, 0, 1), (0, 0, 1))),
            ),
            (Fraction(1, 2), Fraction(2)),
        ),
    )
}


def pattern(name: str) -> StepPattern:
    """The pattern of that name; "symmetricP0" is symmetric2."""
    try:
        return PATTERNS["symmetric2" if name == "symmetricP0" else name]
    except KeyError:
        raise ParameterError(f"There is no step pattern “{name}”; there are: {', '.join(PATTERNS)}.") from None
