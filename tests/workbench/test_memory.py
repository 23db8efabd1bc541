"""Memory that was freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import ctypes, sys
from pathlib import Path
from syncline_workbench.memory import give_back, return_pictures
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
def take(count, size):
    blocks = [libc.malloc(size) for _ in range(count)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    return blocks
mode = sys.argv[1]
if mode == "pictures":
    assert return_pictures()
# The first large block that is freed raises the size from which they are mapped, unless that was set.
libc.free(take(1, 8 << 20)[0])
before = resident()
blocks = take(20, 4 << 20) if mode == "pictures" else take(4000, 20_000)
# What is taken last stays, above all the rest.
last = libc.malloc(4096 if mode == "pictures" else 20_000)
full = resident()
for block in blocks:
    libc.free(block)
freed = resident()
give_back() if mode == "heaps" else None
print((full - before) >> 20, (freed - before) >> 20, (resident() - before) >> 20)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_pictures_go_back_at_once_and_heaps_when_asked() -> None:
    def run(mode: str) -> list[int]:
        done = subprocess.run([sys.executable, "-c", CODE, mode], capture_output=True, text=True, check=True)
        return [int(word) for word in done.stdout.split()]

    full, freed, _ = run("pictures")
    assert full >= 79 and freed <= 2
    full, freed, given = run("heaps")
    assert full >= 74 and freed >= 60 and given <= 4
