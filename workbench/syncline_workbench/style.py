"""The style sheet: one text for both themes, filled with a palette's colours. Everything sits on an 8-pixel grid."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from string import Template

__all__ = ["PLAIN_MARKS", "sheet"]

PLAIN_MARKS = ("chevron-down", "chevron-up", "chevron-right", "check", "minus")
"""Icons that the sheet itself names; written once a theme as coloured SVG files, since a sheet only knows files."""

_SHEET = Template("""
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QDialog, QMessageBox { background: $window; }
QMainWindow::separator { background: $border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px; }

QLabel[role="heading"] { color: $muted; font-size: ${small}px; font-weight: 600; letter-spacing: 1px; }
QLabel[role="muted"] { color: $muted; font-size: ${small}px; }
QLabel[role="value"] { font-weight: 600; }
QLabel[role="accent"] { color: $accent; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="good"] { color: $good; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }

QMenuBar { background: $window; border-bottom: 1px solid $border; padding: 2px 4px; }
QMenuBar::item { background: transparent; padding: 5px 10px; border-radius: 6px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; }
QMenu { background: $raised; border: 1px solid $border; border-radius: 8px; padding: 6px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 6px 8px; }
QMenu::icon { padding-left: 8px; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border; padding: 5px 8px; spacing: 8px; }
QToolBar::separator { background: transparent; width: 8px; }

QPushButton, QToolButton[boxed="true"], QToolBar QToolButton {
  background: $raised; border: 1px solid $border; border-radius: 6px; padding: 5px 11px; min-height: 18px;
}
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px; }
QPushButton:hover, QToolButton:hover, QToolBar QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolBar QToolButton:pressed { background: $selected; }
QPushButton:checked, QToolButton:checked, QToolBar QToolButton:checked { background: $selected; border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $faint; }
QPushButton:focus, QToolButton:focus, QToolBar QToolButton:focus { border: 1px solid $accent; }
QPushButton[primary="true"], QToolButton[primary="true"], QToolBar QToolButton[primary="true"], QPushButton:default {
  background: $accent; border-color: $accent; color: $accent_text; font-weight: 600;
}
QPushButton[primary="true"]:hover, QToolBar QToolButton[primary="true"]:hover, QPushButton:default:hover {
  background: $accent_hover; border-color: $accent_hover;
}
QPushButton[primary="true"]:focus, QToolBar QToolButton[primary="true"]:focus { border-color: $text; }
QPushButton[primary="true"]:disabled, QToolBar QToolButton[primary="true"]:disabled, QPushButton:default:disabled {
  background: $raised; border-color: $border; color: $faint;
}
QToolBar QToolButton[tab="warp"] { border-top-right-radius: 0; border-bottom-right-radius: 0; }
QToolBar QToolButton[tab="match"] { border-radius: 0; border-left: none; border-right: none; }
QToolBar QToolButton[tab="segment"] { border-top-left-radius: 0; border-bottom-left-radius: 0; }
QToolBar QToolButton[tab]:checked { border-color: $border; font-weight: 600; }
QToolBar QToolButton[beside="true"], QToolButton[boxed="true"][beside="true"] { padding-left: 9px; padding-right: 4px; }
QToolButton[popupMode="1"], QToolBar QToolButton[popupMode="1"] { padding-right: 22px; }
QToolButton[popupMode="2"], QToolBar QToolButton[popupMode="2"], QToolButton[boxed="true"][popupMode="2"] {
  padding-right: 24px;
}
QToolButton::menu-indicator {
  image: url($marks/chevron-down.svg); width: 14px; height: 14px;
  subcontrol-origin: padding; subcontrol-position: right center; right: 6px;
}
QToolButton::menu-button { border: none; width: 20px; }
QPushButton::menu-indicator {
  image: url($marks/chevron-down.svg); width: 14px; height: 14px;
  subcontrol-origin: padding; subcontrol-position: right center; right: 6px;
}

