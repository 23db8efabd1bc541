"""Whether label and phrase are the same words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..progress import Monitor
from . import Answer, SimilarityJob, register
from ._language import lemma, tokens

__all__ = ["WordsParams", "measure"]


@dataclass(frozen=True)
class WordsParams:
    """Parameters of `measure`: none."""


@register("words", "Equal words", WordsParams)
def measure(job: SimilarityJob, params: WordsParams, monitor: Monitor) -> Answer:
    """1 where the label is what the phrase's head says, in singular; else the share of words that both have (Jaccard).

    Knows no synonyms but that words for people mean persons.
    """
    monitor.check()
    labels = [tuple(lemma(w) for _, _, w in tokens(label)) for label in job.labels]
    values = np.zeros(job.shape)
    for j, reading in enumerate(job.readings):
        theirs = set(reading.lemmas)
        for i, own in enumerate(labels):
            if own and own in (reading.lemmas, (reading.head,), (reading.kind,)):
                values[i, j] = 1.0
            else:
                # Nothing is known of a thing without a name.
                values[i, j] = len(theirs & set(own)) / len(theirs | set(own)) if own else 0.5
    return Answer(values)
