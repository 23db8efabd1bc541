"""Tiers: files of labelled segments, read and written, one format a file; and carried along a warping path.

A format is a module with ``read(path) -> Tiers`` and ``write(tiers, target) -> notes``; paths in a file are never
followed.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

from ..atomic import replacing
from ..errors import ExportError, MediaError
from ..files import check_file, shown
from ..model.segments import Segment, Tier, Tiers
from . import audacity, eaf, record, subtitles, table, textgrid
from ._carry import carry
from .table import Frames

__all__ = ["SUFFIXES", "Frames", "Segment", "Tier", "Tiers", "carry", "load_tiers", "save_tiers"]

_FORMATS: dict[str, ModuleType] = {
    ".textgrid": textgrid,
    ".eaf": eaf,
    ".srt": subtitles,
    ".vtt": subtitles,
    ".txt": audacity,
    ".csv": table,
    ".tsv": table,
    ".json": record,
}
SUFFIXES = tuple(_FORMATS)
"""Endings of files that can be read and written: Praat, ELAN, SubRip, WebVTT, Audacity labels, tables, JSON."""


def load_tiers(file: str | os.PathLike[str], frames: Frames | None = None) -> Tiers:
    """Read the tiers of a file, whose ending says its format (`SUFFIXES`).

    Parameters
    ----------
    frames
        For tables that count frames: gives `Media.frame_edges` of the recording they belong to, None if it has none;
        asked only if it is needed.

    Raises
    ------
    MediaError
        It is not such a file, or it counts frames of nobody knows what; one sentence.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 — resolve() would follow links
    check_file(path)
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise MediaError(f"“{shown(path)}” is no file of segments; choose one that ends in {_endings()}.")
    return table.read(path, frames) if kind is table else kind.read(path)


def save_tiers(tiers: Tiers, target: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write tiers to a file, which is either complete or not there; its ending says the format.

    Returns
    -------
    tuple of str
        Sentences about what the format can't hold.

    Raises
    ------
    ExportError
        No such format, or the file can't be written.
    """
    target = Path(target)
    kind = _FORMATS.get(target.suffix.lower())
    if kind is None:
        raise ExportError(f"Segments can't be written to “{shown(target)}”; name it with one of {_endings()}.")
    with replacing(target) as temporary:
        return kind.write(tiers, temporary)


def _endings() -> str:
    return ", ".join(".TextGrid" if s == ".textgrid" else s for s in SUFFIXES)
