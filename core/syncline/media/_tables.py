"""Text tables (csv, tsv): encoding, delimiter, header, numbers."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import MediaError
from ..files import read_text, shown
from ..progress import Monitor

__all__ = ["TextTable", "read_text_table", "words"]

MOST_TEXT = 256 << 20
"""Bytes of a text table that are read at most."""

_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+(e[-+]?\d+)?\s*$", re.IGNORECASE)


@dataclass
class TextTable:
    """Cells of a text table: `names` is empty without a header; `lines` holds the line number of each row."""

    names: list[str]
    rows: list[list[str]]
    lines: list[int]
    comma: bool = False
    notes: list[str] = field(default_factory=list[str])

    def number(self, row: int, column: int) -> float:
        """The cell as a number, NaN if it is none."""
        cells = self.rows[row]
        return _number(cells[column], self.comma) if column < len(cells) else math.nan


def words(name: str) -> set[str]:
    """Lower-case words and numbers of a column or file name."""
    return {w for w in re.split(r"[^0-9a-z]+", name.lower()) if w}


def _number(cell: str, comma: bool) -> float:
    if comma:
        cell = cell.replace(",", ".", 1)
    try:
        # float() accepts "1_000", which no table means as a number.
        return math.nan if "_" in cell else float(cell)
    except ValueError:
        return math.nan


def _delimiter(lines: list[str]) -> str:
    """The character that cuts all the first lines into the same number of cells, most of them."""
    best, most = ",", 1
    for mark in ("\t", ";", ","):
        counts = {len(next(csv.reader([line], delimiter=mark), [])) for line in lines}
        if len(counts) == 1 and (n := counts.pop()) > most:
            best, most = mark, n
    if most == 1 and len({len(line.split()) for line in lines}) == 1 and not any("," in line for line in lines):
        return " "
    return best


def read_text_table(path: Path, monitor: Monitor | None = None) -> TextTable:
    """Read a csv or tsv file.

    Comma, semicolon, tab or blanks between the cells; decimal comma where commas do not part the cells; a first
    row with a cell that is no number is the header; lines that begin with ``#`` are comments (the last one before
    the first row is the header if it has as many cells).

    Raises
    ------
    MediaError
        Too large, no rows, or cells that are too long.
    """
    monitor = monitor or Monitor()
    text, found = read_text(path, MOST_TEXT, "save it as .npy instead")
    notes = list(found)
    comment, head = "", []
    for line in io.StringIO(text):
        if line.lstrip().startswith("#") and not head:
            comment = line.lstrip().lstrip("#").strip()
        elif line.strip():
            head.append(line.rstrip("\r\n"))
            if len(head) == 20:
                break
    if not head:
        raise MediaError(f"“{shown(path)}” has no rows; choose another file.")
    if head[0].count('"') % 2:
        notes.append(f"“{shown(path)}” has an odd number of quotation marks in its first row.")
    csv.field_size_limit(1 << 20)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        mark = _delimiter(head)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=mark == " ")
        for n, cells in enumerate(reader):
            if n % 4096 == 0:
                monitor.check()
            if not any(c.strip() for c in cells) or cells[0].lstrip().startswith("#"):
                continue
            rows.append(cells[:-1] if mark == " " and cells[-1] == "" else cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise MediaError(f"“{shown(path)}” can't be read as a table ({error}); save it again as CSV.") from None
    comma = mark != "," and any(_DECIMAL_COMMA.match(c) for row in rows[1:20] for c in row)
    names: list[str] = []
    if any(math.isnan(_number(c, comma)) and c.strip().lower() != "nan" and c.strip() for c in rows[0]):
        names = [c.strip() for c in rows.pop(0)]
        lines.pop(0)
    elif comment:
        guess = next(csv.reader([comment], delimiter=mark, skipinitialspace=True), [])
        names = [c.strip() for c in guess] if len(guess) == len(rows[0]) else []
    if not rows:
        raise MediaError(f"“{shown(path)}” has a header but no rows; choose another file.")
    return TextTable(names, rows, lines, comma, notes)
