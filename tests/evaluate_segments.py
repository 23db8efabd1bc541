"""How well recordings are cut: change points where people see them, shots, silences, pieces named by examples.

    python tests/evaluate_segments.py            prints the tables
    python tests/evaluate_segments.py --write    also writes them to tests/EVALUATION-SEGMENTS.md

The windows of change points (1.5 s for motion, 12 samples for the series, which its source calls “about 10”) were
chosen on these two recordings, of which there are no others here: the figures say that the method can see such changes,
not how it does on new ones.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

from evaluate_recurring import recurring
from segment_tables import examples, shots, silences
from syncline.segmentation import segment

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent.parent / "shared" / "data"))
TARGET = ROOT / "EVALUATION-SEGMENTS.md"

HEAD = """\
# How well recordings are cut

Made by `./run evaluate --segments --write`.
{about}
"""


def motion() -> str:
    rows = list(csv.DictReader((DATA / "timeseries/86_01_segments.csv").open()))
    bands = [(int(r["earliest_end"]) / 120, int(r["latest_end"]) / 120) for r in rows[:-1]]
    lines = [
        "\n## Change points: CMU motion capture 86_01, six changes of activity, each with the band that people left\n",
        "| cut by | how many | found | within their band | P | R | F1 |",
        "| --- | --- | --: | --: | --: | --: | --: |",
    ]
    for by in ("values", "movement"):
        for changes in (6, 0):
            asked = {"by": by, "changes": changes, "least": 0.5}
            tier = segment(DATA / "timeseries/86_01.amc", "changepoints", asked).tiers.tiers[0]
            found = [s.start for s in tier.segments[1:]]
            left, hits = list(found), 0
            for low, high in bands:
                here = [t for t in left if low <= t <= high]
                if here:
                    left.remove(here[0])
                    hits += 1
            p, r = hits / len(found) if found else 0.0, hits / len(bands)
            f1 = 2 * p * r / (p + r) if hits else 0.0
            how = "told" if changes else "default penalty"
            lines.append(f"| {by} | {how} | {len(found)} | {hits} | {p:.2f} | {r:.2f} | {f1:.2f} |")
    return "\n".join(lines) + "\n"


def series() -> str:
    lines = [
        "\n## Change points: segmentation_GunPoint, one change, at sample 900 of 1,875\n",
        "| cut by | cost | told that there is one: at | default penalty: changes |",
        "| --- | --- | --: | --: |",
    ]
    for by in ("values", "movement", "shape"):
        for cost in ("l2", "rbf"):
            at: list[str] = []
            for changes in (1, 0):
                asked = {"by": by, "cost": cost, "changes": changes, "window": 12}
                file = DATA / "timeseries/segmentation_GunPoint.csv"
                tier = segment(file, "changepoints", asked, rate=1.0).tiers.tiers[0]
                at.append(f"{tier.segments[1].start + 0.5:.0f}" if changes else str(len(tier.segments) - 1))
            lines.append(f"| {by} | {cost} | {at[0]} | {at[1]} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    about = __doc__.split("\n\n")[-1].strip() if __doc__ else ""
    table = (
        HEAD.format(about=about) + motion() + series() + recurring(DATA) + examples(DATA) + shots(DATA) + silences(DATA)
    )
    print(table)
    if "--write" in sys.argv:
        TARGET.write_text(table, encoding="utf-8")
