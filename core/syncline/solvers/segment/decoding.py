"""From emissions to labels: paths collapse to labellings, and the likeliest are found (Graves et al., ICML 2006)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model.emissions import Emissions
from ...progress import Monitor

__all__ = ["Hypothesis", "LanguageModel", "Stages", "beam_search", "collapse", "greedy", "stages"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LanguageModel = Callable[[tuple[int, ...]], F64]
"""Log-probabilities (C,) of every next label, given those so far; that of the blank is not looked at."""


@dataclass(frozen=True)
class Stages:
    """How a path becomes a labelling: columns of the emissions."""

    path: tuple[int, ...]
    merged: tuple[int, ...]
    labels: tuple[int, ...]


def stages(path: Sequence[int] | I64, blank: int) -> Stages:
    """Merge repeats, then drop blanks.

    Parameters
    ----------
    path
        T columns, one a frame.
    """
    whole = tuple(int(k) for k in path)
    merged = tuple(k for t, k in enumerate(whole) if t == 0 or whole[t - 1] != k)
    return Stages(whole, merged, tuple(k for k in merged if k != blank))


def collapse(path: Sequence[int] | I64, blank: int) -> tuple[int, ...]:
    """The labelling of a path."""
    return stages(path, blank).labels


def greedy(emissions: Emissions) -> Stages:
    """The most probable label of every frame: the best path, which need not be that of the best labelling."""
    return stages(np.argmax(emissions.log_probs, 1), emissions.blank)


@dataclass(frozen=True)
class Hypothesis:
    """A labelling that a beam search found.

    Attributes
    ----------
    labels
        Columns of the emissions.
    log_prob
        Of all its paths that were followed; of all there are, if the beam never had to drop one.
    score
        What it was ranked by: with the language model and the bonus.
    """

    labels: tuple[int, ...]
    log_prob: float
    score: float


def beam_search(
    emissions: Emissions,
    width: int = 100,
    *,
    language_model: LanguageModel | None = None,
    weight: float = 1.0,
    bonus: float = 0.0,
    monitor: Monitor | None = None,
) -> list[Hypothesis]:
    """Find the most probable labellings by prefix beam search (Graves 2006; Hannun et al. 2014).

    Of every prefix two sums are kept, of paths that end in a blank and of those that do not: a repeated label makes a
    new one only after a blank. Equal prefixes are merged before the least probable are dropped.

    Parameters
    ----------
    width
        Prefixes kept after each frame.
    language_model, weight, bonus
        ``score = log p(path) + weight · log p(labels) + bonus · number of labels``.

    Returns
    -------
    list of Hypothesis
        Best first, at most `width`; those of probability 0 left out.
    """
    if width < 1:
        raise ParameterError(f"The beam is {width} wide; it must be at least 1.")
    monitor = monitor or Monitor()
    p, blank = emissions.log_probs.astype(np.float64), emissions.blank
    classes = p.shape[1]
    # A trie of prefixes: parent, last label, what the language model says of what follows.
    parent, last = [-1], [-1]
    follows: list[F64 | None] = [None]
    # One that was dropped and comes back is the same node: its children in the beam still name it.
    children: dict[tuple[int, int], int] = {}
    beam = np.zeros(1, np.int64)
    ends_blank, ends_label, extra = np.zeros(1), np.full(1, -np.inf), np.zeros(1)

    def labels_of(node: int) -> tuple[int, ...]:
        found: list[int] = []
        while node > 0:
            found.append(last[node])
            node = parent[node]
        return tuple(reversed(found))

    for t in range(len(p)):
        if t % 32 == 0:
            monitor.advance(t, len(p))
        e = p[t]
        tails = np.array([last[n] for n in beam])
        both = np.logaddexp(ends_blank, ends_label)
        stay_blank = both + e[blank]
        stay_label = np.where(tails >= 0, ends_label + e[tails], -np.inf)
        grown = both[:, None] + e[None, :]
        same = tails >= 0
        grown[same, tails[same]] = ends_blank[same] + e[tails[same]]
        grown[:, blank] = -np.inf
        place = {int(n): k for k, n in enumerate(beam)}
        for k, n in enumerate(beam):
            up = place.get(parent[n], -1)
            if up >= 0:
                stay_label[k] = np.logaddexp(stay_label[k], grown[up, tails[k]])
                grown[up, tails[k]] = -np.inf
        fusion = np.full_like(grown, bonus)
        if language_model is not None:
            for k, n in enumerate(beam):
                said = follows[n]
                if said is None:
                    said = follows[n] = np.asarray(language_model(labels_of(int(n))), np.float64)
                fusion[k] += weight * said
        old = np.logaddexp(stay_blank, stay_label) + extra
        new = grown + fusion + extra[:, None]
        ranks = np.concatenate([old, new.ravel()])
        keep = np.argsort(-ranks, kind="stable")[:width]
        keep = keep[np.isfinite(ranks[keep])]
        if not len(keep):
            return []
        nodes: list[int] = []
        blanks: list[float] = []
        marks: list[float] = []
        extras: list[float] = []
        for choice in keep:
            if choice < len(beam):
                nodes.append(int(beam[choice]))
                blanks.append(float(stay_blank[choice]))
                marks.append(float(stay_label[choice]))
                extras.append(float(extra[choice]))
            else:
                k, c = divmod(int(choice) - len(beam), classes)
                node = children.setdefault((int(beam[k]), c), len(parent))
                if node == len(parent):
                    parent.append(int(beam[k]))
                    last.append(c)
                    follows.append(None)
                nodes.append(node)
                blanks.append(-np.inf)
                marks.append(float(grown[k, c]))
                extras.append(float(extra[k] + fusion[k, c]))
        beam = np.array(nodes)
        ends_blank, ends_label, extra = np.array(blanks), np.array(marks), np.array(extras)
    sums = np.logaddexp(ends_blank, ends_label)
    return [Hypothesis(labels_of(int(n)), float(s), float(s + x)) for n, s, x in zip(beam, sums, extra, strict=True)]
