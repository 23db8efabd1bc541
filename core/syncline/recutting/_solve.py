"""Solving a recording that was prepared: as a whole, or what an edit touched."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..edits._piece_tools import TRANSCRIPT, example_tier
from ..errors import Infeasible, ParameterError
from ..model import Features
from ..model.emissions import Emissions
from ..model.recordings import NamedSegments, Recording, SegmentConstraints
from ..model.segments import Segment, Tiers
from ..progress import Monitor
from ..registry import Method
from ..solvers.segment import REGISTRY, SegmentProblem, Solver
from ..solvers.segment._rows import edges_of, step_of
from ..solvers.segment.decoding import beam_search, greedy
from ..solvers.segment.spoken import SpokenParams
from ..solvers.segment.units import Units, UnitsParams, cluster
from ..speech import Fine
from ._cuts import cuts_of, pins_of, placed
from ._cutters import ChangeCutter, UnitCutter, measured
from ._laid import Laid, lay_out
from ._painted import painted
from ._prepared import Prepared, State
from ._spelled import Speller
from ._walls import Cut, Cutter, Rows, Walls, cut

__all__ = ["resolve", "solve"]

_TIERS = {"changepoints": "changes", "units": "units"}


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
    return _solved(prepared, recording, segments, None, monitor or Monitor())


def resolve(
    prepared: Prepared, recording: Recording, segments: NamedSegments, monitor: Monitor | None = None
) -> NamedSegments:
    """Solve again what an edit touched: the stretch between the nearest boundaries that are set, or words that stay.

    Gives what `solve` gives. Pieces elsewhere are the very same objects. After another transcript, words that stayed
    keep their places, where there is room for the new ones between them. Of a stretch that is very long (minutes) only
    a window is solved, at whose ends the solution has come back to what it was.

    Raises
    ------
    ParameterError, Infeasible, OverBudget, Cancelled
        As `solve`.
    """
    monitor = monitor or Monitor()
    before = prepared.memory.state(segments.solved)
    if before is not None:
        try:
            return _solved(prepared, recording, segments, before, monitor)
        except Infeasible:
            # What stayed may leave no room for what is new; the whole has some, or says why not.
            pass
    return _solved(prepared, recording, segments, None, monitor)


def _solved(
    prepared: Prepared, recording: Recording, segments: NamedSegments, before: State | None, monitor: Monitor
) -> NamedSegments:
    began = time.perf_counter()
    asked, name = segments.recipe, prepared.recipe.method
    if asked.method not in ("auto", name):
        raise ParameterError(f"This recording was prepared for {name}, not for {asked.method}.")
    method = REGISTRY[name]
    params = method.filled(asked.params)
    if before is not None and before.params != params:
        before = None
    if prepared.emissions is not None and isinstance(params, SpokenParams):
        found = _spoken(prepared, prepared.emissions, recording, segments, params, before, monitor)
    elif name in _TIERS:
        found = _cut(prepared, recording, segments, name, params, before, monitor)
    else:
        found = _other(prepared, recording, segments, method, params, monitor)
    return replace(
        found,
        resolved=replace(prepared.recipe, params=params),
        reason=prepared.reason,
        solved=found.constraints,
        transcript=recording.transcript,
        seconds=time.perf_counter() - began,
        stale="",
    )


def _spoken(
    prepared: Prepared,
    emissions: Emissions,
    recording: Recording,
    segments: NamedSegments,
    params: SpokenParams,
    before: State | None,
    monitor: Monitor,
) -> NamedSegments:
    memory = prepared.memory
    speller = memory.made("speller", lambda: Speller(emissions, prepared.phonemes))
    said = None if before is None else before.said
    if said is None or said.words != recording.transcript:
        if recording.transcript:
            said = speller.spelled(recording.transcript, monitor.part(0.0, 0.1))
        else:
            said = memory.made(("read", params.beam), lambda: speller.read(_read(emissions, params.beam, monitor)))
    laid = before.found if before is not None and isinstance(before.found, Laid) else None
    if laid is not None and bool(laid.frames.said.words) != bool(said.words):
        laid = None
    fine = None
    if prepared.look is not None and prepared.word_lag is not None:
        look, lag = prepared.look, prepared.word_lag
        fine = memory.made("fine", lambda: Fine(look, lag))
    places = placed(segments, said)
    cuts = cuts_of(places, said, emissions, None if fine is None or not said.words else fine.word_lag)
    end = recording.media.duration
    laid = lay_out(
        emissions, fine, said, cuts, (params.free_start, params.free_end), end, laid, monitor.part(0.1, 1.0)
    )  # fmt: skip
    others = [p for p in segments.constraints.pins if p.tier not in TRANSCRIPT]
    constraints = replace(segments.constraints, pins=pins_of(places, said, others))
    memory.keep(constraints, State(params, laid, said))
    figures = {"path_log_prob": laid.frames.path_log_prob, "labels": float(len(said.columns))}
    if laid.frames.log_prob is not None:
        figures = {"log_prob": laid.frames.log_prob, **figures}
    notes = () if len(said.columns) else ("Nothing but blanks was found.",)
    tiers = laid.tiers if laid.tiers.notes == notes else replace(laid.tiers, notes=notes)
    return replace(segments, constraints=constraints, tiers=tiers, figures=figures)


def _read(emissions: Emissions, beam: int, monitor: Monitor) -> Sequence[int]:
    """Labels read out of emissions without a transcript."""
    if not beam:
        return greedy(emissions).labels
    found = beam_search(emissions, beam, monitor=monitor)
    return found[0].labels if found else ()


def _cut(
    prepared: Prepared,
    recording: Recording,
    segments: NamedSegments,
    name: str,
    params: Any,
    before: State | None,
    monitor: Monitor,
) -> NamedSegments:
    memory, features = prepared.memory, prepared.rows
    assert features is not None
    rows = memory.made("rows", lambda: Rows(features, recording.media.duration))
    cutter: Cutter
    notes: tuple[str, ...] = ()
    if name == "units":
        found = memory.made(
            ("units", params.k, params.seed), lambda: _clustered(prepared, features, params, monitor.part(0.0, 0.8))
        )
        notes = found.notes
        cutter = UnitCutter(rows, found, params)
        figures = {"units": float(len(found.centres)), "inertia": found.inertia}
    else:
        data = memory.made(("measured", params.by, params.cost, params.window), lambda: measured(rows, params))
        cutter = ChangeCutter(rows, data, params)
        figures = {"penalty": cutter.penalty if cutter.local else 0.0}
    tier = _TIERS[name]
    constraints = replace(segments.constraints)
    walls = Walls.of(constraints, tier, rows)
    was = before.found if before is not None and isinstance(before.found, Cut) else None
    made, new = cut(cutter, walls, tier, rows, was, monitor.part(0.8, 1.0))
    memory.keep(constraints, State(params, made))
    count = len(new.segments)
    figures |= {"changes": float(count - 1)} if name == "changepoints" else {"segments": float(count)}
    tiers = Tiers((new,), end=recording.media.duration, notes=notes)
    return replace(segments, constraints=constraints, tiers=tiers, figures=figures)


def _clustered(prepared: Prepared, rows: Features, params: UnitsParams, monitor: Monitor) -> Units:
    """Centres of the rows of all recordings of the project, in the order of their ids."""
    every = sorted([(prepared.recording, rows), *prepared.others], key=lambda one: one[0])
    return cluster([f.values.astype(np.float64) for _, f in every], params.k, seed=params.seed, monitor=monitor)


def _other(
    prepared: Prepared,
    recording: Recording,
    segments: NamedSegments,
    method: Method[Solver],
    params: Any,
    monitor: Monitor,
) -> NamedSegments:
    """A method that cuts as a whole: told what it can obey, and what it can't painted over it."""
    c = replace(segments.constraints)
    rows = prepared.rows
    edges = np.zeros(1) if rows is None else edges_of(rows)
    inside = tuple(sorted({p.time for p in c.pins if not p.end and edges[0] < p.time < edges[-1]}))
    problem = SegmentProblem(rows, prepared.emissions, None, inside, _examples(recording, c, params))
    found = method.call(problem, params, monitor)
    step = 0.0 if rows is None else step_of(rows)
    tiers = Tiers(tuple(painted(t, c, step) for t in found.tiers), end=recording.media.duration, notes=found.notes)
    return replace(segments, constraints=c, tiers=tiers, figures=dict(found.figures))


def _examples(recording: Recording, constraints: SegmentConstraints, params: Any) -> tuple[Segment, ...]:
    """Named pieces to learn from: those that are held, and those of an own tier for them."""
    among = recording.own
    if not hasattr(params, "tier"):
        # Who can do without takes no tier for examples that is not called so.
        among = tuple(t for t in among if t.name == "examples")
    tier = example_tier(among, getattr(params, "tier", ""))
    held = [h.segment for h in constraints.held if h.segment.label and h.tier not in (*TRANSCRIPT, *_TIERS.values())]
    own = () if tier is None else tier.segments
    free = [s for s in own if s.label.strip() and not any(s.start < h.end and h.start < s.end for h in held)]
    return tuple(sorted([*held, *free]))
