"""The window: builds the parts and wires them. A map of the program; what happens is decided elsewhere."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QMainWindow,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from .actions import Actions
from .commands import Commands, empty, without_media
from .desk import Desk
from .document import Change, Document
from .jobs import Jobs
from .jump_finder import JumpFinder
from .layout import Layout, Places, tab_in_turn
from .many import ManyRecordings
from .margins import Margins
from .match_commands import MatchCommands
from .match_operations import MatchOperations
from .match_workspace import MatchWorkspace
from .operations import Operations
from .panels import dock
from .playback import Playback
from .projects import Projects
from .segment_commands import SegmentCommands
from .segment_operations import SegmentOperations
from .segment_workspace import SegmentWorkspace
from .settings import Settings
from .sound import Sound
from .status import StatusWords
from .sure_views import SureViews
from .theme import theme
from .toolbar import Toolbar
from .views.alignments import AlignmentsPanel
from .views.anchors import AnchorsPanel
from .views.cost_matrix import CostMatrixView
from .views.history import HistoryPanel
from .views.jobs_bar import JobsBar
from .views.pages import Pages
from .views.places import PlacesPanel
from .views.plain import label, literal
from .views.recipe import RecipePanel
from .views.result import ResultPanel
from .views.sources import SourcesPanel
from .views.transport import Transport
from .views.video_pair import VideoPairView
from .views.welcome import Welcome
from .warp_stage import WarpStage, upright
from .warp_study import WarpStudy
from .warp_training import WarpTraining
from .wiring import wire_actions, wire_views

__all__ = ["MainWindow"]

_WARP = Places(
    {"panel_sources": 150, "panel_alignments": 120, "panel_result": 345, "panel_history": 275},
    {"panel_recipe": 535, "panel_anchors": 165, "panel_places": 190},
    {"panel_explain_warp": 340},
    frozenset({"panel_explain_warp"}),
    (240, 300),
)


class MainWindow(QMainWindow):
    """One document, its views, and the actions on it."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("main")
        self.settings = settings
        self.document = Document(self)
        self.jobs = Jobs(self)
        self.playback = Playback(self.document, self)
        self.operations = Operations(self.document, self.jobs, self)
        self.matching = MatchOperations(self.document, self.operations, self)
        self.projects = Projects(self.document, self.operations, self)
        self.commands = Commands(
            self.document, self.operations, self.projects, self.playback, self.matching, self.jobs, settings, self
        )
        self.match_commands = MatchCommands(self.document, self.matching, self.projects, settings, self.say, self)
        self.segmenting = SegmentOperations(self.document, self.operations, self)
        self.segment_commands = SegmentCommands(self.document, self.segmenting, settings, self.say, self)
        self.sound = Sound(self.playback, settings, self)
        self.actions_ = Actions(self)
        self.desk = Desk(self.document, self.operations, self.projects, self.jobs, settings, self)
        self._sure = self._closed = False

        self._build_centre()
        self._build_docks()
        self._build_bars()
        places = {"warp": _WARP, "match": self.match_.places, "segment": self.segment_.places}
        self.layout_ = Layout(self, self.docks, places, self.splitter, settings)
        self.margins = Margins(self.document, self.jobs, self.matrix.set_margins, self)
        self.sure = SureViews(self)
        self.jumps = JumpFinder(self)
        self.learning = WarpTraining(self.document, self.operations, self.jobs, self)
        self.many = ManyRecordings(self.document, self.operations, settings, self)
        self._wire_document()
        wire_views(self)
        wire_actions(self)
        left, right = ([self.docks[name] for name in side] for side in (_WARP.left, _WARP.right))
        tab_in_turn([self.toolbar, *left, self.viewers, self.transport, self.matrix, *right])
        self.setAcceptDrops(True)
        self.setMinimumSize(1100, 700)
        self.layout_.restore(settings.workspace)
        self._dress(settings.workspace)
        self._refresh(~Change.NONE)

    # -- parts -------------------------------------------------------------------------------------

    def _build_centre(self) -> None:
        d, p, s = self.document, self.playback, self.settings
        self.viewers = VideoPairView(d, p, self.jobs, s)
        self.transport = Transport(d, p, s, self.actions_.__getitem__)
        self.matrix = CostMatrixView(d, p, self.jobs)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.viewers, 1)
        column.addWidget(self.transport)
        self.splitter = WarpStage(upper, self.matrix)
        self.welcome = Welcome(d)
        self.pages = Pages()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.splitter)
        self.match_ = MatchWorkspace(
            self.document,
            self.matching,
            self.match_commands,
            self.jobs,
            self.actions_,
            self.say,
            self.commands.open_files,
            self,
        )
        self.pages.addWidget(self.match_.pages)
        self.segment_ = SegmentWorkspace(
            self.document,
            self.segmenting,
            self.segment_commands,
            self.jobs,
            self.actions_,
            self.say,
            self.commands.open_files,
            self,
        )
        self.pages.addWidget(self.segment_.pages)
        self.setCentralWidget(self.pages)

    def _build_docks(self) -> None:
        d = self.document
        self.sources = SourcesPanel(d)
        self.alignments = AlignmentsPanel(d)
        self.history = HistoryPanel(d)
        self.recipe = RecipePanel(d)
        self.result = ResultPanel(d)
        self.anchors = AnchorsPanel(d, self.playback)
        self.places = PlacesPanel()
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.docks = {
            name: dock(self, name, title, panel, scrolls)
            for name, title, panel, scrolls in (
                ("panel_sources", self.tr("Sources"), self.sources, 0),
                ("panel_alignments", self.tr("Alignments"), self.alignments, 0),
                ("panel_history", self.tr("History"), self.history, 0),
                ("panel_recipe", self.tr("Recipe"), self.recipe, 270),
                ("panel_result", self.tr("Result"), self.result, 240),
                ("panel_anchors", self.tr("Anchors"), self.anchors, 0),
                ("panel_places", self.tr("Check next"), self.places, 0),
            )
        }
        for name, widget in self.docks.items():
            self.addDockWidget(left if name in _WARP.left else right, widget)
        self.study = WarpStudy(d, self.operations, self.settings, self.actions_, self)
        self.docks |= self.study.docks | self.match_.docks | self.segment_.docks
        self.setCorner(Qt.Corner.BottomLeftCorner, left)
        self.setCorner(Qt.Corner.BottomRightCorner, right)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)

    def _build_bars(self) -> None:
        self.menus = self.actions_.fill(self.menuBar())
        self.menus["recent"] = QMenu(self.tr("Recent files"), self)
        self.menus["File"].insertMenu(self.actions_["demo"], self.menus["recent"])
        self.title = label("", "muted")
        self.title.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self.title.setContentsMargins(0, 0, 12, 0)
        self.title.setFixedSize(380, self.menuBar().sizeHint().height() - 2)
        self.menuBar().setCornerWidget(self.title)

        self.toolbar = Toolbar(self.document, self.actions_, self)
        self.addToolBar(self.toolbar)

        status = self.statusBar()
        status.setSizeGripEnabled(False)
        self.jobs_bar = JobsBar(self.jobs)
        status.addWidget(self.jobs_bar, 1)
        self.status_words = StatusWords(status)

    # -- wires -------------------------------------------------------------------------------------

    def _wire_document(self) -> None:
        self.document.changed.connect(self._refresh)
        self.document.history_changed.connect(self._refresh_title)
        self.playback.state_changed.connect(self.refresh_state)
        self.playback.moved.connect(self.refresh_cursor)
        self.settings.changed.connect(self._on_setting)
        theme().changed.connect(self._refresh_title)

        o = self.operations
        o.budget = self.settings.solver_mb << 20
        o.failed.connect(self.desk.warn)
        o.notice.connect(self.say)
        o.exported.connect(lambda path: self.say(self.tr("Written: %1").replace("%1", path)))
        self.projects.saved.connect(self._on_saved)
        self.projects.opened.connect(self._on_opened)
        self.projects.changed.connect(self._refresh_title)
        self.projects.problems_found.connect(self.desk.problems)
        self.projects.side_problem.connect(self.sources.set_problem)
        self.projects.other_content.connect(self.desk.other_content)
        self.desk.locate_requested.connect(self.commands.locate)
        self.projects.recoverable.connect(self.desk.recover)
        o.opened.connect(self._on_opened)
        self.matching.opened.connect(self._on_opened)
        self.segmenting.opened.connect(self._on_opened)
        # What was just opened is what one wants to see.
        o.opened.connect(lambda _path: self.show_workspace("warp"))
        self.matching.added.connect(lambda: self.show_workspace("match"))
        self.segmenting.added.connect(lambda: self.show_workspace("segment"))
        for workspace in (self.match_, self.segment_):
            workspace.picked.connect(self.refresh_state)
            workspace.titled.connect(self.toolbar.set_titles)
        self.segment_.pointed.connect(self.status_words.tell_moment)
        o.key_wanted.connect(self.desk.ask_key)

    # -- what is in force --------------------------------------------------------------------------

    def _refresh(self, change: Change) -> None:
        if change & (Change.INPUTS | Change.SCENES | Change.RECORDINGS):
            self._turn()
            self.splitter.show_shape(upright(self.document.shown.a, self.document.shown.b))
        self.refresh_state()
        self._refresh_title()

    def _turn(self) -> None:
        """Go where something is, if nothing is here."""
        session = self.document.shown
        filled = {
            "warp": not without_media(session), "match": bool(session.scenes), "segment": bool(session.recordings),
        }  # fmt: skip
        if not filled[self.workspace]:
            self.show_workspace(next((name for name, full in filled.items() if full), self.workspace))
        self._show_page()

    def _show_page(self) -> None:
        pages = {"match": self.match_.pages, "segment": self.segment_.pages}
        pair = self.welcome if without_media(self.document.shown) else self.splitter
        self.pages.setCurrentWidget(pages.get(self.workspace, pair))

    @property
    def workspace(self) -> str:
        """The one that is shown, of `WORKSPACES`."""
        return self.layout_.workspace

    def show_workspace(self, name: str) -> None:
        """Go to a workspace."""
        if name != self.workspace:
            self.playback.pause()
            self.segment_.playback.pause()
            self.layout_.show(name)
            self._dress(name)
            self._show_page()
            self.refresh_state()
            self.refresh_cursor()

    def _dress(self, name: str) -> None:
        self.settings.workspace = name
        self.actions_[f"workspace_{name}"].setChecked(True)
        self.actions_.show_workspace(name)
        self.toolbar.show_workspace(name)
        self.commands.open_here = self.segment_commands.open_files if name == "segment" else None
        if name == "match":
            self.match_.enter()
        elif name == "segment":
            self.segment_.enter()
        else:
            self.matrix.setFocus()

    def refresh_state(self) -> None:
        """Allow what can be done now, and say what is in force."""
        d, p = self.document, self.playback
        session = d.shown
        al = session.alignment
        path = al is not None and al.path is not None
        recording = session.active_recording
        written = session.segments is not None or (recording is not None and bool(recording.own))
        can = {
            "": True,
            "work": not empty(session),
            "results": {"match": session.match is not None, "segment": bool(written)}.get(self.workspace, path),
            "media": not without_media(session),
            "pair": session.pair is not None,
            "alignment": al is not None,
            "path": path,
            "several": len(session.alignments) > 1,
            "anchors": al is not None and bool(al.constraints.anchors),
            "selected": self.matrix.selected is not None,
            "marks": path and p.marks is not None,
            "undo": d.undo_label is not None,
            "redo": d.redo_label is not None,
            **self.match_.can(),
            **self.segment_.can(),
        }
        for spec, action in self.actions_:
            # The keys of another workspace mean something else here.
            usable = can[spec.needs] and spec.workspace in ("", self.workspace)
            if action.isEnabled() != usable:
                action.setEnabled(usable)
        self.match_.refresh()
        self.segment_.refresh()
        words = {"match": self.match_.words, "segment": self.segment_.words}.get(self.workspace, str)
        self.status_words.tell_scene(words())
        self.actions_["loop"].setChecked(p.looping)
        for name, words, what in (("undo", self.tr("Undo"), d.undo_label), ("redo", self.tr("Redo"), d.redo_label)):
            self.actions_[name].setText(words if what is None else f"{words}: {literal(what)}")

    def _refresh_title(self) -> None:
        name = self.commands.name
        state = self.tr("edited") if self.document.dirty else self.tr("saved")
        if self.projects.read_only:
            state = self.tr("%1, for reading only").replace("%1", state)
        words = "" if empty(self.document.session) and self.projects.path is None else f"{name} — {state}"
        if words != self.title.text():
            self.title.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, 360))
        self.setWindowTitle(f"{name} — Syncline" if words else "Syncline")
        self.refresh_state()

    def refresh_cursor(self) -> None:
        """Say where the playhead stands."""
        if self.workspace != "warp" or without_media(self.document.shown):
            self.status_words.forget_times()
        else:
            self.status_words.tell_times(self.playback.a_time, self.playback.b_time)

    # -- words and dialogs -------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar for a while."""
        self.statusBar().showMessage(sentence, 8000)

    def _on_saved(self, path: str) -> None:
        self.settings.add_recent(path)
        self.say(self.tr("Saved: %1").replace("%1", path))
        self._refresh_title()

    def _on_opened(self, path: str) -> None:
        self.settings.add_recent(path)
        self._refresh_title()

    def _on_setting(self, name: str) -> None:
        if name == "theme":
            theme().choose(self.settings.theme)
            self.actions_[f"theme_{self.settings.theme}"].setChecked(True)
        elif name == "files/recent":
            self.welcome.set_recent(self.settings.recent)
        elif name == "sound/routing":
            self.actions_[f"sound_{self.settings.routing}"].setChecked(True)
        elif name == "matrix/colour_map":
            self.matrix.set_colour_map(self.settings.colour_map)
        elif name == "memory/solver":
            self.operations.budget = self.settings.solver_mb << 20

    # -- events ------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.status_words.start()
        QTimer.singleShot(100, self._dress_stage)

    def _dress_stage(self) -> None:
        """Lay the hidden page out and style it now: the first opened file would have to wait for that."""
        if self.pages.currentWidget() is self.welcome and not self._closed:
            self.splitter.resize(self.pages.size())
            self.splitter.grab()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._sure:
            event.ignore()
            self.commands.when_kept(self._close_now)
            return
        self.close_down()
        event.accept()

    def _close_now(self) -> None:
        self._sure = True
        # Not from within the event that asked: a window that closes while it says no stays open.
        QTimer.singleShot(0, self.close)

    def close_down(self) -> None:
        """Stop all that runs and let go of files; the window is of no use after that."""
        if self._closed:
            return
        self._closed = True
        self.status_words.stop()
        self.layout_.keep()
        self.playback.pause()
        self.sound.close()
        self.viewers.close_media()
        self.sure.close()
        self.learning.close()
        self.many.close()
        self.match_.close()
        self.segment_.close()
        self.study.close()
        self.matching.close()
        self.segmenting.close()
        self.operations.close()
        self.jobs.close()
        self.projects.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Space plays; but on a button that has the focus it has to press that button.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(watched, QAbstractButton):
            key = cast(QKeyEvent, event)
            if key.key() == Qt.Key.Key_Space and key.modifiers() == Qt.KeyboardModifier.NoModifier:
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.commands.open_files(paths)
