"""Counts of labels and words over the pictures of a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..model.scene import Scene
from ._language import plain_label, read_caption

__all__ = ["Corpus"]


@dataclass(frozen=True, eq=False)
class Corpus:
    """In how many pictures labels and words occur, and occur together.

    Attributes
    ----------
    pictures
        All that have objects and captions.
    labels, words
        By label and by lemma.
    both
        By label and lemma.
    """

    pictures: int
    labels: Counter[str]
    words: Counter[str]
    both: Counter[tuple[str, str]]

    @classmethod
    def of(cls, scenes: Iterable[Scene]) -> Corpus:
        """Count the active objects and the phrases of `scenes`; each picture counts once for a label or word."""
        pictures, labels, words, both = 0, Counter[str](), Counter[str](), Counter[tuple[str, str]]()
        for scene in scenes:
            seen = {plain_label(o.label) for o in scene.active}
            said = {r.head for c in scene.captions for r in read_caption(c)}
            if not seen or not said:
                continue
            pictures += 1
            labels.update(seen)
            words.update(said)
            both.update((label, word) for label in seen for word in said)
        return cls(pictures, labels, words, both)
