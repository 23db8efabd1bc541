"""Correcting pieces of a recording: boundaries, labels, the transcript, own tiers. Every edit is a value.

`apply` draws an edit in and keeps it as a constraint; what follows from it for other pieces `recutting.resolve` says.

Tiers are of three families. Those that a transcript fills (``words`` and ``labels``): a moved boundary is pinned to its
piece, any other edit makes another transcript. Those that a method cuts: a moved or new boundary is a pin, a piece that
is named, drawn, merged or locked is held. A recording's own tiers: edits are free, nothing is solved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ..errors import ParameterError
from ..model.recordings import NamedSegments, Recording, Word
from ..model.segments import Tier, Tiers
from . import _cut_pieces, _own_pieces, _said, _spoken_pieces
from ._piece_tools import TRANSCRIPT, example_tier

__all__ = [
    "FILLED",
    "TRANSCRIPT",
    "AddTier",
    "Edit",
    "Insert",
    "Lock",
    "Merge",
    "Move",
    "Relabel",
    "Remove",
    "RemoveTier",
    "RenameTier",
    "Split",
    "TakeTiers",
    "Transcript",
    "apply",
    "example_tier",
    "limits",
    "locked",
    "locks",
]

FILLED = (*TRANSCRIPT, "changes", "units", "shots", "sound", "recurring", "pieces")
"""Names of tiers that methods fill: no own tier is called so."""


@dataclass(frozen=True)
class Move:
    """The boundary where a piece begins (or ends) is put at `time`; of two pieces that touch there, both follow.

    Attributes
    ----------
    alone
        Where there may be gaps, in own tiers and those of a transcript: the piece that touches stays where it is.
    """

    title: ClassVar[str] = "Move boundary"
    tier: str
    piece: int
    end: bool
    time: float
    alone: bool = False


@dataclass(frozen=True)
class Split:
    """The piece at `time` becomes two, with these labels (None: as it divides)."""

    title: ClassVar[str] = "Split"
    tier: str
    time: float
    labels: tuple[str, str] | None = None


@dataclass(frozen=True)
class Merge:
    """A piece and the next one become one."""

    title: ClassVar[str] = "Merge"
    tier: str
    piece: int


@dataclass(frozen=True)
class Relabel:
    """A piece gets another label; a word may become several, with spaces between them."""

    title: ClassVar[str] = "Relabel"
    tier: str
    piece: int
    label: str


@dataclass(frozen=True)
class Insert:
    """A piece is drawn; of an own tier of points, at `start`."""

    title: ClassVar[str] = "Insert"
    tier: str
    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Remove:
    """A piece is taken away; where a tier is cut without gaps, the one before takes its place."""

    title: ClassVar[str] = "Remove"
    tier: str
    piece: int


@dataclass(frozen=True)
class Lock:
    """The start or end of a piece is locked where it is, or released; `end` None: the whole piece."""

    title: ClassVar[str] = "Lock"
    tier: str
    piece: int
    end: bool | None
    on: bool


@dataclass(frozen=True)
class Transcript:
    """What is said becomes something else; words that stay keep their places."""

    title: ClassVar[str] = "Transcript"
    words: tuple[Word, ...]


@dataclass(frozen=True)
class AddTier:
    """An empty tier of the recording's own."""

    title: ClassVar[str] = "Add tier"
    name: str
    points: bool = False


@dataclass(frozen=True)
class RemoveTier:
    """An own tier goes."""

    title: ClassVar[str] = "Remove tier"
    name: str


@dataclass(frozen=True)
class RenameTier:
    """An own tier gets another name."""

    title: ClassVar[str] = "Rename tier"
    name: str
    to: str


@dataclass(frozen=True)
class TakeTiers:
    """Imported tiers become the recording's own, beside those it has."""

    title: ClassVar[str] = "Import tiers"
    tiers: Tiers


