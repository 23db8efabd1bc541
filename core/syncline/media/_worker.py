"""A process of its own for parsers that a file could bring down: a crash or memory blow-up there is a sentence here.

Loaders are named, not sent, and answer with plain values and arrays of plain numbers: nothing is unpickled, so a
worker that a hostile file has taken over can still only hand back numbers. The process is started when first needed,
serves one call at a time, is kept, and ends with this one: its standard input is closed then.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import importlib
import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, OverBudget
from ..progress import Monitor
from .container import check_file, guarded, shown

__all__ = ["FROZEN_WORD", "Loader", "Worker", "call", "serve"]

Loader = Callable[..., dict[str, Any]]
"""``loader(path, *arguments)``, a function of a module; gives plain values (as JSON knows them) and arrays by key."""

FROZEN_WORD = "--media-worker"
"""What the frozen program is called with to be a worker; its entry point calls `serve` then."""

_MOST_MEMORY = 4 << 30
"""Bytes of address space: three arrays of the largest size allowed, and the libraries."""
_SECONDS = 30.0
_BYTES_PER_SECOND = 20e6
_POLL = 0.02
_LONGEST_HEADER = 1 << 26
_PIECE = 1 << 24


class Worker:
    """One process that reads files; thread-safe, one call after the other.

    Parameters
    ----------
    memory
        Bytes of address space it may take (POSIX; elsewhere the system's own limit).
    seconds
        A call may last that long and a second more for every 20 MB of its file.
    """

    def __init__(self, memory: int = _MOST_MEMORY, seconds: float = _SECONDS) -> None:
        self._memory, self._seconds = memory, seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, loader: Loader, path: Path, *arguments: Any, monitor: Monitor | None = None) -> dict[str, Any]:
        """Run ``loader(path, *arguments)`` in the process and give its answer; tuples come back as lists.

        Raises
        ------
        MediaError
            What the loader raised; or the reader crashed, took too much memory or too long.
        OverBudget
            As the loader raised it.
        Cancelled
            The monitor was told to stop; the process is ended then.
        """
        monitor = monitor or Monitor()
        allowed = self._seconds + check_file(path).st_size / _BYTES_PER_SECOND
        request = {
            "loader": [loader.__module__, loader.__qualname__],
            "path": str(path),
            "arguments": arguments,
            "seconds": allowed,
        }
        with self._alone(monitor):
            process = self._running()
            done = threading.Event()
            deadline = time.monotonic() + allowed

            def watch() -> None:
                while not done.wait(_POLL):
                    if monitor.cancelled or time.monotonic() > deadline:
                        process.kill()
                        return

            watchdog = threading.Thread(target=watch, name="media worker's watchdog", daemon=True)
            watchdog.start()
            answer = None
            try:
                with guarded(path, "from its reader"), contextlib.suppress(OSError):
                    answer = _exchange(process, request, self._memory)
            finally:
                done.set()
                watchdog.join()
                if answer is None:
                    self._end()
        if answer is None:
            monitor.check()
            if time.monotonic() > deadline:
                raise MediaError(
                    f"The file “{shown(path)}” kept the reader busy for more than {allowed:.0f} s; it is damaged, or "
                    "save it uncompressed."
                )
            raise MediaError(
                f"The file “{shown(path)}” made the reader crash; it is damaged or means harm: choose another one."
            )
        values, arrays = answer
        error = values.get("error")
        if error == "OverBudget":
            raise OverBudget(values["text"], values["needed"], values["budget"])
        if error == "MediaError":
            raise MediaError(values["text"])
        if error is not None:
            raise RuntimeError(values["text"])
        return {**values["values"], **arrays}

    def close(self) -> None:
        """End the process, if there is one, and the call it is at; a later call starts another."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    @contextlib.contextmanager
    def _alone(self, monitor: Monitor) -> Generator[None]:
        while not self._lock.acquire(timeout=_POLL):
            monitor.check()
        try:
            yield
        finally:
            self._lock.release()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        if getattr(sys, "frozen", False):
            command = [sys.executable, FROZEN_WORD, str(self._memory)]
        else:
            # By multiprocessing, a script without ``if __name__ == "__main__"`` would be run a second time.
            start = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve({self._memory})"
            command = [sys.executable, "-c", start]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Its threads would take address space, and nothing here multiplies matrices.
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise MediaError(
                f"The process that reads files can't be started ({error.strerror or error}); close other programs."
            ) from error
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def _exchange(
    process: subprocess.Popen[bytes], request: dict[str, Any], most: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Send the request and receive the answer; None if the process ended before it was whole."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    line = process.stdout.readline(_LONGEST_HEADER)
    if not line.endswith(b"\n"):
        return None
    header: dict[str, Any] = json.loads(line)
    arrays: dict[str, NDArray[Any]] = {}
    for key, kind, shape, order in header.pop("arrays", []):
        dtype = np.dtype(kind)
        if dtype.kind not in "fiub" or math.prod(shape) * dtype.itemsize > most:
            return None
        array = np.empty(shape, dtype, order)
        if not _fill(process.stdout, array):
            return None
        arrays[key] = array
    return header, arrays


def _bytes_of(array: NDArray[Any]) -> memoryview:
    """The memory of a contiguous array of either order."""
    return array.reshape(-1, order="A").view(np.uint8).data if array.size else memoryview(b"")


def _fill(stream: IO[bytes], array: NDArray[Any]) -> bool:
    left = _bytes_of(array)
    while len(left):
        count = stream.readinto(left[:_PIECE])  # pyright: ignore[reportAttributeAccessIssue]
        if not count:
            return False
        left = left[count:]
    return True


def serve(memory: int | None = None) -> None:
    """Be the worker: answer requests from standard input until it is closed.

    Parameters
    ----------
    memory
        Bytes of address space; None: the last word of the command.
    """
    # The terminal sends it to everyone; the process that asked decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a parser prints must not get among the answers.
    os.dup2(2, 1)
    _limit_memory(int(sys.argv[-1]) if memory is None else memory)
    inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def listen() -> None:
        for line in requests:
            inbox.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        _serve_one(inbox.get(), answers)


def _serve_one(request: dict[str, Any], answers: IO[bytes]) -> None:
    # In case the process that watches is gone while a parser here neither ends nor lets go of the interpreter.
    faulthandler.dump_traceback_later(request["seconds"] + 5, exit=True)
    header, arrays = _answer(request)
    faulthandler.cancel_dump_traceback_later()
    answers.write(json.dumps(header).encode() + b"\n")
    for array in arrays:
        raw = _bytes_of(array)
        for at in range(0, len(raw), _PIECE):
            answers.write(raw[at : at + _PIECE])
    answers.flush()


def _limit_memory(most: int) -> None:
    if os.name != "posix":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _answer(request: dict[str, Any]) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    module, name = request["loader"]
    path = Path(request["path"])
    try:
        found = getattr(importlib.import_module(module), name)(path, *request["arguments"])
    except OverBudget as error:
        return {"error": "OverBudget", "text": str(error), "needed": error.needed, "budget": error.budget}, []
    except MediaError as error:
        return {"error": "MediaError", "text": str(error)}, []
    except MemoryError:
        text = f"The file “{shown(path)}” made the reader take too much memory; it is damaged, or choose a shorter one."
        return {"error": "MediaError", "text": text}, []
    except Exception:  # noqa: BLE001 — a fault of ours, raised where it can be seen
        return {"error": "fault", "text": traceback.format_exc()}, []
    arrays = {
        k: v if v.flags.f_contiguous else np.ascontiguousarray(v) for k, v in found.items() if isinstance(v, np.ndarray)
    }
    listed = [(k, v.dtype.str, v.shape, "C" if v.flags.c_contiguous else "F") for k, v in arrays.items()]
    return {"values": {k: v for k, v in found.items() if k not in arrays}, "arrays": listed}, list(arrays.values())


_shared = Worker()
_left_behind: list[Worker] = []


def call(loader: Loader, path: Path, *arguments: Any, monitor: Monitor | None = None) -> dict[str, Any]:
    """`Worker.call` of the one that is kept."""
    return _shared.call(loader, path, *arguments, monitor=monitor)


def _close_shared() -> None:
    _shared.close()


def _after_fork() -> None:
    # Two processes at one pipe would get each other's answers.
    global _shared  # noqa: PLW0603
    _left_behind.append(_shared)
    _shared = Worker()


atexit.register(_close_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
