"""YOLOv5 and YOLOv7 as they are exported: boxes already in pixels, objectness beside the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from . import F64, around, register, rows

__all__ = ["Yolov5Params", "decode"]


@dataclass(frozen=True)
class Yolov5Params:
    """Nothing to choose."""


@register("yolov5", "YOLOv5, YOLOv7", Yolov5Params)
def decode(outputs: Sequence[NDArray[Any]], size: tuple[int, int], params: Yolov5Params) -> tuple[F64, F64]:
    """(1, n, 5 + classes): centre x, y, width, height in pixels of the input, objectness, class scores in 0..1."""
    table = rows(outputs[0])
    return around(*table.T[:4]), table[:, 5:] * table[:, 4:5]
