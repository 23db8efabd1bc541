"""The dialogs, with real clicks and typing: what they ask for, refuse, and remember."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

import syncline
from syncline.registry import Method, number
from syncline_workbench.actions import Actions
from syncline_workbench.desk import key_rows
from syncline_workbench.dialogs.about import AboutDialog
from syncline_workbench.dialogs.export import ExportDialog
from syncline_workbench.dialogs.locate import LocateDialog
from syncline_workbench.dialogs.open_features import OpenFeaturesDialog
from syncline_workbench.dialogs.preferences import PreferencesDialog, size_text
from syncline_workbench.dialogs.recover import Recoverable, RecoverDialog
from syncline_workbench.dialogs.shortcuts import ShortcutsSheet, caps
from syncline_workbench.settings import Settings
from syncline_workbench.views.rows import RowList
from workbench import sessions

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


def heard(signal: Any) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    signal.connect(lambda *values: calls.append(values))
    return calls


def shown(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()


def click_row(qtbot: QtBot, rows: RowList, index: int) -> None:
    qtbot.mouseClick(rows.viewport(), LEFT, pos=rows.visualItemRect(rows.item(index)).center())


# -- export ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FigureParams:
    width: float = number(6.5, "Width", low=1, high=40, unit="in")


@dataclass(frozen=True)
class Nothing:
    pass


EXPORTERS = [
    Method("path_csv", "Path as a table", Nothing, None, frozenset({".csv"}), 1, "One row a step."),
    Method("figure", "Figure", FigureParams, None, frozenset({".svg", ".png", ".pdf"}), 1, "A picture."),
]


@pytest.fixture
def export(qtbot: QtBot, tmp_path: Path) -> ExportDialog:
    dialog = ExportDialog(EXPORTERS, str(tmp_path), "take 2.5")
    shown(qtbot, dialog)
    return dialog


def write_target(qtbot: QtBot, dialog: ExportDialog, text: str) -> None:
    dialog.target.selectAll()
    qtbot.keyClicks(dialog.target, text)


def test_the_ending_follows_the_format(qtbot: QtBot, export: ExportDialog, tmp_path: Path) -> None:
    assert export.target.text() == str(tmp_path / "take 2.5.csv")
    click_row(qtbot, export.formats, 1)
    assert export.target.text() == str(tmp_path / "take 2.5.png")
    pdf = next(b for b in export.findChildren(QToolButton) if b.text() == ".pdf")
    qtbot.mouseClick(pdf, LEFT)
    assert export.target.text() == str(tmp_path / "take 2.5.pdf")
    click_row(qtbot, export.formats, 0)
    assert export.target.text() == str(tmp_path / "take 2.5.csv")


def test_export_asks_for_target_format_and_parameters(qtbot: QtBot, export: ExportDialog, tmp_path: Path) -> None:
    asked = heard(export.requested)
    click_row(qtbot, export.formats, 1)
    assert export.form is not None
    width: Any = export.form.fields["width"]
    width.setFocus()
    width.selectAll()
    qtbot.keyClicks(width, "8")
    (tmp_path / "sub").mkdir()
    write_target(qtbot, export, str(tmp_path / "sub" / "figure"))
    qtbot.mouseClick(export.export, LEFT)
    assert asked == [(str(tmp_path / "sub" / "figure.png"), "figure", FigureParams(8.0))]
    assert export.folder == str(tmp_path / "sub")
    assert not export.isVisible()


def test_export_says_what_is_wrong_with_a_target(qtbot: QtBot, export: ExportDialog, tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("old")
    (tmp_path / "folder.csv").mkdir()
    for typed, enabled, trouble, warning in (
        (str(tmp_path / "none" / "x.csv"), False, "does not exist", ""),
        (str(tmp_path / "folder.csv"), False, "is a folder", ""),
        ("", False, "Name the file", ""),
        (str(tmp_path) + "/" + "x" * 300 + ".csv", False, "name", ""),
        (str(tmp_path / "there"), True, "", "will be replaced"),
        ("plain", True, "", ""),
    ):
        if typed:
            write_target(qtbot, export, typed)
        else:
            export.target.clear()
        assert export.export.isEnabled() == enabled, typed
        assert (trouble in export.trouble.sentence()) and bool(trouble) == bool(export.trouble.sentence())
        assert (warning in export.warning.sentence()) and bool(warning) == bool(export.warning.sentence())
    asked = heard(export.requested)
    qtbot.keyClick(export.target, Key.Key_Return)
    assert asked == [(str(tmp_path / "plain.csv"), "path_csv", Nothing())], "a bare name goes to the folder"


# -- shortcuts -------------------------------------------------------------------------------------


def test_the_sheet_begins_with_the_workspace_at_hand_and_names_the_others(qapp: QApplication) -> None:
    actions = Actions()
    for workspace in ("warp", "match"):
        rows = key_rows(actions, workspace)
        assert sorted(words for _group, words, _keys in rows) == sorted(actions.words(s.text) for s, _a in actions)
        for group in dict.fromkeys(group for group, _words, _keys in rows):
            # No key twice under one heading: it would mean two things there.
            keys = [k for g, _w, ks in rows if g == group for k in ks.split(", ")]
            assert len(keys) == len(set(keys)), (workspace, group)
    rows = key_rows(actions, "warp")
    assert rows[0][0] == "File" and ("File · Match", "Open pictures…", "Ctrl+O") in rows


@pytest.mark.parametrize(
    ("shortcut", "keys"),
    [("Ctrl+Shift+Z, Ctrl+Y", [["Ctrl", "Shift", "Z"], ["Ctrl", "Y"]]), ("Ctrl++", [["Ctrl", "+"]]), ("+", [["+"]]),
     ("Space", [["Space"]]), ("", []), ("Ctrl+,", [["Ctrl", ","]])],
)  # fmt: skip
def test_shortcuts_are_split_into_keys(shortcut: str, keys: list[list[str]]) -> None:
    assert caps(shortcut) == keys


def test_the_shortcut_sheet_is_searched(qtbot: QtBot) -> None:
    rows = [("File", "&Open A…", "Ctrl+O"), ("Edit", "Undo", "Ctrl+Z"), ("Edit", "Redo", "Ctrl+Shift+Z, Ctrl+Y"),
            ("Playback", "Play or pause", "Space")]  # fmt: skip
    sheet = ShortcutsSheet(rows)
    shown(qtbot, sheet)
    assert sheet.shown() == ["Open A…", "Undo", "Redo", "Play or pause"]
    for typed, found in (
        ("ctrl z", ["Undo", "Redo"]),
        ("ctrl+y", ["Redo"]),
        ("EDIT un", ["Undo"]),
        ("space", [rows[3][1]]),
    ):
        sheet.search.clear()
        qtbot.keyClicks(sheet.search, typed)
        assert sheet.shown() == found
    qtbot.keyClicks(sheet.search, "xyz")
    assert sheet.shown() == []
    assert sheet.none.isVisible()


# -- preferences and about ---------------------------------------------------------------------------


def test_preferences_count_at_once(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    later: list[Callable[[int], None]] = []

    def clear(done: Callable[[int], None]) -> None:
        done(0)

    dialog = PreferencesDialog(settings, later.append, clear)
    shown(qtbot, dialog)
    light = dialog.findChild(QToolButton, "theme-light")
    assert light is not None
    qtbot.mouseClick(light, LEFT)
    dialog.colour_map.setFocus()
    qtbot.keyClicks(dialog.colour_map, "mag")
    box = dialog.numbers["frame_cache_mb"]
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "512")
    qtbot.keyClick(box, Key.Key_Tab)
    solver = dialog.numbers["solver_mb"]
    solver.selectAll()
    qtbot.keyClicks(solver, "77")
    settings.sync()
    again = Settings(tmp_path / "settings.ini")
    assert (again.theme, again.colour_map, again.frame_cache_mb) == ("light", "magma", 512)
    assert dialog.size_label.text() == "measuring…"
    later[0](1_530_000_000)
    assert dialog.size_label.text() == "1.5 GB"
    qtbot.mouseClick(dialog.clear, LEFT)
    assert dialog.size_label.text() == "0 B"
    assert not dialog.clear.isEnabled()
    qtbot.keyClick(dialog, Key.Key_Escape)
    assert settings.solver_mb == 77
    later[0](5)
    assert dialog.size_label.text() == "0 B", "an answer that comes too late is dropped"


def test_sizes_for_people() -> None:
    assert [size_text(n) for n in (0, 999, 1000, 412_000_000, 9_960_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "412 MB",
        "10 GB",
    ]


def test_about_names_versions_that_are_true(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    shown(qtbot, dialog)
    assert any(syncline.__version__ in words.text() for words in dialog.findChildren(QLabel))
    next(b for b in dialog.findChildren(QWidget) if getattr(b, "text", str)() == "Copy versions").click()
    copied = QGuiApplication.clipboard().text()
    assert f"numpy {importlib.metadata.version('numpy')}" in copied
    assert copied.startswith(f"Syncline {syncline.__version__}\n")


# -- files -----------------------------------------------------------------------------------------


def test_the_largest_sequence_is_chosen_and_others_can_be(qtbot: QtBot) -> None:
    keys = [("time", (300,)), ("pose", (300, 34)), ("meta", (2, 3, 4)), ("none", ())]
    dialog = OpenFeaturesDialog("/nowhere/walk.npz", keys)
    shown(qtbot, dialog)
    assert (dialog.key(), dialog.rate()) == ("pose", None)
    click_row(qtbot, dialog.list, 2)
    assert dialog.trouble.isVisible()
    assert dialog.key() == "pose"
    click_row(qtbot, dialog.list, 0)
    assert not dialog.trouble.isVisible()
    box = dialog.rate_box
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "29.97")
    qtbot.mouseClick(dialog.open_button, LEFT)
    assert (dialog.key(), dialog.rate(), dialog.result()) == ("time", 29.97, 1)


def test_a_file_without_a_sequence_is_not_opened(qtbot: QtBot) -> None:
    dialog = OpenFeaturesDialog("/nowhere/x.h5", [("meta", (2, 3, 4))])
    shown(qtbot, dialog)
    assert not dialog.open_button.isEnabled()
    assert "another file" in dialog.trouble.sentence()
    single = OpenFeaturesDialog("/nowhere/x.npy", [], 25.0)
    shown(qtbot, single)
    assert (single.open_button.isEnabled(), single.key(), single.rate()) == (True, None, 25.0)


FOUND = [
    Recoverable("old", "first.syncline", "/nowhere/first.syncline", 1_700_000_000, 1),
    Recoverable("new", '<b>"take.mp4"</b>', "", 1_800_000_000, 12),
]


def answer(text: str) -> None:
    """Press the button with that text in the question that is about to come."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.textFormat() == Qt.TextFormat.PlainText
        next(b for b in box.buttons() if b.text() == text).click()

    QTimer.singleShot(0, press)


