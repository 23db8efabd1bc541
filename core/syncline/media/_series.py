"""Series of the UCR and UEA archives: text files (.ts) with one case a line, channels apart by colons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import read_text, shown
from ..progress import Monitor

__all__ = ["Cases", "looks_like", "read_case", "read_cases"]

_MOST_TEXT = 256 << 20


@dataclass(frozen=True)
class Cases:
    """Cases as they stand in the file: text of each, without its label, its line, and its label."""

    rows: list[str]
    lines: list[int]
    labels: list[str]

    @property
    def keys(self) -> list[str]:
        """What each is called: its number, from 1 on, and its label."""
        return [f"{k + 1} {label}".strip() for k, label in enumerate(self.labels)]

    def shape(self, k: int) -> tuple[int, int]:
        """Rows and channels of case k, as far as commas and colons tell."""
        channels = self.rows[k].split(":")
        return channels[0].count(",") + 1, len(channels)


def looks_like(head: bytes) -> bool:
    """Whether a .ts file begins as such a text does; an MPEG transport stream begins with G."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"#", b"@")


def read_cases(path: Path, monitor: Monitor) -> Cases:
    """Read the lines of a file.

    Raises
    ------
    MediaError
        It has no data, or its rows have time stamps.
    """
    text, _ = read_text(path, _MOST_TEXT, "split it")
    rows: list[str] = []
    lines: list[int] = []
    labels: list[str] = []
    labelled, data = False, False
    for number, line in enumerate(text.split("\n"), 1):
        if number % 1024 == 0:
            monitor.check()
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if not data:
            words = line.lower().split()
            labelled |= words[:2] in (["@classlabel", "true"], ["@targetlabel", "true"])
            if words[:2] == ["@timestamps", "true"]:
                raise MediaError(f"“{shown(path)}” has a time in every cell, which is not read; save it as CSV.")
            data = words[0] == "@data"
            continue
        row, colon, label = line.rpartition(":") if labelled else (line, ":", "")
        if not colon:
            raise MediaError(f"“{shown(path)}” has no label in line {number}; it is damaged: choose another file.")
        rows.append(row)
        lines.append(number)
        labels.append(" ".join(label.split())[:80])
    if not rows:
        raise MediaError(f"“{shown(path)}” holds no series; choose another file.")
    return Cases(rows, lines, labels)


def read_case(path: Path, cases: Cases, key: str | None) -> tuple[NDArray[np.float64], str]:
    """Values (T, D) of one case and its key.

    Parameters
    ----------
    key
        One of `Cases.keys`, or its number alone; None where there is only one.

    Raises
    ------
    MediaError
        None or another than there are, or a case that is damaged.
    """
    number = (key or "1").split(" ")[0]
    if (key is None and len(cases.rows) > 1) or not number.isdecimal() or not 1 <= int(number) <= len(cases.rows):
        named = "" if key is None else f", but no “{key}”"
        raise MediaError(f"“{shown(path)}” holds {len(cases.rows)} series{named}; choose one of them by its number.")
    k = int(number) - 1
    try:
        channels = [np.array([float(cell) for cell in part.split(",")]) for part in cases.rows[k].split(":")]
    except ValueError:
        where = f"series {number} (line {cases.lines[k]})"
        raise MediaError(f"“{shown(path)}” has something else than numbers in {where}; mend it.") from None
    lengths = {len(c) for c in channels}
    if len(lengths) != 1:
        raise MediaError(f"The channels of series {number} of “{shown(path)}” differ in length; mend it.")
    return np.stack(channels, axis=1), cases.keys[k]
