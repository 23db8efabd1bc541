"""How much an object stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..progress import Monitor
from ..registry import number
from . import Answer, SimilarityJob, register

__all__ = ["SalienceParams", "measure"]


@dataclass(frozen=True)
class SalienceParams:
    """Parameters of `measure`."""

    typical: float = number(
        0.2, "Typical size", "Side of a thing that is as often mentioned as not, of the picture's.", low=0.01, high=1.0
    )


@register("salience", "Stands out", SalienceParams)
def measure(job: SimilarityJob, params: SalienceParams, monitor: Monitor) -> Answer:
    """People speak of what is large: s / (s + typical), s the square root of the box's share of the picture.

    The same for every phrase. Decides among many things of one kind: a passer-by far away is seldom meant. 0 for a
    detection that is a part of another one, such as the head of a dog.

    References
    ----------
    A. C. Berg et al. 2012, CVPR (what is mentioned in descriptions of pictures).
    """
    monitor.check()
    if len(job.objects) < 2:
        return Answer(None)
    boxes, picture = job.boxes, job.scene.picture
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    side = np.sqrt(areas / (picture.width * picture.height))
    side[job.part_of != np.arange(len(side))] = 0.0
    return Answer(np.repeat((side / (side + params.typical))[:, None], job.shape[1], axis=1))
