"""What the window does with a recording, for scripts: open it, edit its pieces one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..edits.piece_file import Written
from ..edits.pieces import Edit, Move, apply
from ..errors import ParameterError
from ..media import list_keys, load_emissions, open_emissions, open_media
from ..media.arrays import is_sequence_file
from ..model.recordings import EmissionSource, NamedSegments, Pin, Recording, Word
from ..progress import Monitor
from ._prepared import Prepared
from ._solve import resolve

__all__ = ["edit_segments", "open_recording", "set_boundaries"]


def open_recording(
    source: str | os.PathLike[str],
    transcript: Iterable[str | Word] = (),
    *,
    emissions: EmissionSource | None = None,
    key: str | None = None,
    rate: float | None = None,
    id: int = 1,
    monitor: Monitor | None = None,
) -> Recording:
    """Open a recording to be cut into pieces.

    Parameters
    ----------
    source
        A file: sound, video, features; with `emissions` whose path is empty, one of emissions.
    transcript
        What is said, word by word.
    key, rate
        As in `pipeline.open_media`.

    Raises
    ------
    MediaError, ParameterError, Cancelled
        One sentence each.
    """
    path = Path(os.path.abspath(source))  # noqa: PTH100 — resolve() would follow links
    words = tuple(w if isinstance(w, Word) else Word(w) for w in transcript)
    if emissions is not None and not emissions.path and not emissions.model:
        heard = load_emissions(
            path, emissions.labels or None, blank=emissions.blank or None, step=emissions.step, key=key
        )
        if key is None and is_sequence_file(path) and path.suffix.lower() == ".npz":
            key = next((name for name, shape in list_keys(path) if shape == heard.log_probs.shape), None)
        media = open_emissions(path, heard, key=key, monitor=monitor)
        return Recording(id, media, words, replace(emissions, step=heard.step))
    return Recording(id, open_media(path, key=key, rate=rate, monitor=monitor), words, emissions)


def edit_segments(
    prepared: Prepared,
    recording: Recording,
    segments: NamedSegments,
    edits: Iterable[Edit | Written],
    monitor: Monitor | None = None,
) -> tuple[Recording, NamedSegments]:
    """Do edits one after the other, each solved before the next.

    Raises
    ------
    ParameterError, Infeasible, OverBudget, Cancelled
        As `apply` and `resolve`.
    """
    monitor = monitor or Monitor()
    for edit in edits:
        monitor.check()
        one = edit.meant(recording, segments) if isinstance(edit, Written) else edit
        new, drawn = apply(recording, segments, one)
        if drawn is not None and (drawn is not segments or new.transcript is not recording.transcript):
            segments = resolve(prepared, new, drawn, monitor)
        recording = new
    return recording, segments


def set_boundaries(
    prepared: Prepared,
    recording: Recording,
    segments: NamedSegments,
    times: Sequence[float],
    monitor: Monitor | None = None,
) -> NamedSegments:
    """Set boundaries that are known: of a transcript where the label begins that is nearest, else where a piece does.

    Raises
    ------
    ParameterError, Infeasible, OverBudget, Cancelled
        As `resolve`.
    """
    spoken = segments.tiers.tier("labels")
    if spoken is not None and spoken.segments:
        starts = np.array([s.start for s in spoken.segments])
        near = [int(np.abs(starts - time).argmin()) for time in times]
        for k, time in zip(near, times, strict=True):
            if near.count(k) > 1:
                raise ParameterError(f"Two boundaries are set near {time:g} s, where one label begins; take one away.")
        moves = [Move("labels", k, False, time) for k, time in zip(near, times, strict=True)]
        return edit_segments(prepared, recording, segments, moves, monitor)[1]
    c = segments.constraints
    pins = (*c.pins, *(Pin(t.name, time) for t in segments.tiers.tiers for time in times))
    return resolve(prepared, recording, replace(segments, constraints=replace(c, pins=pins)), monitor)
