"""What the table of actions is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP

__all__ = ["Spec", "mark"]


def mark(words: str) -> str:
    """Mark `words` for translation."""
    return cast(str, QT_TRANSLATE_NOOP("Actions", words))


@dataclass(frozen=True)
class Spec:
    """One action.

    Attributes
    ----------
    id
        What the program calls it.
    menu
        Menu it stands in; ``"View/Theme"`` is a submenu. A rule is drawn between sections of a menu.
    needs
        When it can be used: ``""`` always, else one of the words that `main_window` answers
        (``"pair"``, ``"media"``, ``"path"``, ``"anchors"``, ``"selected"``, …).
    workspace
        The only one it belongs to: elsewhere it is in no menu, and its keys may mean something else.
    """

    id: str
    menu: str
    section: int
    text: str
    keys: tuple[str, ...]
    tip: str
    icon: str = ""
    needs: str = ""
    checkable: bool = False
    group: str = ""
    workspace: str = ""
