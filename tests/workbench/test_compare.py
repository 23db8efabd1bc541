"""The Compare view with real clicks: rows as `compare` gives them, sorted, drawn, kept as one step, exported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QFileDialog, QListWidget
from pytestqt.qtbot import QtBot

import syncline as sl
from syncline.comparison import STRETCH, compare
from syncline.model import Pair, Session, Truth
from syncline_workbench.comparing import Comparing
from syncline_workbench.dialogs.compare import CompareDialog
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.operations import Operations
from syncline_workbench.settings import Settings
from workbench.hands import LEFT

WORST = "dtw:window=sakoe_chiba,radius=0.0"


class Desk:
    """The Compare view of a pair of made sequences whose truth is known."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        rng = np.random.default_rng(2)
        walk = np.cumsum(rng.standard_normal((50, 2)), axis=0).astype(np.float32)
        rows = np.r_[0:20, 20:50:2]
        np.save(folder / "a.npy", walk)
        np.save(folder / "b.npy", walk[rows])
        a, b = (sl.open_media(folder / f"{s}.npy", rate=10) for s in "ab")
        self.pair = Pair(a, b, Truth(np.column_stack([rows / 10, np.arange(len(rows)) / 10])))
        self.qtbot = qtbot
        self.document, self.jobs = Document(), Jobs()
        self.operations = Operations(self.document, self.jobs)
        self.document.replace(Session(a, b, self.pair.truth), "Open")
        self.made = Comparing(self.document, self.operations, Settings(), None)  # type: ignore[arg-type]

    @property
    def dialog(self) -> CompareDialog:
        assert self.made.dialog is not None
        return self.made.dialog

    def open(self) -> None:
        self.made.open()
        self.qtbot.addWidget(self.dialog)
        with self.qtbot.waitActive(self.dialog):
            pass

    def tick(self, where: QListWidget, text: str, *, on: bool = True) -> None:
        (item,) = where.findItems(text, Qt.MatchFlag.MatchExactly)
        if (item.checkState() == Qt.CheckState.Checked) != on:
            where.scrollToItem(item)
            box = where.visualItemRect(item)
            self.qtbot.mouseClick(where.viewport(), LEFT, pos=QRect(box).topLeft() + QPoint(14, box.height() // 2))
        assert (item.checkState() == Qt.CheckState.Checked) == on

    def run(self) -> None:
        self.qtbot.mouseClick(self.dialog.start, LEFT)
        assert self.dialog.start.text() == "Stop"
        self.qtbot.waitUntil(lambda: self.dialog.start.text() == "Compare", timeout=20_000)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(qtbot, tmp_path)
    yield made
    made.made.close()
    made.operations.close()
    made.jobs.close()


def test_what_is_ticked_is_compared_and_the_table_says_it(desk: Desk) -> None:
    desk.open()
    d = desk.dialog
    desk.tick(d.methods, "Automatic", on=False)
    for name in ("Constant shift", "DTW · symmetricP1"):
        desk.tick(d.methods, name)
    desk.tick(d.features, "Automatic", on=False)
    assert not d.start.isEnabled()
    desk.tick(d.features, "Given features")
    desk.run()
    expected = compare(desk.pair, ["dtw", "dtw:step_pattern=symmetricP1", "offset"], ["given"])
    shown = d.table.shown()
    assert [line[0] for line in shown] == ["dtw", "dtw · symmetricP1", "offset", STRETCH]
    means = [r.figures()["mean_ms"] for r in expected.rows]
    assert [line[2] for line in shown] == [f"{m:.1f}" for m in means]

    # A click on a heading sorts by what the figures are, not by their text.
    header = d.table.horizontalHeader()
    at = QPoint(header.sectionPosition(2) - header.offset() + 10, header.height() // 2)
    desk.qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    assert [float(line[2]) for line in d.table.shown()] == sorted(round(m, 1) for m in means)  # type: ignore[arg-type]
    desk.qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    assert [float(line[2]) for line in d.table.shown()] == sorted((round(m, 1) for m in means), reverse=True)  # type: ignore[arg-type]


def test_rows_kept_are_one_step_and_ghosts(desk: Desk) -> None:
    desk.open()
    d = desk.dialog
    desk.tick(d.methods, "Constant shift")
    desk.run()
    assert not d.keep.isEnabled()
    names = [line[0] for line in d.table.shown()]
    assert names == ["auto → dtw", "dtw", "offset", STRETCH]
    d.table.select(3)
    # No method could solve the stretch again after an edit.
    assert not d.keep.isEnabled()
    d.table.selectAll()
    steps = len(desk.document.steps)
    desk.qtbot.mouseClick(d.keep, LEFT)
    session = desk.document.session
    assert len(desk.document.steps) == steps + 1
    assert [al.recipe.method for al in session.alignments] == ["auto", "dtw", "offset"]
    assert (session.active, session.ghosts) == (1, {2, 3})
    assert session.recipe == session.alignments[0].recipe
    assert session.alignments[1].errors is not None
    # A second time what was the path becomes a ghost.
    d.table.clearSelection()
    d.table.select(1)
    desk.qtbot.mouseClick(d.keep, LEFT)
    session = desk.document.session
    assert (session.active, session.ghosts) == (4, {1, 2, 3})
    desk.document.undo()
    desk.document.undo()
    assert not desk.document.session.alignments


def test_paths_lie_over_the_costs_in_their_colours(desk: Desk) -> None:
    desk.open()
    d = desk.dialog
    desk.run()
    desk.qtbot.waitUntil(lambda: d.paths._image is not None, timeout=5_000)
    path = d.table._model.rows[1].path
    assert path is not None
    d.table.select(1)
    picture = d.paths.grab().toImage()
    ratio = picture.devicePixelRatio()

    def tone(a: float, b: float) -> Any:
        point = d.paths.point(a, b) * ratio
        return picture.pixelColor(round(point.x()), round(point.y()))

    a, b = path.times[len(path) // 3]
    # The second colour of the list, drawn thick, is what lies there.
    assert (tone(a, b).red(), tone(a, b).green()) == pytest.approx((0xFF, 0x8F), abs=40)
    assert tone(a, b).blue() < 150


def test_a_row_that_fails_says_why(desk: Desk) -> None:
    desk.open()
    desk.made.compare([WORST, "dtw"], ["given"])
    desk.qtbot.waitUntil(lambda: len(desk.made._rows) == 3, timeout=10_000)
    d = desk.dialog
    assert "given: " in d.table.shown()[0][1]
    d.table.select(0)
    assert "radius" in d.trouble.sentence()
    assert not d.keep.isEnabled()


def test_the_table_is_exported_and_other_files_close_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    d = desk.dialog
    assert not d.export.isEnabled()
    desk.run()
    desk.qtbot.waitUntil(lambda: desk.made._found is not None, timeout=5_000)
    target = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    with desk.qtbot.waitSignal(desk.operations.exported):
        desk.qtbot.mouseClick(d.export, LEFT)
    with target.open(newline="") as file:
        assert [row["method"] for row in csv.DictReader(file)] == ["auto", "dtw", STRETCH]
    desk.document.replace(Session(), "New")
    assert desk.made.dialog is None


def test_it_stops_and_keeps_the_rows_that_came(desk: Desk, tmp_path: Path) -> None:
    desk.open()
    d = desk.dialog
    desk.made._arrived.connect(lambda *_: desk.made.stop())
    for name in ("Constant shift", "Cycle consistency, learned"):
        desk.tick(d.methods, name)
    desk.run()
    assert 1 <= len(d.table.shown()) < 5
    assert desk.made._found is None
    with desk.qtbot.waitSignal(desk.operations.exported):
        desk.made.export(str(tmp_path / "some.csv"))
    assert len((tmp_path / "some.csv").read_text().splitlines()) == 1 + len(d.table.shown())
