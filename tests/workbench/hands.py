"""What tests of panels do to them: open, show, listen, click, drop."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from syncline.model import Session
from syncline_workbench.document import Document
from syncline_workbench.views.rows import RowList

LEFT = Qt.MouseButton.LeftButton


def opened(session: Session) -> Document:
    document = Document()
    document.replace(session, "Open A, B")
    return document


def heard(signal: Any) -> list[tuple[Any, ...]]:
    """Every emission of `signal` from now on."""
    calls: list[tuple[Any, ...]] = []
    signal.connect(lambda *values: calls.append(values))
    return calls


def shown(qtbot: QtBot, widget: QWidget, width: int = 280, height: int = 600) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()


def click_row(qtbot: QtBot, rows: RowList, index: int) -> None:
    qtbot.mouseClick(rows.viewport(), LEFT, pos=rows.visualItemRect(rows.item(index)).center())


def drop(widget: QWidget, *paths: str) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(p) for p in paths])
    none = Qt.KeyboardModifier.NoModifier
    widget.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, LEFT, none))
