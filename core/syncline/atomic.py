"""Writing a file so that a crash, a full disk or a power cut leaves the old one or the new one, never a mixture."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Generator
from pathlib import Path

from .errors import ExportError

__all__ = ["replacing", "trouble"]


def trouble(error: OSError, folder: Path) -> str:
    """Say in words why nothing could be written to `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of “{folder}” is full; free some space or choose another folder."
    if error.errno == errno.EFBIG:
        return f"The file would be larger than “{folder}” allows; choose another folder."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"“{folder}” may not be written to; choose another folder."
    if error.errno == errno.ENOENT:
        return f"The folder “{folder}” does not exist; choose another one or create it."
    if error.errno == errno.ENAMETOOLONG:
        return f"The name is too long for “{folder}”; choose a shorter one."
    return f"Writing to “{folder}” failed ({error.strerror or error}); try again or choose another folder."


@contextlib.contextmanager
def replacing(target: Path, check: Callable[[Path], None] | None = None) -> Generator[Path]:
    """Give a temporary path beside `target`, and put it in place when the block ends without an exception.

    The temporary name keeps the suffix. On success it is flushed to the disk, given to `check` (which raises if
    it can't be read back), moved over the file that `target` names (through symbolic links), and the folder is
    flushed too. On any exception it is removed and the old file stays.

    Raises
    ------
    ExportError
        The folder can't be written to, or the disk is full; one sentence.
    """
    final = Path(os.path.realpath(target))
    folder = final.parent
    temporary = folder / f".{secrets.token_hex(6)}.part{final.suffix}"
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if check is not None:
            check(temporary)
        temporary.replace(final)
        if os.name == "posix":
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except OSError as error:
        raise ExportError(trouble(error, folder)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
