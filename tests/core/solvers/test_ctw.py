"""Canonical time warping: the worked example, the references' figures, both sides unlike each other, constraints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.solvers.peers import feats
from syncline.errors import Infeasible, OverBudget, ParameterError
from syncline.model import Constraints
from syncline.progress import Monitor
from syncline.quality import path_difference
from syncline.solvers.warp import WarpProblem, ctw, gctw

PLAIN: dict[str, Any] = {"shrinkage": 0.0, "anneal": False, "energy": 0.95}


def _rounds(x: Any, y: Any, constraints: Constraints | None = None, **params: Any) -> list[ctw.CtwRound]:
    problem = WarpProblem(feats(x), feats(y), constraints or Constraints())
    return list(ctw.rounds(problem, ctw.CtwParams(**{**PLAIN, **params})))


def seen_twice(seed: int, n: int = 120, m: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two affine views, of 3 and of 8 channels, of one moving point, and which row of one is which row of the other."""
    rng = np.random.default_rng(seed)
    s = np.linspace(0, 1, m)
    at = (n - 1) * (s + 0.35 * np.sin(2 * np.pi * s) / (2 * np.pi))

    def point(t: np.ndarray) -> np.ndarray:
        angle = 7 * t / n
        return np.column_stack([(0.3 + t / n) * np.cos(angle), (0.3 + t / n) * np.sin(angle)])

    x = point(np.arange(n)) @ rng.standard_normal((2, 3)) + 4 + 0.005 * rng.standard_normal((n, 3))
    y = point(at) @ rng.standard_normal((2, 8)) - 9 + 0.005 * rng.standard_normal((m, 8))
    return x, y, np.column_stack([at, np.arange(m)])


def test_worked_example() -> None:
    """x = 0 1 2 3, y = 2x + 3 with one row repeated: plain squared DTW costs 74 and goes another way."""
    first, second = _rounds([0, 1, 2, 3], [3, 5, 5, 7, 9])
    assert [first.before, first.objective] == pytest.approx([1 / 13, 0.019231], abs=5e-7)
    assert [second.before, second.objective] == pytest.approx([0, 0], abs=1e-12)
    assert second.path.pairs.tolist() == [[0, 0], [1, 1], [1, 2], [2, 3], [3, 4]]
    assert second.values == pytest.approx([1])
    assert second.change == 0
    # In the features' own channels: both maps undo y = 2x + 3.
    assert float(second.maps[0][0, 0]) == pytest.approx(2 * float(second.maps[1][0, 0]))
    assert 2 * second.means[0] + 3 == pytest.approx(second.means[1])


def test_rounds_keep_their_promises() -> None:
    x, y, _ = seen_twice(0)
    found = _rounds(x, y, anneal=True, shrinkage=0.03)
    assert len({r.d for r in found}) == 1
    assert list(dict.fromkeys(r.shrinkage for r in found)) == [0.6, 0.3, 0.1, 0.03]
    for r in found:
        assert r.objective <= r.before * (1 + 1e-6)
        u, v = r.path.views
        own = ((u[r.path.pairs[:, 0]].astype(float) - v[r.path.pairs[:, 1]]) ** 2).sum()
        assert r.path.cost == pytest.approx(own, rel=1e-4)
        assert u.shape == (120, r.d)
        # The maps say the same in the features' own channels.
        again = (x - r.means[0]) @ r.maps[0]
        assert again == pytest.approx(u, abs=1e-4 * float(np.abs(u).max()))


