"""Fixtures of the workbench's tests."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from workbench.stage import Stage


@pytest.fixture(autouse=True)
def collected_here() -> Iterator[None]:
    """Garbage goes on this thread, as in the program (`syncline_workbench.collector`): on a worker, Qt minds."""
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot)
    yield made
    made.jobs.close()
