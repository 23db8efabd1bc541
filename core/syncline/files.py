"""What every reader of files from outside shares: the first checks, text, JSON, and paths that a file names."""

from __future__ import annotations

import codecs
import contextlib
import json
import math
import os
import re
import stat
import threading
from collections.abc import Generator
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn, cast

from .errors import Cancelled, MediaError, SynclineError

__all__ = ["array_headers", "beside", "check_file", "guarded", "read_json", "read_text", "shown", "storable"]


_SURROGATE = re.compile(r"\\u(?:d[89a-f]|0000)", re.IGNORECASE)


array_headers = threading.Lock()
"""Held by whoever reads the header of a NumPy array: NumPy parses it as Python, which counts for all threads together
how deep it is in that (seen in 3.11), so that two at once may end in a SystemError (python/cpython#106905)."""


def shown(path: str | os.PathLike[str]) -> str:
    """Name of a file as it can be printed: no line breaks, nothing that is not UTF-8."""
    name = Path(path).name or os.fspath(path)
    clean = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in clean)


def check_file(path: Path) -> os.stat_result:
    """Return what the system knows of `path`, or say why it is no file that can be read.

    Raises
    ------
    MediaError
        Absent, a folder, a pipe or device, empty, or not readable.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # Opening a pipe would wait for ever.
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not an ordinary file"
            raise MediaError(f"“{shown(path)}” is {what}; choose a file.")
        if status.st_size == 0:
            raise MediaError(f"“{shown(path)}” is empty; choose another file.")
        with path.open("rb"):
            return status
    except FileNotFoundError:
        raise MediaError(f"“{shown(path)}” is not there (any more); locate it or choose another file.") from None
    except PermissionError:
        raise MediaError(f"“{shown(path)}” may not be read; change its permissions or choose another file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"“{shown(path)}” can't be opened ({reason}); choose another file.") from None


@contextlib.contextmanager
def guarded(path: Path, what: str) -> Generator[None]:
    """Turn whatever a foreign parser raises inside the block into one sentence.

    `what` completes “name can't be read …”, e.g. ``"as a NumPy file"``.
    """
    try:
        yield
    except (SynclineError, Cancelled):
        raise
    except MemoryError:
        raise MediaError(f"“{shown(path)}” needs more memory than there is; choose a shorter file.") from None
    except Exception as error:  # what a damaged file makes a foreign parser raise can't be listed
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise MediaError(
            f"“{shown(path)}” can't be read {what}: it is damaged or of another kind ({reason}); choose another file."
        ) from error


def read_text(path: Path, most: int, advice: str) -> tuple[str, tuple[str, ...]]:
    """Text in UTF-8, UTF-16 or else Windows-1252, with plain line ends and no NUL; and what to tell the user.

    Parameters
    ----------
    most
        Bytes it may have.
    advice
        What to do about a larger one, e.g. ``"split it"``.

    Raises
    ------
    MediaError
        Not an ordinary file, or too large.
    """
    if check_file(path).st_size > most:
        raise MediaError(f"“{shown(path)}” is larger than {most >> 20} MB of text; {advice}.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise MediaError(f"“{shown(path)}” can't be read ({error.strerror or error}); copy it anew.") from None
    notes: tuple[str, ...] = ()
    try:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = raw.decode("utf-16")
        else:
            text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
        notes = (f"“{shown(path)}” is not UTF-8; it was read as Windows-1252.",)
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"), notes


def storable(text: str) -> str:
    """`text` without lone surrogates, which JSON may hold but which can be stored nowhere, and without NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def read_json(path: Path, most: int) -> tuple[Any, tuple[str, ...]]:
    """What a JSON file holds, numbers all finite, text all `storable`; and what to tell the user.

    Raises
    ------
    MediaError
        Not an ordinary file, too large, or not JSON.
    """
    text, notes = read_text(path, most, "split it into several files")

    def refuse(word: str) -> NoReturn:
        raise MediaError(f"“{shown(path)}” holds {word[:20]}, which is not a finite number; mend it.")

    def finite(word: str) -> float:
        number = float(word)
        return number if math.isfinite(number) else refuse(word)

    try:
        found = json.loads(text, parse_constant=refuse, parse_float=finite)
        return (_storable(found) if _SURROGATE.search(text) else found), notes
    except RecursionError:
        raise MediaError(f"“{shown(path)}” is nested too deeply; choose another file.") from None
    except json.JSONDecodeError as error:
        raise MediaError(f"“{shown(path)}” is not valid JSON: {error.msg} in line {error.lineno}.") from None
    except ValueError:
        raise MediaError(f"“{shown(path)}” holds a number that is too long; mend it.") from None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(v) for v in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {storable(k): _storable(v) for k, v in cast("dict[str, Any]", value).items()}
    return value


def beside(path: Path, name: str) -> Path:
    """The file that `path` calls `name`, if that lies in the folder of `path` or below it.

    Raises
    ------
    MediaError
        An address, an absolute name, or one that leads out of the folder, through links too.
    """
    refused = MediaError(f"“{shown(path)}” names “{shown(name)[:80]}” outside its own folder, which is not opened.")
    name = name.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if not parts or name.startswith(("/", "~")) or "\0" in name or ".." in parts or ":" in parts[0]:
        raise refused
    folder = Path(os.path.realpath(path.parent))
    found = Path(os.path.realpath(folder.joinpath(*parts)))
    if folder not in found.parents:
        raise refused
    return found
