"""Sides with different features, through the same door as all others: channels of other number, pictures and sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import syncline as sl
from clips import make_video
from core.solvers.test_ctw import seen_twice
from syncline import pipeline
from syncline.edits.constraints import add_anchor
from syncline.model import Constraints
from syncline.model.cost import shown_cost
from syncline.quality import path_difference


@pytest.fixture
def pair(tmp_path: Path) -> tuple[sl.Pair, np.ndarray]:
    x, y, truth = seen_twice(1)
    np.save(tmp_path / "three.npy", x)
    np.save(tmp_path / "eight.npy", y)
    return sl.Pair(*(sl.open_media(tmp_path / f"{n}.npy", rate=20) for n in ("three", "eight"))), truth


def test_three_channels_against_eight(pair: tuple[sl.Pair, np.ndarray]) -> None:
    both, truth = pair
    chosen = sl.align(both)
    assert chosen.resolved is not None and chosen.path is not None
    assert chosen.resolved.method == "ctw"
    assert "3 and 8 channels" in chosen.reason
    assert path_difference(chosen.path, truth) < 1.5
    watched: list[Any] = []
    smooth = sl.align(both, method="gctw", monitor=sl.Monitor(watch=watched.append))
    # The curve of the objective, live: every round falls, or begins another stage.
    assert len(watched) > 20
    assert all(r.objective <= r.before for r in watched)
    assert smooth.path is not None
    assert path_difference(smooth.path, truth) < 0.8
    with pytest.raises(sl.ParameterError, match="A has 3 channels and B has 8: this method needs the same number"):
        sl.align(both, method="dtw")
    # Drawn is the space both were mapped into; an edit is obeyed there too.
    cost = shown_cost(chosen)
    assert cost is not None and cost.shape == (120, 150)
    edited = sl.realign(chosen, constraints=add_anchor(Constraints(), 3.0, 3.0)[0])
    assert edited.path is not None
    assert (60, 60) in {tuple(p) for p in edited.path.pairs.tolist()}
    assert pipeline.local_cost(edited).x is edited.path.views[0]  # pyright: ignore[reportOptionalSubscript]


def test_what_moves_is_laid_onto_what_sounds(tmp_path: Path) -> None:
    """Numbers change in the picture at other intervals than the clicks sound, but in the same order."""
    rate = 16000
    seen = np.array([0.6, 1.0, 1.9, 2.3, 3.3, 3.7, 4.6])
    heard = np.array([0.8, 1.4, 2.3, 2.6, 3.4, 4.1, 5.2])
    frames = 125
    picture = np.searchsorted(np.r_[seen, 9], np.arange(frames) / 25, "right")
    video = make_video(tmp_path / "a.mp4", frames, fps=25, numbers=picture.tolist())
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 1e-4, round(5.8 * rate))
    for t in heard:
        at = round(t * rate)
        sound[at : at + 400] += rng.normal(0, 0.5, 400)
    soundfile.write(tmp_path / "b.wav", sound, rate)
    pair = sl.open_pair(video, tmp_path / "b.wav")
    for method in ("ctw", "gctw"):
        al = sl.align(pair, features="activity", method=method)
        assert al.path is not None
        assert np.abs(al.path.to_b(seen) - heard).max() < 0.05
        # One describes its pictures, the other its sound, by as many numbers as each has.
        al = sl.align(pair, features="motion+onset+log_mel", method=method)
        assert al.path is not None and al.features_a is not None and al.features_b is not None
        assert (al.features_a.values.shape[1], al.features_b.values.shape[1]) == (128, 52)
        assert al.path.pairs[-1].tolist() == [len(al.features_a) - 1, len(al.features_b) - 1]
    with pytest.raises(sl.ParameterError, match="this method needs the same number"):
        sl.align(pair, features="motion+onset+log_mel", method="dtw")
