"""Finding a project's media again: where they may be looked for, and whether they are what they were."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ..errors import MediaError, ParameterError, SynclineError
from ..model import Alignment, Media, NamedMatch, NamedSegments, Pair, Picture, Session
from ..progress import Monitor
from .decode import Kind, Problem
from .state import is_known, known, known_emissions, remember

__all__ = ["Place", "find_media", "relocate", "relocate_picture", "replace_media", "replace_pictures"]


@dataclass(frozen=True)
class Place:
    """Where a project says a medium lies.

    Attributes
    ----------
    allowed
        False if the word is no plain relative path, or leads outside the project's folder to a file that the
        user never opened: then nothing there is touched, not even to see whether it exists (RELIABILITY §2).
    """

    path: Path
    allowed: bool

    @classmethod
    def of(cls, word: str, folder: Path) -> Place:
        """Judge the word of a project in `folder` (absolute, real)."""
        name = re.split(r"[/\\\0]", word)[-1] or "unknown"
        if not word or "\0" in word or word[0] in "~/\\" or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", word):
            return cls(folder / name, False)
        path = Path(os.path.normpath(folder / word))
        real = Path(os.path.realpath(path))
        return cls(path, real.is_relative_to(folder) or is_known(real))


def find_media(session: Session, places: dict[Path, Place], monitor: Monitor) -> tuple[Session, list[Problem]]:
    """Look for every medium of an opened project and compare it with what was recorded.

    Size and time of change are compared first; only where they differ is the content read. A medium with other
    content than recorded is opened anew, and what was computed from the old one is marked stale.
    """
    every = [session.a, session.b, *(m for al in session.alignments for m in (al.pair.a, al.pair.b))]
    every += [r.media for r in session.recordings]
    media = list({id(m): m for m in every if m is not None}.values())
    problems: list[Problem] = []
    for k, old in enumerate(media):
        part = monitor.part(k / len(media), (k + 1) / len(media), f"Looking for {old.name}")
        part.check()
        place = places.get(old.path, Place(old.path, True))
        new, problem = _find(old, place, part)
        if problem is not None:
            problems.append(problem)
        stale = problem is not None and problem.kind in ("changed", "unreadable")
        session = replace_media(session, old, new, _since(old.name) if stale else None)
    session, lost = _find_emissions(session, places, monitor)
    scenes, moved = _find_pictures(session, places, monitor)
    return replace_pictures(session, scenes), [*problems, *lost, *moved]


Mark = Callable[[Alignment | NamedSegments], str]
"""The sentence that says why it is stale, or ""."""


def _since(name: str) -> Mark:
    def mark(made: Alignment | NamedSegments) -> str:
        if isinstance(made, Alignment):
            return f"“{name}” was changed since this path was computed; align again to be sure."
        return f"“{name}” was changed since these pieces were found; segment again to be sure."

    return mark


def _find_emissions(session: Session, places: dict[Path, Place], monitor: Monitor) -> tuple[Session, list[Problem]]:
    """Look for the files that emissions come from."""
    problems: list[Problem] = []
    for recording in session.recordings:
        source = recording.emissions
        if source is None:
            continue
        names = {name: word for name in ("path", "labels", "model") if (word := getattr(source, name))}
        found: dict[str, str] = {}
        for name, word in names.items():
            expected = source.digest if name == "path" else ""
            path, now, problem = _find_file(Path(word), places, expected, recording.media.name, monitor)
            if problem is not None:
                problems.append(problem)
                if problem.kind == "changed":
                    found["digest"] = now
                    session = _with_stale_emissions(session, recording.id, path.name)
            if problem is None or problem.kind != "outside":
                found[name] = str(path)
        # What may not be touched must not stand where a solver would open it.
        new = replace(source, **found) if found.keys() >= names.keys() else None
        if new != source:
            session = session.with_recording(replace(recording, emissions=new))
    return session, problems


def _find_file(
    old: Path, places: dict[Path, Place], expected: str, of: str, monitor: Monitor
) -> tuple[Path, str, Problem | None]:
    """Where a file is now, the digest of its content if there is one to compare it with, and what is to be said."""
    from ..media.opening import digest

    place = places.get(old, Place(old, True))
    what = f"“{old.name}”, which the emissions of “{of}” come from,"
    for path in ([place.path] if place.allowed else []) + known_emissions(expected):
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                continue
            now = digest(path, monitor) if expected else ""
        except (OSError, ValueError, MediaError):
            continue
        if now == expected:
            return path, now, None
        if path == place.path:
            sentence = f"{what} was changed since the project was saved; what was found by it is marked stale."
            return path, now, Problem("changed", sentence, None, expected, path)
    if place.allowed:
        sentence = f"{what} is not at “{old.parent}” any more; choose it again."
        return old, expected, Problem("missing", sentence, None, expected, old)
    sentence = f"{what} lies outside the project's folder and was not opened; choose it again if you trust the project."
    return old, expected, Problem("outside", sentence, None, expected, place.path)


def _with_stale_emissions(session: Session, recording: int, name: str) -> Session:
    from ..solvers.segment import REGISTRY

    def by_emissions(s: NamedSegments) -> bool:
        method = (s.resolved or s.recipe).method
        return method not in REGISTRY or "emissions" in REGISTRY[method].kinds

    kept = tuple(
        _marked(s, _since(name)) if s.recording == recording and by_emissions(s) else s for s in session.segmentations
    )
    return replace(session, segmentations=kept)


def _find_pictures(
    session: Session, places: dict[Path, Place], monitor: Monitor
) -> tuple[dict[int, Picture], list[Problem]]:
    """Pictures by scene that are not as they stand in the session, and what is to be said of them."""
    changed: dict[int, Picture] = {}
    problems: list[Problem] = []
    for k, scene in enumerate(session.scenes):
        old = scene.picture
        part = monitor.part(k / len(session.scenes), (k + 1) / len(session.scenes), f"Looking for {old.path.name}")
        part.check()
        new, problem = _find(old, places.get(old.path, Place(old.path, True)), part)
        if problem is not None:
            problems.append(problem)
        if new is not old:
            changed[scene.id] = new
    return changed, problems


def replace_pictures(session: Session, pictures: Mapping[int, Picture]) -> Session:
    """Put other pictures into scenes; links that were found for the scene as it stands go with it."""
    if not pictures:
        return session
    scenes = {s.id: replace(s, picture=pictures[s.id]) if s.id in pictures else s for s in session.scenes}
    old = {s.id: s for s in session.scenes}

    def moved(m: NamedMatch) -> NamedMatch:
        if m.scene not in pictures:
            return m
        asked = scenes[m.scene] if m.match.scene is old[m.scene] else None
        asked = asked or replace(m.match.scene, picture=pictures[m.scene])
        notes = m.match.notes
        if pictures[m.scene].digest != old[m.scene].picture.digest:
            notes = (*notes, f"“{old[m.scene].picture.name}” {_OTHER}")
        return replace(m, match=replace(m.match, scene=asked, notes=notes))

    return replace(session, scenes=tuple(scenes.values()), matchings=tuple(map(moved, session.matchings)))


_OTHER = "was changed since these links were found; match again to be sure."

_Foreign = TypeVar("_Foreign", Media, Picture)


def _find(old: _Foreign, place: Place, monitor: Monitor) -> tuple[_Foreign, Problem | None]:
    from ..media.opening import digest

    if not old.digest:
        sentence = f"What is known of “{old.path.name}” is damaged; locate the file to go on with it."
        return old, _problem("missing", sentence, old, "", None)
    changed: Path | None = None
    for path in _candidates(old, place):
        try:
            info = path.stat()
            if not stat.S_ISREG(info.st_mode):
                continue
            if info.st_size == old.size and info.st_mtime_ns == old.mtime_ns:
                return (old if path == old.path else replace(old, path=path)), None
            if info.st_size == old.size and digest(path, monitor) == old.digest:
                return replace(old, path=path, mtime_ns=info.st_mtime_ns), None
        except (OSError, ValueError):
            continue
        except MediaError:
            # What lies there can't be read; in the medium's own place, opening it says why.
            pass
        if path == place.path:
            changed = path
            break
    if changed is not None:
        return _changed(old, changed, monitor)
    lost = replace(old, mtime_ns=-1)
    if not place.allowed:
        sentence = (
            f"“{old.path.name}” lies outside the project's folder and was not opened; use Locate… if you trust the "
            "project."
        )
        return lost, _problem("outside", sentence, lost, old.digest, place.path)
    sentence = f"“{old.path.name}” is not at “{old.path.parent}” any more; use Locate… to say where it is."
    return lost, _problem("missing", sentence, lost, old.digest, place.path)


def _problem(kind: Kind, sentence: str, thing: Media | Picture, expected: str, candidate: Path | None) -> Problem:
    if isinstance(thing, Picture):
        return Problem(kind, sentence, None, expected, candidate, thing)
    return Problem(kind, sentence, thing, expected, candidate)


def _candidates(old: Media | Picture, place: Place) -> Iterator[Path]:
    if place.allowed:
        yield place.path
    # Asked only for what is not in its place: there may be thousands of pictures.
    yield from known(old)


def _changed(old: _Foreign, path: Path, monitor: Monitor) -> tuple[_Foreign, Problem]:
    try:
        new = _open(path, old, monitor)
    except SynclineError as error:
        lost = replace(old, mtime_ns=-1)
        sentence = f"“{old.path.name}” was changed since the project was saved and can't be read: {error}"
        return lost, _problem("unreadable", sentence, lost, old.digest, path)
    if new.digest == old.digest:
        return new, _problem(
            "missing", f"“{old.path.name}” changed while it was read; open the project again.", new, old.digest, path
        )
    what = "what was computed from it is" if isinstance(old, Media) else "its links are"
    sentence = f"“{old.path.name}” was changed since the project was saved; {what} marked stale."
    return new, _problem("changed", sentence, new, old.digest, path)


def _open(path: Path, like: _Foreign, monitor: Monitor) -> _Foreign:
    from ..media import open_media

    if isinstance(like, Picture):
        from ..media.pictures import open_frame, open_picture

        return open_picture(path) if like.frame is None else open_frame(open_media(path, monitor=monitor), like.frame)

    key, rate = like.options.get("key"), like.options.get("rate")
    return open_media(
        path,
        key=None if key is None else str(key),
        rate=None if rate is None else float(rate),
        monitor=monitor,
    )


_Made = TypeVar("_Made", Alignment, NamedSegments)


def _marked(made: _Made, mark: Mark | None) -> _Made:
    return (
        made
        if mark is None or (isinstance(made, NamedSegments) and not made.tiers.tiers)
        else replace(made, stale=mark(made))
    )


def replace_media(session: Session, old: Media, new: Media, mark: Mark | None = None) -> Session:
    """Put `new` wherever `old` stands; what was computed from it is marked as `mark` says, None: left as it is."""
    pairs: dict[int, Pair] = {}
    alignments: list[Alignment] = []
    for al in session.alignments:
        if al.pair.a is not old and al.pair.b is not old:
            alignments.append(al)
            continue
        pair = pairs.get(id(al.pair))
        if pair is None:
            a, b = (new if m is old else m for m in (al.pair.a, al.pair.b))
            pair = pairs[id(al.pair)] = replace(al.pair, a=a, b=b) if new is not old else al.pair
        alignments.append(_marked(al if pair is al.pair else replace(al, pair=pair), mark))
    its = {r.id for r in session.recordings if r.media is old}
    return replace(
        session,
        a=new if session.a is old else session.a,
        b=new if session.b is old else session.b,
        alignments=tuple(alignments),
        recordings=tuple(replace(r, media=new) if r.media is old and new is not old else r for r in session.recordings),
        segmentations=tuple(_marked(s, mark) if s.recording in its else s for s in session.segmentations),
    )


def relocate(
    session: Session, old: Media, path: Path | str, monitor: Monitor | None = None, expected: str | None = None
) -> Session:
    """Answer “Locate…”: `old` of this session is the file at `path` from now on.

    If its content is not what was recorded, what was computed from `old` is kept and marked stale; if it is, a mark
    set for that reason is taken away.

    Parameters
    ----------
    expected
        `Problem.expected`: the digest when the project was saved; by default that of `old`.

    Raises
    ------
    MediaError
        The file can't be read, or is of another kind (a sound instead of a video, say).
    """
    monitor = monitor or Monitor()
    new = _open(Path(path), old, monitor)
    if old.digest and new.kind != old.kind:
        raise MediaError(f"“{new.name}” is of kind {new.kind}, but “{old.name}” was {old.kind}; choose another file.")
    remember(new)
    same = new.digest == (old.digest if expected is None else expected)
    changed = f"“{old.name}” was changed since"

    def mark(made: Alignment | NamedSegments) -> str:
        if same:
            return "" if made.stale.startswith(changed) else made.stale
        if isinstance(made, Alignment):
            return f"“{new.name}” is not the file this path was computed from; align again to be sure."
        return f"“{new.name}” is not the file these pieces were found in; segment again to be sure."

    return replace_media(session, old, new, mark)


def relocate_picture(session: Session, id: int, path: Path | str, monitor: Monitor | None = None) -> Session:
    """Answer “Locate…” for the picture of the scene with that id: it is the file at `path` from now on.

    Raises
    ------
    MediaError
        The file can't be read.
    """
    scene = session.find_scene(id)
    if scene is None:
        raise ParameterError(f"There is no picture number {id}.")
    new = _open(Path(path), scene.picture, monitor or Monitor())
    remember(new)
    return replace_pictures(session, {id: new})
