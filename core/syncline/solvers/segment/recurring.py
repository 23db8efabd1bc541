"""Recurring segments: cut where the movement changes, and give pieces of one kind one name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...errors import OverBudget, ParameterError
from ...model import Features
from ...model.segments import Segment, Tier
from ...progress import Monitor
from ...registry import number, switch
from ...threads import single_threaded
from . import Segmentation, SegmentProblem, register
from ._kinds import alikeness, kinds_of, names_of, sureness
from ._labelling import Piece
from ._rows import edges_of, rows_at, step_of
from .changepoints import Changes, _checked, default_penalty, pelt
from .examples import _placed, described

__all__ = ["RecurringParams", "solve"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_CUT, _COMPARED = 8, 32
"""Directions of most spread by which rows are cut, and by which pieces are compared."""
_ROWS = 30
"""Rows that are left of a window: what is told of a window changes no faster."""
_MANY = 40_000
"""Rows from which on fewer are left of a window, down to a quarter: an hour at the usual window."""


@dataclass(frozen=True)
class RecurringParams:
    """Parameters of `solve`."""

    penalty: float = number(0.4, "Penalty", "Of a change, as a multiple of what noise alone asks for.", 0.0, 1000.0)
    kinds: int = number(0, "Kinds", "How many kinds of pieces; 0: as many as are not alike.", 0, 1000)
    alike: float = number(
        1.35,
        "Alike",
        "Two kinds are one if they differ by at most so many times as much as parts of one piece do.",
        0.1,
        100.0,
    )
    window: float = number(
        1.0, "Window", "Seconds in which a movement shows: a turn of what repeats.", 0.001, 3600.0, "s"
    )
    least: float = number(2.0, "Shortest", "Seconds of the shortest piece; best two windows.", 0.0, 3600.0, "s")
    merge: bool = switch(True, "Merge", "Neighbours of one kind are one piece, unless the boundary is set.")


@register("recurring", "Recurring pieces", RecurringParams, kinds=("features",))
def solve(problem: SegmentProblem, params: RecurringParams, monitor: Monitor) -> Segmentation:
    """Cut where values or movement change, and name pieces by their kind: A, B …, or as examples of it are called.

    Rows are described by their values and by how much each channel moves in a window about them (`examples.described`),
    in the directions of most spread; PELT cuts them, rather too often than too seldom. Pieces of which parts fit into
    one another nearly as well as into their own piece are of one kind (`_kinds`), and neighbours of one kind become one
    piece. Scores say which share of a piece fits its kind better than any other.

    Examples stay as they are. Their kind is called as they are; examples with the same name are of one kind, with
    different names of different kinds.

    Raises
    ------
    ParameterError
        An example or a boundary is outside the recording, or examples overlap.
    OverBudget
        There are too many pieces to be compared.
    Cancelled
        The monitor was told to stop.

    References
    ----------
    F. Zhou, F. De la Torre, J. Hodgins 2013, IEEE TPAMI 35(3) (kinds of motion from clusters of aligned pieces).
    """
    rows = problem.rows
    values = _checked(rows.values.astype(np.float64))
    n, step = len(rows), step_of(rows)
    examples = _apart(problem.examples)
    given, _ = _placed(rows, examples)
    walls = [w for w in rows_at(rows, problem.boundaries) if not any(p.start < w < p.end for p in given)]
    hard = sorted({*walls, *(w for p in given for w in (p.start, p.end))} - {0, n})
    window = max(2, round(params.window / step))
    edges = _blocks(n, window, hard)
    monitor.advance(0, 1)
    x = _directions(described(values, window), edges)
    share = len(x) / n
    turn, least = (max(2, round(rows_ * share)) for rows_ in (window, params.least / step))
    at = {int(row): k for k, row in enumerate(edges)}
    inside = [k for p in given for k in range(at[p.start] + 1, at[p.end])]
    cut = _cut(x, params.penalty, turn, least, [at[w] for w in hard], inside, monitor.part(0.1, 0.4))
    starts, ends = [0, *cut.changes], cut.ends
    held = {at[p.start]: e for p, e in zip(given, examples, strict=True)}
    names = [held[s].label if s in held else "" for s in starts]
    _afford(len(ends), len(x) // turn + 2 * len(ends), problem.budget)
    found = alikeness(x, ends, turn, monitor.part(0.4, 1.0))
    kinds = kinds_of(found.apart, params.alike, params.kinds, names)
    called, sure = names_of(kinds, names), sureness(found, kinds)
    seconds = _Seconds(rows, problem.boundaries, zip(given, examples, strict=True))
    pieces: list[Segment] = []
    kept = {at[w] for w in hard} if params.merge else set(starts)
    for a, b in _together(kinds, starts, kept):
        start, end = int(edges[starts[a]]), int(edges[ends[b - 1]])
        score = float(np.average(sure[a:b], weights=np.diff([starts[a], *ends[a:b]])))
        label, example = called[kinds[a]], held.get(starts[a])
        if example is None:
            example = Segment(seconds.begin(start), seconds.end(end), label, score)
        pieces.append(example if example.label else replace(example, label=label))
    monitor.advance(1, 1)
    labels = [p.label for p in pieces]
    figures = {
        "kinds": float(len(called)),
        "recurring": float(sum(labels.count(name) > 1 for name in called)),
        "segments": float(len(pieces)),
        "penalty": cut.penalty,
    }
    notes = _notes(params.kinds, len(called), len(set(filter(None, names))))
    return Segmentation((Tier("recurring", tuple(pieces)),), figures, notes)


def _apart(examples: Sequence[Segment]) -> list[Segment]:
    found = sorted(examples)
    for a, b in pairwise(found):
        if b.start < a.end - 1e-9:
            raise ParameterError(f"The examples at {a.start:g} s and {b.start:g} s overlap; move one.")
    return found


def _blocks(n: int, window: int, hard: Sequence[int]) -> I64:
    """Rows at which blocks begin, int64, and n: some of them a window, and one wherever a piece has to begin."""
    wide = max(1, window // _ROWS)
    if n // wide > _MANY:
        wide = max(wide, min(-(-n // _MANY), 4 * window // _ROWS))
    return np.unique([*range(0, n, wide), *hard, n]).astype(np.int64)


def _directions(x: F64, edges: I64) -> F64:
    """Means of blocks of rows (n, d), in the directions of most spread; distances stay those of all channels."""
    x = x - x.mean(0)
    with single_threaded():
        _, vectors = np.linalg.eigh(x.T @ x)
        y = x @ vectors[:, ::-1][:, :_COMPARED]
    return np.add.reduceat(y, edges[:-1], axis=0) / np.diff(edges)[:, None] / math.sqrt(x.shape[1])


def _cut(
    x: F64, penalty: float, turn: int, least: int, fixed: Sequence[int], barred: Sequence[int], monitor: Monitor
) -> Changes:
    x = x[:, :_CUT]
    x = x / (float(x.std()) or 1.0)
    beta = penalty * default_penalty(x, lag=turn)
    return pelt(x, beta, least=min(least, len(x)), fixed=fixed, barred=barred, monitor=monitor)


def _afford(pieces: int, parts: int, budget: int) -> None:
    needed = 8 * pieces * (4 * pieces + 3 * parts)
    if needed > budget:
        raise OverBudget(
            f"To compare {pieces:,} pieces needs {needed / 2**20:,.0f} MiB, but {budget / 2**20:,.0f} MiB are allowed; "
            "take a higher penalty or longer pieces.",
            needed,
            budget,
        )


def _together(kinds: I64, starts: Sequence[int], kept: set[int]) -> list[tuple[int, int]]:
    """Pieces that are one, as ranges of their numbers: neighbours of one kind, but where a piece has to begin."""
    first = [k for k in range(len(kinds)) if not k or kinds[k] != kinds[k - 1] or starts[k] in kept]
    return list(pairwise([*first, len(kinds)]))


class _Seconds:
    """Where rows begin; what is set, and what touches an example, just where that is."""

    def __init__(self, rows: Features, boundaries: Sequence[float], given: Iterable[tuple[Piece, Segment]]) -> None:
        self._edges = edges_of(rows)
        self._begin: dict[int, float] = {rows_at(rows, [t])[0]: t for t in boundaries}
        self._end = dict(self._begin)
        for p, e in given:
            self._end[p.start], self._begin[p.end] = e.start, e.end

    def begin(self, row: int) -> float:
        """Of a piece that begins at a row."""
        return self._begin[row] if row in self._begin else float(self._edges[row])

    def end(self, row: int) -> float:
        """Of a piece that ends before a row."""
        return self._end[row] if row in self._end else float(self._edges[row])


def _notes(asked: int, kinds: int, named: int) -> tuple[str, ...]:
    if not asked or kinds == asked:
        return ()
    if kinds > asked:
        return (f"{asked} kinds were asked for, but {named} have names of their own.",)
    return (f"{asked} kinds were asked for, but there are only {kinds} pieces that differ.",)
