"""Silences: made sound whose edges are known, hysteresis by hand, and the pauses of real speech."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.errors import ParameterError
from syncline.features import REGISTRY as FEATURES
from syncline.features._spectrum import RATE
from syncline.segmentation import segment
from syncline.solvers.segment.silences import SilencesParams, settled, sounding, thresholds


def spoken(path: Path, spans: list[tuple[float, float]], seconds: float, noise: float = 1e-3) -> Path:
    """Noise all along, and a louder one in some spans."""
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * RATE)) / RATE
    loud = np.any([(t >= a) & (t < b) for a, b in spans], axis=0)
    soundfile.write(path, rng.normal(0, np.where(loud, 0.1, noise)), RATE)
    return path


def test_known_silences_are_found_within_a_window(tmp_path: Path) -> None:
    spans = [(0.5, 1.5), (1.6, 2.0), (2.6, 2.61), (3.0, 4.2)]
    found = segment(spoken(tmp_path / "a.wav", spans, 5.0), "silences").tiers.tier("sound")
    assert found is not None
    # 0.1 s of quiet are none, and 0.01 s of noise are a click.
    assert [s.label for s in found.segments] == ["silence", "sound", "silence", "sound", "silence"]
    assert [s.start for s in found.segments[1:]] == pytest.approx([0.5, 2.0, 3.0, 4.2], abs=0.02)
    assert found.segments[0].score == 1.0 and 0.9 < found.segments[2].score < 1.0
    short = segment(tmp_path / "a.wav", "silences", {"silence": 0.05, "sound": 0.0}).tiers.tiers[0]
    assert [s.start for s in short.segments[1:]] == pytest.approx([0.5, 1.5, 1.6, 2.0, 2.6, 2.61, 3.0, 4.2], abs=0.025)
    cut = segment(tmp_path / "a.wav", "silences", boundaries=(1.0,)).tiers.tiers[0]
    assert [s.label for s in cut.segments[:3]] == ["silence", "sound", "sound"]
    assert cut.segments[2].start == pytest.approx(1.0, abs=0.006)


def test_noise_alone_is_no_silence_and_says_so(tmp_path: Path) -> None:
    found = segment(spoken(tmp_path / "n.wav", [(0, 3)], 3.0), "silences").tiers
    assert [s.label for s in found.tiers[0].segments] == ["sound"]
    assert "counts as silence" in found.notes[0]
    soundfile.write(tmp_path / "zero.wav", np.zeros(RATE), RATE)
    assert [s.label for s in segment(tmp_path / "zero.wav", "silences").tiers.tiers[0].segments] == ["silence"]


def test_hysteresis_by_hand() -> None:
    level = np.array([0.0, 3, 6, 9, 6, 3, 6, 3, 0, 6, 6, 0, 9])
    assert sounding(level, 8, 5).astype(int).tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert sounding(level, 8, 2).astype(int).tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1]
    assert not sounding(level, 10, 1).any()
    plain = np.repeat([-60.0, -20.0], 50)
    assert thresholds(plain, SilencesParams(threshold=0.5)) == (-40, -46, -60, -20)
    # A floor of digital silence says nothing of the noise, and what is 20 dB down at most is no silence.
    assert thresholds(np.repeat([-100.0, -20.0], 50), SilencesParams(threshold=0.5))[0] == -50
    assert thresholds(np.repeat([-30.0, -20.0], 50), SilencesParams(threshold=0.5))[0] == -40


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.booleans(), min_size=1, max_size=11), silence=st.integers(0, 4), loud=st.integers(0, 4))
def test_short_runs_go_where_it_changes_the_fewest_rows(rows: list[bool], silence: int, loud: int) -> None:
    x, least = np.array(rows), (silence, loud)
    edges = [t for t in range(1, len(x)) if x[t] != x[t - 1]]
    legal: dict[tuple[tuple[int, int, int], ...], int] = {}
    for count in range(len(edges) + 1):
        for cuts in itertools.combinations(edges, count):
            spans = list(itertools.pairwise((0, *cuts, len(x))))
            for first in (0, 1):
                pieces = tuple((a, b, (first + k) % 2) for k, (a, b) in enumerate(spans))
                if all(int(x[a]) == k for a, _, k in pieces[1:]) and all(b - a >= least[k] for a, b, k in pieces):
                    legal[pieces] = sum(int((x[a:b] != bool(k)).sum()) for a, b, k in pieces)
    found = tuple(tuple(p) for p in settled(x, 0, len(x), least))
    if legal:
        assert legal[found] == min(legal.values())
    else:
        assert len(found) == 1


def test_level_is_that_of_the_samples() -> None:
    extractor = FEATURES["level"].call(FEATURES["level"].filled({"window_ms": 100}))
    rng = np.random.default_rng(1)
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    extractor.update(np.concatenate([tone, rng.normal(0, 0.2, RATE)]).astype(np.float32), 0.0)
    found = extractor.finish().values[:, 0]
    assert found[50] == pytest.approx(10 * np.log10(0.125), abs=0.01)
    assert found[120:180].mean() == pytest.approx(20 * np.log10(0.2), abs=0.5)


@pytest.mark.parametrize("name", ["ss0870", "ss0880", "ss0930"])
def test_silences_of_speech_are_found(data: Path, name: str) -> None:
    phones = json.loads((data / f"speech/{name}.align.json").read_text())["phones"]
    true = [(p["start"], p["end"]) for p in phones if p["phone"] == "SIL" and p["end"] - p["start"] >= 0.2]
    tier = segment(data / f"speech/{name}.wav", "silences").tiers.tiers[0]
    found = [s for s in tier.segments if s.label == "silence"]
    for a, b in true:
        shared = max(min(b, s.end) - max(a, s.start) for s in found)
        assert shared >= 0.7 * (b - a)
    # All of the words sound, but for pauses that the alignment did not write down.
    silent = sum(s.end - s.start for s in found) - sum(b - a for a, b in true)
    assert silent < 0.11 * phones[-1]["end"]


def test_what_has_no_sound_says_so(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((10, 2)))
    with pytest.raises(ParameterError, match="needs sound"):
        segment(tmp_path / "x.npy", "silences")
