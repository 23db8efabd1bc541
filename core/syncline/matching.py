"""The order of the verbs of Match: open a scene, detect, compare, match, correct, learn, judge, export.

What the window, the command line and Python call.

>>> import syncline as sl
>>> scene = sl.open_scene("dogs.jpg", ["A small brown dog and a person with red shoes."])
>>> found = sl.match(sl.detect(scene))
>>> [(scene.phrase_text(link.b), link.similarity) for link in found.links]
>>> sl.export_match(found, "links.json")

What a person corrected teaches what a project's pictures mean:

>>> scorer = sl.learn(sl.load_project("dogs.syncline").session, "contrastive", {"seed": 1})
>>> sl.match(other, similarity=f"text+2*learned:scorer={scorer.digest}")
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._captions import MASSES, bound, match_caption, unsure
from ._scenes import Pixels, caption_of, detect, find_regions, open_scene, open_scenes, pixels_of
from ._teaching import learn, lessons_of, look
from .errors import MediaError, ParameterError
from .match_quality import judge, with_truth
from .model import LinkConstraints, Part, Picture, Scene, Similarity
from .model.matches import CaptionMatch, MatchRecipe, SceneMatch, SimilarityTerm
from .progress import Monitor
from .similarity import REGISTRY as SOURCES
from .similarity import Answer, Corpus, SimilarityJob
from .solvers.match import REGISTRY as SOLVERS

__all__ = [
    "DEFAULT_TERMS",
    "caption_of",
    "check_next",
    "corpus_of",
    "detect",
    "export_match",
    "find_regions",
    "judge",
    "learn",
    "lessons_of",
    "look",
    "match",
    "measure",
    "open_scene",
    "open_scenes",
    "parse_similarity",
    "rematch",
    "with_truth",
]

DEFAULT_TERMS = (
    SimilarityTerm("text"),
    SimilarityTerm("attributes", 0.4),
    SimilarityTerm("nearby", 0.2),
    SimilarityTerm("salience", 0.2),
    SimilarityTerm("association", 0.2),
    SimilarityTerm("confidence", 0.1),
)
"""What a thing is counts most; what else the picture shows and the caption says decides among things of one kind."""


# -- similarity -----------------------------------------------------------------------------------


def parse_similarity(text: str) -> tuple[SimilarityTerm, ...]:
    """Read a recipe such as ``text+0.5*attributes:position=no+given:file=W.csv``; ``auto`` gives the default.

    Raises
    ------
    ParameterError
        What can't be read, or a source, parameter or value that doesn't exist.
    """
    if text.strip().lower() in ("", "auto"):
        return DEFAULT_TERMS
    terms: list[SimilarityTerm] = []
    # A plus that is followed by no name belongs to a file name or number.
    for word in re.split(r"\+(?=\s*(?:[0-9.]+\s*\*\s*)?[a-z_]+\s*(?::|\+|$))", text):
        head, _, rest = word.strip().partition(":")
        weight, star, name = head.rpartition("*")
        try:
            number = float(weight) if star else 1.0
        except ValueError:
            raise ParameterError(f"“{weight}” in “{word.strip()}” is not a weight.") from None
        values: dict[str, str] = {}
        for item in filter(None, rest.split(",")):
            key, equals, value = item.partition("=")
            if not equals:
                raise ParameterError(f"“{item}” in “{word.strip()}” must be name=value.")
            values[key.strip().replace("-", "_")] = value.strip()
        terms.append(SimilarityTerm(name.strip(), number, values))
    return _filled_terms(terms)


def _filled_terms(terms: Iterable[SimilarityTerm]) -> tuple[SimilarityTerm, ...]:
    filled: list[SimilarityTerm] = []
    for term in terms:
        source = SOURCES[term.name]
        if not 0 < term.weight < np.inf:
            raise ParameterError(f"The weight of {term.name} is {term.weight:g}, but must be above 0.")
        filled.append(replace(term, params=source.filled(term.params)))
    if not filled:
        raise ParameterError("A similarity needs at least one source.")
    return tuple(filled)


def corpus_of(scenes: Iterable[Scene]) -> Corpus:
    """Count labels and words of a project's pictures, for the source ``association``."""
    return Corpus.of(scenes)


@dataclass(frozen=True, eq=False)
class _Measured:
    """A similarity of all active objects with all phrases, and from where on each part speaks for a link."""

    similarity: Similarity
    levels: dict[str, float]
    notes: tuple[str, ...]

    @property
    def threshold(self) -> float:
        return float(sum(p.weight * self.levels[p.name] for p in self.similarity.parts)) if self.levels else 0.5


