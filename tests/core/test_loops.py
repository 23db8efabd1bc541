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
