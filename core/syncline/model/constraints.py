"""What the user knows and the solver must obey. All positions are seconds on each medium's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Anchor", "Constraint", "Constraints", "Forbidden", "Lock"]


@dataclass(frozen=True)
class Anchor:
    """A point the path passes through, or a jump.

    A *warp* anchor says: A at `a` is B at `b`. A *jump* anchor says: the path reaches (`a`, `b`), breaks,
    and goes on at (`a_end`, `b_end`); what lies between has no counterpart on the other side. With
    a_end = a only B has a surplus piece, with b_end = b only A has one.

    Attributes
    ----------
    id
        Unique within a document, never reused, so that selection and messages can name it.
    """

    id: int
    a: float
    b: float
    kind: Literal["warp", "jump"] = "warp"
    a_end: float | None = None
    b_end: float | None = None
    note: str = ""

    @property
    def end(self) -> tuple[float, float]:
        """Where the path goes on: the anchor itself unless it is a jump."""
        return (
            self.a if self.a_end is None else self.a_end,
            self.b if self.b_end is None else self.b_end,
        )


@dataclass(frozen=True, eq=False)
class Lock:
    """A stretch of path that stays as it is: `times` float64 (L, 2) seconds, A then B, monotone, read-only."""

    id: int
    times: NDArray[np.float64]
    note: str = ""

    def __post_init__(self) -> None:
        self.times.setflags(write=False)


@dataclass(frozen=True)
class Forbidden:
    """A rectangle the path may not enter: a0 ≤ A ≤ a1 and b0 ≤ B ≤ b1, seconds, borders included."""

    id: int
    a0: float
    a1: float
    b0: float
    b1: float
    note: str = ""


Constraint = Anchor | Lock | Forbidden


@dataclass(frozen=True)
class Constraints:
    """All edits of one alignment. Anchors are kept in the order of A's time.

    Changed only by the pure functions of `syncline.edits`.
    """

    anchors: tuple[Anchor, ...] = ()
    locks: tuple[Lock, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    next_id: int = field(default=1)

    def __iter__(self) -> Iterator[Constraint]:
        yield from self.anchors
        yield from self.locks
        yield from self.forbidden

    def find(self, id: int) -> Constraint | None:
        """The constraint with that id, or None."""
        return next((c for c in self if c.id == id), None)

    @property
    def empty(self) -> bool:
        """True if nothing constrains the path."""
        return not (self.anchors or self.locks or self.forbidden)
