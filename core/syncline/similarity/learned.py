"""What a trained scorer says, and how one is trained from the links of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import learning
from ..errors import OverBudget, ParameterError
from ..learning import Example, Scorer
from ..learning.gate import Attention, attend
from ..model.scene import F64, Picture, Scene, Token
from ..progress import Monitor
from ..registry import text
from ..words import is_word, tokens_of
from . import Answer, SimilarityJob, register
from ._encoder import Unavailable, encode

__all__ = ["LearnedParams", "Lessons", "WordMaps", "describe", "learn", "look", "measure"]

Pixels = Callable[[Picture], "NDArray[np.uint8] | None"]

_GATE_BYTES = 2 * 4 * learning.GRID[0] * learning.GRID[1] * learning.REGION_WIDTH
"""Of a picture's regions, as they are seen and on the scale that is trained on."""
_MOST_BYTES = 4 << 30
_PROMPT = "a photo of a {}"
_WIDTH = 384


@dataclass(frozen=True)
class LearnedParams:
    """Parameters of `measure`."""

    scorer: str = text("", "Scorer", "Which of the project's trained scorers, by its digest.", named=True)
    file: str = text("", "File", "A scorer that was saved as .npz, instead.")


@register("learned", "Trained scorer", LearnedParams)
def measure(job: SimilarityJob, params: LearnedParams, monitor: Monitor) -> Answer:
    """What a scorer that was trained from corrected links says: ½ where a pair is as likely a link as not.

    Raises
    ------
    ParameterError
        The scorer is not at hand, or was trained on other descriptions.
    MediaError
        The file can't be read.
    """
    if params.file:
        scorer = learning.load_scorer(Path(params.file))
    elif params.scorer:
        known = learning.kept(params.scorer)
        if known is None:
            raise ParameterError(
                "The trained scorer of this recipe is not in the project: train again, or leave it out."
            )
        scorer = known
    else:
        return Answer(None, "No trained scorer is chosen: train one from corrected links.")
    if 0 in job.shape:
        return Answer(np.zeros(job.shape))
    regions = scorer.widths.regions > 0
    try:
        example = describe(job, regions=regions, monitor=monitor)
    except Unavailable as error:
        return Answer(None, f"{error} The trained scorer needs it and was left out.")
    if regions and example.regions is None:
        return Answer(None, "The trained scorer looks at the picture, which can't be read, and was left out.")
    return Answer(learning.score(scorer, example))


# -- descriptions ---------------------------------------------------------------------------------


def describe(
    job: SimilarityJob,
    links: Iterable[tuple[int, int]] = (),
    *,
    complete: bool = False,
    regions: bool = False,
    monitor: Monitor | None = None,
) -> Example:
    """A scene as numbers: labels and phrases by their embeddings, boxes by MobileNetV2, place and size.

    An object is 384 numbers for its label, 1280 for what is in its box (NaN without the picture), and 8 for its edges,
    centre and size in shares of the picture; a phrase is 384 numbers, in the space of the labels.

    Parameters
    ----------
    links
        Pairs (id of an object, id of a phrase) beside those locked that are known to hold.
    complete
        Nothing but these and what is locked holds, as in a checked picture.
    regions
        Also a grid over the picture, for an attention gate.

    Raises
    ------
    Unavailable
        The text model can't be used.
    """
    monitor = monitor or Monitor()
    names = [label or f"\0{job.scene.id} {o.id}" for label, o in zip(job.labels, job.objects, strict=True)]
    said = [r.text for r in job.readings]
    found = encode([_PROMPT.replace("{}", w) for w in (*job.labels, *said)], monitor).astype(np.float64)
    labels, words = found[: len(names)], found[len(names) :]
    labels[[not label for label in job.labels]] = 0.0
    picture = job.scene.picture
    pixels = job.pixels() if job.objects or regions else None
    seen = np.full((len(names), learning.REGION_WIDTH), np.nan)
    grid = cover = None
    if pixels is not None:
        # They may be a smaller copy of the picture, whose pixels boxes are in.
        boxes = job.boxes * (np.array(pixels.shape[1::-1] * 2) / ((picture.width, picture.height) * 2))
        seen = learning.box_features(f"{picture.digest} {picture.frame} {pixels.shape}", pixels, boxes, monitor)
        if regions:
            grid, cover = learning.picture_regions(pixels, boxes)
    linked, known = _known(job, links, complete)
    return Example(
        np.hstack([labels, seen, _places(job.boxes, picture)]),
        words,
        linked,
        known,
        tuple(names),
        tuple(said),
        np.array([k for k, c in enumerate(job.scene.captions) for _ in c.phrases], np.intp),
        _WIDTH,
        grid,
        cover,
    )


def _places(boxes: F64, picture: Picture) -> F64:
    """float64 (n, 8): edges and centre of each box, and its width and height, in shares of the picture's."""
    shares = boxes / np.array([picture.width, picture.height] * 2, np.float64)
    low, high = shares[:, :2], shares[:, 2:]
    return np.hstack([low, high, (low + high) / 2, high - low])


