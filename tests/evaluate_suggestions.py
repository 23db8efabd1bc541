"""How many anchors the suggestions spare, and how well strangers are told from pairs.

    python tests/evaluate_suggestions.py            prints both tables
    python tests/evaluate_suggestions.py --write    also writes them to tests/EVALUATION-SUGGEST.md

A simulated user answers with the truth until 95 % of the moments of A whose counterpart is known lie within one frame
of B (sound: 50 ms). He follows `check_next`, or spaces as many anchors evenly as it takes. Where a moment of A is shown
by several frames of B any of them is right, and the user names the middle one. He can only answer for moments whose
truth is known: a suggestion is answered at the nearest of them that has no anchor yet, for even spacing likewise.
The starting constants of `confidence/_opinion.py` and the least z were chosen on these very pairs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np

import syncline as sl
from evaluate import DATA, ROOT, cases
from syncline.confidence import AUDIO_TOLERANCE, look_at, verdict
from syncline.edits.constraints import add_anchor
from syncline.model import Alignment, Constraints

ENOUGH = 0.95
MOST = 60


class Moments:
    """The moments of A with their counterparts."""

    def __init__(self, alignment: Alignment) -> None:
        truth = alignment.pair.truth
        assert truth is not None
        self.a, index = np.unique(truth.times[:, 0], return_inverse=True)
        self.low, self.high = np.full(len(self.a), np.inf), np.full(len(self.a), -np.inf)
        np.minimum.at(self.low, index, truth.times[:, 1])
        np.maximum.at(self.high, index, truth.times[:, 1])
        frames = alignment.pair.b.frame_times
        self.tolerance = AUDIO_TOLERANCE if frames is None else float(np.median(np.diff(frames)))

    def right(self, alignment: Alignment) -> float:
        """Share of the moments that the path puts within the tolerance."""
        assert alignment.path is not None
        t = alignment.path.to_b(self.a)
        off = np.maximum(np.maximum(self.low - t, t - self.high), 0)
        return float((off <= self.tolerance + 1e-6).mean())

    def nearest(self, t: float, taken: set[int]) -> int | None:
        """Index of the nearest moment without an anchor."""
        free = [k for k in range(len(self.a)) if k not in taken]
        return min(free, key=lambda k: abs(self.a[k] - t)) if free else None

    def answered(self, alignment: Alignment, chosen: set[int]) -> Alignment:
        """Re-solve with the truth at these moments."""
        c = Constraints()
        for k in sorted(chosen):
            c, _ = add_anchor(c, float(self.a[k]), float(self.low[k] + self.high[k]) / 2)
        return sl.realign(alignment, constraints=c)


def by_suggestion(start: Alignment, moments: Moments) -> list[float]:
    """Share that is right with 0, 1, 2 … anchors where `check_next` wants them."""
    chosen: set[int] = set()
    al, shares = start, [moments.right(start)]
    while shares[-1] < ENOUGH and len(chosen) < MOST:
        places = look_at(al, most=1)[1]
        if not places:
            break
        k = moments.nearest(places[0].a, chosen)
        if k is None:
            break
        chosen.add(k)
        al = moments.answered(start, chosen)
        shares.append(moments.right(al))
    return shares


def evenly(start: Alignment, moments: Moments, count: int) -> float:
    """Share that is right with `count` anchors at even distances."""
    chosen: set[int] = set()
    for t in np.linspace(moments.a[0], moments.a[-1], count + 2)[1:-1]:
        k = moments.nearest(float(t), chosen)
        if k is not None:
            chosen.add(k)
    return moments.right(moments.answered(start, chosen)) if chosen else moments.right(start)


def anchors_table(only: str, method: str) -> list[str]:
    """One row a pair, and the medians."""
    lines = [
        "| pair | method | right at first | anchors, suggested | anchors, even | of even | even with as many as suggested |",
        "| --- | --- | --: | --: | --: | --: | --: |",
    ]
    print(*lines, sep="\n", flush=True)
    counts: list[tuple[int, int]] = []
    for case in cases():
        if only.lower() not in case.name.lower():
            continue
        with tempfile.TemporaryDirectory() as folder:
            pair = case.open(Path(folder))
            al = sl.align(pair, method=method) if method else sl.align(pair)
            moments = Moments(al)
            shares = by_suggestion(al, moments)
            ours = len(shares) - 1
            reached = shares[-1] >= ENOUGH
            even = next((k for k in range(min(MOST, len(moments.a)) + 1) if evenly(al, moments, k) >= ENOUGH), MOST)
            same = evenly(al, moments, ours)
        counts.append((ours if reached else MOST, even))
        assert al.resolved is not None
        ratio = "–" if even == 0 else f"{counts[-1][0] / even:.2f}"
        lines.append(
            f"| {case.name} | {al.resolved.method} | {100 * shares[0]:.0f} % | {ours}{'' if reached else ' (not reached)'} "
            f"| {even} | {ratio} | {100 * same:.0f} % |"
        )
        print(lines[-1], flush=True)
    ours, even = np.array(counts).T
    needy = even > 0
    lines += [
        "",
        f"{(~needy).sum()} of {len(even)} pairs need no anchor at all; they count as 0 of 0. Median of all pairs: "
        f"{np.median(ours):g} suggested, {np.median(even):g} even. Of the {needy.sum()} that need some: "
        + (
            f"{np.median(ours[needy]):g} suggested, {np.median(even[needy]):g} even; median of the quotients "
            f"{np.median(ours[needy] / even[needy]):.2f}."
            if needy.any()
            else "none."
        ),
    ]
    print(lines[-1], flush=True)
    return lines


STRANGERS = {
    "video": ("video/pose2sim_cam01.mp4", "video/carphone_pristine.mp4", "video/sports2d_gait.mp4"),
    "audio": (
        "audio/Chopin_op10_no3_p01.flac", "audio/schubert_d911-01_excerpt_HU33.flac", "audio/sir_duke_slow.ogg",
        "speech/ss0870.wav", "speech/mary.wav", "speech/sonnet001.mp3",
    ),
}  # fmt: skip


def verdict_table(only: str, method: str) -> list[str]:
    """Pairs first, strangers below."""
    lines = [
        "| pair | z | shuffled copies as good (of 99) | verdict | warp ÷ constant stretch |",
        "| --- | --: | --: | --- | --: |",
    ]
    print(*lines, sep="\n", flush=True)
    right = {True: [0, 0], False: [0, 0]}

    def add(name: str, al: Alignment, mates: bool) -> None:
        v = verdict(al)
        right[mates][0] += v.aligns is mates
        right[mates][1] += 1
        line = "–" if v.line_ratio is None else f"{v.line_ratio:.2f}"
        lines.append(f"| {name} | {v.z:.1f} | {v.as_good} | {'aligns' if v.aligns else 'does not align'} | {line} |")
        print(lines[-1], flush=True)

    for case in cases():
        if only.lower() in case.name.lower():
            with tempfile.TemporaryDirectory() as folder:
                pair = case.open(Path(folder))
                add(case.name, sl.align(pair, method=method) if method else sl.align(pair), True)
    for files in STRANGERS.values():
        for a, b in permutations(files, 2):
            if only.lower() in f"{a} {b}".lower():
                pair = sl.open_pair(DATA / a, DATA / b)
                add(
                    f"strangers: {Path(a).stem} / {Path(b).stem}",
                    replace(sl.align(pair), constraints=Constraints()),
                    False,
                )
    lines += [
        "",
        f"{right[True][0]} of {right[True][1]} pairs are said to align, {right[False][0]} of {right[False][1]} strangers not to.",
    ]
    print(lines[-1], flush=True)
    return lines


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-SUGGEST.md too")
    parser.add_argument("--only", default="", help="pairs whose name has this word")
    parser.add_argument("--method", default="", help="solver to try instead of the default")
    parser.add_argument("--part", choices=("anchors", "verdict"), default="", help="one of the tables only")
    options = parser.parse_args(argv)
    if not DATA.is_dir():
        print(f"There is no shared data at {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as cache:
        os.environ.setdefault("SYNCLINE_CACHE", cache)
        anchors = anchors_table(options.only, options.method) if options.part != "verdict" else []
        verdicts = verdict_table(options.only, options.method) if options.part != "anchors" else []
    if options.write:
        assert __doc__ is not None
        text = [
            "# What the suggestions are worth", "", "Made by `./run evaluate --suggest --write`.", "",
            __doc__.split("\n\n")[-1].strip(), "", "## Anchors until 95 % are right", "", *anchors, "",
            "## Do they align at all?", "",
            "z: how many standard deviations the cost lies below that of B's pieces shuffled. The last column: cost of a",
            "warp on channels it was not found by, divided by that of one constant stretch.", "", *verdicts, "",
        ]  # fmt: skip
        (ROOT / "EVALUATION-SUGGEST.md").write_text("\n".join(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
