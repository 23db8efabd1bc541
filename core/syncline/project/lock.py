"""Who may save a project: one lock file beside it, freed by the system when its holder dies."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import json
import os
import platform
import sys
from pathlib import Path

from ..atomic import trouble
from .state import short

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["ProjectLock", "hold"]

AWAY = 1 << 30
"""Where Windows locks one byte: beyond the text, so that others can read who holds the lock."""


class ProjectLock:
    """The right to write a project.

    Not SQLite's own lock: a save replaces the file, and with it what SQLite would have locked.

    Parameters
    ----------
    path
        The project; the lock is the file ``.name.lock`` beside it (through symbolic links).
    """

    def __init__(self, path: Path | str) -> None:
        real = Path(os.path.realpath(path))
        self.project = real
        # A name may take up all 255 bytes that a file system allows.
        name = real.name if len(os.fsencode(real.name)) < 240 else f"{short(real.name)}.syncline"
        self.path = real.with_name(f".{name}.lock")
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """True while this object holds the lock."""
        return self._handle is not None

    def acquire(self) -> str | None:
        """Take the lock.

        Returns
        -------
        str or None
            None if it is ours now; else one sentence that says why the project is to be opened read-only: who
            holds it, or that its folder can't be written to.
        """
        if self._handle is not None:
            return None
        name = self.project.name
        for _ in range(100):
            try:
                handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                return f"“{name}” is open for reading only. {trouble(error, self.path.parent)}"
            try:
                if not hold(handle):
                    who = self._holder(handle)
                    os.close(handle)
                    return f"“{name}” is open in another window ({who}) and was opened for reading only."
                # Its last holder may have removed the file between our opening and locking it.
                if os.name == "posix" and not self._ours(handle):
                    os.close(handle)
                    continue
                self._write(handle)
            except OSError as error:
                os.close(handle)
                return f"“{name}” can't be locked here and was opened for reading only ({error.strerror or error})."
            self._handle = handle
            return None
        return f"“{name}” is being opened by several windows at once and was opened for reading only."

    def release(self) -> None:
        """Give the lock back and remove its file."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if os.name == "posix":
            if self._ours(handle):
                with contextlib.suppress(OSError):
                    self.path.unlink()
            os.close(handle)
        else:
            os.close(handle)
            with contextlib.suppress(OSError):
                self.path.unlink()

    def __enter__(self) -> ProjectLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _ours(self, handle: int) -> bool:
        try:
            here, there = os.fstat(handle), self.path.stat()
        except OSError:
            return False
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)

    @staticmethod
    def _write(handle: int) -> None:
        try:
            user = getpass.getuser()
        except (KeyError, OSError, ImportError):
            user = "unknown"
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        text = json.dumps({"user": user, "host": platform.node(), "pid": os.getpid(), "since": now})
        # The words are for people; the lock stands without them, on a full disk too.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, text.encode(), 0) if hasattr(os, "pwrite") else os.write(handle, text.encode())

    @staticmethod
    def _holder(handle: int) -> str:
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            value = json.loads(os.read(handle, 2000))
            since = datetime.datetime.fromisoformat(str(value["since"])).astimezone()
            return (
                f"{str(value['user'])[:60]} on {str(value['host'])[:60]}, process {int(value['pid'])}, "
                f"since {since:%Y-%m-%d %H:%M}"
            )
        except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
            return "somebody"


def hold(handle: int) -> bool:
    """Lock without waiting; False if another holds it."""
    try:
        if sys.platform == "win32":
            os.lseek(handle, AWAY, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
