"""The middle of the Warp workspace: the viewers and the cost matrix, above or beside one another."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from syncline.model import Media

__all__ = ["WarpStage", "upright"]

TALL = 1.2
"""Times as high as it is wide, from which on a picture loses much in a viewer that is wide."""
_MOST = 0.55
"""Share of the width that viewers beside the matrix may take."""


def upright(*media: Media | None) -> float | None:
    """The width of the widest of some videos over its height, None unless all of them are tall."""
    shapes = [None if m is None or m.video is None else m.video.width / m.video.height for m in media]
    known = [s for s in shapes if s is not None]
    return max(known) if len(known) == len(shapes) and known and max(known) <= 1 / TALL else None


class WarpStage(QSplitter):
    """Lies as its content wants it, until somebody drags the rule between or says how.

    Videos in portrait format stand beside the matrix, where there is room for both: above it they would leave two
    thirds of the viewers black.
    """

    laid = Signal(bool)
    """True: viewers and matrix lie beside one another now."""

    def __init__(self, viewers: QWidget, matrix: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("stage")
        self._parts = (viewers, matrix)
        for part in self._parts:
            self.addWidget(part)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(3)
        self.setStretchFactor(0, 2)
        self.setStretchFactor(1, 3)
        self._wish: bool | None = None
        """True: beside one another, False: above; None while nobody has said."""
        self._shape: float | None = None
        self.splitterMoved.connect(self._on_dragged)

    def minimumSizeHint(self) -> QSize:
        # As if one lay above the other: so they do where that is all the room there is.
        needs = [self._needs(part) for part in self._parts]
        return QSize(max(n.width() for n in needs), sum(n.height() for n in needs) + self.handleWidth())

    @property
    def beside(self) -> bool:
        """Whether viewers and matrix lie beside one another."""
        return self.orientation() == Qt.Orientation.Horizontal

    def show_shape(self, shape: float | None) -> None:
        """Say how wide tall pictures are, as a share of their height; None where they aren't tall."""
        if shape != self._shape:
            self._shape = shape
            self._suit()

    def lay(self, beside: bool) -> None:
        """Lay both as somebody wants it; so they stay, but for a window in which they don't fit beside one another."""
        self._wish = beside
        self._turn(self._suits())

    def reset(self) -> None:
        """Lay both as their content wants it."""
        self._wish = None
        self._turn(self._suits())

    def state(self) -> bytes:
        """How somebody laid them; empty while nobody did."""
        return b"" if self._wish is None else bytes(self.saveState().data())

    def restore(self, state: bytes) -> None:
        """Lay them as `state` was; an empty one says nothing."""
        if state and self.restoreState(QByteArray(state)):
            self._wish = self.beside
            self.laid.emit(self.beside)
        else:
            self.reset()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Before the parts are laid out in the new size, so that they are only once.
        self._suit()
        super().resizeEvent(event)

    def _on_dragged(self) -> None:
        self._wish = self.beside

    @staticmethod
    def _needs(part: QWidget) -> QSize:
        return part.minimumSizeHint().expandedTo(part.minimumSize())

    def _suits(self) -> bool:
        room = self.width() >= self.handleWidth() + sum(self._needs(part).width() for part in self._parts)
        return room and (self._shape is not None if self._wish is None else self._wish)

    def _suit(self) -> None:
        if self._suits() != self.beside:
            self._turn(not self.beside)

    def _turn(self, beside: bool) -> None:
        self.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
        if beside:
            # As wide as both pictures are at full height.
            wide = round(min(2 * (self._shape or 1.0) * self.height(), _MOST * self.width()))
            self.setSizes([wide, self.width() - wide])
        else:
            self.setSizes([380, 520])
        self.laid.emit(beside)