Edit = (
    Move | Split | Merge | Relabel | Insert | Remove | Lock | Transcript | AddTier | RemoveTier | RenameTier | TakeTiers
)
"""What a person does to pieces. Each has a `title`, a short English name."""


def apply(recording: Recording, segments: NamedSegments | None, edit: Edit) -> tuple[Recording, NamedSegments | None]:
    """Do an edit: the recording and the segmentation with it, constraints kept and pieces drawn in.

    Parameters
    ----------
    segments
        The segmentation in hand: a tier that it has by an edit's name is meant first, an own tier of that name else.

    Returns
    -------
    The very same objects where the edit changes nothing of them.

    Raises
    ------
    ParameterError
        One sentence: there is no such tier or piece, or no room.
    """
    if isinstance(edit, AddTier | RemoveTier | RenameTier | TakeTiers):
        return _tiers_edited(recording, edit), segments
    if isinstance(edit, Transcript):
        said = replace(recording, transcript=edit.words)
        return said, None if segments is None else _said.transcribe(recording, segments, edit.words)
    found = None if segments is None else segments.tiers.tier(edit.tier)
    if found is None or segments is None:
        own = _own(recording, edit.tier)
        return replace(
            recording, own=_swapped(recording.own, _own_edited(own, edit, recording.media.duration))
        ), segments
    if edit.tier not in TRANSCRIPT:
        return recording, _cut_edited(segments, found, edit)
    return _said_edited(recording, segments, found, edit)


def locked(segments: NamedSegments, tier: str, piece: int, end: bool | None) -> bool:
    """Whether a person has set the start or end of a piece of a segmentation; `end` None: the whole piece."""
    found = segments.tiers.tier(tier)
    if found is None:
        return False
    where = _spoken_pieces if tier in TRANSCRIPT else _cut_pieces
    return where.locked(segments, found, piece, end)


def locks(segments: NamedSegments, tier: str) -> frozenset[int | tuple[int, bool]]:
    """What a person has set in a tier, all that `locked` is true of: ``(piece, end)``, or ``piece``, of the whole.

    Only what is set is looked at, so that thousands of boundaries in an hour can be.
    """
    found = segments.tiers.tier(tier)
    if found is None:
        return frozenset()
    if tier not in TRANSCRIPT:
        bounds, held = _cut_pieces.locks(segments, found)
        return frozenset((*bounds, *held))
    bounds = _spoken_pieces.locks(segments, found)
    return frozenset((*bounds, *(k for k, end in bounds if end and (k, False) in bounds)))


def limits(
    recording: Recording, segments: NamedSegments | None, tier: str, piece: int, end: bool
) -> tuple[float, float]:
    """Seconds between which a boundary may be put, low and high.

    Of a tier that a transcript fills, up to the next boundaries that are set, since what lies between moves along; of
    any other, up to the neighbouring boundaries.

    Raises
    ------
    ParameterError
        There is no such tier or piece, or no room between two boundaries that are set.
    """
    found = None if segments is None else segments.tiers.tier(tier)
    if found is None or segments is None:
        own = _own(recording, tier)
        return _own_pieces.limits(own, piece, end, recording.media.duration)
    if tier in TRANSCRIPT:
        return _spoken_pieces.limits(segments, tier, piece, end)
    return _cut_pieces.limits(segments, found, piece, end)


def _own(recording: Recording, name: str) -> Tier:
    found = next((t for t in recording.own if t.name == name), None)
    if found is None:
        raise ParameterError(f"There is no tier “{name}”.")
    return found


def _swapped(own: tuple[Tier, ...], tier: Tier) -> tuple[Tier, ...]:
    return tuple(tier if t.name == tier.name else t for t in own)


