"""Long lists and tiers in parts, so that an edit of a few entries changes few of them.

An edit touches a few of some hundred thousand pieces, and the journal writes the parts that differ. So pieces, words
and what was set lie in runs of some 250, each named by the digest of its content. A run ends where the content says,
not after a number of pieces: what an edit does not touch is cut as it was before, and stays the same part.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError, ProjectError
from ..model import Media, Segment, Tier, Tiers
from ..registry import Registry
from .parts import Known, array_name, digest_of, dump
from .record import Damaged, Record

__all__ = ["Parts", "RunReader", "Source", "write_tier", "write_tiers"]

_T = TypeVar("_T")
_RUN = 256
"""Entries of a run, on average; a power of two."""
_MOST = 1 << 24
"""Entries of a list: more are somebody's bad joke."""


# -- writing --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Part:
    """An item with what it names; all that hold the same content share one."""

    name: str
    data: bytes
    arrays: Mapping[str, NDArray[Any]]


class Parts:
    """Parts, collected."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._held: list[_Part] = []

    def once(self, thing: Any, write: Callable[[Any, Parts], _T]) -> _T:
        """What `write` makes of an immutable thing, with its parts; worked out once while it lives."""

        def work(thing: Any) -> tuple[_T, list[_Part]]:
            parts = Parts(self._known)
            return write(thing, parts), parts._held

        value, held = self._known(thing, work)
        self._held += held
        return value

    def item(self, kind: str, value: Mapping[str, object], numbers: NDArray[Any] | None = None) -> str:
        """Keep an item, with an array, under the digest of its content, which is returned."""
        arrays: dict[str, NDArray[Any]] = {}
        if numbers is not None:
            if not np.isfinite(numbers).all():
                raise ProjectError("The project holds a number that is not finite; undo the last step and save again.")
            arrays[array_name(numbers)] = numbers
            value = {**value, "numbers": next(iter(arrays))}
        data = dump(value)
        key = digest_of(data)[:16]
        name = f"{kind}/{key}"
        self._held.append(self._known.parts.setdefault(name, _Part(name, data, arrays)))
        return key

    def give(self, items: dict[str, bytes], arrays: dict[str, NDArray[Any]]) -> None:
        """Put all that was collected there."""
        for part in self._held:
            items[part.name] = part.data
            arrays.update(part.arrays)

    def list(self, kind: str, entries: Sequence[object]) -> dict[str, Any]:
        """A list of what JSON can hold, in runs."""
        marks = np.zeros(len(entries), np.uint64)
        last = 0
        for k, data in enumerate(map(dump, entries)):
            # With the one before: a word that happens to end a run would end one wherever it is said.
            marks[k], last = zlib.crc32(data, last), zlib.crc32(data)
        keys = [self.item(kind, {"entries": entries[run]}) for run in _runs(marks)]
        return {"count": len(entries), "runs": keys}


def _runs(marks: NDArray[np.uint64]) -> Iterator[slice]:
    """Cut a sequence where its marks say, on average after `_RUN` entries; never between equal marks."""
    mixed = marks * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    begins = (mixed >> np.uint64(32)) % np.uint64(_RUN) == 0
    begins[1:] &= marks[1:] != marks[:-1]
    starts = np.flatnonzero(begins)
    ends = [*starts[starts > 0].tolist(), len(marks)]
    at = 0
    for end in ends:
        if end > at:
            yield slice(at, end)
        at = end


def write_tier(tier: Tier, parts: Parts) -> str:
    """Keep a tier; gives its key."""
    pieces = tier.segments
    starts = np.fromiter((s.start for s in pieces), np.float64, len(pieces))
    ends = np.fromiter((s.end for s in pieces), np.float64, len(pieces))
    scores = np.fromiter((0.0 if s.score is None else s.score for s in pieces), np.float64, len(pieces))
    unsure = np.fromiter((s.score is None for s in pieces), np.bool_, len(pieces))
    keys: list[str] = []
    for run in _runs(starts.view(np.uint64)):
        columns = [starts[run], ends[run]] if unsure[run].all() else [starts[run], ends[run], scores[run]]
        value = {
            "labels": [s.label for s in pieces[run]],
            "unsure": np.flatnonzero(unsure[run]).tolist() if len(columns) == 3 else [],
        }
        keys.append(parts.item("pieces", value, np.stack(columns, axis=1)))
    return parts.item("tier", {"name": tier.name, "points": tier.points, "count": len(pieces), "runs": keys})


def write_tiers(tiers: Tiers, parts: Parts) -> dict[str, Any]:
    """All tiers, by their keys, with the span they lie in."""
    return {
        "tiers": [parts.once(t, write_tier) for t in tiers.tiers],
        "start": tiers.start,
        "end": tiers.end,
        "notes": tiers.notes,
    }


# -- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Source:
    """What a reader asks of the decoder of a whole session.

    Attributes
    ----------
    numbers
        The numbers behind a prefix of items' names.
    array
        ``array(record, field, kinds, columns)`` gives a read-only array.
    params
        Reads the parameters of a member of a family.
    place
        Turns the word of a place into a path.
    damaged
        Notes that a part was left out.
    """

    items: Mapping[str, bytes]
    record: Callable[[str], Record]
    numbers: Callable[[str], list[int]]
    array: Callable[[Record, str, str, int | None], NDArray[Any]]
    params: Callable[[Registry[Any], str, Record], Any]
    media: Callable[[str], Media]
    place: Callable[[str], Path]
    damaged: Callable[[str], None]


class RunReader:
    """Lists and tiers from items that may be missing, damaged or made up."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tiers: dict[str, tuple[Tier, bool]] = {}

    def list(self, outer: Record, name: str, kind: str, read: Callable[[object], _T]) -> tuple[list[_T], bool]:
        """Entries in runs, and whether some are lost."""
        r = Record(outer.get(name))
        count = r.whole("count")
        if count > _MOST:
            raise Damaged
        entries: list[_T] = []
        lost = False
        for key in r.texts("runs"):
            try:
                entries += [read(entry) for entry in self._source.record(f"{kind}/{key}").list("entries")]
            except (Damaged, ParameterError):
                lost = True
            if len(entries) > count:
                raise Damaged
        return entries, lost or len(entries) != count

    def together(self, value: object, what: str) -> tuple[Tiers, bool]:
        """Tiers, and whether they are whole."""
        try:
            r = Record(value)
            start, end, notes, count = r.number("start"), r.number("end"), r.texts("notes"), len(r.list("tiers"))
        except Damaged:
            self._source.damaged(what)
            return Tiers(), False
        kept: dict[str, Tier] = {}
        whole = True
        for tier, all_pieces in self.some(r, "tiers", what):
            whole = whole and all_pieces and tier.name not in kept
            kept.setdefault(tier.name, tier)
        if len(kept) != count:
            self._source.damaged(what)
        return Tiers(tuple(kept.values()), start, end, notes), whole and len(kept) == count

    def some(self, r: Record, name: str, what: str) -> Iterator[tuple[Tier, bool]]:
        """The tiers that a field names, each with whether it is whole."""
        try:
            keys = r.texts(name)
        except Damaged:
            keys = ("",)
        for key in keys:
            try:
                if key not in self._tiers:
                    self._tiers[key] = self._tier(self._source.record(f"tier/{key}"))
            except (Damaged, ParameterError):
                self._source.damaged(what)
                continue
            tier, whole = self._tiers[key]
            if not whole:
                self._source.damaged(f"a part of {what}")
            yield tier, whole

    def _tier(self, r: Record) -> tuple[Tier, bool]:
        name, points, count = r.text("name"), r.flag("points"), r.whole("count")
        if count > _MOST:
            raise Damaged
        pieces: list[Segment] = []
        for key in dict.fromkeys(r.texts("runs")):
            try:
                pieces += self._run(self._source.record(f"pieces/{key}"))
            except (Damaged, ParameterError):
                continue
            if len(pieces) > count:
                raise Damaged
        return Tier(name, tuple(pieces), points), len(pieces) == count

    def _run(self, r: Record) -> list[Segment]:
        labels = r.texts("labels")
        try:
            numbers = self._source.array(r, "numbers", "f", 3)
        except Damaged:
            numbers = self._source.array(r, "numbers", "f", 2)
        if len(numbers) != len(labels):
            raise Damaged
        scores: list[float | None] = numbers[:, 2].tolist() if numbers.shape[1] == 3 else [None] * len(labels)
        for k in r.list("unsure"):
            if not isinstance(k, int) or not 0 <= k < len(scores):
                raise Damaged
            scores[k] = None
        return list(map(Segment, numbers[:, 0].tolist(), numbers[:, 1].tolist(), labels, scores))
