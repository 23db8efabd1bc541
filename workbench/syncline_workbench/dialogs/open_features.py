"""Opening a file that holds several arrays, or no times: which array, and how many rows a second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QWidget

from ..views.parameters import NumberBox
from ..views.plain import Elided, Notice, heading, label, tip
from ..views.rows import Row, RowList
from .sheet import Sheet

__all__ = ["OpenFeaturesDialog"]


class OpenFeaturesDialog(Sheet):
    """Asks for the array to compare by and its rate.

    Parameters
    ----------
    path
        The file.
    keys
        Names of its arrays with their shapes, as `syncline.media.list_keys` finds them; empty for a file of one.
    rate
        What is known already, Hz; None: as the file says.
    """

    def __init__(
        self,
        path: str | Path,
        keys: Sequence[tuple[str, tuple[int, ...]]],
        rate: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self.tr("Open features"), parent)
        self._key: str | None = None
        name = Elided(Path(path).name, "title")
        name.setToolTip(tip(str(path)))
        self.body.addWidget(name)
        self._shapes = dict(keys)
        self.list = RowList(self)
        self.list.setAccessibleName(self.tr("Arrays"))
        self.list.chosen.connect(self.choose)
        self.list.itemDoubleClicked.connect(self._double_clicked)
        self._heading = heading(self.tr("Array to compare by"))
        self.body.addWidget(self._heading)
        self.body.addWidget(self.list, 1)
        self.trouble = Notice("warn")
        self.body.addWidget(self.trouble)
        self.rate_box = NumberBox(1e-6, 1e7, optional=True, unit="Hz", absent=self.tr("as in the file"))
        self.rate_box.setFixedWidth(150)
        self.rate_box.set_number(rate)
        self.rate_box.setAccessibleName(self.tr("Rows a second"))
        words = label(self.tr("Rows a second"))
        words.setToolTip(tip(self.tr("For a file without times; empty: as the file says")))
        row = QHBoxLayout()
        row.addWidget(words)
        row.addStretch(1)
        row.addWidget(self.rate_box)
        self.body.addLayout(row)
        self.foot.addStretch(1)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.open_button = self.add_button(self.tr("Open"), "primary")
        self.open_button.clicked.connect(self.accept)
        self.resize(440, 380)
        self._heading.setVisible(bool(keys))
        self.list.setVisible(bool(keys))
        best = max((k for k, s in keys if self._fits(s)), key=lambda k: self._weight(self._shapes[k]), default=None)
        self.choose(best)

    def key(self) -> str | None:
        """The chosen array, None for a file of one."""
        return self._key

    def rate(self) -> float | None:
        """Rows a second, None: as the file says."""
        number = self.rate_box.number()
        return None if number is None else float(number)

    def choose(self, key: str | None) -> None:
        """Choose an array; one that is no sequence stays unchosen and says why."""
        shape = self._shapes.get(key) if key is not None else None
        self.trouble.say("")
        if key is not None and shape is not None and not self._fits(shape):
            self.trouble.say(
                self.tr("“{name}” has {n} dimensions; a sequence has rows and channels.").format(name=key, n=len(shape))
            )
        else:
            self._key = key
        rows = [
            Row(
                key=k, text=k, figure=" × ".join(map(str, s)) or self.tr("single value"), muted=not self._fits(s), tip=k
            )
            for k, s in self._shapes.items()
        ]
        self.list.set_rows(rows, self._key)
        self.open_button.setEnabled(self._key is not None or not self._shapes)
        if self._shapes and self._key is None and not self.trouble.sentence():
            self.trouble.say(self.tr("No array in this file is a sequence of rows; open another file."))

    @staticmethod
    def _fits(shape: tuple[int, ...]) -> bool:
        return len(shape) in (1, 2) and all(n > 0 for n in shape)

    @staticmethod
    def _weight(shape: tuple[int, ...]) -> int:
        size = 1
        for n in shape:
            size *= n
        return size

    def _double_clicked(self) -> None:
        if self.open_button.isEnabled() and not self.trouble.sentence():
            self.accept()