def _own_edited(tier: Tier, edit: Move | Split | Merge | Relabel | Insert | Remove | Lock, duration: float) -> Tier:
    match edit:
        case Move():
            if edit.alone:
                return _own_pieces.part(tier, edit.piece, edit.end, edit.time)
            return _own_pieces.move(tier, edit.piece, edit.end, edit.time, duration)
        case Split():
            return _own_pieces.split(tier, edit.time, edit.labels)
        case Merge():
            return _own_pieces.merge(tier, edit.piece)
        case Relabel():
            return _own_pieces.relabel(tier, edit.piece, edit.label)
        case Insert():
            return _own_pieces.insert(tier, edit.start, edit.end, edit.label)
        case Remove():
            return _own_pieces.remove(tier, edit.piece)
        case Lock():
            raise ParameterError("No method moves the pieces of an own tier, so there is nothing to lock.")


def _said_edited(
    recording: Recording,
    segments: NamedSegments,
    tier: Tier,
    edit: Move | Split | Merge | Relabel | Insert | Remove | Lock,
) -> tuple[Recording, NamedSegments]:
    match edit:
        case Move():
            move = _spoken_pieces.part if edit.alone else _spoken_pieces.move
            return recording, move(segments, edit.tier, edit.piece, edit.end, edit.time)
        case Lock():
            return recording, _spoken_pieces.lock(segments, edit.tier, edit.piece, edit.end, edit.on)
        case Split():
            return _said.split(recording, segments, tier, edit.time, edit.labels)
        case Merge():
            return _said.merge(recording, segments, tier, edit.piece)
        case Relabel():
            return _said.relabel(recording, segments, tier, edit.piece, edit.label)
        case Insert():
            return _said.insert(recording, segments, tier, edit.start, edit.end, edit.label)
        case Remove():
            return _said.remove(recording, segments, tier, edit.piece)


def _cut_edited(
    segments: NamedSegments, tier: Tier, edit: Move | Split | Merge | Relabel | Insert | Remove | Lock
) -> NamedSegments:
    match edit:
        case Move():
            return _cut_pieces.move(segments, tier, edit.piece, edit.end, edit.time)
        case Split():
            return _cut_pieces.split(segments, tier, edit.time, edit.labels)
        case Merge():
            return _cut_pieces.merge(segments, tier, edit.piece)
        case Relabel():
            return _cut_pieces.relabel(segments, tier, edit.piece, edit.label)
        case Insert():
            return _cut_pieces.insert(segments, tier, edit.start, edit.end, edit.label)
        case Remove():
            return _cut_pieces.remove(segments, tier, edit.piece)
        case Lock():
            return _cut_pieces.lock(segments, tier, edit.piece, edit.end, edit.on)


def _tiers_edited(recording: Recording, edit: AddTier | RemoveTier | RenameTier | TakeTiers) -> Recording:
    match edit:
        case AddTier():
            added = (*recording.own, Tier(_named(recording, edit.name), points=edit.points))
            return replace(recording, own=added)
        case RemoveTier():
            gone = _own(recording, edit.name)
            return replace(recording, own=tuple(t for t in recording.own if t is not gone))
        case RenameTier():
            old = _own(recording, edit.name)
            if edit.to == edit.name:
                return recording
            new = replace(old, name=_named(recording, edit.to))
            return replace(recording, own=tuple(new if t is old else t for t in recording.own))
        case TakeTiers():
            own = list(recording.own)
            for tier in edit.tiers.tiers:
                taken = {*FILLED, *(t.name for t in own)}
                name, n = tier.name, 2
                while name in taken:
                    name, n = f"{tier.name} {n}", n + 1
                own.append(tier if name == tier.name else replace(tier, name=name))
            return replace(recording, own=tuple(own))


def _named(recording: Recording, name: str) -> str:
    """A name for an own tier, checked."""
    name = name.strip()
    if not name:
        raise ParameterError("A tier needs a name.")
    if name in FILLED:
        raise ParameterError(f"“{name}” is what a method fills; choose another name.")
    if any(t.name == name for t in recording.own):
        raise ParameterError(f"There is a tier “{name}” already; choose another name.")
    return name
