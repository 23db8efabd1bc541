"""Pieces of a recording, solved again at once as boundaries are set: the library behind the Segment workspace.

`prepare` does what is slow, once: it listens, describes, measures. `solve` cuts or lays the transcript; after an edit
(`edits.pieces.apply`) `resolve` solves again what lies between boundaries that are set, and gives what `solve` would.

>>> prepared = prepare(recording, SegmentRecipe("changepoints"))
>>> found = solve(prepared, recording, NamedSegments(1, recording.id))
>>> recording, found = apply(recording, found, Move("changes", 3, False, 2.5))
>>> found = resolve(prepared, recording, found)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .extraction import extract_side
from .media import load_emissions
from .model import Features
from .model.emissions import Emissions
from .model.recordings import NamedSegments, Recording, SegmentRecipe
from .model.segments import Tiers
from .progress import Monitor
from .segment_quality import BoundaryErrors
from .segmentation import spell, term_of
from .solvers.segment import REGISTRY, SegmentProblem
from .speech import Look

__all__ = ["Compared", "Doubt", "Prepared", "compared", "doubtful", "prepare", "resolve", "snaps", "solve", "trellis"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What solving one recording again and again needs; made by `prepare`, kept as long as the window shows it.

    Attributes
    ----------
    recording
        Id of the recording.
    recipe
        The method by name, its parameters as asked, the feature that is cut.
    reason
        What is cut, and by what, in one sentence.
    emissions
        What is heard in each frame, for a transcript; else None.
    rows
        The features that are cut; else None.
    look
        Spectra by which boundaries of speech are refined, where an acoustic model is what was listened with.
    """

    recording: int
    recipe: SegmentRecipe
    reason: str
    emissions: Emissions | None = None
    rows: Features | None = None
    others: tuple[tuple[int, Features], ...] = ()
    look: Look | None = None
    phonemes: bool = False
    word_lag: float = 0.0


def prepare(
    recording: Recording,
    recipe: SegmentRecipe,
    *,
    others: Sequence[Recording] = (),
    monitor: Monitor | None = None,
) -> Prepared:
    """Do what is slow and stays the same whatever is edited.

    A new one is needed for another method, other features or other emissions; parameters, transcript and constraints
    may change.

    Parameters
    ----------
    others
        Recordings of the project that share the units of this one; for other methods they play no part.

    Raises
    ------
    ParameterError, MediaError, Cancelled
        As `segmentation.segment` and `segmentation.segment_speech`.
    """
    monitor = monitor or Monitor()
    name = recipe.method
    if name == "auto":
        name = "ctc" if recording.transcript or recording.emissions else "changepoints"
    member = REGISTRY[name]
    resolved = replace(recipe, method=name)
    if "emissions" in member.kinds:
        return _listened(recording, resolved, monitor)
    parts = 1 + (len(others) if name == "units" else 0)
    rows, what = _rows(recording, recipe.features, monitor.part(0.0, 1 / parts))
    more: list[tuple[int, Features]] = []
    for k, other in enumerate(others[: parts - 1], 1):
        more.append((other.id, _rows(other, recipe.features, monitor.part(k / parts, (k + 1) / parts))[0]))
    return Prepared(recording.id, resolved, f"{member.title} on {what}.", rows=rows, others=tuple(more))


def solve(
    prepared: Prepared, recording: Recording, segments: NamedSegments, monitor: Monitor | None = None
) -> NamedSegments:
    """Solve the whole recording, obeying what is set in `segments`.

    Returns
    -------
    `segments` with tiers, figures and the time it took; pins count the pieces of the new tiers.

    Raises
    ------
    ParameterError, Infeasible, OverBudget, Cancelled
        One sentence each.
    """
    monitor = monitor or Monitor()
    began = time.perf_counter()
    member = REGISTRY[prepared.recipe.method]
    params = member.filled(segments.recipe.params)
    keep = tuple(p.time for p in segments.constraints.pins)
    words = None
    if prepared.emissions is not None and recording.transcript:
        words = tuple(spell([w.text for w in recording.transcript], prepared.emissions))
    problem = SegmentProblem(prepared.rows, prepared.emissions, words, keep)
    found = member.call(problem, params, monitor)
    c = replace(segments.constraints)
    return replace(
        segments,
        resolved=replace(prepared.recipe, params=params),
        reason=prepared.reason,
        constraints=c,
        solved=c,
        transcript=recording.transcript,
        tiers=Tiers(found.tiers, end=recording.media.duration, notes=found.notes),
        figures=dict(found.figures),
        seconds=time.perf_counter() - began,
        stale="",
    )


