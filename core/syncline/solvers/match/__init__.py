"""Matching: methods that link objects to words, one a file.

A member is a function ``solve(problem: MatchProblem, params, monitor: Monitor) -> Matching``. Every one obeys locked
and forbidden links and lets an element stay unmatched that may, at its fee. A file that can show how it works also
has ``steps(problem, params) -> Iterator`` of plain states; `steps_of` finds it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model import LinkConstraints, Matching, Similarity
from ...progress import Monitor
from ...registry import Registry
from ._margins import Margin, find_margins
from ._placed import Placed, place

__all__ = ["REGISTRY", "Margin", "MatchProblem", "Solver", "margins", "register", "steps_of", "warm_up"]

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MatchProblem:
    """What a match solver is asked.

    Attributes
    ----------
    similarity
        Objects × words.
    constraints
        By ids; the solver obeys every one of them or raises `Infeasible` naming the elements that are stuck.
    a_mass, b_mass
        float64 (n,), (m,) ≥ 0: what each element weighs in transport, scaled to a sum of 1; None: all the same.
    budget
        Bytes the solver may allocate beyond its input.
    """

    similarity: Similarity
    constraints: LinkConstraints = field(default_factory=LinkConstraints)
    a_mass: F64 | None = None
    b_mass: F64 | None = None
    budget: int = 1 << 30

    def __post_init__(self) -> None:
        for noun, mass, count in zip(
            ("objects", "words"), (self.a_mass, self.b_mass), self.similarity.shape, strict=True
        ):
            if mass is None:
                continue
            if mass.shape != (count,):
                raise ParameterError(f"{count} {noun} need as many masses, not {mass.shape}.")
            if not (np.isfinite(mass).all() and (mass >= 0).all() and 0 < mass.sum() < np.inf):
                raise ParameterError(f"The masses of the {noun} must be 0 or more, and not all 0.")

    @cached_property
    def placed(self) -> Placed:
        """The constraints on rows and columns.

        Raises
        ------
        Infeasible
            A pair is both locked and forbidden.
        """
        return place(self.similarity, self.constraints)


Solver = Callable[[MatchProblem, Any, Monitor], Matching]

REGISTRY: Registry[Solver] = Registry("syncline.solvers.match", "syncline.matchers", "matching method")
register = REGISTRY.register


def steps_of(name: str) -> Callable[[MatchProblem, Any], Iterator[Any]] | None:
    """The generator of states of a method that can be watched, None for one that can't."""
    return getattr(sys.modules[REGISTRY[name].call.__module__], "steps", None)


def margins(problem: MatchProblem, monitor: Monitor | None = None) -> list[Margin]:
    """How sure the optimal one-to-one matching is of each pair and of each element it leaves unmatched.

    For each decision the exact difference between the optimum and the best matching without it, by one shortest
    augmenting path each. Check the smallest first.

    Returns
    -------
    list of Margin
        Every row, and every column that stays unmatched, smallest margin first; by rows and columns.

    Raises
    ------
    Infeasible, OverBudget
        As `solvers.match.assignment.solve`.
    """
    return find_margins(problem.placed, problem.budget, monitor or Monitor())


def warm_up() -> None:
    """Load what the fast methods need (0.6 s; 6 s the first time ever, POT 1 s); call it from a job at the start."""
    problem = MatchProblem(Similarity(np.eye(3)))
    margins(problem)
    for name in ("assignment", "sinkhorn", "transport"):
        REGISTRY[name].call(problem, REGISTRY[name].params(), Monitor())
