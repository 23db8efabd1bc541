"""Comparisons as files: a table, a page to look at, JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import replacing
from .errors import ExportError
from .export._common import cell, plain
from .export.links._drawing import clean
from .export.links._record import program
from .model.comparison import Comparison, Row, worded

__all__ = ["SUFFIXES", "export_comparison", "heading", "record"]

FORMAT, VERSION = "syncline-comparison", 1
_SIDE = 520
_POINTS = 1500
_COLOURS = ("#0969da", "#bc4c00", "#1a7f37", "#8250df", "#cf222e", "#9a6700", "#1b7c83", "#bf3989")
_HEADINGS = {
    "cost": "cost",
    "step_cost": "cost a step",
    "seconds": "seconds",
    "tau": "Kendall τ",
    "p_dif": "path difference",
    "count": "events",
}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; margin: 2rem auto; padding: 0 1rem;
  max-width: 1400px; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } svg { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .7rem; border-bottom: 1px solid #d0d7de; white-space: nowrap; }
th.t, td.t { text-align: left; overflow-wrap: anywhere; } td.trouble { color: #a40e26; white-space: normal; }
p.note { color: #6e7781; } .key { display: inline-block; width: .8em; height: .8em; margin-right: .5em; }
"""


def heading(column: str) -> str:
    """What a person reads above a column of figures."""
    if column in _HEADINGS:
        return _HEADINGS[column]
    if column.startswith("within "):
        return f"≤ {column.removeprefix('within ')}"
    word, _, unit = column.rpartition("_")
    return f"{word.replace('p90', '90 %')}, {unit}"


def _csv(found: Comparison, target: Path) -> int:
    columns = found.columns
    with target.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["features", "method", *(c.replace(" ", "_") for c in columns), "trouble"])
        for row in found.rows:
            figures = row.figures()
            table.writerow(
                [cell(v) for v in (row.features, row.method, *(figures.get(c) for c in columns), row.trouble)]
            )
    with target.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _recipe(row: Row) -> dict[str, Any]:
    if row.alignment is None or row.alignment.resolved is None:
        return {}
    known = row.alignment.resolved
    return {"recipe": plain(known), "reason": row.alignment.reason}


def record(found: Comparison) -> dict[str, Any]:
    """A comparison as plain values for JSON."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": program(),
        "a": found.pair.a.name,
        "b": found.pair.b.name,
        "truth": None if found.pair.truth is None else found.pair.truth.source,
        "p_dif_against": found.against,
        "rows": [
            {
                "features": row.features,
                "method": row.method,
                **plain(row.figures()),
                "trouble": row.trouble,
                **_recipe(row),
            }
            for row in found.rows
        ],
    }


def _json(found: Comparison, target: Path) -> int:
    text = json.dumps(record(found), indent=1, allow_nan=False)
    target.write_text(text + "\n", encoding="ascii", newline="\n")
    return len(json.loads(target.read_text(encoding="ascii"))["rows"])


def _html(found: Comparison, target: Path) -> int:
    columns = found.columns
    title = f"{clean(found.pair.a.name)} and {clean(found.pair.b.name)}"
    best = {c: _best(found, c) for c in columns}
    lines: list[str] = []
    for k, row in enumerate(found.rows):
        figures = row.figures()
        if row.trouble:
            cells = f'<td class="t trouble" colspan={len(columns)}>{clean(row.trouble)}'
        else:
            shown = ((c, figures.get(c)) for c in columns)
            cells = "".join(
                f"<td>{'<b>' if v is not None and v == best[c] else ''}{clean(worded(c, v))}" for c, v in shown
            )
        key = f'<span class=key style="background:{_colour(k)}"></span>'
        lines.append(f"<tr><td class=t>{key}{clean(row.method)}<td class=t>{clean(row.features)}{cells}\n")
    heads = "".join(f"<th>{clean(heading(c))}" for c in columns)
    against = "the truth" if found.against == "truth" else f"“{clean(found.against)}”"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    target.write_text(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"{_paths(found)}<div class=wide><table><thead><tr><th class=t>method<th class=t>features{heads}\n<tbody>\n"
        f"{''.join(lines)}</table></div>\n"
        + (f"<p class=note>Path difference to {against}, in frames. " if found.against else "<p class=note>")
        + "Costs compare only rows of the same features and the same local cost. Bold: the best of a column.</p>\n"
        f"<p class=note>Made by {clean(program())}.</p>\n</body>\n</html>\n",
        encoding="utf-8",
        newline="\n",
    )
    return target.read_text(encoding="utf-8").count("<tr><td class=t>")


def _best(found: Comparison, column: str) -> float | None:
    """The best value of a column, None where none is.

    Costs of unlike features do not compare, and nothing is quicker than the stretch.
    """
    values = [v for row in found.rows if (v := row.figures().get(column)) is not None]
    if column in ("cost", "step_cost", "seconds", "count") or len(set(values)) < 2:
        return None
    return max(values) if column == "tau" or column.startswith("within ") else min(values)


def _colour(k: int) -> str:
    return _COLOURS[k % len(_COLOURS)]


def _paths(found: Comparison) -> str:
    """All paths over each other, A to the right, B up, as one SVG element."""
    known = [(k, row.path) for k, row in enumerate(found.rows) if row.path is not None]
    if not known:
        return ""
    wide = max(float(path.a_times[-1]) for _, path in known) or 1.0
    high = max(float(path.b_times[-1]) for _, path in known) or 1.0
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 {_SIDE + 16} {_SIDE + 16}" width="{_SIDE}" '
        f'height="{_SIDE}" role="img"><title>Warping paths</title>'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#d0d7de"/>'
    ]
    # The first row on top.
    for k, path in reversed(known):
        for piece in path.pieces:
            times = path.times[piece]
            some = times[np.unique(np.linspace(0, len(times) - 1, min(len(times), _POINTS)).astype(int))]
            lines.append(_line(some, wide, high, _colour(k)))
    return "\n".join(lines) + "</svg>\n"


def _line(times: NDArray[np.float64], wide: float, high: float, colour: str) -> str:
    points = " ".join(f"{_SIDE * a / wide:.1f},{_SIDE * (1 - b / high):.1f}" for a, b in times.tolist())
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-opacity="0.85"/>'


_WRITERS: dict[str, Callable[[Comparison, Path], int]] = {".csv": _csv, ".html": _html, ".htm": _html, ".json": _json}
SUFFIXES = tuple(_WRITERS)
"""Endings that `export_comparison` writes."""


def export_comparison(found: Comparison, target: str | Path) -> None:
    """Write a comparison; the ending says as what: ``.csv``, ``.html`` or ``.json``.

    The page loads nothing and runs no script; names are escaped wherever they stand, and cells of the table that a
    spreadsheet would take for a formula begin with an apostrophe.

    Raises
    ------
    ExportError
        No such ending, or the folder can't be written to.
    """
    target = Path(target)
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise ExportError(f"A comparison is written as {', '.join(SUFFIXES)}, not as “{target.name}”.")
    with replacing(target) as temporary:
        if write(found, temporary) != len(found.rows):
            raise ExportError("Not every row reached the disk; try again or choose another folder.")
