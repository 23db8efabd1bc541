"""YOLOX (Ge et al. 2021, arXiv:2107.08430), anchor-free with a box still on its grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import F64, around, grid, register, rows

__all__ = ["YoloxParams", "decode"]

_STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class YoloxParams:
    """Nothing to choose."""


@register("yolox", "YOLOX", YoloxParams)
def decode(outputs: Sequence[NDArray[Any]], size: tuple[int, int], params: YoloxParams) -> tuple[F64, F64]:
    """(1, n, 5 + classes): dx, dy, ln w, ln h in strides from a cell's corner, objectness, class scores in 0..1."""
    table = rows(outputs[0])
    cells, stride = grid(size, _STRIDES, len(table))
    x, y = ((table[:, k] + cells[:, k]) * stride for k in (0, 1))
    # No box is e^10 strides wide, and beyond e^700 is no number.
    width, height = (np.exp(np.minimum(table[:, k], 10.0)) * stride for k in (2, 3))
    return around(x, y, width, height), table[:, 5:] * table[:, 4:5]
