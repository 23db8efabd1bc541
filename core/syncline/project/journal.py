"""The recovery journal: every step of the history on disk a moment after it was made.

One SQLite file a document in the state folder, one row a step. A row holds the parts of the session that differ from
those of another row (`codec`), so that undo, redo, jumps and late answers are rows like any other, and a row that
could not be written does no harm to the next one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import secrets
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import ProjectError
from ..model import Session
from .codec import encode
from .database import connect
from .lock import hold
from .parts import Known, pack
from .state import state_folder

__all__ = ["APPLICATION", "SCHEMA", "JournalStore", "JournalWriter", "Record", "apply_changes", "row_digest"]

APPLICATION = 0x53594E4A
SCHEMA = (
    "CREATE TABLE row(sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, serial INTEGER NOT NULL, base INTEGER, "
    "label TEXT NOT NULL, changes BLOB NOT NULL, digest TEXT NOT NULL)",
    "CREATE TABLE array(digest TEXT PRIMARY KEY, dtype TEXT NOT NULL, shape TEXT NOT NULL, data BLOB NOT NULL)",
)
ROWS = 2000
"""After so many rows the journal begins anew from the state it has come to."""
STATES = 1000
RETRY = 5.0
"""Seconds after which a row that could not be written is tried again."""

RowKind = Literal["reset", "replace", "complete", "move", "saved"]


def row_digest(before: str, sequence: int, kind: str, serial: int, base: int | None, label: str, changes: bytes) -> str:
    """BLAKE2b of a row and, through `before`, of all rows ahead of it; hex."""
    h = hashlib.blake2b(digest_size=20)
    h.update(json.dumps([before, sequence, kind, serial, base, label]).encode())
    h.update(changes)
    return h.hexdigest()


def difference(old: dict[str, bytes], new: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts that differ, as they were and as they are; None: there is no such part."""
    names = [n for n in {*old, *new} if old.get(n) != new.get(n)]
    texts = [{n: part[n].decode("ascii") if n in part else None for n in sorted(names)} for part in (old, new)]
    return texts[0], texts[1]


def apply_changes(items: dict[str, bytes], after: dict[str, str | None]) -> dict[str, bytes]:
    """The state that results from `difference`."""
    result = {n: v for n, v in items.items() if n not in after}
    return result | {n: v.encode("ascii") for n, v in after.items() if v is not None}


@dataclass(frozen=True, eq=False)
class Record:
    """What the document tells the journal: references only, so that the GUI thread is not held up.

    Attributes
    ----------
    kind
        ``"replace"`` a new step, ``"complete"`` an answer filled into a step, ``"move"`` undo, redo or jump,
        ``"reset"`` another project, ``"saved"`` the project file holds this step now.
    serial
        Of the step.
    session
        Of the step in force for ``"saved"`` (it may have moved on while the file was written), else of that step.
    project, digest
        The project file the document belongs to and the state it holds (None, "": never saved).
    saved
        True if `session` is what the project file holds.
    """

    kind: RowKind
    serial: int
    label: str
    session: Session
    project: Path | None = None
    digest: str = ""
    saved: bool = False
    number: int = 0
    """Counts up; what the writer answers with."""


class Unwritten(ProjectError):
    """The disk did not take a row: trying again later may help."""


