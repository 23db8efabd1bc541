"""What the program is, its version, its licence, and what it is built with."""

from __future__ import annotations

import importlib.metadata
import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

import syncline

from ..theme import pixmap
from ..views.plain import heading, label
from .sheet import Sheet

__all__ = ["AboutDialog", "versions"]

_PARTS = (
    "PySide6-Essentials",
    "numpy",
    "scipy",
    "numba",
    "av",
    "opencv-python-headless",
    "librosa",
    "soundfile",
    "h5py",
)


def versions() -> list[tuple[str, str]]:
    """Names and versions of what is installed of our main parts."""
    found = [("Python", platform.python_version()), ("Qt", qVersion())]
    for part in _PARTS:
        try:
            found.append((part, importlib.metadata.version(part)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


class AboutDialog(Sheet):
    """Name, version, licence, parts; the versions can be copied into a report."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("About Syncline"), parent)
        sign = QLabel()
        sign.setPixmap(pixmap("syncline", "#ffffff", 72, max(self.devicePixelRatioF(), 2.0)))
        sign.setFixedSize(72, 72)
        name = label("Syncline", "title")
        version = label(self.tr("Version {version}").format(version=syncline.__version__), "muted")
        version.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(name)
        words.addWidget(version)
        words.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(sign)
        top.addLayout(words, 1)
        self.body.addLayout(top)
        purpose = label(
            self.tr("See how two recordings align, take the warping path in hand, correct it, and export the result.")
        )
        purpose.setWordWrap(True)
        self.body.addWidget(purpose)
        licence = label(
            self.tr(
                "Free software under the MIT licence, without any warranty. "
                "The icons are from Lucide, under the ISC licence. "
                "Qt is used under the LGPL, version 3."
            ),
            "muted",
        )
        licence.setWordWrap(True)
        self.body.addWidget(licence)
        self.body.addSpacing(4)
        self.body.addWidget(heading(self.tr("Built with")))
        grid = QGridLayout()
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(24)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(2, 1)
        parts = versions()
        half = (len(parts) + 1) // 2
        for k, (part, number) in enumerate(parts):
            row, column = k % half, 2 * (k // half)
            grid.addWidget(label(part, "muted"), row, column)
            figure = label(number, "muted")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(figure, row, column + 1)
        self.body.addLayout(grid)
        self.body.addStretch(1)
        copy = self.add_button(self.tr("Copy versions"))
        copy.clicked.connect(self._copy)
        self.foot.addStretch(1)
        self.add_button(self.tr("Close"), "primary").clicked.connect(self.accept)
        self.setMinimumWidth(480)

    def _copy(self) -> None:
        lines = [f"Syncline {syncline.__version__}", platform.platform(), *(f"{n} {v}" for n, v in versions())]
        QGuiApplication.clipboard().setText("\n".join(lines))
