"""What the program is to look like and may take. Everything counts at once; there is nothing to confirm."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QComboBox, QGridLayout, QHBoxLayout, QToolButton, QWidget

from ..settings import COLOUR_MAPS, Settings
from ..views.parameters import NumberBox, calm
from ..views.plain import button, heading, label, tip
from .sheet import Sheet

__all__ = ["PreferencesDialog", "size_text"]


def size_text(size: int) -> str:
    """Bytes for people: ``412 MB``, ``1.5 GB``."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            value = size / factor
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{size} B"


class PreferencesDialog(Sheet):
    """Theme, colour map, memory and the cache on disk.

    Parameters
    ----------
    settings
        Read and written at once; its `changed` tells everybody else.
    measure_cache
        Called with a function that wants the size of the cache in bytes, some time later, on the GUI thread; the
        disk is not to be read here.
    clear_cache
        The same, to empty it; the function then wants the new size.
    """

    def __init__(
        self,
        settings: Settings,
        measure_cache: Callable[[Callable[[int], None]], None],
        clear_cache: Callable[[Callable[[int], None]], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self.tr("Preferences"), parent)
        self._settings, self._clear, self._open = settings, clear_cache, True
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        self._grid = grid
        self.body.addLayout(grid)
        self.body.addStretch(1)
        self._head(self.tr("Appearance"))
        self.themes = QButtonGroup(self)
        names = {"system": self.tr("As the system"), "dark": self.tr("Dark"), "light": self.tr("Light")}
        segments = QHBoxLayout()
        segments.setSpacing(0)
        for k, (value, text) in enumerate(names.items()):
            segment = QToolButton()
            segment.setText(text)
            segment.setCheckable(True)
            segment.setProperty("segment", ("first", "middle", "last")[k])
            segment.setObjectName(f"theme-{value}")
            segment.setChecked(settings.theme == value)
            segment.clicked.connect(lambda _=False, value=value: self._set("theme", value))
            self.themes.addButton(segment)
            segments.addWidget(segment)
        self._row(self.tr("Theme"), segments)
        self.colour_map = QComboBox()
        for name in COLOUR_MAPS:
            self.colour_map.addItem(name.title(), name)
        self.colour_map.setCurrentIndex(self.colour_map.findData(settings.colour_map))
        self.colour_map.setFixedWidth(130)
        calm(self.colour_map)
        self.colour_map.currentIndexChanged.connect(lambda: self._set("colour_map", self.colour_map.currentData()))
        self._row(self.tr("Colours of the cost matrix"), self.colour_map)
        self._head(self.tr("Memory"))
        self.numbers: dict[str, NumberBox] = {}
        for name, text, about, low, high in (
            ("solver_mb", self.tr("A solver may take"), self.tr("Beyond that an alignment is refused"), 64, 1 << 17),
            (
                "frame_cache_mb",
                self.tr("Decoded frames, both sides"),
                self.tr("More makes stepping smoother"),
                16,
                1 << 16,
            ),
        ):
            box = NumberBox(low, high, whole=True, unit="MiB")
            box.setFixedWidth(130)
            box.setSingleStep(64)
            box.set_number(getattr(settings, name))
            box.valueChanged.connect(lambda _value, name=name, box=box: self._set(name, box.number()))
            self.numbers[name] = box
            self._row(text, box, about)
        self._head(self.tr("Cache on disk"))
        self.size_label = label(self.tr("measuring…"), "muted")
        self.size_label.setMinimumWidth(90)
        self.size_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.clear = button(self.tr("Clear"))
        self.clear.clicked.connect(self._clear_now)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.size_label)
        row.addWidget(self.clear)
        self._row(self.tr("Extracted features"), row, self.tr("Kept so that files are not read again"))
        self.foot.addStretch(1)
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        self.setMinimumWidth(500)
        self.finished.connect(self._closed)
        measure_cache(self._show_size)

    def _head(self, text: str) -> None:
        row = self._grid.rowCount()
        if row > 1:
            self._grid.setRowMinimumHeight(row, 6)
            row += 1
        self._grid.addWidget(heading(text), row, 0, 1, 2)

    def _row(self, text: str, field: QWidget | QHBoxLayout, about: str = "") -> None:
        row = self._grid.rowCount()
        words = label(text)
        self._grid.addWidget(words, row, 0)
        if about:
            words.setToolTip(tip(about))
        if isinstance(field, QWidget):
            field.setAccessibleName(text)
            if about:
                field.setToolTip(tip(about))
            self._grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignRight)
        else:
            self._grid.addLayout(field, row, 1)

    def _set(self, name: str, value: object) -> None:
        setattr(self._settings, name, value)

    def _closed(self) -> None:
        # Esc leaves a number half typed; what stands there counts.
        for box in self.numbers.values():
            box.interpretText()
        self._open = False

    def _show_size(self, size: int) -> None:
        # The answer may come when the dialog is gone.
        if self._open:
            self.size_label.setText(size_text(size))
            self.clear.setEnabled(size > 0)

    def _clear_now(self) -> None:
        self.clear.setEnabled(False)
        self.size_label.setText(self.tr("clearing…"))
        self._clear(self._show_size)
