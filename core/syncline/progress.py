"""How long work tells what it has done, and how it is told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from .errors import Cancelled

__all__ = ["Estimate", "Monitor", "Report", "go_on", "held_up", "hold_up"]

Report = Callable[[str, float], None]
"""Called as ``report(label, fraction)`` with fraction in 0..1, from the thread that works."""

_STILL = 0.4
"""Seconds without progress after which work is taken to wait."""

_holds: list[str] = []


def hold_up(label: str) -> None:
    """Say what work of any thread may have to wait for from now on, loops being compiled, say; until `go_on`."""
    _holds.append(label)


def go_on(label: str) -> None:
    """What `hold_up` told of is over."""
    _holds.remove(label)


def held_up() -> str:
    """What work may have to wait for at the moment; empty as a rule."""
    holds = tuple(_holds)
    return holds[-1] if holds else ""


class Estimate:
    """How long work will yet take, judged by its pace; says nothing once it stands still longer than that.

    Parameters
    ----------
    now
        When the work began, seconds of `time.monotonic`.
    """

    def __init__(self, now: float | None = None) -> None:
        self._began = time.monotonic() if now is None else now
        self._last: tuple[float, float, str] = self._began, 0.0, ""

    def note(self, label: str, fraction: float, now: float | None = None) -> None:
        """Take a report in; only one that says something new is progress."""
        if (fraction, label) != self._last[1:]:
            self._last = time.monotonic() if now is None else now, fraction, label

    def left(self, now: float | None = None) -> float | None:
        """Seconds, None while there is no telling."""
        now = time.monotonic() if now is None else now
        at, fraction, _ = self._last
        past = at - self._began
        if fraction < 0.02 or past < 0.5:
            return None
        left = past * (1 - fraction) / fraction
        still = now - at
        return None if still > max(left, 1.0) else max(left - still, 0.0)

    def waits_for(self, now: float | None = None) -> str:
        """What the work waits for, if it stands still while something holds it up; else nothing."""
        still = (time.monotonic() if now is None else now) - self._last[0]
        return held_up() if still > _STILL else ""


class Monitor:
    """Progress and cancellation of one piece of long work.

    Thread-safe. Call `advance` every block of rows or frames, never every cell: it takes about a
    microsecond and raises `Cancelled` once somebody called `cancel`.

    Parameters
    ----------
    report
        Receives ``(label, fraction)``; None reports to nobody.
    watch
        Receives the plain state of every round of methods that go in rounds, e.g. `solvers.warp.ctw.CtwRound`, from
        the thread that works.
    """

    def __init__(self, report: Report | None = None, watch: Callable[[Any], None] | None = None) -> None:
        self._report = report
        self._watch = watch
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._start, self._span, self._label = 0.0, 1.0, ""
        self._warnings: list[str] = []

    def advance(self, done: float, total: float) -> None:
        """Say that `done` of `total` units of this part are finished; raise `Cancelled` if stopped."""
        self.check()
        if self._report is not None:
            fraction = min(max(done / total, 0.0), 1.0) if total > 0 else 1.0
            self._report(self._label, self._start + self._span * fraction)

    def tell(self, state: Any) -> None:
        """Hand the plain state of a round to whoever watches; raise `Cancelled` if stopped."""
        self.check()
        if self._watch is not None:
            self._watch(state)

    def check(self) -> None:
        """Raise `Cancelled` if somebody asked to stop."""
        if self._stop.is_set():
            raise Cancelled

    def part(self, start: float, stop: float, label: str | None = None) -> Monitor:
        """Return a monitor whose 0..1 is `start`..`stop` of this one; cancelling either stops both."""
        child = Monitor(self._report, self._watch)
        child._stop = self._stop
        child._lock = self._lock
        child._warnings = self._warnings
        child._start = self._start + self._span * start
        child._span = self._span * (stop - start)
        child._label = self._label if label is None else label
        return child

    def watched(self, watch: Callable[[Any], None]) -> Monitor:
        """Return this monitor for work whose states somebody watches; cancelling either stops both."""
        child = self.part(0.0, 1.0)
        child._watch = watch
        return child

    def cancel(self) -> None:
        """Ask the work to stop at its next `advance` or `check`."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._stop.is_set()

    def warn(self, sentence: str) -> None:
        """Keep a sentence the user should see although the work goes on (a damaged frame, say)."""
        with self._lock:
            if sentence not in self._warnings:
                self._warnings.append(sentence)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The sentences given to `warn` so far, in order."""
        with self._lock:
            return tuple(self._warnings)
