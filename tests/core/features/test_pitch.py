"""Tuning and transposition: tones whose pitch is known, and the DTW engine as the reference of the search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

import syncline as sl
from syncline.features._pitch import LEAST, Scale
from syncline.features._sound import MUSIC, Tonality, TonalityParams
from syncline.features._spectrum import RATE, Spectra
from syncline.features._transposition import _costs, search
from syncline.features.chroma import Chroma, ChromaParams
from syncline.features.log_mel import LogMel, LogMelParams
from syncline.media import AudioReader
from syncline.model import Features
from syncline.solvers.warp import REGISTRY, WarpProblem

TUNE: list[float] = [60, 64, 67, 65, 62, 69, 71, 67, 60, 72, 69, 64]


def melody(notes: Sequence[float], seconds: float = 0.3) -> np.ndarray:
    """Notes (MIDI numbers) with four partials, struck and fading."""
    t = np.arange(round(seconds * RATE)) / RATE
    tones = [sum(np.sin(2 * np.pi * k * 440 * 2 ** ((p - 69) / 12) * t) / k for k in (1, 2, 3, 4)) for p in notes]
    return np.concatenate([0.2 * np.exp(-4 * t) * tone for tone in tones]).astype(np.float32)


def scale(samples: np.ndarray, size: int = 2048) -> Scale:
    found = Scale(size)

    def look(power: np.ndarray) -> np.ndarray:
        found.update(power)
        return power[:, :1]

    spectra = Spectra(size, 441, look)
    spectra.update(samples, 0.0)
    spectra.finish(RATE)
    return found


@pytest.mark.parametrize("off", [-0.4, -0.15, 0.0, 0.3])
def test_the_tuning_is_found_and_taken_back(off: float) -> None:
    samples = melody([p + off for p in TUNE])
    found = scale(samples)
    assert abs(found.tuning - off) < 0.03
    assert found.strength > 0.7
    chroma = Chroma(ChromaParams(kind="energy"))
    chroma.update(samples, 0.0)
    rows = chroma.finish().values
    middle = (np.arange(len(TUNE)) * 0.3 + 0.15) / 0.02
    np.testing.assert_array_equal(rows[middle.round().astype(int)].argmax(1), [p % 12 for p in TUNE])


def test_noise_and_gliding_voices_keep_to_no_scale() -> None:
    t = np.arange(4 * RATE) / RATE
    pitch = 150 + 40 * np.sin(2 * np.pi * 0.7 * t) + 20 * np.sin(2 * np.pi * 2.3 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = np.sum([np.sin(k * phase) / k for k in range(1, 12)], axis=0).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 0.1, len(t)).astype(np.float32)
    for samples in (voice, noise):
        assert scale(samples).strength < LEAST
        assert scale(samples).tuning == 0


def test_costs_of_all_shifts_are_those_of_the_engine() -> None:
    rng = np.random.default_rng(4)
    x, y = (rng.random((n, 12)).astype(np.float32) for n in (23, 31))
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    dtw = REGISTRY["dtw"]
    for shift, cost in enumerate(_costs(x, y)):
        a, b = (Features(v, np.arange(len(v)) / 10) for v in (x, np.roll(y, -shift, axis=1).copy()))
        params = dtw.filled({"metric": "cosine", "step_pattern": "symmetric2"})
        assert cost == pytest.approx(dtw.call(WarpProblem(a, b), params, sl.Monitor()).cost, rel=1e-4)


@pytest.mark.parametrize("shift", range(-5, 7))
def test_every_shift_is_found(shift: int) -> None:
    rng = np.random.default_rng(2)
    rows = rng.random((60, 12)).astype(np.float32) ** 4
    slower = np.roll(rows[np.repeat(np.arange(60), rng.integers(1, 4, 60))], shift, axis=1)
    a, b = (Features(np.repeat(v, 5, axis=0), np.arange(5 * len(v)) / 20) for v in (rows, slower))
    assert search(a, b) == shift


def test_mel_bands_are_taken_back_by_as_much_as_the_tones_were_raised() -> None:
    def rows(notes: Sequence[float]) -> np.ndarray:
        mel = LogMel(LogMelParams(centred=False))
        mel.update(melody(notes), 0.0)
        return mel.finish().values

    low, high = rows([57, 76, 66]), rows([60, 79, 69])
    back = LogMel.transposed(high, LogMelParams(), 3)
    assert np.abs(back - low).mean() < 0.4 * np.abs(high - low).mean()


def test_performances_in_two_keys_align_and_the_interval_is_kept(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", melody(TUNE, 0.3), RATE)
    soundfile.write(tmp_path / "b.wav", melody([p - 4 for p in TUNE], 0.4), RATE)
    pair = sl.open_pair(tmp_path / "a.wav", tmp_path / "b.wav")
    found = sl.align(pair, features="chroma+onset")
    assert found.path is not None
    assert found.resolved is not None
    at = np.arange(1, len(TUNE) - 1, dtype=np.float64) * 0.3
    np.testing.assert_allclose(found.path.to_b(at), at * 4 / 3, atol=0.06)
    assert [t.params.transpose for t in found.resolved.features.terms] == [-4, -4]
    assert "4 semitones below A" in found.reason
    # What was found is what is asked for from now on; nothing is searched for again.
    again = sl.extract(pair, found.resolved.features)
    assert again[2:] == (found.resolved.features, "")
    # A shift set by hand is taken as it is, by all terms.
    by_hand = sl.extract(pair, sl.FeatureRecipe((sl.FeatureTerm("chroma", 1.0, {"transpose": 2}),)))
    one = sl.extract(pair, sl.FeatureRecipe((sl.FeatureTerm("chroma", 1.0, {"transpose": 0}),)))
    share = by_hand[1].values / np.roll(one[1].values, -2, axis=1)
    np.testing.assert_allclose(share, share.flat[0], rtol=1e-4)


def gliding(seconds: float, seed: int) -> np.ndarray:
    """A voice without words: a comb of partials whose pitch wanders, its loudness coming and going."""
    t = np.arange(round(seconds * RATE)) / RATE
    knots = np.random.default_rng(seed).uniform(-0.5, 0.5, 24)
    phase = 2 * np.pi * np.cumsum(140 * 2 ** np.interp(t, np.linspace(0, seconds, 24), knots)) / RATE
    comb = np.sum([np.sin(k * phase) / k for k in range(1, 12)], axis=0)
    return (0.2 * np.sin(np.pi * 2 * t) ** 2 * comb).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "names"), [("music", ["chroma", "onset", "log_mel"]), ("speech", ["mfcc", "log_mel"])]
)
def test_music_is_told_from_speech(kind: str, names: list[str], tmp_path: Path) -> None:
    for side, seed in (("a", 1), ("b", 2)):
        samples = gliding(4, seed) if kind == "speech" else melody(TUNE, 0.3)
        noise = np.random.default_rng(seed).normal(0, 0.01, len(samples)).astype(np.float32)
        soundfile.write(tmp_path / f"{side}.wav", samples + noise, RATE)
    _, _, recipe, reason = sl.extract(sl.open_pair(tmp_path / "a.wav", tmp_path / "b.wav"))
    assert [t.name for t in recipe.terms] == names
    assert f"as {kind} does" in reason


@pytest.mark.parametrize(
    ("file", "music"),
    [
        ("audio/Chopin_op10_no3_p01.flac", True),
        ("audio/schubert_d911-01_excerpt_HU33.flac", True),
        ("audio/schubert_d911-01_excerpt_SC06.flac", True),
        ("audio/sir_duke_fast.ogg", True),
        ("audio/sir_duke_slow.ogg", True),
        ("speech/ss0870.wav", False),
        ("speech/ss0880.wav", False),
        ("speech/ss0930.wav", False),
        ("speech/mary.wav", False),
        ("speech/sonnet001.mp3", False),
    ],
)
def test_the_shared_recordings_are_told_apart(file: str, music: bool, data: Path) -> None:
    listener = Tonality(TonalityParams())
    with AudioReader(sl.open_media(data / file)) as reader:
        for time, samples in reader.blocks(seconds=15.0, rate=RATE):
            listener.update(samples, time)
            if time >= 15:
                break
    assert (listener.finish().values[0, 0] >= MUSIC) == music
