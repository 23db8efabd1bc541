"""Saving a session as one file, and opening such a file again."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..atomic import replacing, trouble
from ..errors import Cancelled, ExportError, ProjectError
from ..model import Media, Picture, Session
from ..progress import Monitor
from .backups import keep_backup
from .codec import Encoded, encode, items_digest
from .database import APPLICATION, check_header, connect, harden, same_schema
from .decode import Problem, decode
from .parts import array_name, digest_of, pack, unpack
from .places import Place, find_media
from .state import remember, remember_emissions

__all__ = ["Loaded", "load_project", "save_project"]

SCHEMA = (
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE item(name TEXT PRIMARY KEY, json BLOB NOT NULL, digest TEXT NOT NULL)",
    "CREATE TABLE array(digest TEXT PRIMARY KEY, dtype TEXT NOT NULL, shape TEXT NOT NULL, data BLOB NOT NULL)",
)
LARGEST = 1 << 31


@dataclass(frozen=True, eq=False)
class Loaded:
    """An opened project.

    Attributes
    ----------
    session
        Everything that could be read; media that are not in place stand in it as they were when saved.
    problems
        What is not as it was saved; empty mostly.
    digest
        Of the session as it was saved (`codec.state_digest`), for the recovery journal.
    """

    path: Path
    session: Session
    problems: tuple[Problem, ...]
    digest: str


# -- saving ------------------------------------------------------------------------------------------


def save_project(session: Session, path: Path | str, monitor: Monitor | None = None) -> str:
    """Write `session` to one project file, replacing the old one whole or not at all.

    The same session makes the same bytes: no time and no machine is recorded in the file.

    Parameters
    ----------
    path
        The project; media are recorded relative to its folder.

    Returns
    -------
    str
        The state's digest.

    Raises
    ------
    ProjectError
        It could not be written or did not read back well; one sentence. The old file is as it was.
    """
    path, monitor = Path(path), monitor or Monitor()
    final = Path(os.path.realpath(path))
    monitor.part(0, 0.2, "Collecting").advance(0, 1)
    encoded = encode(session, folder=final.parent)
    image = build_image(encoded, monitor.part(0, 0.5, "Writing the project"))
    _keep_older(final, encoded, monitor)
    try:
        # A name without the suffix would leave the file without its type.
        with replacing(final, lambda temporary: _check(temporary, image, monitor)) as temporary:
            temporary.write_bytes(image)
    except ExportError as error:
        raise ProjectError(str(error)) from error
    monitor.part(0.9, 1, "Keeping a backup").advance(0, 1)
    keep_backup(final, image, monitor)
    remember(*_media_of(session))
    remember_emissions(*(r.emissions for r in session.recordings if r.emissions is not None))
    return encoded.digest


def _keep_older(final: Path, encoded: Encoded, monitor: Monitor) -> None:
    """A file that an older program can open is kept as a backup before one takes its place that it can't."""
    try:
        with final.open("rb") as file:
            head = file.read(100)
            check_header(head, final.name)
            if int.from_bytes(head[60:64]) < format_of(encoded.items):
                keep_backup(final, head + file.read(), monitor)
    except (FileNotFoundError, ProjectError):
        # There is none, or what lies there is no project that an older program can open.
        return
    except OSError as error:
        monitor.warn(f"No backup of what “{final.name}” held before could be kept ({error.strerror or error}).")


def _media_of(session: Session) -> list[Media | Picture]:
    every = [session.a, session.b, *(m for al in session.alignments for m in (al.pair.a, al.pair.b))]
    every += [r.media for r in session.recordings]
    every += [scene.picture for scene in session.scenes]
    return list({id(m): m for m in every if m is not None}.values())


def format_of(items: dict[str, bytes]) -> int:
    """The oldest format that can say all that the items do: who has an older program can open what it knows."""
    if "segment" in items:
        return 4
    if any(name.startswith(("scorer/", "encoder/")) for name in items):
        return 3
    return 2 if "match" in items else 1


