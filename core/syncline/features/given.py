"""A sequence that was brought along, as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..model import Features
from ..registry import switch
from . import register

__all__ = ["Given", "GivenParams"]


@dataclass(frozen=True)
class GivenParams:
    """Parameters of `Given`."""

    standardise: bool = switch(
        True, "Standardise", "Bring each channel to mean 0 and standard deviation 1; constant channels become 0."
    )
    slopes: bool = switch(False, "Slopes", "Compare the change over time beside the values.")


@register("given", "Given features", GivenParams, kinds=("features",))
class Given:
    """The file's own channels, standardised each by itself."""

    def __init__(self, params: GivenParams) -> None:
        self.params = params
        self._given: Features | None = None

    def update(self, values: NDArray[np.floating], times: NDArray[np.float64], channels: tuple[str, ...] = ()) -> None:
        """Take the whole sequence: values (T, D), times (T,) in seconds."""
        x = np.asarray(values, np.float64)
        if self.params.standardise:
            x = standardised(x)
        if self.params.slopes and len(x) > 1:
            slope = np.gradient(x, times, axis=0)
            x = np.hstack([x, standardised(slope) if self.params.standardise else slope])
            channels = (*channels, *(f"{c} slope" for c in channels))
        self._given = Features(np.ascontiguousarray(x, np.float32), np.asarray(times, np.float64), channels)

    def finish(self) -> Features:
        """Return float32 (T, D), or (T, 2 · D) with slopes."""
        if self._given is None:
            raise ParameterError("A sequence has to be given before it can be finished.")
        return self._given


def standardised(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x (T, D) with mean 0 and standard deviation 1 a column; constant columns are 0, not divided."""
    centred = x - x.mean(0)
    spread = centred.std(0)
    # A constant column's spread is rounding only: judged against the size of its values.
    constant = spread <= 1e-9 * np.maximum(np.abs(x).max(0), np.finfo(float).tiny)
    return np.where(constant, 0.0, centred / np.where(constant, 1.0, spread))
