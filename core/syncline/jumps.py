"""Where two recordings do not go on together: cuts, repeats, missing and inserted pieces, proposed as jump anchors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .cost import tile
from .edits.constraints import add_anchor
from .errors import ParameterError
from .model import Alignment, Constraints, LocalCost
from .pipeline import local_cost, with_features
from .progress import Monitor

__all__ = ["Jump", "JumpSearch", "apply_jumps", "propose_jumps"]

_SPAN = 0.1
"""Seconds a row; more where that would make more than `_ROWS` rows, an hour's being 0.6 s."""
_ROWS = 6000
_BLOCK, _BLOCKS = 40, 64
"""Rows over which agreement is measured, and at how many places."""
_FEWEST = 10
_APART, _DOUBTFUL, _WHOLE = 0.8, 0.87, 0.85
"""Pieces that agree may cost up to `_APART` of what pieces picked at random cost, or up to `_DOUBTFUL` of it where the
chain takes in `_WHOLE` of one side. Shared performances, cut or not, reached 0.40 to 0.72, a video of 8 s with 3 s of
another one in it 0.82; recordings that have nothing to do with each other 0.84 to 0.98, with chains of at most 0.79."""
_GAP, _SHARE, _MORE = 40, 0.15, 0.4
"""A gap costs what so many rows of agreement gain, or this share of the shorter side, and each row that is left out
this share of what one that agrees gains: what merely agrees badly is kept."""
_LITTLE = 0.25
"""Of what the longer side leaves out: no more than that on the other side is thought to belong to its surroundings."""


@dataclass(frozen=True)
class Jump:
    """A proposed jump.

    Attributes
    ----------
    a, b, a_end, b_end
        Seconds: the path reaches (a, b), breaks, and goes on at (a_end, b_end).
    confidence
        From 0 to 1: how far what is left out lies from what its surroundings are like, up to how unrelated pieces are.
    reason
        One sentence.
    """

    a: float
    b: float
    a_end: float
    b_end: float
    confidence: float
    reason: str


@dataclass(frozen=True)
class JumpSearch:
    """What was found, `said` in one sentence.

    Attributes
    ----------
    matched, unrelated
        Mean cost of a step where the two agree, and of pieces that have nothing to do with each other.
    """

    jumps: tuple[Jump, ...]
    said: str
    matched: float
    unrelated: float


def propose_jumps(
    alignment: Alignment,
    *,
    least: float = 2.0,
    confidence: float = 0.5,
    monitor: Monitor | None = None,
) -> JumpSearch:
    """Look for pieces that only one side has.

    Both sides are averaged to rows of a tenth of a second, or longer ones where that would make more than 6000. Local
    alignments, whose tempo may differ by a factor of two at every moment, are chained so that their total score is
    greatest; every gap between two of them costs what some seconds of agreement gain, and each row in it a little more
    (Smith & Waterman 1981 with the affine gaps of Gotoh 1982; for music Müller & Appelt, Path-constrained partial music
    synchronization, ICASSP 2008). A cell scores by how much less it costs than half way between pieces that agree and
    pieces picked at random, both measured on this very pair. Takes some 250 MB at most.

    Parameters
    ----------
    least
        Seconds; shorter pieces are not proposed.
    confidence
        Proposals below it are left out.

    Raises
    ------
    ParameterError
        The alignment has no path.

    Examples
    --------
    >>> found = sl.propose_jumps(sl.align(pair))
    >>> for jump in found.jumps:
    ...     print(jump.reason)
    """
    monitor = monitor or Monitor()
    if alignment.path is None:
        raise ParameterError("There is no path yet: align first, then look for jumps.")
    if alignment.features_a is None or alignment.features_b is None:
        alignment = with_features(alignment, monitor=monitor.part(0.0, 0.6))
        monitor = monitor.part(0.6, 1.0)
    return _search(alignment, least, confidence, monitor)


def apply_jumps(constraints: Constraints, jumps: tuple[Jump, ...]) -> Constraints:
    """Add the jumps as jump anchors, each with its reason as its note."""
    for j in jumps:
        constraints, _ = add_anchor(constraints, j.a, j.b, "jump", j.a_end, j.b_end, j.reason)
    return constraints


@dataclass(frozen=True)
class _Coarse:
    """Means of consecutive rows: float32 (n, D), and the seconds (n + 1,) where they begin and end."""

    values: NDArray[np.float32]
    edges: NDArray[np.float64]


