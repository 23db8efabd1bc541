"""A process that forks programs to be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Victims = Callable[..., dict[str, int]]


@pytest.fixture(scope="session")
def victims() -> Iterator[Victims]:
    """``victims(task, folder, state, seed=0, delay=None)`` runs one task of worker.py; returns code and copies."""
    if sys.platform == "win32":
        pytest.skip("kills are tried where processes can be forked")
    here = Path(__file__).resolve().parent
    environment = os.environ | {"PYTHONPATH": str(here.parent)}
    process = subprocess.Popen(
        [sys.executable, str(here / "worker.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def run(task: str, folder: Path, state: Path, seed: int = 0, delay: float | None = None) -> dict[str, int]:
        assert process.stdin is not None
        assert process.stdout is not None
        order = {"task": task, "folder": str(folder), "state": str(state), "seed": seed, "delay": delay}
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if (folder / "traceback").exists():
            pytest.fail((folder / "traceback").read_text())
        return answer

    yield run
    process.stdin.close()
    process.stdout.close()
    process.wait(10)
