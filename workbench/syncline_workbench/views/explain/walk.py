"""A generator of states that can also be walked backwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from syncline.errors import SynclineError
from syncline.progress import Monitor

__all__ = ["Walk"]


class Walk:
    """States are pulled when they are asked for and kept; of too many the oldest go, and are made again if need be.

    `reach` and `look_ahead` run on a worker, one call at a time; the rest may be read meanwhile.

    Parameters
    ----------
    start
        Makes the generator; the same states each time.
    budget
        Bytes of states that are kept.
    """

    def __init__(self, start: Callable[[], Iterator[Any]], budget: int = 96 << 20) -> None:
        self.states: dict[int, Any] = {}
        self.end: int | None = None
        """Number of the last state, once it is known; −1 if there is none."""
        self.error: SynclineError | None = None
        """Why it ended, if it had to."""
        self._start, self._budget = start, budget
        self._iterator: Iterator[Any] | None = None
        self._next = 0
        self._size = 1

    def reach(self, k: int, monitor: Monitor) -> None:
        """Get state number `k`, or the last one if there are fewer.

        Raises
        ------
        Cancelled
            From the monitor.
        """
        if self.end is not None:
            k = min(k, self.end)
        if k in self.states or k < 0:
            return
        if k < self._next:
            self._iterator, self._next = None, 0
        while self._next <= k and (self.end is None or self._next <= self.end):
            monitor.check()
            self._pull()

    def look_ahead(self, seconds: float, monitor: Monitor) -> None:
        """Go on to the end, so that it is known how many there are, unless that takes long or much room."""
        until = time.monotonic() + seconds
        while self.end is None and time.monotonic() < until and (self._next + 1) * self._size < self._budget // 2:
            monitor.check()
            self._pull()

    def _pull(self) -> None:
        try:
            if self._iterator is None:
                self._iterator = self._start()
            state = next(self._iterator)
        except StopIteration:
            self.end = self._next - 1
            return
        except SynclineError as error:
            self.error, self.end = error, self._next - 1
            return
        if not self._next:
            self._size = _bytes(state)
        self.states[self._next] = state
        self._next += 1
        if len(self.states) * self._size > self._budget and len(self.states) > 8:
            for k in sorted(self.states)[1 : len(self.states) // 2]:
                del self.states[k]


def _bytes(state: Any) -> int:
    arrays = [x for x in vars(state).values() if isinstance(x, np.ndarray)]
    return 500 + sum(x.nbytes for x in arrays)
