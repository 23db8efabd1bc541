"""Sound that follows the path: unchanged where B runs at A's pace, and of the same pitch where it does not."""

from __future__ import annotations

import numpy as np

from syncline_workbench.sound import HALF, RATE, Retimer


def source(frequency: float, seconds: float = 4.0):
    wave = np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)

    def read(start: float, count: int) -> np.ndarray:
        out = np.zeros(count, np.float32)
        first = round(start * RATE)
        a, b = max(first, 0), min(first + count, len(wave))
        if b > a:
            out[a - first : b - first] = wave[a:b]
        return out

    return wave, read


def test_at_the_same_pace_the_sound_is_unchanged() -> None:
    wave, read = source(440.0)
    retimer = Retimer(read)
    out = np.concatenate([retimer.block(k * HALF / RATE) for k in range(50)])
    # The first block only fades in; block k is the source before its own position.
    assert np.abs(out[HALF : 49 * HALF] - wave[: 48 * HALF]).max() < 1e-3


def test_half_and_double_pace_keep_pitch_and_loudness() -> None:
    for pace in (0.5, 0.8, 1.5, 2.0):
        _wave, read = source(523.25)
        retimer = Retimer(read)
        out = np.concatenate([retimer.block(0.2 + k * pace * HALF / RATE) for k in range(80)])[5 * HALF :]
        spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
        peak = float(np.argmax(spectrum)) * RATE / len(out)
        assert abs(peak - 523.25) < 4, pace
        # Grains that met out of phase would cancel: an even sine has an RMS of 0.707.
        loudness = np.sqrt((out[: len(out) // 960 * 960].reshape(-1, 960) ** 2).mean(axis=1))
        assert loudness.min() > 0.6, pace
        assert loudness.max() < 0.8, pace
