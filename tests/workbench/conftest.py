"""Fixtures of the workbench's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from workbench.stage import Stage


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot)
    yield made
    made.jobs.close()
    # Here and now: Python's collector may run on a worker of the next test, and Qt minds.
    for part in (made.view, made.playback, made.jobs, made.document):
        part.deleteLater()
