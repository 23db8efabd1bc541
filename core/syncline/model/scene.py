"""A scene: a picture, the objects in it, its captions with the phrases to be matched, and what the user knows.

Boxes are in pixels of the picture as it is seen (its orientation applied): x to the right, y down, the outer corner of
the first pixel at (0, 0) and of the last one at (width, height). Places in a caption are offsets in characters (code
points) of its text, end excluded. Objects, captions and phrases of a scene draw their ids from one counter, which never
gives one twice, so that links and selections survive edits; `constraints` pairs (id of an object, id of a phrase).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from .links import LinkConstraints
from .outline import Outline

__all__ = [
    "Box",
    "Caption",
    "Grounding",
    "Origin",
    "Phrase",
    "Picture",
    "Scene",
    "SceneObject",
    "Span",
    "Token",
    "box_array",
    "overlaps",
]

F64 = NDArray[np.float64]
Span = tuple[int, int]
"""Start and end in a caption, in characters, end excluded."""
Origin = Literal["detected", "drawn", "imported", "region"]


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels: x0 ≤ x1, y0 ≤ y1, finite; it may reach beyond the picture.

    Raises
    ------
    ParameterError
        A corner is no finite number, or the corners are in the wrong order.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self.corners)):
            raise ParameterError(f"A box has the corners {self.corners}; they must be finite numbers.")
        if self.x0 > self.x1 or self.y0 > self.y1:
            raise ParameterError(f"A box has the corners {self.corners}; left and top must come first.")

    @classmethod
    def between(cls, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Take any two opposite corners, as a hand that draws leaves them."""
        return cls(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1."""
        return self.x0, self.y0, self.x1, self.y1

    @property
    def width(self) -> float:
        """Pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Pixels."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """x, y."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def iou(self, other: Box) -> float:
        """Area of the intersection over area of the union, 0..1; 0 where both are empty."""
        return float(overlaps(box_array([self]), box_array([other]))[0, 0])

    def clipped(self, width: float, height: float) -> Box:
        """The part within a picture of that size; empty, at its edge, if there is none."""
        x0, x1 = (min(max(x, 0.0), width) for x in (self.x0, self.x1))
        y0, y1 = (min(max(y, 0.0), height) for y in (self.y0, self.y1))
        return Box(x0, y0, x1, y1)


def box_array(boxes: Iterable[Box]) -> F64:
    """float64 (n, 4): x0, y0, x1, y1 in pixels."""
    return np.array([b.corners for b in boxes], np.float64).reshape(-1, 4)


def overlaps(a: F64, b: F64) -> F64:
    """Intersection over union of every box of `a` (n, 4) with every one of `b` (m, 4): float64 (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=2)
    areas_a, areas_b = (np.prod(x[:, 2:] - x[:, :2], axis=1) for x in (a, b))
    union = areas_a[:, None] + areas_b[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


@dataclass(frozen=True)
class SceneObject:
    """Something in the picture.

    Attributes
    ----------
    id
        Unique in its scene; 0 until `Scene.with_objects` gives one.
    score
        The detector's, 0..1; None where nobody said how sure they are.
    entities
        Names of what it is in the data set it was imported from; a phrase of the same `entity` means it.
    outline
        The shape that fills `box`; None where only the box is known.
    """

    id: int
    label: str
    box: Box
    score: float | None = None
    origin: Origin = "drawn"
    entities: tuple[str, ...] = ()
    outline: Outline | None = None


@dataclass(frozen=True)
class Token:
    """A word or mark of a caption: ``caption.text[start:end]`` is `text`."""

    start: int
    end: int
    text: str

    @property
    def span(self) -> Span:
        """Start and end."""
        return self.start, self.end


@dataclass(frozen=True)
class Phrase:
    """A stretch of a caption that may be matched; a single word is a phrase of one word.

    Attributes
    ----------
    id
        Unique in its scene; 0 until `Scene` gives one.
    kind
        As the data set has it, such as ``"people"`` or ``"people/animals"``; empty if nobody said.
    entity
        Number or name of what is meant, as the data set has it; phrases of the same entity mean the same.
    """

    id: int
    start: int
    end: int
    kind: str = ""
    entity: str = ""

    @property
    def span(self) -> Span:
        """Start and end."""
        return self.start, self.end


@dataclass(frozen=True)
class Caption:
    """A sentence about a picture.

    Attributes
    ----------
    phrases
        Ascending, never overlapping.
    stop
        Spans of the words that count for nothing: they belong to no phrase by themselves, and one that contains
        them is compared without them.

    Raises
    ------
    ParameterError
        A phrase is empty, reaches beyond the text, or overlaps another.
    """

    id: int
    text: str
    phrases: tuple[Phrase, ...] = ()
    stop: frozenset[Span] = frozenset()

    def __post_init__(self) -> None:
        last = 0
        for p in self.phrases:
            if not 0 <= p.start < p.end <= len(self.text):
                raise ParameterError(f"The phrase {p.span} does not lie within a caption of {len(self.text)} letters.")
            if p.start < last:
                raise ParameterError(f"The phrase “{self.of(p)}” overlaps the one before it.")
            last = p.end

    def of(self, part: Phrase | Token) -> str:
        """The text of a phrase or token."""
        return self.text[part.start : part.end]

    def at(self, offset: int) -> Phrase | None:
        """The phrase that holds the character at `offset`, or None."""
        return next((p for p in self.phrases if p.start <= offset < p.end), None)

    def find(self, id: int) -> Phrase | None:
        """The phrase with that id, or None."""
        return next((p for p in self.phrases if p.id == id), None)

    def with_phrases(self, phrases: Iterable[Phrase]) -> Caption:
        """The same caption with other phrases, in any order."""
        return replace(self, phrases=tuple(sorted(phrases, key=lambda p: p.span)))


@dataclass(frozen=True)
class Picture:
    """What a picture file, or one frame of a video, is.

    Attributes
    ----------
    digest
        BLAKE2b of the file's content, hex.
    width, height
        Pixels, after the orientation of its EXIF data, or the video's display matrix, was applied.
    size, mtime_ns
        Of the file, to notice that it was changed.
    frame
        Index of the frame in a video; None for a picture file.
    notes
        Sentences the user should see, such as that of many pages only the first is read.
    time
        Seconds of the frame on the video's clock, where that is known.
    """

    path: Path
    digest: str
    width: int
    height: int
    size: int = 0
    mtime_ns: int = 0
    frame: int | None = None
    notes: tuple[str, ...] = ()
    time: float | None = None

    @property
    def name(self) -> str:
        """What it is called: ``dogs.jpg``, ``clip.mp4 @ 00:03.200``, or ``clip.mp4 @ frame 80`` without a time."""
        if self.frame is None:
            return self.path.name
        if self.time is None:
            return f"{self.path.name} @ frame {self.frame}"
        minutes, ms = divmod(round(self.time * 1000), 60_000)
        hours, minutes = divmod(minutes, 60)
        clock = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
        return f"{self.path.name} @ {clock}:{ms // 1000:02d}.{ms % 1000:03d}"


@dataclass(frozen=True)
class Grounding:
    """The truth about a phrase: the boxes that it means, any of which counts; none if it shows nowhere.

    Attributes
    ----------
    phrase
        Its id.
    label
        The class of what it means, where the data set names one.
    """

    phrase: int
    boxes: tuple[Box, ...]
    label: str = ""


@dataclass(frozen=True)
class Scene:
    """A picture with its objects, captions and what the user knows about their links.

    Attributes
    ----------
    id
        Unique in the project.
    objects
        All of them, also the detections below `threshold`: the slider acts without detecting again.
    threshold
        Detections of a lower score are not `active`.
    checked
        A person has confirmed the links.
    truth
        What a data set says, for judging; matching never looks at it.
    next_id
        What the next object, caption or phrase is given.

    Raises
    ------
    ParameterError
        An id occurs twice or is not below `next_id`.
    """

    id: int
    picture: Picture
    objects: tuple[SceneObject, ...] = ()
    captions: tuple[Caption, ...] = ()
    constraints: LinkConstraints = field(default_factory=LinkConstraints)
    threshold: float = 0.4
    checked: bool = False
    truth: tuple[Grounding, ...] = ()
    next_id: int = 1

    def __post_init__(self) -> None:
        ids = [x.id for x in (*self.objects, *self.captions, *self.phrases)]
        if len(set(ids)) < len(ids) or not all(0 < k < self.next_id for k in ids):
            raise ParameterError("Objects, captions and phrases of a scene need an id each, below the next one given.")

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """Those of all captions, in order."""
        return tuple(p for c in self.captions for p in c.phrases)

    @cached_property
    def active(self) -> tuple[SceneObject, ...]:
        """The objects that are shown and matched: all but detections below the threshold that no lock holds."""
        held = {a for a, _ in self.constraints.locked}
        return tuple(
            o
            for o in self.objects
            if o.origin != "detected" or o.score is None or o.score >= self.threshold or o.id in held
        )

    def object(self, id: int) -> SceneObject | None:
        """The object with that id, or None."""
        return next((o for o in self.objects if o.id == id), None)

    def caption(self, id: int) -> Caption | None:
        """The caption with that id, or None."""
        return next((c for c in self.captions if c.id == id), None)

    def phrase(self, id: int) -> tuple[Caption, Phrase] | None:
        """The phrase with that id and the caption it is in, or None."""
        return next(((c, p) for c in self.captions for p in c.phrases if p.id == id), None)

    def phrase_text(self, id: int) -> str:
        """The words of the phrase with that id.

        Raises
        ------
        ParameterError
            There is none.
        """
        found = self.phrase(id)
        if found is None:
            raise ParameterError(f"There is no phrase number {id}.")
        return found[0].of(found[1])

    def with_objects(self, objects: Iterable[SceneObject]) -> Scene:
        """These objects instead of those there were; those with the id 0 are given one, in order."""
        given, next_id = _numbered(list(objects), self.next_id)
        return replace(self, objects=tuple(given), next_id=next_id)

    def with_object(self, object: SceneObject) -> Scene:
        """One object changed (known by its id), or added if its id is 0."""
        others = [object if o.id == object.id else o for o in self.objects]
        return self.with_objects(others if object in others else [*others, object])

    def with_captions(self, captions: Iterable[Caption]) -> Scene:
        """These captions instead of those there were; captions and phrases with the id 0 are given one, in order."""
        given, next_id = _numbered(list(captions), self.next_id)
        done: list[Caption] = []
        for caption in given:
            phrases, next_id = _numbered(caption.phrases, next_id)
            done.append(replace(caption, phrases=tuple(phrases)))
        return replace(self, captions=tuple(done), next_id=next_id)

    def with_caption(self, caption: Caption) -> Scene:
        """One caption changed (known by its id), or added if its id is 0."""
        others = [caption if c.id == caption.id else c for c in self.captions]
        return self.with_captions(others if caption in others else [*others, caption])


_Numbered = TypeVar("_Numbered", SceneObject, Caption, Phrase)


def _numbered(items: Sequence[_Numbered], next_id: int) -> tuple[list[_Numbered], int]:
    done: list[_Numbered] = []
    for item in items:
        if item.id == 0:
            item, next_id = replace(item, id=next_id), next_id + 1
        done.append(item)
    return done, next_id