@pytest.mark.parametrize("method", ["ctw", "gctw"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_channels_against_eight(method: str, seed: int) -> None:
    x, y, truth = seen_twice(seed)
    module: Any = {"ctw": ctw, "gctw": gctw}[method]
    params = {"ctw": ctw.CtwParams, "gctw": gctw.GctwParams}[method]()
    watched: list[Any] = []
    path = module.solve(WarpProblem(feats(x), feats(y)), params, Monitor(watch=watched.append))
    # The straight line is 3.2 rows off; cells of a path of single steps waver by one beside smooth warps.
    assert path_difference(path, truth) < {"ctw": 1.5, "gctw": 0.6}[method]
    assert tuple(path.pairs[0]) == (0, 0) and tuple(path.pairs[-1]) == (119, 149)
    assert np.diff(path.pairs, axis=0).max() == 1
    assert len(watched) > 3 and watched[-1].objective < watched[-1].before + 1e-9


def test_spirals_as_the_reference_and_better(data: Path) -> None:
    """Eight pairs of the shared data: the papers' settings reach what a reference implementation reached."""
    with np.load(data / "toy/ctw_spirals.npz") as toy:
        pairs = [(toy[f"x{k}"], toy[f"y{k}"], toy[f"path{k}"]) for k in range(8)]
    plain, annealed = [], []
    for x, y, truth in pairs:
        problem = WarpProblem(feats(x), feats(y))
        plain.append(path_difference(ctw.solve(problem, ctw.CtwParams(**PLAIN), Monitor()), truth))
        annealed.append(path_difference(ctw.solve(problem, ctw.CtwParams(), Monitor()), truth))
    assert np.mean(plain) == pytest.approx(2.53, abs=0.005)
    assert np.mean(annealed) < 1.8


@pytest.mark.parametrize("module", [ctw, gctw])
def test_two_cameras_see_one_person(data: Path, module: Any) -> None:
    """Body points of camera 1 against camera 2 along a known map; a straight line is 7.5 frames of camera 1 off."""
    rows = np.genfromtxt(data / "video/pose2sim_cam02_retimed_map.csv", delimiter=",", names=True)
    source = rows["source_frame"].astype(int)
    with np.load(data / "video/pose2sim_movenet_keypoints.npz") as points:
        one, two = (points[k][..., :2].reshape(100, -1) for k in ("cam01", "cam02"))
    params = {ctw: ctw.CtwParams, gctw: gctw.GctwParams}[module]()
    path = module.solve(WarpProblem(feats(one), feats(two[source])), params, Monitor())
    assert np.abs(path.to_a(np.arange(130.0)) - source).mean() < 2.5


def test_a_swing_between_two_paths_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real, count = ctw.dtw, 0
    x, y, _ = seen_twice(4)
    two = [_rounds(x, y, rounds=1, start="uniform")[0].path, _rounds(x, y, rounds=3)[-1].path]
    assert path_difference(*two) > 0.01

    def swinging(problem: Any, params: Any, monitor: Any) -> Any:
        nonlocal count
        count += 1
        path = real(problem, params, monitor)
        return type(path)(two[count % 2].pairs, path.a_times, path.b_times, path.cost)

    monkeypatch.setattr(ctw, "dtw", swinging)
    assert len(_rounds(x, y)) == 3


def test_starts() -> None:
    """By DTW where both sides have the same channels, or from the path at hand: a right one is kept."""
    x = seen_twice(0)[0]
    y = x[np.repeat(np.arange(120), np.random.default_rng(0).integers(1, 3, 120))]
    exact = _rounds(x, y, start="dtw")
    assert exact[0].change == 0 and exact[0].objective == pytest.approx(0, abs=1e-9)
    problem = WarpProblem(feats(x), feats(y), previous=exact[0].path)
    assert next(ctw.rounds(problem, ctw.CtwParams(**PLAIN, start="path"))).change == 0
    assert next(ctw.rounds(problem, ctw.CtwParams(**PLAIN))).change > 0.5


def test_degenerate_sides() -> None:
    constant = ctw.solve(WarpProblem(feats(np.ones((5, 2))), feats(np.ones((5, 3)))), ctw.CtwParams(), Monitor())
    assert np.array_equal(constant.pairs, np.column_stack([np.arange(5)] * 2))
    one = ctw.solve(WarpProblem(feats([[1.0, 2.0]]), feats(np.arange(4.0))), ctw.CtwParams(), Monitor())
    assert one.pairs[:, 1].tolist() == [0, 1, 2, 3]
    monitor = Monitor()
    rng = np.random.default_rng(0)
    wide = WarpProblem(feats(rng.standard_normal((9, 30))), feats(rng.standard_normal((9, 40))))
    ctw.solve(wide, ctw.CtwParams(shrinkage=0, anneal=False), monitor)
    assert "without shrinkage every map fits" in monitor.warnings[0]
    far = np.arange(30.0)[:, None] ** [1, 2]
    huge = [
        ctw.solve(WarpProblem(feats(far * s), feats(far[::2])), ctw.CtwParams(), Monitor()).pairs for s in (1, 1e11)
    ]
    assert np.array_equal(*huge)


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="3 channels and B has 8: a start by dynamic time warping"):
        _rounds(*seen_twice(0)[:2], start="dtw")
    bad = feats(np.ones((4, 2)))
    with pytest.raises(ParameterError, match="A have NaN"):
        ctw.solve(WarpProblem(feats(np.full((4, 1), np.nan)), bad), ctw.CtwParams(), Monitor())
    with pytest.raises(OverBudget, match="Canonical time warping of 4 × 4 rows"):
        ctw.solve(WarpProblem(bad, bad, budget=100), ctw.CtwParams(), Monitor())
    from syncline.edits.constraints import forbid

    with pytest.raises(Infeasible):
        ctw.solve(WarpProblem(bad, bad, forbid(Constraints(), 1, 2, -1, 5)), ctw.CtwParams(), Monitor())
