"""What anchors teach beyond themselves, and whether it is adopted only where it helps.

    python tests/evaluate_corrections.py            prints the tables
    python tests/evaluate_corrections.py --write    also writes them to tests/EVALUATION-CORRECTIONS.md

Five to twenty moments are pinned to the truth, evenly, strewn (one at random in each of as many equal stretches), or in
the first half alone. A metric is learned from them by `sl.learn_metric`, which does not see the rest of the truth, and
adopted or not. Both paths, with all anchors in force, are then held against all of the truth: mean distance in frames of
B (sound: hops). “Wrongly”: adopted, and farther from it. “Clear”: the metric takes away a fifth of the error or more.

The rule has a tenth and 15 % in it. They were chosen with the same even places and other random ones, on the spirals 0, 2,
4, 6, the key points 0, 2, 4, the cameras' poses, view 9 and Schubert: the strictest of several that were as good there.
The rows with a star are the others.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import syncline as sl
from evaluate import DATA, ROOT, cases, cross_view, keypoints, spiral
from evaluate_tcc import Case, retimed
from syncline._correcting import GAIN, SAME

RATE = 30


@dataclass(frozen=True)
class Trial:
    """One way to place anchors: mean errors in frames without and with the metric, and what was made of it.

    `alone`: held-out anchors by themselves would have had it adopted.
    """

    how: str
    before: float
    after: float
    helps: bool
    alone: bool

    @property
    def wrong(self) -> bool:
        """The metric is farther from the truth."""
        return self.after > self.before

    @property
    def clear(self) -> bool:
        """It is nearer by a fifth or more."""
        return self.after < 0.8 * self.before


def placements(truth: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Words, and rows of the truth to pin."""
    for count in (5, 7, 10, 14):
        yield f"{count} evenly", (np.arange(count) + 0.5) / count
    for count, seed in ((6, 11), (8, 12), (12, 13), (20, 14)):
        random = np.random.default_rng(seed)
        yield f"{count} strewn", (np.arange(count) + random.uniform(0.1, 0.9, count)) / count
    yield "8 in the first half", (np.arange(8) + np.random.default_rng(15).uniform(0.1, 0.9, 8)) / 16


def pinned(truth: np.ndarray, at: np.ndarray) -> sl.Constraints:
    """Anchors there, without such as share a moment with the one before."""
    points = truth[np.unique((at * len(truth)).astype(int))]
    points = points[np.r_[True, (np.diff(points, axis=0) > 1e-6).all(1)]]
    anchors = tuple(sl.Anchor(k, float(a), float(b)) for k, (a, b) in enumerate(points, 1))
    return sl.Constraints(anchors, next_id=len(anchors) + 1)


def trials(pair: sl.Pair, features: str) -> Iterator[Trial]:
    assert pair.truth is not None
    truth = pair.truth.times[np.argsort(pair.truth.times[:, 0], kind="stable")]
    for how, at in placements(truth):
        constraints = pinned(truth, at)
        before = sl.align(pair, features=features, method="dtw", constraints=constraints)
        lesson = sl.learn_metric(before)
        after = sl.align(pair, features=sl.learned_recipe(lesson.encoder), method="dtw", constraints=constraints)
        assert before.features_b is not None
        assert before.errors is not None
        assert after.errors is not None
        step = 1000 * float(np.median(np.diff(before.features_b.times)))
        errors = [e.mean_ms / step for e in (before.errors, after.errors)]
        nearer, farther = (lesson.after < lesson.before - SAME).sum(), (lesson.after > lesson.before + SAME).sum()
        alone = bool(lesson.after.mean() < (1 - GAIN) * lesson.before.mean() - SAME and farther <= nearer)
        yield Trial(how, errors[0], errors[1], lesson.helps, alone)


