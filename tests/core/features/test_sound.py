"""Sound: librosa over the whole signal is the reference for what is computed block by block."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from syncline.features._spectrum import RATE, chroma_filters, mel_filters
from syncline.features.chroma import Chroma, ChromaParams
from syncline.features.log_mel import LogMel, LogMelParams
from syncline.features.mfcc import Mfcc, MfccParams
from syncline.features.onset import Onset, OnsetParams

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import librosa
    import librosa.feature


def signal(seconds: float = 3.0) -> np.ndarray:
    """A gliding tone with overtones over noise, swelling and fading."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(220 * 2 ** (t / 2)) / RATE
    tone = sum(np.sin(k * phase) / k for k in (1, 2, 3, 5))
    noise = np.random.default_rng(5).normal(0, 0.02, len(t))
    return ((0.2 + 0.8 * np.sin(np.pi * t / seconds) ** 2) * tone * 0.3 + noise).astype(np.float32)


def through(extractor: LogMel | Mfcc | Chroma | Onset, samples: np.ndarray, block: int = 7001) -> np.ndarray:
    for at in range(0, len(samples), block):
        extractor.update(samples[at : at + block], at / RATE)
    return extractor.finish().values


def tones(*midi: float, seconds: float = 1.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * 440 * 2 ** ((m - 69) / 12) * t) for m in midi).astype(np.float32) * 0.2  # type: ignore[union-attr]


@pytest.mark.parametrize(("size", "bands", "low"), [(1024, 40, 0.0), (2048, 64, 30.0)])
def test_mel_filters_are_librosas(size: int, bands: int, low: float) -> None:
    expected = librosa.filters.mel(sr=RATE, n_fft=size, n_mels=bands, fmin=low)
    np.testing.assert_allclose(mel_filters(RATE, size, bands, low), expected, atol=1e-6)


def test_log_mel_in_blocks_is_librosas_of_the_whole() -> None:
    samples = signal()
    power = librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=1024, hop_length=441, n_mels=40, pad_mode="constant"
    )
    expected = librosa.power_to_db(power, ref=np.max, amin=1e-20, top_db=60.0).T
    ours = through(
        LogMel(LogMelParams(hop_ms=20, window_ms=1024 / 22.05, bands=40, floor_db=60, centred=False)), samples
    )
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, atol=2e-3)


def test_mfcc_in_blocks_are_librosas_of_the_whole() -> None:
    samples = signal()
    power = librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=552, hop_length=220, n_mels=40, pad_mode="constant"
    )
    decibels = librosa.power_to_db(power, ref=np.max, amin=1e-20, top_db=80.0)
    expected = librosa.feature.mfcc(S=decibels, n_mfcc=13).T
    ours = through(Mfcc(MfccParams(hop_ms=10, window_ms=25, loudness=True)), samples)
    np.testing.assert_allclose(ours, expected - expected.mean(0), atol=5e-3)


@pytest.mark.parametrize("midi", [57, 60, 66, 71, 78])
def test_a_tone_is_in_its_pitch_class_and_librosa_agrees(midi: int) -> None:
    ours = through(Chroma(ChromaParams(kind="energy")), tones(midi))[10:-10]
    expected = librosa.feature.chroma_stft(y=tones(midi), sr=RATE, n_fft=4096, hop_length=441, tuning=0.0)
    assert (ours.argmax(1) == midi % 12).all()
    assert (expected[:, 10:-10].argmax(0) == midi % 12).all()
    assert ours[:, midi % 12].min() > 0.95
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)


def test_every_bin_between_two_semitones_is_shared_between_them() -> None:
    filters = chroma_filters(RATE, 16384)
    hz = np.fft.rfftfreq(16384, 1 / RATE)
    k = int(np.argmin(np.abs(hz - 440 * 2 ** (0.5 / 12))))
    assert set(np.flatnonzero(filters[:, k])) == {9, 10}
    np.testing.assert_allclose(filters[:, k].sum(), 1, atol=1e-6)
    # A bin of a short window is wider than a semitone at 60 Hz: it is trusted less.
    low = chroma_filters(RATE, 4096)
    assert low[:, 11].sum() < 0.7
    assert low[:, 2].sum() < low[:, 11].sum()
    assert not low[:, hz[: low.shape[1]] * 4 > 5000].any()


def test_cens_of_a_chord_is_even_over_its_notes() -> None:
    values = through(Chroma(ChromaParams(kind="cens", smooth_ms=200)), tones(60, 64, 67))[20:-20]
    # Each note has a third of the energy: above 5, 10 and 20 %, not above 40 %; all three the same.
    expected = np.zeros(12)
    expected[[0, 4, 7]] = 1 / np.sqrt(3)
    np.testing.assert_allclose(values, np.tile(expected, (len(values), 1)), atol=1e-5)


@pytest.mark.parametrize("of", ["notes", "bands"])
def test_onsets_are_where_notes_begin(of: str) -> None:
    starts = [0.5, 1.1, 1.6, 2.3]
    samples = np.zeros(3 * RATE, np.float32)
    for start, midi in zip(starts, (60, 67, 72, 64), strict=True):
        at = round(start * RATE)
        fade = np.exp(-np.arange(len(samples) - at) / (0.3 * RATE))
        samples[at:] += tones(midi, seconds=3)[: len(samples) - at] * fade.astype(np.float32)
    values = through(Onset(OnsetParams(of=of, decay_ms=0)), samples)
    strength = values.sum(1)
    if of == "notes":
        for start, pitch_class in zip(starts, (0, 7, 0, 4), strict=True):
            assert values[round(start * 100) - 3 : round(start * 100) + 4].sum(0).argmax() == pitch_class
    for start in starts:
        near = slice(round(start * 100) - 20, round(start * 100) + 21)
        # A window centred on the beginning rises fastest there.
        assert abs(near.start + strength[near].argmax() - start * 100) < 2.1


def test_an_onset_decays_as_it_says() -> None:
    click = np.zeros(RATE, np.float32)
    click[RATE // 2] = 1
    sharp = through(Onset(OnsetParams(of="bands", bands=1, window_ms=20, decay_ms=0)), click)[:, 0]
    slow = through(Onset(OnsetParams(of="bands", bands=1, window_ms=20, decay_ms=100)), click)[:, 0]
    expected, level = np.empty_like(sharp), 0.0
    for t, value in enumerate(sharp):
        level = max(level * np.exp(-10 / 100), float(value))
        expected[t] = level
    np.testing.assert_allclose(slow, expected, atol=1e-5)
    assert slow.max() > 0.5