def test_the_newest_work_is_offered_first(qtbot: QtBot) -> None:
    dialog = RecoverDialog(FOUND)
    shown(qtbot, dialog)
    restored, gone = heard(dialog.restore_requested), heard(dialog.discard_requested)
    assert [r.key for r in dialog.list.rows()] == ["new", "old"]
    assert dialog.list.row_at(0).figure.startswith("12 steps · ")
    qtbot.mouseClick(dialog.restore, LEFT)
    assert (restored, gone, dialog.isVisible()) == ([("new",)], [], False)


def test_work_is_discarded_only_after_a_yes(qtbot: QtBot) -> None:
    dialog = RecoverDialog(FOUND)
    shown(qtbot, dialog)
    gone, restored = heard(dialog.discard_requested), heard(dialog.restore_requested)
    click_row(qtbot, dialog.list, 1)
    answer("Keep")
    qtbot.mouseClick(dialog.discard, LEFT)
    assert not gone
    answer("Discard")
    qtbot.mouseClick(dialog.discard, LEFT)
    assert gone == [("old",)]
    qtbot.mouseClick(dialog.later, LEFT)
    assert not restored
    assert not dialog.isVisible()


@pytest.mark.parametrize(("name", "choice"), [("use", "use"), ("again", "again"), ("leave", "")])
def test_another_file_is_taken_only_if_wanted(qtbot: QtBot, name: str, choice: str) -> None:
    dialog = LocateDialog(sessions.video(), sessions.video("other.mp4", 300, 30.0))
    shown(qtbot, dialog)
    assert "other.mp4" in dialog.warning.sentence()
    qtbot.mouseClick(getattr(dialog, name), LEFT)
    assert dialog.choice == choice
    assert not dialog.isVisible()
