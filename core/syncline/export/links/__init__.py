"""Exporters of links between objects and phrases, one a file; a member registers the suffixes it writes as its kinds.

A member is a function ``write(job: LinkJob, target: Path, params, monitor: Monitor) -> None`` that writes to `target`,
a temporary name beside the final one; `run` puts it in place then. What a member's parameters class sets as
``single = True`` shows one picture a file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
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
from ...registry import Method, Registry, build

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

REGISTRY: Registry[LinkExporter] = Registry("syncline.export.links", "syncline.link_exporters", "exporter of links")
register = REGISTRY.register

PLACEHOLDER = "{name}"


def suffixes() -> list[str]:
    """All file suffixes that can be written, with their dots, in alphabetical order."""
    return sorted({kind for name in REGISTRY.names() for kind in REGISTRY[name].kinds})


def exporter_for(suffix: str, format: str | None = None) -> Method[LinkExporter]:
    """The exporter that writes `suffix` (``".csv"``), or the one named `format`.

    Of several that write the same suffix the one is taken whose name begins with “links”.

    Raises
    ------
    ParameterError
        Nothing writes that suffix, or `format` does not.
    """
    suffix = suffix.lower()
    if format is not None:
        method = REGISTRY[format]
        if suffix not in method.kinds:
            raise ParameterError(f"The exporter “{format}” writes {', '.join(sorted(method.kinds))}, not “{suffix}”.")
        return method
    names = sorted(REGISTRY.names(suffix), key=lambda name: (not name.startswith("links"), name))
    if not names:
        raise ParameterError(
            f"Links are not exported to “{suffix or 'a name without an ending'}”; name the file with one of: "
            f"{', '.join(suffixes())}."
        )
    return REGISTRY[names[0]]


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
    """Write the links of `job`, each file whole or not at all; the arguments are those of `matching.export`.

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
    if params is None or isinstance(params, Mapping):
        params = build(method.params, params)
    elif not isinstance(params, method.params):
        raise ParameterError(f"The exporter “{method.name}” takes {method.params.__name__}.")
    if not job.matches:
        raise ExportError("There are no pictures to export; match some first.")
    places = targets_of(method, target, job.matches)
    groups: dict[Path, list[SceneMatch]] = {}
    for place, m in zip(places, job.matches, strict=True):
        groups.setdefault(place, []).append(m)
    for place in groups:
        for m in job.matches:
            if _same(place, m.scene.picture.path):
                raise ExportError(f"“{place.name}” is one of the pictures and is never written to; name another file.")
    for k, (place, some) in enumerate(groups.items()):
        part = monitor.part(k / len(groups), (k + 1) / len(groups), "Writing the links")
        part.check()
        with replacing(place) as temporary:
            method.call(replace(job, matches=tuple(some)), temporary, params, part)
            part.check()
    return list(groups)


def _same(target: Path, picture: Path) -> bool:
    try:
        return target.samefile(picture)
    except OSError:
        return False
