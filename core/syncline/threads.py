"""How many threads the libraries below take, so that they don't wait for one another."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

__all__ = ["single_threaded"]


class _Limits:
    """How many are inside `single_threaded`, and what to go back to when the last one leaves."""

    lock = threading.Lock()
    inside = 0
    opencv = 0
    blas: Any = None


@contextmanager
def _in_charge() -> Generator[None]:
    """Let this thread set BLAS's limits, and any other one afterwards.

    Since threadpoolctl 3.8 the first thread that sets one is the only one that may, and the others are not told; ours
    begin in one thread and end in another, each at its own time.
    """
    import threadpoolctl

    let_go = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", lambda **_: None)
    let_go(force=True)
    try:
        yield
    finally:
        let_go(force=True)


@contextmanager
def single_threaded() -> Generator[None]:
    """Keep OpenCV and BLAS to one thread each: both sides already run beside each other, and waiting threads spin."""
    import cv2
    import threadpoolctl

    with _Limits.lock:
        if not _Limits.inside:
            _Limits.opencv = cv2.getNumThreads()
            with _in_charge():
                _Limits.blas = threadpoolctl.threadpool_limits(1, user_api="blas")
            cv2.setNumThreads(1)
        _Limits.inside += 1
    try:
        yield
    finally:
        with _Limits.lock:
            _Limits.inside -= 1
            if not _Limits.inside:
                with _in_charge():
                    _Limits.blas.restore_original_limits()
                cv2.setNumThreads(_Limits.opencv)