def build_image(encoded: Encoded, monitor: Monitor) -> bytes:
    """Build the project database in memory and return the bytes of its file.

    The file itself then is written by one plain write: SQLite never has it open for writing, so there can be no
    journal beside it, and a full disk speaks through an OSError that says what is wrong.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA page_size = 4096")
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {format_of(encoded.items)}")
        db.execute("BEGIN IMMEDIATE")
        for table in SCHEMA:
            db.execute(table)
        total = len(encoded.items) + len(encoded.arrays) + 1
        for done, name in enumerate(sorted(encoded.items)):
            data = encoded.items[name]
            db.execute("INSERT INTO item VALUES (?, ?, ?)", (name, data, digest_of(data)))
            monitor.advance(done, total)
        for done, name in enumerate(sorted(encoded.arrays), len(encoded.items)):
            db.execute("INSERT INTO array VALUES (?, ?, ?, ?)", (name, *pack(encoded.arrays[name])))
            monitor.advance(done, total)
        meta = {"state": encoded.digest, "file": file_digest(encoded.items, encoded.arrays)}
        db.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
        db.execute("COMMIT")
        monitor.advance(1, 1)
        return db.serialize()


def file_digest(items: dict[str, bytes], arrays: dict[str, NDArray[Any]]) -> str:
    """Digest over all that a project holds."""
    h = hashlib.blake2b(digest_size=20)
    for name in sorted(items):
        h.update(f"{name}\0{digest_of(items[name])}\n".encode("utf-8", "surrogatepass"))
    for name in sorted(arrays):
        h.update(f"{name}\n".encode("utf-8", "surrogatepass"))
    return h.hexdigest()


def _check(temporary: Path, image: bytes, monitor: Monitor) -> None:
    monitor.part(0.5, 0.9, "Checking the project").advance(0, 1)
    if temporary.read_bytes() != image:
        raise ProjectError(f"The disk of “{temporary.parent}” did not keep what was written; choose another folder.")
    content = _Content(temporary, temporary.name, monitor, thorough=True)
    if content.problems:
        raise ProjectError(f"The project did not read back well from “{temporary.parent}”; choose another folder.")


# -- opening -----------------------------------------------------------------------------------------


def load_project(path: Path | str, monitor: Monitor | None = None) -> Loaded:
    """Open a project for reading; the file is never written to.

    Media are looked up beside the project, compared with what is recorded, and stay in the session as they
    were when saved if they are not there. Nothing outside the project's folder is touched unless the user opened
    it before.

    Raises
    ------
    ProjectError
        Not a project, one by a newer version, or too damaged to read; one sentence.
    """
    path, monitor = Path(path), monitor or Monitor()
    content = _Content(path, path.name, monitor.part(0, 0.3, "Opening the project"))
    folder = Path(os.path.realpath(path)).parent
    places: dict[Path, Place] = {}

    def place(word: str) -> Path:
        found = Place.of(word, folder)
        places[found.path] = found
        return found.path

    session, problems = decode(content.items, content.array, place)
    if content.broken and not (session.a or session.b or session.alignments or session.scenes or session.recordings):
        raise ProjectError(f"“{path.name}” is too damaged to read; open one of its backups.")
    problems = [*content.problems, *problems]
    if not content.problems and content.state != items_digest(content.items):
        problems.append(Problem("damaged", "The project's own check sum is damaged; its content was read whole."))
    session, lost = find_media(session, places, monitor.part(0.3, 1, "Looking for media"))
    return Loaded(path, session, (*problems, *lost), content.state)


class _Content:
    """What stands in a project file, with its damages found."""

    def __init__(self, path: Path, name: str, monitor: Monitor, thorough: bool = False) -> None:
        self.name, self.thorough, self.monitor = name, thorough, monitor
        self.items: dict[str, bytes] = {}
        self.arrays: dict[str, NDArray[Any]] = {}
        self.problems: list[Problem] = []
        self.broken = False
        self.state = ""
        try:
            info = path.stat()
            if not stat.S_ISREG(info.st_mode):
                raise ProjectError(f"“{name}” is not a regular file; choose a file whose name ends in .syncline.")
            if info.st_size > LARGEST:
                raise ProjectError(f"“{name}” is larger than 2 GB, which no project is; choose another file.")
            with path.open("rb") as file:
                head = file.read(100)
        except FileNotFoundError as error:
            raise ProjectError(f"“{name}” does not exist (any more); choose another file.") from error
        except PermissionError as error:
            raise ProjectError(f"“{name}” may not be read; change its permissions or choose another file.") from error
        except (OSError, ValueError) as error:
            reason = trouble(error, path.parent) if isinstance(error, OSError) else "the name is not valid"
            raise ProjectError(f"“{name}” can't be opened: {reason}") from error
        check_header(head, name)
        if int.from_bytes(head[28:32]) * int.from_bytes(head[16:18]) > info.st_size:
            self._spoilt("The project file was cut short; what could be read is shown.")
        try:
            with closing(connect(path)) as db:
                harden(db, monitor)
                self._read(db)
        except (sqlite3.DatabaseError, UnicodeError) as error:
            # SQLite's own messages quote the damage, and the sqlite3 module then fails to decode them.
            if monitor.cancelled:
                raise Cancelled from error
            raise ProjectError(f"“{name}” is too damaged to read; open one of its backups.") from error
        monitor.advance(1, 1)

    def array(self, name: str) -> NDArray[Any] | None:
        return self.arrays.get(name)

    def _spoilt(self, sentence: str) -> None:
        self.broken = True
        if all(p.sentence != sentence for p in self.problems):
            self.problems.append(Problem("damaged", sentence))

    def _read(self, db: sqlite3.Connection) -> None:
        if not same_schema(db, SCHEMA):
            raise ProjectError(f"“{self.name}” is not built like a Syncline project and was not opened; use a backup.")
        try:
            verdict = db.execute("PRAGMA integrity_check(1)" if self.thorough else "PRAGMA quick_check(1)").fetchone()
        except (sqlite3.DatabaseError, UnicodeError):
            verdict = None
        if self.monitor.cancelled:
            raise Cancelled
        if verdict is None or verdict[0] != "ok":
            self._spoilt("The structure of the project file is damaged; what could be read is shown.")
        meta = {str(n): str(v) for n, v in self._rows(db, "SELECT name, value FROM meta")}
        self.state = meta.get("state", "")
        for name, data, digest in self._rows(db, "SELECT name, json, digest FROM item"):
            if isinstance(name, str) and isinstance(data, bytes) and digest == digest_of(data):
                self.items[name] = data
            else:
                self._spoilt("A part of the project file is damaged and was left out.")
        for name, *packed in self._rows(db, "SELECT digest, dtype, shape, data FROM array"):
            self.monitor.check()
            try:
                array = unpack(*packed)
                if array_name(array) != name:
                    raise ValueError("another array")
            except (ValueError, RecursionError, MemoryError):
                self._spoilt("An array in the project file is damaged and was left out.")
            else:
                self.arrays[str(name)] = array
        if not self.broken and meta.get("file") != file_digest(self.items, self.arrays):
            self._spoilt("The project file does not match its check sum; a part may be missing.")

    def _rows(self, db: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from db.execute(query)
        except (sqlite3.DatabaseError, UnicodeError, OverflowError):
            if self.monitor.cancelled:
                raise Cancelled from None
            self._spoilt("The structure of the project file is damaged; what could be read is shown.")
