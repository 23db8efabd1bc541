"""A transcript laid onto emissions by CTC, or read out of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import ParameterError
from ...model.emissions import Emissions
from ...model.segments import Segment, Tier
from ...progress import Monitor
from ...registry import number, switch
from . import Segmentation, SegmentProblem, register
from .ctc import Fixed, Span, align
from .decoding import beam_search, greedy

__all__ = ["SpokenParams", "solve"]


@dataclass(frozen=True)
class SpokenParams:
    """Parameters of `solve`."""

    free_start: bool = switch(False, "Free start", "The recording may hold more before the transcript.")
    free_end: bool = switch(False, "Free end", "The recording may hold more after the transcript.")
    beam: int = number(
        0, "Beam", "Without a transcript: labellings kept in the search; 0 takes the best path.", 0, 10_000
    )


@register("ctc", "CTC alignment", SpokenParams, kinds=("emissions",))
def solve(problem: SegmentProblem, params: SpokenParams, monitor: Monitor) -> Segmentation:
    """Lay the transcript onto the frames; without one, read the labels out of the emissions and lay those.

    A label spans the frames in which the most probable path is at it, a word its labels. Scores are posteriors. A
    set boundary is where the label begins that does so nearest to it without it.

    Raises
    ------
    ParameterError
        No emissions, or a label that they don't have.
    Infeasible, OverBudget, Cancelled
        As `ctc.align`.
    """
    e = problem.emissions
    if e is None:
        raise ParameterError("CTC needs emissions: name a file of log-probabilities and one of labels.")
    words = problem.words
    if words is None:
        if params.beam:
            found = beam_search(e, params.beam, monitor=monitor.part(0.0, 0.5))
            columns = found[0].labels if found else ()
        else:
            columns = greedy(e).labels
        labels = np.array(columns, np.int64)
        monitor = monitor.part(0.5, 1.0)
    else:
        labels = e.index([name for _, names in words for name in names])
    start, end = params.free_start, params.free_end
    fixed: list[Fixed] = []
    if problem.boundaries:
        part = monitor.part(0.0, 0.3)
        before = align(e, labels, free_start=start, free_end=end, budget=problem.budget, monitor=part)
        fixed = _nearest(e, before.spans, problem.boundaries)
        monitor = monitor.part(0.3, 1.0)
    done = align(
        e, labels, fixed=fixed, free_start=start, free_end=end, posteriors=True, budget=problem.budget, monitor=monitor
    )
    pieces = tuple(_segment(e, [s], e.labels[s.label]) for s in done.spans)
    tiers = [Tier("labels", pieces)]
    if words is not None:
        at, spoken = 0, []
        for word, names in words:
            if names:
                spoken.append(_segment(e, list(done.spans[at : at + len(names)]), word))
            at += len(names)
        tiers.insert(0, Tier("words", tuple(spoken)))
    figures = {"log_prob": done.log_prob, "path_log_prob": done.path_log_prob, "labels": float(len(labels))}
    notes = () if len(labels) else ("Nothing but blanks was found.",)
    return Segmentation(tuple(tiers), figures, notes)


def _segment(e: Emissions, spans: list[Span], label: str) -> Segment:
    score = float(np.mean([s.confidence for s in spans]))
    return Segment(
        e.start + spans[0].start * e.step, e.start + spans[-1].end * e.step, label, min(max(score, 0.0), 1.0)
    )


def _nearest(e: Emissions, spans: tuple[Span, ...], boundaries: tuple[float, ...]) -> list[Fixed]:
    if not spans:
        raise ParameterError("Boundaries are set, but there is no label that could begin there.")
    starts = np.array([s.start for s in spans])
    taken: dict[int, Fixed] = {}
    for t in boundaries:
        frame = round((t - e.start) / e.step)
        if not 0 <= frame < len(e):
            raise ParameterError(f"A boundary is set at {t:g} s, which is not within the recording.")
        label = int(np.abs(starts - frame).argmin())
        if label in taken:
            raise ParameterError(f"Two boundaries are set near {t:g} s, where one label begins; take one away.")
        taken[label] = Fixed(label, frame)
    return list(taken.values())
