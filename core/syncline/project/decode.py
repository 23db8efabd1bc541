"""From parts back to a session; every part may be missing, damaged or made up by somebody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from ..errors import ParameterError
from ..model import (
    AUTO,
    Alignment,
    Constraints,
    FeatureRecipe,
    FeatureTerm,
    KeptScorer,
    Lock,
    MatchRecipe,
    Media,
    NamedMatch,
    Pair,
    Picture,
    Recipe,
    Scene,
    Session,
    Truth,
    WarpingPath,
)
from ..registry import Registry, build
from .match_parts import read_matching, read_picture, read_recipe, read_scene, read_trained
from .pair_parts import (
    read_anchor,
    read_audio,
    read_errors,
    read_forbidden,
    read_lock,
    read_path,
    read_sequence,
    read_video,
)
from .record import Damaged, Record
from .runs import Source
from .segment_parts import SegmentReader

__all__ = ["Problem", "decode"]


Kind = Literal["missing", "outside", "changed", "unreadable", "damaged", "plugin"]


@dataclass(frozen=True, eq=False)
class Problem:
    """Something in a project that is not as it was saved.

    Attributes
    ----------
    kind
        ``"missing"``, ``"outside"`` (lies outside the project's folder and the user never opened it; nothing was
        read), ``"changed"`` or ``"unreadable"`` concern a medium: offer “Locate…”, that is `relocate`.
        ``"damaged"`` names a part of the project file that was left out, ``"plugin"`` a method that is not
        installed here (its parameters are kept).
    sentence
        One complete sentence for the user.
    media
        The medium as it stands in the session, for the first four kinds; None where it is a picture of a scene, or a
        file that emissions come from: such a file is chosen again.
    expected
        Digest the medium had when the project was saved.
    candidate
        The path looked at.
    picture
        The picture of a scene, as it stands in the session; offer “Locate…”, that is `relocate_picture`.
    """

    kind: Kind
    sentence: str
    media: Media | None = None
    expected: str = ""
    candidate: Path | None = None
    picture: Picture | None = None


def decode(
    items: Mapping[str, bytes],
    arrays: Callable[[str], NDArray[Any] | None],
    place: Callable[[str], Path],
) -> tuple[Session, list[Problem]]:
    """Put a session together.

    Parameters
    ----------
    items
        See `codec.Encoded`.
    arrays
        Gives the array with that name, None if it is missing or damaged.
    place
        Turns the word of a ``place/KEY`` item into a path.

    Returns
    -------
    tuple
        The session, and one problem for every part that had to be left out.
    """
    decoder = _Decoder(items, arrays, place)
    return decoder.session(), decoder.problems


def _ids(record: Record, name: str) -> list[int]:
    """Each once, whatever else the list holds left out."""
    found = (i for i in record.list(name) if isinstance(i, int) and not isinstance(i, bool) and i >= 0)
    return list(dict.fromkeys(found))


class _Decoder:
    def __init__(
        self,
        items: Mapping[str, bytes],
        arrays: Callable[[str], NDArray[Any] | None],
        place: Callable[[str], Path],
    ) -> None:
        self.items, self._arrays, self._place = items, arrays, place
        self.problems: list[Problem] = []
        self._media: dict[str, Media] = {}
        self._truths: dict[str, Truth | None] = {}
        self._pairs: dict[tuple[str, str, str | None], Pair] = {}

    def damaged(self, what: str) -> None:
        sentence = f"{what[0].upper()}{what[1:]} is damaged in the project file and was left out."
        if all(p.sentence != sentence for p in self.problems):
            self.problems.append(Problem("damaged", sentence))

    def record(self, name: str) -> Record:
        if name not in self.items:
            raise Damaged
        return Record.parse(self.items[name])

    def _array(self, record: Record, name: str, kind: str, width: int | None) -> NDArray[Any]:
        array = self._arrays(record.text(name))
        if array is None or array.dtype.kind not in kind or array.ndim != (1 if width is None else 2):
            raise Damaged
        if width and array.shape[1] != width:
            raise Damaged
        return array

    def _numbers(self, prefix: str) -> list[int]:
        tails = (n.removeprefix(prefix) for n in self.items if n.startswith(prefix))
        return sorted(int(t) for t in tails if t.isascii() and t.isdigit() and len(t) < 18)

    # -- session -----------------------------------------------------------------------------------

    def session(self) -> Session:
        found = self._numbers("alignment/")
        digests: Sequence[str] | None = None
        try:
            head = self.record("session")
            digests = head.texts("encoders") if head.get("encoders") is not None else None
            ids = _ids(head, "alignments")
            active = None if head.get("active") is None else head.whole("active")
            ghosts = frozenset(i for i in head.list("ghosts") if isinstance(i, int) and i in ids)
            recipe = self.recipe(head.get("recipe")) or Recipe()
            keys = head.maybe_text("a"), head.maybe_text("b"), head.maybe_text("truth")
        except Damaged:
            self.damaged("the overview of the project")
            ids, active, ghosts, recipe, keys = found, None, frozenset[int](), Recipe(), (None, None, None)
            if found:
                active = found[0]
                try:
                    first = self.record(f"alignment/{found[0]}")
                    keys = first.maybe_text("a"), first.maybe_text("b"), first.maybe_text("truth")
                except Damaged:
                    pass
        a = self.media(keys[0]) if keys[0] is not None else None
        b = self.media(keys[1]) if keys[1] is not None else None
        truth = self.truth(keys[2])
        alignments = tuple(al for al in (self.alignment(i, keys) for i in ids) if al is not None)
        if active is not None and all(al.id != active for al in alignments):
            active = alignments[0].id if alignments else None
        encoders = self.all_trained("encoder", digests)
        session = self.match(Session(a, b, truth, recipe, alignments, active, ghosts, encoders=encoders))
        source = Source(
            self.items, self.record, self._numbers, self._array, self.params, self.media, self._place, self.damaged
        )
        return SegmentReader(source).session(session)

    # -- scenes ------------------------------------------------------------------------------------

    def match(self, session: Session) -> Session:
        """The session with its scenes and matchings, which projects of format 1 have none of."""
        if "match" not in self.items and not self._numbers("scene/"):
            return session
        recipe = MatchRecipe()
        digests: Sequence[str] | None = None
        try:
            head = self.record("match")
            ids, found = _ids(head, "scenes"), _ids(head, "matchings")
            digests = head.texts("scorers") if head.get("scorers") is not None else None
            recipe = read_recipe(Record(head.get("recipe")), self.params)
        except Damaged:
            self.damaged("the overview of the pictures")
            ids, found = self._numbers("scene/"), self._numbers("matching/")
        scorers = self.all_trained("scorer", digests)
        scenes = {i: scene for i in ids if (scene := self.scene(i)) is not None}
        matchings = tuple(m for i in found if (m := self.matching(i, scenes)) is not None)
        session = dataclasses.replace(
            session, scenes=tuple(scenes.values()), matchings=matchings, match_recipe=recipe, scorers=scorers
        ).with_active(next(iter(scenes), None))
        try:
            view = self.record("view")
            looked = {
                n: None if view.get(n) is None else view.whole(n) for n in ("scene", "caption", "shown", "compared")
            }
        except Damaged:
            # What was looked at is no work; the first picture is as good.
            return session
        session = session.with_active(
            looked["scene"] if looked["scene"] in scenes else session.scene, looked["caption"]
        )
        shown, compared = (session.find_matching(looked[n]) for n in ("shown", "compared"))
        return dataclasses.replace(
            session,
            shown_match=shown.id if shown is not None else session.shown_match,
            compared=compared.id if compared is not None else None,
        )

    def scene(self, id: int) -> Scene | None:
        path, mtime = self._found(f"scene-{id}", f"the place of picture {id}")
        try:
            r = self.record(f"scene/{id}")
            scene, lost = read_scene(r, id, read_picture(r, path, mtime))
        except Damaged:
            self.damaged(f"what is known of picture “{path.name}”")
            return None
        for part in lost:
            self.damaged(f"{part} of “{path.name}”")
        return scene

    def matching(self, id: int, scenes: Mapping[int, Scene]) -> NamedMatch | None:
        where = f"the links {id}"
        try:
            r = self.record(f"matching/{id}")
            scene = scenes.get(r.whole("scene"))
            if scene is None:
                # Its picture was already said to be damaged.
                return None
            where = f"a list of links of “{scene.picture.name}”"
            if f"asked/{id}" in self.items:
                asked = self.record(f"asked/{id}")
                scene = read_scene(asked, scene.id, scene.picture)[0]
            return read_matching(r, id, scene, self.params, lambda r, n, width: self._array(r, n, "fi", width))
        except Damaged:
            self.damaged(where)
            return None

    def all_trained(self, noun: str, digests: Sequence[str] | None) -> tuple[KeptScorer, ...]:
        """What was trained, in the order of the overview; without one all that there are."""
        if digests is None:
            digests = sorted(n.removeprefix(f"{noun}/") for n in self.items if n.startswith(f"{noun}/"))
        return tuple(x for d in dict.fromkeys(digests) if (x := self.trained(noun, d)) is not None)

    def trained(self, noun: str, digest: str) -> KeptScorer | None:
        """One of them, None and a sentence if it is damaged."""
        try:
            return read_trained(
                self.record(f"{noun}/{digest}"), noun, digest, lambda r, n, w: self._array(r, n, "f", w)
            )
        except ParameterError as error:
            self.problems.append(Problem("damaged", f"A trained {noun} of the project was left out: {error}"))
        except Damaged:
            self.damaged(f"a trained {noun}")
        return None

    def _found(self, key: str, what: str) -> tuple[Path, int]:
        """Where a file lies, and when it was changed."""
        try:
            where = self.record(f"place/{key}")
            return self._place(where.text("path")), where.whole("mtime_ns", -1)
        except (Damaged, ValueError):
            self.damaged(what)
            return Path("unknown"), -1

    def media(self, key: str) -> Media:
        if key not in self._media:
            self._media[key] = self._read_media(key)
        return self._media[key]

    def _read_media(self, key: str) -> Media:
        path, mtime = self._found(key, "the place of a medium")
        try:
            r = self.record(f"media/{key}")
            kind = r.text("kind")
            if kind not in ("video", "audio", "features"):
                raise Damaged
            options: dict[str, str | float] = {
                k: v for k, v in r.plain("options").items() if isinstance(v, (str, float, int))
            }
            media = Media(
                path,
                kind,
                r.number("duration"),
                r.text("digest"),
                r.whole("size"),
                mtime,
                options=options,
                notes=r.texts("notes"),
            )
        except Damaged:
            self.damaged(f"what is known of “{path.name}”")
            return Media(path, "video", 0.0, "", 0, -1)
        try:
            return dataclasses.replace(
                media,
                video=read_video(r, self._array),
                audio=read_audio(r),
                sequence=read_sequence(r, self._array),
            )
        except Damaged:
            self.damaged(f"the list of frames of “{path.name}”")
            return dataclasses.replace(media, mtime_ns=-1)

    def truth(self, key: str | None) -> Truth | None:
        if key is None:
            return None
        if key not in self._truths:
            try:
                r = self.record(f"truth/{key}")
                self._truths[key] = Truth(self._array(r, "times", "f", 2), r.text("source"))
            except Damaged:
                self.damaged("a list of true correspondences")
                self._truths[key] = None
        return self._truths[key]

    # -- alignments --------------------------------------------------------------------------------

    def alignment(self, id: int, keys: tuple[str | None, str | None, str | None]) -> Alignment | None:
        name = f"alignment {id}"
        r = None
        try:
            r = self.record(f"alignment/{id}")
            a, b, t = r.text("a"), r.text("b"), r.maybe_text("truth")
            name = f"“{r.text('name')}”" if r.text("name") else name
        except Damaged:
            # Its anchors and path may be whole: they stand on the session's own inputs then.
            self.damaged(f"the description of {name}")
            a, b, t = keys
            if a is None or b is None or not (f"constraints/{id}" in self.items or f"path/{id}" in self.items):
                return None
            r = None
        pair = self._pairs.setdefault((a, b, t), Pair(self.media(a), self.media(b), self.truth(t)))
        constraints = self.constraints(f"constraints/{id}", f"of {name}") or Constraints()
        path = self.path(id, name) if r is None or r.get("has_path") is not False else None
        if r is None:
            return Alignment(id, pair, constraints=constraints, path=path)
        solved = None
        if r.get("solved") == "same":
            solved = constraints
        elif r.get("solved") == "other":
            solved = self.constraints(f"solved/{id}", f"behind the path of {name}")
        try:
            return Alignment(
                id,
                pair,
                self.recipe(r.get("recipe")) or Recipe(),
                self.recipe(r.get("resolved")),
                r.text("reason"),
                constraints,
                None,
                None,
                path,
                solved,
                r.number("seconds"),
                read_errors(r.get("errors")),
                r.text("stale"),
                r.text("name"),
            )
        except Damaged:
            self.damaged(f"the description of {name}")
            return Alignment(id, pair, constraints=constraints, path=path)

    def path(self, id: int, name: str) -> WarpingPath | None:
        try:
            return read_path(self.record(f"path/{id}"), self._array)
        except (Damaged, ParameterError):
            self.damaged(f"the path of {name}")
            return None

    def constraints(self, item: str, of: str) -> Constraints | None:
        try:
            r = self.record(item)
            entries = r.list("anchors"), r.list("locks"), r.list("forbidden")
        except Damaged:
            self.damaged(f"the list of anchors {of}")
            return None
        anchors, locks, forbidden = (
            [x for x in (self._one(read, e, of) for e in part) if x is not None]
            for read, part in zip((read_anchor, self._lock, read_forbidden), entries, strict=True)
        )
        highest = max((c.id for c in (*anchors, *locks, *forbidden)), default=0)
        next_id = r.get("next_id")
        next_id = next_id if isinstance(next_id, int) and highest < next_id < 1 << 53 else highest + 1
        anchors.sort(key=lambda x: x.a)
        return Constraints(tuple(anchors), tuple(locks), tuple(forbidden), next_id)

    def _one(self, read: Callable[[Record], Any], value: object, of: str) -> Any:
        try:
            return read(Record(value))
        except Damaged:
            self.damaged(f"an anchor {of}")
            return None

    def _lock(self, r: Record) -> Lock:
        return read_lock(r, self._array)

    # -- recipes -----------------------------------------------------------------------------------

    def recipe(self, value: object) -> Recipe | None:
        if value is None:
            return None
        from ..solvers.warp import REGISTRY as METHODS

        r = Record(value)
        method = r.text("method")
        params = None if method == AUTO else self.params(METHODS, method, r)
        features = Record(r.get("features"))
        return Recipe(self.features(features), method, params)

    def features(self, r: Record) -> FeatureRecipe:
        from ..features import REGISTRY as EXTRACTORS

        terms: list[FeatureTerm] = []
        for entry in r.list("terms"):
            t = Record(entry)
            name = t.text("name")
            terms.append(FeatureTerm(name, t.number("weight"), self.params(EXTRACTORS, name, t)))
        return FeatureRecipe(tuple(terms), r.whole("components"))

    def params(self, registry: Registry[Any], name: str, r: Record) -> Any:
        values = None if r.get("params") is None else r.plain("params")
        if name not in registry:
            self._plugin(f"The {registry.noun} “{name}” is not installed here; its settings are kept as they are.")
            return values
        if values is None:
            return None
        try:
            return build(registry[name].params, values)
        except (ParameterError, TypeError):
            self._plugin(
                f"The settings of the {registry.noun} “{name}” do not fit this version; they are kept as they are."
            )
            return values

    def _plugin(self, sentence: str) -> None:
        if all(p.sentence != sentence for p in self.problems):
            self.problems.append(Problem("plugin", sentence))
