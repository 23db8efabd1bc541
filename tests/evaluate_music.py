"""How well sound aligns in another key and by another voice, with default settings.

    python tests/evaluate_music.py            prints the tables
    python tests/evaluate_music.py --write    also writes them to tests/EVALUATION-MUSIC.md

Music: the shared performances, the second one's pitch shifted without a change of its timing (librosa's phase
vocoder). Speech: shared sentences against copies with another pitch and other formants (another length of the vocal
tract), each piece at another speed, judged at the beginnings of the words. Video and sound: made events, seen as flashes
or moves and heard as noises, on clocks that run differently. Jumps: shared performances cut and spliced
at known places, and every pair of `evaluate.py`, where there are none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import syncline as sl
from evaluate import cases
from events import event_pair
from syncline.model import Alignment, Errors, Truth

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent.parent / "shared" / "data"))

SHIFTS = (0, -3, -2, -1, 1, 2, 3, 6)
RATE = 22050
MUSIC = (
    ("Chopin", "Chopin_op10_no3_p01.flac", "Chopin_op10_no3_p22.flac", "Chopin_op10_no3_p01_p22_notes.csv"),
    (
        "Schubert",
        "schubert_d911-01_excerpt_HU33.flac",
        "schubert_d911-01_excerpt_SC06.flac",
        "schubert_d911-01_excerpt_measures.csv",
    ),
)
VOICES = ((0, 1.0), (4, 1.12), (-4, 0.88), (7, 1.18), (0, 1.15), (5, 1.0))
SENTENCES = (("ss0870", (1.2, 0.8, 1.4, 0.7)), ("ss0880", (1.3, 0.8, 1.1)), ("ss0930", (0.75, 1.3, 0.9)))


def raised(samples: np.ndarray, rate: int, semitones: float) -> np.ndarray:
    import librosa

    return librosa.effects.pitch_shift(samples, sr=rate, n_steps=semitones) if semitones else samples


def stretched_formants(samples: np.ndarray, rate: int, factor: float) -> np.ndarray:
    """The envelope of each spectrum, by its cepstrum below 1.5 ms, moved up by `factor`; partials stay."""
    import librosa

    size, hop = 1024, 256
    spectra = librosa.stft(samples, n_fft=size, hop_length=hop)
    cepstra = np.fft.irfft(np.log(np.abs(spectra) + 1e-7), axis=0)
    cepstra[round(0.0015 * rate) : size - round(0.0015 * rate) + 1] = 0
    envelope = np.fft.rfft(cepstra, axis=0).real
    bins = np.arange(len(envelope))
    moved = np.stack([np.interp(bins / factor, bins, column) for column in envelope.T], axis=1)
    return librosa.istft(spectra * np.exp(moved - envelope), hop_length=hop, length=len(samples))


def another_voice(
    folder: Path, name: str, speeds: tuple[float, ...], semitones: float, formants: float
) -> tuple[Path, np.ndarray, np.ndarray]:
    """A shared sentence by another voice and at other speeds: the file, and where its pieces begin in both, seconds."""
    import librosa
    import soundfile

    samples, rate = soundfile.read(DATA / f"speech/{name}.wav", dtype="float32")
    # Shifting the pitch moved the formants along: that is taken back first.
    voice = stretched_formants(raised(samples, rate, semitones), rate, formants / 2 ** (semitones / 12))
    cuts = np.linspace(0, len(voice), len(speeds) + 1).astype(int)
    spans = zip(cuts[:-1], cuts[1:], speeds, strict=True)
    pieces = [librosa.effects.time_stretch(voice[s:e], rate=v) for s, e, v in spans]
    target = folder / f"{name}{semitones:+g}{formants:g}.wav"
    soundfile.write(target, np.concatenate(pieces), rate)
    return target, cuts / rate, np.concatenate([[0], np.cumsum([len(p) for p in pieces])]) / rate


def judged(alignment: Alignment) -> Errors:
    assert alignment.errors is not None
    return alignment.errors


def music(folder: Path) -> Iterator[str]:
    import soundfile

    yield "| pair | B shifted by | found | median ms | mean ms | 90 % ms |"
    yield "| --- | --: | --: | --: | --: | --: |"
    for name, a, b, truth in MUSIC:
        samples, rate = soundfile.read(DATA / "audio" / b, dtype="float32")
        for shift in SHIFTS:
            target = folder / f"{name}{shift:+d}.flac"
            soundfile.write(target, raised(samples, rate, shift), rate)
            alignment = sl.align(sl.open_pair(DATA / "audio" / a, target, DATA / "audio" / truth))
            assert alignment.resolved is not None
            found = alignment.resolved.features.terms[0].params.transpose
            e = judged(alignment)
            yield f"| {name} | {shift:+d} | {found:+d} | {e.median_ms:.1f} | {e.mean_ms:.1f} | {e.p90_ms:.1f} |"


def speech(folder: Path) -> Iterator[str]:
    recipes = {
        "default": "auto",
        "music's": "chroma:window_ms=92.9,hop_ms=10+onset+0.5*log_mel",
        "MFCC": "mfcc",
    }
    yield f"| sentence | pitch | formants | {' | '.join(f'{word}, mean ms' for word in recipes)} |"
    yield f"| --- | --: | --: |{' --: |' * len(recipes)}"
    for name, speeds in SENTENCES:
        words = json.loads((DATA / f"speech/{name}.align.json").read_text())["words"]
        starts = np.array([w["start"] for w in words])
        for semitones, formants in VOICES:
            target, before, after = another_voice(folder, name, speeds, semitones, formants)
            pair = sl.open_pair(DATA / f"speech/{name}.wav", target)
            pair = replace(pair, truth=Truth(np.column_stack([starts, np.interp(starts, before, after)]), "made"))
            errors = [judged(sl.align(pair, features=recipe)).mean_ms for recipe in recipes.values()]
            yield f"| {name} | {semitones:+g} | × {formants:g} | {' | '.join(f'{e:.1f}' for e in errors)} |"


@dataclass(frozen=True)
class Splice:
    """Two sounds and the jumps between them: a, b, a_end, b_end in seconds. `repeat`: how long a piece comes twice."""

    name: str
    a: np.ndarray
    b: np.ndarray
    jumps: tuple[tuple[float, float, float, float], ...]
    repeat: float = 0.0


def splices() -> Iterator[Splice]:
    import soundfile

    audio = DATA / "audio"

    def performances(row: tuple[str, str, str, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        truth = sl.open_pair(*(audio / name for name in row[1:])).truth
        assert truth is not None
        first, second = (soundfile.read(audio / name, dtype="float32")[0] for name in row[1:3])
        return first, second, truth.times

    def without(y: np.ndarray, start: float, end: float) -> np.ndarray:
        return np.delete(y, np.s_[round(start * RATE) : round(end * RATE)])

    def with_(y: np.ndarray, at: float, piece: np.ndarray) -> np.ndarray:
        return np.insert(y, round(at * RATE), piece)

    def of(y: np.ndarray, start: float, end: float) -> np.ndarray:
        return y[round(start * RATE) : round(end * RATE)]

    p01, p22, notes = performances(MUSIC[0])
    old, new, bars = performances(MUSIC[1])
    by_b = notes[np.argsort(notes[:, 1])], bars[np.argsort(bars[:, 1])]

    def b_at(a: float, truth: np.ndarray = notes) -> float:
        return float(np.interp(a, truth[:, 0], truth[:, 1]))

    def a_at(b: float, truth: np.ndarray = by_b[0]) -> float:
        return float(np.interp(b, truth[:, 1], truth[:, 0]))

    voice, rate = soundfile.read(DATA / "speech/ss0870.wav", dtype="float32")
    voice = np.interp(np.arange(6 * RATE) / RATE, np.arange(len(voice)) / rate, voice)
    yield Splice("Chopin, A without 30 to 40 s", without(p01, 30, 40), p22, ((30, b_at(30), 30, b_at(40)),))
    yield Splice("Chopin, B without 50 to 58 s", p01, without(p22, 50, 58), ((a_at(50), 50, a_at(58), 50),))
    yield Splice("Chopin, 8 s of Schubert in B", p01, with_(p22, 40, of(new, 20, 28)), ((a_at(40), 40, a_at(40), 48),))
    yield Splice("Chopin, 6 s of speech in B", p01, with_(p22, 40, voice), ((a_at(40), 40, a_at(40), 46),))
    yield Splice(
        "Chopin, 12 s of B twice", p01, with_(p22, 52, of(p22, 40, 52)), ((a_at(52), 52, a_at(52), 64),), repeat=12
    )
    yield Splice("Chopin, 8 s before B", p01, with_(p22, 0, of(new, 0, 8)), ((0, 0, 0, 8),))
    ends = len(p01) / RATE, len(p22) / RATE
    yield Splice("Chopin, 8 s after A", np.r_[p01, of(new, 0, 8)], p22, ((*ends, ends[0] + 8, ends[1]),))
    yield Splice(
        "Chopin, A without 8 s, 6 s of Schubert in B",
        without(p01, 60, 68),
        with_(p22, 20, of(new, 20, 26)),
        ((a_at(20), 20, a_at(20), 26), (60, b_at(60) + 6, 60, b_at(68) + 6)),
    )
    yield Splice(
        "Schubert, A without 25 to 35 s", without(old, 25, 35), new, ((25, b_at(25, bars), 25, b_at(35, bars)),)
    )
    there = a_at(30, by_b[1])
    yield Splice("Schubert, 8 s of Chopin in B", old, with_(new, 30, of(p01, 10, 18)), ((there, 30, there, 38),))


def jumps(folder: Path) -> Iterator[str]:
    import soundfile

    yield "| pair | jumps | found | farthest end, s | mean cost a step, before | with the jumps |"
    yield "| --- | --: | --: | --: | --: | --: |"
    for splice in splices():
        for side, samples in (("a", splice.a), ("b", splice.b)):
            soundfile.write(folder / f"{side}.wav", samples, RATE)
        alignment = sl.align(sl.open_pair(folder / "a.wav", folder / "b.wav"))
        found = sl.propose_jumps(alignment).jumps
        off = "–"
        if len(found) == len(splice.jumps):
            pairs = zip(found, splice.jumps, strict=True)
            ends = [np.subtract((j.a, j.b, j.a_end, j.b_end), truth) for j, truth in pairs]
            if splice.repeat:
                # Where the first time gives way to the second is open: B's jump may lie anywhere in the first.
                j, early = found[0], max(0.0, min(splice.repeat, splice.jumps[0][1] - found[0].b))
                ends = [
                    np.array([0, j.b + early - splice.jumps[0][1], 0, j.b_end - j.b - (j.a_end - j.a) - splice.repeat])
                ]
            off = f"{max(float(np.abs(e).max()) for e in ends):.2f}"
        again = sl.realign(alignment, constraints=sl.apply_jumps(alignment.constraints, found))
        costs = [f"{x.path.mean_cost:.3f}" for x in (alignment, again) if x.path is not None]
        yield f"| {splice.name} | {len(splice.jumps)} | {len(found)} | {off} | {' | '.join(costs)} |"
    for case in cases():
        found = sl.propose_jumps(sl.align(case.open(folder))).jumps
        yield f"| {case.name} | 0 | {len(found)} | – | – | – |"


def seen_and_heard(folder: Path) -> Iterator[str]:
    yield "| events | seed | linear stretch, mean ms | median ms | mean ms | 90 % ms |"
    yield "| --- | --: | --: | --: | --: | --: |"
    for kind in ("flashes", "moves"):
        for seed in (7, 8, 9):
            video, sound, times = event_pair(folder, kind, 30.0, seed)
            pair = replace(sl.open_pair(video, sound), truth=Truth(times, "made"))
            e = judged(sl.align(pair))
            straight = 1000 * np.abs(times[:, 0] * pair.b.duration / pair.a.duration - times[:, 1]).mean()
            yield f"| {kind} | {seed} | {straight:.0f} | {e.median_ms:.1f} | {e.mean_ms:.1f} | {e.p90_ms:.1f} |"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-MUSIC.md too")
    options = parser.parse_args(argv)
    if not DATA.is_dir():
        print(f"There is no shared data at {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    lines = [
        "# Other keys, other voices, cuts",
        "",
        "Made by `python tests/evaluate_music.py --write`; default settings, nothing tuned per pair.",
    ]
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        os.environ["SYNCLINE_CACHE"] = cache
        for title, rows in (
            ("Music in another key", music),
            ("Speech by another voice", speech),
            ("A silent video and the sound of the same events", seen_and_heard),
            ("Jumps", jumps),
        ):
            lines += ["", f"## {title}", ""]
            print("\n".join(lines[-3:]))
            for line in rows(Path(folder)):
                lines.append(line)
                print(line, flush=True)
    if options.write:
        (ROOT / "EVALUATION-MUSIC.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
