"""Whether an object touches what the caption says it is with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.scene import F64
from ..progress import Monitor
from ..registry import number
from . import Answer, SimilarityJob, register, text

__all__ = ["NearbyParams", "measure"]

_LEAST = 0.02


@dataclass(frozen=True)
class NearbyParams:
    """Parameters of `measure`."""

    sure: float = number(
        0.3, "Alike from", "A thing counts as what is worn or held if it is at least this similar to it.", low=0, high=1
    )


@register("nearby", "Worn, held, ridden", NearbyParams)
def measure(job: SimilarityJob, params: NearbyParams, monitor: Monitor) -> Answer:
    """For “a woman with a backpack”: how much the object touches something that may be a backpack, and the reverse.

    Touching is |A ∩ B| / √(|A| |B|) of two boxes, times the similarity in meaning of the other object and the other
    phrase, its largest over the other objects; x / (x + mean x) over all objects of the same meaning turns it into
    0…1. ½ where the caption says of nothing that it is with another, or the other is not in the picture.
    """
    links: list[tuple[int, int]] = []
    start = 0
    for caption in job.scene.captions:
        count = len(caption.phrases)
        for k, reading in enumerate(job.readings[start : start + count]):
            links += [(start + k, start + p) for p in reading.partners]
        start += count
    if not links or len(job.objects) < 2:
        return Answer(None)
    answer = text.measure(job, text.TextParams(), monitor)
    alike = answer.values
    assert alike is not None
    touching = _touching(job.boxes)
    odds, said = np.zeros(job.shape), False
    for a, b in [*links, *((b, a) for a, b in links)]:
        other = np.where(alike[:, b] >= params.sure, alike[:, b], 0.0)
        x = (touching * other[None, :]).max(1)
        # Only things that may be meant at all say what is usual.
        peers = alike[:, a] >= params.sure
        if not x.any() or not peers.any():
            continue
        said = True
        values = (x + _LEAST) / (x + x[peers].mean() + 2 * _LEAST)
        odds[:, a] += np.log(values / (1 - values))
    return Answer(1 / (1 + np.exp(-odds)) if said else None, answer.note, "")


def _touching(boxes: F64) -> F64:
    """float64 (n, n): cosine of the boxes as sets of pixels; 0 on the diagonal and for empty boxes."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=2)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    both = np.sqrt(areas[:, None] * areas[None, :])
    cosine = np.divide(shared, both, out=np.zeros_like(shared), where=both > 0)
    np.fill_diagonal(cosine, 0.0)
    return cosine
