"""A process of its own for parsers that a file could bring down: a crash or memory blow-up there is a sentence here.

Loaders are named, not sent, and answer with plain values and arrays of plain numbers: nothing is unpickled, so a
worker that a hostile file has taken over can still only hand back numbers. A process is started when first needed,
serves one call at a time, is kept, and ends with this one: its standard input is closed then. There are two, as an
alignment has two sides.
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
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, OverBudget
from ..files import check_file, guarded, shown
from ..progress import Monitor

if TYPE_CHECKING:
    import subprocess

__all__ = ["FROZEN_WORD", "Loader", "Worker", "call", "isolating", "serve", "tell", "warm_up"]

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
    """One process that reads files, for one call at a time.

    Parameters
    ----------
    memory
        Bytes of address space it may take (POSIX; elsewhere the system's own limit).
    seconds
        A call may last that long and a second more for every 20 MB of its file.
    """

    def __init__(self, memory: int = _MOST_MEMORY, seconds: float = _SECONDS) -> None:
        self._memory, self._seconds = memory, seconds
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
                answer = _exchange(process, request, self._memory, monitor)
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
        """End the process, if there is one, and from another thread the call it is at; a later one starts anew."""
        self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        import subprocess

        self._end()
        if getattr(sys, "frozen", False):
            command = [sys.executable, FROZEN_WORD, str(self._memory)]
        else:
            # By multiprocessing, a script without ``if __name__ == "__main__"`` would be run a second time.
            start = f"import sys; sys.path[:] = {_roots()!r}; from {__name__} import serve; serve({self._memory})"
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


def _roots() -> list[str]:
    """Where modules are looked for, without folders that are themselves packages.

    While OpenCV is imported by another thread, its own folder stands there, in which a `typing` lies that is not
    Python's: a worker that began with it would die.
    """
    return [folder for folder in sys.path if not Path(folder, "__init__.py").is_file()]


def _exchange(
    process: subprocess.Popen[bytes], request: dict[str, Any], most: int, monitor: Monitor
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Send the request and receive the answer; None if the process ended before it was whole."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    while True:
        line = process.stdout.readline(_LONGEST_HEADER)
        if not line.endswith(b"\n"):
            return None
        header: dict[str, Any] = json.loads(line)
        if "progress" not in header:
            break
        monitor.advance(header["progress"], 1)
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


_answers: IO[bytes] | None = None
"""In the worker: where answers go."""


def serve(memory: int | None = None) -> None:
    """Be the worker: answer requests from standard input until it is closed.

    Parameters
    ----------
    memory
        Bytes of address space; None: the last word of the command.
    """
    # The terminal sends it to everyone; the process that asked decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _answers
    requests, _answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
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
        _serve_one(inbox.get(), _answers)


def tell(fraction: float) -> None:
    """In a loader: say how much of the work is done, 0..1."""
    if _answers is not None:
        _answers.write(json.dumps({"progress": fraction}).encode() + b"\n")
        _answers.flush()


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


_workers: list[Worker] = []
_idle: queue.LifoQueue[Worker] = queue.LifoQueue()
_left_behind: list[Worker] = []
_warmed = False


def _begin() -> None:
    global _workers, _idle
    _workers, _idle = [Worker(), Worker()], queue.LifoQueue()
    for worker in _workers:
        _idle.put(worker)


def call(loader: Loader, path: Path, *arguments: Any, monitor: Monitor | None = None) -> dict[str, Any]:
    """`Worker.call` of one that has nothing to do; waits until there is one."""
    monitor = monitor or Monitor()
    idle = _idle
    while True:
        monitor.check()
        with contextlib.suppress(queue.Empty):
            worker = idle.get(timeout=_POLL)
            break
    try:
        return worker.call(loader, path, *arguments, monitor=monitor)
    finally:
        idle.put(worker)


def isolating() -> bool:
    """True once `warm_up` was called: FFmpeg looks at new files in a worker then, which costs nothing more."""
    return _warmed


def warm_up() -> None:
    """Start the workers, and from now on look at videos and sound there too; comes back at once.

    For programs that have something to lose. A first look at a file costs 0.14 s more in a worker that is yet to be
    started, 1 ms in one that waits.
    """
    global _warmed  # noqa: PLW0603
    _warmed = True
    for _ in _workers:
        threading.Thread(target=_start, name="media worker's start", daemon=True).start()


def _start() -> None:
    # Any file will do. If it fails, the first one that is opened says so.
    with contextlib.suppress(MediaError):
        call(_import, Path(sys.executable))


def _import(path: Path) -> dict[str, Any]:
    importlib.import_module("av")
    importlib.import_module("._index", __package__)
    return {}


def _close_all() -> None:
    for worker in _workers:
        worker.close()


def _after_fork() -> None:
    # Two processes at one pipe would get each other's answers.
    _left_behind.extend(_workers)
    _begin()


_begin()
atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