def opened(case: Case, folder: Path) -> sl.Pair:
    """The case as files with its truth."""
    np.save(folder / "a.npy", case.a)
    np.save(folder / "b.npy", case.b)
    a, b = (sl.open_media(folder / f"{n}.npy", rate=RATE) for n in "ab")
    return sl.Pair(a, b, sl.Truth(np.column_stack([case.places, np.arange(len(case.b))]) / RATE, "made"))


def pairs(folder: Path) -> Iterator[tuple[str, sl.Pair, str]]:
    """A name with a star where nothing was chosen on it, the pair, and features."""

    def fresh(name: str) -> Path:
        made = folder / name
        made.mkdir()
        return made

    for k in range(8):
        yield f"spiral {k}{' *' if k % 2 else ''}", spiral(k)(fresh(f"s{k}")), "auto"
    for k in range(6):
        yield f"key points {k}, re-timed{' *' if k % 2 else ''}", opened(retimed(k), fresh(f"k{k}")), "auto"
    yield "cameras 1 and 2, key points *", keypoints(fresh("points")), "auto"
    yield "cameras 1 and 2, pose", cross_view(fresh("pose")), "pose"
    for case in cases():
        if "another view, " in case.name:
            number = case.name.split(", ")[-1].rstrip(")")
            star = "" if number == "9" else " *"
            yield f"re-timed, another view ({number}), pose{star}", case.open(fresh(f"v{number}")), "pose"
        elif case.name in ("Schubert 1933 / 2006", "pose2sim camera 2 / re-timed"):
            yield case.name + ("" if "Schubert" in case.name else " *"), case.open(fresh(case.name[:8])), "auto"


def row(name: str, found: list[Trial]) -> str:
    adopted, alone = [t for t in found if t.helps], [t for t in found if t.alone]
    clear = [t for t in found if t.clear]
    means = [np.mean([t.before for t in found]), np.mean([t.after for t in found])]
    means.append(np.mean([t.after if t.helps else t.before for t in found]))
    said = f"{sum(t.wrong for t in alone)} of {len(alone)}"
    return (
        f"| {name} | {len(found)} | {len(adopted)} | **{sum(t.wrong for t in adopted)}** | {said} | "
        f"{sum(t.helps for t in clear)} of {len(clear)} | {' | '.join(f'{m:.2f}' for m in means)} |"
    )


HEAD = [
    "| pair | placements | adopted | wrongly | wrongly by held-out anchors alone | clear ones adopted "
    "| error, features as they are | with every metric | as adopted |",
    "| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-CORRECTIONS.md too")
    parser.add_argument("--only", default="", help="pairs whose name has this word")
    options = parser.parse_args(argv)
    if not DATA.is_dir():
        print(f"There is no shared data at {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    lines, everything = [*HEAD], list[tuple[str, Trial]]()
    print(*lines, sep="\n")
    with tempfile.TemporaryDirectory() as home:
        os.environ["SYNCLINE_CACHE"] = str(Path(home) / "cache")
        for name, pair, features in pairs(Path(home)):
            if options.only.lower() not in name.lower():
                continue
            found = list(trials(pair, features))
            everything += [(name, t) for t in found]
            lines.append(row(name, found))
            print(lines[-1], flush=True)
    for title, word in (("all spirals", "spiral"), ("all with a star", "*"), ("all", "")):
        chosen = [t for name, t in everything if word in name]
        if chosen:
            lines.append(row(f"**{title}**", chosen))
    wrong = [
        f"{n.rstrip(' *')}, {t.how}: {t.before:.2f} to {t.after:.2f}" for n, t in everything if t.helps and t.wrong
    ]
    lines += ["", "Wrongly adopted: " + ("; ".join(wrong) or "nowhere") + "."]
    print(*lines[-5:], sep="\n")
    if options.write:
        assert __doc__ is not None
        head = "# What corrections teach, and when it is adopted\n\nMade by `./run evaluate --corrections --write`.\n\n"
        text = "\n\n".join(__doc__.strip().split("\n\n")[2:])
        (ROOT / "EVALUATION-CORRECTIONS.md").write_text(f"{head}{text}\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
