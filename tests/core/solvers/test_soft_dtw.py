"""Soft-DTW against worked numbers, a plain program, its central differences, and DTW."""

import numpy as np
import pytest

from syncline.errors import Cancelled, Infeasible, OverBudget, ParameterError
from syncline.model import LocalCost
from syncline.progress import Monitor
from syncline.solvers.warp import soft_dtw as module
from syncline.solvers.warp.soft_dtw import soft_dtw

X, Y = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [4.0], [3.0], [1.0]])


def soft(x: np.ndarray, y: np.ndarray, gamma: float, **more):
    return soft_dtw(LocalCost(x, y, "sqeuclidean"), gamma, **more)


def plain(d: np.ndarray, gamma: float) -> float:
    total = np.full((len(d) + 1, d.shape[1] + 1), np.inf)
    total[0, 0] = 0
    for i in range(len(d)):
        for j in range(d.shape[1]):
            before = np.array([total[i, j], total[i, j + 1], total[i + 1, j]])
            total[i + 1, j + 1] = d[i, j] - gamma * np.logaddexp.reduce(-before / gamma)
    return float(total[-1, -1])


def test_worked_numbers():
    for gamma, value in ((0.1, 5.99999546), (1, 5.53554979), (10, -19.26095369)):
        assert soft(X, Y, gamma).value == pytest.approx(value, abs=1e-8)
    one = soft(X, Y, 1.0, posterior=True, gradient=True)
    assert one.gradient_x.ravel() == pytest.approx([-2.001216, -0.652902, 2.696992], abs=1e-6)
    assert one.posterior[1] == pytest.approx([0.929744, 0.140125, 0.054704, 0.008502], abs=1e-6)
    divergence = one.value - (soft(X, X, 1.0).value + soft(Y, Y, 1.0).value) / 2
    assert divergence == pytest.approx(6.45134086, abs=1e-7)


@pytest.mark.parametrize(
    ("n", "m", "d", "gamma"), [(1, 1, 2, 1.0), (1, 300, 1, 0.5), (130, 257, 3, 1.0), (300, 129, 5, 30.0)]
)
def test_across_tiles(n: int, m: int, d: int, gamma: float):
    rng = np.random.default_rng(n)
    x, y = rng.standard_normal((n, d)), rng.standard_normal((m, d))
    # A large part that both share must not cost digits.
    ours = soft(x + 1e4, y + 1e4, gamma, posterior=True)
    assert ours.value == pytest.approx(plain(((x[:, None] - y[None]) ** 2).sum(2), gamma), rel=1e-6)
    # Every path goes through the two ends, and through every row and column at least once.
    assert ours.posterior[[0, -1], [0, -1]] == pytest.approx(1, abs=1e-5)
    assert min(ours.posterior.sum(0).min(), ours.posterior.sum(1).min()) > 1 - 1e-5


def plain_shares(d: np.ndarray, gamma: float) -> np.ndarray:
    """Sums over the paths to each cell and from it on, in logarithms."""
    to, on = np.full((len(d) + 1, d.shape[1] + 1), -np.inf), np.full((len(d) + 1, d.shape[1] + 1), -np.inf)
    to[0, 0] = on[-1, -1] = 0
    for i, j in np.ndindex(d.shape):
        to[i + 1, j + 1] = np.logaddexp(np.logaddexp(to[i, j], to[i, j + 1]), to[i + 1, j]) - d[i, j] / gamma
    for i, j in np.ndindex(d.shape):
        i, j = len(d) - 1 - i, d.shape[1] - 1 - j
        on[i, j] = np.logaddexp(np.logaddexp(on[i + 1, j + 1], on[i + 1, j]), on[i, j + 1]) - d[i, j] / gamma
    return np.exp(to[1:, 1:] + on[:-1, :-1] + d / gamma - to[-1, -1])


