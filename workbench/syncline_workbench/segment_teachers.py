"""What the Explain dock of Segment can show: lessons by name, and where their states come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtCore import QT_TRANSLATE_NOOP

from syncline.model.emissions import Emissions
from syncline.model.recordings import Word
from syncline.registry import Method

from .views.explain import Teachers
from .views.explain.segment_case import Laid, SegmentCase, Words, lay

__all__ = ["laid_out", "segment_teachers", "spelled"]

SPACES = ("<wb>", "|", "▁", "<space>", " ")
"""Labels that stand between words; the first one is the phoneme model's."""


def _text(words: str) -> str:
    """Mark `words` for translation."""
    return cast(str, QT_TRANSLATE_NOOP("SegmentTeachers", words))


@dataclass(frozen=True)
class NoParams:
    """Of lessons that ask for nothing."""


def spelled(words: Sequence[Word], emissions: Emissions, phonemes: bool | None = None) -> Words:
    """Spell a transcript by the labels of emissions.

    Parameters
    ----------
    phonemes
        The labels are those of the phoneme model; None: if they have what it puts between words.

    Raises
    ------
    ParameterError
        As `segmentation.spell` and `speech.pronounced`.
    """
    from syncline.segmentation import spell
    from syncline.speech import pronounced

    if phonemes is None:
        phonemes = SPACES[0] in emissions.labels
    free = [w.text for w in words if w.labels is None]
    found = pronounced(free) if phonemes else spell(free, emissions)
    if len(free) == len(words):
        return found
    known = iter([entry for entry in found if entry[0]])
    each = [next(known) if w.labels is None else (w.text, w.labels) for w in words]
    space = next((s for s in SPACES if s in emissions.labels), None)
    out: list[tuple[str, tuple[str, ...]]] = []
    for entry in each:
        if out and space is not None:
            out.append(("", (space,)))
        out.append(entry)
    return out


def laid_out(emissions: Emissions, words: Sequence[Word], phonemes: bool | None = None) -> Laid:
    """A transcript on all frames; call it from a job."""
    from syncline.solvers.segment.ctc import align

    return lay(emissions, lambda: spelled(words, emissions, phonemes) if words else (), align)


def _collapse(case: SegmentCase, path: tuple[int, ...]) -> Iterator[Any]:
    from syncline.solvers.segment.steps import collapse_steps

    return collapse_steps(case.stretch.emissions, path)


def _trellis(case: SegmentCase, params: Any) -> Iterator[Any]:
    from syncline.solvers.segment.steps import trellis_steps

    return trellis_steps(case.stretch.emissions, case.stretch.labels)


def _means(case: SegmentCase, how: tuple[int, bool]) -> Iterator[Any]:
    from syncline.solvers.segment.steps import means_steps, plus_plus

    k, other = how
    points = case.points
    starts = points.centres
    centres = plus_plus(points.x, k, int(other)) if starts is None else starts[other]
    return means_steps(points.x, centres)


def _pelt(case: SegmentCase, params: Any) -> Iterator[Any]:
    from syncline.solvers.segment.changepoints import default_penalty
    from syncline.solvers.segment.steps import pelt_steps

    series = case.series
    if series.penalty is not None:
        return pelt_steps(series.x, params.penalty * series.penalty)
    return pelt_steps(series.x, params.penalty * default_penalty(series.x, params.cost), params.cost)


_STEPS: Mapping[str, Callable[[SegmentCase, Any], Iterator[Any]]] = {
    "ctc": _collapse,
    "trellis": _trellis,
    "kmeans": _means,
    "pelt": _pelt,
}


def segment_teachers(words: Callable[[str], str]) -> Teachers:
    """Everything the dock needs; `words` translates.

    Call it from a job: methods are imported.
    """
    from syncline.solvers.segment.changepoints import ChangesParams
    from syncline.solvers.segment.units import UnitsParams

    titles: dict[str, tuple[str, type[Any]]] = {
        "ctc": (_text("CTC: frames to labels"), NoParams),
        "trellis": (_text("CTC: the trellis"), NoParams),
        "kmeans": (_text("k-means, round by round"), UnitsParams),
        "pelt": (_text("PELT, row by row"), ChangesParams),
    }
    made = {
        name: Method(name, words(title), params, _STEPS[name], frozenset[str](), 1, "")
        for name, (title, params) in titles.items()
    }
    return Teachers(made, _STEPS.__getitem__)
