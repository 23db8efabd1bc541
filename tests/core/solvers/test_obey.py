"""The contract of warp solvers that promise to obey edits: whatever a person sets, the path has it, to the cell."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.solvers.peers import cells_of, feats
from core.solvers.test_ctw import seen_twice
from syncline.edits.constraints import add_anchor, forbid, lock
from syncline.errors import Cancelled, Infeasible
from syncline.model import Constraints, Lock
from syncline.progress import Monitor
from syncline.quality import path_difference
from syncline.solvers.warp import REGISTRY, WarpProblem

METHODS = ("ctw", "dtw", "gctw", "softdtw", "tcc")
N, M = 40, 50
FAST: dict[str, Any] = {"ctw": {"rounds": 2}, "gctw": {"rounds": 2}, "dtw": {}, "softdtw": {}, "tcc": {"epochs": 1}}


@pytest.mark.parametrize("name", METHODS)
def test_whatever_is_set_is_obeyed(name: str, count: Any) -> None:
    method = REGISTRY[name]
    x, y, _ = seen_twice(0, N, M)
    y = y[:, :3] if name in ("dtw", "softdtw", "tcc") else y
    a, b = feats(x), feats(y)
    obeyed: list[bool] = []

    @settings(
        max_examples=count(40, 1000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        rows=st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, M - 1)), max_size=3),
        jump=st.none() | st.tuples(*(st.integers(1, 8) for _ in range(4))),
        zones=st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, M - 1), st.integers(0, 9), st.integers(0, 9)), max_size=2),
        held=st.booleans(),
    )  # fmt: skip
    def check(rows: Any, jump: Any, zones: Any, held: bool) -> None:
        c = Constraints()
        # In order, so that most sets of anchors can be obeyed; those in conflict are to be refused.
        for i, j in zip(sorted(r[0] for r in rows), sorted(r[1] for r in rows), strict=True):
            c, _ = add_anchor(c, i, j)
        if jump is not None:
            c, _ = add_anchor(c, 15 + jump[0], 15 + jump[1], "jump", 23 + jump[2], 23 + jump[3])
        if held:
            c = Constraints(c.anchors, (Lock(90, np.array([[3.0, 2], [4, 3], [5, 3], [5, 4], [6, 5]])),), (), 91)
        for i, j, h, w in zones:
            c = forbid(c, i - 0.4, i + h + 0.4, j, j + w)
        problem = WarpProblem(a, b, c)
        try:
            path = method.call(problem, method.filled(FAST[name]), Monitor())
        except Infeasible:
            obeyed.append(False)
            # What one refuses the exact solver refuses too.
            dtw = REGISTRY["dtw"]
            with pytest.raises(Infeasible):
                dtw.call(WarpProblem(a, feats(y[:, :3]), c), dtw.filled({"step_pattern": "symmetric1"}), Monitor())
            return
        obeyed.append(True)
        cells = cells_of(path)
        breaks = set() if path.breaks is None else {int(k) for k in path.breaks}
        steps = np.diff(path.pairs, axis=0)
        for k, step in enumerate(steps):
            assert k in breaks or (step.min() >= 0 and step.max() == 1)
        for anchor in c.anchors:
            assert (anchor.a, anchor.b) in cells
            if anchor.kind == "jump":
                k = cells.index((anchor.a, anchor.b))
                assert k in breaks and cells[k + 1] == anchor.end
        assert len(breaks) == (jump is not None)
        for k in c.locks:
            at = cells.index((3, 2))
            assert cells[at : at + len(k.times)] == [tuple(p) for p in k.times]
        for f in c.forbidden:
            assert not any(f.a0 <= i <= f.a1 and f.b0 <= j <= f.b1 for i, j in cells)
        assert (cells[0], cells[-1]) == ((0, 0), (N - 1, M - 1))
        assert np.isfinite(path.cost)

    check()
    assert obeyed.count(True) > 12 and obeyed.count(False) > 2


@pytest.mark.parametrize("name", METHODS)
def test_jumps_at_either_end(name: str) -> None:
    x, y, _ = seen_twice(0, N, M)
    c, _ = add_anchor(Constraints(), 0, 0, "jump", 0, 3)
    c, _ = add_anchor(c, 37, 48, "jump", N - 1, M - 1)
    method = REGISTRY[name]
    path = method.call(WarpProblem(feats(x), feats(y[:, :3]), c), method.filled(FAST[name]), Monitor())
    assert (cells_of(path)[0], cells_of(path)[-1]) == ((0, 3), (37, 48))
    assert path.breaks is None


@pytest.mark.parametrize("name", ["ctw", "gctw"])
def test_a_lock_keeps_its_cells_and_the_rest_stays_as_good(name: str) -> None:
    x, y, truth = seen_twice(8, 80, 100)
    method = REGISTRY[name]
    free = method.call(WarpProblem(feats(x), feats(y)), method.filled(None), Monitor())
    held = [p for p in cells_of(free) if 20 <= p[0] <= 40]
    locked = lock(Constraints(), free, 20, 40)
    again = method.call(WarpProblem(feats(x), feats(y), locked), method.filled(None), Monitor())
    at = cells_of(again).index(held[0])
    assert cells_of(again)[at : at + len(held)] == held
    assert path_difference(again, truth) < path_difference(free, truth) + 0.5


@pytest.mark.parametrize("name", ["ctw", "gctw", "tcc"])
def test_stops_within_200_ms(name: str, count: Any, promise: Any) -> None:
    rng = np.random.default_rng(1)
    a, b = (feats(np.cumsum(rng.standard_normal((k, 24)), 0)) for k in (3000, 3500))
    method = REGISTRY[name]
    params = method.filled({"detail": 64} if name == "gctw" else None)
    problem = WarpProblem(a, b)
    late: list[float] = []
    # As the window does at its start: nobody can stop the compiler, which takes seconds the first time ever.
    method.call(WarpProblem(feats(np.arange(9.0)), feats(np.arange(9.0))), method.filled(None), Monitor())
    for k in range(count(8, 40)):
        monitor = Monitor()
        stopped: list[float] = []

        def stop(monitor: Monitor = monitor, stopped: list[float] = stopped) -> None:
            stopped.append(time.perf_counter())
            monitor.cancel()

        timer = threading.Timer(0.03 + 0.05 * (k % 4), stop)
        timer.start()
        with pytest.raises(Cancelled):
            method.call(problem, params, monitor)
        late.append(time.perf_counter() - stopped[0])
        timer.join()
    promise(15, f"{name}: {len(late)} cancels, slowest {max(late) * 1000:.0f} ms")
    assert np.percentile(late, 95, method="lower") < 0.2
    assert max(late) < 1
