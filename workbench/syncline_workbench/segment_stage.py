"""The middle of the Segment workspace: the signal above, tiers below, the transport under both."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from .views.segment_transport import SegmentTransport
from .views.signal_rows import SignalRows
from .views.tiers_view import TiersView

__all__ = ["SegmentStage"]


class SegmentStage(QWidget):
    """Gives the tiers the room they take, until somebody drags the rule between."""

    def __init__(self, rows: SignalRows, tiers: TiersView, transport: SegmentTransport) -> None:
        super().__init__()
        self._tiers = tiers
        self._dragged = False
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(rows)
        self.splitter.addWidget(tiers)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(3)
        # The tiers keep their height; what is left shows the signal.
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.splitterMoved.connect(self._on_moved)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.splitter, 1)
        column.addWidget(transport)

    def _on_moved(self) -> None:
        self._dragged = True

    def lay_out(self) -> None:
        """Other tiers are shown: give them what they take, at most half."""
        whole = self.splitter.height()
        if not self._dragged and whole > 0:
            low = min(self._tiers.sizeHint().height(), whole // 2)
            self.splitter.setSizes([whole - low, low])
