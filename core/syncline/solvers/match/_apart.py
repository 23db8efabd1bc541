"""Compiled solvers that can't be interrupted, in a process that can be ended."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ...errors import SynclineError
from ...progress import Monitor

__all__ = ["FROZEN_WORD", "run_apart", "serve"]

T = TypeVar("T")

FROZEN_WORD = "--match-worker"
"""What the frozen program is called with to be a worker; its entry point calls `serve` then."""

_POLL = 0.05


def run_apart(call: Callable[..., T], *arguments: Any, monitor: Monitor) -> T:
    """Give ``call(*arguments)``, worked out in a process of its own that ends as soon as the monitor is told to stop.

    Parameters
    ----------
    call
        A function of a module, found again by its name.

    Raises
    ------
    Cancelled
        The monitor was told to stop.
    SynclineError
        The process ended before its answer, because memory ran out, say.
    """
    if getattr(sys, "frozen", False):
        command = [sys.executable, FROZEN_WORD]
    else:
        # By multiprocessing, a script without ``if __name__ == "__main__"`` would be run a second time.
        start = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve()"
        command = [sys.executable, "-c", start]
    monitor.check()
    request = pickle.dumps((call.__module__, call.__qualname__, arguments), protocol=5)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    answer: list[bytes] = []

    def talk() -> None:
        answer.append(process.communicate(request)[0])

    thread = threading.Thread(target=talk, name="match worker", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_POLL)
            monitor.check()
    finally:
        process.kill()
        thread.join()
    if process.returncode or not answer or not answer[0]:
        raise SynclineError(
            "The process that solves large problems ended before its answer; close other programs or match fewer "
            "elements at a time."
        )
    # From our own process.
    good, value = pickle.loads(answer[0])
    if not good:
        raise value
    return value


def serve() -> None:
    """Be the worker: answer the one request on standard input."""
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not get among the answers.
    os.dup2(2, 1)
    module, name, arguments = pickle.load(sys.stdin.buffer)
    try:
        answer = True, getattr(importlib.import_module(module), name)(*arguments)
    except Exception as error:  # noqa: BLE001 — raised where it can be seen
        answer = False, error
    with answers:
        pickle.dump(answer, answers, protocol=5)
