"""What detectors put out, one style a file: numbers of a network into boxes and scores.

A member is a function ``decode(outputs: list of arrays, size: (width, height) of the input in pixels, params) ->
(boxes, scores)``: boxes float64 (n, 4) x0, y0, x1, y1 in pixels of the network's input, scores float64 (n, classes)
0..1, one column a label of the adapter, the background's too where the network has one. It raises ParameterError
where the outputs are not of its style.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...registry import Registry

__all__ = ["REGISTRY", "Decoder", "around", "grid", "register", "rows", "sigmoid", "softmax"]

F64 = NDArray[np.float64]
Decoder = Callable[[Sequence[NDArray[Any]], tuple[int, int], Any], tuple[F64, F64]]

REGISTRY: Registry[Decoder] = Registry("syncline.detection.outputs", "syncline.detector_outputs", "output style")
register = REGISTRY.register


def rows(output: NDArray[Any], columns: int | None = None) -> F64:
    """Output (1, n, c) or (n, c) as float64 (n, c).

    Raises
    ------
    ParameterError
        Another shape, more than one picture, not `columns` columns, or no numbers.
    """
    array = output[0] if output.ndim == 3 and len(output) == 1 else output
    if array.ndim != 2 or array.dtype.kind not in "fiu" or (columns is not None and array.shape[1] != columns):
        wanted = "(1, n, c)" if columns is None else f"(1, n, {columns})"
        raise ParameterError(f"The model puts out an array of shape {output.shape}, where {wanted} was expected.")
    return array.astype(np.float64)


def sigmoid(x: F64) -> F64:
    """1 / (1 + e^−x), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def softmax(x: F64) -> F64:
    """Along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=-1, keepdims=True)


def around(cx: F64, cy: F64, width: F64, height: F64) -> F64:
    """Boxes (n, 4) from centres and sizes (n,)."""
    return np.stack([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2], axis=1)


def grid(size: tuple[int, int], strides: Sequence[int], count: int) -> tuple[F64, F64]:
    """Columns and rows (n, 2) of the cells of all strides, row by row, and the stride of each (n,).

    Raises
    ------
    ParameterError
        The model puts out `count` rows, which is another number.
    """
    cells, steps = [np.zeros((0, 2))], [np.zeros(0)]
    for stride in strides:
        # A border that is no multiple of the stride gets a cell too.
        y, x = np.mgrid[: -(-size[1] // stride), : -(-size[0] // stride)]
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64))
        steps.append(np.full(x.size, float(stride)))
    if sum(map(len, steps)) != count:
        raise ParameterError(
            f"The model puts out {count} candidates, but an input of {size[0]} × {size[1]} with strides "
            f"{', '.join(map(str, strides))} has {sum(map(len, steps))}; correct the size or the style of its adapter."
        )
    return np.concatenate(cells), np.concatenate(steps)
