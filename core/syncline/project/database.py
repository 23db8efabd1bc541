"""The SQLite side of projects and journals: header, settings, and what an honest file looks like."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from ..errors import ProjectError
from ..progress import Monitor

__all__ = ["APPLICATION", "VERSION", "check_header", "connect", "harden", "same_schema"]

APPLICATION = 0x53594E4C
VERSION = 4
"""1: Warp alone. 2: with pictures and matchings. 3: with trained scorers or encoders. 4: with recordings."""
SECONDS = 60.0
"""How long checks of one file may take before it is refused."""


def check_header(head: bytes, name: str, application: int = APPLICATION, version: int = VERSION) -> None:
    """Judge a file by its first 100 bytes, before SQLite touches it.

    Raises
    ------
    ProjectError
        Not a project, or one by a newer version.
    """
    if len(head) < 100 or head[:16] != b"SQLite format 3\0" or int.from_bytes(head[68:72]) != application:
        raise ProjectError(f"“{name}” is not a Syncline project; choose a file whose name ends in .syncline.")
    found = int.from_bytes(head[60:64])
    if found > version:
        raise ProjectError(
            f"“{name}” was saved by a newer Syncline (format {found}, this program knows {version}); update Syncline "
            "to open it. The file was left as it is."
        )
    if found < 1:
        raise ProjectError(f"“{name}” has no valid format number; open one of its backups.")


def connect(path: Path, *, write: bool = False) -> sqlite3.Connection:
    """Open an existing database file by name, whatever characters it holds.

    A project is replaced whole and never written in place, so it is read as immutable: SQLite then looks for no
    journal that somebody may have put beside it, and needs no right to write to the folder.
    """
    raw = os.fsencode(os.path.abspath(path))  # noqa: PTH100  (no resolving of links: the lock and messages use this name)
    # Without the empty authority a path that begins with two slashes would be taken for a host.
    address = "file://" + quote(raw.replace(b"\\", b"/") if os.name == "nt" else raw)
    if os.name == "nt":
        address = address.replace("file://", "file:///", 1)
    return sqlite3.connect(
        address + ("?mode=rw" if write else "?mode=ro&immutable=1"), uri=True, isolation_level=None, timeout=2.0
    )


def harden(connection: sqlite3.Connection, monitor: Monitor | None = None, seconds: float = SECONDS) -> None:
    """Set what must be set before the first read of a file that somebody else may have made."""
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(
        lambda: int(time.monotonic() > deadline or (monitor is not None and monitor.cancelled)), 2000
    )
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
    connection.text_factory = lambda data: data.decode("utf-8", "replace")


def same_schema(connection: sqlite3.Connection, tables: Iterable[str]) -> bool:
    """True if the file holds exactly the tables that `tables` (CREATE statements) make: no view, no trigger."""
    wanted = {(t.split()[2].partition("(")[0], t) for t in tables}
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema LIMIT 100").fetchall()
    automatic = {f"sqlite_autoindex_{name}_1" for name, _ in wanted}
    found = {(n, s) for kind, n, s in rows if kind == "table"}
    others = {(kind, n, s) for kind, n, s in rows if kind != "table"}
    return found == wanted and all(kind == "index" and s is None and n in automatic for kind, n, s in others)
