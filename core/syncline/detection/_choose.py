"""Of many candidates the ones to keep, and of two detectors one list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..model import overlaps

__all__ = ["fuse", "suppress"]

F64 = NDArray[np.float64]


def suppress(
    boxes: F64, scores: F64, classes: NDArray[np.intp], same: float, other: float = 1.0, most: int = 300
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: indices of the boxes that stay, surest first, at most `most`.

    A box goes if a surer one that stays overlaps it by more than `same` (intersection over union) and is of its
    class, or by more than `other` and is of any class. What stays above some score is the same whether the others
    are suppressed or left out before, so a threshold can be moved afterwards.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order) and len(kept) < most:
        best, order = order[0], order[1:]
        kept.append(int(best))
        alike = overlaps(boxes[best : best + 1], boxes[order])[0]
        order = order[alike <= np.where(classes[order] == classes[best], same, other)]
    return np.array(kept, np.intp)


def fuse(
    boxes: Sequence[F64], scores: Sequence[F64], classes: Sequence[NDArray[np.intp]], same: float
) -> tuple[F64, F64, NDArray[np.intp]]:
    """One list of what several detectors found.

    What two of them see alike (one class, overlap above `same`; pairs of greatest overlap first) becomes one: its
    score 1 − Π(1 − s), as if they erred independently, its box the mean of theirs weighted by their scores. After
    weighted boxes fusion (Solovyev, Wang & Gabruseva 2021), which lowers the score where only one sees something;
    here it stays, since no detector knows all classes of the other.
    """
    box, score, kind = boxes[0].copy(), scores[0].copy(), classes[0].copy()
    for more, sure, what in zip(boxes[1:], scores[1:], classes[1:], strict=True):
        alike = np.where(kind[:, None] == what[None, :], overlaps(box, more), 0.0)
        merged = np.zeros(len(more), bool)
        while alike.size and alike.max() > same:
            i, j = np.unravel_index(int(alike.argmax()), alike.shape)
            share = sure[j] / max(score[i] + sure[j], 1e-12)
            box[i] += share * (more[j] - box[i])
            score[i] = 1 - (1 - score[i]) * (1 - sure[j])
            merged[j] = True
            alike[i, :] = alike[:, j] = 0.0
        box = np.concatenate([box, more[~merged]])
        score = np.concatenate([score, sure[~merged]])
        kind = np.concatenate([kind, what[~merged]])
    return box, score, kind
