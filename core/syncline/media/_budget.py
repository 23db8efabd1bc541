"""One budget of memory for the decoded frames of several readers."""

from __future__ import annotations

import threading

__all__ = ["FrameBudget", "Share"]


class FrameBudget:
    """Memory for decoded frames that readers share; thread-safe.

    Each reader gets an equal part; what one does not need, as its video is small or short, the others have. A reader
    whose part shrinks gives the rest back at its next frame.

    Parameters
    ----------
    total
        Bytes for all of them together.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._lock = threading.Lock()
        self._needs: dict[Share, int] = {}

    @property
    def total(self) -> int:
        """Bytes for all readers together."""
        return self._total

    @total.setter
    def total(self, value: int) -> None:
        with self._lock:
            self._total = value
            self._divide()

    def join(self, need: int) -> Share:
        """Take part, with use for `need` bytes at most."""
        with self._lock:
            share = Share(self)
            self._needs[share] = need
            self._divide()
        return share

    def _leave(self, share: Share) -> None:
        with self._lock:
            self._needs.pop(share, None)
            self._divide()

    def _divide(self) -> None:
        left = self._total
        for k, (share, need) in enumerate(sorted(self._needs.items(), key=lambda item: item[1])):
            share.bytes = min(need, left // (len(self._needs) - k))
            left -= share.bytes


class Share:
    """What one reader may take: `bytes`, which others change by coming and going."""

    def __init__(self, budget: FrameBudget) -> None:
        self._budget = budget
        self.bytes = 0

    def leave(self) -> None:
        """Leave it to the others."""
        self._budget._leave(self)
