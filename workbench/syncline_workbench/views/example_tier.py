"""Which tier of one's own holds the examples, and what to do where there is none yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from syncline.edits.pieces import example_tier
from syncline.errors import ParameterError
from syncline.model.segments import Tier

from .parameters import calm
from .plain import button, heading, label, literal

__all__ = ["ExampleTier"]


class ExampleTier(QWidget):
    """A list of own tiers and a sentence.

    Signals: `chosen(str)`, the name of a tier, empty for the one that suits; `tier_requested()`.
    """

    chosen = Signal(str)
    tier_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QComboBox()
        self.box.setAccessibleName(self.tr("Examples in"))
        self.box.setMaximumWidth(200)
        calm(self.box)
        self.box.activated.connect(lambda _index: self.chosen.emit(self.box.currentData()))
        self.said = label("", "muted")
        self.said.setWordWrap(True)
        self.add = button(self.tr("Add tier…"))
        self.add.clicked.connect(self.tier_requested)
        head = QHBoxLayout()
        head.addWidget(heading(self.tr("Examples in")))
        head.addStretch(1)
        head.addWidget(self.box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.said)
        column.addWidget(self.add)

    def show_tiers(self, own: Sequence[Tier], name: str) -> None:
        """Offer the own tiers of a recording, of which `name` is chosen."""
        lasting = [t for t in own if not t.points]
        names = [t.name for t in lasting]
        offered = ["", *names, *([name] if name and name not in names else [])]
        try:
            tier = example_tier(own, name)
        except ParameterError as error:
            sentence = str(error)
        else:
            # Where nothing is named yet, the newest tier is what it is about.
            sentence = self._sentence(tier or (lasting[-1] if lasting else None))
        suited = example_tier(own)
        automatic = self.tr("Automatic")
        titles = [automatic if suited is None else f"{automatic} ({suited.name})", *offered[1:]]
        self.box.clear()
        for data, title in zip(offered, titles, strict=True):
            self.box.addItem(literal(title), data)
        self.box.setCurrentIndex(offered.index(name))
        self.box.setEnabled(len(offered) > 1)
        self.said.setText(sentence)
        self.add.setVisible(not lasting)

    def _sentence(self, tier: Tier | None) -> str:
        named = [s for s in tier.segments if s.label.strip()] if tier is not None else []
        if tier is not None and named:
            kinds = len({s.label for s in named})
            words = self.tr("%1 examples of %2 kinds; Segment names the rest, and leaves these as they are.")
            return words.replace("%1", str(len(named))).replace("%2", str(kinds))
        if tier is not None:
            words = self.tr("Draw a piece of each kind in “%1” and name it: drag in the empty tier, then type.")
            return words.replace("%1", tier.name)
        return self.tr("Add a tier of your own, drag in it to draw a piece of each kind, and type what it is called.")
