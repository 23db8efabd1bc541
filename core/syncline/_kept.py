"""A cache of arrays by their size."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Kept"]

Kind = TypeVar("Kind", bound=np.generic)


class Kept(Generic[Kind]):
    """Arrays by key; the longest unused go when they outgrow `budget` bytes. Thread-safe."""

    def __init__(self, budget: int) -> None:
        self.budget, self.nbytes = budget, 0
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, NDArray[Kind]] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._held

    def get(self, key: Hashable) -> NDArray[Kind] | None:
        """What was put there, unless it had to go."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: Hashable, array: NDArray[Kind]) -> None:
        """Keep an array, as the last to go."""
        with self._lock:
            old = self._held.pop(key, None)
            self.nbytes += array.nbytes - (0 if old is None else old.nbytes)
            self._held[key] = array
            while self.nbytes > self.budget and len(self._held) > 1:
                self.nbytes -= self._held.popitem(last=False)[1].nbytes
