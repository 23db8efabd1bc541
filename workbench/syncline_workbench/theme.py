"""Colours, fonts and icons: a dark and a light palette, and SVG icons drawn in the palette's colour."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from platformdirs import user_cache_path
from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetrics,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from .style import PLAIN_MARKS, sheet

__all__ = ["DARK", "LIGHT", "Colours", "Theme", "icon", "mono", "pixmap", "theme"]


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as ``#rrggbb``. A is blue and B amber everywhere."""

    name: str
    window: str
    """Menu bar, tool bar, side panels."""
    stage: str
    """Behind viewers and matrix."""
    raised: str
    """Buttons, fields."""
    hover: str
    border: str
    selected: str
    """Background of a selected row."""
    text: str
    muted: str
    """Headings, secondary text; at least 4.5:1 on `window`."""
    accent: str
    """The one primary button, focus rings."""
    accent_text: str
    a: str
    b: str
    good: str
    warn: str
    bad: str
    path: str
    """The warping path over the colour map."""
    path_halo: str
    ghost: str


DARK = Colours(
    name="dark",
    window="#22252a",
    stage="#16181b",
    raised="#2d3138",
    hover="#383d46",
    border="#3a3f47",
    selected="#2f3b55",
    text="#e6e8eb",
    muted="#9aa1ab",
    accent="#5b8cff",
    accent_text="#ffffff",
    a="#56b4ff",
    b="#ffb454",
    good="#7ee787",
    warn="#ffb86b",
    bad="#ff5c9a",
    path="#ffffff",
    path_halo="#10131a",
    ghost="#d7ddf5",
)
LIGHT = Colours(
    name="light",
    window="#f4f5f7",
    stage="#e4e6ea",
    raised="#ffffff",
    hover="#e9ecf2",
    border="#c9ced6",
    selected="#d6e3ff",
    text="#1c2027",
    muted="#58616d",
    accent="#2f66e0",
    accent_text="#ffffff",
    a="#0b6bcb",
    b="#b35c00",
    good="#1a7f37",
    warn="#9a5b00",
    bad="#c2185b",
    path="#ffffff",
    path_halo="#10131a",
    ghost="#d7ddf5",
)


class Theme(QObject):
    """The theme in force; `changed` fires when it is another one. There is one, `theme()`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.colours = DARK
        self._choice = "system"

    @property
    def choice(self) -> str:
        """``"system"``, ``"dark"`` or ``"light"``."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Follow the system or stay with one theme."""
        self._choice = choice
        self.refresh()

    def refresh(self) -> None:
        """Look again at what the system wants (call on ``styleHints().colorSchemeChanged``)."""
        dark = self._choice == "dark"
        if self._choice == "system":
            dark = QGuiApplication.styleHints().colorScheme() != Qt.ColorScheme.Light
        wanted = DARK if dark else LIGHT
        if wanted is not self.colours:
            self.colours = wanted
            self.changed.emit()

    def apply(self, app: QApplication) -> None:
        """Give `app` the palette and the style sheet of the colours; call again on `changed`."""
        app.setPalette(self.palette())
        base = QFontMetrics(app.font()).height() * 13 // 16
        app.setStyleSheet(sheet(self.colours, _marks(self.colours), base))

    def palette(self) -> QPalette:
        """A Fusion palette of the colours."""
        c, p = self.colours, QPalette()
        role = QPalette.ColorRole
        for r, value in (
            (role.Window, c.window),
            (role.WindowText, c.text),
            (role.Base, c.stage if c.name == "dark" else c.raised),
            (role.AlternateBase, c.window),
            (role.Text, c.text),
            (role.Button, c.raised),
            (role.ButtonText, c.text),
            (role.BrightText, c.bad),
            (role.Highlight, c.selected),
            (role.HighlightedText, c.text),
            (role.ToolTipBase, c.raised),
            (role.ToolTipText, c.text),
            (role.PlaceholderText, c.muted),
            (role.Link, c.accent),
            (role.Mid, c.border),
            (role.Light, c.hover),
            (role.Dark, c.border),
            (role.Accent, c.accent),
        ):
            p.setColor(r, QColor(value))
        for r in (role.WindowText, role.Text, role.ButtonText):
            p.setColor(QPalette.ColorGroup.Disabled, r, QColor(c.muted))
        return p


_theme: list[Theme] = []


def theme() -> Theme:
    """The one theme of the process."""
    if not _theme:
        _theme.append(Theme())
    return _theme[0]


def mono(size: float = 0.0) -> QFont:
    """A font whose figures are all equally wide, for times."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    if size:
        font.setPixelSize(round(size))
    return font


def _marks(colours: Colours) -> Path:
    folder = user_cache_path("syncline", appauthor=False) / "marks" / colours.name
    # Where the cache folder can't be written, fields lack their little arrows and all else works.
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        for name in PLAIN_MARKS:
            colour = colours.accent_text if name == "check" else colours.muted
            wanted, file = _svg(name).replace(b"currentColor", colour.encode()), folder / f"{name}.svg"
            if not file.is_file() or file.read_bytes() != wanted:
                file.write_bytes(wanted)
    return folder


@lru_cache(maxsize=128)
def _svg(name: str) -> bytes:
    return (resources.files("syncline_resources") / "icons" / f"{name}.svg").read_bytes()


def pixmap(name: str, colour: str, size: int = 18, ratio: float = 1.0) -> QPixmap:
    """Draw the icon `name` (a file of resources/icons that uses ``currentColor``) in `colour`."""
    # Qt empties this cache by itself, before the application that pixmaps need is gone.
    key = f"{name} {colour} {size} {ratio}"
    pix = QPixmap()
    if QPixmapCache.find(key, pix):
        return pix
    pix = QPixmap(round(size * ratio), round(size * ratio))
    pix.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(_svg(name).replace(b"currentColor", colour.encode())))
    painter = QPainter(pix)
    renderer.render(painter, QRectF(0, 0, pix.width(), pix.height()))
    painter.end()
    pix.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, pix)
    return pix


def icon(name: str, size: int = 18) -> QIcon:
    """The icon in the present theme's text colour, muted when disabled; ask again after `Theme.changed`."""
    c = theme().colours
    out = QIcon()
    for ratio in (1.0, 2.0):
        out.addPixmap(pixmap(name, c.text, size, ratio))
        out.addPixmap(pixmap(name, c.muted, size, ratio), QIcon.Mode.Disabled)
        out.addPixmap(pixmap(name, c.accent, size, ratio), QIcon.Mode.Normal, QIcon.State.On)
    return out
