"""Rows of features and seconds of a recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...errors import ParameterError
from ...model import Features
from ...model.segments import Segment

__all__ = ["edges_of", "rows_at", "runs", "step_of"]


def step_of(features: Features) -> float:
    """Seconds from row to row, the median."""
    return float(np.median(np.diff(features.times))) if len(features) > 1 else 0.04


def edges_of(features: Features) -> np.ndarray:
    """float64 (T + 1,): where each row begins, halfway from the one before, and where the last one ends.

    A recording's clock starts at 0: nothing of it begins before.
    """
    t = features.times
    half = step_of(features) / 2
    first = t[0] - half
    return np.concatenate([[max(first, 0.0) if t[0] >= 0 else first], (t[:-1] + t[1:]) / 2, [t[-1] + half]])


def rows_at(features: Features, boundaries: Iterable[float]) -> list[int]:
    """Rows that begin nearest to some times.

    Raises
    ------
    ParameterError
        A time lies outside the recording.
    """
    edges = edges_of(features)
    found: list[int] = []
    for t in boundaries:
        row = int(np.abs(edges - t).argmin())
        if not 0 < row < len(features):
            raise ParameterError(f"A boundary is set at {t:g} s, which is not within the recording.")
        found.append(row)
    return sorted(set(found))


def runs(features: Features, ends: Sequence[int], labels: Sequence[str]) -> tuple[Segment, ...]:
    """Segments between row boundaries (exclusive ends, the last one T)."""
    edges = edges_of(features)
    starts = [0, *ends[:-1]]
    return tuple(
        Segment(float(edges[a]), float(edges[b]), label) for a, b, label in zip(starts, ends, labels, strict=True)
    )
