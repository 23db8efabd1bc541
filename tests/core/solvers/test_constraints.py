"""What edits make, obeyed: against brute force over all paths of tiny problems, and by properties on larger ones."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from core.solvers.peers import cells_of, costs, every_path, feats, run, weighted
from syncline.edits.constraints import add_anchor, forbid, lock, move_anchor, remove
from syncline.errors import Cancelled, Infeasible, OverBudget
from syncline.model import Constraints, Features, Lock
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams, solve, warm_up


def _pair(rng: np.random.Generator, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    return np.float32(rng.standard_normal((n, 2))), np.float32(rng.standard_normal((m, 2)))


def _best(C: np.ndarray, name: str, ok: Any) -> float:
    n, m = C.shape
    found = [
        c for c, ends, cells in every_path(C, name, (0, 0), (n - 1, m - 1)) if ok([(0, 0), *ends], [(0, 0), *cells])
    ]
    return C[0, 0] + min(found) if found else np.inf


@pytest.mark.parametrize("name", ["symmetric1", "symmetric2", "asymmetric", "symmetricP1"])
def test_anchors_against_all_paths(name: str) -> None:
    rng = np.random.default_rng(1)
    feasible = 0
    for k in range(40):
        n, m = int(rng.integers(2, 7)), int(rng.integers(2, 7))
        x, y = _pair(rng, n, m)
        C = costs(x, y)
        must = sorted((int(rng.integers(n)), int(rng.integers(m))) for _ in range(1 + k % 2))
        c = Constraints()
        for i, j in must:
            c, _ = add_anchor(c, i, j)
        # An anchor ends a branch and begins the next.
        best = _best(C, name, lambda ends, _, must=must: all(p in ends for p in must))
        if np.isfinite(best):
            path = run(x, y, c, step_pattern=name)
            assert path.cost == pytest.approx(best, rel=1e-6)
            assert set(must) <= set(cells_of(path))
            feasible += 1
        else:
            with pytest.raises(Infeasible) as caught:
                run(x, y, c, step_pattern=name)
            # With one anchor or two, those named are among them; none if the lengths alone are at fault.
            assert set(caught.value.culprits) <= {1, 2}
    assert feasible > 5


@pytest.mark.parametrize("name", ["symmetric1", "symmetric2", "asymmetric", "symmetricP1"])
def test_forbidden_against_all_paths(name: str) -> None:
    rng = np.random.default_rng(2)
    met: set[bool] = set()
    for _ in range(40):
        n, m = int(rng.integers(3, 7)), int(rng.integers(3, 7))
        x, y = _pair(rng, n, m)
        i0, j0 = rng.integers(n), rng.integers(m)
        i1, j1 = min(n - 1, i0 + rng.integers(3)), min(m - 1, j0 + rng.integers(3))
        c = forbid(Constraints(), i0 - 0.4, i1 + 0.4, j0, j1)
        best = _best(
            costs(x, y),
            name,
            lambda _, cells, r=(i0, i1, j0, j1): not any(r[0] <= i <= r[1] and r[2] <= j <= r[3] for i, j in cells),
        )
        met.add(bool(np.isfinite(best)))
        if np.isfinite(best):
            assert run(x, y, c, step_pattern=name).cost == pytest.approx(best, rel=1e-6)
        elif np.isfinite(_best(costs(x, y), name, lambda *_: True)):
            with pytest.raises(Infeasible, match="forbidden rectangle") as caught:
                run(x, y, c, step_pattern=name)
            assert caught.value.culprits == (1,)
    assert met == {True, False}


@pytest.mark.parametrize("diagonal", [1.0, 2.0])
def test_jumps_against_all_paths(diagonal: float) -> None:
    """A jump costs nothing itself; the first cell after it counts once."""
    name = "symmetric2" if diagonal == 2 else "symmetric1"
    rng = np.random.default_rng(3)
    for _ in range(30):
        n, m = int(rng.integers(4, 7)), int(rng.integers(4, 7))
        x, y = _pair(rng, n, m)
        C = costs(x, y)
        i0, i1 = sorted(rng.integers(1, n - 1, 2))
        j0, j1 = sorted(rng.integers(1, m - 1, 2))
        if (i0, j0) == (i1, j1):
            continue
        c, _ = add_anchor(Constraints(), i0, j0, "jump", i1, j1)
        path = run(x, y, c, step_pattern=name)
        before = min(c for c, _, _ in every_path(C, name, (0, 0), (i0, j0)))
        after = min(c for c, _, _ in every_path(C, name, (i1, j1), (n - 1, m - 1)))
        assert path.cost == pytest.approx(C[0, 0] + before + C[i1, j1] + after, rel=1e-6)
        (b,) = path.breaks
        assert cells_of(path)[b : b + 2] == [(i0, j0), (i1, j1)]
        if path.normalised is not None:
            spans = (i0 + 1 + j0 + 1) + (n - i1) + (m - j1)
            assert path.normalised == pytest.approx(path.cost / spans)


def test_jump_at_either_end() -> None:
    rng = np.random.default_rng(4)
    x, y = _pair(rng, 6, 9)
    c, _ = add_anchor(Constraints(), 0, 0, "jump", 0, 3)
    c, _ = add_anchor(c, 4, 8, "jump", 5, 8)
    path = run(x, y, c)
    assert cells_of(path)[0] == (0, 3)
    assert cells_of(path)[-1] == (4, 8)
    assert path.breaks is None
    assert path.cost == pytest.approx(run(x[:5], y[3:]).cost, rel=1e-9)


def test_lock_is_kept_to_the_cell() -> None:
    rng = np.random.default_rng(5)
    for name in ("symmetric2", "symmetric1", "symmetricP05"):
        x, y = _pair(rng, 60, 66)
        path = run(x, y, step_pattern=name)
        c = lock(Constraints(), path, 20, 30)
        c, anchor = add_anchor(c, 50, 56)
        edited = run(x, y, c, step_pattern=name)
        held = [p for p in cells_of(path) if 20 <= p[0] <= 30]
        assert held == [p for p in cells_of(edited) if p in set(held)]
        assert len([p for p in cells_of(edited) if 20 < p[0] < 30]) == len([p for p in held if 20 < p[0] < 30])
        assert (50, 56) in cells_of(edited)
        if name != "symmetricP05":
            assert edited.cost == pytest.approx(
                weighted(cells_of(edited), costs(x, y), 2 if name == "symmetric2" else 1), rel=1e-9
            )
        again = run(x, y, remove(c, anchor), step_pattern=name)
        if name != "symmetricP05":  # there the ends of a lock end branches, which they need not have before
            assert again.cost == pytest.approx(path.cost, rel=1e-9)


def test_lock_across_a_jump_and_anchors_on_it() -> None:
    rng = np.random.default_rng(6)
    x, y = _pair(rng, 40, 50)
    c, jump = add_anchor(Constraints(), 15, 12, "jump", 18, 25)
    path = run(x, y, c)
    i, j = cells_of(path)[8]
    c = lock(c, path, 5, 30)
    c, _ = add_anchor(c, i, j)
    assert len(c.locks) == 2
    again = run(x, y, c)
    assert np.array_equal(again.pairs, path.pairs)
    assert np.array_equal(again.breaks, path.breaks)
    assert again.cost == pytest.approx(path.cost, rel=1e-12)
    with pytest.raises(Infeasible, match="cross") as caught:
        run(x, y, move_anchor(c, jump, 16, 12))
    assert jump in caught.value.culprits


def test_lock_made_on_coarser_rows_is_filled() -> None:
    times = np.column_stack([np.arange(0, 11, 5.0), np.arange(0, 21, 10.0)])
    c = Constraints(locks=(Lock(1, times),), next_id=2)
    path = run(np.zeros(11), np.zeros(21), c)
    assert np.diff(path.pairs, axis=0).max() == 1
    assert {(0, 0), (5, 10), (10, 20)} <= set(cells_of(path))


def test_contradictions_name_who() -> None:
    x, y = np.zeros(100), np.zeros(100)

    def refused(c: Constraints, match: str, culprits: set[int], **params: Any) -> None:
        with pytest.raises(Infeasible, match=match) as caught:
            run(x, y, c, **params)
        assert set(caught.value.culprits) == culprits
        assert str(caught.value).endswith(".")

    c, first = add_anchor(Constraints(), 4.2, 50)
    c, second = add_anchor(c, 65.12, 20)
    refused(c, "anchor 0:04.200 ↔ 0:50.000 and the anchor 1:05.120 ↔ 0:20.000 cross", {first, second})
    one = remove(c, second)
    refused(forbid(one, 0, 9, 40, 60), "anchor .* lies in a forbidden rectangle", {first, 3})
    refused(one, "outside the window", {first}, window="sakoe_chiba", radius=20)
    refused(
        one,
        "symmetricP1 can lay 5 rows of A on 3 to 9 rows of B, but there are 51",
        {first},
        step_pattern="symmetricP1",
    )
    refused(add_anchor(Constraints(), 500, 20)[0], "outside the media", {1})
    wall = forbid(forbid(Constraints(), 40, 60, -1, 200), 10, 12, 20, 30)
    refused(wall, "rectangle leaves no way", {1})
    tunnel = forbid(Constraints(), 30, 60, 25, 75)
    refused(tunnel, "window and the forbidden", {1}, window="sakoe_chiba", radius=10)
    path = run(x, y)
    locked = lock(Constraints(), path, 40, 60)
    locked, crossing = add_anchor(locked, 50, 70)
    refused(locked, "lock from .* cross", {1, crossing})


def test_the_radius_named_leads_around_a_rectangle() -> None:
    x, y = np.zeros(100), np.zeros(100)
    c = forbid(Constraints(), 30, 60, 25, 75)
    with pytest.raises(Infeasible) as caught:
        run(x, y, c, window="sakoe_chiba", radius=10)
    radius = caught.value.smallest["radius"]
    assert radius == 36  # the nearer way round its corner, by (60, 24) and (61, 25)
    run(x, y, c, window="sakoe_chiba", radius=radius)


def test_same_row_and_same_cell() -> None:
    x, y = _pair(np.random.default_rng(7), 20, 20)
    c, _ = add_anchor(Constraints(), 8, 5)
    c, _ = add_anchor(c, 8, 11)
    c, _ = add_anchor(c, 8.2, 11.3)
    path = run(x, y, c)
    assert [p for p in cells_of(path) if p[0] == 8 and 5 <= p[1] <= 11] == [(8, j) for j in range(5, 12)]


def test_reused_blocks_equal_a_fresh_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    from syncline.solvers.warp import dtw

    solved: list[Any] = []
    real = dtw.solve_block
    monkeypatch.setattr(dtw, "solve_block", lambda g, b, *rest: (solved.append(b), real(g, b, *rest))[1])
    rng = np.random.default_rng(8)
    a, b = (feats(np.cumsum(rng.standard_normal((k, 3)), 0), 10.0) for k in (300, 320))
    c = Constraints()
    for k in range(1, 6):
        c, _ = add_anchor(c, 5.0 * k, 5.3 * k)
    for name, extra in (("symmetric2", {}), ("symmetricP05", {}), ("symmetric2", {"open_end": True})):
        params = {"step_pattern": name, **extra}
        path = run(a, b, c, **params)
        moved = move_anchor(c, 3, 15.3, 15.6)
        solved.clear()
        edited = run(a, b, moved, previous=path, **params)
        touched = {(k.r0, k.r1) for k in solved if not k.free_end}
        assert touched == {(100, 153), (153, 200)}
        fresh = run(a, b, moved, **params)
        assert np.array_equal(edited.pairs, fresh.pairs)
        assert edited.cost == fresh.cost
        walled = forbid(moved, 21, 23, 20, 21.5)
        solved.clear()
        again = run(a, b, walled, previous=edited, **params)
        assert {(k.r0, k.r1) for k in solved if not k.free_end} == {(200, 250)}
        assert np.array_equal(again.pairs, run(a, b, walled, **params).pairs)
        # Other features, other parameters: nothing is taken over.
        other = Features(b.values.copy(), b.times)
        solved.clear()
        run(a, other, moved, previous=edited, **params)
        run(a, b, moved, previous=edited, **{**params, "metric": "cityblock"})
        assert len(solved) == 12


def test_open_end_after_anchors_is_the_best_normalised() -> None:
    rng = np.random.default_rng(9)
    for _ in range(15):
        x, y = _pair(rng, 5, 7)
        c, _ = add_anchor(Constraints(), 2, 2)
        C = costs(x, y)
        before = C[0, 0] + min(k for k, _, _ in every_path(C, "symmetric2", (0, 0), (2, 2)))
        best = min(
            (before + min(k for k, _, _ in every_path(C, "symmetric2", (2, 2), (4, j)))) / (5 + j + 1)
            for j in range(2, 7)
        )
        assert run(x, y, c, open_end=True).normalised == pytest.approx(best, rel=1e-6)


def test_large_blocks_obey_masks_across_tiles() -> None:
    """Windows, rectangles and anchors where several tiles meet, against the plain program with blocked cells."""
    from core.solvers.peers import plain_dtw

    rng = np.random.default_rng(10)
    x, y = (np.float32(np.cumsum(rng.standard_normal((k, 2)), 0)) for k in (600, 560))
    C = costs(x, y)
    i, j = np.indices(C.shape)
    blocked = np.where((abs(i - j) <= 90) & ~((i >= 240) & (i <= 300) & (j >= 230) & (j <= 262)), C, np.inf)
    path = run(x, y, forbid(Constraints(), 240, 300, 230, 262), window="sakoe_chiba", radius=90)
    assert path.cost == pytest.approx(plain_dtw(blocked, 2), rel=1e-6)
    assert np.isfinite(blocked[path.pairs[:, 0], path.pairs[:, 1]]).all()
    c, _ = add_anchor(Constraints(), 255, 256)
    whole = run(x, y, c, step_pattern="symmetric1")
    parts = plain_dtw(C[:256, :257], 1) + plain_dtw(C[255:, 256:], 1) - C[255, 256]
    assert whole.cost == pytest.approx(parts, rel=1e-6)


@pytest.mark.parametrize("name", ["symmetric2", "symmetricP1"])
def test_cancel_within_200_ms(name: str, count: Any, promise: Any) -> None:
    import threading
    import time

    rng = np.random.default_rng(11)
    a, b = (feats(rng.standard_normal((30_000, 64))) for _ in range(2))
    c, _ = add_anchor(Constraints(), 15_000, 15_000)
    # As the window does at its start: nobody can stop the compiler, which takes seconds the first time ever.
    warm_up(DtwParams(step_pattern=name))
    began = time.perf_counter()
    solve(WarpProblem(a, b, c), DtwParams(step_pattern=name), Monitor())
    whole = time.perf_counter() - began
    late: list[float] = []
    times = count(5, 40)
    for k in range(times):
        monitor = Monitor()
        stopped: list[float] = []

        def stop(monitor: Monitor = monitor, stopped: list[float] = stopped) -> None:
            stopped.append(time.perf_counter())
            monitor.cancel()

        timer = threading.Timer(whole * 0.07 * (1 + k % 10), stop)
        timer.start()
        try:
            solve(WarpProblem(a, b, c), DtwParams(step_pattern=name), monitor)
        except Cancelled:
            late.append(time.perf_counter() - stopped[0])
        else:
            # A machine that was busy before and is free now solves in less time than was measured.
            whole *= 0.8
        timer.cancel()
        timer.join()
    assert len(late) >= 0.7 * times
    promise(15, f"dtw {name}: {len(late)} cancels, slowest {max(late) * 1000:.0f} ms")
    assert np.percentile(late, 95, method="lower") < 0.2
    assert max(late) < 1


def test_huge_requests_fit_or_are_refused(promise: Any) -> None:
    import tracemalloc

    a = feats(np.zeros((100_000, 8)))
    tracemalloc.start()
    try:
        with pytest.raises(OverBudget, match=r"100,000 × 100,000 rows needs about \d+ MiB") as caught:
            solve(WarpProblem(a, a, budget=32 << 20), DtwParams(), Monitor())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 << 20
    assert 32 << 20 < caught.value.needed < 200 << 20
    stopping = Monitor(lambda _, fraction: stopping.cancel() if fraction > 0 else None)
    # Within the default budget it is not refused: it begins, reports, and is stopped here.
    with pytest.raises(Cancelled):
        solve(WarpProblem(a, a), DtwParams(), stopping)
    promise(17, f"100,000 × 100,000 alignment: {caught.value.needed / 2**20:.0f} MiB, refused below that")


def test_monotone_whatever_the_edits() -> None:
    """Random piles of constraints: an answer obeys all of them, a refusal names some."""
    rng = np.random.default_rng(12)
    solved = unnamed = hopeless = 0
    for _ in range(120):
        n, m = int(rng.integers(20, 60)), int(rng.integers(20, 60))
        x, y = _pair(rng, n, m)
        c = Constraints()
        for _ in range(int(rng.integers(0, 3))):
            i = int(rng.integers(n))
            c, _ = add_anchor(c, i, float(np.clip(i * m / n + rng.normal(0, 4), 0, m - 1)))
        if rng.random() < 0.4:
            i, j = rng.uniform(0, n - 6), rng.uniform(0, m - 6)
            c, _ = add_anchor(c, i, j, "jump", i + rng.uniform(0, 5), j + rng.uniform(0, 5))
        for _ in range(int(rng.integers(0, 3))):
            i, j = rng.uniform(0, n), rng.uniform(0, m)
            c = forbid(c, i, i + rng.uniform(0, 15), j, j + rng.uniform(0, 15))
        name = ("symmetric1", "symmetric2", "asymmetric", "symmetricP05")[int(rng.integers(4))]
        try:
            path = run(x, y, c, step_pattern=name)
        except Infeasible as error:
            # Without constraints to name, the lengths themselves must be at fault.
            unnamed += not error.culprits
            hopeless += name in ("asymmetric", "symmetricP05") and not _possible(name, n, m)
            continue
        solved += 1
        t = path.times
        for k in c.anchors:
            assert (np.hypot(*(t - [k.a, k.b]).T) <= np.hypot(0.5, 0.5) + 1e-9).any()
        for k in c.forbidden:
            assert not ((t[:, 0] >= k.a0) & (t[:, 0] <= k.a1) & (t[:, 1] >= k.b0) & (t[:, 1] <= k.b1)).any()
        breaks = set() if path.breaks is None else set(path.breaks.tolist())
        for s, (p, q) in enumerate(itertools.pairwise(cells_of(path))):
            step = (q[0] - p[0], q[1] - p[1])
            assert step in {(1, 1), (0, 1), (1, 0)} or s in breaks or (name == "asymmetric" and step == (1, 2))
    assert solved > 40
    assert unnamed <= hopeless


def _possible(name: str, n: int, m: int) -> bool:
    least, most = {"asymmetric": (0, 2), "symmetricP05": (1 / 3, 3)}[name]
    return least * (n - 1) <= m - 1 <= most * (n - 1)
