"""Fixtures for every test: shared data, isolated settings, and the table of promises."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent / "shared" / "data"))
ENDURANCE = os.environ.get("SYNCLINE_ENDURANCE") == "1"

_figures: list[tuple[int, str]] = []


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real clips; skips visibly where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"no shared data at {DATA} (set SYNCLINE_DATA)")
    return DATA


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches and state go to a folder of the test's own."""
    home = tmp_path_factory.mktemp("home")
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return home


@pytest.fixture(scope="session")
def count() -> Callable[[int, int], int]:
    """``count(short, full)``: how often to do a thing, in ./run test and in ./run endurance."""
    return lambda short, full: full if ENDURANCE else short


@pytest.fixture(scope="session")
def promise() -> Callable[[int, str], None]:
    """``promise(8, "500 sequences, 0 differences")``: a line of the table printed at the end of the run."""
    return lambda number, line: _figures.append((number, line))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Wherever it lives: ./run endurance would else pass over a promise whose test forgot the mark.
    for item in items:
        if isinstance(item, pytest.Function):
            given = item.callspec.params if hasattr(item, "callspec") else {}
            if {"count", "promise"} & (set(item.fixturenames) - set(given)):
                item.add_marker(pytest.mark.endurance)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = _figures


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    _figures.extend(map(tuple, getattr(node, "workeroutput", {}).get("figures", [])))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _figures:
        terminalreporter.section("promises (RELIABILITY)")
        for number, line in sorted(_figures):
            terminalreporter.write_line(f"{number:>3}  {line}")
