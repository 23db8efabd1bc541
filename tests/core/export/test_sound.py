"""Stretched sound: constant pitch, attacks in place, bounded memory, files of the right length."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from export_made import aligned, clicks, heard, job

from syncline.export import run
from syncline.export._stretch import onsets, stretch
from syncline.media import open_media
from syncline.progress import Monitor


class Reader:
    """Samples in memory, read as `media.audio.AudioReader` reads; remembers the longest request."""

    def __init__(self, samples, rate):
        self.samples = np.asarray(samples, np.float32).reshape(len(samples), -1)
        self.rate, self.channels, self.longest = rate, self.samples.shape[1], 0

    def read(self, start, stop):
        first, last = round(start * self.rate), round(stop * self.rate)
        self.longest = max(self.longest, last - first)
        out = np.zeros((last - first, self.channels), np.float32)
        low, high = max(first, 0), min(last, len(self.samples))
        if high > low:
            out[low - first : high - first] = self.samples[low:high]
        return out


def stretched(samples, rate, to_b, seconds, silent=()):
    return np.concatenate(list(stretch(Reader(samples, rate), to_b, seconds, list(silent), Monitor())))


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("factor", [0.5, 0.75, 1.0, 1.3, 2.0])
def test_a_sine_keeps_its_pitch_and_loudness(rate, factor):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(3 * rate) / rate)
    out = stretched(tone, rate, lambda t: t / factor, 3 * factor)[:, 0]
    assert len(out) == round(3 * factor * rate)
    middle = out[rate // 5 : -rate // 5]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 20)) ** 2
    hertz = np.fft.rfftfreq(1 << 20, 1 / rate)
    assert hertz[np.argmax(spectrum)] == pytest.approx(440, abs=2)
    assert spectrum[np.abs(hertz - 440) < 20].sum() / spectrum.sum() > 0.99
    assert middle.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0])
def test_clicks_land_where_the_map_says(factor, promise):
    rate, at = 44_100, np.arange(0.3, 5.0, 0.37)
    noisy = clicks(at, 5.5, rate) + 0.01 * np.sin(2 * np.pi * 150 * np.arange(round(5.5 * rate)) / rate)
    found = heard(stretched(noisy, rate, lambda t: t / factor, 5.5 * factor)[:, 0], rate)
    assert len(found) == len(at)
    assert np.abs(found - at * factor).max() < 0.010


def test_a_winding_map_keeps_clicks_within_ten_milliseconds():
    rate, at = 32_000, np.arange(0.5, 9.5, 0.43)

    def to_b(t):
        return t + 0.35 * np.sin(1.4 * t)

    a = np.linspace(0, 10, 200_001)
    expected = np.interp(at, to_b(a), a)
    found = heard(stretched(clicks(at, 10.5, rate), rate, to_b, 10.0)[:, 0], rate)
    assert len(found) == len(at)
    assert np.abs(found - expected).max() < 0.010


def test_the_identity_changes_nothing():
    rng = np.random.default_rng(3)
    noise = rng.uniform(-0.5, 0.5, (40_000, 2)).astype(np.float32)
    out = stretched(noise, 8000, lambda t: t, 5.0)
    np.testing.assert_allclose(out, noise, atol=1e-6)


def test_long_sound_is_read_piece_by_piece():
    class Endless(Reader):
        def read(self, start, stop):
            first, last = round(start * self.rate), round(stop * self.rate)
            self.longest = max(self.longest, last - first)
            return np.sin(np.arange(first, last, dtype=np.float64) / 5).astype(np.float32)[:, None]

    reader = Endless(np.zeros((1, 1)), 8000)
    total = sum(len(b) for b in stretch(reader, lambda t: t * 0.9, 120.0, [], Monitor()))
    assert total == 120 * 8000
    assert reader.longest <= 10 * 8000


def test_nothing_is_heard_where_a_has_no_counterpart(tmp_path):
    rate = 8000
    tone = np.sin(2 * np.pi * 300 * np.arange(4 * rate) / rate).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", tone, rate)
    soundfile.write(tmp_path / "b.wav", tone, rate)
    a, b = open_media(tmp_path / "a.wav"), open_media(tmp_path / "b.wav")
    times = np.array([0.0, 1.0, 2.0, 3.0])
    al = aligned(a, b, [(0, 0), (1, 1), (2, 1), (3, 2)], times, times, breaks=[1])
    run(job(al), tmp_path / "out.wav")
    out, _rate = soundfile.read(tmp_path / "out.wav")
    assert len(out) == 4 * rate
    assert np.abs(out[round(1.05 * rate) : round(1.95 * rate)]).max() < 1e-6
    assert np.abs(out[round(0.2 * rate) : round(0.8 * rate)]).std() > 0.2


def test_onsets_are_attacks_not_tones():
    rate = 22_050
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(3 * rate) / rate)).astype(np.float32)
    assert len(onsets(tone, rate)) == 0
    found = onsets(tone * 0.05 + clicks(np.array([0.5, 1.7]), 3.0, rate), rate) / rate
    assert found == pytest.approx([0.5, 1.7], abs=0.003)


@pytest.mark.parametrize(
    ("name", "params", "subtype", "channels"),
    [
        ("o.wav", {}, "FLOAT", 1),
        ("o.wav", {"channels": "both", "samples": "16 bit"}, "PCM_16", 2),
        ("o.flac", {}, "PCM_24", 1),
    ],
)
def test_sound_files(tmp_path, name, params, subtype, channels):
    soundfile.write(tmp_path / "a.wav", clicks(np.array([0.4]), 1.5, 16_000), 16_000)
    soundfile.write(tmp_path / "b.flac", clicks(np.array([0.5, 2.0]), 3.0, 22_050), 22_050)
    a, b = open_media(tmp_path / "a.wav"), open_media(tmp_path / "b.flac")
    grid = np.linspace(0, 1, 16)
    al = aligned(a, b, [(k, k) for k in range(16)], grid * 1.4, grid * 2.8)
    run(job(al), tmp_path / name, params=params)
    info = soundfile.info(tmp_path / name)
    rate = 16_000 if channels == 2 else 22_050
    assert (info.subtype, info.channels, info.samplerate) == (subtype, channels, rate)
    assert info.frames == round(1.5 * rate)
    out = soundfile.read(tmp_path / name, always_2d=True)[0]
    assert heard(out[:, -1], rate) == pytest.approx([0.25, 1.0], abs=0.004)
    if channels == 2:
        assert heard(out[:, 0], rate) == pytest.approx([0.4], abs=0.001)