def _known(
    job: SimilarityJob, links: Iterable[tuple[int, int]], complete: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pairs are linked, and of which it is known whether they are: bool (n, m)."""
    rows = {o.id: i for i, o in enumerate(job.objects)}
    columns = {p.id: j for j, (_, p) in enumerate(job.phrases)}
    constraints = job.scene.constraints
    linked, known = np.zeros(job.shape, np.bool_), np.full(job.shape, complete)
    for a, b in (*links, *constraints.locked):
        if a in rows and b in columns:
            linked[rows[a], columns[b]] = True
    for a, b in constraints.forbidden:
        if a in rows and b in columns:
            known[rows[a], columns[b]] = True
            linked[rows[a], columns[b]] = False
    for j, reading in enumerate(job.readings):
        # A phrase that has as many objects as it names has no others; a plural may have more.
        if reading.count is not None and linked[:, j].sum() >= reading.count:
            known[:, j] = True
    return linked, known | linked


# -- training -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Lessons:
    """What there is to learn from.

    Attributes
    ----------
    scenes
        Pictures with ids of their own; those of which no link is known may teach a model that guesses them.
    links
        For checked scenes, by id: all their links as (id of the object, id of the phrase).
    """

    scenes: tuple[Scene, ...]
    links: Mapping[int, frozenset[tuple[int, int]]]

    @cached_property
    def counts(self) -> Mapping[int, int]:
        """Links that teach, by the id of their scene; scenes without are left out."""
        found = {s.id: _count(s, self.links) for s in self.scenes}
        return {k: n for k, n in found.items() if n}

    @property
    def pairs(self) -> int:
        """Links that teach."""
        return sum(self.counts.values())

    @property
    def checked(self) -> int:
        """Pictures of which all links teach."""
        return sum(s.checked and s.id in self.links for s in self.scenes)

    @property
    def forbidden(self) -> int:
        """Pairs that are ruled out."""
        return sum(len(s.constraints.forbidden) for s in self.scenes)


def learn(
    scenes: Sequence[Scene],
    method: str = "contrastive",
    params: Any = None,
    *,
    links: Mapping[int, Iterable[tuple[int, int]]] | None = None,
    pixels: Pixels | None = None,
    name: str = "",
    monitor: Monitor | None = None,
    live: learning.Live | None = None,
) -> Scorer:
    """Train a scorer from the corrected links of a project's pictures, and have it at hand for recipes.

    Locked and forbidden links teach; of pictures that are checked, all links do.

    Parameters
    ----------
    method, params
        A member of `learning.REGISTRY`, and a dict or its parameters object.
    links
        For checked scenes, by id: their links as (id of the object, id of the phrase).
    pixels
        Gives a picture, uint8 (h, w, 3) BGR, or None where it can't be had; without it boxes are known by label and
        place alone.
    monitor, live
        Progress and cancellation; what to call with every `learning.Epoch`.

    Raises
    ------
    ParameterError
        One sentence: too few corrected links, or nothing to tell them from.
    OverBudget
        More pictures than an attention gate has room for.
    Unavailable
        The text model can't be used.
    Cancelled
        The monitor was told to stop; nothing is left behind.
    """
    monitor = monitor or Monitor()
    looking = monitor.part(0.0, 0.5, "Looking at the pictures")
    # What is missing is said before anything is looked at.
    lessons = Lessons(tuple(scenes), {k: frozenset(v) for k, v in (links or {}).items()})
    learning.enough(lessons.pairs)
    if method == "gate":
        # It learns nothing from pictures without links, and each takes room.
        scenes = [s for s in scenes if s.id in lessons.counts]
        needed = len(scenes) * _GATE_BYTES
        if needed > _MOST_BYTES:
            raise OverBudget(
                f"To look at {len(scenes)} pictures region by region takes {needed >> 20} MB, and "
                f"{_MOST_BYTES >> 20} MB are allowed: train on fewer.",
                needed,
                _MOST_BYTES,
            )
    examples: list[Example] = []
    for k, scene in enumerate(scenes):
        looking.advance(k, len(scenes))
        if not scene.active or not scene.phrases:
            continue
        job = SimilarityJob(scene, _pixels_of(scene, pixels))
        checked = scene.checked and links is not None and scene.id in links
        own = tuple((links or {}).get(scene.id, ())) if scene.checked else ()
        part = looking.part(k / len(scenes), (k + 1) / len(scenes))
        examples.append(describe(job, own, complete=checked, regions=method == "gate", monitor=part))
    training = monitor.part(0.5, 1.0, "Training")
    scorer = learning.train(examples, method, params, name=name, monitor=training, live=live)
    learning.keep(scorer)
    return scorer


def _pixels_of(scene: Scene, pixels: Pixels | None) -> Callable[[], NDArray[np.uint8] | None]:
    return (lambda: None) if pixels is None else (lambda: pixels(scene.picture))


def _count(scene: Scene, links: Mapping[int, frozenset[tuple[int, int]]]) -> int:
    own = links.get(scene.id, frozenset()) if scene.checked else frozenset[tuple[int, int]]()
    return int(_known(SimilarityJob(scene), own, False)[0].sum())


# -- looking --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class WordMaps:
    """Where the words of a caption look.

    Attributes
    ----------
    words
        T tokens of the caption, marks left out.
    attention
        `learning.gate.Attention`: weights (T, 10, 10) over a grid of the picture, contexts, entropy (T,).
    """

    words: tuple[Token, ...]
    attention: Attention


def look(scorer: Scorer, caption: str, pixels: NDArray[np.uint8], monitor: Monitor | None = None) -> WordMaps:
    """Let every word of a caption look at a picture through a trained attention gate.

    Parameters
    ----------
    pixels
        uint8 (h, w, 3), BGR.

    Raises
    ------
    ParameterError
        The scorer is no gate.
    Unavailable
        The text model can't be used.
    """
    words = tuple(t for t in tokens_of(caption) if is_word(t))
    found = encode([_PROMPT.replace("{}", t.text) for t in words], monitor or Monitor()).astype(np.float64)
    regions, _ = learning.picture_regions(pixels, np.zeros((0, 4)))
    return WordMaps(words, attend(scorer, found, regions))
