"""A session as plain parts: small JSON items that name arrays by the digest of their content.

Projects and the journal both store these parts. Left out is what can be computed again: features, the solver's
record of blocks, cost matrices.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProjectError
from ..model import (
    Alignment,
    Constraints,
    Errors,
    FeatureRecipe,
    KeptScorer,
    MatchRecipe,
    Media,
    NamedMatch,
    Recipe,
    Scene,
    SegmentRecipe,
    Session,
    Truth,
)
from .match_parts import write_matching, write_recipe, write_scene, write_trained
from .parts import Known, array_name, digest_of, dump, params_to_plain, place_word
from .segment_parts import write_segments

__all__ = ["Encoded", "encode", "items_digest", "state_digest"]


@dataclass(frozen=True, eq=False)
class Encoded:
    """A session's parts.

    Attributes
    ----------
    items
        JSON (ASCII bytes) by name: ``session``, ``media/KEY``, ``place/KEY``, ``truth/KEY``, ``alignment/ID``,
        ``constraints/ID``, ``solved/ID``, ``path/ID``, ``encoder/DIGEST``; of Match, only if there is any, ``match``,
        ``view``, ``scene/ID``, ``place/scene-ID``, ``matching/ID``, ``asked/ID`` where the scene was edited since, and
        ``scorer/DIGEST``; of Segment, only if there is any, ``segment``, ``view/segment``, ``recording/ID``,
        ``place/recording-ID`` where its emissions are files, ``segmentation/ID``, and by the digest of their content
        ``tier/…``, ``pieces/…``, ``words/…``, ``pins/…``, ``held/…``.
    arrays
        The arrays that items name.
    digest
        BLAKE2b over the items, hex, without the places and the view: where files lie, when they were touched and what
        is looked at is not the user's work.
    """

    items: dict[str, bytes]
    arrays: dict[str, NDArray[Any]]
    digest: str


def items_digest(items: dict[str, bytes]) -> str:
    """Digest of a state; see `Encoded`."""
    h = hashlib.blake2b(digest_size=20)
    for name in sorted(items):
        if not name.startswith("place/") and not name.startswith("view"):
            h.update(f"{name}\0{digest_of(items[name])}\n".encode())
    return h.hexdigest()


def encode(session: Session, known: Known | None = None, folder: Path | None = None) -> Encoded:
    """Take a session apart.

    Parameters
    ----------
    known
        Keeps what was encoded between calls.
    folder
        Media are placed relative to it; None places them by absolute path.

    Raises
    ------
    ProjectError
        The session holds a number that is not finite.
    """
    return _Encoder(known or Known(), folder).session(session)


def state_digest(session: Session) -> str:
    """Digest of everything a user would be sorry to lose in `session`; equal states have equal digests."""
    return encode(session).digest


def _fields(value: Any, leave: tuple[str, ...] = ()) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name not in leave}


def _scene(scene: Scene) -> bytes:
    return dump(write_scene(scene))


_WriteArray = Callable[["NDArray[Any]"], str]


def _with_arrays(write: Callable[[_WriteArray], dict[str, Any]]) -> tuple[bytes, dict[str, NDArray[Any]]]:
    arrays: dict[str, NDArray[Any]] = {}

    def keep(array: NDArray[Any]) -> str:
        name = array_name(array)
        arrays[name] = array
        return name

    return dump(write(keep)), arrays


def _matching(named: NamedMatch) -> tuple[bytes, dict[str, NDArray[Any]]]:
    return _with_arrays(lambda keep: write_matching(named, params_to_plain, keep))


def _trained(trained: KeptScorer) -> tuple[bytes, dict[str, NDArray[Any]]]:
    return _with_arrays(lambda keep: write_trained(trained, keep))


class _Encoder:
    def __init__(self, known: Known, folder: Path | None) -> None:
        self.known, self.folder = known, folder
        self.items: dict[str, bytes] = {}
        self.arrays: dict[str, NDArray[Any]] = {}
        self._media: dict[int, str] = {}
        self._truths: dict[int, str] = {}
        self._places: dict[str, Path] = {}

    def array(self, array: NDArray[Any] | None) -> str | None:
        if array is None:
            return None
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ProjectError("The project holds a number that is not finite; undo the last step and save again.")
        name = self.known(array, array_name)
        self.arrays[name] = array
        return name

    def session(self, s: Session) -> Encoded:
        head: dict[str, Any] = {
            "a": self.media(s.a),
            "b": self.media(s.b),
            "truth": self.truth(s.truth),
            "recipe": self.recipe(s.recipe),
            "alignments": [al.id for al in s.alignments],
            "active": s.active,
            "ghosts": sorted(s.ghosts),
        }
        for al in s.alignments:
            self.alignment(al)
        if s.encoders:
            # Left out where there are none: such projects stay what they are to the byte.
            head["encoders"] = [x.digest for x in s.encoders]
        self.items["session"] = dump(head)
        for encoder in s.encoders:
            self.items[f"encoder/{encoder.digest}"], arrays = self.known(encoder, _trained)
            self.arrays |= arrays
        if s.scenes or s.scorers or s.match_recipe != MatchRecipe():
            self.match(s)
        if s.recordings or s.segmentations or s.segment_recipe != SegmentRecipe():
            items, arrays = write_segments(s, self.media_key, self.known, self.folder)
            self.items |= items
            self.arrays |= arrays
        return Encoded(self.items, self.arrays, items_digest(self.items))

    def match(self, s: Session) -> None:
        head: dict[str, Any] = {
            "scenes": [x.id for x in s.scenes],
            "matchings": [m.id for m in s.matchings],
            "recipe": write_recipe(s.match_recipe, params_to_plain),
        }
        if s.scorers:
            head["scorers"] = [x.digest for x in s.scorers]
        self.items["match"] = dump(head)
        view = {"scene": s.scene, "caption": s.caption, "shown": s.shown_match, "compared": s.compared}
        self.items["view"] = dump(view)
        scenes = {scene.id: scene for scene in s.scenes}
        for scene in s.scenes:
            self.items[f"scene/{scene.id}"] = self.known(scene, _scene)
            p = scene.picture
            place = {"path": place_word(p.path, self.folder), "mtime_ns": p.mtime_ns}
            self.items[f"place/scene-{scene.id}"] = dump(place)
        for named in s.matchings:
            self.items[f"matching/{named.id}"], arrays = self.known(named, _matching)
            self.arrays |= arrays
            if named.match.scene is not scenes.get(named.scene):
                asked = self.known(named.match.scene, _scene)
                if asked != self.items.get(f"scene/{named.scene}"):
                    self.items[f"asked/{named.id}"] = asked

        for scorer in s.scorers:
            self.items[f"scorer/{scorer.digest}"], arrays = self.known(scorer, _trained)
            self.arrays |= arrays

    def media(self, m: Media | None) -> str | None:
        return None if m is None else self.media_key(m)

    def media_key(self, m: Media) -> str:
        if id(m) in self._media:
            return self._media[id(m)]
        record = {
            "name": m.name,
            "kind": m.kind,
            "duration": m.duration,
            "digest": m.digest,
            "size": m.size,
            "options": m.options,
            "notes": m.notes,
            "video": None,
            "audio": None if m.audio is None else _fields(m.audio),
            "sequence": None,
        }
        if m.video is not None:
            arrays = ("times", "pts", "keys")
            record["video"] = _fields(m.video, arrays) | {n: self.array(getattr(m.video, n)) for n in arrays}
        if m.sequence is not None:
            record["sequence"] = _fields(m.sequence, ("times",)) | {"times": self.array(m.sequence.times)}
        data = dump(record)
        key = base = digest_of(data)[:16]
        # Two copies of one file in two folders are two media.
        serial = 1
        while self._places.get(key, m.path) != m.path:
            serial += 1
            key = f"{base}-{serial}"
        self._places[key] = m.path
        self._media[id(m)] = key
        self.items[f"media/{key}"] = data
        self.items[f"place/{key}"] = dump({"path": place_word(m.path, self.folder), "mtime_ns": m.mtime_ns})
        return key

    def truth(self, t: Truth | None) -> str | None:
        if t is None:
            return None
        if id(t) not in self._truths:
            data = dump({"times": self.array(t.times), "source": t.source})
            self._truths[id(t)] = digest_of(data)[:16]
            self.items[f"truth/{self._truths[id(t)]}"] = data
        return self._truths[id(t)]

    def recipe(self, r: Recipe | None) -> dict[str, Any] | None:
        if r is None:
            return None
        return {"features": self.features(r.features), "method": r.method, "params": params_to_plain(r.params)}

    @staticmethod
    def features(r: FeatureRecipe) -> dict[str, Any]:
        terms = [{"name": t.name, "weight": t.weight, "params": params_to_plain(t.params)} for t in r.terms]
        return {"terms": terms, "components": r.components}

    @staticmethod
    def errors(e: Errors | None) -> dict[str, Any] | None:
        # `within` as a list: keys are sorted on writing, and the tolerances have an order of their own.
        return None if e is None else _fields(e, ("within",)) | {"within": list(e.within.items())}

    def constraints(self, c: Constraints) -> bytes:
        return dump(
            {
                "next_id": c.next_id,
                "anchors": [_fields(a) for a in c.anchors],
                "locks": [{"id": k.id, "times": self.array(k.times), "note": k.note} for k in c.locks],
                "forbidden": [_fields(f) for f in c.forbidden],
            }
        )

    def alignment(self, al: Alignment) -> None:
        constraints = self.constraints(al.constraints)
        self.items[f"constraints/{al.id}"] = constraints
        solved = None
        if al.solved is not None:
            other = constraints if al.solved is al.constraints else self.constraints(al.solved)
            solved = "same" if other == constraints else "other"
            if solved == "other":
                self.items[f"solved/{al.id}"] = other
        self.items[f"alignment/{al.id}"] = dump(
            {
                "a": self.media(al.pair.a),
                "b": self.media(al.pair.b),
                "truth": self.truth(al.pair.truth),
                "recipe": self.recipe(al.recipe),
                "resolved": self.recipe(al.resolved),
                "reason": al.reason,
                "seconds": al.seconds,
                "stale": al.stale,
                "name": al.name,
                "solved": solved,
                "has_path": al.path is not None,
                "errors": self.errors(al.errors),
            }
        )
        if al.path is not None:
            p = al.path
            self.items[f"path/{al.id}"] = dump(
                {
                    "pairs": self.array(p.pairs),
                    "a_times": self.array(p.a_times),
                    "b_times": self.array(p.b_times),
                    "breaks": self.array(p.breaks),
                    "cost": p.cost,
                    "normalised": p.normalised,
                }
                # Left out where there are none: such projects stay what they are to the byte.
                | ({} if p.views is None else {f"{n}_view": self.array(v) for n, v in zip("ab", p.views, strict=True)})
            )
