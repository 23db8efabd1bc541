"""What the window loads before it is needed, so that it hears all the while."""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import suppress
from pathlib import Path

from syncline.progress import Monitor

__all__ = ["LIBRARIES", "prepare", "read_ahead", "warm_up"]

LIBRARIES = ("av", "cv2", "soundfile", "llvmlite", "numba", "scipy")
"""What opening and aligning take, in the order in which they are loaded."""

_BESIDE = {"cv2": ("opencv_python_headless.libs",), "soundfile": ("_soundfile_data",)}
_PIECE = 1 << 20
_SUFFIXES = (".so", ".pyd", ".dll", ".dylib")


def read_ahead(monitor: Monitor) -> int:
    """Read the libraries' files, so that loading them finds them in memory; gives the bytes read.

    Python loads a shared library without letting go of its lock: from a disk that took 110 ms for FFmpeg and 125 ms
    for OpenCV, and on a slow one three quarters of a second. Reading lets go of it, and what is in memory already
    takes a tenth of a second for all of them.
    """
    buffer, total = bytearray(_PIECE), 0
    for name in LIBRARIES:
        for file in _shared(name):
            monitor.check()
            # Whatever is wrong with it, whoever loads it says so.
            with suppress(OSError), file.open("rb", buffering=0) as stream:
                while count := stream.readinto(buffer):
                    total += count
    return total


def _shared(name: str) -> list[Path]:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        return []
    home = Path(found.origin).parent
    folders = list(map(Path, found.submodule_search_locations or ()))
    site = home.parent if folders else home
    folders += [site / beside for beside in (f"{name}.libs", *_BESIDE.get(name, ()))]
    return sorted(
        file
        for folder in folders
        if folder.is_dir()
        for file in folder.rglob("*")
        if file.suffix in _SUFFIXES or ".so." in file.name
    )


def prepare(monitor: Monitor) -> None:
    """What comes before the first file is opened: other processes, and libraries read; runs on a worker."""
    from syncline import _loops
    from syncline.media import warm_up as start_workers

    # Compiling would hold the interpreter for half a minute and keep its memory.
    _loops.compile_apart()
    start_workers()
    read_ahead(monitor)


def warm_up(monitor: Monitor) -> None:
    """Load decoders and compiled loops before they are needed; runs on a worker, after `prepare`."""
    from syncline import _loops

    for name in LIBRARIES:
        monitor.check()
        importlib.import_module(name)
    from syncline.solvers.warp import dtw

    monitor.check()
    _loops.load(dtw.warm_up)
