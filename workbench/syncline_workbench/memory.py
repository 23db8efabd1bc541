"""Memory that was freed goes back to the system (glibc keeps it otherwise)."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

__all__ = ["give_back", "return_pictures"]

_M_MMAP_THRESHOLD = -3
_MAPPED = 2 << 20
"""Bytes from which on a block is the system's own and goes back when it is freed: a picture of 1080 lines, no tile."""


def _libc() -> Any:
    """The C library, where it is glibc; else None."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None


def return_pictures() -> bool:
    """Have every picture's memory go back to the system when it is freed; False where there is no telling.

    By default the first large block that is freed raises the size from which blocks do, up to 32 MB: pictures then
    come from heaps of which each thread has one, and what lies between them stays.
    """
    libc = _libc()
    return libc is not None and bool(libc.mallopt(_M_MMAP_THRESHOLD, _MAPPED))


def give_back() -> None:
    """Return free pages of every heap; takes some milliseconds, without Python's lock, on whatever thread."""
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(ctypes.c_size_t(0))
