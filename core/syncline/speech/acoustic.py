"""An acoustic model over a recording of any length: in windows that overlap, stitched where both are silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..model.emissions import Emissions
from ..progress import Monitor

__all__ = ["Acoustic", "Words", "listen"]

F32 = NDArray[np.float32]
Words = list[tuple[str, tuple[str, ...]]]
"""Words with the labels that spell each; a word without a name stands for what is said between two words."""

_WINDOW, _OVERLAP = 20.0, 4.0
"""Seconds. The phoneme model hears 30 s at most and says nothing of what it left out."""
_BEFORE, _AFTER = 0.5, 0.5
"""Seconds of silence put around a recording: a model that answers late is to answer what is said last."""


class Acoustic(Protocol):
    """What hears labels in sound.

    Attributes
    ----------
    name
        What a person calls it.
    labels, blank
        As of `Emissions`.
    rate
        Hz of the samples it wants.
    frame
        Samples from one of its frames to the next.
    lag
        Seconds that its labels come late.
    word_lag
        Seconds that the first label of a word comes later still.
    phonemes
        Whether its labels are the phonemes that `pronounced` gives; if not, they are letters.
    """

    name: str
    labels: tuple[str, ...]
    blank: int
    rate: int
    frame: int
    lag: float
    word_lag: float
    phonemes: bool

    def hear(self, samples: F32, monitor: Monitor) -> F32:
        """Log-probabilities (T, C) of mono samples (N,), T about N / frame."""
        ...


@dataclass(frozen=True)
class _Piece:
    first: int
    rows: F32


def listen(
    acoustic: Acoustic, blocks: Iterable[tuple[float, F32]], duration: float, monitor: Monitor | None = None
) -> Emissions:
    """Emissions of a whole recording, the model's lag removed.

    Windows of 20 s share 4 s with the next; of these, each frame is taken from the window in whose inner part it is,
    and the seam lies where both are surest that nothing begins.

    Parameters
    ----------
    blocks
        Times in seconds, and mono samples float32 (N,) at the model's rate, one after the other.
    duration
        Seconds of the recording, for the progress that is told.

    Returns
    -------
    Emissions
        Of frames that span the recording; its labels begin where they are heard to, `lag` earlier than the model says.

    Raises
    ------
    MediaError
        There is no sound, or the model fails.
    Cancelled
        The monitor was told to stop.
    """
    monitor = monitor or Monitor()
    origin, step = 0.0, acoustic.frame / acoustic.rate
    samples = 0

    def counted() -> Iterator[F32]:
        nonlocal origin, samples
        for time, block in blocks:
            if not samples:
                origin = time
            samples += len(block)
            yield block

    before = round(_BEFORE / step)
    whole: list[F32] = []
    waiting: _Piece | None = None
    for first, window in _windows(counted(), acoustic, before):
        monitor.advance(max(first - before, 0) * step, duration)
        count = max(1, len(window) // acoustic.frame)
        piece = _Piece(first, _rows(acoustic, window, count, monitor))
        if waiting is not None:
            seam = _seam(waiting, piece, acoustic.blank)
            whole.append(waiting.rows[: seam - waiting.first])
            piece = _Piece(seam, piece.rows[seam - piece.first :])
        waiting = piece
    if waiting is None or not samples:
        raise MediaError("There is no sound to listen to; choose a recording with sound.")
    rows = np.concatenate([*whole, waiting.rows])
    late = round(acoustic.lag / step)
    first = before + late
    count = max(1, round(samples / acoustic.frame))
    rows = np.ascontiguousarray(rows[first : first + count])
    monitor.advance(1, 1)
    return Emissions(rows, acoustic.labels, acoustic.blank, origin + late * step - acoustic.lag, step)


def _windows(blocks: Iterable[F32], acoustic: Acoustic, before: int) -> Iterator[tuple[int, F32]]:
    """First frame and samples of each window of the sound between silences."""
    size = round(_WINDOW * acoustic.rate / acoustic.frame) * acoustic.frame
    hop = size - round(_OVERLAP * acoustic.rate / acoustic.frame) * acoustic.frame
    kept = np.zeros(before * acoustic.frame, np.float32)
    at = 0
    for block in blocks:
        kept = np.concatenate([kept, block])
        # The last window is given with its silence, and never a sliver.
        while len(kept) > size + hop:
            yield at, kept[:size]
            kept, at = kept[hop:], at + hop // acoustic.frame
    # Whole frames, and enough of them that none of the recording's is lost to the lag.
    after = round(_AFTER * acoustic.rate)
    after += -(len(kept) + after) % acoustic.frame
    kept = np.concatenate([kept, np.zeros(after, np.float32)])
    while len(kept) > size:
        yield at, kept[:size]
        kept, at = kept[hop:], at + hop // acoustic.frame
    yield at, kept


def _rows(acoustic: Acoustic, window: F32, count: int, monitor: Monitor) -> F32:
    rows = acoustic.hear(window, monitor)
    if rows.ndim != 2 or rows.shape[1] != len(acoustic.labels):
        raise MediaError(
            f"“{acoustic.name}” answers with the shape {rows.shape} where frames and {len(acoustic.labels)} labels are "
            "expected; name the tokens that belong to it."
        )
    if abs(len(rows) - count) > 3:
        raise MediaError(
            f"“{acoustic.name}” gives {len(rows)} frames for {len(window) / acoustic.rate:.1f} s, where {count} are "
            "expected: correct how long a frame lasts."
        )
    if len(rows) < count:
        missing = np.full((count - len(rows), rows.shape[1]), -np.inf, np.float32)
        missing[:, acoustic.blank] = 0.0
        rows = np.concatenate([rows, missing])
    return np.minimum(rows[:count], np.float32(0))


def _seam(a: _Piece, b: _Piece, blank: int) -> int:
    """Frame from which the second of two pieces counts: where both say blank, in the middle half of what they share."""
    stop = a.first + len(a.rows)
    quarter = (stop - b.first) // 4
    low, high = b.first + quarter, stop - quarter
    both = a.rows[low - a.first : high - a.first, blank] + b.rows[low - b.first : high - b.first, blank]
    # Beside a seam nothing may be going on either.
    calm = np.minimum(both[1:], both[:-1])
    # Of many equally silent frames the middle one.
    best = np.flatnonzero(calm >= calm.max() - 1e-3)
    return low + 1 + int(best[np.abs(best - len(calm) // 2).argmin()])
