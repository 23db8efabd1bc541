"""What is done about size: an approximate path ahead of the exact one, pruning, borders kept far apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.solvers.peers import feats
from syncline.edits.constraints import add_anchor
from syncline.model import Constraints, Features, WarpingPath
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem, _engine, _pruning, _tiles, dtw
from syncline.solvers.warp.dtw import DtwParams, solve


def pair(n: int, m: int, channels: int, noise: float, seed: int = 0) -> tuple[Features, Features]:
    """A smooth walk, and itself re-timed, both with noise."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.standard_normal((n, channels)), 0) / 10
    at = (np.linspace(0, 1, m) + 0.04 * np.sin(np.linspace(0, 9, m)) * np.sin(np.linspace(0, np.pi, m))) * (n - 1)
    again = np.stack([np.interp(at, np.arange(n), column) for column in walk.T], 1)
    return tuple(feats(np.float32(v + noise * rng.standard_normal(v.shape))) for v in (walk, again))  # pyright: ignore


def test_an_approximate_path_comes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtw, "PATIENCE", 0.0)
    monkeypatch.setattr(dtw, "_TRIED", 0)
    a, b = pair(3000, 2600, 3, 0.02)
    known, _ = add_anchor(Constraints(), a.times[1400], b.times[1280])
    ahead: list[WarpingPath] = []
    exact = solve(WarpProblem(a, b, known, preview=ahead.append), DtwParams(), Monitor())
    assert [p.approximate for p in ahead] == [True]
    assert not exact.approximate
    assert exact.cost <= ahead[0].cost <= 1.05 * exact.cost
    assert [1400, 1280] in ahead[0].pairs.tolist()


def test_short_problems_are_solved_at_once() -> None:
    a, b = pair(600, 600, 3, 0.02)
    ahead: list[WarpingPath] = []
    solve(WarpProblem(a, b, preview=ahead.append), DtwParams(), Monitor())
    assert not ahead


@pytest.mark.parametrize("channels", [1, 3, 20])
@pytest.mark.parametrize("noise", [0.0, 0.02, 1.0])
@pytest.mark.parametrize(("pattern", "slack"), [("symmetric1", 0.01), ("symmetric1", -0.3), ("symmetric2", 0.01)])
def test_pruning_and_halves_change_nothing(
    channels: int, noise: float, pattern: str, slack: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_engine, "_WORTH_BOUND", 0)
    monkeypatch.setattr(_pruning, "_CLEAN", (9.0, 9.0))
    # Allowed less than the path costs, halves are solved again.
    monkeypatch.setattr(_pruning, "_SLACK", slack)
    a, b = pair(1100, 1500, channels, noise, seed=channels)
    params = DtwParams(step_pattern=pattern, metric="sqeuclidean")
    whole = solve(WarpProblem(a, b), replace(params, prune=False), Monitor())
    monkeypatch.setattr(_engine, "_HALVED", 0)
    for prune in (True, False):
        path = solve(WarpProblem(a, b), replace(params, prune=prune), Monitor())
        assert np.array_equal(path.pairs, whole.pairs)
        assert path.cost == whole.cost


@pytest.mark.parametrize("slack", [-0.4, 0.0, 5.0])
def test_halves_give_the_best_path_whatever_is_guessed_of_the_middle(
    slack: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is guessed of the middle, the path is the best one: here among many that cost the same or nearly so."""
    monkeypatch.setattr(_engine, "_WORTH_BOUND", 0)
    monkeypatch.setattr(_pruning, "_SLACK", slack)
    halved: list[bool] = []

    def meet(*args: Any) -> Any:
        halved.append(args[3] is not None)
        return _pruning.meet(*args)

    monkeypatch.setattr(_engine, "meet", meet)
    rng = np.random.default_rng(5)
    steps = np.repeat(rng.integers(-3, 4, (60, 5)), 20, 0)
    a, b = feats(steps), feats(np.roll(np.delete(steps, slice(300, 400), 0), 3, 0))
    params = DtwParams(step_pattern="symmetric1", metric="cityblock")
    whole = solve(WarpProblem(a, b), replace(params, prune=False), Monitor())
    monkeypatch.setattr(_engine, "_HALVED", 0)
    pruned = solve(WarpProblem(a, b), params, Monitor())
    assert halved == [True]
    assert pruned.cost == whole.cost
    cells = np.array(pruned.pairs)
    assert set(map(tuple, np.diff(cells, axis=0))) <= {(0, 1), (1, 0), (1, 1)}
    assert (cells[0] == 0).all() and (cells[-1] == (len(a) - 1, len(b) - 1)).all()


@pytest.mark.parametrize("keep", [2, 4])
@pytest.mark.parametrize(
    "params", [DtwParams(), DtwParams(open_end=True), DtwParams(window="sakoe_chiba", radius=400.0)]
)
def test_fewer_borders_same_path(keep: int, params: DtwParams, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = pair(1400, 1700, 2, 0.5)
    near = solve(WarpProblem(a, b), params, Monitor())
    monkeypatch.setattr(_engine, "apart", lambda *_: keep)
    assert np.array_equal(solve(WarpProblem(a, b), params, Monitor()).pairs, near.pairs)


def test_two_threads_same_path(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = pair(1300, 1200, 5, 0.5)
    one = solve(WarpProblem(a, b), DtwParams(prune=False), Monitor())
    monkeypatch.setattr(_tiles, "_WORTH_TWO", 0)
    two = solve(WarpProblem(a, b), DtwParams(prune=False), Monitor())
    assert np.array_equal(one.pairs, two.pairs)
    assert one.cost == two.cost
