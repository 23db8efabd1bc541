"""Panels that are laid anew under a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHoverEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit, QMainWindow, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from syncline.model import Media
from syncline_workbench.catalogue import FEATURES, SOLVERS, methods
from syncline_workbench.document import Document
from syncline_workbench.layout import Layout, Places, tab_in_turn
from syncline_workbench.settings import WORKSPACES, Settings
from syncline_workbench.views.recipe import RecipePanel
from syncline_workbench.warp_stage import WarpStage, upright
from workbench import sessions
from workbench.sessions import sound
from workbench.stage import video


@dataclass
class Desk:
    window: QMainWindow
    docks: dict[str, QDockWidget]
    layout: Layout

    @property
    def separator(self) -> QPoint:
        """Where a separator between two panels of the first workspace is."""
        lowest = self.docks["c"].geometry()
        at = QPoint(lowest.center().x(), lowest.top() - 2)
        assert self.window.childAt(at) is None
        return at


@pytest.fixture
def plain(qapp: QApplication) -> Iterator[None]:
    """Separators as wide as they are without the program's style sheet, so that no helper of Qt's lies over them."""
    sheet = qapp.styleSheet()
    qapp.setStyleSheet("")
    yield
    qapp.setStyleSheet(sheet)


@pytest.fixture
def desk(qtbot: QtBot, plain: None) -> Desk:
    """Panels that are stacked at the bottom in the first workspace, and on the left in the others."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks)
    stage = WarpStage(QTextEdit(), QTextEdit())
    window.setCentralWidget(stage)
    docks: dict[str, QDockWidget] = {}
    for name in "abc":
        docks[name] = QDockWidget(name, window)
        docks[name].setObjectName(name)
        docks[name].setWidget(QTextEdit())
    heights = dict.fromkeys("abc", 120)
    places = dict.fromkeys(WORKSPACES, Places(heights, {}, {})) | {WORKSPACES[0]: Places({}, {}, heights)}
    layout = Layout(window, docks, places, stage, Settings())
    layout.default()
    window.resize(900, 700)
    window.show()
    qtbot.waitExposed(window)
    qtbot.wait(0)
    return Desk(window, docks, layout)


def test_a_separator_under_the_mouse_is_forgotten(desk: Desk) -> None:
    """Qt looked it up among the panels at the next key, where it is no more: a segmentation fault."""
    at = QPointF(desk.separator)
    # What a mouse over the window comes to, wherever it was left by whoever moved it last.
    hover = QHoverEvent(QEvent.Type.HoverMove, at, desk.window.mapToGlobal(at), QPointF(5, 5))
    QApplication.sendEvent(desk.window, hover)
    assert desk.window.cursor().shape() == Qt.CursorShape.SplitVCursor
    desk.layout.show(WORKSPACES[1])
    assert desk.window.cursor().shape() == Qt.CursorShape.ArrowCursor
    QApplication.sendEvent(
        desk.window, QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    )
    QTest.mouseMove(desk.window, QPoint(450, 350))


def tall(name: str, width: int, height: int) -> Media:
    plain = video(name, 10)
    assert plain.video is not None
    return replace(plain, video=replace(plain.video, width=width, height=height))


def test_only_pictures_that_are_all_tall_stand_beside_the_matrix() -> None:
    portrait, film = tall("a", 1080, 1920), tall("b", 640, 360)
    assert upright(portrait, tall("c", 720, 960)) == 0.75
    assert upright(portrait, film) is None
    assert upright(portrait, sound()) is None
    assert upright(portrait, None) is None


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[WarpStage]:
    upper, matrix = QTextEdit(), QTextEdit()
    upper.setMinimumSize(540, 200)
    matrix.setMinimumSize(320, 240)
    window = QWidget()
    qtbot.addWidget(window)
    stage = WarpStage(upper, matrix, window)
    stage.resize(1000, 800)
    window.resize(1000, 800)
    window.show()
    qtbot.waitExposed(window)
    yield stage
    window.close()


def test_tall_pictures_take_the_side_where_there_is_room_for_both(stage: WarpStage) -> None:
    assert not stage.beside
    stage.show_shape(9 / 16)
    assert stage.beside
    assert stage.sizes()[0] == pytest.approx(0.55 * 1000, abs=4)
    stage.resize(800, 800)
    assert not stage.beside, "not even what either needs would fit"
    stage.resize(1000, 800)
    assert stage.beside
    assert stage.minimumSizeHint().width() == 540, "it may be made so narrow again"
    stage.show_shape(None)
    assert not stage.beside


def test_what_somebody_laid_stays_and_comes_back_until_it_is_reset(qtbot: QtBot, stage: WarpStage) -> None:
    assert stage.state() == b"", "nobody has laid anything yet"
    rule = stage.handle(1)
    at = rule.rect().center()
    qtbot.mousePress(rule, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(rule, at + QPoint(0, 60))
    qtbot.mouseRelease(rule, Qt.MouseButton.LeftButton, pos=at + QPoint(0, 60))
    laid = stage.sizes()
    stage.show_shape(9 / 16)
    assert (stage.beside, stage.sizes()) == (False, laid)
    stage.lay(True)
    kept = stage.state()
    stage.show_shape(None)
    assert stage.beside
    stage.reset()
    assert not stage.beside and stage.state() == b""
    stage.restore(kept)
    assert stage.beside and stage.state() == kept
    stage.restore(b"")
    assert not stage.beside


def test_tab_goes_through_one_part_after_another_and_through_fields_that_came_later(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    document = Document()
    recipe = RecipePanel(document, window)
    bar = QLineEdit(window)
    bar.setObjectName("bar")
    tab_in_turn([bar, recipe])
    recipe.set_methods({"features": methods(FEATURES), "solvers": methods(SOLVERS)})
    document.replace(sessions.aligned(), "Open")
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    bar.setFocus()
    names: list[str] = []
    while (here := window.focusWidget()) is not None and (here is not bar or not names):
        names.append(here.accessibleName() or here.objectName())
        qtbot.keyClick(here, Qt.Key.Key_Tab)
    names = names[names.index("bar") :]
    assert names[:3] == ["bar", "Add a feature", "Method"]
    assert recipe.form is not None
    fields = [f.accessibleName() for f in recipe.form.stops if f.isVisible() and f.isEnabled() and f.accessibleName()]
    assert [n for n in names[3:] if n in fields] == fields and len(fields) > 5
    assert window.focusWidget() is bar, "and round again"
