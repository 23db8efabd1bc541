"""The local cost of laying row i of A onto row j of B, never held as a whole matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

if TYPE_CHECKING:
    from .session import Alignment

__all__ = ["METRICS", "LocalCost", "shown_cost"]

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


def shown_cost(alignment: Alignment) -> LocalCost | None:
    """What the cost matrix of an alignment is drawn from, if there is anything.

    Where the solver mapped both sides into a space of its own, that is where they can be compared; else the features
    are, if both sides have the same number of channels.
    """
    a, b = alignment.features_a, alignment.features_b
    if a is None or b is None:
        return None
    metric = getattr((alignment.resolved or alignment.recipe).params, "metric", "euclidean")
    views = None if alignment.path is None else alignment.path.views
    if views is not None:
        return LocalCost(*views, metric)
    return LocalCost(a.values, b.values, metric) if a.values.shape[1] == b.values.shape[1] else None
