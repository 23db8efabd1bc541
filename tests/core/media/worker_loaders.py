"""Loaders that behave as a parser does which a file has brought down; run in the worker by test_worker.py."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import Any

import numpy as np


def segfault(path: Path) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def abort(path: Path) -> dict[str, Any]:
    os.abort()


def leave(path: Path) -> dict[str, Any]:
    os._exit(0)


def hoard(path: Path) -> dict[str, Any]:
    held = []
    while True:
        held.append(np.ones(1 << 24))


def hoard_natively(path: Path) -> dict[str, Any]:
    """As C does that does not look at what malloc gives."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    while True:
        ctypes.memset(libc.malloc(1 << 27), 1, 1 << 27)


def spin(path: Path, note: str = "") -> dict[str, Any]:
    if note:
        Path(note).write_text(str(os.getpid()))
    while True:
        time.sleep(0.01)


def hang_natively(path: Path, note: str = "") -> dict[str, Any]:
    """Keeps the interpreter to itself, as C does that never returns."""
    if note:
        Path(note).write_text(str(os.getpid()))
    ctypes.PyDLL(None).sleep(600)
    return {}


def chatter(path: Path) -> dict[str, Any]:
    print("noise", flush=True)
    os.write(1, b'{"values": {}}\n')
    return {"x": np.arange(3)}


def fault(path: Path) -> dict[str, Any]:
    return {"x": 1 / 0}


def objects(path: Path) -> dict[str, Any]:
    return {"x": np.array([{}], object)}


def kinds(path: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    whole = {str(d): rng.integers(0, 100, (3, 4)).astype(d) for d in ("i1", "<u2", ">i4", "u8", "?")}
    real = {str(d): rng.standard_normal((5, 2)).astype(d) for d in ("f2", "f4", ">f8")}
    return {
        **whole,
        **real,
        "columns first": np.asfortranarray(rng.standard_normal((4, 3))),
        "three axes": np.asfortranarray(rng.standard_normal((2, 3, 4))),
        "strided": rng.standard_normal((9, 8))[::2, ::3],
        "one number": np.array(2.5),
        "none": np.zeros((0, 3)),
        "named": [1, [2, 3], "höhe \udc80"],
    }
