"""Loops compiled by numba: those on disk follow their sources, and while any are compiled, that is told.

Numba looks at the file of a function only, by time and size: not at the loops of other files that were compiled into
it, and files unpacked from a wheel may all bear one time.

Compiling takes half a minute the first time ever, holds the interpreter for most of it and leaves 200 MB behind. A
program that has a window calls `compile_apart` and has that done by a process of its own, so that here loops are only
ever loaded.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import pickle
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .progress import go_on, hold_up

if TYPE_CHECKING:
    import subprocess

__all__ = ["COMPILING", "FROZEN_WORD", "compile_apart", "load", "renew", "serve"]

COMPILING = "Compiling loops (first time only)"

FROZEN_WORD = "--loop-compiler"
"""What the frozen program is called with to compile; its entry point calls `serve` then."""

log = logging.getLogger("syncline")

_apart = False
_one_at_a_time = threading.Lock()
_absent = threading.local()
_listening = False
_running: list[subprocess.Popen[bytes]] = []


class _NotOnDisk(BaseException):
    """Unwinds a call that would have compiled."""


def compile_apart() -> None:
    """From now on have loops that are not on disk compiled by a process of its own."""
    global _apart  # noqa: PLW0603
    _apart = True


def load(function: Callable[..., object], *arguments: Any) -> None:
    """Call ``function(*arguments)``, which does nothing but have loops loaded.

    Parameters
    ----------
    function
        Of a module, found again by its name in the process that compiles.
    """
    if _apart:
        with _one_at_a_time:
            _absent.tells = True
            try:
                function(*arguments)
                return
            except _NotOnDisk:
                pass
            finally:
                _absent.tells = False
            hold_up(COMPILING)
            try:
                _compile(function, arguments)
            finally:
                go_on(COMPILING)
    function(*arguments)


def _compile(function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    import subprocess

    if getattr(sys, "frozen", False):
        command = [sys.executable, FROZEN_WORD]
    else:
        start = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve()"
        command = [sys.executable, "-c", start]
    # Kept open by this process: when it ends, so does the other.
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None
    assert process.stderr is not None
    _running.append(process)
    try:
        with suppress(OSError):
            process.stdin.write(pickle.dumps((function.__module__, function.__qualname__, arguments), protocol=5))
            process.stdin.flush()
        trouble = process.stderr.read().decode("utf-8", "replace").strip()
        if process.wait():
            # Then they are compiled here, and whoever waits is told so just the same.
            log.warning("loops could not be compiled apart: %s", ascii(trouble[-500:]))
    finally:
        _running.remove(process)
        for pipe in (process.stdin, process.stderr):
            with suppress(OSError):
                pipe.close()


def _end() -> None:
    for process in tuple(_running):
        process.kill()


atexit.register(_end)


def serve() -> None:
    """Be the process that compiles: do the one call named on standard input, or end when that is closed."""
    module, name, arguments = pickle.load(sys.stdin.buffer)

    def watch() -> None:
        sys.stdin.buffer.read(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    getattr(import_module(module), name)(*arguments)
    sys.stderr.flush()
    # The thread above stands in a read that an orderly end would wait for.
    os._exit(0)


def _listen() -> None:
    """Have numba tell when it compiles; loading from disk is no event of that kind."""
    global _listening  # noqa: PLW0603
    if _listening:
        return
    _listening = True
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            if getattr(_absent, "tells", False):
                raise _NotOnDisk
            hold_up(COMPILING)

        def on_end(self, event: Any) -> None:
            if not getattr(_absent, "tells", False):
                go_on(COMPILING)

    event.register("numba:compile", Listener())


def renew(members: Mapping[str, Any], *sources: str | None) -> None:
    """Forget compiled loops that were made from other sources; call it at the end of a module of loops.

    Parameters
    ----------
    members
        The module's ``globals()``.
    sources
        Files that its loops are made of; in a frozen program, whose sources never change, they are not there.
    """
    _listen()
    name = members["__name__"]
    caches = [v._cache for v in members.values() if hasattr(v, "py_func") and v.__module__ == name]
    # Without a place to keep loops in there is nothing that could be outdated.
    with suppress(OSError):
        digest = hashlib.blake2b(b"\0".join(Path(s or "").read_bytes() for s in sources)).hexdigest()
        for mark in {Path(c.cache_path) / f"{name}.sources" for c in caches if hasattr(c, "cache_path")}:
            if not (mark.is_file() and mark.read_text("ascii", "replace") == digest):
                for cache in caches:
                    cache.flush()
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.write_text(digest, "ascii")
