"""YOLOv8, YOLOv9, YOLO11 and YOLO12 as they are exported: no objectness, candidates in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from . import F64, around, register, rows

__all__ = ["Yolov8Params", "decode"]


@dataclass(frozen=True)
class Yolov8Params:
    """Nothing to choose."""


@register("yolov8", "YOLOv8, YOLOv9, YOLO11", Yolov8Params)
def decode(outputs: Sequence[NDArray[Any]], size: tuple[int, int], params: Yolov8Params) -> tuple[F64, F64]:
    """(1, 4 + classes, n): centre x, y, width, height in pixels of the input, class scores in 0..1."""
    table = rows(outputs[0]).T
    return around(*table.T[:4]), table[:, 4:]
