"""How many anchors the suggestions spare, what offers of other methods are worth, and strangers told from pairs.

    python tests/evaluate_suggestions.py            prints the tables
    python tests/evaluate_suggestions.py --write    also writes them to tests/EVALUATION-SUGGEST.md
    … --write --part offers                         makes and writes one of the tables, and leaves the others

A simulated user answers with the truth until 95 % of the moments of A whose counterpart is known lie within one frame
of B (sound: 50 ms). He follows `what_next`, or spaces as many anchors evenly as it takes. Where a moment of A is shown
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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import syncline as sl
from evaluate import DATA, ROOT, cases
from syncline._rivals import LEAST_ANCHORS, MethodTrial
from syncline.confidence import AUDIO_TOLERANCE, look_at, verdict
from syncline.edits.constraints import add_anchor
from syncline.model import Alignment, Constraints

ENOUGH = 0.95
MOST = 60


_ANCHORS = """“Suggested”: from the second anchor on `what_next` may offer another method, which the user then takes; else it names a
place, which he answers. “Even”: anchors at even distances, no suggestion taken, the method stays. “Even, offers”: at even
distances, but the offers are taken too. *Kept*: places are asked for by `check_next`, the method stays. “Lost”: questions
about moments that the path had right already. “Farthest off”: anchors of a user who sees the size of every error and
goes where it is largest, the method kept; no suggestion can know that. Offers begin with two anchors, so where even
spacing with offers needs two no choice of places is below 1.00."""

_OFFERS = """Two, three, five and eight anchors at the truth, evenly and (twice) one at random in each of as many equal
stretches. “Wrongly”: fewer moments are right with the method offered than with the one in hand, the anchors being in
force for both. Two anchors, odds of 10 and a scale of one frame were not fitted to anything; that a method must miss by
half as much on average was added when the body points changed methods for nothing and took three anchors more."""


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

    def off(self, alignment: Alignment) -> NDArray[np.float64]:
        """Seconds by which the path misses each moment."""
        assert alignment.path is not None
        t = alignment.path.to_b(self.a)
        return np.maximum(np.maximum(self.low - t, t - self.high), 0)

    def right(self, alignment: Alignment) -> float:
        """Share of the moments that the path puts within the tolerance."""
        return float((self.off(alignment) <= self.tolerance + 1e-6).mean())

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


class Offers:
    """A user who takes other methods that `what_next` offers."""

    def __init__(self) -> None:
        self._known: MethodTrial | None = None

    def taken(self, alignment: Alignment) -> Alignment:
        """By another method if that meets the anchors clearly better."""
        if len(alignment.constraints.anchors) < LEAST_ANCHORS:
            return alignment
        self._known = sl.try_methods(alignment, known=self._known)
        return self._known.alignment or alignment

    def place(self, alignment: Alignment) -> tuple[Alignment, float | None]:
        """The alignment, by the method offered if one is, and the moment of A to look at next, if any."""
        step = sl.what_next(alignment, known=self._known, most=1)
        self._known = step.trial or self._known
        if step.offer is not None:
            assert step.offer.alignment is not None
            return step.offer.alignment, None
        return alignment, step.places[0].a if step.places else None


class NoOffers(Offers):
    """The method stays."""

    def taken(self, alignment: Alignment) -> Alignment:
        return alignment

    def place(self, alignment: Alignment) -> tuple[Alignment, float | None]:
        places = look_at(alignment, most=1)[1]
        return alignment, places[0].a if places else None


class Asked(NamedTuple):
    """Shares right with 0, 1, 2 … anchors, how many were set where the path was right already, the last method."""

    shares: list[float]
    lost: int
    method: str

    @property
    def needed(self) -> int:
        return len(self.shares) - 1 if self.shares[-1] >= ENOUGH else MOST


def one_by_one(start: Alignment, moments: Moments, offers: Offers, knows: bool = False) -> Asked:
    """Anchors where `offers` wants them, or (`knows`) where the path is farthest off."""
    chosen: set[int] = set()
    al, shares, lost = start, [moments.right(start)], 0
    while shares[-1] < ENOUGH and len(chosen) < MOST:
        off = moments.off(al)
        if knows:
            k = max((k for k in range(len(off)) if k not in chosen), key=lambda k: off[k], default=None)
        else:
            by, at = offers.place(al)
            if by is not al:
                al = by
                shares[-1] = moments.right(al)
                continue
            k = None if at is None else moments.nearest(at, chosen)
        if k is None:
            break
        lost += off[k] <= moments.tolerance + 1e-6
        chosen.add(k)
        al = moments.answered(al, chosen)
        shares.append(moments.right(al))
    assert al.resolved is not None
    return Asked(shares, lost, al.resolved.method)


def evenly(start: Alignment, moments: Moments, count: int, offers: Offers) -> float:
    """Share that is right with `count` anchors at even distances."""
    chosen: set[int] = set()
    for t in np.linspace(moments.a[0], moments.a[-1], count + 2)[1:-1]:
        k = moments.nearest(float(t), chosen)
        if k is not None:
            chosen.add(k)
    return moments.right(offers.taken(moments.answered(start, chosen))) if chosen else moments.right(start)


def anchors_table(only: str, method: str) -> list[str]:
    """One row a pair, and the medians."""
    lines = [
        "| pair | method | right at first | suggested | even | of even | lost | even, offers | suggested of that "
        "| *kept:* suggested | of even | lost | farthest off |",
        "| --- | --- " + "| --: " * 11 + "|",
    ]
    print(*lines, sep="\n", flush=True)
    counts: list[list[int]] = []
    for case in cases():
        if only.lower() not in case.name.lower():
            continue
        with tempfile.TemporaryDirectory() as folder:
            pair = case.open(Path(folder))
            al = sl.align(pair, method=method) if method else sl.align(pair)
            moments = Moments(al)
            asked, kept = one_by_one(al, moments, Offers()), one_by_one(al, moments, NoOffers())
            even, offered = (_least(al, moments, user) for user in (NoOffers(), Offers()))
            known = one_by_one(al, moments, NoOffers(), knows=True)
        counts.append([asked.needed, even, offered, kept.needed, known.needed, asked.lost, kept.lost])
        assert al.resolved is not None
        own = al.resolved.method
        lines.append(
            f"| {case.name} | {own if asked.method == own else f'{own} → {asked.method}'} | {100 * asked.shares[0]:.0f} % "
            f"| {_reached(asked)} | {even} | {_of(asked.needed, even)} | {asked.lost} | {offered} "
            f"| {_of(asked.needed, offered)} | {_reached(kept)} | {_of(kept.needed, even)} | {kept.lost} "
            f"| {_reached(known)} |"
        )
        print(lines[-1], flush=True)
    lines += ["", *_medians(np.array(counts))]
    print(*lines[-2:], sep="\n", flush=True)
    return lines


def _least(start: Alignment, moments: Moments, offers: Offers) -> int:
    """How many anchors at even distances it takes."""
    every = range(min(MOST, len(moments.a)) + 1)
    return next((k for k in every if evenly(start, moments, k, offers) >= ENOUGH), MOST)


def _reached(asked: Asked) -> str:
    return f"{len(asked.shares) - 1}" + ("" if asked.shares[-1] >= ENOUGH else " (not reached)")


def _of(ours: int, even: int) -> str:
    return "–" if even == 0 else f"{ours / even:.2f}"


def _medians(counts: NDArray[np.int_]) -> list[str]:
    some = counts[counts[:, 1] > 0]
    words = f"{len(counts) - len(some)} of {len(counts)} pairs need no anchor at all; they count as 0 of 0. "
    ours, even, offered, kept, known, lost, kept_lost = counts.T
    words += (
        f"Median of all pairs: {np.median(ours):g} suggested, {np.median(even):g} even, {np.median(offered):g} even with "
        f"offers, {np.median(kept):g} suggested with the method kept."
    )
    if not len(some):
        return [words]
    lost, kept_lost = (f"{n.sum()} of {of.sum()}" for n, of in ((lost, ours), (kept_lost, kept)))
    ours, even, offered, kept, known = some.T[:5]
    more = int((ours > kept).sum())
    quotients = (np.median(x / y) for x, y in ((ours, even), (ours, offered), (kept, even), (known, even)))
    of_even, of_offered, of_kept, of_known = (f"{q:.2f}" for q in quotients)
    out = [
        words,
        f"Of the {len(some)} that need some, median and sum: suggested {np.median(ours):g} and {ours.sum()}, even "
        f"{np.median(even):g} and {even.sum()}, even with offers {np.median(offered):g} and {offered.sum()}, suggested with "
        f"the method kept {np.median(kept):g} and {kept.sum()}.",
        f"Medians of their quotients: suggested of even {of_even}; suggested of even with offers {of_offered} (what the "
        f"places alone are worth where both take the offers); suggested of even, both keeping the method, {of_kept}; "
        f"farthest off of even {of_known}.",
        f"Pairs that take more suggested anchors than with the method kept: {more}. With offers {(offered == 2).sum()} pairs "
        f"need just two anchors at even distances, which no choice of places can better. Questions lost on moments that "
        f"were right already: {lost}, with the method kept {kept_lost}.",
    ]
    return ["  \n".join(out)]


def offers_table(only: str, method: str) -> list[str]:
    """What is offered for two to eight anchors, even and strewn, and whether it was right to take it."""
    lines = [
        "| pair | placements | offered | wrongly | right, method kept | right, offers taken |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    print(*lines, sep="\n", flush=True)
    totals = np.zeros(3, int)
    for case in cases():
        if only.lower() not in case.name.lower():
            continue
        with tempfile.TemporaryDirectory() as folder:
            pair = case.open(Path(folder))
            start = sl.align(pair, method=method) if method else sl.align(pair)
            moments, known = Moments(start), None
            rows: list[tuple[bool, float, float]] = []
            for count in (2, 3, 5, 8):
                for seed in range(3):
                    if count > len(moments.a):
                        continue
                    # The first evenly, the others one at random in each of as many equal stretches.
                    within = np.random.default_rng(100 * count + seed).uniform(0, 1, count) if seed else 0.5
                    places = ((np.arange(count) + within) / count * len(moments.a)).astype(int)
                    al = moments.answered(start, set(places.tolist()))
                    known = sl.try_methods(al, known=known)
                    rows.append((known.helps, moments.right(al), moments.right(known.alignment or al)))
        offered, before, after = np.array(rows).T
        wrong = int((after < before).sum())
        totals += (len(rows), int(offered.sum()), wrong)
        lines.append(
            f"| {case.name} | {len(rows)} | {int(offered.sum())} | {wrong} | {100 * before.mean():.0f} % "
            f"| {100 * after.mean():.0f} % |"
        )
        print(lines[-1], flush=True)
    lines.append(f"| **all** | {totals[0]} | {totals[1]} | {totals[2]} | | |")
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


_VERDICT = """z: how many standard deviations the cost lies below that of B's pieces shuffled. The last column: cost of a
warp on channels it was not found by, divided by that of one constant stretch."""


def write(tables: dict[str, list[str]]) -> None:
    """Write the tables that were made, and leave those that were not as they are."""
    target = ROOT / "EVALUATION-SUGGEST.md"
    assert __doc__ is not None
    out = ["# What the suggestions are worth", "", "Made by `./run evaluate --suggest --write`.", ""]
    out += [__doc__.split("\n\n")[-1].strip(), ""]
    before = target.read_text(encoding="utf-8").split("\n## ") if target.exists() else []
    heads = {"anchors": "Anchors until 95 % are right", "offers": "What is offered", "verdict": "Do they align at all?"}
    for name, words in (("anchors", _ANCHORS), ("offers", _OFFERS), ("verdict", _VERDICT)):
        if tables.get(name):
            out += [f"## {heads[name]}", "", words, "", *tables[name], ""]
        else:
            out += [f"## {old.strip()}\n" for old in before if old.startswith(heads[name])]
    target.write_text("\n".join(out), encoding="utf-8")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-SUGGEST.md too")
    parser.add_argument("--only", default="", help="pairs whose name has this word")
    parser.add_argument("--method", default="", help="solver to try instead of the default")
    parser.add_argument("--part", choices=("anchors", "offers", "verdict"), default="", help="one of the tables only")
    options = parser.parse_args(argv)
    if not DATA.is_dir():
        print(f"There is no shared data at {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as cache:
        os.environ.setdefault("SYNCLINE_CACHE", cache)
        tables = {
            name: table(options.only, options.method) if options.part in ("", name) else []
            for name, table in (("anchors", anchors_table), ("offers", offers_table), ("verdict", verdict_table))
        }
    if options.write:
        write(tables)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
