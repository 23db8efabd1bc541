"""Views that don't look alike: canonical time warping beside dynamic time warping and the straight line.

    python tests/evaluate_views.py            prints the tables
    python tests/evaluate_views.py --write    also writes them to tests/EVALUATION-VIEWS.md

Every figure is `sl.align` on the shared data with one recipe for all methods; nothing is tuned per pair, and no method
sees the truth.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import syncline as sl
from evaluate import DATA, ROOT, spiral
from syncline.model import Pair, Truth, WarpingPath
from syncline.quality import path_difference

PAPERS = {"shrinkage": 0.0, "anneal": False, "energy": 0.95}
METHODS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("straight line", "", None),
    ("dtw", "dtw", {"metric": "sqeuclidean", "step_pattern": "symmetric1"}),
    ("ctw with the papers' settings", "ctw", PAPERS),
    ("ctw", "ctw", None),
    ("gctw with the papers' settings", "gctw", {**PAPERS, "detail": 0, "look_ahead": False}),
    ("gctw", "gctw", None),
]
RECIPE = "given:standardise=no"


def body(points: np.ndarray) -> np.ndarray:
    """Key points (T, 17, 2) from the middle of the hips on, in lengths of the trunk."""
    hips, shoulders = points[:, [11, 12]].mean(1), points[:, [5, 6]].mean(1)
    return (points - hips[:, None]) / np.linalg.norm(shoulders - hips, axis=1).mean()


def pixels(points: np.ndarray) -> np.ndarray:
    return points


def keypoints(folder: Path, describe: Callable[[np.ndarray], np.ndarray]) -> Pair:
    """Camera 1 against camera 2 along the known map; each frame of camera 2 shows the moment of one of camera 1."""
    rows = np.genfromtxt(DATA / "video/pose2sim_cam02_retimed_map.csv", delimiter=",", names=True)
    source = rows["source_frame"].astype(int)
    with np.load(DATA / "video/pose2sim_movenet_keypoints.npz") as points:
        one, two = (describe(points[k][..., :2].astype(np.float64)) for k in ("cam01", "cam02"))
    for name, values in (("one", one), ("two", two[source])):
        np.save(folder / f"{name}.npy", values.reshape(len(values), -1))
    a, b = (sl.open_media(folder / f"{name}.npy", rate=60) for name in ("one", "two"))
    return Pair(a, b, Truth(np.column_stack([source / 60, np.arange(len(source)) / 60]), "map"))


def straight(pair: Pair) -> WarpingPath:
    a, b = pair.a.frame_times, pair.b.frame_times
    assert a is not None
    assert b is not None
    steps = max(len(a), len(b))
    pairs = np.column_stack([np.rint(np.linspace(0, len(t) - 1, steps)) for t in (a, b)]).astype(np.intp)
    return WarpingPath(pairs, a, b, 0.0)


def aligned(pair: Pair, method: str, params: dict[str, Any] | None) -> WarpingPath:
    if not method:
        return straight(pair)
    path = sl.align(replace(pair, truth=None), features=RECIPE, method=method, params=params).path
    assert path is not None
    return path


def rows(folder: Path) -> Iterator[str]:
    spirals: list[Pair] = []
    truths: list[np.ndarray] = []
    for k in range(8):
        place = folder / f"spiral{k}"
        place.mkdir()
        spirals.append(spiral(k)(place))
        with np.load(DATA / "toy/ctw_spirals.npz") as toy:
            truths.append(toy[f"path{k}"])
    views: list[Pair] = []
    for describe in (pixels, body):
        place = folder / describe.__name__
        place.mkdir()
        views.append(keypoints(place, describe))
    for title, method, params in METHODS:
        began = time.perf_counter()
        errors = [path_difference(aligned(p, method, params), t) for p, t in zip(spirals, truths, strict=True)]
        seconds = (time.perf_counter() - began) / len(spirals)
        cells = [f"**{np.mean(errors):.2f}**", " ".join(f"{e:.2f}" for e in errors), f"{seconds:.2f}"]
        for pair in views:
            path = aligned(pair, method, params)
            assert pair.truth is not None
            a, b = pair.truth.times.T
            cells.append(f"{np.abs(path.to_a(b) - a).mean() * 60:.2f}")
            cells.append(f"{np.abs(path.to_b(a) - b).mean() * 60:.2f}")
        yield f"| {title} | {' | '.join(cells)} |"


HEAD = (
    "| method | spirals: path error, frames | each of the eight | s a pair | key points in pixels: frames of camera 1 "
    "| of camera 2 | key points of the body: frames of camera 1 | of camera 2 |\n"
    "| --- | --: | --- | --: | --: | --: | --: | --: |"
)
TEXT = f"""# Views that don't look alike

Made by `./run evaluate --views --write`; every method gets the same features (`{RECIPE}`) and knows nothing of the truth.
Spirals: two affine views, each with a channel of noise, of one curve under a known warp; mean path difference. Key points:
MoveNet's 17 of camera 1 against those of camera 2, re-timed along the known map, in pixels or from the hips on in lengths
of the trunk; mean error of the moment found in the one for each frame of the other. “The papers' settings”: no shrinkage,
95 % of energy, the published bases. Without these, the shrinkage is chosen by what the path lets either side predict of
the other where it was not fitted.

"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-VIEWS.md too")
    options = parser.parse_args(argv)
    if not DATA.is_dir():
        print(f"There is no shared data at {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    lines = [HEAD]
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SYNCLINE_CACHE"] = str(Path(folder) / "cache")
        for line in rows(Path(folder)):
            lines.append(line)
            print(line, flush=True)
    if options.write:
        (ROOT / "EVALUATION-VIEWS.md").write_text(TEXT + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