@dataclass(frozen=True)
class _Gap:
    """First cell left out and first cell of what follows, and cells on the path well before and after."""

    first: tuple[int, int]
    start: tuple[int, int]
    end: tuple[int, int]
    last: tuple[int, int]


def _coarse(values: NDArray[np.float32], times: NDArray[np.float64], span: float) -> _Coarse:
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    edges = np.arange(times[0], times[-1] + step, max(span, step)) if len(times) > 1 else times[:1]
    starts = np.unique(np.searchsorted(times, edges - step / 2))
    starts = starts[starts < len(times)]
    counts = np.diff(np.r_[starts, len(times)])
    means = np.add.reduceat(values, starts, axis=0, dtype=np.float64) / counts[:, None]
    return _Coarse(means.astype(np.float32), np.r_[times[starts], times[-1]])


def _search(alignment: Alignment, least: float, confidence: float, monitor: Monitor) -> JumpSearch:
    from ._jump_kernels import chain

    assert alignment.features_a is not None
    assert alignment.features_b is not None
    longest = max(f.times[-1] - f.times[0] for f in (alignment.features_a, alignment.features_b))
    span = max(_SPAN, float(longest) / _ROWS)
    full = local_cost(alignment)
    a, b = _coarse(full.x, alignment.features_a.times, span), _coarse(full.y, alignment.features_b.times, span)
    cost = np.empty((len(a.values), len(b.values)), np.float32)
    measure = LocalCost(a.values, b.values, full.metric)
    for at in range(0, len(cost), 256):
        monitor.advance(at, len(cost))
        cost[at : at + 256] = tile(measure, slice(at, at + 256), slice(None))
    n, m = cost.shape
    size = min(_BLOCK, n // 3, m // 3)
    if size < _FEWEST:
        return JumpSearch((), "The recordings are too short to tell a jump from a change of pace.", 0.0, 0.0)
    matched, unrelated = _levels(alignment, cost, a, b, size)
    strangers = JumpSearch(
        (),
        "What the path pairs is hardly more alike than pieces picked at random: jumps can't be told from that.",
        matched,
        unrelated,
    )
    if matched > _DOUBTFUL * unrelated:
        return strangers
    level = (matched + unrelated) / 2
    fee = (level - matched) * 2 * min(_GAP, _SHARE * min(n, m))
    moves, rests = (np.empty((n + 1, m + 1), np.uint8) for _ in range(2))
    chain(cost, level, fee, _MORE * (level - matched), moves, rests)
    monitor.check()
    pieces = _pieces(moves, rests)
    whole = max((sum(int(p[-1, k] - p[0, k]) for p in pieces) / cost.shape[k] for k in (0, 1)), default=0.0)
    if matched > _APART * unrelated and whole < _WHOLE:
        return strangers
    found: list[Jump] = []
    for gap in (_one_sided(cost, g) for g in _gaps(pieces, cost.shape)):
        a0, b0, a1, b1 = (
            float(side.edges[k]) for k, side in ((gap.start[0], a), (gap.start[1], b), (gap.end[0], a), (gap.end[1], b))
        )
        sure = _sure(cost, gap, matched, unrelated)
        found.append(Jump(a0, b0, a1, b1, sure, _sentence(a0, b0, a1, b1, sure)))
    kept = tuple(j for j in found if max(j.a_end - j.a, j.b_end - j.b) >= least and j.confidence >= confidence)
    monitor.advance(1, 1)
    count = len(kept)
    said = "No piece was found that only one side has." if not count else f"{count} jump{'s' * (count > 1)} found."
    return JumpSearch(kept, said, matched, unrelated)


def _levels(alignment: Alignment, cost: NDArray[np.float32], a: _Coarse, b: _Coarse, size: int) -> tuple[float, float]:
    """Costs of a step where the two agree, and of pieces picked at random."""
    from ._jump_kernels import local_cost as block

    assert alignment.path is not None
    n, m = cost.shape
    rng = np.random.default_rng(0)
    tops = np.linspace(0, n - size, _BLOCKS).round().astype(int)
    lefts = np.searchsorted(b.edges, alignment.path.to_b(a.edges[tops]), "right") - 1
    on = [block(cost, i, j, size) for i, j in zip(tops, lefts.clip(0, m - size), strict=True)]
    off = [block(cost, i, j, size) for i, j in zip(tops, rng.integers(0, m - size + 1, _BLOCKS), strict=True)]
    # The path may go wrong over most of its length: the better ones of its pieces show what agreement is like.
    return float(np.quantile(on, 0.25)), float(np.median(off))


def _pieces(moves: NDArray[np.uint8], rests: NDArray[np.uint8]) -> list[NDArray[np.intp]]:
    """The local alignments of the best chain in order, each as cells (k, 2)."""
    pieces: list[list[tuple[int, int]]] = [[]]
    i, j = (int(k) - 1 for k in moves.shape)
    resting = moves[0, 0] == 4
    while i and j:
        if resting:
            rest = rests[i, j]
            i, j, resting = i - (rest == 2), j - (rest == 3), rest != 1
            continue
        if not pieces[-1] or resting:
            pieces[-1].append((i, j))
        move = moves[i, j]
        i, j = i - 1 - (move == 2), j - 1 - (move == 3)
        pieces[-1].append((i, j))
        if move == 4:
            resting = True
            pieces.append([])
    return [np.array(piece[::-1], np.intp) for piece in reversed(pieces) if piece]


def _gaps(pieces: list[NDArray[np.intp]], shape: tuple[int, ...]) -> list[_Gap]:
    """What lies before, between and after the pieces, with a stretch of them on both sides of it to compare with."""
    ends = np.array([shape], np.intp)
    around = [np.zeros((1, 2), np.intp), *pieces, ends]
    gaps: list[_Gap] = []
    for before, after in pairwise(around):
        start, end = before[-1], after[0]
        length = int((end - start).max())
        if length > 0:
            first = before[max(0, int(np.searchsorted(before[:, 0], start[0] - 2 * length)))]
            last = after[min(len(after) - 1, int(np.searchsorted(after[:, 0], end[0] + 2 * length)))]
            gaps.append(_Gap(*((int(cell[0]), int(cell[1])) for cell in (first, start, end, last))))
    return gaps


def _one_sided(cost: NDArray[np.float32], gap: _Gap) -> _Gap:
    """Give what little the shorter side left out back to the two pieces, split where that costs least.

    Around a cut both sides may agree badly, and the chain then leaves that out on both; but pieces that one side has
    more of are far more usual than pieces that differ.
    """
    (i, j), (p, q) = gap.start, gap.end
    short, long = sorted((p - i, q - j))
    if not 0 < short <= _LITTLE * long:
        return gap
    k = np.arange(short)
    onwards = np.r_[0.0, np.cumsum(cost[i + k, j + k], dtype=np.float64)]
    backwards = np.r_[0.0, np.cumsum(cost[p - 1 - k, q - 1 - k], dtype=np.float64)]
    kept = int(np.argmin(onwards + backwards[::-1]))
    rest = short - kept
    return replace(gap, start=(i + kept, j + kept), end=(p - rest, q - rest))


def _sure(cost: NDArray[np.float32], gap: _Gap, matched: float, unrelated: float) -> float:
    """What going on without the jump would cost beyond going on with it, 0 to 1.

    1 is as much as pairing a piece of that length with pieces picked at random, in steps of which every second one is
    aside, or more; also where nothing can pair it as long as no tempo differs by more than a factor of two.
    """
    from ._jump_kernels import FAR, chain

    def through(first: tuple[int, int], last: tuple[int, int]) -> float:
        part = np.ascontiguousarray(cost[first[0] : last[0], first[1] : last[1]])
        scratch = np.empty((part.shape[0] + 1, part.shape[1] + 1), np.uint8)
        return -chain(part, 0.0, FAR, 0.0, scratch, scratch.copy()) if part.size else 0.0 if first == last else FAR

    length = max(gap.end[0] - gap.start[0], gap.end[1] - gap.start[1])
    more = through(gap.first, gap.last) - through(gap.first, gap.start) - through(gap.end, gap.last)
    return float(np.clip(more / (1.5 * length * (unrelated - matched)), 0, 1))


def _sentence(a: float, b: float, a_end: float, b_end: float, sure: float) -> str:
    only_a, only_b = a_end - a, b_end - b
    if only_a <= _LITTLE * only_b:
        text = f"B has {only_b:.1f} s from {_clock(b)} to {_clock(b_end)} that A lacks at {_clock(a)}"
    elif only_b <= _LITTLE * only_a:
        text = f"A has {only_a:.1f} s from {_clock(a)} to {_clock(a_end)} that B lacks at {_clock(b)}"
    else:
        text = f"A from {_clock(a)} to {_clock(a_end)} and B from {_clock(b)} to {_clock(b_end)} have nothing in common"
    return f"{text}: paired all the same, it would fit {sure:.0%} as badly as pieces picked at random."


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}"
