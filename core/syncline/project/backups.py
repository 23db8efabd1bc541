"""The last saves of every project, kept in the state folder."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..atomic import replacing
from ..errors import ExportError
from ..progress import Monitor
from .state import short, state_folder

__all__ = ["Backup", "keep_backup", "list_backups"]

KEPT = 5


@dataclass(frozen=True)
class Backup:
    """An earlier save of a project: open `path` and save it under a name of your choice."""

    path: Path
    saved: float
    """Seconds since the epoch."""


def _folder(project: Path) -> Path:
    real = os.path.realpath(project)
    stem = re.sub(r"[^\w-]", "_", project.stem, flags=re.ASCII)[:40]
    return state_folder("backups", f"{stem}-{short(real)}")


def keep_backup(project: Path, image: bytes, monitor: Monitor) -> None:
    """Keep the bytes of a save that has passed its checks; drop all but the last five.

    No save fails for want of a backup: a full state disk is a warning and no error.
    """
    try:
        folder = _folder(project)
        numbers = _numbers(folder)
        newest = folder / f"{numbers[-1]:06d}.syncline" if numbers else None
        if newest is not None and newest.stat().st_size == len(image) and newest.read_bytes() == image:
            return
        with replacing(folder / f"{(numbers or [0])[-1] + 1:06d}.syncline") as temporary:
            temporary.write_bytes(image)
        for number in _numbers(folder)[:-KEPT]:
            with suppress(OSError):
                (folder / f"{number:06d}.syncline").unlink()
    except ExportError as error:
        monitor.warn(f"No backup of “{project.name}” could be kept. {error}")
    except OSError as error:
        monitor.warn(f"No backup of “{project.name}” could be kept ({error.strerror or error}).")


def _numbers(folder: Path) -> list[int]:
    return sorted(int(p.stem) for p in folder.glob("[0-9]*.syncline") if p.stem.isascii() and p.stem.isdigit())


def list_backups(project: Path | str) -> list[Backup]:
    """Earlier saves of `project`, newest first."""
    try:
        folder = _folder(Path(project))
        paths = [folder / f"{n:06d}.syncline" for n in reversed(_numbers(folder))]
        return [Backup(p, p.stat().st_mtime) for p in paths]
    except OSError:
        return []
