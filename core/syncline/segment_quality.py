"""How good a segmentation is, against a truth (ALGORITHMS 7.3, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import ParameterError
from .model.segments import Tier

__all__ = ["BoundaryErrors", "UnitErrors", "boundaries_of", "compare_boundaries", "compare_units", "frames_of"]

TOLERANCES = (10, 20, 50, 100)
"""Milliseconds."""
_SLACK = 1e-9


@dataclass(frozen=True)
class BoundaryErrors:
    """Boundaries found against true ones, matched one to one within `tolerance` seconds.

    Attributes
    ----------
    precision, recall, f1
        0 where there is nothing to divide by.
    over
        Over-segmentation: found / true − 1.
    r_value
        1 − (|r₁| + |r₂|) / 2 (Räsänen et al., Interspeech 2009).
    median_ms, p90_ms
        Of the distance from each true boundary to the nearest found.
    within
        Shares of the true boundaries that one is found near, by milliseconds: ``"20 ms"``.
    """

    tolerance: float
    found: int
    true: int
    precision: float
    recall: float
    f1: float
    over: float
    r_value: float
    median_ms: float
    p90_ms: float
    within: dict[str, float]


def boundaries_of(tier: Tier) -> NDArray[np.float64]:
    """Starts and ends of a tier's labelled segments, each time once, ascending."""
    return np.unique([t for s in tier.segments if s.label for t in (s.start, s.end)])


def compare_boundaries(
    found: Sequence[float] | NDArray[np.float64], true: Sequence[float] | NDArray[np.float64], tolerance: float = 0.02
) -> BoundaryErrors:
    """Judge boundaries; as many are matched one to one as possible.

    Raises
    ------
    ParameterError
        There are no true boundaries.
    """
    a, b = np.sort(np.asarray(found, np.float64)), np.sort(np.asarray(true, np.float64))
    if not len(b):
        raise ParameterError("The truth holds no boundaries to compare with.")
    hits = i = j = 0
    # Both sorted and one tolerance for all: taking the first that fits is a largest matching.
    while i < len(a) and j < len(b):
        if abs(a[i] - b[j]) <= tolerance + _SLACK:
            hits, i, j = hits + 1, i + 1, j + 1
        elif a[i] < b[j]:
            i += 1
        else:
            j += 1
    precision = hits / len(a) if len(a) else 0.0
    recall = hits / len(b)
    over = len(a) / len(b) - 1
    r1, r2 = np.hypot(1 - recall, over), (-over + recall - 1) / np.sqrt(2)
    near = np.abs(b[:, None] - a[None]).min(1) if len(a) else np.full(len(b), np.inf)
    within = {f"{ms} ms": float((near <= ms / 1000 + _SLACK).mean()) for ms in TOLERANCES}
    return BoundaryErrors(
        tolerance,
        len(a),
        len(b),
        precision,
        recall,
        2 * precision * recall / (precision + recall) if hits else 0.0,
        over,
        float(1 - (abs(r1) + abs(r2)) / 2),
        float(np.median(near) * 1000),
        float(np.percentile(near, 90) * 1000) if len(a) else float("inf"),
        within,
    )


@dataclass(frozen=True)
class UnitErrors:
    """Units against phones, frame by frame.

    Attributes
    ----------
    phone_purity
        Share of frames whose phone is the commonest of their unit.
    cluster_purity
        Share of frames whose unit is the commonest of their phone.
    pnmi
        Share of the phones' entropy that the units explain, I(y; z) / H(y).
    """

    phone_purity: float
    cluster_purity: float
    pnmi: float


def compare_units(units: Sequence[str], phones: Sequence[str]) -> UnitErrors:
    """Judge units by phones, one of each a frame.

    Raises
    ------
    ParameterError
        They are not equally many, or none.
    """
    if len(units) != len(phones) or not len(units):
        raise ParameterError(f"{len(units)} units can't be compared with {len(phones)} phones, frame by frame.")
    _, z = np.unique(np.asarray(units), return_inverse=True)
    _, y = np.unique(np.asarray(phones), return_inverse=True)
    joint = np.zeros((y.max() + 1, z.max() + 1))
    np.add.at(joint, (y, z), 1 / len(z))
    py, pz = joint.sum(1), joint.sum(0)
    some = joint > 0
    mutual = float((joint[some] * np.log(joint[some] / np.outer(py, pz)[some])).sum())
    entropy = float(-(py * np.log(py)).sum())
    return UnitErrors(float(joint.max(0).sum()), float(joint.max(1).sum()), mutual / entropy if entropy > 0 else 0.0)


def frames_of(tier: Tier, times: NDArray[np.float64], gap: str = "") -> list[str]:
    """Label of the segment that each time lies in, `gap` where none does."""
    starts = np.array([s.start for s in tier.segments])
    out: list[str] = []
    for t in times:
        k = int(np.searchsorted(starts, t, "right")) - 1
        out.append(tier.segments[k].label if k >= 0 and t < tier.segments[k].end else gap)
    return out
