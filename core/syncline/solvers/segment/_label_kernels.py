"""Compiled loop of labelled pieces: the best labelling in which every piece is neither too short nor too long."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ..._loops import renew

__all__ = ["stretch"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@njit(nogil=True, cache=True, error_model="numpy")
def _enter(ends: F64, chain: bool, stay: bool, begin: bool, enter: F64, origin: I64) -> None:
    """Cost of beginning a piece of each state, and the state before it, from the costs of pieces that end there."""
    states = len(ends)
    if begin:
        for s in range(states):
            enter[s], origin[s] = (0.0 if s == 0 or not chain else np.inf), -1
        return
    if chain:
        for s in range(states):
            v, p = (ends[s - 1], s - 1) if s > 0 else (np.inf, -1)
            if stay and ends[s] < v:
                v, p = ends[s], s
            enter[s], origin[s] = v, p
        return
    # The best of all others: the best of all, but for itself the second best.
    first, second = -1, -1
    for s in range(states):
        if first < 0 or ends[s] < ends[first]:
            first, second = s, first
        elif second < 0 or ends[s] < ends[second]:
            second = s
    for s in range(states):
        p = first if s != first or stay else second
        enter[s], origin[s] = (ends[p], p) if p >= 0 else (np.inf, -1)


@njit(nogil=True, cache=True, error_model="numpy")
def stretch(
    sums: F64, labels: I64, least: I64, most: I64, chain: bool, a: int, b: int, forced: int, stay: bool,
    joins: tuple[int, int], short: int,
    ends: F64, starts: I64, before: I64, enter: F64, origin: I64,
) -> None:  # fmt: skip
    """Go on from row a to row b, between which no boundary is set.

    Parameters
    ----------
    sums
        float64 (n + 1, K): prefix sums of what each label costs in each row.
    labels
        int64 (S,): label of each state.
    least, most
        int64 (S,): rows of the shortest and the longest piece of each; one that fills the whole stretch may be shorter.
    chain
        States follow one another in their order; else any other one may follow.
    forced
        Label of the one piece that the stretch is; −1: free.
    stay
        The piece before row a may be of the same state.
    joins
        Labels of what is given just before row a and from row b on, −1 for nothing: a piece that goes on from one of
        these needs `short` rows only.
    ends
        float64 (n + 1, S): cost of the best labelling of the rows before each whose last piece, of each state, ends
        there.
    starts, before
        int64 (n + 1, S): where that piece begins, and the state of the one before it, −1 for none.
    enter, origin
        float64, int64 (n + 1, S): for use between rows.
    """
    states = len(labels)
    _enter(ends[a], chain, stay, a == 0, enter[a], origin[a])
    if forced >= 0:
        for s in range(states):
            if labels[s] == forced:
                ends[b, s], starts[b, s], before[b, s] = enter[a, s], a, origin[a, s]
        return
    # Of the beginnings within reach, in a queue of each state those that no later one beats: the first is the best.
    queue = np.empty((states, b - a + 1), np.int64)
    head, tail = np.zeros(states, np.int64), np.zeros(states, np.int64)
    for t in range(a + 1, b + 1):
        for s in range(states):
            e = t - least[s]
            if e >= a:
                v = enter[e, s] - sums[e, labels[s]]
                if v < np.inf:
                    while tail[s] > head[s]:
                        x = queue[s, tail[s] - 1]
                        if enter[x, s] - sums[x, labels[s]] <= v:
                            break
                        tail[s] -= 1
                    queue[s, tail[s]] = e
                    tail[s] += 1
            while tail[s] > head[s] and queue[s, head[s]] < t - most[s]:
                head[s] += 1
            at = queue[s, head[s]] if tail[s] > head[s] else -1
            if t == b and labels[s] == joins[1]:
                for e in range(max(a, b - most[s]), b - min(short, least[s]) + 1):
                    v = enter[e, s] - sums[e, labels[s]]
                    if v < np.inf and (at < 0 or v < enter[at, s] - sums[at, labels[s]]):
                        at = e
            elif labels[s] == joins[0] and min(short, least[s]) <= t - a <= most[s]:
                v = enter[a, s] - sums[a, labels[s]]
                if v < np.inf and (at < 0 or v < enter[at, s] - sums[at, labels[s]]):
                    at = a
            if at < 0 and t == b and b - a < least[s] and enter[a, s] < np.inf:
                at = a
            if at >= 0:
                ends[t, s] = enter[at, s] + sums[t, labels[s]] - sums[at, labels[s]]
                starts[t, s], before[t, s] = at, origin[at, s]
        if t < b:
            _enter(ends[t], chain, False, False, enter[t], origin[t])


renew(globals(), __file__)