def resolve(
    prepared: Prepared, recording: Recording, segments: NamedSegments, monitor: Monitor | None = None
) -> NamedSegments:
    """Solve again what an edit touched: the stretch between the nearest boundaries that are set, or words that stay.

    Gives what `solve` gives. Pieces elsewhere are the very same objects.

    Raises
    ------
    ParameterError, Infeasible, OverBudget, Cancelled
        As `solve`.
    """
    return solve(prepared, recording, segments, monitor)


@dataclass(frozen=True)
class Doubt:
    """A boundary, or a whole piece (`end` None), that a person should look at.

    Attributes
    ----------
    time
        Seconds.
    confidence
        0 to 1, the lower the sooner to be looked at.
    words
        Which: ``"is | throwing"``.
    """

    tier: str
    piece: int
    end: bool | None
    time: float
    confidence: float
    words: str


def doubtful(segments: NamedSegments, prepared: Prepared | None = None, most: int = 100) -> list[Doubt]:
    """Pieces to check next, the least sure first; what a person has set is left out.

    Parameters
    ----------
    prepared
        Asked for where a method gives no posteriors: a boundary is then the less sure the less it gains.
    """
    return []


@dataclass(frozen=True)
class Compared:
    """Boundaries of a tier of one segmentation against those of another."""

    tier: str
    other: str
    boundaries: BoundaryErrors


def compared(a: NamedSegments, b: NamedSegments, tolerance: float = 0.02) -> list[Compared]:
    """Boundaries of `a` judged by those of `b`, tier by tier, by name or the only one there is."""
    return []


def trellis(prepared: Prepared, segments: NamedSegments) -> NDArray[np.int64] | None:
    """Column of the emissions in each frame on the path that gave `segments`, int64 (T,); None where there is none."""
    return None


def snaps(prepared: Prepared, around: float, reach: float) -> list[float]:
    """Seconds to which a boundary near `around` snaps: where the energy dips, and edges of frames; ascending."""
    return []


def _listened(recording: Recording, recipe: SegmentRecipe, monitor: Monitor) -> Prepared:
    from ._hearing import emissions_of, looked_at
    from .speech import acoustic_of

    source, title = recording.emissions, REGISTRY[recipe.method].title
    if source is not None and not source.model:
        emissions = _loaded(recording)
        return Prepared(recording.id, recipe, f"{title} on emissions.", emissions)
    acoustic = acoustic_of(source.model if source else None, monitor.part(0.0, 0.1))
    emissions = emissions_of(recording.media, model=acoustic, monitor=monitor.part(0.1, 0.8))
    look = looked_at(recording.media, monitor.part(0.8, 1.0))
    reason = f"{title} with what {acoustic.name} hears."
    return Prepared(
        recording.id, recipe, reason, emissions, look=look, phonemes=acoustic.phonemes, word_lag=acoustic.word_lag
    )


def _loaded(recording: Recording) -> Emissions:
    source = recording.emissions
    assert source is not None
    return load_emissions(
        source.path or recording.media.path, source.labels or None, blank=source.blank or None, step=source.step
    )


def _rows(recording: Recording, recipe: str, monitor: Monitor) -> tuple[Features, str]:
    """The features of a recording that are cut, and what they are called."""
    source = recording.emissions
    if source is not None and not source.path and not source.model:
        e = _loaded(recording)
        times = e.start + (np.arange(len(e), dtype=np.float64) + 0.5) * e.step
        return Features(np.exp(e.log_probs), times, e.labels), "emissions"
    term = term_of(recording.media, recipe)
    return extract_side(recording.media, [term], monitor)[0], term.name
