"""Leave-one-out nearest neighbours of the shared series: the labels by our DTW beside those by other libraries.

    python tests/evaluate_neighbours.py            the table; ends with an error if a label differs
    python tests/evaluate_neighbours.py --write    and into tests/EVALUATION-NEIGHBOURS.md

Distances of one series to another are unnormalised costs of symmetric1 (Euclidean, as dtw-python has it; squared,
whose root tslearn takes) and costs of symmetric2 by n + m (dtw-python's normalised distance). Of equally near
neighbours the first gives the label, in each of the libraries.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncline.model import Features
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams, solve

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent.parent / "shared" / "data")) / "timeseries"
SETS = ("BasicMotions", "GunPoint", "ArrowHead")

F64 = NDArray[np.float64]
Distance = Callable[[F64, F64], float]


def load(name: str) -> tuple[list[F64], list[str]]:
    """Series (T, D) and labels of an archive set in .ts text: dimensions by colons, the label last."""
    text = (DATA / f"{name}_TRAIN.ts").read_text(encoding="utf-8")
    lines = [line for line in text[text.index("@data") :].splitlines()[1:] if line.strip()]
    series: list[F64] = []
    labels: list[str] = []
    for line in lines:
        *dimensions, label = line.strip().split(":")
        series.append(np.array([[float(v) for v in d.split(",")] for d in dimensions]).T)
        labels.append(label)
    return series, labels


def ours(pattern: str, metric: str) -> Distance:
    """Our engine."""
    params = DtwParams(step_pattern=pattern, metric=metric)

    def distance(x: F64, y: F64) -> float:
        a, b = (Features(v.astype(np.float32), np.arange(float(len(v)))) for v in (x, y))
        path = solve(WarpProblem(a, b), params, Monitor())
        return path.cost if path.normalised is None else path.normalised

    return distance


@functools.cache
def _dtw_python() -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # it greets at import
        import dtw
    return dtw


def dtw_python(pattern: str) -> Distance:
    """Giorgino's."""

    def distance(x: F64, y: F64) -> float:
        found = _dtw_python().dtw(x, y, step_pattern=pattern, distance_only=True)
        return float(found.distance if pattern == "symmetric1" else found.normalizedDistance)

    return distance


def tslearn(x: F64, y: F64) -> float:
    """tslearn's, squared: it takes the root."""
    from tslearn.metrics import dtw

    return float(dtw(x, y)) ** 2


PEERS: tuple[tuple[str, Distance, str, Distance], ...] = (
    ("symmetric1, Euclidean", ours("symmetric1", "euclidean"), "dtw-python", dtw_python("symmetric1")),
    ("symmetric2, Euclidean, ÷ (n + m)", ours("symmetric2", "euclidean"), "dtw-python", dtw_python("symmetric2")),
    ("symmetric1, squared", ours("symmetric1", "sqeuclidean"), "tslearn", tslearn),
)


def distances(series: list[F64], distance: Distance) -> F64:
    """Distances (k, k) of all pairs, ∞ of each to itself; they are the same both ways."""
    out = np.full((len(series), len(series)), np.inf)
    for i, x in enumerate(series):
        for j in range(i):
            out[i, j] = out[j, i] = distance(x, series[j])
    return out


def nearest(table: F64, labels: list[str]) -> list[str]:
    """The label of each one's nearest neighbour, the first of several."""
    return [labels[k] for k in table.argmin(1)]


def rows() -> tuple[list[str], int]:
    """The table's lines, and how many labels differ in all."""
    lines = [
        "| set | distance | accuracy | library | its accuracy | labels that differ | largest relative difference "
        "| s, ours | s, theirs |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    wrong = 0
    for name in SETS:
        series, labels = load(name)
        for title, mine, library, theirs in PEERS:
            # Loops are loaded before anybody's time is taken.
            mine(series[0], series[1])
            theirs(series[0], series[1])
            began = time.perf_counter()
            a = distances(series, mine)
            between = time.perf_counter()
            b = distances(series, theirs)
            ended = time.perf_counter()
            x, y = nearest(a, labels), nearest(b, labels)
            differ = sum(u != v for u, v in zip(x, y, strict=True))
            wrong += differ
            finite = np.isfinite(b)
            away = np.abs(a[finite] - b[finite]) / np.maximum(b[finite], 1e-12)
            rights = [np.mean([u == v for u, v in zip(z, labels, strict=True)]) for z in (x, y)]
            lines.append(
                f"| {name}, {len(series)} × {series[0].shape[0]} × {series[0].shape[1]} | {title} | {rights[0]:.3f} | "
                f"{library} | {rights[1]:.3f} | {differ} of {len(x)} | {away.max():.1e} | {between - began:.1f} | "
                f"{ended - between:.1f} |"
            )
    return lines, wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        print(f"There is no shared data at {DATA}; set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    lines, wrong = rows()
    text = "\n".join(lines)
    print(text)
    if arguments.write:
        head = "# Nearest neighbours by DTW\n\nMade by `python tests/evaluate_neighbours.py --write`; "
        head += "leave one out, the first of equally near ones.\n\n"
        (ROOT / "EVALUATION-NEIGHBOURS.md").write_text(f"{head}{text}\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
