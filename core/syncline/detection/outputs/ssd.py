"""SSD (Liu et al. 2016, arXiv:1512.02325) as TensorFlow and MediaPipe build it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...registry import choice, number
from . import F64, around, register, rows, sigmoid, softmax

__all__ = ["SsdParams", "anchors", "decode"]


@dataclass(frozen=True)
class SsdParams:
    """The anchors an SSD was trained with, and how its scores are read."""

    low: float = number(0.2, "Smallest anchor", "fraction of the input", 0.01, 1.0)
    high: float = number(0.95, "Largest anchor", "fraction of the input", 0.01, 1.0)
    layers: int = number(6, "Layers", low=2, high=10)
    stride: int = number(16, "First stride", "pixels; doubled by every layer", 1, 256)
    scores: str = choice("sigmoid", ("sigmoid", "softmax", "none"), "Scores")


@lru_cache(maxsize=4)
def anchors(size: tuple[int, int], params: SsdParams) -> F64:
    """float64 (n, 4): centre x, y, width, height as fractions; by layers, then rows, columns, shapes."""
    steps = params.layers - 1
    scales = [params.low + (params.high - params.low) * k / steps for k in range(params.layers)] + [1.0]
    found: list[F64] = []
    columns, rows_ = (-(-side // params.stride) for side in size)
    for layer in range(params.layers):
        s = scales[layer]
        if layer == 0:
            # The lowest layer has three shapes only, the smallest half the scale of the layer.
            shapes = [(s / 2, s / 2), (s * 2**0.5, s / 2**0.5), (s / 2**0.5, s * 2**0.5)]
        else:
            shapes = [(s * r**0.5, s / r**0.5) for r in (1, 2, 1 / 2, 3, 1 / 3)]
            between = (s * scales[layer + 1]) ** 0.5
            shapes.append((between, between))
        y, x, k = np.meshgrid(np.arange(rows_), np.arange(columns), np.arange(len(shapes)), indexing="ij")
        sides = np.array(shapes)[k.ravel()]
        found.append(
            np.stack([(x.ravel() + 0.5) / columns, (y.ravel() + 0.5) / rows_, sides[:, 0], sides[:, 1]], axis=1)
        )
        columns, rows_ = -(-columns // 2), -(-rows_ // 2)
    return np.concatenate(found)


@register("ssd", "SSD", SsdParams)
def decode(outputs: Sequence[NDArray[Any]], size: tuple[int, int], params: SsdParams) -> tuple[F64, F64]:
    """(1, n, 4) ty, tx, th, tw with the scales 10, 10, 5, 5, and (1, n, 1 + classes), in either order."""
    tables = [rows(o) for o in outputs[:2]]
    place = anchors(size, params)
    if len(tables) < 2 or not len(tables[0]) == len(tables[1]) == len(place):
        raise ParameterError(
            f"The model does not put out {len(place)} boxes and their classes, as its size and anchors say; "
            "correct its adapter."
        )
    boxes, classes = tables if tables[0].shape[1] == 4 else tables[::-1]
    if boxes.shape[1] != 4:
        raise ParameterError("The model does not put out boxes (1, n, 4); choose another style.")
    classes = {"sigmoid": sigmoid, "softmax": softmax}.get(params.scores, lambda x: x)(classes)
    width, height = np.exp(np.minimum(boxes[:, [3, 2]] / 5, 10.0)).T * place[:, 2:].T
    x, y = boxes[:, 1] / 10 * place[:, 2] + place[:, 0], boxes[:, 0] / 10 * place[:, 3] + place[:, 1]
    return around(x, y, width, height) * np.array([*size, *size], np.float64), classes
