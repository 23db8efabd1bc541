"""Unconstrained DTW against hand-worked numbers, dtw-python, tslearn, librosa and a plain program."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from core.solvers.peers import NAMES, cells_of, costs, dtw_python, feats, plain_dtw, run
from syncline.errors import Infeasible, ParameterError
from syncline.model import Features
from syncline.solvers.warp.dtw import DtwParams, bounds

LECTURE = [1, 1, 3, 3, 2, 4], [1, 3, 2, 2, 4, 4]
SECOND = [1, 2, 3], [2, 4, 3, 1]


@pytest.mark.parametrize(
    ("name", "cost"),
    list(zip(NAMES, [0, 0, 0, 4, 6, 7, 3, 3], strict=True)),
)
def test_lecture_pair(name: str, cost: float) -> None:
    path = run(*LECTURE, step_pattern=name, metric="cityblock")
    assert path.cost == cost
    norm = {"symmetric1": None, "asymmetric": 6, "asymmetricP1": 6, "typeIIIc": 6}.get(name, 12)
    assert path.normalised == (None if norm is None else cost / norm)
    if name in ("symmetric1", "symmetric2"):
        assert cells_of(path) == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (4, 3), (5, 4), (5, 5)]


@pytest.mark.parametrize(
    ("name", "cost"),
    [("symmetric1", 4), ("symmetric2", 5), ("asymmetric", 4), ("symmetricP1", 7), ("typeIIIc", 4)],
)
def test_second_pair(name: str, cost: float) -> None:
    path = run(*SECOND, step_pattern=name, metric="cityblock")
    assert path.cost == cost
    if name == "symmetric2":
        assert path.normalised == pytest.approx(0.714286, abs=1e-6)


def test_second_pair_squared_is_tslearns_root() -> None:
    assert np.sqrt(run(*SECOND, step_pattern="symmetric1", metric="sqeuclidean").cost) == pytest.approx(2.449490)


def test_lecture_pair_in_bands() -> None:
    def cost(name: str, radius: float) -> float:
        band = {"window": "sakoe_chiba", "radius": radius}
        return run(*LECTURE, step_pattern=name, metric="cityblock", **band).cost

    assert [cost("symmetric1", 0), cost("symmetric1", 1), cost("symmetric2", 1)] == [6, 1, 2]
    # dtw-python holds only branch ends to the window and finds 5; every cell held, no branch is left but the diagonal.
    assert cost("typeIIIc", 0) == 6


def test_open_ends_of_the_second_pair() -> None:
    end = run(*SECOND, step_pattern="asymmetric", metric="cityblock", open_end=True)
    assert end.cost == 1
    assert cells_of(end) == [(0, 0), (1, 0), (2, 2)]
    assert run(*SECOND, step_pattern="asymmetric", metric="cityblock", open_begin=True).cost == 3
    assert run(*SECOND, step_pattern="asymmetric", metric="cityblock", open_begin=True, open_end=True).cost == 1


def test_subsequence_is_found() -> None:
    path = run([1, 2, 3], [9, 9, 1, 2, 3, 9], step_pattern="symmetric1", subsequence=True)
    assert path.cost == 0
    assert cells_of(path) == [(0, 2), (1, 3), (2, 4)]


def test_subsequence_as_librosa() -> None:
    import librosa

    rng = np.random.default_rng(5)
    for _ in range(10):
        x, y = rng.standard_normal((int(rng.integers(2, 40)), 3)), rng.standard_normal((int(rng.integers(2, 90)), 3))
        x, y = x.astype(np.float32), y.astype(np.float32)
        D, _ = librosa.sequence.dtw(C=costs(x, y), subseq=True)
        path = run(x, y, step_pattern="symmetric1", subsequence=True)
        assert path.cost == pytest.approx(D[-1].min(), rel=1e-6)


def _lengths(rng: np.random.Generator, k: int) -> tuple[int, int]:
    n = int(rng.integers(1, 60)) if k % 8 else int(rng.integers(250, 560))
    return n, max(1, int(n * rng.uniform(0.7, 1.4)))


@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_dtw_python(name: str) -> None:
    peer = dtw_python()
    rng = np.random.default_rng(NAMES.index(name))
    for k in range(40):
        n, m = _lengths(rng, k)
        # Half of the inputs are small integers: full of ties, and sums are exact.
        draw = (lambda s: rng.integers(0, 4, s)) if k % 2 else rng.standard_normal
        x, y = np.float32(draw((n, 2))), np.float32(draw((m, 2)))
        metric = "cityblock" if k % 2 else "euclidean"
        open_end = k % 3 == 1 and name != "symmetric1"  # the peer wants a norm for open ends
        open_begin = k % 5 == 1 and name in ("asymmetric", "asymmetricP1", "typeIIIc")
        try:
            expected = peer.dtw(
                costs(x, y, metric),
                step_pattern=getattr(peer, name),
                open_end=open_end,
                open_begin=open_begin,
            )
        except ValueError:
            with pytest.raises(Infeasible) as caught:
                run(x, y, step_pattern=name, metric=metric, open_end=open_end, open_begin=open_begin)
            assert "symmetric2" in str(caught.value)
            continue
        path = run(x, y, step_pattern=name, metric=metric, open_end=open_end, open_begin=open_begin)
        if metric == "cityblock" and not open_end:
            assert path.cost == expected.distance
        elif not open_end or expected.normalizedDistance != expected.normalizedDistance or path.normalised is None:
            assert path.cost == pytest.approx(expected.distance, rel=1e-6)
        else:
            assert path.normalised == pytest.approx(expected.normalizedDistance, rel=1e-6)
        if not open_end and path.normalised is not None:
            assert path.normalised == pytest.approx(expected.normalizedDistance, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("window", ["sakoe_chiba", "slanted"])
def test_windows_agree_with_dtw_python(name: str, window: str) -> None:
    peer = dtw_python()
    rng = np.random.default_rng(7)
    met: set[bool] = set()
    for _ in range(25):
        n = int(rng.integers(2, 50))
        m = max(2, int(n * rng.uniform(0.8, 1.25)))
        x, y = np.float32(rng.standard_normal((n, 2))), np.float32(rng.standard_normal((m, 2)))
        radius = int(rng.integers(0, 9))
        C = costs(x, y)
        lo, hi = bounds(DtwParams(window=window, radius=radius), feats(x), feats(y))
        i, j = np.indices((n, m))
        inside = abs(i - j) <= radius if window == "sakoe_chiba" else abs(j - i * (m - 1) / (n - 1)) <= radius + 1e-9
        assert np.array_equal((j >= lo[:, None]) & (j < hi[:, None]), inside)
        # The peer holds only branch ends to its window; blocked cells in the matrix hold the inner ones as well.
        blocked = np.where(inside, C, 1e9)
        try:
            expected = peer.dtw(blocked, step_pattern=getattr(peer, name)).distance
        except ValueError:
            expected = np.inf
        feasible = expected < 1e8
        met.add(feasible)
        if feasible:
            path = run(x, y, step_pattern=name, window=window, radius=radius)
            assert path.cost == pytest.approx(expected, rel=1e-5)
            assert inside[path.pairs[:, 0], path.pairs[:, 1]].all()
        else:
            with pytest.raises(Infeasible) as caught:
                run(x, y, step_pattern=name, window=window, radius=radius)
            _check_smallest(caught.value, x, y, name, window)
    assert met == {True, False}


def _check_smallest(error: Infeasible, x: np.ndarray, y: np.ndarray, name: str, window: str) -> None:
    """The radius it names works, and a hair less does not."""
    if "radius" not in error.smallest:
        with pytest.raises(Infeasible):
            run(x, y, step_pattern=name)
        return
    radius = error.smallest["radius"]
    assert run(x, y, step_pattern=name, window=window, radius=radius).cost < np.inf
    with pytest.raises(Infeasible):
        run(x, y, step_pattern=name, window=window, radius=max(0.0, radius - 1e-4))


def test_band_names_the_difference_of_lengths() -> None:
    with pytest.raises(Infeasible, match="radius of at least 7 s") as caught:
        run(np.zeros(5), np.zeros(12), window="sakoe_chiba", radius=3)
    assert caught.value.smallest == {"radius": 7.0}


def test_itakura_is_tslearns() -> None:
    from tslearn.metrics import _masks

    rng = np.random.default_rng(3)
    compared = 0
    for _ in range(80):
        n, m = int(rng.integers(2, 60)), int(rng.integers(2, 60))
        slope = float(rng.uniform(1.1, 4))
        try:
            mask = _masks._njit_itakura_mask.py_func(n, m, slope)  # uncompiled: compiling takes 15 s
        except RuntimeWarning:  # raised, as warnings are errors here: an empty row or column
            continue
        lo, hi = bounds(DtwParams(window="itakura", slope=slope), feats(np.zeros(n)), feats(np.zeros(m)))
        j = np.arange(m)
        assert np.array_equal((j >= lo[:, None]) & (j < hi[:, None]), mask)
        compared += 1
    assert compared > 40


def test_limits_in_seconds() -> None:
    rng = np.random.default_rng(4)
    a, b = feats(rng.standard_normal((90, 2)), 30.0), feats(rng.standard_normal((70, 2)), 25.0)
    path = run(a, b, max_shift_s=0.3)
    assert np.abs(path.times[:, 0] - path.times[:, 1]).max() <= 0.3 + 1e-9
    path = run(a, b, max_stretch=1.3)
    t = path.times
    row = 1 / 25
    assert (t[:, 1] <= 1.3 * t[:, 0] + row + 1e-9).all()
    assert (t[:, 1] >= t[:, 0] / 1.3 - row - 1e-9).all()
    with pytest.raises(Infeasible, match="stretch") as caught:
        run(feats(np.zeros(101)), feats(np.zeros(201)), max_stretch=1.5)
    # 200 s of B for 100 s of A, one row of slack at either end.
    assert caught.value.smallest["max_stretch"] == 2


def test_plain_program_at_600() -> None:
    rng = np.random.default_rng(9)
    x, y = (np.cumsum(rng.standard_normal((600, 5)), 0).astype(np.float32) for _ in range(2))
    for metric in ("euclidean", "sqeuclidean", "cosine", "cityblock"):
        C = costs(x, y, metric)
        for name, diagonal in (("symmetric1", 1.0), ("symmetric2", 2.0)):
            best = plain_dtw(C, diagonal)
            path = run(x, y, step_pattern=name, metric=metric)
            assert best * (1 - 1e-12) <= path.cost <= best * (1 + 1e-6)
            steps = np.diff(path.pairs, axis=0)
            assert steps.min() == 0
            assert steps.max() == 1


@pytest.mark.parametrize("name", NAMES)
def test_long_pairs_keep_only_checkpoints(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solving again what lies between a few rows or borders that were kept gives the same path."""
    from syncline.solvers.warp import _engine, _table

    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((700, 3)), rng.standard_normal((660, 3))
    whole = run(x, y, step_pattern=name)
    apart: list[int] = []

    def every(rows: int, width: int, pad: int, room: int) -> int:
        apart.append(max(rows // 64 * 16, 16))
        return apart[-1]

    def keep(n: int, m: int, room: int) -> int:
        apart.append(4)
        return 4

    monkeypatch.setattr(_table, "_every", every)
    monkeypatch.setattr(_engine, "apart", keep)
    assert np.array_equal(run(x, y, step_pattern=name).pairs, whole.pairs)
    assert len(apart) > (0 if name.startswith("symmetric") and len(name) == 10 else 40), "levels within levels"


@pytest.mark.parametrize("name", ["symmetric1", "asymmetric", "symmetricP05"])
def test_two_threads_give_the_path_of_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncline.solvers.warp import _tiles

    rng = np.random.default_rng(13)
    x, y = (np.cumsum(rng.standard_normal((k, 3)), 0) for k in (1700, 1900))
    alone = run(x, y, step_pattern=name)
    started: list[str | None] = []

    class Thread(threading.Thread):
        def start(self) -> None:
            started.append(self.name)
            super().start()

    monkeypatch.setattr(threading, "Thread", Thread)
    monkeypatch.setattr(_tiles, "_WORTH_TWO", 0)
    for _ in range(5):
        assert np.array_equal(run(x, y, step_pattern=name).pairs, alone.pairs)
    assert started.count("dtw") >= 5


def test_matrices_give_the_cost() -> None:
    rng = np.random.default_rng(8)
    x, y = (np.float32(rng.standard_normal((k, 4))) for k in (120, 90))
    path = run(x, y, step_pattern="symmetric1", metric="sqeuclidean")
    wx, wy = path.matrices()
    difference = wx.T @ x.astype(float) - wy.T @ y.astype(float)
    assert (difference**2).sum() == pytest.approx(path.cost, rel=1e-12)
    assert np.array_equal(wx.sum(0), np.ones(len(path)))


@pytest.mark.parametrize("name", ["symmetric1", "symmetric2"])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 7), (7, 1), (2, 1), (257, 1), (1, 300), (257, 256), (513, 2)])
def test_odd_lengths(name: str, n: int, m: int) -> None:
    rng = np.random.default_rng(n + m)
    x, y = np.float32(rng.standard_normal((n, 2))), np.float32(rng.standard_normal((m, 2)))
    path = run(x, y, step_pattern=name)
    assert path.cost == pytest.approx(plain_dtw(costs(x, y), 2 if name == "symmetric2" else 1), rel=1e-6)
    assert cells_of(path)[0] == (0, 0)
    assert cells_of(path)[-1] == (n - 1, m - 1)
    if n == 1:
        assert cells_of(path) == [(0, j) for j in range(m)]


