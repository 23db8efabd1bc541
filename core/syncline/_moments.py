"""Moments that several recordings share: what a person knows of many at once, as anchors are of two."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import Infeasible, MediaError, ParameterError
from .model import Anchor, Constraints, Media
from .solvers.warp._plan import clock

__all__ = ["between", "checked", "completed", "load_moments"]

F64 = NDArray[np.float64]

LIMIT = 16 << 20
"""Bytes a table of moments may have."""


def checked(moments: ArrayLike | Sequence[Sequence[float | None]], media: Sequence[Media]) -> F64:
    """Moments in order of time, float64 (K, n): seconds of each recording, NaN where it is not known.

    Raises
    ------
    ParameterError
        Not a number for each recording, fewer than two known in a moment, or seconds that a recording does not have.
    Infeasible
        Two moments that no clock can hold.
    """
    count = len(media)
    try:
        known = np.array(moments, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(
            "A moment is a list of seconds, one for each recording, None where it is not known."
        ) from None
    if not known.size:
        return np.zeros((0, count))
    if known.ndim != 2 or known.shape[1] != count:
        raise ParameterError(
            f"A moment names seconds of each of the {count} recordings, None where they are not known."
        )
    for k, moment in enumerate(known, 1):
        if np.isfinite(moment).sum() < 2:
            raise ParameterError(f"Moment {k} must be known in two recordings or more.")
        for medium, t in zip(media, moment, strict=True):
            if np.isinf(t) or t < 0 or t > medium.duration:
                raise ParameterError(
                    f"Moment {k} lies outside “{medium.name}”, which ends at {clock(medium.duration)}."
                )
    return known[_order(known)]


def _before(known: F64) -> NDArray[np.bool_]:
    """True where a moment must come before another one, by recordings both are known in: bool (K, K).

    Raises
    ------
    Infeasible
        Some must come before themselves.
    """
    # Comparisons with NaN are false.
    reach: NDArray[np.bool_] = np.any(known[:, None, :] < known[None, :, :], axis=2)
    for k in range(len(known)):
        reach |= reach[:, k, None] & reach[None, k]
    for i, j in combinations(range(len(known)), 2):
        if reach[i, j] and reach[j, i]:
            raise Infeasible(
                f"The moments {_named(known[i])} and {_named(known[j])} cross: no clock that goes forward passes both. "
                "Move or remove one."
            )
    return reach


def _named(moment: F64) -> str:
    return " = ".join(clock(float(t)) if np.isfinite(t) else "–" for t in moment)


def _order(known: F64) -> NDArray[np.intp]:
    """Any order that goes forward in every recording."""
    # What must come before fewer comes later; ties keep their order.
    return np.argsort(_before(known).sum(0), kind="stable")


def completed(known: F64, columns: Sequence[int], guess: Callable[[F64, int, int], float]) -> F64:
    """The same moments with seconds in these columns, one after the other.

    Parameters
    ----------
    guess
        From the moments as they are by now, the index of one and a column: where it would be. It is moved as little as
        it takes to lie between those that come before and after.
    """
    known = known.copy()
    for k in range(len(known)):
        for c in columns:
            if np.isfinite(known[k, c]):
                continue
            at, before = guess(known, k, c), _before(known)
            earlier, later = known[before[:, k], c], known[before[k], c]
            low = np.max(earlier, initial=-np.inf, where=np.isfinite(earlier))
            high = np.min(later, initial=np.inf, where=np.isfinite(later))
            known[k, c] = min(max(at, low), high)
    return known


def between(known: F64, a: int, b: int) -> Constraints:
    """What moments known in both say of two recordings."""
    both = known[np.isfinite(known[:, [a, b]]).all(1)][:, [a, b]]
    anchors = tuple(Anchor(k, float(s), float(t)) for k, (s, t) in enumerate(both[np.lexsort(both.T[::-1])], 1))
    return Constraints(anchors, next_id=len(anchors) + 1)


def load_moments(file: str | Path, count: int) -> list[list[float | None]]:
    """Read a table as `save_together` writes it: a head, then seconds of every recording, empty where not known.

    A first column named “clock” is not looked at.

    Raises
    ------
    MediaError
        It is not such a table; one sentence.
    """
    path = Path(file)
    if not path.is_file():
        raise MediaError(f"“{file}” is not a file; name a table of moments.")
    if path.stat().st_size > LIMIT:
        raise MediaError(f"“{file}” is too large for a table of moments; name another one.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise MediaError(f"“{file}” is not text in UTF-8; name a table of moments.") from None
    try:
        lines = [line for line in csv.reader(text.splitlines(), strict=True) if any(word.strip() for word in line)]
    except csv.Error as error:
        raise MediaError(f"“{file}” is not a table separated by commas: {error}.") from None
    skip = int(bool(lines) and lines[0][0].strip().lower() == "clock")
    out: list[list[float | None]] = []
    for number, line in enumerate(lines[1:], 2):
        words = [word.strip() for word in line[skip:]]
        if len(words) != count:
            raise MediaError(
                f"“{file}”, line {number}: {len(words)} columns for {count} recordings; it needs one for each."
            )
        try:
            out.append([float(word) if word else None for word in words])
        except ValueError:
            raise MediaError(
                f"“{file}”, line {number}: seconds are numbers, and empty where they are not known."
            ) from None
    return out
