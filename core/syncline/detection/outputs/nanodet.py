"""NanoDet (RangiLyu 2020) with generalized focal loss: each side of a box is a distribution (Li et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...registry import number
from . import F64, grid, register, rows, softmax

__all__ = ["NanodetParams", "decode"]

_STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class NanodetParams:
    """How NanoDet's outputs are read."""

    bins: int = number(11, "Bins a side", "8 for NanoDet-m, 11 for NanoDet-g", 2, 64)
    shift: float = number(0.5, "Shift", "pixels that cell centres lie before the middle of the cell", 0.0, 64.0)


@register("nanodet", "NanoDet", NanodetParams)
def decode(outputs: Sequence[NDArray[Any]], size: tuple[int, int], params: NanodetParams) -> tuple[F64, F64]:
    """A map of class scores 0..1 (1, n, classes) and one of sides (1, n, 4 · bins) a stride, in any order.

    Sides are left, top, right, bottom: the expectation over the bins, in strides from the centre of the cell.
    """
    tables, sides = [rows(o) for o in outputs], 4 * params.bins

    def joined(parts: list[F64]) -> F64:
        return np.concatenate(sorted(parts, key=len, reverse=True)) if parts else np.zeros((0, 0))

    # Larger maps have smaller strides; of classes and sides with as many columns the first half are the classes.
    half = len(tables) // 2
    split = [t.shape[1] == sides for t in tables]
    if sum(split) != half or len(tables) != 2 * len(_STRIDES):
        split = [k >= half for k in range(len(tables))]
    classes = joined([t for t, s in zip(tables, split, strict=True) if not s])
    spread = joined([t for t, s in zip(tables, split, strict=True) if s])
    if len(spread) != len(classes) or spread.shape[1] != sides:
        raise ParameterError(
            f"The model does not put out class maps and box maps of {sides} columns; correct its adapter."
        )
    cells, stride = grid(size, _STRIDES, len(classes))
    distances = softmax(spread.reshape(-1, 4, params.bins)) @ np.arange(params.bins) * stride[:, None]
    centres = (cells + 0.5) * stride[:, None] - params.shift
    return np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1), classes
