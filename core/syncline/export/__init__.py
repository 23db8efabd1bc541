"""Exporters, one a file; a member registers the suffixes it writes as its kinds.

A member is a function ``write(job: ExportJob, target: Path, params, monitor: Monitor) -> None`` that writes to
`target`, a temporary name beside the final one: `atomic.replacing` gives it and puts it in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model import Alignment
from ..progress import Monitor
from ..registry import Registry

__all__ = ["REGISTRY", "ExportJob", "Exporter", "register"]


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


Exporter = Callable[[ExportJob, Path, Any, Monitor], None]

REGISTRY: Registry[Exporter] = Registry("syncline.export", "syncline.exporters", "exporter")
register = REGISTRY.register
