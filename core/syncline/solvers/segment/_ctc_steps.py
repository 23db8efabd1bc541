"""CTC step by step, for small cases; `steps` is the door.

The values are those of `decoding` and `ctc`, by float64 programs of a few lines that can be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, ParameterError
from ...model.emissions import Emissions
from .decoding import collapse

__all__ = ["LARGEST", "CollapseStep", "Run", "TrellisStep", "collapse_steps", "paths_to", "trellis_steps"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LARGEST = 2500
"""Cells of a table that is walked through."""


# -- from frames to labels --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """Frames start .. stop − 1 of a path, which all have the same column of the emissions."""

    column: int
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class CollapseStep:
    """How far a path has become a labelling.

    Attributes
    ----------
    kind
        ``"emissions"``, then ``"path"``, ``"merge"``, ``"drop"``, at last ``"paths"``.
    log_probs
        float64 (T, C).
    blank
        Column of the blank.
    path
        Columns, one a frame; empty before ``"path"``.
    runs
        Repeats merged; empty before ``"merge"``.
    kept
        Numbers of the runs that are no blanks; empty before ``"drop"``.
    paths
        Other paths to the same labels among the most probable, and the natural logarithm of each one's probability,
        best first; empty before ``"paths"``.
    count
        How many paths lead to the labels.
    path_log_prob, log_prob
        Of the path and of all paths to its labels.
    """

    kind: Literal["emissions", "path", "merge", "drop", "paths"]
    log_probs: F64
    blank: int
    path: tuple[int, ...] = ()
    runs: tuple[Run, ...] = ()
    kept: tuple[int, ...] = ()
    paths: tuple[tuple[tuple[int, ...], float], ...] = ()
    count: int = 0
    path_log_prob: float = math.nan
    log_prob: float = math.nan


def collapse_steps(emissions: Emissions, path: Sequence[int] | I64, most: int = 4) -> Iterator[CollapseStep]:
    """Yield the four stages from emissions to labels, then the most probable paths that end at the same labels.

    Parameters
    ----------
    path
        T columns of the emissions, one a frame.
    most
        Paths in the last state.

    Raises
    ------
    ParameterError
        The path has another length than the emissions, or there are more than `LARGEST` cells.

    References
    ----------
    A. Graves et al., ICML 2006.
    """
    whole = tuple(int(c) for c in path)
    if len(whole) != len(emissions):
        raise ParameterError(f"The path has {len(whole)} frames, the emissions {len(emissions)}.")
    p, blank = emissions.log_probs.astype(np.float64), emissions.blank
    state = CollapseStep("emissions", p, blank)
    yield state
    state = replace(state, kind="path", path=whole, path_log_prob=float(p[np.arange(len(p)), list(whole)].sum()))
    yield state
    edges = [0, *(t for t in range(1, len(whole)) if whole[t] != whole[t - 1]), len(whole)]
    runs = tuple(Run(whole[a], a, b) for a, b in pairwise(edges))
    state = replace(state, kind="merge", runs=runs)
    yield state
    state = replace(state, kind="drop", kept=tuple(k for k, run in enumerate(runs) if run.column != blank))
    yield state
    labels = collapse(whole, blank)
    states = _states(emissions, labels)
    emit = p[:, states]
    ranked = _ranked(emit, states, blank, most)
    yield replace(
        state,
        kind="paths",
        paths=tuple((tuple(states[s] for s in way), score) for way, score in ranked),
        count=paths_to(len(p), labels),
        log_prob=_total(_forward(emit, states, blank)[-1]),
    )


def paths_to(frames: int, labels: Sequence[int]) -> int:
    """How many paths over so many frames collapse to a labelling: binom(T + L − R, T − L − R), R repeats in it."""
    count = len(labels)
    again = sum(a == b for a, b in pairwise(labels))
    room = frames - count - again
    return math.comb(frames + count - again, room) if room >= 0 else 0


def _ranked(emit: F64, states: tuple[int, ...], blank: int, most: int) -> list[tuple[tuple[int, ...], float]]:
    """The most probable ways through the trellis (states, one a frame) and their scores, best first."""
    ways: list[list[tuple[float, tuple[int, ...]]]] = [[] for _ in states]
    for s in range(min(2, len(states))):
        ways[s] = [(float(emit[0, s]), (s,))]
    for t in range(1, len(emit)):
        ways = [
            sorted(
                (
                    (score + float(emit[t, s]), (*way, s))
                    for r in _before(states, blank, s)
                    for score, way in ways[r]
                ),
                reverse=True,
            )[:most]
            for s in range(len(states))
        ]  # fmt: skip
    ends = sorted((w for s in range(max(len(states) - 2, 0), len(states)) for w in ways[s]), reverse=True)
    return [(way, score) for score, way in ends[:most] if score > -math.inf]


# -- the trellis ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TrellisStep:
    """The trellis of a labelling after one step; all sums are natural logarithms.

    Attributes
    ----------
    kind
        ``"emissions"``, then ``"forward"`` for each frame, ``"backward"`` for each from the last, ``"posterior"``,
        ``"best"`` (the forward table once more with the maximum for the sum), ``"back"`` for each frame from the last,
        at last ``"aligned"``.
    states
        S = 2 L + 1 columns of the emissions: blank l₁ blank … l_L blank.
    emit
        float64 (T, S): log-probability of each state's column in each frame.
    alpha
        float64 (T, S): of all beginnings of paths that are in a state at a frame, that frame included; NaN where not
        yet computed, −∞ where no path leads.
    beta
        float64 (T, S): of all ways on from there to the end, that frame not included.
    posterior
        float64 (T, S), 0..1: how probable it is to be there, exp(alpha + beta − log_prob).
    best
        float64 (T, S): of the one most probable beginning; NaN before ``"best"``.
    origin
        int64 (T, S): the state before on it, −1 for none.
    frame
        In hand; None where all are.
    path
        States of the frames from `frame` on, as far as the way back has come.
    log_prob, best_log_prob
        Of the labelling, and of its best path; NaN while unknown.
    """

    kind: Literal["emissions", "forward", "backward", "posterior", "best", "back", "aligned"]
    states: tuple[int, ...]
    emit: F64
    alpha: F64
    beta: F64
    posterior: F64
    best: F64
    origin: I64
    frame: int | None = None
    path: tuple[int, ...] = ()
    log_prob: float = math.nan
    best_log_prob: float = math.nan


def trellis_steps(emissions: Emissions, labels: Sequence[int] | I64) -> Iterator[TrellisStep]:
    """Yield the tables of forward–backward frame by frame, then forced alignment's best path walked back.

    Parameters
    ----------
    labels
        L columns of the emissions, without blanks.

    Raises
    ------
    ParameterError
        More than `LARGEST` cells, or a label that is the blank or no column.
    Infeasible
        No path leads to the labels; after the forward table was filled.

    References
    ----------
    A. Graves et al., ICML 2006.
    """
    states, blank = _states(emissions, labels), emissions.blank
    emit = emissions.log_probs.astype(np.float64)[:, states]
    frames, count = emit.shape
    empty = np.full(emit.shape, np.nan)
    state = TrellisStep("emissions", states, emit, empty, empty, empty, empty, np.full(emit.shape, -1, np.int64))
    yield state
    alpha = _forward(emit, states, blank)
    for t in range(frames):
        yield replace(state, kind="forward", alpha=_until(alpha, t + 1), frame=t)
    total = _total(alpha[-1])
    state = replace(state, alpha=alpha, log_prob=total)
    if not math.isfinite(total):
        raise Infeasible(f"No path of {frames} frames leads to these labels: its last column holds no probability.")
    beta = np.full(emit.shape, -np.inf)
    beta[-1, -2:] = 0.0
    for t in range(frames - 1, -1, -1):
        if t < frames - 1:
            for s in range(count):
                for r in _before(states, blank, s):
                    beta[t, r] = np.logaddexp(beta[t, r], emit[t + 1, s] + beta[t + 1, s])
        yield replace(state, kind="backward", beta=_from(beta, t), frame=t)
    state = replace(state, beta=beta, posterior=np.exp(alpha + beta - total))
    yield replace(state, kind="posterior")
    best, origin = _viterbi(emit, states, blank)
    last = count - 2 if count > 1 and best[-1, -2] > best[-1, -1] else count - 1
    state = replace(state, best=best, origin=origin, best_log_prob=float(best[-1, last]))
    yield replace(state, kind="best")
    path = (last,)
    for t in range(frames - 1, -1, -1):
        yield replace(state, kind="back", frame=t, path=path)
        if t:
            path = (int(origin[t, path[0]]), *path)
    yield replace(state, kind="aligned", path=path)


def _states(emissions: Emissions, labels: Sequence[int] | I64) -> tuple[int, ...]:
    blank, classes = emissions.blank, emissions.log_probs.shape[1]
    states = [blank]
    for c in labels:
        if not 0 <= c < classes or c == blank:
            raise ParameterError(f"The labelling holds {int(c)}, which is the blank or no column.")
        states += [int(c), blank]
    if len(emissions) * len(states) > LARGEST:
        raise ParameterError(
            f"Step by step up to {LARGEST:,} cells are shown, not {len(emissions) * len(states):,}; take a stretch."
        )
    return tuple(states)


def _before(states: tuple[int, ...], blank: int, s: int) -> list[int]:
    """States from which a path may come to state `s`, in the order in which ties prefer them."""
    if states[s] == blank:
        return [s - 1, s] if s else [s]
    found = [s, s - 1]
    if s > 1 and states[s - 2] != states[s]:
        # Between different labels the blank may be left out.
        found.append(s - 2)
    return found


def _forward(emit: F64, states: tuple[int, ...], blank: int) -> F64:
    alpha = np.full(emit.shape, -np.inf)
    alpha[0, :2] = emit[0, :2]
    for t in range(1, len(emit)):
        for s in range(len(states)):
            alpha[t, s] = np.logaddexp.reduce(alpha[t - 1, _before(states, blank, s)]) + emit[t, s]
    return alpha


def _viterbi(emit: F64, states: tuple[int, ...], blank: int) -> tuple[F64, I64]:
    best, origin = np.full(emit.shape, -np.inf), np.full(emit.shape, -1, np.int64)
    best[0, :2] = emit[0, :2]
    for t in range(1, len(emit)):
        for s in range(len(states)):
            before = _before(states, blank, s)
            taken = before[int(np.argmax(best[t - 1, before]))]
            best[t, s] = best[t - 1, taken] + emit[t, s]
            origin[t, s] = taken if np.isfinite(best[t, s]) else -1
    return best, origin


def _total(row: F64) -> float:
    return float(np.logaddexp.reduce(row[-2:]))


def _until(table: F64, stop: int) -> F64:
    out = table.copy()
    out[stop:] = np.nan
    return out


def _from(table: F64, start: int) -> F64:
    out = table.copy()
    out[:start] = np.nan
    return out
