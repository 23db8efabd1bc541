"""What is selected or under the mouse in the Match workspace: an object, a phrase, or the link between two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from syncline.model import Scene

__all__ = ["Pick"]


@dataclass(frozen=True)
class Pick:
    """An object, a phrase, or a pair of both; nothing at all is told as None, never as an empty one.

    A pair need not be linked: a cell of the matrix is one too.

    Attributes
    ----------
    object, phrase
        Their ids in the scene in hand; None where it is the other alone.
    """

    object: int | None = None
    phrase: int | None = None

    @property
    def kind(self) -> Literal["object", "phrase", "link"]:
        """What it is."""
        if self.object is None:
            return "phrase"
        return "object" if self.phrase is None else "link"

    @property
    def pair(self) -> tuple[int, int] | None:
        """Ids of the object and the phrase if it is both."""
        return None if self.object is None or self.phrase is None else (self.object, self.phrase)

    def within(self, scene: Scene) -> bool:
        """True if everything it names is in `scene`."""
        return (self.object is None or scene.object(self.object) is not None) and (
            self.phrase is None or scene.phrase(self.phrase) is not None
        )

    def touches(self, pairs: Iterable[tuple[int, int]]) -> tuple[set[int], set[int], set[tuple[int, int]]]:
        """What stays lit while this is hovered: objects, phrases and those of `pairs` that go with it."""
        if self.pair is not None:
            return {self.pair[0]}, {self.pair[1]}, {self.pair}
        lit = {p for p in pairs if self.object == p[0] or self.phrase == p[1]}
        objects, phrases = {a for a, _ in lit}, {b for _, b in lit}
        if self.object is not None:
            objects.add(self.object)
        if self.phrase is not None:
            phrases.add(self.phrase)
        return objects, phrases, lit
