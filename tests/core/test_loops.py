"""Compiled loops kept on disk follow their sources, those of other files too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

INNER = """
from numba import njit
@njit(cache=True)
def inner(x):
    return x + {}
"""
OUTER = """
import inner
from inner import inner as add
from numba import njit
from syncline._loops import renew
@njit(cache=True)
def outer(x):
    return 10 * add(x)
renew(globals(), __file__, inner.__file__)
print(outer(1))
"""


def test_a_changed_source_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "outer.py").write_text(OUTER)
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(number: int) -> str:
        file = tmp_path / "inner.py"
        file.write_text(INNER.format(number))
        # As if from a wheel: the same time for all.
        os.utime(file, (1e9, 1e9))
        done = subprocess.run(
            [sys.executable, "outer.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert [run(1), run(2), run(2)] == ["20", "30", "30"]


APART = """
from numba import njit
from syncline import _loops
from syncline.progress import held_up
@njit(cache=True)
def loop(x):
    return x * 3
def warm():
    loop(14)
_loops.renew(globals(), __file__)
"""
ASKS = """
import os, threading, time
import apart
from syncline import _loops
from syncline.progress import held_up
if {elsewhere}:
    _loops.compile_apart()
told, ended = set(), threading.Event()
def look():
    while not ended.wait(0.005):
        told.add(held_up())
watcher = threading.Thread(target=look)
watcher.start()
_loops.load(apart.warm)
time.sleep(0.02)
ended.set()
watcher.join()
# What numba counts: how often loops were found on disk, how often they had to be compiled.
stats = apart.loop.stats
print(sum(stats.cache_hits.values()), len(apart.loop.overloads), sorted(told - {{""}}), held_up() == "")
"""


def test_loops_are_compiled_by_another_process_and_whoever_waits_is_told(tmp_path: Path) -> None:
    (tmp_path / "apart.py").write_text(APART)

    def run(cache: str, elsewhere: bool) -> str:
        env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / cache)}
        (tmp_path / "asks.py").write_text(ASKS.format(elsewhere=elsewhere))
        done = subprocess.run(
            [sys.executable, "asks.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    told = "['Compiling loops (first time only)']"
    assert run("apart", True) == f"1 1 {told} True"
    # The second time they are there, and no process is asked.
    assert run("apart", True) == "1 1 [] True"
    assert run("here", False) == f"0 1 {told} True"
    assert run("here", False) == "1 1 [] True"
