"""What a picture shows of the words for colour, size and position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..colours import BASIC
from ..model.scene import F64
from ..progress import Monitor
from ..registry import switch
from . import Answer, SimilarityJob, register
from ._language import COLOURS, Reading
from ._paint import Paint

__all__ = ["AttributesParams", "measure"]

_LEAST_SHARE = 0.02
"""Of a box: less of a colour than this is chance."""
_SUREST = 0.95


@dataclass(frozen=True)
class AttributesParams:
    """Parameters of `measure`."""

    colour: bool = switch(True, "Colour", "Colour words against the colours within the box.")
    size: bool = switch(True, "Size", "“small”, “tall”, … against the boxes of things with the same label.")
    position: bool = switch(True, "Position", "“left”, “top”, “in the background”, … against where the box is.")


@register("attributes", "Colour, size, position", AttributesParams)
def measure(job: SimilarityJob, params: AttributesParams, monitor: Monitor) -> Answer:
    """How well the box bears out the phrase's words for colour, size and position; ½ where there are none.

    Colour: f / (f + g) with f the colour's share of the box (of what its outline holds, if it has one) and g that of
    the whole picture; several colours average.
    A phrase without colours has those of what it wears or is with (“a boy in a blue hoodie”). Size and position: the
    rank among things with the same label; a single one has its place in the picture, and no size. Several kinds of
    words count as independent evidence (odds multiply). Children are told by their height, corrected for how far away
    they stand.

    References
    ----------
    D. Hoiem, A. A. Efros & M. Hebert 2006, CVPR (size and place of things on the ground).
    """
    monitor.check()
    readings = job.readings
    odds = np.zeros(job.shape)
    groups = _groups(job)
    colours = params.colour and any(r.colours for r in readings)
    pixels = job.pixels() if colours else None
    shares, whole = (None, None) if pixels is None else _shares(pixels, job)
    said = False
    for j, reading in enumerate(readings):
        found: list[F64] = []
        if params.colour and shares is not None and whole is not None and reading.colours:
            found.append(_coloured(reading.colours, shares, whole))
        if params.size:
            found += _sized(reading, job, groups)
        if params.position:
            found += [_placed(word, job, groups) for word in reading.places]
        for values in found:
            said = True
            values = np.clip(values, 1 - _SUREST, _SUREST)
            odds[:, j] += np.log(values / (1 - values))
    note = "The picture can't be read: colour words were not compared." if colours and pixels is None else ""
    return Answer(1 / (1 + np.exp(-odds)) if said else None, note)


@lru_cache(maxsize=4)
def _paint(key: _ByIdentity) -> Paint:
    return Paint(key.pixels)


class _ByIdentity:
    """Hashes a picture by being the same array, which it keeps alive."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels

    def __hash__(self) -> int:
        return id(self.pixels)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.pixels is self.pixels


def _shares(pixels: NDArray[np.uint8], job: SimilarityJob) -> tuple[F64, F64]:
    paint = _paint(_ByIdentity(pixels))
    shares = paint.shares(job.boxes)
    for k, thing in enumerate(job.objects):
        own = None if thing.outline is None else paint.share_within(thing.outline)
        if own is not None:
            shares[k] = own
    return shares, paint.whole


def _coloured(words: Sequence[str], shares: F64, whole: F64) -> F64:
    each: list[F64] = []
    for word in words:
        basic = [BASIC.index(c) for c in COLOURS[word]]
        f, g = shares[:, basic].sum(1) + _LEAST_SHARE, float(whole[basic].sum()) + _LEAST_SHARE
        each.append(f / (f + g))
    return np.mean(each, axis=0)


@dataclass(frozen=True, eq=False)
class _Group:
    """Things with one label: rows, and for each the row of what it is a part of, its own if of nothing."""

    members: NDArray[np.intp]
    whole: NDArray[np.intp]


def _groups(job: SimilarityJob) -> list[_Group]:
    labels = np.array(job.labels)
    members = [np.flatnonzero(labels == label) for label in sorted(set(job.labels))]
    return [_Group(rows, job.part_of[rows]) for rows in members]


def _ranks(measure: F64, groups: list[_Group], alone: F64) -> F64:
    """0 for the least of its group, 1 for the greatest; `alone` for who is by itself."""
    ranks = alone.copy()
    for group in groups:
        each = measure[np.unique(group.whole)]
        if len(each) > 1:
            own = measure[group.whole]
            below = (each[None, :] < own[:, None]).sum(1) + 0.5 * ((each[None, :] == own[:, None]).sum(1) - 1)
            ranks[group.members] = below / (len(each) - 1)
    return ranks


def _sized(reading: Reading, job: SimilarityJob, groups: list[_Group]) -> list[F64]:
    boxes, level = job.boxes, job.scene.picture.height / 2
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    # On level ground, with the horizon at half height, whoever stands has a height in proportion to this.
    stature = height / np.maximum(boxes[:, 3] - level, level / 5)
    measures = {"area": width * height, "width": width, "height": height, "stature": stature}
    half = np.full(len(boxes), 0.5)
    return [0.5 + sign * (_ranks(measures[what], groups, half) - 0.5) for what, sign in reading.sizes]


def _placed(word: str, job: SimilarityJob, groups: list[_Group]) -> F64:
    boxes, picture = job.boxes, job.scene.picture
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2 / picture.width, (boxes[:, 1] + boxes[:, 3]) / 2 / picture.height
    if word in ("left", "right"):
        values = _ranks(x, groups, x)
    elif word in ("top", "bottom"):
        values = _ranks(y, groups, y)
    elif word in ("near", "far"):
        # On level ground what stands nearer stands lower in the picture, and is larger.
        foot = boxes[:, 3] / picture.height
        size = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / (picture.width * picture.height))
        values = _ranks(foot + size, groups, np.minimum(foot + size, 2.0) / 2)
    else:
        away = np.hypot(2 * x - 1, 2 * y - 1)
        values = 1 - _ranks(away, groups, np.minimum(away, 1.0))
    return 1 - values if word in ("left", "top", "far") else values
