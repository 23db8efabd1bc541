"""The band against every path of small cases; what is sure, what is suggested, and what is said of strangers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from syncline.confidence import check_next, confidence, look_at, verdict
from syncline.confidence._kernels import columns_of_path
from syncline.edits.constraints import add_anchor, forbid, lock
from syncline.errors import ParameterError
from syncline.model import (
    Alignment,
    Constraints,
    FeatureRecipe,
    Features,
    FeatureTerm,
    Media,
    Pair,
    Recipe,
    Sequence,
)
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams, solve
from syncline.solvers.warp.soft_path import SoftPathParams
from syncline.solvers.warp.soft_path import solve as solve_softly

FREE = Constraints()


def media(times: np.ndarray) -> Media:
    return Media(Path("/x.npy"), "features", float(times[-1]), "", 0, 0, sequence=Sequence(times, times[:, None], ()))


def aligned(x: np.ndarray, y: np.ndarray, c: Constraints = FREE, **params: object) -> Alignment:
    """A and B at one row a second."""
    a, b = (Features(v.astype(np.float32).reshape(len(v), -1), np.arange(len(v), dtype=float)) for v in (x, y))
    chosen = DtwParams(**{"metric": "sqeuclidean", "step_pattern": "symmetric1", **params})  # type: ignore[arg-type]
    path = solve(WarpProblem(a, b, c), chosen, Monitor())
    pair = Pair(media(a.times), media(b.times))
    recipe = Recipe(method="dtw", params=chosen)
    return Alignment(1, pair, recipe, recipe, constraints=c, features_a=a, features_b=b, path=path, solved=c)


def every_path(n: int, m: int, allowed: np.ndarray, through: list[tuple[int, int]]):
    """All monotone paths over allowed cells that hold every cell of `through`."""

    def grow(path: list[tuple[int, int]]):
        i, j = path[-1]
        if (i, j) == (n - 1, m - 1):
            if set(through) <= set(path):
                yield list(path)
            return
        for di, dj in ((1, 1), (0, 1), (1, 0)):
            if i + di < n and j + dj < m and allowed[i + di, j + dj]:
                yield from grow([*path, (i + di, j + dj)])

    if allowed[0, 0]:
        yield from grow([(0, 0)])


def constraints(kind: str, x: np.ndarray, y: np.ndarray) -> tuple[Constraints, np.ndarray, list[tuple[int, int]]]:
    """Edits, the cells they leave, and the cells every path must hold."""
    allowed = np.ones((len(x), len(y)), bool)
    if kind == "anchor":
        return add_anchor(FREE, 2.0, 4.0)[0], allowed, [(2, 4)]
    if kind == "forbidden":
        allowed[1:3, 2:4] = False
        return forbid(FREE, 1.0, 2.0, 2.0, 3.0), allowed, []
    if kind == "lock":
        path = aligned(x, y).path
        assert path is not None
        inside = path.pairs[(path.pairs[:, 0] >= 1) & (path.pairs[:, 0] <= 3)]
        # A lock holds its cells and no others between its ends.
        i, j = inside[:, 0], inside[:, 1]
        allowed[i.min() : i.max() + 1] = False
        allowed[: i.min() + 1, : j.min() + 1] = True
        allowed[i, j] = True
        allowed[i.max(), j.max() :] = True
        return lock(FREE, path, 1.0, 3.0), allowed, [(int(p), int(q)) for p, q in inside]
    return FREE, allowed, []


@pytest.mark.parametrize("kind", ["none", "anchor", "forbidden", "lock", "window"])
def test_the_band_against_every_path(kind: str):
    rng = np.random.default_rng(11)
    x, y = rng.standard_normal((5, 2)), rng.standard_normal((6, 2))
    c, allowed, through = constraints(kind, x, y)
    window = {"window": "sakoe_chiba", "radius": 2.0} if kind == "window" else {}
    if kind == "window":
        i, j = np.indices(allowed.shape)
        allowed &= abs(i - j) <= 2
    al = aligned(x, y, c, **window)
    ours = confidence(al, level=0.8)
    d = ((x.astype(np.float32)[:, None] - y.astype(np.float32)[None]) ** 2).sum(2)
    share, total = np.zeros(d.shape), 0.0
    for path in every_path(*d.shape, allowed, through):
        cells = tuple(np.array(path).T)
        weight = np.exp(-d[cells].sum() / ours.gamma)
        share[cells] += weight
        total += weight
    # Probability that a row's moment lies in a column: cells of a row share it.
    share /= share.sum(1, keepdims=True)
    columns = np.arange(d.shape[1])
    mean = share @ columns
    spread = np.sqrt(share @ columns**2 - mean**2)
    fixed = {i for i, _ in through}
    free = [i for i in range(len(x)) if i not in fixed]
    assert ours.spread[free] == pytest.approx(spread[free], abs=2e-3)
    for i in free:
        reach = np.cumsum(share[i])
        low, high = (int((reach >= q - 1e-6).argmax()) for q in (0.1, 0.9))
        on_path = al.path.pairs[al.path.pairs[:, 0] == i, 1]
        assert (ours.low[i], ours.high[i]) == (min(low, on_path.min()), max(high, on_path.max()))
    assert (ours.sure[sorted(fixed)] == 1).all()


def test_the_band_holds_the_path_and_anchors_are_sure():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((90, 3)).cumsum(0)
    y = np.repeat(x, rng.integers(1, 3, 90), axis=0)
    y += rng.standard_normal(y.shape)
    c, _ = add_anchor(FREE, 30.0, 40.0)
    c, _ = add_anchor(c, 50.0, 60.0, "jump", 55.0, 70.0)
    al = aligned(x, y, c)
    ours = confidence(al)
    i, j = al.path.pairs.T
    assert (ours.low[i] <= j).all()
    assert (ours.high[i] >= j).all()
    for row in (30, 50, 55):
        assert (ours.spread[row], ours.sure[row]) == (0, 1)
    # What a jump leaves out has no counterpart to be unsure of.
    assert (ours.sure[51:55] == 1).all()
    assert ((ours.sure >= 0) & (ours.sure <= 1 + 1e-9)).all()


def hole(n: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Something that happens, with a long stretch in the middle of both where nothing does."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal((n, 4)).cumsum(0)
    x[60:110] = x[60]
    return x, x + 0.05 * rng.standard_normal(x.shape)


def test_it_sends_one_where_the_cost_is_flat():
    x, y = hole()
    sure, places = look_at(aligned(x, y))
    assert 62 <= places[0].a <= 107
    assert places[0].reason == "flat"
    assert places[0].low < places[0].b < places[0].high
    assert "flat" in places[0].why
    assert sure.unsure[70:100].mean() > 0.9
    assert not sure.unsure[:55].any()
    # Each place as if the one before were answered: all in the hole, none beside another.
    spots = sorted(p.a for p in places[:3])
    assert min(np.diff(spots)) > 5


def test_an_answer_makes_its_neighbourhood_sure():
    x, y = hole()
    first = check_next(aligned(x, y))[0]
    c, _ = add_anchor(FREE, first.a, first.a)
    before, after = confidence(aligned(x, y)), confidence(aligned(x, y, c))
    assert after.spread.sum() < 0.8 * before.spread.sum()
    row = round(first.a)
    assert after.sure[row] == 1


def test_two_places_that_fit_are_rivals():
    rng = np.random.default_rng(6)
    x = rng.standard_normal((60, 4)).cumsum(0)
    event = x[30] + 2 * rng.standard_normal((6, 4))
    quiet = np.repeat(x[30:31], 20, axis=0)
    # A shows something once, B twice.
    a = np.concatenate([x[:30], quiet, event, quiet, x[31:]])
    b = np.concatenate([x[:30], quiet[:10], event, quiet[:10], event, quiet[:10], x[31:]])
    noise = lambda v: v + 0.5 * rng.standard_normal(v.shape)  # noqa: E731
    place = check_next(aligned(noise(a), noise(b), metric="euclidean"))[0]
    assert place.reason == "rivals"
    # The same moment of both showings, 16 rows apart, in the rows of A that show it.
    assert 50 <= place.a < 56
    assert place.rivals == pytest.approx((place.a - 10, place.a + 6), abs=1)


def test_a_path_along_the_edge_of_the_window_is_said():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((120, 4)).cumsum(0)
    y = np.concatenate([np.repeat(x[:60], 2, axis=0), x[60::2]])
    al = aligned(x + 0.3 * rng.standard_normal(x.shape), y, window="slanted", radius=15.0)
    assert "window" in {p.reason for p in check_next(al)}


def test_strangers_are_told_from_a_pair():
    rng = np.random.default_rng(3)
    x, other = (rng.standard_normal((150, 6)).cumsum(0) for _ in range(2))
    steps = np.concatenate([np.repeat(np.arange(0, 75), 2), np.arange(75, 150, 2)])
    mate = verdict(aligned(x, x[steps] + 0.5 * rng.standard_normal((len(steps), 6)), metric="euclidean"))
    assert mate.aligns
    assert mate.as_good == 0
    assert mate.beats_line
    assert mate.sentence == ""
    stranger = verdict(aligned(x, other, metric="euclidean"))
    assert not stranger.aligns
    assert f"{stranger.as_good} of 99" in stranger.sentence


def test_a_warp_that_is_a_constant_stretch_is_said_to_be_one():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((150, 6)).cumsum(0)
    same = verdict(aligned(x, x + 0.5 * rng.standard_normal(x.shape), metric="euclidean"))
    assert same.aligns
    assert same.beats_line is False
    assert "constant stretch" in same.sentence


def test_a_path_misled_by_channels_that_differ_is_doubted(data: Path):
    # Two affine views of one curve: on some DTW is nearer to the truth, which the verdict does not see, than a constant
    # stretch, on some it is not.
    given = Recipe(FeatureRecipe((FeatureTerm("given"),)), "dtw")
    with np.load(data / "toy/ctw_spirals.npz") as file:
        pairs = [(file[f"x{k}"], file[f"y{k}"], file[f"path{k}"]) for k in (0, 1, 2, 4)]
    worse: list[bool] = []
    for x, y, (*_, (last_a, last_b)) in pairs:
        al = replace(aligned(x, y, metric="euclidean"), recipe=given, resolved=given)
        i, j = pairs[len(worse)][2].T
        assert al.path is not None
        worse.append(np.abs(al.path.to_b(i.astype(float)) - j).mean() > np.abs(i * last_b / last_a - j).mean())
        assert verdict(al).doubtful == worse[-1]
    assert worse == [True, True, False, False]
    two = add_anchor(add_anchor(FREE, 30, 38)[0], 120, 112)[0]
    assert verdict(replace(al, constraints=two)).doubt_ms is None


def test_the_small_path_is_dtws():
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal((30, 2)), rng.standard_normal((41, 2))
    path = aligned(x, y, metric="euclidean").path
    assert path is not None
    i, j = path.pairs.T
    out = np.empty(30)
    cost = np.sqrt(((x[:, None] - y[None]) ** 2).sum(2)).astype(np.float32)
    assert columns_of_path(cost, out)
    assert out == pytest.approx(np.bincount(i, j) / np.bincount(i))
    cost[10] = np.inf
    assert not columns_of_path(cost, out)


def test_without_a_path_it_says_what_to_do():
    al = aligned(*hole())
    bare = Alignment(1, al.pair)
    with pytest.raises(ParameterError, match="align first"):
        confidence(bare)


@pytest.mark.parametrize("kind", ["none", "anchor", "forbidden", "lock"])
def test_the_soft_path_obeys_the_edits_and_becomes_dtws(kind: str):
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((40, 2)).cumsum(0), rng.standard_normal((50, 2)).cumsum(0)
    c, allowed, through = constraints(kind, x, y)
    hard = aligned(x, y, c, metric="euclidean")
    problem = WarpProblem(hard.features_a, hard.features_b, c)
    soft = solve_softly(problem, SoftPathParams(), Monitor())
    assert set(through) <= {(int(i), int(j)) for i, j in soft.pairs}
    assert allowed[tuple(soft.pairs.T)].all()
    assert (np.diff(soft.pairs, axis=0) <= 1).all()
    sharp = solve_softly(problem, SoftPathParams(gamma=1e-3), Monitor())
    off = np.abs(sharp.to_b(soft.a_times) - hard.path.to_b(soft.a_times))
    # Where DTW runs along B the mean stands in the middle: a row, seldom more.
    assert np.median(off) <= 0.5
    assert hard.path.cost - 1e-4 <= sharp.cost <= 1.1 * hard.path.cost
