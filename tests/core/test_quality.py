"""Judging, by numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from syncline.errors import ParameterError
from syncline.model import Truth, WarpingPath
from syncline.quality import judge, path_difference


def _identity(n: int = 11, step: float = 0.1) -> WarpingPath:
    t = np.arange(n) * step
    return WarpingPath(np.column_stack([np.arange(n)] * 2).astype(np.intp), t, t.copy(), 0.0)


def test_errors_and_shares() -> None:
    truth = Truth(np.array([[0.1, 0.1], [0.2, 0.21], [0.3, 0.25], [0.4, 0.5], [0.5, 0.3]]))
    e = judge(_identity(), truth, np.arange(100) / 20)
    # 0, 10, 50, 100, 200 ms; at 20 frames a second 0, 0.2, 1, 2, 4 frames.
    assert e.count == 5
    assert e.mean_ms == pytest.approx(72)
    assert e.median_ms == pytest.approx(50)
    assert e.p90_ms == pytest.approx(160)
    assert e.max_ms == pytest.approx(200)
    assert e.mean_frames == pytest.approx(1.44)
    assert e.median_frames == pytest.approx(1)
    assert e.p90_frames == pytest.approx(3.2)
    # Exactly on a tolerance counts, though no sum of binary fractions is exact.
    assert e.within == {
        "1 frame": 0.6, "2 frames": 0.8, "10 ms": 0.4, "20 ms": 0.4, "25 ms": 0.4, "50 ms": 0.6, "100 ms": 0.8,
    }  # fmt: skip


def test_frames_of_uneven_length_count_as_frames() -> None:
    frames = np.array([0, 0.1, 0.2, 0.6, 1.0])
    e = judge(_identity(), Truth(np.array([[0.4, 0.6], [0.2, 0.1], [0.4, 0.2]])), frames)
    assert e.max_ms == pytest.approx(200)
    # 0.4 s is frame 2.5: half a frame from 0.6 and from 0.2; 0.1 s is a whole frame early on.
    assert e.median_frames == pytest.approx(0.5)
    assert e.within["1 frame"] == 1


def test_beyond_the_ends() -> None:
    e = judge(_identity(), Truth(np.array([[1.2, 1.5], [-0.1, -0.3]])), np.arange(11) / 10)
    assert e.mean_ms == pytest.approx(250)
    assert e.mean_frames == pytest.approx(2.5)


def test_no_frames() -> None:
    e = judge(_identity(), Truth(np.array([[0.5, 0.5]])), None)
    assert (e.mean_frames, e.median_frames, e.p90_frames) == (None, None, None)
    assert set(e.within) == {"10 ms", "20 ms", "25 ms", "50 ms", "100 ms"}


def test_empty_or_bad_truth_is_refused() -> None:
    with pytest.raises(ParameterError, match="no events"):
        judge(_identity(), Truth(np.empty((0, 2))), None)
    with pytest.raises(ParameterError, match="finite"):
        judge(_identity(), Truth(np.array([[0.1, np.nan]])), None)


def test_path_difference_is_the_mean_distance_to_the_nearest_point() -> None:
    rng = np.random.default_rng(0)
    p, q = (np.cumsum(rng.integers(0, 2, (k, 2)), 0) for k in (40, 57))
    away = np.array([[np.hypot(*(u - v)) for v in q] for u in p])
    expected = (away.min(1).sum() + away.min(0).sum()) / (40 + 57)
    assert path_difference(p, q) == pytest.approx(expected, rel=1e-12)
    assert path_difference(q + 0.25, p + 0.25) == pytest.approx(expected, rel=1e-12)
    assert path_difference(_identity(), _identity().pairs) == 0
    # By hand: (0,0) (1,1) and (0,0) (0,1) (1,1): the point in the corner alone is 1 away.
    assert path_difference(np.array([[0, 0], [1, 1]]), np.array([[0, 0], [0, 1], [1, 1]])) == pytest.approx(1 / 5)
    with pytest.raises(ParameterError, match="shape"):
        path_difference(np.zeros((0, 2)), p)
