"""A feature sequence: what a solver compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

__all__ = ["FeatureRecipe", "FeatureTerm", "Features"]


@dataclass(frozen=True, eq=False)
class Features:
    """A sequence of feature vectors.

    Attributes
    ----------
    values
        float32 (T, D), finite, C-contiguous, read-only. Row t describes the medium at times[t].
    times
        float64 (T,) seconds, strictly ascending.
    channels
        Optional names of the D columns.
    """

    values: NDArray[np.float32]
    times: NDArray[np.float64]
    channels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[0] != len(self.times) or not len(self.times):
            raise ParameterError(f"Features need shape (T, D) and T ≥ 1 times, not {self.values.shape}.")
        self.values.setflags(write=False)
        self.times.setflags(write=False)

    def __len__(self) -> int:
        return len(self.times)

    def averaged(self, rows: int) -> Features:
        """At most `rows` rows, each the mean of as many, at the time of the first of them."""
        every = -(-len(self) // rows)
        starts = np.arange(0, len(self), every)
        counts = np.diff(np.append(starts, len(self)))
        means = np.add.reduceat(self.values.astype(np.float64), starts, axis=0) / counts[:, None]
        return Features(means.astype(np.float32), self.times[starts].copy())


@dataclass(frozen=True)
class FeatureTerm:
    """One extractor of a recipe with its weight and its parameters dataclass (None: the defaults)."""

    name: str
    weight: float = 1.0
    params: Any = None


@dataclass(frozen=True)
class FeatureRecipe:
    """A weighted combination of extractors.

    Each term is scaled so that its mean squared distance between random rows is its weight; then the
    columns are put side by side and, if `components` > 0, reduced by PCA fitted on both sides together.
    ``terms`` empty means: choose by what the two files are.
    """

    terms: tuple[FeatureTerm, ...] = ()
    components: int = 0

    @property
    def automatic(self) -> bool:
        """True if the program is to choose."""
        return not self.terms

    def label(self) -> str:
        """Short text, e.g. ``appearance + 0.5 motion``."""
        words = [t.name if t.weight == 1 else f"{t.weight:g} {t.name}" for t in self.terms]
        return " + ".join(words) or "automatic"
