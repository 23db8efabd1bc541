"""Files to write, refused before any work if they can't be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from ..errors import ExportError

__all__ = ["writable"]


def writable(target: Path, inputs: Iterable[str | Path | None] = ()) -> Path:
    """Give `target` back if it can be written without harm to an input; None stands for an input not given.

    Raises
    ------
    ExportError
        Its folder does not exist, it is a folder itself, or it is one of the inputs by whatever name.
    """
    if not target.parent.is_dir():
        raise ExportError(f"The folder “{target.parent}” does not exist; choose another one or create it.")
    if target.is_dir():
        raise ExportError(f"“{target}” is a folder; name a file.")
    for word in inputs:
        # One that is not there is missed by whoever reads it.
        with contextlib.suppress(OSError):
            if word is not None and target.samefile(word):
                raise ExportError(f"“{target}” is an input and is never written to; choose another name.")
    return target