def test_ties_take_the_diagonal_first_then_b() -> None:
    flat = run(np.ones(4), np.ones(6), step_pattern="symmetric1")
    assert flat.cost == 0
    # Traced from the end: diagonals as long as there are any, then steps in B.
    assert cells_of(flat) == [(0, 0), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5)]


def test_far_from_zero() -> None:
    """A small signal on a large offset is compared by the signal."""
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 50, (80, 3)) * 16.0, rng.integers(0, 50, (70, 3)) * 16.0
    near, far = run(x, y), run(x + 2.0**27, y + 2.0**27)
    assert far.cost == pytest.approx(near.cost, rel=1e-6)


@pytest.mark.parametrize(
    "params", [{"open_begin": True}, {"subsequence": True}, {"open_begin": True, "step_pattern": "symmetric1"}]
)
def test_open_begin_says_which_patterns_can(params: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match="asymmetric, asymmetricP1, typeIIIc, not symmetric"):
        run([1, 2], [1, 2], **params)


def test_slope_says_which_lengths_would_do() -> None:
    with pytest.raises(Infeasible, match="3 rows of A on 2 to 5 rows of B, but there are 9"):
        run(np.zeros(3), np.zeros(9), step_pattern="symmetricP1")


def test_different_channels_are_refused() -> None:
    with pytest.raises(ParameterError, match="3 channels and B has 2"):
        run(np.zeros((4, 3)), np.zeros((4, 2)))


def test_uneven_times_bound_by_seconds() -> None:
    a = Features(np.zeros((4, 1), np.float32), np.array([0.0, 0.1, 5.0, 5.1]))
    lo, hi = bounds(DtwParams(window="sakoe_chiba", radius=0.5), a, feats(np.zeros(12), 2.0))
    assert lo.tolist() == [0, 0, 9, 10]
    assert hi.tolist() == [2, 2, 12, 12]
