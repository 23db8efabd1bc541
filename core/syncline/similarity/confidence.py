"""How sure the detector is of an object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..progress import Monitor
from . import Answer, SimilarityJob, register

__all__ = ["ConfidenceParams", "measure"]


@dataclass(frozen=True)
class ConfidenceParams:
    """Parameters of `measure`: none."""


@register("confidence", "Detector confidence", ConfidenceParams)
def measure(job: SimilarityJob, params: ConfidenceParams, monitor: Monitor) -> Answer:
    """The detector's score of the object, the same for every phrase; 1 for one that a person drew or imported.

    Of a region nobody said that it is a thing: it has the scene's threshold, which speaks neither for nor against it.

    Says nothing where no object has a score.
    """
    monitor.check()
    if all(o.score is None for o in job.objects):
        return Answer(None)
    unknown = {"region": job.scene.threshold}
    scores = np.array([unknown.get(o.origin, 1.0) if o.score is None else o.score for o in job.objects])
    return Answer(np.repeat(np.clip(scores, 0.0, 1.0)[:, None], job.shape[1], axis=1), level=job.scene.threshold)
