"""What was found about a scene: similarities, links, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .links import Link, Matching, Similarity
from .scene import Caption, Scene

__all__ = ["CaptionMatch", "MatchErrors", "MatchRecipe", "SceneMatch", "SimilarityTerm"]


@dataclass(frozen=True)
class SimilarityTerm:
    """One source of a similarity.

    Attributes
    ----------
    params
        A parameters object of the source, a mapping of what to set, or None for its defaults.
    """

    name: str
    weight: float = 1.0
    params: Any = None


@dataclass(frozen=True)
class MatchRecipe:
    """How objects and phrases are matched.

    Attributes
    ----------
    terms
        Sources of the similarity; none takes those that suit most pictures.
    method, params
        A match solver, and its parameters as of a term.
    threshold
        Similarity from which a pair is a link rather than left alone; None takes the weighted mean of the levels from
        which each source speaks for a pair. −∞: everybody must be matched as far as the other side reaches.
    masses
        What objects weigh in transport: ``"uniform"``, by ``"confidence"`` or by ``"area"``; phrases all weigh 1.
    own_masses
        By id of an object or phrase, instead.
    """

    terms: tuple[SimilarityTerm, ...] = ()
    method: str = "assignment"
    params: Any = None
    threshold: float | None = None
    masses: str = "uniform"
    own_masses: Mapping[int, float] = field(default_factory=dict[int, float])


@dataclass(frozen=True, eq=False)
class CaptionMatch:
    """The links of one caption, which by itself is about the whole picture.

    Attributes
    ----------
    caption
        Its id.
    similarity
        All active objects (rows) × the phrases of this caption (columns), by their ids.
    matching
        Rows and columns of `similarity`.
    asked
        What the solver was really asked: a phrase that means several objects has as many columns, mentions of the
        same thing share one. The Explain dock steps through it.
    answer
        What it answered to that.
    columns
        For each column of `asked` the columns of `similarity` that it stands for.
    """

    caption: int
    similarity: Similarity
    matching: Matching
    asked: Any
    answer: Matching
    columns: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class MatchErrors:
    """Links against the truth (ALGORITHMS 9).

    A link is right if its box overlaps any box of the phrase's truth by an IoU of `iou`; a phrase is found if one of
    its links is right.

    Attributes
    ----------
    phrases
        That have a truth, and were judged.
    links
        Of these phrases.
    right, found
        Links that are right, phrases that are found.
    precision, recall, f1
        right / links, found / phrases, harmonic mean; 0 where undefined.
    aer
        Alignment error rate: 1 − (|A∩S| + |A∩P|) / (|A| + |S|); sure (S) are phrases with one box, possible (P) all.
    """

    phrases: int
    links: int
    right: int
    found: int
    sure: int
    right_sure: int
    iou: float = 0.5

    @property
    def precision(self) -> float:
        """Share of the links that are right."""
        return self.right / self.links if self.links else 0.0

    @property
    def recall(self) -> float:
        """Share of the phrases that are found."""
        return self.found / self.phrases if self.phrases else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def aer(self) -> float:
        """Alignment error rate (Och & Ney 2003), 0 best."""
        size = self.links + self.sure
        return 1 - (self.right_sure + self.right) / size if size else 0.0

    def __add__(self, other: MatchErrors) -> MatchErrors:
        """Both together, every phrase counting alike."""
        names = ("phrases", "links", "right", "found", "sure", "right_sure")
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, eq=False)
class SceneMatch:
    """A scene with its links.

    Attributes
    ----------
    recipe
        With nothing left open.
    similarity
        All active objects × the phrases of all captions, by their ids.
    captions
        One for each caption of the scene, in order.
    threshold
        Similarity from which a pair is a link rather than left alone.
    levels
        For each part of the similarity by name: values above speak for a link.
    notes
        Sentences to show.
    seconds
        The solver took, the similarity known.
    errors
        If the scene has a truth.
    """

    scene: Scene
    recipe: MatchRecipe
    similarity: Similarity
    captions: tuple[CaptionMatch, ...]
    threshold: float
    levels: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    errors: MatchErrors | None = None

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Of all captions, by captions."""
        return tuple(link for c in self.captions for link in c.matching.links)

    def of(self, caption: Caption) -> CaptionMatch:
        """The links of a caption of the scene.

        Raises
        ------
        KeyError
            It is no caption of the scene.
        """
        return next(c for c in self.captions if c.caption == caption.id)
