"""Tables of `evaluate_segments.py` for shots, silences and pieces named by examples."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import numpy as np

from edited_film import Change, Stock, write
from syncline.model.segments import Segment
from syncline.segmentation import segment

FILMS, FIRST = 60, 5000
"""How many films are made, and the seed of the first: thresholds were set on others."""
LINES = "speech/sonnet001_lines.csv"
SPEECH = ("ss0870", "ss0880", "ss0930")


def _hits(changes: list[Change], times: np.ndarray, found: list[float]) -> tuple[set[int], int]:
    """Which changes were found, and how many that was found are none: a cut within a frame, else inside the change."""
    left, hits = list(found), set[int]()
    for k, c in enumerate(changes):
        slack = 1 if c.kind == "cut" else 3
        low, high = times[max(c.start - slack, 0)] - 1e-4, times[min(c.stop + slack, len(times) - 1)] + 1e-4
        here = next((t for t in left if low <= t <= high), None)
        if here is not None:
            left.remove(here)
            hits.add(k)
    return hits, len(left)


def shots(data: Path) -> str:
    """Made films, whose changes are known to the frame."""
    stock = Stock(data)
    total, right = dict.fromkeys(("cut", "dissolve", "fade"), 0), dict.fromkeys(("cut", "dissolve", "fade"), 0)
    wrong = flashes = 0
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(FIRST, FIRST + FILMS):
            film, changes, fired = stock.film(seed)
            times = np.arange(len(film)) / 30
            tier = segment(write(Path(folder) / "film.mp4", film, times), "shots").tiers.tiers[0]
            hits, left = _hits(changes, times, [s.start for s in tier.segments[1:]])
            for k, change in enumerate(changes):
                total[change.kind] += 1
                right[change.kind] += k in hits
            wrong, flashes, seconds = wrong + left, flashes + fired, seconds + len(film) / 30
    lines = [
        f"\n## Shots: {FILMS} made films of ten shots each, {seconds / 60:.0f} minutes\n",
        "Shots are of the shared clips, and of the shared pictures under a camera that stands, pans, zooms or shakes;",
        f"{flashes} flashes were fired in them. A cut counts within a frame, a dissolve or fade within the change and 3",
        f"frames around it. The films are made from the seeds {FIRST} to {FIRST + FILMS - 1}; thresholds were set on",
        "films from others, of the same clips and pictures.\n",
        "| change | how many | found |",
        "| --- | --: | --: |",
    ]
    lines += [f"| {kind} | {total[kind]} | {right[kind]} ({right[kind] / total[kind]:.1%}) |" for kind in total]
    lines.append(f"| none (false alarms) | | {wrong} |")
    return "\n".join(lines) + "\n"


def silences(data: Path) -> str:
    """Where sound sets in against the beginnings of lines; silences against those that were written down."""
    rows = list(csv.DictReader((data / LINES).open(encoding="utf-8")))
    starts = np.array([float(r["start_s"]) for r in rows])
    tier = segment(data / "speech/sonnet001.mp3", "silences").tiers.tiers[0]
    onsets = np.array([s.start for s in tier.segments if s.label == "sound"])
    off = np.abs(onsets[None, :] - starts[:, None]).min(1)
    lines = [
        "\n## Silences\n",
        f"sonnet001, the beginnings of {len(starts)} lines: the nearest place where sound sets in is within 50 ms of",
        f"{(off <= 0.05).mean():.0%} of them, within 100 ms of {(off <= 0.1).mean():.0%}; median"
        f" {1000 * np.median(off):.0f} ms. (Most of that truth was drawn to edges of the energy when it was made.)\n",
        "| speech | silences of 0.2 s and more | found, 70 % of each | of what is said, called silence |",
        "| --- | --: | --: | --: |",
    ]
    for name in SPEECH:
        phones = json.loads((data / f"speech/{name}.align.json").read_text(encoding="utf-8"))["phones"]
        quiet = [(p["start"], p["end"]) for p in phones if p["phone"] == "SIL"]
        true = [(a, b) for a, b in quiet if b - a >= 0.2]
        found = segment(data / f"speech/{name}.wav", "silences").tiers.tiers[0].segments
        still = [(s.start, s.end) for s in found if s.label == "silence"]
        hits = sum(sum(_shared(one, s) for s in still) >= 0.7 * (one[1] - one[0]) for one in true)
        said = phones[-1]["end"] - sum(b - a for a, b in quiet)
        lost = sum(b - a for a, b in still) - sum(_shared(s, one) for s in still for one in quiet)
        lines.append(f"| {name} | {len(true)} | {hits} | {lost / said:.1%} |")
    return "\n".join(lines) + "\n"


def _shared(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0]))


def examples(data: Path) -> str:
    """One example of each of the four kinds of motion is shown; what the rest is called."""
    rows = csv.DictReader((data / "timeseries/86_01_segments.csv").open(encoding="utf-8"))
    truth = [(int(r["start_frame"]) / 120, int(r["end_frame_exclusive"]) / 120, r["label"]) for r in rows]
    first = {label: (a, b) for a, b, label in reversed(truth)}
    lines = [
        "\n## Like examples: CMU motion capture 86_01, one example of each of the four kinds\n",
        "Frames of the examples do not count; two kinds, jump and leg_kick, happen once only. Beginnings are those of the",
        "pieces of other kinds than the piece before; where all of the examples is shown, they are given by those.\n",
        "| compared with | shown of each example | frames called what they are | pieces | beginnings within 0.5 s |",
        "| --- | --- | --: | --: | --: |",
    ]
    for by in ("nearest", "gaussian"):
        for share, said in ((1.0, "all"), (0.5, "its middle half"), (0.25, "its middle quarter")):
            drawn = [
                Segment(a + (1 - share) / 2 * (b - a), b - (1 - share) / 2 * (b - a), label)
                for label, (a, b) in first.items()
            ]
            found = segment(data / "timeseries/86_01.amc", "examples", {"by": by}, examples=drawn).tiers.tiers[0]
            times = [t for t in np.arange(0.5, 4579) / 120 if not any(e.start <= t < e.end for e in drawn)]
            names = [next((s.label for s in found.segments if s.start <= t < s.end), "") for t in times]
            true = [next(label for a, b, label in truth if a <= t < b) for t in times]
            right = np.mean([a == b for a, b in zip(names, true, strict=True)])
            runs = [s for k, s in enumerate(found.segments) if not k or s.label != found.segments[k - 1].label]
            begins = np.array([s.start for s in runs[1:]])
            near = sum(np.abs(begins - a).min() <= 0.5 for a, _, _ in truth[1:])
            told = "given" if share == 1 else f"{near} of {len(truth) - 1}"
            lines.append(f"| {by} | {said} | {right:.1%} | {len(runs)} for {len(truth)} | {told} |")
    return "\n".join(lines) + "\n"
