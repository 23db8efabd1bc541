"""Formats that tiers are written in, as the export dialog wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import make_dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from syncline.registry import Method, choice

__all__ = ["ALL", "formats"]

ALL = "all"
"""In the place of a tier's name: every tier. No tier that is offered by itself is called so."""


def _words(text: str) -> str:
    return QCoreApplication.translate("SegmentExport", text)


def formats(tiers: Sequence[str]) -> list[Method[Any]]:
    """One for each format; where there are several tiers, its parameter says which are written."""

    def params(one: bool) -> type[Any]:
        if len(tiers) < 2:
            return make_dataclass("TierParams", [], frozen=True)
        names = [n for n in tiers if n != ALL]
        field = choice(names[0] if one else ALL, [*([] if one else [ALL]), *names], _words("Tier"))
        return make_dataclass("TierParams", [("tier", str, field)], frozen=True)

    every, single = params(False), params(True)
    return [
        Method("textgrid", _words("Praat TextGrid"), every, None, frozenset({".TextGrid"}), 1,
               _words("All tiers, for Praat and most tools of phonetics.")),
        Method("eaf", _words("ELAN annotations"), every, None, frozenset({".eaf"}), 1,
               _words("All tiers, for ELAN, in whole milliseconds.")),
        Method("subtitles", _words("Subtitles"), single, None, frozenset({".srt", ".vtt"}), 1,
               _words("One tier as SubRip or WebVTT, in whole milliseconds.")),
        Method("audacity", _words("Audacity labels"), single, None, frozenset({".txt"}), 1,
               _words("One tier as a label track.")),
        Method("table", _words("Table"), every, None, frozenset({".csv", ".tsv"}), 1,
               _words("A row for each piece: tier, start, end, label, score.")),
        Method("json", _words("JSON"), every, None, frozenset({".json"}), 1,
               _words("All there is to say, to be read again without loss.")),
    ]  # fmt: skip
