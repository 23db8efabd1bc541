"""A form drawn from the fields of a parameters dataclass: what a method or an exporter can be told."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from syncline.registry import build, describe

from ..theme import icon, theme
from .plain import Elided, clean, literal, tip

__all__ = ["Fold", "NumberBox", "ParameterForm", "calm", "tab_through"]

_FAR = 1e12


class _Calm(QObject):
    """Keeps the wheel, meant to scroll the panel, from changing a value that happens to lie under it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def calm(widget: QWidget) -> None:
    """Let the wheel change `widget` only while it has the focus."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_Calm(widget))


def tab_through(*stops: QWidget) -> None:
    """Let Tab go from each of these to the next."""
    for here, there in pairwise(stops):
        QWidget.setTabOrder(here, there)


class NumberBox(QDoubleSpinBox):
    """A field for a number that may also be left open.

    Shows as many digits as the value has. An `optional` one is None when it is emptied, and then says `absent`.

    Parameters
    ----------
    whole
        Only whole numbers.
    optional
        May be None.
    """

    def __init__(
        self,
        low: float | None,
        high: float | None,
        *,
        whole: bool = False,
        optional: bool = False,
        unit: str = "",
        absent: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._whole, self._optional = whole, optional
        self._low = -_FAR if low is None else float(low)
        self.setLocale(QLocale.c())
        self.setDecimals(0 if whole else 9)
        # One value below the lowest stands for None; Qt shows `specialValueText` there.
        self.setRange(self._low - (1.0 if optional else 0.0), _FAR if high is None else float(high))
        if optional:
            self.setSpecialValueText(absent or self.tr("not set"))
        if unit:
            self.setSuffix(f" {unit}")
        if whole:
            self.setSingleStep(1)
        else:
            self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        # The field inside would otherwise get a frame of its own from the sheet.
        self.lineEdit().setStyleSheet("QLineEdit { border: 0; padding: 0; background: transparent; min-height: 0; }")
        self.setMinimumWidth(64)
        calm(self)

    def number(self) -> float | int | None:
        """The value, None if it was left open."""
        value = self.value()
        if self._optional and value < self._low:
            return None
        return round(value) if self._whole else value

    def set_number(self, value: float | None) -> None:
        """Show a value."""
        self.setValue(self.minimum() if value is None else float(value))

    def textFromValue(self, value: float) -> str:
        return str(round(value)) if self._whole else f"{value:.9g}"

    def valueFromText(self, text: str) -> float:
        word = self._bare(text)
        if self._optional and (not word or word == self.specialValueText()):
            return self.minimum()
        try:
            return float(word)
        except ValueError:
            return self.value()

    def validate(self, input: str, pos: int) -> tuple[QValidator.State, str, int]:
        word = self._bare(input)
        state = QValidator.State
        if not word or word == self.specialValueText():
            return (state.Acceptable if self._optional else state.Intermediate), input, pos
        if self._optional and self.specialValueText().startswith(word):
            return state.Intermediate, input, pos
        try:
            value = float(word)
        except ValueError:
            unfinished = all(c in "0123456789+-.eE" for c in word)
            return (state.Intermediate if unfinished else state.Invalid), input, pos
        if self._whole and not word.lstrip("+-").isdigit():
            return state.Invalid, input, pos
        inside = math.isfinite(value) and self._low <= value <= self.maximum()
        return (state.Acceptable if inside else state.Intermediate), input, pos

    def stepBy(self, steps: int) -> None:
        if self.number() is None:
            self.setValue(self._low if self._low > -_FAR else 0.0)
        elif self._low == -_FAR and self._optional and self.value() + steps * self.singleStep() < self._low:
            return
        else:
            super().stepBy(steps)

    def _bare(self, text: str) -> str:
        suffix = self.suffix()
        word = text.removesuffix(suffix) if suffix else text
        return word.strip().replace(",", ".").replace("−", "-")


class Fold(QWidget):
    """A line that opens and closes what is below it."""

    def __init__(self, text: str, inside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.inside = inside
        self.head = QToolButton()
        self.head.setText(literal(text))
        self.head.setCheckable(True)
        self.head.setAutoRaise(True)
        self.head.setProperty("role", "fold")
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.toggled.connect(self._toggle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(inside)
        theme().changed.connect(self._redraw)
        self._toggle(False)

    def _toggle(self, open: bool) -> None:
        self.inside.setVisible(open)
        self._redraw()

    def _redraw(self) -> None:
        self.head.setIcon(icon("chevron-down" if self.head.isChecked() else "chevron-right", 14))


def _kind(hint: Any) -> tuple[type, bool]:
    """The plain type behind an annotation, and whether it may be None."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [k for k in typing.get_args(hint) if k is not type(None)]
        return kinds[0], type(None) in typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal:
        return str, False
    return hint, False


