"""Which tiers the Segment workspace shows, in which order, and what of them is locked."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from syncline.edits import pieces
from syncline.model import NamedSegments, Session, Tier

from .views.tiers_shown import Shown

__all__ = ["TierList"]

_ALSO = {"words": ("word",), "labels": ("phones", "phone", "letters"), "units": ("phones", "phone")}
"""What stands below a tier where the truth has none of its name."""


class TierList:
    """Makes the list anew whenever the session is another one; what did not change stays the same object."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[tuple[object, ...], Shown]] = {}

    def of(self, session: Session, phonemes: Mapping[int, bool]) -> list[Shown]:
        """All tiers of the recording in hand.

        Below each that was found stand that of the segmentation it is compared with and the true one; then come the
        recording's own, and what has no counterpart.

        Parameters
        ----------
        phonemes
            Whether labels of a segmentation, by its id, are those of a phoneme model; as far as it is known.
        """
        recording, named, other = session.active_recording, session.segments, session.other_segments
        if recording is None:
            return []
        truth = list(recording.truth.tiers) if recording.truth is not None else []
        beside = list(other.tiers.tiers) if other is not None else []
        found = named.tiers.tiers if named is not None else ()
        out: list[Shown] = []
        for tier in found:
            kind = "transcript" if tier.name in pieces.TRANSCRIPT else "cut"
            assert named is not None
            out.append(self._shown(tier, kind, _title(tier.name, phonemes.get(named.id)), named))
            for k, t in enumerate(beside):
                if t.name == tier.name:
                    out.append(self._shown(beside.pop(k), "compared", _words("other")))
                    break
            mine = next((t for n in (tier.name, *_ALSO.get(tier.name, ())) for t in truth if t.name == n), None)
            if mine is not None:
                truth.remove(mine)
                out.append(self._shown(mine, "truth", _words("true")))
        out += [self._shown(t, "own", "") for t in recording.own]
        spoken = None if other is None else phonemes.get(other.id)
        out += [self._shown(t, "compared", _title(t.name, spoken)) for t in beside]
        out += [self._shown(t, "truth", t.name) for t in truth]
        self._known = {(s.kind, s.name): self._known[s.kind, s.name] for s in out}
        return out

    def _shown(self, tier: Tier, kind: str, title: str, named: NamedSegments | None = None) -> Shown:
        basis = (tier, title, None if named is None else named.constraints)
        old = self._known.get((kind, tier.name))
        if old is not None and old[0][0] is tier and old[0][1:] == basis[1:]:
            return old[1]
        locked = frozenset[int | tuple[int, bool]]() if named is None else pieces.locks(named, tier.name)
        made = Shown(tier.name, kind, tier.segments, locked, points=tier.points, title=title)  # pyright: ignore[reportArgumentType]
        self._known[kind, tier.name] = (basis, made)
        return made


def _words(text: str) -> str:
    return QCoreApplication.translate("TierList", text)


def _title(name: str, phonemes: bool | None) -> str:
    if name != "labels" or phonemes is None:
        return _words(name)
    return _words("phones") if phonemes else _words("letters")
