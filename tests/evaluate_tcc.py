"""How well cycle consistency aligns what it was shown no correspondence of.

    python tests/evaluate_tcc.py            prints the table
    python tests/evaluate_tcc.py --write    also writes it to tests/EVALUATION-TCC.md

The body points of camera 1 are played along a smooth, seeded warp, and both copies are seen from another place: turned
by up to 30°, sheared by up to 0.3, stretched by 0.6 to 1.6 along each axis, and moved. Nothing is tuned per case. The
second table has the eight spirals of the shared data, two affine views of one curve with a channel of noise.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.stats import kendalltau

from syncline.embedding import Encoder, neighbours
from syncline.model import Features
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem, dtw, tcc

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent.parent / "shared" / "data"))
SEEDS = range(6)


@dataclass(frozen=True)
class Case:
    """Rows of A and B, and where in A (rows) every row of B belongs."""

    name: str
    a: np.ndarray
    b: np.ndarray
    places: np.ndarray


def seen(points: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Points (T, K, 2) from another place, as rows (T, 2 K)."""
    turn = np.deg2rad(random.uniform(-30, 30))
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    sheared = np.array([[1, random.uniform(-0.3, 0.3)], [0, 1]])
    view = turned @ sheared @ np.diag(random.uniform(0.6, 1.6, 2))
    return (points @ view.T + 200 * random.normal(size=2)).reshape(len(points), -1)


def retimed(seed: int) -> Case:
    """Camera 1's body points along a warp whose speed changes by a factor of up to 5.7, both from other places."""
    with np.load(DATA / "video/pose2sim_movenet_keypoints.npz") as file:
        points = file["cam01"][..., :2].astype(np.float64)
    random = np.random.default_rng(seed)
    speeds = np.r_[0, np.cumsum(random.uniform(0.3, 1.7, 5))]
    warp = PchipInterpolator(np.linspace(0, 1, 6), speeds / speeds[-1])
    places = warp(np.linspace(0, 1, 130)) * (len(points) - 1)
    first = np.minimum(places.astype(int), len(points) - 2)
    share = (places - first)[:, None, None]
    played = (1 - share) * points[first] + share * points[first + 1]
    return Case(f"key points {seed}", seen(points, random), seen(played, random), places)


def spiral(k: int) -> Case:
    with np.load(DATA / "toy/ctw_spirals.npz") as file:
        a, b, path = file[f"x{k}"], file[f"y{k}"], file[f"path{k}"]
    places = np.array([path[path[:, 1] == j, 0].mean() for j in range(len(b))])
    return Case(f"spiral {k}", a, b, places)


def features(rows: np.ndarray) -> Features:
    return Features(np.ascontiguousarray(rows, np.float32), np.arange(len(rows), dtype=np.float64))


def standardised(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(0)) / rows.std(0)


def off(case: Case, path: object) -> float:
    """Mean distance in frames of A."""
    return float(np.abs(path.to_a(np.arange(len(case.b), dtype=float)) - case.places).mean())  # type: ignore[attr-defined]


def warped(case: Case, a: np.ndarray, b: np.ndarray) -> float:
    params = dtw.DtwParams(step_pattern="symmetric1")
    return off(case, dtw.solve(WarpProblem(features(a), features(b)), params, Monitor()))


def tau(encoder: Encoder, case: Case) -> float:
    u, v = (encoder(x).astype(np.float64) for x in (case.a, case.b))
    return float(np.mean([kendalltau(np.arange(len(p)), neighbours(p, q)).statistic for p, q in ((u, v), (v, u))]))


@dataclass(frozen=True)
class Row:
    case: Case
    stretch: float
    raw: float
    scaled: float
    learned: float
    tau: float
    seconds: float
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        return (
            f"| {self.case.name} | {self.stretch:.1f} | {self.raw:.1f} | {self.scaled:.1f} | **{self.learned:.1f}** | "
            f"{self.tau:.2f} | {self.seconds:.1f} | {'; '.join(n.split(':')[0].split(' (')[0] for n in self.notes)} |"
        )


def rows(cases: Iterator[Case]) -> Iterator[Row]:
    for case in cases:
        even = np.linspace(0, len(case.a) - 1, len(case.b))
        began = time.perf_counter()
        path = tcc.solve(WarpProblem(features(case.a), features(case.b)), tcc.TccParams(), Monitor())
        seconds = time.perf_counter() - began
        assert isinstance(path.blocks, tcc.Embedded)
        encoder = path.blocks.encoder
        yield Row(
            case,
            float(np.abs(even - case.places).mean()),
            warped(case, case.a, case.b),
            warped(case, standardised(case.a), standardised(case.b)),
            off(case, path),
            tau(encoder, case),
            seconds,
            encoder.notes,
        )


HEAD = [
    "| case | linear stretch | DTW, raw | DTW, standardised | tcc | τ | s | warning |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-TCC.md too")
    options = parser.parse_args(argv)
    if not (DATA / "toy/ctw_spirals.npz").is_file():
        print(f"There is no shared data at {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    lines = ["## Body points, re-timed, from other places", "", *HEAD]
    found = list(rows(retimed(s) for s in SEEDS))
    lines += [row.text for row in found]
    good = all(row.tau >= 0.9 and row.learned < row.raw for row in found)
    lines += ["", f"τ ≥ 0.9 and nearer than DTW on the raw features, in every case: {'yes' if good else 'NO'}."]
    lines += ["", "## Spirals", "", *HEAD, *(row.text for row in rows(spiral(k) for k in range(8)))]
    print("\n".join(lines))
    if options.write:
        head = (
            "# How well cycle consistency aligns\n\n"
            "Made by `./run evaluate --tcc --write`; default settings. Mean distance from the truth in frames of A; τ is\n"
            "Kendall's, of nearest neighbours among the embeddings, both ways.\n\n"
        )
        (ROOT / "EVALUATION-TCC.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