class NamedBox(QComboBox):
    """A value that stands for something with a name, such as the digest of what was learned: the name is shown."""

    def __init__(self, about: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._about = about
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.setFixedWidth(150)
        calm(self)
        self.currentIndexChanged.connect(self._retell)
        self.offer({})

    def offer(self, names: Mapping[str, str]) -> None:
        """Say what there is: names by values. The value in hand stays."""
        value = self.currentData() or ""
        self.clear()
        self.addItem(self.tr("None"), "")
        for known, name in names.items():
            self.addItem(clean(name), known)
            self.setItemData(self.count() - 1, tip(f"{name}\n{known}"), Qt.ItemDataRole.ToolTipRole)
        self.choose(value)

    def choose(self, value: str) -> None:
        """Show a value, by the beginning of what it is where it has no name."""
        if self.findData(value) < 0:
            self.addItem(clean(value[:8]) + "…", value)
        self.setCurrentIndex(self.findData(value))
        self._retell()

    def _retell(self) -> None:
        value = self.currentData()
        self.setToolTip(tip("\n".join(filter(None, [self.currentText() if value else "", self._about, value]))))


class ParameterForm(QWidget):
    """Names on the left, fields on the right, the advanced ones folded.

    Parameters
    ----------
    params
        A parameters dataclass; see `syncline.registry.describe`.
    """

    changed = Signal()
    """The user changed a value (not `set_value`)."""

    def __init__(self, params: type[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.params = params
        self.fields: dict[str, QWidget] = {}
        self._needs: dict[str, tuple[QWidget, str, tuple[str, ...]]] = {}
        """Fields that do something only under some values of another: their words, that other, and those values."""
        self._shown: Any = params()
        self._silent = False
        plain, advanced = QGridLayout(), QGridLayout()
        for grid in (plain, advanced):
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(5)
            grid.setColumnStretch(0, 1)
        for d in describe(params):
            self._add(advanced if d.get("advanced") else plain, d)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addLayout(plain)
        self.fold: Fold | None = None
        if advanced.count():
            inside = QWidget()
            inside.setLayout(advanced)
            self.fold = Fold(self.tr("More"), inside)
            column.addWidget(self.fold)
        self.set_value(None)

    # -- value -------------------------------------------------------------------------------------

    @property
    def stops(self) -> list[QWidget]:
        """What Tab comes to, from above: the fields, those that are folded away behind the line that opens them."""
        folded = [] if self.fold is None else [w for w in self.fields.values() if self.fold.inside.isAncestorOf(w)]
        plain = [w for w in self.fields.values() if w not in folded]
        return plain if self.fold is None else [*plain, self.fold.head, *folded]

    @property
    def shown(self) -> Any:
        """The parameters object that `set_value` was given, or that was typed since."""
        return self._shown

    def value(self) -> Any:
        """The parameters object.

        Raises
        ------
        ParameterError
            A value is outside what the method accepts.
        """
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            if isinstance(field, QCheckBox):
                values[name] = field.isChecked()
            elif isinstance(field, QComboBox):
                values[name] = field.currentData()
            elif isinstance(field, NumberBox):
                # A field that nobody touched gives back exactly what it was given, not what it shows.
                before = getattr(self._shown, name)
                same = before is None or isinstance(before, (int, float))
                shown = field.number()
                close = same and before is not None and shown is not None and math.isclose(before, shown, rel_tol=1e-8)
                values[name] = before if close else shown
            elif isinstance(field, QLineEdit):
                values[name] = field.text()
        return build(self.params, values)

    def set_value(self, value: Any) -> None:
        """Show a parameters object; None shows the defaults. Does not emit `changed`."""
        self._shown = self.params() if value is None else value
        self._silent = True
        for name, field in self.fields.items():
            v = getattr(self._shown, name)
            if isinstance(field, QCheckBox):
                field.setChecked(bool(v))
            elif isinstance(field, NamedBox):
                field.choose(str(v))
            elif isinstance(field, QComboBox):
                field.setCurrentIndex(field.findData(v))
            elif isinstance(field, NumberBox):
                field.set_number(v)
            elif isinstance(field, QLineEdit) and field.text() != str(v):
                field.setText(str(v))
        self._silent = False
        self._grey()

    def _emit(self) -> None:
        if not self._silent:
            self._grey()
            self.changed.emit()

    def _grey(self) -> None:
        """Grey what does nothing under the values of other fields."""
        for name, (word, other, values) in self._needs.items():
            box = self.fields[other]
            assert isinstance(box, QComboBox)
            used = box.currentData() in values
            self.fields[name].setEnabled(used)
            word.setEnabled(used)

    def offer(self, name: str, names: Mapping[str, str]) -> None:
        """Say what there is for a parameter that stands for something with a name: names by values."""
        field = self.fields.get(name)
        if isinstance(field, NamedBox):
            self._silent = True
            field.offer(names)
            self._silent = False

    # -- building ----------------------------------------------------------------------------------

    def _add(self, grid: QGridLayout, d: dict[str, Any]) -> None:
        name, text = d["name"], d.get("label") or d["name"].replace("_", " ")
        field = self._field(d)
        field.setObjectName(f"parameter-{name}")
        field.setAccessibleName(text)
        about = d.get("help", "")
        field.setAccessibleDescription(about)
        row = grid.rowCount()
        if isinstance(field, QCheckBox):
            field.setText(literal(text))
            grid.addWidget(field, row, 0, 1, 2)
        else:
            word = Elided(text, mode=Qt.TextElideMode.ElideRight)
            word.setMinimumWidth(56)
            grid.addWidget(word, row, 0)
            grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignRight)
            if d.get("needs"):
                other, values = d["needs"]
                self._needs[name] = (word, other, values)
                title = next(o.get("label") or other for o in describe(self.params) if o["name"] == other)
                used = self.tr("Used where {field} is {values}.").format(
                    field=title, values=self.tr(" or ").join(values)
                )
                about = f"{about} {used}"
            word.setToolTip(tip(f"{text}\n{about}" if about else text))
        if about and not isinstance(field, NamedBox):
            field.setToolTip(tip(about))
        self.fields[name] = field

    def _field(self, d: dict[str, Any]) -> QWidget:
        kind, optional = _kind(d["type"])
        if kind is bool:
            box = QCheckBox()
            box.toggled.connect(self._emit)
            return box
        if d.get("choices"):
            combo = QComboBox()
            for word in d["choices"]:
                combo.addItem(str(word), word)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            combo.setMaximumWidth(150)
            combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            calm(combo)
            combo.currentIndexChanged.connect(self._emit)
            return combo
        if kind in (int, float):
            spin = NumberBox(d.get("low"), d.get("high"), whole=kind is int, optional=optional, unit=d.get("unit", ""))
            spin.setFixedWidth(96)
            spin.valueChanged.connect(self._emit)
            return spin
        if d.get("named"):
            named = NamedBox(d.get("help", ""))
            named.currentIndexChanged.connect(self._emit)
            return named
        if kind is str:
            line = QLineEdit()
            line.setMinimumWidth(96)
            line.setMaximumWidth(150)
            line.editingFinished.connect(self._text_done)
            return line
        raise TypeError(f"{self.params.__name__}.{d['name']}: no field can be drawn for {d['type']}")

    def _text_done(self) -> None:
        # `editingFinished` also fires when the focus leaves a field that nobody changed.
        line = self.sender()
        assert isinstance(line, QLineEdit)
        name = line.objectName().removeprefix("parameter-")
        if line.text() != str(getattr(self._shown, name)):
            self._emit()
            self._shown = self.value()
