"""Boundaries of a transcript's pieces that a person has set, as frames that a path obeys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..edits._draft import numbered
from ..edits._piece_tools import TRANSCRIPT
from ..edits._spoken_pieces import members, owner
from ..errors import Infeasible, ParameterError
from ..model.emissions import Emissions
from ..model.recordings import NamedSegments, Pin
from ..solvers.segment.ctc import Fixed
from ._spelled import Said

__all__ = ["Cut", "cuts_of", "pins_of", "placed"]

Place = tuple[int, bool]
"""A label by its number, and whether its end is meant."""


@dataclass(frozen=True)
class Cut:
    """A boundary that is set: of a label by its number.

    Attributes
    ----------
    frame
        At whose start it is.
    time
        Seconds where it comes out.
    loose
        As in `Fixed`: of the ends of words in speech, which a silence follows that no label stands for.
    """

    label: int
    end: bool
    frame: int
    time: float
    loose: bool = False

    @property
    def fixed(self) -> Fixed:
        """For `align`."""
        return Fixed(self.label, self.frame, self.end, self.loose)

    @property
    def after(self) -> int:
        """Labels before the boundary."""
        return self.label + self.end


def placed(segments: NamedSegments, said: Said) -> dict[Place, float]:
    """Seconds of pinned boundaries by the labels of a transcript; pins of pieces that are gone are left out.

    Pins count the pieces of the tiers as they stand; before a first solve those that it will find.
    """
    pins = [p for p in segments.constraints.pins if p.tier in TRANSCRIPT]
    if not pins:
        return {}
    words = segments.tiers.tier("words")
    found: dict[Place, float] = {}
    if not said.words:
        at = [(p, p.piece) for p in pins if p.tier == "labels" and 0 <= p.piece < len(said.columns)]
        return {(k, p.end): p.time for p, k in at} if words is None else {}
    which: Sequence[int] | None
    if words is None and segments.tiers.tier("labels") is None:
        which = said.spoken.tolist()
    else:
        which = None if words is None else numbered(words, said.words)
    if which is None:
        return {}
    for p in pins:
        if p.tier == "words":
            if 0 <= p.piece < len(which):
                piece = said.piece_of_word(which[p.piece])
                if piece is not None:
                    found[int((said.lasts if p.end else said.firsts)[piece]), p.end] = p.time
        elif words is None:
            if 0 <= p.piece < len(said.shown):
                found[int(said.shown[p.piece]), p.end] = p.time
        else:
            labels = segments.tiers.tier("labels")
            if labels is None or not 0 <= p.piece < len(labels.segments):
                continue
            word = owner(segments.tiers, p.piece)
            piece = None if word is None else said.piece_of_word(which[word])
            if word is not None and piece is not None:
                k = int(said.firsts[piece]) + p.piece - members(segments.tiers, word).start
                if k <= said.lasts[piece]:
                    found[k, p.end] = p.time
    return found


def pins_of(places: dict[Place, float], said: Said, others: Sequence[Pin]) -> tuple[Pin, ...]:
    """Pins that count the pieces of new tiers, and `others`."""
    pins = list(others)
    for (k, end), time in places.items():
        if (said.ends if end else said.begins)[k] and said.words:
            pins.append(Pin("words", time, int(np.searchsorted(said.firsts, k, "right")) - 1, end))
        else:
            pins.append(Pin("labels", time, int(said.rank[k]), end))
    return tuple(sorted(pins, key=lambda p: (p.tier, p.time, p.piece, p.end)))


def cuts_of(places: dict[Place, float], said: Said, emissions: Emissions, word_lag: float | None) -> tuple[Cut, ...]:
    """The frames that set boundaries come to, in order.

    Parameters
    ----------
    word_lag
        Of an acoustic model whose labels are heard, and refined; None where emissions are taken as they are.

    Raises
    ------
    ParameterError
        A boundary lies outside the recording.
    Infeasible
        There are fewer frames between two of them than labels need.
    """
    wanted: list[tuple[Cut, float]] = []
    frames = len(emissions)
    for (k, end), time in sorted(places.items()):
        late = 0.0
        loose = False
        if word_lag is not None:
            if end and not said.ends[k]:
                # What ends within a word does so where the next label begins.
                k, end = k + 1, False
                if (k, end) in places:
                    continue
            loose = end
            late = word_lag * bool(said.begins[k]) * (not end)
        frame = (time + late - emissions.start) / emissions.step
        if not -0.5 <= frame <= frames + 0.5:
            raise ParameterError(f"A boundary is set at {time:g} s, which is not within the recording.")
        wanted.append((Cut(k, end, 0, time, loose), frame))
    wanted.sort(key=lambda w: (w[0].after, not w[0].end))
    need = [int(said.needs[c.label]) + c.end for c, _ in wanted]
    slack = frames - int(said.needs[-1])
    rooms = _ascending([f - n for (_, f), n in zip(wanted, need, strict=True)])
    found: list[Cut] = []
    for (c, f), n, room in zip(wanted, need, rooms, strict=True):
        frame = min(max(round(room), 0), max(slack, 0)) + n
        if abs(frame - f) > (1.51 if word_lag is None else 4.0):
            raise Infeasible(
                f"Near {c.time:.3f} s boundaries are set so close to each other that the labels between them, which "
                "need a frame each, find no room; move or release one of them."
            )
        found.append(replace(c, frame=frame))
    return tuple(found)


def _ascending(values: list[float]) -> list[float]:
    """The nearest values that never go down (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for v in values:
        total, count = v, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            t, n = pools.pop()
            total, count = total + t, count + n
        pools.append((total, count))
    return [t / n for t, n in pools for _ in range(n)]
