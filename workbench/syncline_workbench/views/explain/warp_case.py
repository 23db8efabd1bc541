"""Two sequences to be explained: the pair in hand, thinned until it fits on a sheet, or a worked example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncline.model import Alignment, Features

from .lesson import Lesson

__all__ = ["ROUND", "WarpCase", "WarpLesson", "case_of", "worked_case"]

ROWS = 12
"""Of each side, so that a matrix of figures fits."""
ROUND = 1500
"""Of each side where rounds of the whole are walked through and kept."""
MOMENTS = 24
"""Of each side where one row is shown at a time."""


@dataclass(frozen=True, eq=False)
class WarpCase:
    """What is explained.

    Attributes
    ----------
    a, b
        All rows.
    params
        Of the solver in hand; None: the lesson's own.
    views
        Rows of both sides in the space the solver found the path in, float (n, d), (m, d); None where it used the
        features themselves.
    """

    a: Features
    b: Features
    params: Any = None
    views: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None

    @property
    def steps(self) -> tuple[int, int]:
        """Every how manieth row of A and of B is on the sheet."""
        return -(-len(self.a) // ROWS), -(-len(self.b) // ROWS)

    def thinned(self, most: int) -> tuple[Features, Features]:
        """Both sides with at most so many rows."""
        a, b = (_every(f, -(-len(f) // most)) for f in (self.a, self.b))
        return a, b

    @property
    def small(self) -> tuple[Features, Features]:
        """Both sides with at most `ROWS` rows."""
        return self.thinned(ROWS)

    @property
    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """At most `MOMENTS` rows of both sides in the space of the path, float64."""
        rows = self.views or (self.a.values, self.b.values)
        u, v = (np.asarray(r[:: -(-len(r) // MOMENTS)], np.float64) for r in rows)
        return u, v

    @property
    def moment_times(self) -> NDArray[np.float64]:
        """Seconds of the `moments` of A."""
        return self.a.times[:: -(-len(self.a) // MOMENTS)]

    @property
    def scalar(self) -> bool:
        """One number a row: then a row's name says it."""
        return self.a.values.shape[1] == self.b.values.shape[1] == 1 and self.steps == (1, 1)


def _every(features: Features, step: int) -> Features:
    return Features(features.values[::step].copy(), features.times[::step].copy(), features.channels)


def case_of(alignment: Alignment) -> WarpCase | None:
    """The pair of an alignment as it was solved; None before its features are there."""
    a, b, path = alignment.features_a, alignment.features_b, alignment.path
    if a is None or b is None or path is None:
        return None
    return WarpCase(a, b, (alignment.resolved or alignment.recipe).params, path.views)


def worked_case() -> WarpCase:
    """A = 1 1 3 3 2 4 and B = 1 3 2 2 4 4 of the courses, with |a − b|: they match at no cost, by one path."""
    a, b = (
        Features(np.array(v, np.float32)[:, None], np.arange(float(len(v))))
        for v in ([1, 1, 3, 3, 2, 4], [1, 3, 2, 2, 4, 4])
    )
    return WarpCase(a, b)


class WarpLesson(Lesson):
    """A method on a `WarpCase`."""

    @staticmethod
    def names_of(problem: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        case: WarpCase = problem
        a, b = case.small
        if case.scalar:
            names = ([f"{side}{k + 1} = {v:g}" for k, v in enumerate(f.values[:, 0].tolist())]
                     for side, f in (("A", a), ("B", b)))  # fmt: skip
        else:
            names = ([f"{t:.2f} s" for t in f.times.tolist()] for f in (a, b))
        rows, columns = names
        return tuple(rows), tuple(columns)

    def thinned(self) -> str:
        """Which rows are on the sheet, if not all."""
        p, q = self.problem.steps
        if (p, q) == (1, 1):
            return ""
        return self.tr("On the sheet: one row in {p} of A, one in {q} of B.").format(p=p, q=q)
