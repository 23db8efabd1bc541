"""DETR (Carion et al. 2020, arXiv:2005.12872) and its descendants, such as RT-DETR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...registry import choice
from . import F64, around, register, rows, sigmoid, softmax

__all__ = ["DetrParams", "decode"]


@dataclass(frozen=True)
class DetrParams:
    """How DETR-style outputs are read."""

    scores: str = choice("softmax", ("softmax", "sigmoid", "none"), "Scores", "DETR: softmax, RT-DETR: sigmoid")


@register("detr", "DETR, RT-DETR", DetrParams)
def decode(outputs: Sequence[NDArray[Any]], size: tuple[int, int], params: DetrParams) -> tuple[F64, F64]:
    """(1, n, 4) centre x, y, width, height as fractions of the input, and (1, n, classes), in either order.

    With softmax the last class is "nothing" and is left out.
    """
    tables = [rows(o) for o in outputs[:2]]
    if len(tables) < 2 or len(tables[0]) != len(tables[1]) or 4 not in (tables[0].shape[1], tables[1].shape[1]):
        raise ParameterError("The model does not put out boxes (1, n, 4) and classes (1, n, c); choose another style.")
    # Of two outputs of four columns the second are the boxes, as DETR orders them.
    classes, boxes = tables if tables[1].shape[1] == 4 else tables[::-1]
    if params.scores == "softmax":
        classes = softmax(classes)[:, :-1]
    elif params.scores == "sigmoid":
        classes = sigmoid(classes)
    width, height = size
    return around(*boxes.T) * np.array([width, height, width, height], np.float64), classes
