"""``syncline compare`` and ``syncline evaluate``: what is better, and how good a saved path is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError
from ._commands import errors_text, opened_pair
from ._outputs import writable
from ._terminal import say, say_json, watching

if TYPE_CHECKING:
    from ..model.comparison import Comparison, Row

__all__ = ["compare", "compare_options", "evaluate", "evaluate_options"]

_SHOWN = ("cost", "seconds", "mean_ms", "median_ms", "p90_ms", "mean_frames", "within 1 frame", "within 50 ms", "tau")
"""Columns on the terminal, of those there are; files have all."""


def compare_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline compare``."""
    add = parser.add_argument
    add("a", metavar="A", help="the query; results are on its clock")
    add("b", metavar="B", help="the reference, laid onto A")
    add("--truth", metavar="FILE", help="known correspondences to judge the paths by (.csv)")
    add(
        "--methods",
        action="append",
        default=[],
        metavar="LIST",
        help="methods with commas between, parameters after a colon: dtw,dtw:step_pattern=symmetricP1,offset; may be "
        "repeated; default: all that work on such files",
    )
    add(
        "--features",
        action="append",
        default=[],
        metavar="LIST",
        help="recipes with commas between: auto,appearance,appearance+0.5*motion:grid=6; may be repeated; default auto",
    )
    add("--anchors", metavar="FILE", help="anchors, locks and forbidden zones every method has to obey (.json)")
    add("--key-a", metavar="KEY", help="which array of A's npz, mat or h5 file")
    add("--key-b", metavar="KEY", help="which array of B's")
    add("--rate-a", type=float, metavar="HZ", help="rows a second of A, where the file has no times")
    add("--rate-b", type=float, metavar="HZ", help="rows a second of B")
    add(
        "-o", "--output", action="append", default=[], metavar="OUT",
        help="file to write: .csv, .html or .json; may be repeated",
    )  # fmt: skip
    add("--json", action="store_true", help="print the table as JSON")
    add("-q", "--quiet", action="store_true", help="no progress bar")


def evaluate_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline evaluate``."""
    parser.add_argument("path", metavar="PATH", help="a path that “syncline align -o” wrote: .csv, .json or .npz")
    parser.add_argument("truth", metavar="TRUTH", help="known correspondences: a table of times or of frames (.csv)")
    parser.add_argument("--swap", action="store_true", help="the truth names B's places first, then A's")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def compare(arguments: argparse.Namespace) -> int:
    """Run every method on every choice of features, show the table, write it."""
    from .. import pipeline
    from ..comparison import compare as compared
    from ..comparison import export_comparison, split

    inputs = [arguments.a, arguments.b, *(f for f in (arguments.anchors, arguments.truth) if f)]
    targets = _targets(arguments.output, inputs)
    constraints = pipeline.load_anchors(arguments.anchors) if arguments.anchors else None
    methods = [word for words in arguments.methods for word in split(words)]
    recipes = [word for words in arguments.features for word in split(words)]
    with watching(arguments.quiet) as monitor:
        pair = opened_pair(arguments, monitor.part(0.0, 0.1, "Opening"))
        found = compared(
            pair, methods or None, recipes or ["auto"], constraints=constraints, monitor=monitor.part(0.1, 1.0)
        )
        for target in targets:
            export_comparison(found, target)
    if arguments.json:
        say_json(_record(found, targets, list(monitor.warnings)))
    else:
        say(_table(found))
        for target in targets:
            say(f"wrote {target}")
    return 0


def _targets(outputs: list[str], inputs: list[str]) -> list[Path]:
    """The outputs, refused before any work if they can't be written."""
    from ..comparison import SUFFIXES

    targets = [Path(word) for word in outputs]
    for target in targets:
        if target.suffix.lower() not in SUFFIXES:
            raise ParameterError(f"A comparison is written as {', '.join(SUFFIXES)}, not as “{target.name}”.")
        writable(target, inputs)
    return targets


def _table(found: Comparison) -> str:
    from ..comparison import heading, worded

    difference = ("p_dif",) if found.against else ()
    columns = [c for c in (*_SHOWN, *difference) if c in found.columns]
    lines = [["features", "method", *(heading(c) for c in columns)]]
    troubles: list[str] = []
    for row in found.rows:
        figures = row.figures()
        lines.append([row.features, row.method, *(worded(c, figures.get(c)) or "–" for c in columns)])
        if row.trouble:
            troubles.append(f"{row.method} on {row.features or 'nothing'}: {row.trouble}")
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    text = [
        "  ".join(
            word.ljust(w) if k < 2 else word.rjust(w) for k, (word, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    if found.against and found.against != "truth":
        text.append(f"path difference to {found.against}, in frames")
    return "\n".join(line.rstrip() for line in (*text, *troubles))


def _record(found: Comparison, targets: list[Path], warnings: list[str]) -> dict[str, Any]:
    from ..comparison import record

    return {**record(found), "outputs": [str(target) for target in targets], "warnings": warnings}


def evaluate(arguments: argparse.Namespace) -> int:
    """Judge a saved path."""
    from ..comparison import evaluate as judged

    row = judged(arguments.path, arguments.truth, swap=arguments.swap)
    if arguments.json:
        say_json({"path": arguments.path, "truth": arguments.truth, **_judged(row)})
    else:
        assert row.alignment is not None
        assert row.alignment.errors is not None
        say(errors_text(row.alignment.errors))
        say(f"path      differs from the truth by {row.p_dif:.2f} frames on average")
    return 0


def _judged(row: Row) -> dict[str, Any]:
    left_out = {"cost", "step_cost", "seconds", "tau"}
    return {name: value for name, value in row.figures().items() if name not in left_out}
