"""Exporters, one a file; a member registers the suffixes it writes as its kinds.

A member is a function ``write(job: ExportJob, target: Path, params, monitor: Monitor) -> None`` that writes to
`target`, a temporary name beside the final one, reads it back, and raises if it is not what was meant:
`run` puts it in place then. What a member's parameters class sets as ``needs_features = True`` is exported only
with the features at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import replacing
from ..errors import ExportError
from ..model import Alignment
from ..progress import Monitor
from ..registry import Method
from ._family import Exporters, is_same_file

__all__ = ["REGISTRY", "ExportJob", "Exporter", "exporter_for", "needs_features", "register", "run", "suffixes"]


@dataclass(frozen=True, eq=False)
class ExportJob:
    """What an exporter is handed. The openers give fresh readers (context managers) of `media.video` and
    `media.audio`, since the families of syncline do not import each other.
    """

    alignment: Alignment
    open_video: Callable[[str], Any]
    """``open_video("a" | "b")``: a `media.video.VideoReader`."""
    open_audio: Callable[[str], Any]
    """``open_audio("a" | "b")``: a `media.audio.AudioReader`, or None where there is no sound."""
    window: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
    """First and one-past-last column of B that the solver's window allows, intp (n,) each; None: all of them."""


Exporter = Callable[[ExportJob, Path, Any, Monitor], None]

REGISTRY: Exporters[Exporter] = Exporters("syncline.export", "syncline.exporters", "exporter")
register, exporter_for, suffixes = REGISTRY.register, REGISTRY.exporter_for, REGISTRY.suffixes


def needs_features(method: Method[Exporter]) -> bool:
    """True if that exporter reads the alignment's features (they are recomputed first if absent)."""
    return bool(getattr(method.params, "needs_features", False))


def run(
    job: ExportJob,
    target: str | Path,
    format: str | None = None,
    params: Any = None,
    monitor: Monitor | None = None,
) -> None:
    """Write the alignment of `job`, whole or not at all; the arguments are those of `pipeline.export`.

    Raises
    ------
    ParameterError
        No such exporter or parameter.
    ExportError
        There is no path yet, the target is one of the inputs, or it can't be written.
    Cancelled
        The monitor was told to stop; nothing is left behind.
    """
    monitor = Monitor() if monitor is None else monitor
    target = Path(target)
    alignment = job.alignment
    method = exporter_for(target.suffix, format)
    params = method.filled(params)
    if alignment.path is None:
        raise ExportError("There is no path to export yet; align the two files first.")
    if needs_features(method) and (alignment.features_a is None or alignment.features_b is None):
        raise ExportError(f"“{method.title}” needs the features of both files; align them again first.")
    if any(is_same_file(target, media.path) for media in (alignment.pair.a, alignment.pair.b)):
        raise ExportError(f"“{target.name}” is one of the two inputs and is never written to; choose another name.")
    monitor.check()
    with replacing(target) as temporary:
        method.call(job, temporary, params, monitor)
        monitor.check()
