"""Finding what a crash left behind, and giving it back."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from numpy.typing import NDArray

from ..errors import ProjectError
from ..model import Session
from ..progress import Monitor
from .codec import items_digest
from .database import check_header, connect, harden, same_schema
from .decode import Problem, decode
from .journal import APPLICATION, SCHEMA, apply_changes, remove_journal, row_digest
from .lock import hold
from .parts import array_name, unpack
from .places import find_media
from .state import state_folder

__all__ = ["Recovered", "Recovery", "find_recoverable", "recover"]

WEEK = 7 * 86_400
ATTEMPTS = 2
SECONDS = 4.0


@dataclass(frozen=True, eq=False)
class Recovered:
    """What a journal gave back. Nothing was written to the project; saving is for the user to decide.

    Attributes
    ----------
    labels
        Names of the steps since the last save, oldest first.
    complete
        False if the journal is damaged: what comes after the first bad row is missing.
    problems
        Of media and parts, as when a project is opened.
    note
        A sentence to show, "" mostly: the project was saved by somebody else since, or a part is missing.
    """

    session: Session
    labels: tuple[str, ...]
    project: Path | None
    complete: bool
    problems: tuple[Problem, ...]
    note: str


class Recovery:
    """A journal whose program is dead. Held by this process until `done`, `discard` or `release`.

    Attributes
    ----------
    path
        The journal.
    project
        The project it belongs to, None if that was never saved.
    attempts
        How often recovery was begun before.
    steps, label
        Number of steps that can be restored and the name of the last one; 0 if the journal is not readable.
    changed
        When it was last written to, seconds since the epoch.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle: int | None = handle
        self.project: Path | None = None
        self.steps, self.label, self.changed = 0, "", 0.0
        self.attempts = self._attempts()

    def done(self) -> None:
        """The recovered state is safe elsewhere (saved, or in the new window's journal): remove the journal."""
        remove_journal(self.path)
        self._end(remove=True)

    def discard(self) -> None:
        """The user does not want it: kept for a week under another name, then removed."""
        self._rename(".discarded")

    def set_aside(self) -> None:
        """It can't be recovered: keep it for those who want to look, and offer it no more."""
        self._rename(".aside")

    def release(self) -> None:
        """Decide later: the journal will be offered at the next start."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _rename(self, suffix: str) -> None:
        for extra in ("-wal", "-shm", ""):
            source = self.path.with_name(self.path.name + extra)
            target = self.path.with_suffix(suffix)
            with contextlib.suppress(OSError):
                source.replace(target.with_name(target.name + extra))
        with contextlib.suppress(OSError):
            os.utime(self.path.with_suffix(suffix))
        self._end(remove=True)

    def _end(self, remove: bool) -> None:
        if remove:
            for suffix in (".attempts", ".lock"):
                with contextlib.suppress(OSError):
                    self.path.with_suffix(suffix).unlink(missing_ok=True)
        self.release()

    def begin(self) -> None:
        """Count an attempt, on disk before it begins: a crash in it counts too."""
        self.attempts += 1
        with contextlib.suppress(OSError), self.path.with_suffix(".attempts").open("w", encoding="ascii") as file:
            file.write(str(self.attempts))
            file.flush()
            os.fsync(file.fileno())

    def _attempts(self) -> int:
        try:
            return int(self.path.with_suffix(".attempts").read_text("ascii")[:3])
        except (OSError, ValueError):
            return 0


def find_recoverable(folder: Path | None = None) -> list[Recovery]:
    """Journals of programs that died with steps no project file holds, newest first.

    Journals of living windows are left alone; those with nothing to give back are removed; discarded ones are
    removed after a week; one whose recovery failed twice is set aside.
    """
    found: list[Recovery] = []
    try:
        folder = folder or state_folder("journals")
        _sweep(folder)
        paths = sorted(folder.glob("*.journal"))
    except OSError:
        return []
    for path in paths:
        try:
            handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            continue
        if not hold(handle):
            os.close(handle)
            continue
        recovery = Recovery(path, handle)
        try:
            recovery.changed = max(p.stat().st_mtime for p in (path, path.with_name(path.name + "-wal")) if p.exists())
        except (OSError, ValueError):
            # Its window closed in order between our listing and locking it.
            recovery.done()
            continue
        if recovery.attempts >= ATTEMPTS:
            recovery.set_aside()
            continue
        written = _committed(path.with_name(path.name + "-wal"))
        try:
            replay = _Replay(path, with_arrays=False)
        except ProjectError:
            found.append(recovery)
            continue
        recovery.project, recovery.steps = replay.project, len(replay.labels)
        recovery.label = replay.labels[-1] if replay.labels else ""
        if replay.complete and (replay.at_saved() if replay.rows else not written):
            recovery.done()
            continue
        found.append(recovery)
    return sorted(found, key=lambda r: -r.changed)


def _committed(wal: Path) -> bool:
    """True if something was committed to a write-ahead log, whether SQLite can still read it or not.

    SQLite takes a log with a damaged beginning for an empty one; the user should hear of it.
    """
    try:
        data = wal.read_bytes()
    except OSError:
        return False
    page = int.from_bytes(data[8:12])
    if len(data) < 32 or page not in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536):
        return bool(data)
    return any(data[at + 4 : at + 8] != bytes(4) for at in range(32, len(data) - 24, 24 + page))


def _sweep(folder: Path) -> None:
    now = time.time()
    for pattern in ("*.discarded*", "*.aside*"):
        for path in folder.glob(pattern):
            with contextlib.suppress(OSError):
                if now - path.stat().st_mtime > WEEK:
                    path.unlink()


def recover(recovery: Recovery, monitor: Monitor | None = None) -> Recovered:
    """Give back what a journal holds, row by row up to the first bad one.

    Call `Recovery.done` once the session is in the new window's journal.

    Raises
    ------
    ProjectError
        Nothing can be read. The journal is set aside after the second time; open the saved project instead.
    """
    monitor = monitor or Monitor()
    recovery.begin()
    try:
        replay = _Replay(recovery.path, with_arrays=True, monitor=monitor.part(0, 0.5, "Reading the journal"))
        if replay.rows == 0:
            raise ProjectError("The recovery journal is damaged from its first row on; the saved project is untouched.")
    except ProjectError:
        if recovery.attempts >= ATTEMPTS:
            recovery.set_aside()
        raise
    session, problems = decode(replay.items, replay.arrays.get, Path)
    session, lost = find_media(session, {}, monitor.part(0.5, 1, "Looking for media"))
    notes: list[str] = []
    if not replay.complete:
        notes.append("The recovery journal is damaged; the last steps are missing.")
    if replay.project is not None and replay.digest and _state_in(replay.project) not in ("", replay.digest):
        notes.append(f"“{replay.project.name}” was saved by another program since; compare before you save over it.")
    return Recovered(
        session, tuple(replay.labels), replay.project, replay.complete, (*problems, *lost), " ".join(notes)
    )


def _state_in(project: Path) -> str:
    try:
        with project.open("rb") as file:
            check_header(file.read(100), project.name)
        with closing(connect(project)) as db:
            harden(db, seconds=1.0)
            row = db.execute("SELECT value FROM meta WHERE name = 'state'").fetchone()
    except (OSError, ValueError, ProjectError, sqlite3.Error):
        return ""
    return str(row[0]) if row else ""


class _Replay:
    """The rows of a journal played back."""

    def __init__(self, path: Path, with_arrays: bool, monitor: Monitor | None = None) -> None:
        self.items: dict[str, bytes] = {}
        self.arrays: dict[str, NDArray[Any]] = {}
        self.labels: list[str] = []
        self.project: Path | None = None
        self.digest = ""
        self.rows, self.complete = 0, True
        self._states: dict[int, dict[str, bytes]] = {}
        self._position: int | None = None
        self._chain = ""
        monitor = monitor or Monitor()
        try:
            with closing(connect(path, write=True)) as db:
                harden(db, monitor, SECONDS)
                if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                    return
                if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION or not same_schema(db, SCHEMA):
                    raise ProjectError(f"“{path.name}” is not a recovery journal.")
                self._play(db, with_arrays, monitor)
        except (OSError, sqlite3.Error, UnicodeError) as error:
            monitor.check()
            if not self.rows:
                raise ProjectError(
                    "The recovery journal is too damaged to read; the saved project is untouched."
                ) from error
            self.complete = False
        if self._position is not None:
            self.items = self._states[self._position]

    def at_saved(self) -> bool:
        """True if the project file holds this state: nothing was done since, or all was undone, or the program
        died just after the save and before noting it.
        """
        state = items_digest(self.items)
        return state == self.digest or (self.project is not None and _state_in(self.project) == state)

    def _play(self, db: sqlite3.Connection, with_arrays: bool, monitor: Monitor) -> None:
        query = "SELECT sequence, kind, serial, base, label, changes, digest FROM row ORDER BY sequence"
        total = db.execute("SELECT count(*) FROM row").fetchone()[0]
        for row in db.execute(query):
            monitor.advance(self.rows, total)
            try:
                self._take(db, row, with_arrays)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError):
                self.complete = False
                return

    def _take(self, db: sqlite3.Connection, row: tuple[Any, ...], with_arrays: bool) -> None:
        sequence, kind, serial, base, label, data, digest = row
        if sequence != self.rows + 1 or row_digest(self._chain, sequence, kind, serial, base, label, data) != digest:
            raise ValueError("bad row")
        changes = cast("dict[str, Any]", json.loads(data))
        if with_arrays:
            for name in changes["arrays"]:
                packed = db.execute("SELECT dtype, shape, data FROM array WHERE digest = ?", (name,)).fetchone()
                array = unpack(*packed)
                if array_name(array) != name:
                    raise ValueError("bad array")
                self.arrays[name] = array
        state = apply_changes(self._states[base] if base is not None else {}, changes["after"])
        self._states[serial] = state
        if kind != "complete" or self._position is None:
            self._position = serial
        if kind == "replace" or (sequence == 1 and not changes["saved"]):
            self.labels.append(label)
        self.project = None if changes["project"] is None else Path(changes["project"])
        self.digest = str(changes["digest"])
        self.rows, self._chain = self.rows + 1, digest