class JournalStore:
    """Writes the rows. One thread uses it; the file is made at the first row that would be missed.

    Parameters
    ----------
    folder
        Where journals lie; by default in the state folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.path: Path | None = None
        self._db: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._known = Known()
        self._stored: set[str] = set()
        self._states: OrderedDict[int, dict[str, bytes]] = OrderedDict()
        self._position: int | None = None
        self._sequence, self._chain = 0, ""
        self._saved_state = ""

    def write(self, record: Record) -> None:
        """Commit one row.

        Raises
        ------
        Unwritten
            The disk did not take it; the journal is as it was before.
        ProjectError
            The session can't be written at all.
        """
        begins_anew = record.kind in ("reset", "saved") or self._sequence >= ROWS
        if self._db is None and begins_anew and record.saved:
            # Nothing would be lost yet, so no file is made for a window that only looks.
            self._forget()
            self._saved_state = encode(record.session, self._known).digest
            return
        encoded = encode(record.session, self._known)
        if self._db is None and record.kind != "reset" and encoded.digest == self._saved_state:
            return
        try:
            db = self._open()
            base = None if begins_anew else record.serial if record.serial in self._states else self._position
            known = self._states[base] if base is not None else {}
            # Equal parts are shared between states in memory.
            items = {n: known[n] if known.get(n) == v else v for n, v in encoded.items.items()}
            before, after = difference(known, items)
            if record.kind == "complete" and base is not None and not after:
                return
            stored = set[str]() if begins_anew else self._stored
            fresh = sorted(n for n in encoded.arrays if n not in stored)
            changes = json.dumps(
                {
                    "before": before,
                    "after": after,
                    "arrays": fresh,
                    "project": None if record.project is None else os.fspath(record.project),
                    "digest": record.digest,
                    "saved": record.saved,
                },
                sort_keys=True,
            ).encode()
            sequence, chain = (1, "") if begins_anew else (self._sequence + 1, self._chain)
            label = record.label.encode("utf-8", "replace").decode()
            digest = row_digest(chain, sequence, record.kind, record.serial, base, label, changes)
            db.execute("BEGIN IMMEDIATE")
            if begins_anew:
                db.execute("DELETE FROM row")
                gone = [(n,) for n in self._stored if n not in encoded.arrays]
                db.executemany("DELETE FROM array WHERE digest = ?", gone)
            for name in fresh:
                if name not in self._stored:
                    db.execute("INSERT OR REPLACE INTO array VALUES (?, ?, ?, ?)", (name, *pack(encoded.arrays[name])))
            db.execute(
                "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?)",
                (sequence, record.kind, record.serial, base, label, changes, digest),
            )
            db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._roll_back()
            raise Unwritten(self._trouble(error)) from error
        if begins_anew:
            self._states.clear()
            self._stored = set(fresh)
        self._stored.update(fresh)
        self._states[record.serial] = items
        self._states.move_to_end(record.serial)
        if record.kind != "complete" or self._position is None:
            self._position = record.serial
        while len(self._states) > STATES:
            oldest = next(s for s in self._states if s != self._position)
            del self._states[oldest]
        self._sequence, self._chain = sequence, digest

    def close(self, delete: bool = True) -> None:
        """Close the file and, by default, remove it: the document was closed in order."""
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        if self.path is not None and delete:
            remove_journal(self.path)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self.path is not None and delete:
            self.path.with_suffix(".lock").unlink(missing_ok=True)
        self.path = None

    def _forget(self) -> None:
        self._states.clear()
        self._position, self._sequence, self._chain = None, 0, ""

    def _open(self) -> sqlite3.Connection:
        if self._db is not None:
            return self._db
        if self.path is None or self._lock is None:
            folder = self.folder or state_folder("journals")
            name = secrets.token_hex(8)
            # Locked before the journal is there, so that no other window takes it for a dead one.
            handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            hold(handle)
            self._lock, self.path = handle, folder / f"{name}.journal"
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))
        db = connect(self.path, write=True)
        try:
            # The tables stand in the main file before the log begins: a log that lost its head is then noticed.
            for setting in ("synchronous = FULL", "mmap_size = 0", "trusted_schema = OFF"):
                db.execute(f"PRAGMA {setting}").fetchall()
            db.execute("BEGIN IMMEDIATE")
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute("PRAGMA user_version = 1")
            for table in SCHEMA:
                db.execute(table.replace("TABLE ", "TABLE IF NOT EXISTS ", 1))
            db.execute("COMMIT")
            db.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.Error:
            db.close()
            raise
        self._db = db
        return db

    def _roll_back(self) -> None:
        # After a full disk SQLite has rolled back by itself.
        if self._db is not None and self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def _trouble(self, error: Exception) -> str:
        folder = self.path.parent if self.path is not None else self.folder
        reason = str(error) if isinstance(error, sqlite3.Error) else getattr(error, "strerror", None) or str(error)
        where = f"“{folder}”" if folder is not None else "the state folder"
        return (
            f"The last steps could not be written to the recovery journal in {where} ({reason}); free some space or "
            "save the project now."
        )


def remove_journal(path: Path) -> None:
    """Remove a journal with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


@dataclass(eq=False)
class _Stop:
    delete: bool = True


@dataclass(eq=False)
class _Flush:
    done: threading.Event = field(default_factory=threading.Event)


def _thin(records: list[Record]) -> list[Record]:
    """Drop what later records make needless: each holds a whole session."""
    left: dict[tuple[int, bool], Record] = {}
    for record in records:
        if record.kind in ("reset", "saved"):
            left.clear()
        left.pop((record.serial, record.kind == "complete"), None)
        left[record.serial, record.kind == "complete"] = record
    return list(left.values())


class JournalWriter:
    """A thread that commits records one after the other.

    Parameters
    ----------
    written
        Called from that thread as ``written(number, serial, sentence)``: "" once a record is on disk, else why it is
        not. What the disk did not take is tried again every few seconds and with the next record; a later record
        that is written stands for those before it.
    """

    def __init__(self, written: Callable[[int, int, str], None], folder: Path | None = None) -> None:
        self._written = written
        self._queue: queue.SimpleQueue[Record | _Stop | _Flush] = queue.SimpleQueue()
        self.store = JournalStore(folder)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, records: Iterable[Record]) -> None:
        """Hand over records; returns at once."""
        for record in records:
            self._queue.put(record)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was handed over was tried; False after `timeout` seconds."""
        mark = _Flush()
        self._queue.put(mark)
        return mark.done.wait(timeout)

    def close(self, delete: bool = True, timeout: float = 10.0) -> None:
        """Write what is left, then close the journal and, by default, remove it."""
        self._queue.put(_Stop(delete))
        self._thread.join(timeout)

    def _run(self) -> None:
        failed: list[Record] = []
        while True:
            try:
                task = self._queue.get(timeout=RETRY if failed else None)
            except queue.Empty:
                failed = self._try(failed)
                continue
            if isinstance(task, _Flush):
                task.done.set()
            elif isinstance(task, _Stop):
                if not task.delete:
                    self._try(failed)
                self.store.close(task.delete)
                return
            else:
                failed = self._try([*failed, task])

    def _try(self, records: list[Record]) -> list[Record]:
        for k, record in enumerate(records):
            try:
                self.store.write(record)
            except Unwritten as error:
                self._written(record.number, record.serial, str(error))
                return _thin(records[k:])
            except Exception as error:  # noqa: BLE001  (a journal that dies silently would be believed)
                sentence = f"A step could not be written to the recovery journal ({error}); save the project now."
                self._written(record.number, record.serial, sentence)
                continue
            self._written(record.number, record.serial, "")
        return []