@pytest.mark.parametrize("gamma", [0.05, 3.0, 1000.0])
def test_shares_and_gradients_of_many_chunks(gamma: float):
    # Both halves have strips and chunks to spare; of a small gamma most chunks are left out on the way back.
    rng = np.random.default_rng(6)
    n, m = 270, 330
    with np.errstate(invalid="ignore"):
        x, y = rng.standard_normal((n, 5)), rng.standard_normal((m, 5))
        share = plain_shares(((x[:, None] - y[None]) ** 2).sum(2), gamma)
    ours = soft(x, y, gamma, posterior=True, gradient=True)
    # What float32 leaves of the costs, in units of gamma.
    assert np.abs(ours.posterior - share).max() < 3e-5
    for found, exact in (
        (ours.gradient_x, 2 * (share.sum(1)[:, None] * x - share @ y)),
        (ours.gradient_y, 2 * (share.sum(0)[:, None] * y - share.T @ x)),
    ):
        assert np.abs(found - exact).max() < 3e-5 * np.abs(exact).max()


def test_one_thread_finds_what_two_find(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal((450, 6)), rng.standard_normal((500, 6))
    found = []
    for worth in (1, 10**9):
        monkeypatch.setattr(module, "_WORTH_TWO", worth)
        found.append(soft(x, y, 2.0, posterior=True, gradient=True))
    one, two = found
    assert one.value == two.value
    for name in ("posterior", "gradient_x", "gradient_y"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


def test_equal_rows_and_hardly_any_smoothing():
    # Of no cost at all every path counts alike: 3 × 3 cells have 13 of them.
    ones = np.ones((3, 2))
    assert soft(ones, ones, 2.0).value == pytest.approx(-2 * np.log(13))
    tiny = np.finfo(float).tiny
    assert soft(ones, ones, tiny).value == pytest.approx(0, abs=1e-100)
    assert soft(X, Y, tiny, posterior=True).value == pytest.approx(6)
    assert soft(X, Y, 1e12).value == pytest.approx(-1e12 * np.log(25))


def test_stops_when_told_and_tells_how_far_it_is():
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal((600, 4)), rng.standard_normal((500, 4))
    seen: list[float] = []
    soft(x, y, 1.0, gradient=True, monitor=Monitor(lambda _, share: seen.append(share)))
    assert seen == sorted(seen)
    assert seen[-1] == 1
    monitor = Monitor(lambda _, share: monitor.cancel() if share > 0.2 else None)
    with pytest.raises(Cancelled):
        soft(x, y, 1.0, gradient=True, monitor=monitor)


def test_the_gradient_is_the_derivative():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((130, 4)), rng.standard_normal((9, 4))
    ours = soft(x, y, 1.0, gradient=True)
    cost = lambda x, y: ((x[:, None] - y[None]) ** 2).sum(2)  # noqa: E731
    for i, k in ((0, 0), (70, 2), (129, 3)):
        step = np.zeros_like(x)
        step[i, k] = 1e-4
        slope = (plain(cost(x + step, y), 1.0) - plain(cost(x - step, y), 1.0)) / 2e-4
        assert ours.gradient_x[i, k] == pytest.approx(slope, abs=1e-6 * np.abs(ours.gradient_x).max())


def test_a_band_leaves_the_rest_out():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((200, 2)), rng.standard_normal((270, 2))
    middle = np.arange(200) * 269 // 199
    lo, hi = np.maximum(middle - 9, 0), np.minimum(middle + 10, 270)
    d = ((x[:, None] - y[None]) ** 2).sum(2)
    columns = np.arange(270)
    d[(columns < lo[:, None]) | (columns >= hi[:, None])] = np.inf
    with np.errstate(invalid="ignore"):
        value = plain(d, 2.0)
    ours = soft(x, y, 2.0, band=(lo, hi), posterior=True)
    assert ours.value == pytest.approx(value, rel=1e-6)
    assert ours.posterior.shape == (200, 19)
    # Every path passes every row, and every diagonal step passes one row and one column at once.
    assert (ours.posterior.sum(1) > 1 - 1e-5).all()
    assert ours.posterior[0, 0] == pytest.approx(1, abs=1e-5)


def test_no_smoothing_is_dtw():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 4, (150, 2)).astype(float), rng.integers(0, 4, (140, 2)).astype(float)
    total = np.full((151, 141), np.inf)
    total[0, 0] = 0
    for i, j in np.ndindex(150, 140):
        total[i + 1, j + 1] = ((x[i] - y[j]) ** 2).sum() + total[i : i + 2, j : j + 2].min()
    # Ties are worth gamma times the logarithm of their number.
    assert soft(x, y, 1e-4).value == pytest.approx(total[-1, -1], abs=0.05)


def test_what_it_refuses():
    with pytest.raises(ParameterError, match="gamma"):
        soft(X, Y, 0.0)
    with pytest.raises(ParameterError, match="NaN"):
        soft(X * np.nan, Y, 1.0)
    with pytest.raises(ParameterError, match="gradient"):
        soft_dtw(LocalCost(X, Y, "cosine"), 1.0, gradient=True)
    with pytest.raises(Infeasible):
        soft(X, Y, 1.0, band=(np.array([0, 0, 3]), np.array([1, 1, 4])))
    with pytest.raises(OverBudget, match="MiB"):
        soft(np.zeros((5000, 1)), np.zeros((5000, 1)), 1.0, posterior=True, budget=1 << 20)


def every_path(n: int, m: int, starts: list[int], ends: list[int]):
    """All paths of steps (1, 1), (0, 1), (1, 0) from the first row's `starts` to the last row's `ends`."""

    def grow(path: list[tuple[int, int]]):
        i, j = path[-1]
        if i == n - 1 and j in ends:
            yield list(path)
        for di, dj in ((1, 1), (0, 1), (1, 0)):
            if i + di < n and j + dj < m:
                yield from grow([*path, (i + di, j + dj)])

    for start in starts:
        yield from grow([(0, start)])


@pytest.mark.parametrize(("free_begin", "free_end"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("rects", [None, [[1, 3, 2, 3]], [[0, 1, 1, 2], [3, 4, 3, 5]]])
def test_against_every_path(free_begin: bool, free_end: bool, rects: list[list[int]] | None):
    rng = np.random.default_rng(7)
    n, m, gamma = 4, 6, 0.7
    x, y = rng.standard_normal((n, 2)), rng.standard_normal((m, 2))
    d = ((x[:, None] - y[None]) ** 2).sum(2)
    closed = np.zeros((n, m), bool)
    for i0, i1, j0, j1 in rects or ():
        closed[i0:i1, j0:j1] = True
    through, total = np.zeros((n, m)), 0.0
    for path in every_path(n, m, list(range(m)) if free_begin else [0], list(range(m)) if free_end else [m - 1]):
        cells = tuple(np.array(path).T)
        if not closed[cells].any():
            weight = np.exp(-d[cells].sum() / gamma)
            total += weight
            through[cells] += weight
    more = {"free_begin": free_begin, "free_end": free_end, "rects": None if rects is None else np.array(rects)}
    ours = soft(x, y, gamma, posterior=True, **more)
    assert ours.value == pytest.approx(-gamma * np.log(total), rel=1e-5)
    assert ours.posterior == pytest.approx(through / total, abs=1e-5)


def test_open_ends_across_tiles():
    # A is a piece of B that begins and ends in tiles of its own; tiles far from the band stay closed.
    rng = np.random.default_rng(5)
    y = rng.standard_normal((700, 3)).cumsum(0)
    x = y[300:560]
    lo = np.clip(np.arange(260) + 200, 0, 700)
    ours = soft(x, y, 0.5, posterior=True, free_begin=True, free_end=True, band=(lo, lo + 200))
    share = ours.posterior[np.arange(260), 300 + np.arange(260) - ours.lo]
    assert share.min() > 0.5
    assert ours.posterior.sum(1).min() > 1 - 1e-4