QMessageBox, QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton[role="primary"] {
  background: $accent; border-color: $accent; color: $accent_text; font-weight: 600;
}
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border-color: $text; }
QPushButton[role="primary"]:disabled { background: $raised; border-color: $border; color: $faint; }
QPushButton[role="flat"], QToolButton[role="flat"], QToolButton[role="fold"] {
  background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 2px 5px; min-height: 16px;
  color: $muted;
}
QPushButton[role="flat"]:hover, QToolButton[role="flat"]:hover, QToolButton[role="fold"]:hover {
  background: $hover; color: $text;
}
QPushButton[role="flat"]:focus, QToolButton[role="flat"]:focus, QToolButton[role="fold"]:focus {
  border-color: $accent;
}
QToolButton[role="flat"][popupMode="2"] { padding-right: 20px; }
QPushButton[role="small"] { padding: 1px 8px; min-height: 14px; border-radius: 5px; font-size: ${small}px; }
QFrame[role="notice"] { background: $raised; border: 1px solid $border; border-radius: 6px; }
QFrame[role="popup"] { background: $raised; border: 1px solid $border; border-radius: 8px; }
QToolButton[segment="first"], QToolButton[segment="middle"], QToolButton[segment="last"] {
  background: $raised; border: 1px solid $border; padding: 5px 11px; min-height: 18px; border-radius: 0;
}
QToolButton[segment="first"] { border-top-left-radius: 6px; border-bottom-left-radius: 6px; border-right: none; }
QToolButton[segment="middle"] { border-right: none; }
QToolButton[segment="last"] { border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QToolButton[boxed="true"] { padding: 5px 8px; }
QToolButton[segment][narrow="true"] { padding: 5px 6px; }
QToolButton[segment]:hover { background: $hover; }
QToolButton[segment]:checked { background: $selected; color: $text; font-weight: 600; }
QToolButton[segment]:focus { border: 1px solid $accent; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QAbstractSpinBox {
  background: $field; border: 1px solid $border; border-radius: 6px; padding: 3px 8px; min-height: ${line}px;
  selection-background-color: $accent; selection-color: $accent_text;
}
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 1px solid $accent;
}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $faint; }
QAbstractSpinBox { max-height: ${line}px; }
QComboBox { padding-right: 2px; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { border: none; padding: 0; background: transparent; min-height: 0; }
QComboBox::drop-down { subcontrol-origin: padding; subcontrol-position: right center; width: 22px; border: none; }
QComboBox::down-arrow { image: url($marks/chevron-down.svg); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
  background: $raised; border: 1px solid $border; border-radius: 6px; padding: 4px;
  selection-background-color: $selected;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  border: none; background: transparent; width: 18px; subcontrol-origin: border;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QAbstractSpinBox::up-arrow { image: url($marks/chevron-up.svg); width: 11px; height: 11px; }
QAbstractSpinBox::down-arrow { image: url($marks/chevron-down.svg); width: 11px; height: 11px; }
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox::indicator, QGroupBox::indicator, QListView::indicator {
  width: 14px; height: 14px; border: 1px solid $muted; border-radius: 4px; background: $field;
}
QCheckBox::indicator:checked, QGroupBox::indicator:checked, QListView::indicator:checked {
  background: $accent; border-color: $accent; image: url($marks/check.svg);
}
QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox:focus { color: $text; text-decoration: underline; }

QListView, QTreeView, QTableView, QListWidget, QTableWidget {
  background: transparent; border: none; alternate-background-color: transparent; gridline-color: $border;
  selection-background-color: $selected; selection-color: $text;
}
QListView::item, QTreeView::item { padding: 4px 6px; border-radius: 6px; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected { background: $selected; color: $text; }
QListView:focus, QTreeView:focus, QTableView:focus { border: 1px solid $accent; border-radius: 6px; }
QTableView::item { padding: 3px 4px; border-bottom: 1px solid $border; }
QTableView::item:selected { background: $selected; color: $text; }
QHeaderView { background: transparent; }
QHeaderView::section {
  background: transparent; color: $muted; border: none; border-bottom: 1px solid $border; padding: 3px 4px;
}
QTableCornerButton::section { background: transparent; border: none; }

QDockWidget { color: $muted; titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: $window; padding: 8px 10px 4px 10px; text-align: left; }
QDockWidget > QWidget { background: $window; }
QTabBar::tab { background: transparent; color: $muted; padding: 5px 10px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabWidget::pane { border: none; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 1px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSlider { min-height: 18px; }
QSlider::groove:horizontal { background: $border; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal {
  background: $text; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; border: none;
}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }

QProgressBar { background: $border; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; color: $text; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QStatusBar { background: $window; border-top: 1px solid $border; color: $muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; padding: 0 6px; }
QSplitter::handle { background: $stage; }
QSplitter::handle:hover { background: $accent; }
QGroupBox { border: 1px solid $border; border-radius: 8px; margin-top: 16px; padding: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; color: $muted; }
#stage { background: $stage; }
#transport { background: $window; border-top: 1px solid $border; border-bottom: 1px solid $border; }
""")


def _mix(one: str, other: str, share: float) -> str:
    a, b = (tuple(int(c[k : k + 2], 16) for k in (1, 3, 5)) for c in (one, other))
    return "#" + "".join(f"{round(x * (1 - share) + y * share):02x}" for x, y in zip(a, b, strict=True))


def sheet(colours: object, marks: Path, base: int) -> str:
    """The style sheet of a palette.

    Parameters
    ----------
    colours
        A `theme.Colours`.
    marks
        Folder of the icons of `PLAIN_MARKS`, already in the palette's text colour.
    base
        Height of ordinary text in pixels.
    """
    c = {f.name: getattr(colours, f.name) for f in dataclasses.fields(colours)}  # pyright: ignore[reportArgumentType]
    return _SHEET.substitute(
        c,
        field=c["stage"] if c["name"] == "dark" else c["raised"],
        faint=_mix(c["muted"], c["window"], 0.4),
        accent_hover=_mix(c["accent"], c["text"], 0.15),
        marks=marks.as_posix(),
        small=max(base - 1, 9),
        title=base + 5,
        # A field of numbers is as high as one of words, at any size of the font.
        line=max(18, round(base * 16 / 13) + 3),
    )