def measure(
    scene: Scene,
    terms: Sequence[SimilarityTerm] = DEFAULT_TERMS,
    *,
    pixels: Pixels | None = None,
    corpus: Corpus | None = None,
    monitor: Monitor | None = None,
) -> Similarity:
    """Compare every active object of a scene with every phrase of its captions.

    Parameters
    ----------
    terms
        Sources and their weights; those with nothing to say are left out.
    pixels
        Gives the picture (uint8 (h, w, 3), BGR) if a source needs it; None reads the file.
    corpus
        From `corpus_of`, for the source ``association``.

    Returns
    -------
    Similarity
        Weighted mean in 0..1, by ids, its `parts` as the sources gave them.
    """
    return _measure(scene, _filled_terms(terms), pixels, corpus, monitor or Monitor()).similarity


def _measure(
    scene: Scene, terms: tuple[SimilarityTerm, ...], pixels: Pixels | None, corpus: Corpus | None, monitor: Monitor
) -> _Measured:
    notes: list[str] = []
    job = SimilarityJob(scene, pixels or (lambda: _read(scene.picture, notes, monitor)), corpus)
    parts: list[Part] = []
    levels: dict[str, float] = {}
    for k, term in enumerate(terms):
        answer: Answer = SOURCES[term.name].call(job, term.params, monitor.part(k / len(terms), (k + 1) / len(terms)))
        notes += [answer.note] if answer.note else []
        if answer.values is not None:
            name = answer.name or term.name
            name += f" {sum(p.name.split(' ')[0] == name for p in parts) + 1}" if name in levels else ""
            parts.append(Part(name, answer.values, term.weight))
            levels[name] = answer.level
    names: dict[str, Any] = {
        "a_ids": tuple(o.id for o in job.objects),
        "b_ids": tuple(p.id for _, p in job.phrases),
        "a_names": tuple(f"{o.label or 'object'} {k}" for k, o in enumerate(job.objects)),
        "b_names": tuple(f"“{c.of(p)}”" for c, p in job.phrases),
    }
    if parts:
        similarity = Similarity.combine(parts, **names)
    else:
        similarity = Similarity(np.zeros(job.shape), **names)
        if 0 not in job.shape:
            notes.append("No source of similarity has anything to say about this picture: choose others.")
    return _Measured(similarity, levels, tuple(dict.fromkeys(notes)))


def _read(picture: Picture, notes: list[str], monitor: Monitor) -> NDArray[np.uint8] | None:
    try:
        return pixels_of(picture, monitor)
    except MediaError as error:
        notes.append(str(error))
        return None


# -- matching -------------------------------------------------------------------------------------


def match(
    scene: Scene,
    *,
    similarity: str | Sequence[SimilarityTerm] | None = None,
    method: str | None = None,
    params: Any = None,
    recipe: MatchRecipe | None = None,
    pixels: Pixels | None = None,
    corpus: Corpus | None = None,
    monitor: Monitor | None = None,
) -> SceneMatch:
    """Link the objects of a scene to the phrases of its captions.

    Every caption is about the whole picture, so each is matched by itself. A plural may have several objects, as many
    as its number says or else all that are similar enough; “the dog” has the objects of the “dog” before it. Who may
    stay unmatched: all whom `scene.constraints` says nothing else of, as `MatchRecipe.threshold` has it.

    Parameters
    ----------
    similarity
        Sources with weights, or their short form such as ``"text+0.5*attributes"``.
    method, params
        A match solver, and a dict or its parameters object.
    recipe
        All of that at once; the arguments above override its parts.
    pixels, corpus
        As `measure`.

    Returns
    -------
    SceneMatch
        With `errors` if the scene has a truth.

    Raises
    ------
    ParameterError, Infeasible, OverBudget
        One sentence each.
    """
    asked = recipe or MatchRecipe()
    if similarity is not None:
        asked = replace(asked, terms=parse_similarity(similarity) if isinstance(similarity, str) else tuple(similarity))
    if method is not None and method != asked.method:
        asked = replace(asked, method=method, params=None)
    if params is not None:
        asked = replace(asked, params=params)
    asked = _filled(asked)
    monitor = monitor or Monitor()
    measured = _measure(scene, asked.terms, pixels, corpus, monitor.part(0.0, 0.9, "Comparing"))
    return _solve(scene, asked, measured, None, monitor.part(0.9, 1.0, "Matching"))


