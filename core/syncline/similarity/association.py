"""Which words go with which labels in the captions of the project."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from ..progress import Monitor
from ..registry import number
from . import Answer, SimilarityJob, register

__all__ = ["AssociationParams", "measure"]


@dataclass(frozen=True)
class AssociationParams:
    """Parameters of `measure`."""

    least: int = number(10, "Pictures needed", "Fewer pictures than this say nothing.", low=2)


@register("association", "Word statistics", AssociationParams)
def measure(job: SimilarityJob, params: AssociationParams, monitor: Monitor) -> Answer:
    """Normalised pointwise mutual information of the label and the phrase's head over the project's pictures.

    ½ where they occur together as often as chance has it or one is unknown, 1 where they only occur together, 0 where
    they never do. Rare events are discounted: with c pictures that have both, r the rarer one and e what chance
    expects of them, by max(c, e) / (max(c, e) + 1) · r / (r + 1).

    References
    ----------
    G. Bouma 2009, GSCL (normalised PMI); P. Pantel & D. Lin 2002, KDD (discount).
    """
    monitor.check()
    corpus = job.corpus
    if corpus is None or corpus.pictures < params.least:
        return Answer(None)
    values = np.full(job.shape, 0.5)
    for j, reading in enumerate(job.readings):
        for i, label in enumerate(job.labels):
            a, b, c = corpus.labels[label], corpus.words[reading.head], corpus.both[label, reading.head]
            if not a or not b:
                continue
            expected = a * b / corpus.pictures
            n = corpus.pictures
            npmi = -1.0 if not c else 1.0 if c == n else log(c / expected) / -log(c / n)
            if c == n:
                npmi = 0.0  # both are in every picture: what goes with everything tells nothing
            weight = max(c, expected) / (max(c, expected) + 1) * min(a, b) / (min(a, b) + 1)
            values[i, j] = 0.5 + 0.5 * weight * npmi
    return Answer(values)
