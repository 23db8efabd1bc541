"""Progress bars, Ctrl-C, and text that can't disturb a terminal."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Generator
from types import FrameType
from typing import Any

from ..progress import Estimate, Monitor

__all__ = ["Bar", "one_line", "say", "say_json", "watching"]

_EVERY = 0.1
_TICK = 0.5
_WIDTH = 24


def one_line(text: str) -> str:
    """`text` with control characters written as escapes: a file name can't break the line or move the cursor."""
    return "".join(c if c.isprintable() or "\ud800" <= c <= "\udfff" else ascii(c)[1:-1] for c in text)


def say(text: str = "") -> None:
    """Print lines, each by `one_line`."""
    print("\n".join(one_line(line) for line in text.split("\n")))


def say_json(value: Any) -> None:
    """Print plain values as JSON, in ASCII: a name that is not text can be read back from its escapes."""
    print(json.dumps(value, indent=1, allow_nan=False))


class Bar:
    """A progress bar with the time that remains, on stderr, redrawn ten times a second; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._estimate = Estimate()
        self._said = "", 0.0
        self._drawn = 0.0

    def __call__(self, label: str, fraction: float) -> None:
        """Draw; a `syncline.progress.Report`."""
        now = time.monotonic()
        with self._lock:
            self._estimate.note(label, fraction, now)
            self._said = label, fraction
            if now - self._drawn >= _EVERY:
                self._draw(now)

    @contextlib.contextmanager
    def ticking(self) -> Generator[None]:
        """Draw twice a second too while nothing is told, so that the time that remains does not stand still."""
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(_TICK):
                now = time.monotonic()
                with self._lock:
                    if now - self._drawn >= _TICK:
                        self._draw(now)

        thread = threading.Thread(target=tick, name="progress bar", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _draw(self, now: float) -> None:
        label, fraction = self._said
        waits = self._estimate.waits_for(now)
        if not (label or waits):
            return
        self._drawn = now
        full = round(_WIDTH * fraction)
        bar = "#" * full + "-" * (_WIDTH - full)
        words = waits or f"{label}{self._remaining(now)}"
        share = "   –" if waits else f"{fraction:4.0%}"
        sys.stderr.write(f"\r[{bar}] {share} {words}\x1b[K")
        sys.stderr.flush()

    def _remaining(self, now: float) -> str:
        seconds = self._estimate.left(now)
        if seconds is None:
            return ""
        left = max(round(seconds), 1)
        return f", {left // 60}:{left % 60:02d} left" if left >= 60 else f", {left} s left"

    def clear(self) -> None:
        """Take the bar away."""
        with self._lock:
            if self._drawn:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()


@contextlib.contextmanager
def watching(quiet: bool = False) -> Generator[Monitor]:
    """Give a monitor that draws a bar if stderr is a terminal, and that Ctrl-C cancels.

    A second Ctrl-C interrupts wherever the program is.
    """
    bar = Bar() if not quiet and sys.stderr.isatty() else None
    monitor = Monitor(bar)

    def stop(number: int, frame: FrameType | None) -> None:
        if monitor.cancelled:
            raise KeyboardInterrupt
        monitor.cancel()

    main = threading.current_thread() is threading.main_thread()
    old = signal.signal(signal.SIGINT, stop) if main else None
    try:
        with bar.ticking() if bar is not None else contextlib.nullcontext():
            yield monitor
        monitor.check()
    finally:
        if main:
            signal.signal(signal.SIGINT, old)
        if bar is not None:
            bar.clear()
    for sentence in monitor.warnings:
        print(f"syncline: note: {one_line(sentence)}", file=sys.stderr)