def rematch(
    known: SceneMatch,
    *,
    scene: Scene | None = None,
    constraints: LinkConstraints | None = None,
    recipe: MatchRecipe | None = None,
    pixels: Pixels | None = None,
    corpus: Corpus | None = None,
    monitor: Monitor | None = None,
) -> SceneMatch:
    """Match again after an edit, comparing again only if objects, phrases or sources changed.

    Parameters
    ----------
    scene
        The edited scene; None for the one that was matched.
    constraints
        Locks, prohibitions and fees to obey from now on; None for those of the scene.
    recipe
        Another one; None for the same.
    """
    scene = scene or known.scene
    if constraints is not None:
        scene = replace(scene, constraints=constraints)
    asked = known.recipe if recipe is None else _filled(recipe)
    monitor = monitor or Monitor()
    old = known.scene
    same = asked.terms == known.recipe.terms and scene.active == old.active and scene.captions == old.captions
    # A project keeps links, but not what they were found from.
    whole = all(part.asked is not None for part in known.captions)
    if not same or not whole or scene.picture != old.picture:
        measured = _measure(scene, asked.terms, pixels, corpus, monitor.part(0.0, 0.9, "Comparing"))
        return _solve(scene, asked, measured, None, monitor.part(0.9, 1.0, "Matching"))
    measured = _Measured(known.similarity, dict(known.levels), known.notes)
    return _solve(scene, asked, measured, known if asked == known.recipe else None, monitor)


def _filled(recipe: MatchRecipe) -> MatchRecipe:
    params = SOLVERS[recipe.method].filled(recipe.params)
    if recipe.masses not in MASSES:
        raise ParameterError(f"There are no masses “{recipe.masses}”; there are: {', '.join(MASSES)}.")
    return replace(recipe, params=params, terms=_filled_terms(recipe.terms or DEFAULT_TERMS))


def _solve(
    scene: Scene, recipe: MatchRecipe, measured: _Measured, known: SceneMatch | None, monitor: Monitor
) -> SceneMatch:
    threshold = measured.threshold if recipe.threshold is None else recipe.threshold
    done: list[CaptionMatch] = []
    began, start = time.perf_counter(), 0
    for k, caption in enumerate(scene.captions):
        stop = start + len(caption.phrases)
        before = known.captions[k] if known is not None else None
        if before is not None and known is not None and bound(known.scene, caption) == bound(scene, caption):
            done.append(before)
        else:
            part = before.similarity if before is not None else _columns(measured.similarity, start, stop)
            done.append(match_caption(scene, caption, part, recipe, threshold, monitor))
        start = stop
        monitor.advance(k + 1, len(scene.captions))
    seconds = time.perf_counter() - began
    found = SceneMatch(scene, recipe, measured.similarity, tuple(done), threshold, measured.levels, measured.notes)
    errors = judge(found) if scene.truth else None
    return replace(found, errors=errors, seconds=seconds)


def _columns(similarity: Similarity, start: int, stop: int) -> Similarity:
    parts = tuple(replace(p, values=p.values[:, start:stop]) for p in similarity.parts)
    return replace(
        similarity,
        values=similarity.values[:, start:stop],
        parts=parts,
        b_ids=similarity.b_ids[start:stop],
        b_names=similarity.b_names[start:stop],
    )


def check_next(found: SceneMatch, monitor: Monitor | None = None) -> list[tuple[float, int | None, int | None]]:
    """How sure each decision is, the least sure first.

    Returns
    -------
    list of (margin, object, phrase)
        By ids. The margin is what the best one-to-one matching without this decision costs more than the best; None
        on one side: the other stays unmatched. Locked links, which nothing else is possible for, are left out.

    Raises
    ------
    ParameterError
        The links come from a project that was just loaded: `rematch` first.
    """
    if any(part.asked is None for part in found.captions):
        raise ParameterError("These links were loaded without what they were found from: match again first.")
    monitor = monitor or Monitor()
    count = max(1, len(found.captions))
    each = [x for k, c in enumerate(found.captions) for x in unsure(c, monitor.part(k / count, (k + 1) / count))]
    return sorted(each, key=lambda x: (x[0], x[1] or 0, x[2] or 0))


# -- export ---------------------------------------------------------------------------------------


def export_match(
    found: SceneMatch | Sequence[SceneMatch],
    target: str | Path,
    *,
    format: str | None = None,
    params: Any = None,
    pixels: Callable[[Picture], NDArray[np.uint8]] | None = None,
    monitor: Monitor | None = None,
) -> list[Path]:
    """Write links to a file, which is either complete or not there.

    Parameters
    ----------
    found
        One picture, or several of a data set.
    target
        File to write; its ending says what is written. ``{name}`` in it stands for the picture's name, for a file for
        each.
    format
        Name of an exporter where several write the same ending, such as ``"coco"``.
    params
        None, a dict, or the exporter's parameters object.
    pixels
        Gives pictures that are drawn; None reads their files.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    ParameterError, ExportError, MediaError
        One sentence each.
    """
    from .export.links import LinkJob, run

    matches = (found,) if isinstance(found, SceneMatch) else tuple(found)
    return run(LinkJob(matches, pixels or pixels_of), target, format, params, monitor)
