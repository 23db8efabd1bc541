"""YOLOv10, YOLO26 and other detectors that choose among their candidates themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from . import F64, register, rows

__all__ = ["Yolov10Params", "decode"]

_MOST_CLASSES = 100_000


@dataclass(frozen=True)
class Yolov10Params:
    """Nothing to choose."""


@register("yolov10", "YOLOv10, end to end", Yolov10Params)
def decode(outputs: Sequence[NDArray[Any]], size: tuple[int, int], params: Yolov10Params) -> tuple[F64, F64]:
    """(1, n, 6): x0, y0, x1, y1 in pixels of the input, score, number of the class."""
    table = rows(outputs[0], 6)
    number = table[:, 5]
    if not ((number >= 0) & (number < _MOST_CLASSES)).all():
        raise ParameterError("The last column of the model's output holds no class numbers; choose another style.")
    scores = np.zeros((len(table), int(number.max(initial=-1.0)) + 1))
    scores[np.arange(len(table)), number.astype(np.intp)] = table[:, 4]
    return table[:, :4], scores
