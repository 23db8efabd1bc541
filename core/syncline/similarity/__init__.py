"""Similarity: what can be said about an object and a phrase being the same thing, one source a file.

A member is a function ``measure(job: SimilarityJob, params, monitor: Monitor) -> Answer``. Its values lie in 0..1:
1 is a perfect pair, 0 an impossible one. Sources that can only speak for or against a pair (attributes, nearness,
association) put ½ where they have nothing to say, so that a weighted mean with others is moved by what they say
alone; a source with nothing to say about any pair answers None and is left out of the mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.scene import F64, Caption, Phrase, Scene, SceneObject, box_array
from ..progress import Monitor
from ..registry import Registry
from ._corpus import Corpus
from ._language import Reading, plain_label, read_caption

__all__ = ["REGISTRY", "Answer", "Corpus", "SimilarityJob", "Source", "register"]


@dataclass(frozen=True, eq=False)
class SimilarityJob:
    """What a source is asked: all active objects of a scene against the phrases of all its captions.

    Attributes
    ----------
    scene
        With its picture's size.
    pixels
        Gives the picture, uint8 (h, w, 3) BGR, as it is seen, or None where it can't be had; called only if needed.
    corpus
        Counts over the project's captions, None if there are none.
    """

    scene: Scene
    pixels: Callable[[], NDArray[np.uint8] | None] = field(default=lambda: None)
    corpus: Corpus | None = None

    @cached_property
    def objects(self) -> tuple[SceneObject, ...]:
        """Rows."""
        return self.scene.active

    @cached_property
    def phrases(self) -> tuple[tuple[Caption, Phrase], ...]:
        """Columns."""
        return tuple((c, p) for c in self.scene.captions for p in c.phrases)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """What each phrase says, by columns."""
        return tuple(r for c in self.scene.captions for r in read_caption(c))

    @cached_property
    def boxes(self) -> F64:
        """float64 (n, 4) in pixels, within the picture."""
        width, height = self.scene.picture.width, self.scene.picture.height
        return box_array(o.box.clipped(width, height) for o in self.objects)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels as one would say them."""
        return tuple(plain_label(o.label) for o in self.objects)

    @cached_property
    def part_of(self) -> NDArray[np.intp]:
        """Row of the surer and larger detection of the same label that each lies in, its own if in none: intp (n,).

        Detectors also find the head of a dog: it is not a smaller dog.
        """
        boxes, n = self.boxes, len(self.objects)
        areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        shared = np.prod(np.clip(high - low, 0.0, None), axis=2)
        scores = np.array([np.nan if o.score is None else o.score for o in self.objects])
        labels = np.array(self.labels)
        inside = (shared >= _INSIDE * areas[:, None]) & (areas[:, None] < 0.5 * areas) & (scores[:, None] < scores)
        inside &= labels[:, None] == labels
        outer = np.where(inside, areas, -1.0).argmax(1) if n else np.arange(0)
        return np.where(inside.any(1), outer, np.arange(n)).astype(np.intp)

    @property
    def shape(self) -> tuple[int, int]:
        """Objects n and phrases m."""
        return len(self.objects), len(self.phrases)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a source says.

    Attributes
    ----------
    values
        float64 (n, m) in 0..1, or None if it has nothing to say about this scene. −∞ forbids a pair.
    note
        A sentence to show, such as that another source had to stand in; empty if there is nothing to say.
    name
        Who really answered, if not the source that was asked.
    level
        Values above speak for a link, values below against it.
    """

    values: F64 | None
    note: str = ""
    name: str = ""
    level: float = 0.5


_INSIDE = 0.85
"""Of a box within another one, from which on it may be a part of it."""

Source = Callable[[SimilarityJob, Any, Monitor], Answer]

REGISTRY: Registry[Source] = Registry("syncline.similarity", "syncline.similarities", "similarity source")
register = REGISTRY.register
