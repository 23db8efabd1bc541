"""Small parts that every panel and dialog is built of: text that is only ever text, icons that follow the theme."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ..theme import icon, pixmap, theme

__all__ = [
    "Elided",
    "IconButton",
    "Notice",
    "Picture",
    "button",
    "capitals",
    "clean",
    "figures",
    "heading",
    "label",
    "literal",
    "set_role",
    "tip",
]


def clean(text: str) -> str:
    """Replace what can't be printed (control characters, halves of surrogate pairs from odd file names)."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def tip(text: str) -> str:
    """`text` as a tool tip that shows it literally, whatever looks like markup in it; line breaks stay."""
    lines = (html.escape(clean(line), quote=True) for line in text.split("\n"))
    # Without a tag Qt would guess, and show the escapes themselves.
    return f"<qt>{'<br>'.join(lines)}</qt>"


def literal(text: str) -> str:
    """`text` for a menu or a button, where a single & would become a shortcut."""
    return clean(text).replace("&", "&&")


def set_role(widget: QWidget, role: str) -> None:
    """Give `widget` a role that the style sheet knows, at any time of its life."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def label(text: str = "", role: str = "", parent: QWidget | None = None) -> QLabel:
    """A label that never takes its text for markup."""
    out = QLabel(parent)
    out.setTextFormat(Qt.TextFormat.PlainText)
    out.setText(text)
    if role:
        out.setProperty("role", role)
    if role == "value":
        font = figures(out.font())
        font.setWeight(QFont.Weight.DemiBold)
        out.setFont(font)
    return out


def heading(text: str) -> QLabel:
    """The small muted capitals above a group of rows."""
    out = label(text, "heading")
    out.setFont(capitals(out.font()))
    return out


def capitals(font: QFont) -> QFont:
    """`font` as headings have it."""
    font = QFont(font)
    font.setCapitalization(QFont.Capitalization.AllUppercase)
    font.setWeight(QFont.Weight.DemiBold)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * 0.85)
    return font


def figures(font: QFont) -> QFont:
    """`font` with digits of one width, where the font has them, so that columns of numbers stand still."""
    out = QFont(font)
    out.setFeature(QFont.Tag("tnum"), 1)
    return out


class Elided(QLabel):
    """One line that is cut with an ellipsis where it does not fit, and never widens its panel."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._mode = mode
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(clean(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        wide = QFontMetrics(self.font()).horizontalAdvance(self.text()[:100]) + 2
        return QSize(max(min(wide, 200), self.minimumWidth()), self.heightHint())

    def heightHint(self) -> int:
        """Height of one line."""
        return max(super().minimumSizeHint().height(), self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text()[:2000], self._mode, self.contentsRect().width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()


class IconButton(QToolButton):
    """A flat button that is an icon; its name is read to those who can't see it, and is its tool tip."""

    def __init__(self, name: str, text: str, parent: QWidget | None = None, size: int = 16) -> None:
        super().__init__(parent)
        self._name, self._size = name, size
        self.setProperty("role", "flat")
        self.setAutoRaise(True)
        self.setIconSize(QSize(size, size))
        self.setToolTip(tip(text))
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme().changed.connect(self._redraw)
        self._redraw()

    def _redraw(self) -> None:
        self.setIcon(icon(self._name, self._size))


class Picture(QLabel):
    """An icon in one of the theme's colours, e.g. ``Picture("triangle-alert", "warn")``."""

    def __init__(self, name: str, colour: str = "muted", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._colour, self._size = name, colour, size
        self.setFixedSize(size, size)
        theme().changed.connect(self._redraw)
        self._redraw()

    def draw(self, name: str, colour: str) -> None:
        """Show another icon or another colour."""
        self._name, self._colour = name, colour
        self._redraw()

    def event(self, event: QEvent) -> bool:
        # Dragged to a screen of another density.
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._redraw()
        return super().event(event)

    def _redraw(self) -> None:
        colour = getattr(theme().colours, self._colour)
        self.setPixmap(pixmap(self._name, colour, self._size, max(self.devicePixelRatioF(), 1.0)))


def button(text: str, role: str = "", parent: QWidget | None = None) -> QPushButton:
    """A button with words; role ``"primary"`` is the one that most people want."""
    out = QPushButton(text, parent)
    if role:
        out.setProperty("role", role)
        out.setProperty("primary", role == "primary")
    out.setAutoDefault(role == "primary")
    out.setDefault(role == "primary")
    return out


class Notice(QFrame):
    """One sentence with an icon and room for buttons: a warning inside a panel. Hidden while it has nothing to say."""

    def __init__(self, kind: str = "warn", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        icons = {"warn": "triangle-alert", "bad": "circle-alert", "good": "check", "muted": "info"}
        self._picture = Picture(icons[kind], kind, 16, self)
        self._text = label("", kind if kind != "muted" else "")
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.buttons = QHBoxLayout()
        self.buttons.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(row)
        column.addLayout(self.buttons)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show `sentence`; an empty one hides the notice."""
        self._text.setText(clean(sentence))
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))

    def sentence(self) -> str:
        """What it says now."""
        return self._text.text()
