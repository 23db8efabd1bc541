"""The local cost of laying row i of A onto row j of B, never held as a whole matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

__all__ = ["METRICS", "LocalCost"]

METRICS = ("euclidean", "sqeuclidean", "cosine", "cityblock")
"""Names of the local metrics, as in SciPy. Cosine is 1 − cos; a zero row has distance 1 to everything."""


@dataclass(frozen=True, eq=False)
class LocalCost:
    """Two feature sequences and a metric.

    Attributes
    ----------
    x
        float (n, D), A = query = rows.
    y
        float (m, D), B = reference = columns.
    metric
        One of `METRICS`.
    """

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    metric: str = "euclidean"

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.ndim != 2 or self.x.shape[1] != self.y.shape[1]:
            raise ParameterError(
                f"A has {self.x.shape[-1]} channels and B has {self.y.shape[-1]}: this method needs the same number."
            )
        if self.metric not in METRICS:
            raise ParameterError(f"There is no local cost “{self.metric}”; there are: {', '.join(METRICS)}.")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows n and columns m of the matrix this stands for."""
        return len(self.x), len(self.y)
