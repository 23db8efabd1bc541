"""The similarity matrix: every object against every phrase, with the links that hold; a click links."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ..document import Change, Document
from . import scene_edit as edit
from .match_grid import Area, Grid, cell_words
from .match_shown import Shown
from .plain import button, heading, label, literal, tip
from .scene_edit import Edit
from .scene_pick import Pick

__all__ = ["MatchMatrix"]


class MatchMatrix(QWidget):
    """Objects against phrases of the caption in hand, by similarity, cost or plan."""

    scene_committed = Signal(object, str)
    """`Scene` and the name of the step."""
    selected = Signal(object)
    """`Pick`, or None."""
    hovered = Signal(object)
    """`Pick`, or None."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("match-matrix")
        self._document = document
        self.layer = "similarity"
        self.layers: dict[str, QPushButton] = {}
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(4)
        title = heading(self.tr("Matrix"))
        # A narrow panel keeps the choices and gives up the word.
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(title, 1)
        for name, word, about in (
            ("similarity", self.tr("Similarity"), self.tr("How alike each object is to each phrase")),
            ("cost", self.tr("Cost"), self.tr("What solvers add up: the similarity of a perfect pair less this one")),
            ("plan", self.tr("Plan"), self.tr("How much of each link there is")),
        ):
            choice = button(word, "small")
            choice.setCheckable(True)
            choice.setAutoExclusive(True)
            choice.setChecked(name == self.layer)
            choice.setToolTip(tip(about))
            choice.setAccessibleDescription(about)
            choice.clicked.connect(lambda _=False, name=name: self.set_layer(name))
            self.layers[name] = choice
            head.addWidget(choice)
        self.grid = Grid(self)
        self.area = Area(self.grid)
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._empty)
        column.addWidget(self.area, 1)
        column.addStretch(0)
        self.setFocusProxy(self.grid)
        document.changed.connect(self._changed)
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(280, 220)

    # -- what is drawn ---------------------------------------------------------------------------------

    def set_layer(self, name: str) -> None:
        """Show the similarity, the cost or the plan."""
        self.layer = name
        self.layers[name].setChecked(True)
        self._draw()

    def select(self, pick: Pick | None) -> None:
        """Mark what another view has selected."""
        self.grid.picked = pick
        place = self.grid.place_of(pick.pair) if pick is not None and pick.pair is not None else None
        if place is not None:
            self.grid.at = place
            self.reveal(self.grid.cell(*place))
        self.grid.describe()
        self.grid.update()

    def point_at(self, pick: Pick | None) -> None:
        """Mark what the mouse is over in another view."""
        self.grid.pointed = pick
        self.grid.update()

    def reveal(self, box: QRectF) -> None:
        """Scroll a cell into sight."""
        centre, left, top = box.center(), *self.grid.margins
        self.area.ensureVisible(
            round(centre.x()), round(centre.y()), round(left + box.width()), round(top + box.height())
        )

    def _changed(self, change: Change) -> None:
        if change & (Change.SCENE | Change.MATCHES):
            self._draw()

    def _draw(self) -> None:
        shown = Shown.of(self._document.shown)
        some = shown is not None and bool(shown.rows) and bool(shown.columns)
        if self._document.shown.active_scene is None:
            words = self.tr("Open a picture with a caption.")
        elif shown is None:
            words = self.tr("The picture has no caption yet.")
        elif shown.part is None:
            words = self.tr("Not matched yet.")
        else:
            words = self.tr("There is nothing to compare: it takes objects and phrases.")
        self._empty.setText(words)
        self._empty.setVisible(not some)
        self.area.setVisible(some)
        for choice in self.layers.values():
            choice.setEnabled(some)
        self.grid.show_match(shown, self.layer)

    def words(self, pick: Pick | None) -> str:
        """What a tool tip says of something."""
        shown = self.grid.shown
        if pick is None or shown is None:
            return ""
        if pick.pair is not None:
            return cell_words(shown, *pick.pair)
        return shown.objects.get(pick.object or 0, "") or shown.phrases.get(pick.phrase or 0, "")

    # -- what the user wants -----------------------------------------------------------------------------

    def point(self, pick: Pick | None) -> None:
        """The mouse is over something else."""
        if pick != self.grid.pointed:
            self.grid.pointed = pick
            self.grid.update()
            self.hovered.emit(pick)

    def choose(self, pick: Pick | None) -> None:
        """Select something."""
        if pick != self.grid.picked:
            self.grid.picked = pick
            self.grid.update()
            self.selected.emit(pick)

    def toggle(self, pair: tuple[int, int]) -> None:
        """Link a pair that is not linked, and unlink or allow one that is linked or forbidden."""
        shown = self.grid.shown
        if shown is None:
            return
        if pair in shown.links or shown.locked(*pair):
            self.commit(edit.unlink, pair)
        elif shown.forbidden(*pair):
            self.commit(edit.forbid, pair)
        else:
            self.commit(edit.lock, pair)

    def unlink(self, pair: tuple[int, int]) -> None:
        """Take a link away; a pair without one stays as it is."""
        shown = self.grid.shown
        if shown is not None and (pair in shown.links or shown.locked(*pair) or shown.forbidden(*pair)):
            self.commit(edit.unlink, pair)

    def commit(self, work: Any, pair: tuple[int, int]) -> None:
        """Make an edit of a pair; `work` is one of `scene_edit`."""
        scene = self._document.session.active_scene
        if scene is None or not Pick(*pair).within(scene):
            return
        made: Edit = work(scene, pair)
        self.choose(Pick(*pair))
        self.scene_committed.emit(made.scene, made.label)

    def menu(self, pair: tuple[int, int]) -> QMenu:
        """What can be done with a pair."""
        shown = self.grid.shown
        assert shown is not None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSection(literal(shown.pair(*pair)))

        def add(text: str, keys: str, work: Any) -> None:
            action = menu.addAction(f"{text}\t{keys}")
            action.triggered.connect(lambda: work(pair))

        linked = pair in shown.links
        add(self.tr("Unlock") if shown.locked(*pair) else self.tr("Lock") if linked else self.tr("Link"), "L",
            lambda pair: self.commit(edit.lock, pair))  # fmt: skip
        add(self.tr("Allow") if shown.forbidden(*pair) else self.tr("Forbid"), "X",
            lambda pair: self.commit(edit.forbid, pair))  # fmt: skip
        if linked:
            add(self.tr("Unlink"), "Del", self.unlink)
        return menu
