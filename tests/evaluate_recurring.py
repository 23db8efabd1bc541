"""How well kinds of movement are told: boundaries and names of recurring pieces against those that people see.

python tests/evaluate_recurring.py       prints the table, which `evaluate_segments.py` prints, too
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from syncline.segment_quality import frames_of
from syncline.segmentation import segment

__all__ = ["recurring"]

RATE = 120
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("as it comes", {}),
    ("told that there are 4 kinds", {"kinds": 4}),
    ("told that there are 3", {"kinds": 3}),
    ("a lower penalty", {"penalty": 0.25}),
    ("a higher one", {"penalty": 0.5}),
    ("a window of 0.8 s", {"window": 0.8}),
    ("of 1.5 s", {"window": 1.5}),
    ("of 2 s", {"window": 2.0}),
    ("stricter, alike 1.2", {"alike": 1.2}),
    ("laxer, alike 1.5", {"alike": 1.5}),
)


def recurring(data: Path) -> str:
    """The table, as markdown: each sequence of `data` with human segments that have kinds."""
    lines = [
        "\n## Recurring pieces: kinds of movement in CMU motion capture\n",
        "Boundaries count within the band that people left; purity, adjusted Rand index and mutual information are of",
        "frames. The defaults were chosen on this sequence, of which there are no others here: the other rows say",
        "how much hangs on them.\n",
        "| sequence | asked | pieces | kinds (true) | P | R | F1 | purity | ARI | NMI |",
        "| --- | --- | --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for truth in sorted((data / "timeseries").glob("*_segments.csv")):
        name = truth.name.removesuffix("_segments.csv")
        rows = list(csv.DictReader(truth.read_text(encoding="utf-8").splitlines()))
        lines += [_row(name, data / f"timeseries/{name}.amc", rows, *asked) for asked in ASKED]
    return "\n".join(lines) + "\n"


def _row(name: str, file: Path, rows: list[dict[str, str]], how: str, params: dict[str, Any]) -> str:
    tier = segment(file, "recurring", params).tiers.tiers[0]
    left = [s.start * RATE for s in tier.segments[1:]]
    hits, count = 0, len(left)
    for r in rows[:-1]:
        here = [t for t in left if int(r["earliest_end"]) <= t <= int(r["latest_end"])]
        if here:
            left.remove(here[0])
            hits += 1
    p, recall = hits / count if count else 0.0, hits / (len(rows) - 1)
    f1 = 2 * p * recall / (p + recall) if hits else 0.0
    true = [r["label"] for r in rows for _ in range(int(r["start_frame"]), int(r["end_frame_exclusive"]))]
    # Frame k is at k / 120 s, and a row reaches half a frame to either side.
    mine = frames_of(tier, np.arange(len(true)) / RATE)
    table = contingency_matrix(true, mine)
    purity = table.max(0).sum() / table.sum()
    pieces = " ".join(s.label for s in tier.segments)
    kinds = f"{len(set(mine))} ({len(set(true))})"
    agree = f"{purity:.2f} | {adjusted_rand_score(true, mine):.2f} | {normalized_mutual_info_score(true, mine):.2f}"
    return f"| {name} | {how} | {pieces} | {kinds} | {p:.2f} | {recall:.2f} | {f1:.2f} | {agree} |"


if __name__ == "__main__":
    import os

    here = Path(__file__).resolve().parent
    print(recurring(Path(os.environ.get("SYNCLINE_DATA", here.parent.parent / "shared" / "data"))))
