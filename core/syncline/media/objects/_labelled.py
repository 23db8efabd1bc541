"""What every format is read into."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, cast

from ...errors import MediaError, ParameterError
from ...files import shown, storable
from ...model import Box, Caption, Grounding, Phrase, Picture, Scene, SceneObject

__all__ = ["MOST_TEXT", "Annotations", "Collector", "Labelled", "dicts", "label_of", "number_of"]

MOST_TEXT = 256 << 20
"""Bytes of a file of annotations."""
_MOST = 5_000_000
"""Objects and captions of one file."""
_FARTHEST = 1e7


@dataclass(frozen=True)
class Labelled:
    """What a file says about one picture.

    Attributes
    ----------
    name
        The picture's file, as the annotation calls it; empty if it doesn't.
    width, height
        Pixels, 0 if it doesn't say.
    objects
        With the id 0, and the entities that phrases may mean.
    captions
        With the id 0, and phrases with the id 0.
    classes
        Label by entity, where the data set names a class for what a phrase means.
    """

    name: str
    width: int = 0
    height: int = 0
    objects: tuple[SceneObject, ...] = ()
    captions: tuple[Caption, ...] = ()
    classes: dict[str, str] = field(default_factory=dict[str, str])

    def scene(self, picture: Picture, id: int = 1) -> Scene:
        """A scene of the picture with these objects, captions, and the truth that common entities say.

        Raises
        ------
        MediaError
            The picture has another size than the boxes were drawn on.
        """
        if (self.width and self.width != picture.width) or (self.height and self.height != picture.height):
            raise MediaError(
                f"“{shown(picture.path)}” has {picture.width} × {picture.height} pixels, but its boxes were drawn on "
                f"{self.width} × {self.height}; take the picture they belong to."
            )
        objects = [replace(o, box=o.box.clipped(picture.width, picture.height)) for o in self.objects]
        scene = Scene(id, picture).with_objects(o for o in objects if o.box.area > 0).with_captions(self.captions)
        boxes: dict[str, list[Box]] = {}
        for o in scene.objects:
            for entity in o.entities:
                boxes.setdefault(entity, []).append(o.box)
        truth = (
            Grounding(p.id, tuple(boxes.get(p.entity, ())), self.classes.get(p.entity, ""))
            for p in scene.phrases
            if p.entity
        )
        return replace(scene, truth=tuple(truth) if boxes else ())


@dataclass(frozen=True)
class Annotations:
    """What a file says about all its pictures, in its order; `notes` are sentences that the user should see."""

    pictures: tuple[Labelled, ...]
    notes: tuple[str, ...] = ()

    def of(self, name: str | Path) -> Labelled | None:
        """What is said about a picture file, known by its name without folder (or the ending, if that is missing).

        A file about one picture that it doesn't name is about any.
        """
        wanted = Path(name).name
        for item in self.pictures:
            known = PurePosixPath(item.name.replace("\\", "/")).name
            if known in (wanted, Path(wanted).stem) or (known and Path(known).stem == wanted):
                return item
        return self.pictures[0] if len(self.pictures) == 1 and not self.pictures[0].name else None

    def noting(self, notes: Iterable[str]) -> Annotations:
        """The same with further notes before its own."""
        return replace(self, notes=(*notes, *self.notes))


class Collector:
    """Gathers objects and captions by picture, leaving out what is no box and counting it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.objects: dict[str, list[SceneObject]] = {}
        self.captions: dict[str, list[Caption]] = {}
        self.classes: dict[str, dict[str, str]] = {}
        self.sizes: dict[str, tuple[int, int]] = {}
        self.unfit = 0
        """Phrases left out because they do not fit their caption."""
        self._left_out = 0
        self._count = 0

    def picture(self, name: str, width: Any = 0, height: Any = 0) -> None:
        """Announce a picture; sizes that are none count as unknown."""
        sides = [int(v) if isinstance(v, (int, float)) and 0 < v < _FARTHEST else 0 for v in (width, height)]
        if name not in self.sizes or all(sides):
            self.sizes[name] = (sides[0], sides[1])

    def box(
        self,
        name: str,
        label: str,
        corners: Sequence[float],
        score: float | None = None,
        entities: tuple[str, ...] = (),
    ) -> None:
        """Add an object with the corners x0, y0, x1, y1; without area, beyond sense or no numbers: left out."""
        self.sizes.setdefault(name, (0, 0))
        self._room()
        sound = len(corners) == 4 and all(math.isfinite(v) and abs(v) <= _FARTHEST for v in corners)
        if not sound or corners[2] <= corners[0] or corners[3] <= corners[1]:
            self._left_out += 1
            return
        if score is not None and not 0 <= score <= 1:
            score = None
        box = Box(*map(float, corners))
        self.objects.setdefault(name, []).append(SceneObject(0, label, box, score, "imported", entities))

    def marked(self, name: str, text: str, phrases: Iterable[Phrase]) -> None:
        """Add a caption with those phrases that fit it."""
        caption = Caption(0, text)
        for phrase in phrases:
            try:
                caption = caption.with_phrases((*caption.phrases, phrase))
            except ParameterError:
                self.unfit += 1
        self.caption(name, caption)

    def caption(self, name: str, caption: Caption) -> None:
        """Add a caption that is not empty."""
        self.sizes.setdefault(name, (0, 0))
        self._room()
        if caption.text.strip():
            self.captions.setdefault(name, []).append(caption)

    def done(self, *notes: str) -> Annotations:
        """Everything gathered.

        Raises
        ------
        MediaError
            That is nothing.
        """
        if not self.objects and not self.captions:
            raise MediaError(f"“{shown(self.path)}” holds no boxes and no captions; choose another file.")
        if self._left_out:
            notes = (*notes, f"{self._left_out} boxes of “{shown(self.path)}” have no area or no numbers; left out.")
        if self.unfit:
            notes = (*notes, f"{self.unfit} phrases of “{shown(self.path)}” do not fit their captions; left out.")
        pictures = (
            Labelled(
                name,
                *size,
                tuple(self.objects.get(name, ())),
                tuple(self.captions.get(name, ())),
                self.classes.get(name, {}),
            )
            for name, size in self.sizes.items()
        )
        return Annotations(tuple(pictures), notes)

    def _room(self) -> None:
        self._count += 1
        if self._count > _MOST:
            raise MediaError(f"“{shown(self.path)}” holds more than {_MOST} boxes and captions; split it.")


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects with named fields of a JSON list; nothing for anything else."""
    return (
        [cast("dict[str, Any]", v) for v in cast("list[Any]", value) if isinstance(v, dict)]
        if isinstance(value, list)
        else []
    )


def label_of(value: Any) -> str:
    """Text on one line, at most 200 letters."""
    return " ".join(storable(str(value)).split())[:200]


def number_of(value: Any) -> float:
    """A number from JSON or text, NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan
