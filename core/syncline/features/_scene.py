"""A glance at a recording: some of its pictures, by which it can be told whether two cameras see the same view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from . import Picture, register
from .appearance import Appearance, AppearanceParams

__all__ = ["SCENE", "Scene", "SceneParams", "likeness"]

SCENE = "_scene"
_MOST = 32


@dataclass(frozen=True)
class SceneParams:
    """It has none."""


@register(SCENE, "Scene", SceneParams, kinds=("video",))
class Scene:
    """Appearance, the standing picture included, of 16 to 32 pictures spread evenly over a recording."""

    def __init__(self, params: SceneParams) -> None:
        self.params = params
        self._look = AppearanceParams(centred=False)
        self.picture = Picture(self._look.side, True)
        self._kept: list[tuple[float, NDArray[np.uint8]]] = []
        self._count, self._stride = 0, 1

    def update(self, picture: NDArray[np.uint8], time: float) -> None:
        """Take one grey picture (h, w) shown from `time` (s) on."""
        if self._count % self._stride == 0:
            self._kept.append((time, picture.copy()))
            if len(self._kept) > _MOST:
                self._kept, self._stride = self._kept[::2], 2 * self._stride
        self._count += 1

    def finish(self) -> Features:
        """Return float32 (k, D): one row a picture kept, and last what stands still in all of them."""
        extractor = Appearance(self._look)
        for time, picture in self._kept:
            extractor.update(picture, time)
        shape = self._kept[0][1].shape
        alike = [picture for _, picture in self._kept if picture.shape == shape]
        extractor.update(np.median(alike, axis=0).astype(np.uint8), self._kept[-1][0] + 1.0)
        return extractor.finish()


def likeness(a: Features, b: Features) -> float:
    """How much two recordings look alike wherever they do most: correlation of `Scene` rows, −1 to 1.

    The larger of that of what stands still, and of what a picture of one side reaches with its best counterpart on
    the other (the median over the side where that is less): a camera that moves is at the same place at some time.
    """
    rows = [f.values.astype(np.float64) - f.values.mean(1, keepdims=True) for f in (a, b)]
    x, y = (r / np.maximum(np.linalg.norm(r, axis=1, keepdims=True), 1e-12) for r in rows)
    # Not by BLAS, whose threads would wait for one another longer than this takes.
    table = np.einsum("id,jd->ij", x, y)
    moments = table[:-1, :-1]
    return float(max(table[-1, -1], min(np.median(moments.max(1)), np.median(moments.max(0)))))
