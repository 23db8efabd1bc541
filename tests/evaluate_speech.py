"""How far the words and phones of the shared speech are laid from where they are: boundary errors, by file.

    python tests/evaluate_speech.py            the tables
    python tests/evaluate_speech.py --write    and into tests/EVALUATION-SPEECH.md
    python tests/evaluate_speech.py --tune     how the constants of `speech.How` were chosen: a grid on ss0870 alone

The acoustic model's lag is estimated on ss0870 and built in; ss0870 itself is judged by the lag of the other files.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncline._hearing import emissions_of
from syncline.media import AudioReader, open_media
from syncline.model.emissions import Emissions
from syncline.model.segments import Segment, Tiers
from syncline.segmentation import segment
from syncline.speech import LAG, WORD_LAG, How, Look, Sound, pronounced, refine
from syncline.tiers import load_tiers

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent.parent / "shared" / "data")) / "speech"
FILES = ("ss0870", "ss0880", "ss0930", "mary")
TUNED = "ss0870"
STAGES = {
    "CTC, lag removed": How(change=0, pause=-1),
    "+ silence": How(change=0),
    "+ spectral change": How(),
}
F64 = NDArray[np.float64]

_SPELLED = """
AA:ɑ AE:æ AH:ʌ AO:ɔ AW:aʊ AY:aɪ B:b CH:t͡ʃ D:d DH:ð EH:ɛ ER:ɝ EY:eɪ F:f G:ɡ HH:h IH:ɪ IY:i JH:d͡ʒ K:k L:l M:m N:n NG:ŋ
OW:oʊ OY:ɔɪ P:p R:ɹ S:s SH:ʃ T:t TH:θ UH:ʊ UW:u V:v W:w Y:j Z:z ZH:ʒ
"""
ARPABET = dict(pair.split(":") for pair in _SPELLED.split())


@dataclass(frozen=True, eq=False)
class Heard:
    """A file, what is true of it, and what the model hears, its lag still in."""

    name: str
    words: Sequence[Segment]
    phones: Sequence[Segment]
    spelled: Sequence[tuple[str, tuple[str, ...]]]
    emissions: Emissions
    look: Look


def truth(name: str) -> tuple[list[Segment], list[Segment]]:
    """True words and phones, silence left out."""
    if name == "mary":
        tiers = load_tiers(DATA / "mary.TextGrid")
        words, phones = (tiers.tier(which) for which in ("word", "phone"))
        assert words is not None
        assert phones is not None
        return [s for s in words.segments if s.label], [s for s in phones.segments if s.label]
    found = json.loads((DATA / f"{name}.align.json").read_text())
    phones = [p for p in found["phones"] if p["phone"] in ARPABET]
    return (
        [Segment(w["start"], w["end"], w["word"]) for w in found["words"]],
        [Segment(p["start"], p["end"], ARPABET[p["phone"]]) for p in phones],
    )


def hear(file: str, words: Sequence[str]) -> tuple[Emissions, Look, list[tuple[str, tuple[str, ...]]]]:
    media = open_media(DATA / file)
    heard, sound = emissions_of(media), Sound()
    with AudioReader(media) as reader:
        for time, block in reader.blocks(5.0, sound.rate):
            sound.update(block, time)
    return replace(heard, start=heard.start + LAG), sound.finish(), pronounced(words)


def lay(heard: Heard, lag: float, word_lag: float, how: How) -> Tiers:
    """What the program does for a recording and its transcript."""
    e = replace(heard.emissions, start=heard.emissions.start - lag)
    found = segment(e, "ctc", transcript=heard.spelled).tiers
    return refine(found, heard.look, (), word_lag, how=how)


def pairs(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Places of two spellings that belong together: fewest edits."""
    cost = np.zeros((len(a) + 1, len(b) + 1))
    cost[:, 0], cost[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i, j in np.ndindex(len(a), len(b)):
        cost[i + 1, j + 1] = min(cost[i, j] + (a[i] != b[j]), cost[i, j + 1] + 1, cost[i + 1, j] + 1)
    found: list[tuple[int, int]] = []
    i, j = len(a), len(b)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + (a[i - 1] != b[j - 1]):
            i, j = i - 1, j - 1
            found.append((i, j))
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def segments(tiers: Tiers, name: str) -> tuple[Segment, ...]:
    tier = tiers.tier(name)
    assert tier is not None
    return tier.segments


def errors(found: Sequence[Segment], true: Sequence[Segment]) -> F64:
    """Seconds by which starts and ends are late, of segments that belong together."""
    both = pairs([s.label for s in found], [s.label for s in true])
    return np.array([(found[i].start - true[j].start, found[i].end - true[j].end) for i, j in both]).ravel()


def lags(heard: Heard) -> tuple[F64, F64]:
    """Lateness of the frames in which phones are heard: of those within words, and of the first ones of words."""
    tiers = segment(heard.emissions, "ctc", transcript=heard.spelled).tiers
    first = {s.start for s in segments(tiers, "words")}
    found = [s for s in segments(tiers, "labels") if s.label != "<wb>"]
    both = pairs([s.label for s in found], [s.label for s in heard.phones])
    late = [(found[i].start - heard.phones[j].start, found[i].start in first) for i, j in both]
    return np.array([x for x, starts in late if not starts]), np.array([x for x, starts in late if starts])


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def figures(e: F64) -> list[str]:
    ms = np.abs(e) * 1000
    shares = [f"{(ms <= limit + 1e-6).mean():.0%}".replace("%", " %") for limit in (20, 50, 100)]
    return [str(len(ms)), f"{np.median(ms):.0f}", f"{np.percentile(ms, 90):.0f}", *shares]


HEAD = [row("file", "way", "boundaries", "median ms", "90 % ms", "≤ 20 ms", "≤ 50 ms", "≤ 100 ms"), row(*["---"] * 8)]


def table(files: Sequence[Heard], which: str, by: dict[str, tuple[float, float]]) -> tuple[list[str], F64]:
    """Rows for each file and way of the boundaries of a tier; and the errors of all, in the last way."""
    found = {
        (heard.name, way): errors(
            segments(lay(heard, *by[heard.name], how), which),
            heard.words if which == "words" else heard.phones,
        )
        for heard in files
        for way, how in STAGES.items()
    }
    for name, members in {f"all but {TUNED}": set(FILES) - {TUNED}, "all": set(FILES)}.items():
        for way in STAGES:
            found[name, way] = np.concatenate([e for (file, w), e in found.items() if file in members and w == way])
    return [*HEAD, *(row(*key, *figures(e)) for key, e in found.items())], found["all", list(STAGES)[-1]]


def sonnet() -> list[str]:
    """Starts of the lines of a poem; where they end nobody has measured."""
    with (DATA / "sonnet001_lines.csv").open(encoding="utf-8", newline="") as file:
        true = [Segment(float(r["start_s"]), float(r["end_s"]), r["text"]) for r in csv.DictReader(file)]
    words = [["one"] if s.label == "1" else s.label.replace(",", "").rstrip(":.").split() for s in true]
    emissions, look, spelled = hear("sonnet001.mp3", [w for line in words for w in line])
    heard = Heard("sonnet001", (), (), spelled, emissions, look)
    lines = list(HEAD)
    for way, how in STAGES.items():
        found = segments(lay(heard, LAG, WORD_LAG, how), "words")
        firsts = np.cumsum([0, *map(len, words[:-1])])
        starts = [found[k].start - line.start for k, line in zip(firsts, true, strict=True)]
        lines.append(row("sonnet001", way, *figures(np.array(starts))))
    return lines


def floor(files: Sequence[Heard]) -> list[str]:
    """What would be left if every boundary were the edge of the frame next to the true one."""
    lines = [row("file", "boundaries", "median ms", "90 % ms", "truth in steps of"), row(*["---"] * 5)]
    for heard in files:
        true = np.unique([t for s in heard.phones for t in (s.start, s.end)])
        off = (true - heard.emissions.start + LAG) / heard.emissions.step
        ms = np.abs(off - np.round(off)) * heard.emissions.step * 1000
        step = "10 ms, by another program" if heard.name != "mary" else "none, by hand"
        lines.append(row(heard.name, len(ms), f"{np.median(ms):.0f}", f"{np.percentile(ms, 90):.0f}", step))
    return lines


def tune(heard: Heard) -> None:
    """Mean error on one file over a grid, errors of 100 ms and more counting alike."""
    changes, spreads, quiets, pauses, closures = (
        (5e-5, 1e-4, 2e-4),
        (0.008, 0.012, 0.016, 0.024),
        (0.3, 0.4, 0.5),
        (0.04, 0.06, 0.08),
        (0.03, 0.05, 0.07),
    )
    found: list[tuple[float, How]] = []
    for values in itertools.product(changes, spreads, quiets, pauses, closures):
        how = How(*values)
        tiers = lay(heard, LAG, WORD_LAG, how)
        e = [errors(segments(tiers, "words"), heard.words), errors(segments(tiers, "labels"), heard.phones)]
        found.append((float(np.mean([np.minimum(np.abs(x), 0.1).mean() for x in e])), how))
    found.sort(key=lambda f: f[0])
    built_in = next(k for k, (_, how) in enumerate(found) if how == How())
    for k in (*range(8), built_in):
        print(f"{k + 1}. of {len(found)}: {found[k][0] * 1000:.2f} ms  {found[k][1]}")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-SPEECH.md too")
    parser.add_argument("--tune", action="store_true", help="try other constants on ss0870")
    options = parser.parse_args(argv)
    if not (DATA / "mary.TextGrid").is_file():
        print(f"There is no {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    files: list[Heard] = []
    for name in FILES:
        words, phones = truth(name)
        emissions, look, spelled = hear(f"{name}.wav", [s.label for s in words])
        files.append(Heard(name, words, phones, spelled, emissions, look))
    if options.tune:
        tune(files[FILES.index(TUNED)])
        return 0
    late = {heard.name: lags(heard) for heard in files}
    others = [np.concatenate([late[n][k] for n in FILES if n != TUNED]).mean() for k in (0, 1)]
    by = dict.fromkeys(FILES, (LAG, WORD_LAG)) | {TUNED: (float(others[0]), float(others[1] - others[0]))}
    lines = ["## How late the model is", "", row("file", "phones within words, ms", "first phones of words, ms")]
    lines.append(row(*["---"] * 3))
    for name, both in late.items():
        lines.append(row(name, *(f"{x.mean() * 1000:.0f} ± {x.std() * 1000:.0f} ({len(x)})" for x in both)))
    lines += ["", f"Taken off: {LAG * 1000:.0f} and {(LAG + WORD_LAG) * 1000:.0f} ms; for {TUNED}, by the others,"]
    lines[-1] += f" {others[0] * 1000:.0f} and {others[1] * 1000:.0f} ms."
    for which, title in (("words", "Words"), ("labels", "Phones")):
        more, e = table(files, which, by)
        lines += ["", f"## {title}", "", *more]
        if which == "words":
            ms = np.abs(e) * 1000
            good = np.median(ms) <= 20 and np.percentile(ms, 90) <= 50
    lines += ["", "## Starts of the lines of a poem (53 s, in windows of 20 s)", "", *sonnet()]
    lines += ["", "## What the frames of 20 ms leave", "", *floor(files)]
    print("\n".join(lines))
    if options.write:
        file = ROOT / "EVALUATION-SPEECH.md"
        head = file.read_text(encoding="utf-8").split("## How late")[0]
        file.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
