"""What every lesson shares: a method is walked through state by state, and each state is a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from syncline.registry import Method

from .picture import Picture
from .sheet import Sheet, figure
from .toggles import Toggle

__all__ = ["Lesson", "Line", "Page", "Race", "Teachers", "plain_number", "some"]


def _as_it_is(x: Any) -> Any:
    return x


@dataclass(frozen=True)
class Teachers:
    """The methods and their states; the window hands them in, since views know nothing of solvers.

    Attributes
    ----------
    methods
        Match solvers by name.
    steps
        The generator of states of a method, None for one that can't be watched (`solvers.match.steps_of`).
    problem
        Makes a problem of a similarity and nothing else (`solvers.match.MatchProblem`).
    program
        The linear programme of a problem (`solvers.match.linear.program`).
    ground
        Which rows and columns of a problem transport moves mass between (`solvers.match._masses.lay`).
    """

    methods: Mapping[str, Method[Any]]
    steps: Callable[[str], Callable[..., Iterator[Any]] | None]
    problem: Callable[[Any], Any] = _as_it_is
    program: Callable[[Any], Any] = _as_it_is
    ground: Callable[[Any], Any] = _as_it_is


@dataclass(frozen=True)
class Line:
    """A paragraph; `role` as of `plain.label`."""

    text: str
    role: str = ""


@dataclass(frozen=True)
class Race:
    """How many matchings were tried, of how many, against the n³ that the Hungarian method grows with."""

    size: int
    count: int
    total: int
    cube: int


@dataclass(frozen=True, eq=False)
class Page:
    """One state, explained."""

    title: str
    lines: tuple[Line, ...]
    sheet: Sheet | None = None
    race: Race | None = None
    picture: Picture | None = None
    """In the place of a sheet."""

    @property
    def text(self) -> str:
        """All paragraphs, for who listens."""
        return "\n".join(line.text for line in self.lines)


class Lesson(QObject):
    """A method on a problem.

    Parameters
    ----------
    problem
        What a solver was asked (`CaptionMatch.asked`).
    params
        Parameters of the lesson's own method, None for its defaults.
    names
        What rows and columns of the problem are called on screen; None as messages call them.
    """

    method = ""
    below = False
    """The words stand under what is drawn, not beside it."""

    def __init__(
        self,
        teachers: Teachers,
        problem: Any,
        params: Any,
        names: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.row_names, self.column_names = self.names_of(problem) if names is None else names
        self.teachers, self.problem = teachers, problem
        wanted = teachers.methods[self.method].params
        self.params = params if isinstance(params, wanted) else wanted()

    @staticmethod
    def names_of(problem: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What messages call the rows and columns of a problem."""
        return problem.similarity.a_names, problem.similarity.b_names

    @property
    def temperature_name(self) -> str:
        """What the slider is called; empty: the temperature τ."""
        return ""

    @property
    def temperature(self) -> float | None:
        """What a slider changes, from 0.001 to 10; None: there is none."""
        return None

    def set_temperature(self, temperature: float) -> None:
        """Take another temperature; start again to see it."""

    def toggles(self) -> tuple[Toggle, ...]:
        """What can be turned on and off."""
        return ()

    def set_toggle(self, name: str, on: bool) -> None:
        """Turn something on or off; start again to see it."""

    def set_kind(self, name: str, kind: str) -> None:
        """Take another kind of something that is on; start again to see it."""

    def start(self) -> Iterator[Any]:
        """The states from the first; pulled on a worker."""
        steps = self.teachers.steps(self.method)
        assert steps is not None
        return steps(self.problem, self.params)

    def page(self, state: Any, number: int) -> Page:
        """Explain a state, the `number`-th from 0."""
        raise NotImplementedError

    def tempo(self, total: int | None) -> tuple[int, int]:
        """Milliseconds between pages while playing, and how many states each moves on; `total` if it is known."""
        return 1100, 1

    # -- words ---------------------------------------------------------------------------------------

    def named_rows(self, which: np.ndarray) -> tuple[str, ...]:
        """Names of rows of a board, −1 for a dummy."""
        return tuple(self.row_names[k] if k >= 0 else self.tr("nobody") for k in map(int, which))

    def named_columns(self, which: np.ndarray) -> tuple[str, ...]:
        """Names of columns of a board, −1 for a dummy."""
        return tuple(self.column_names[k] if k >= 0 else self.tr("nobody") for k in map(int, which))

    def locked_line(self) -> tuple[Line, ...]:
        """Says which pairs are out because they are locked."""
        locked = self.problem.placed.locked.tolist()
        if not locked:
            return ()
        pairs = some([f"{self.row_names[i]} – {self.column_names[j]}" for i, j in locked])
        return (Line(self.tr("Locked, and therefore left out: {pairs}.").format(pairs=pairs), "muted"),)


def some(words: Sequence[str], most: int = 6) -> str:
    """Words for a sentence, the first few of many."""
    return ", ".join(words[:most]) + (f" … ({len(words)})" if len(words) > most else "")


def plain_number(value: float, decimals: int = 2) -> str:
    """A number in a sentence: whole ones without a point."""
    return figure(value, 0 if abs(value - round(value)) < 1e-9 else decimals) if np.isfinite(value) else "∞"
