"""Gaps in which the event loop did not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt, QTimer

__all__ = ["LONGEST", "Count", "Gap", "Watchdog", "longest", "stays_awake"]

LONGEST = 0.05
"""Seconds the window may be deaf."""

Count = Callable[[int, int], int]


class Gap(NamedTuple):
    """Seconds between two turns of the loop."""

    own: float
    """On the wall, less the time in which the thread stood ready but had no processor (Linux says so)."""
    wall: float
    busy: float
    """In which the thread itself computed; the rest of `own` it waited, for Python's lock as a rule."""

    def __str__(self) -> str:
        own, wall, busy = (f"{1000 * t:.0f}" for t in self)
        return (
            f"{own} ms of {1000 * LONGEST:.0f} ({wall} ms with waiting for a processor, {busy} ms of them computing "
            "in the GUI thread)"
        )


class Watchdog:
    """Notes every gap between `start` and `stop`."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(4)
        self._timer.timeout.connect(self._tick)
        self._file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")

    def _now(self) -> tuple[float, float, float]:
        try:
            waited = int(self._file.read_text("ascii").split()[1]) / 1e9
        except OSError:
            waited = 0.0
        return time.perf_counter(), waited, time.thread_time()

    def start(self) -> None:
        self._last = self._now()
        self._timer.start()

    def stop(self) -> Gap:
        """The longest gap."""
        self._timer.stop()
        return max(self.gaps)

    def _tick(self) -> None:
        now = self._now()
        wall, waited, busy = (x - y for x, y in zip(now, self._last, strict=True))
        self.gaps.append(Gap(max(wall - waited, 0.0), wall, busy))
        self._last = now


def longest(count: Count) -> float:
    """Seconds the window may be deaf in this run.

    Four times as many in ./run test: there another test may hold the processor, or Python's lock, at any moment, and
    what a slice can show is that nobody reads, computes or waits in the GUI thread. ./run endurance holds the promise.
    """
    return LONGEST * count(4, 1)


def stays_awake(trial: Callable[[int], None], count: Count, promise: Callable[[int, str], None], what: str) -> None:
    """The window answers during ``trial(attempt)``, in one of three attempts: the machine may be busy once."""
    gaps: list[Gap] = []
    for attempt in range(3):
        dog = Watchdog()
        dog.start()
        trial(attempt)
        gaps.append(dog.stop())
        if gaps[-1].own <= LONGEST:
            break
    best = min(gaps, key=lambda gap: gap.own)
    promise(16, f"{what}: longest gap {best}")
    assert best.own <= longest(count), gaps
