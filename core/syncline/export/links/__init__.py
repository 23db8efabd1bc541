"""Exporters of links between objects and phrases, one a file; a member registers the suffixes it writes as its kinds.

A member is a function ``write(job: LinkJob, target: Path, params, monitor: Monitor) -> None`` that writes to `target`,
a temporary name beside the final one; `run` puts it in place then. What a member's parameters class sets as
``single = True`` shows one picture a file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atomic import replacing
from ...errors import ExportError, ParameterError
from ...model import Picture
from ...model.matches import SceneMatch
from ...progress import Monitor
from ...registry import Method
from .._family import Exporters, is_same_file

__all__ = ["REGISTRY", "LinkExporter", "LinkJob", "exporter_for", "register", "run", "suffixes", "targets_of"]


@dataclass(frozen=True, eq=False)
class LinkJob:
    """What an exporter is handed.

    Attributes
    ----------
    pixels
        Gives a picture, uint8 (h, w, 3), BGR, as it is seen; raises `MediaError` where it can't be read.
    """

    matches: tuple[SceneMatch, ...]
    pixels: Callable[[Picture], NDArray[np.uint8]]


LinkExporter = Callable[[LinkJob, Path, Any, Monitor], None]

REGISTRY: Exporters[LinkExporter] = Exporters("syncline.export.links", "syncline.link_exporters", "exporter of links")
register, exporter_for, suffixes = REGISTRY.register, REGISTRY.exporter_for, REGISTRY.suffixes

PLACEHOLDER = "{name}"


def is_single(method: Method[LinkExporter]) -> bool:
    """True if that exporter shows one picture a file."""
    return bool(getattr(method.params, "single", False))


def targets_of(method: Method[LinkExporter], target: Path, matches: Sequence[SceneMatch]) -> list[Path]:
    """Where each picture goes: `target` with the picture's name for ``{name}``; the same file for all, without.

    Raises
    ------
    ParameterError
        Several pictures, one file, and an exporter that shows one picture a file.
    """
    if PLACEHOLDER not in target.name:
        if is_single(method) and len(matches) > 1:
            raise ParameterError(
                f"“{method.title}” shows one picture a file and there are {len(matches)}: "
                f"name it such as “{PLACEHOLDER}{target.suffix}”."
            )
        return [target] * len(matches)
    names: list[Path] = []
    taken: set[str] = set()
    for m in matches:
        picture = m.scene.picture
        stem = picture.path.stem + ("" if picture.frame is None else f"-{picture.frame}")
        base = safe_name(target.name.replace(PLACEHOLDER, stem))
        name, k = base, 2
        while name.casefold() in taken:
            name, k = f"{Path(base).stem} {k}{target.suffix}", k + 1
        taken.add(name.casefold())
        names.append(target.with_name(name))
    return names


_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{w}{k}" for w in ("com", "lpt") for k in range(1, 10))],
)


def safe_name(name: str) -> str:
    """A file name that any system takes (RELIABILITY 3)."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = re.sub(r'[/\\:*?"<>|\x00-\x1f\x7f]', "_", name).lstrip(".-").rstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (name, "")
    while len((stem + suffix).encode()) > 150:
        stem = stem[:-1]
    return ("_" if not stem or stem.split(".")[0].casefold() in _RESERVED else "") + stem + suffix


def run(
    job: LinkJob,
    target: str | Path,
    format: str | None = None,
    params: Any = None,
    monitor: Monitor | None = None,
) -> list[Path]:
    """Write the links of `job`, each file whole or not at all; the arguments are those of `matching.export_match`.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    ParameterError
        No such exporter or parameter, or one file for several pictures.
    ExportError
        There is nothing to write, a target is one of the pictures, or it can't be written.
    Cancelled
        The monitor was told to stop; a file is whole or not there.
    """
    monitor = Monitor() if monitor is None else monitor
    target = Path(target)
    method = exporter_for(target.suffix, format)
    params = method.filled(params)
    if not job.matches:
        raise ExportError("There are no pictures to export; match some first.")
    places = targets_of(method, target, job.matches)
    groups: dict[Path, list[SceneMatch]] = {}
    for place, m in zip(places, job.matches, strict=True):
        groups.setdefault(place, []).append(m)
    for place in groups:
        for m in job.matches:
            if is_same_file(place, m.scene.picture.path):
                raise ExportError(f"“{place.name}” is one of the pictures and is never written to; name another file.")
    for k, (place, some) in enumerate(groups.items()):
        part = monitor.part(k / len(groups), (k + 1) / len(groups), "Writing the links")
        part.check()
        with replacing(place) as temporary:
            method.call(replace(job, matches=tuple(some)), temporary, params, part)
            part.check()
    return list(groups)
