"""Continuous alignment: methods that turn two feature sequences into a warping path, one a file.

A member is a function ``solve(problem: WarpProblem, params, monitor: Monitor) -> WarpingPath``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model import Constraints, Features, WarpingPath
from ...progress import Monitor
from ...registry import Registry

__all__ = ["REGISTRY", "Solver", "WarpProblem", "register"]

Signal = tuple[NDArray[np.float32], float]
"""Mono samples (N,) and their rate in Hz."""


@dataclass(frozen=True, eq=False)
class WarpProblem:
    """What a warp solver is asked.

    Attributes
    ----------
    a, b
        Features of the query and the reference.
    constraints
        In seconds; the solver puts them on the rows of `a` and `b` and obeys every one of them or raises
        `Infeasible` naming those that contradict each other.
    previous
        The path before the last edit: blocks that the edit does not touch are taken over from it.
    signals
        Gives the sound of both sides, resampled to one rate, for methods that listen; None where there is none.
    budget
        Bytes the solver may allocate beyond its input.
    preview
        Called from the solver's thread with an approximate path where the exact one takes more than two seconds.
    """

    a: Features
    b: Features
    constraints: Constraints = field(default_factory=Constraints)
    previous: WarpingPath | None = None
    signals: Callable[[], tuple[Signal, Signal]] | None = None
    budget: int = 1 << 30
    preview: Callable[[WarpingPath], None] | None = None


Solver = Callable[[WarpProblem, Any, Monitor], WarpingPath]

REGISTRY: Registry[Solver] = Registry("syncline.solvers.warp", "syncline.solvers", "method")
register = REGISTRY.register
