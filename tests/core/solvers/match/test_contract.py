"""What every match solver promises, tried with every registered one."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import threading
import time
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.solvers.match.peers import problem, proven, scipy_optimum, solve
from syncline.errors import Cancelled, Infeasible, ParameterError, SynclineError
from syncline.model import Fees, LinkConstraints, Part, Similarity
from syncline.progress import Monitor
from syncline.registry import describe
from syncline.solvers.match import REGISTRY, MatchProblem, steps_of

NAMES = REGISTRY.names()
ONE_TO_ONE = {"assignment", "brute", "greedy", "hungarian", "linear", "mutual", "simplex"}
EXACT = ONE_TO_ONE - {"greedy", "mutual"}
SOFT = {"attention", "partial", "sinkhorn", "transport", "unbalanced"}


def test_all_are_there_and_described() -> None:
    assert set(NAMES) == ONE_TO_ONE | SOFT
    assert not REGISTRY.failures
    assert [n for n in NAMES if steps_of(n)] == ["brute", "hungarian", "simplex", "sinkhorn"]
    for name in NAMES:
        method = REGISTRY[name]
        assert method.help
        assert dataclasses.is_dataclass(method.params)
        assert all(d["label"] for d in describe(method.params))
        method.params()


@st.composite
def problems(draw: Any) -> MatchProblem:
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, m - 1))
    C = draw(st.lists(st.integers(0, 6), min_size=n * m, max_size=n * m))
    locked = draw(st.lists(pairs, max_size=2, unique_by=(lambda p: p[0], lambda p: p[1])))
    forbidden = draw(st.sets(pairs, max_size=4)) - set(locked)
    fee = st.one_of(st.none(), st.integers(0, 4).map(float))
    a = draw(st.dictionaries(st.integers(0, n - 1), fee, max_size=n))
    b = draw(st.dictionaries(st.integers(0, m - 1), fee, max_size=m))
    similarity = Similarity(
        1 - np.array(C, float).reshape(n, m) / 6, a_ids=tuple(range(10, 10 + n)), b_ids=tuple(range(20, 20 + m))
    )
    shifted = {
        "locked": frozenset((10 + i, 20 + j) for i, j in locked),
        "forbidden": frozenset((10 + i, 20 + j) for i, j in forbidden) | {(99, 20)},
        "a_fees": Fees(own={10 + k: v for k, v in a.items()}),
        "b_fees": Fees(draw(fee), {20 + k: v for k, v in b.items()}),
    }
    return MatchProblem(similarity, LinkConstraints(**shifted))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(p=problems())
def test_locked_and_forbidden_are_obeyed(name: str, p: MatchProblem) -> None:
    try:
        got = solve(name, p)
    except Infeasible as error:
        sentence = str(error)
        got = None
    if got is None:
        assert re.fullmatch(r"[A-Z].*\.", sentence)
        assert name not in ("greedy", "mutual", "unbalanced")
        if name in ONE_TO_ONE:
            assert scipy_optimum(_without_locked(p)) is None
        return
    n, m = p.similarity.shape
    constraints = p.constraints
    links = {(k.a, k.b): k for k in got.links}
    assert len(links) == len(got.links) == len(got.pairs)
    assert [(k.a - 10, k.b - 20) for k in got.links] == [tuple(q) for q in got.pairs.tolist()]
    assert all(links[q].locked for q in constraints.locked)
    assert not constraints.forbidden & set(links)
    for a, b in constraints.forbidden - {(99, 20)}:
        assert got.weights[a - 10, b - 20] == 0
    assert got.weights.shape == (n, m)
    assert (got.weights >= 0).all()
    assert np.isfinite([got.objective, got.total, *got.figures.values()]).all()
    assert got.total == pytest.approx(sum(k.similarity for k in got.links))
    if name in ONE_TO_ONE:
        assert len({k.a for k in got.links}) == len({k.b for k in got.links}) == len(got.links)
        assert got.objective >= (scipy_optimum(_without_locked(p)) or 0) + _locked_cost(p) - 1e-9 or got.notes
    if name in EXACT:
        assert got.objective == pytest.approx(scipy_optimum(_without_locked(p)) + _locked_cost(p))
        if got.certificate is not None:
            proven(got)
    if name == "attention":
        assert np.allclose(got.weights.sum(0) + got.free_b, 1)
        for a, b in constraints.locked:
            assert got.weights[a - 10, b - 20] == 1
        for j in range(m):
            locked = any(b - 20 == j for _, b in constraints.locked)
            may = constraints.b_fees.own.get(20 + j, constraints.b_fees.default) is not None
            assert (got.free_b[j] > 0) == (may and not locked) or got.free_b[j] < 1e-9
    if name in ("transport", "sinkhorn", "partial", "unbalanced"):
        for a, b in constraints.locked:
            assert got.weights[a - 10, b - 20] == pytest.approx(min(1 / n, 1 / m))
    if name in ("transport", "sinkhorn"):
        slack = 1e-6 if name == "sinkhorn" else 1e-9
        if not got.notes:
            assert np.allclose(got.weights.sum(1) + got.free_a, 1 / n, atol=slack)
            assert np.allclose(got.weights.sum(0) + got.free_b, 1 / m, atol=slack)


def _rest(p: MatchProblem) -> tuple[list[int], list[int]]:
    n, m = p.similarity.shape
    out_a, out_b = {a - 10 for a, _ in p.constraints.locked}, {b - 20 for _, b in p.constraints.locked}
    return [i for i in range(n) if i not in out_a], [j for j in range(m) if j not in out_b]


def _locked_cost(p: MatchProblem) -> float:
    return float(sum(p.placed.costs[a - 10, b - 20] for a, b in p.constraints.locked))


def _without_locked(p: MatchProblem) -> MatchProblem:
    """What is left to match once the locked pairs are out."""
    fees = [
        {k: float(f[i]) for k, i in enumerate(which) if np.isfinite(f[i])}
        for f, which in zip((p.placed.a_fees, p.placed.b_fees), _rest(p), strict=True)
    ]
    return problem(p.placed.costs[np.ix_(*_rest(p))], a_fees=fees[0], b_fees=fees[1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0), (1, 1)])
def test_nothing_to_match(name: str, shape: tuple[int, int]) -> None:
    if name == "attention" and shape == (0, 3):
        with pytest.raises(Infeasible, match=r"^Word 1, word 2, word 3: every partner"):
            solve(name, problem(np.zeros(shape)))
        return
    got = solve(name, problem(np.zeros(shape)))
    assert len(got.pairs) == min(shape)
    assert got.objective == pytest.approx(0) or name in ("sinkhorn", "unbalanced", "attention")


@pytest.mark.parametrize("name", NAMES)
def test_bad_numbers_stay_out(name: str, promise: Any) -> None:
    rng = np.random.default_rng(16)
    tried = 0
    good = rng.random((5, 5))
    hostile = {
        "constant": np.ones((5, 5)),
        "zero": np.zeros((5, 5)),
        "tiny": good * 1e-300,
        "huge": good * 1e15,
        "one large among small": np.where(np.arange(25).reshape(5, 5) == 7, 9e14, good),
        "bytes": rng.integers(0, 256, (5, 5)).astype(np.uint8),
        "negative": -good,
    }
    for what, values in hostile.items():
        tried += 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                got = solve(name, MatchProblem(Similarity(values)))
            except SynclineError as error:
                raise AssertionError(what) from error
        assert np.isfinite(got.weights).all(), what
        assert np.isfinite([got.objective, got.total, *got.figures.values()]).all(), what
        if name in EXACT and what != "bytes":
            wanted = scipy_optimum(MatchProblem(Similarity(values)))
            assert abs(got.objective - wanted) <= 1e-9 * max(1e-300, np.abs(values).max())
    promise(23, f"match {name}: {tried} hostile inputs, 0 NaN in a result")


def test_what_a_similarity_refuses() -> None:
    good = np.ones((2, 2))
    for spoilt in (np.nan, np.inf, 1e16, -1e300):
        with pytest.raises(ParameterError, match=r"^The similarity matrix holds .*\.$"):
            Similarity(np.array([[1, spoilt]]))
    with pytest.raises(ParameterError, match="shape"):
        Similarity(np.ones(3))
    with pytest.raises(ParameterError, match="ids"):
        Similarity(good, a_ids=(1, 1))
    with pytest.raises(ParameterError, match="masses"):
        MatchProblem(Similarity(good), a_mass=np.array([0.0, 0.0]))
    with pytest.raises(ParameterError, match="fee"):
        Fees(float("nan"))
    with pytest.raises(ParameterError, match="weight"):
        Similarity.combine([Part("text", good, 0.0)])


def test_parts_add_up_and_costs_come_back() -> None:
    rng = np.random.default_rng(17)
    parts = [Part("text", rng.random((2, 3)), 3.0), Part("colour", rng.random((2, 3))), Part("off", np.ones((2, 3)), 0)]
    got = Similarity.combine(parts, a_names=("cup", "cat"))
    assert [p.name for p in got.parts] == ["text", "colour"]
    assert sum(p.weight for p in got.parts) == 1
    assert np.allclose(got.values, 0.75 * parts[0].values + 0.25 * parts[1].values)
    assert (got.costs == 1 - got.values).all()
    assert Similarity.from_costs([[1, np.inf]]).costs.tolist() == [[1, np.inf]]
    assert Similarity(np.array([[3.0, 1.0]])).costs.tolist() == [[0, 2]]
    with pytest.raises(ValueError, match="read-only"):
        got.values[0, 0] = 1


def test_two_links_may_share_an_element_where_the_method_allows_it() -> None:
    p = problem(np.ones((2, 3)), locked={(0, 0), (0, 1)}, b_fees=1.0)
    for name in NAMES:
        if name in ONE_TO_ONE:
            with pytest.raises(Infeasible, match="Two locked links share object 1"):
                solve(name, p)
        else:
            assert {(k.a, k.b) for k in solve(name, p).links if k.locked} == {(0, 0), (0, 1)}


def test_attention_in_numbers() -> None:
    C = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]])
    got = solve("attention", problem(C, a_fees={1: 0.5}), direction="objects to words", temperature=1.0)
    e = np.exp([0, -1, -2])
    assert np.allclose(got.weights[0], e / e.sum())
    assert got.free_a[1] == pytest.approx(np.exp(-0.5) / (np.exp(-0.5) + 3 * np.exp(-1)))
    assert got.pairs.tolist() == [[0, 0]]
    # The free energy of softmax: −T Σ ln Σ exp(score / T).
    wanted = -np.log(e.sum()) - np.log(np.exp(-0.5) + 3 * np.exp(-1))
    assert got.objective == pytest.approx(wanted)
    hard = solve("attention", problem(C), direction="objects to words", kind="hard")
    assert hard.weights.tolist() == [[1, 0, 0], [1, 0, 0]]
    assert solve("attention", problem(C), temperature=1e4).notes
    assert solve("attention", problem(C * 1e12), temperature=1e-6).weights[:, 0].tolist() == [1, 0]


def test_baselines_in_numbers() -> None:
    C = [[1, 2, 9], [2, 9, 9], [9, 9, 9]]
    greedy = solve("greedy", problem(C))
    assert greedy.pairs.tolist() == [[0, 0], [1, 1], [2, 2]]
    assert greedy.objective == 19
    assert solve("assignment", problem(C)).objective == 13
    assert solve("mutual", problem(C)).pairs.tolist() == [[0, 0]]
    assert "object 2, object 3" in solve("mutual", problem(C)).notes[0]
    # A pair is not taken where both would rather stay alone.
    assert solve("greedy", problem(C, a_fees=2.0, b_fees=2.0)).pairs.tolist() == [[0, 0]]


def test_brute_force_counts() -> None:
    from syncline.solvers.match.brute import steps

    p = problem(np.random.default_rng(18).random((4, 4)))
    seen = list(steps(p))
    assert [s.count for s in seen] == list(range(1, 25))
    assert (seen[-1].total, seen[-1].cube) == (24, 64)
    assert seen[-1].best_cost == min(s.cost for s in seen) == pytest.approx(scipy_optimum(p))
    with pytest.raises(ParameterError, match=r"9! = 3\.63e"):
        solve("brute", problem(np.ones((9, 9))))


@pytest.mark.parametrize(("n", "m", "a_fees", "b_fees", "wanted"), [
    # Of each side nobody, 1, 2 or all stay unmatched: 1 + 9 + 18 + 6, and 1 + 20 + 120 + 240 + 120.
    (3, 3, 0.4, 0.4, 34), (4, 5, 0.4, 0.4, 501),
    # The surplus stays over: 5 · 4 · 3; one row may, and so one column: 6 + 3 · 2; two may on each side: 6 + 8 + 1.
    (3, 5, None, None, 60), (3, 3, {0: 0.1}, 0.1, 12), (3, 3, {0: 0.1, 1: 0.1}, {0: 0.1, 2: 0.1}, 15),
])  # fmt: skip
def test_brute_force_counts_every_matching_once_where_some_stay_unmatched(
    n: int, m: int, a_fees: Any, b_fees: Any, wanted: int
) -> None:
    from syncline.solvers.match.brute import steps

    p = problem(np.random.default_rng(20).random((n, m)), a_fees=a_fees, b_fees=b_fees)
    seen = list(steps(p))
    pairs = {frozenset((i, j) for i, j in enumerate(s.columns[:n]) if j < m) for s in seen}
    assert [s.count for s in seen] == list(range(1, wanted + 1)) and {s.total for s in seen} == {wanted}
    assert len(pairs) == wanted
    assert all(sorted(s.columns) == list(range(len(s.columns))) for s in seen)
    assert seen[-1].best_cost == pytest.approx(scipy_optimum(p))


def test_brute_force_refuses_what_would_take_too_long_where_some_stay_unmatched() -> None:
    with pytest.raises(ParameterError, match=r"1\.44e\+06 matchings of 8 with 8 elements of which some may stay"):
        solve("brute", problem(np.ones((8, 8)), a_fees=1.0, b_fees=1.0))


@pytest.mark.parametrize("name", ["assignment", "sinkhorn", "transport", "greedy"])
def test_large_ones_end_within_a_second_of_being_told(name: str) -> None:
    rng = np.random.default_rng(19)
    size = 2000 if name != "sinkhorn" else 1000
    # Products of ranks are what takes augmenting paths longest.
    p = problem(np.outer(rng.random(size), rng.random(size)))
    more = {"epsilon": 1e-4, "most_sweeps": 1_000_000} if name == "sinkhorn" else {}
    solve(name, problem(rng.random((3, 3))))
    monitor = Monitor()
    told: list[float] = []

    def stop() -> None:
        told.append(time.perf_counter())
        monitor.cancel()

    timer = threading.Timer(0.4, stop)
    timer.start()
    with pytest.raises(Cancelled):
        solve(name, p, monitor, **more)
    assert time.perf_counter() - told[0] < 1
    timer.join()
    assert not [t for t in threading.enumerate() if t.name == "match worker"]


def test_the_family_is_found_without_loading_what_is_slow_and_warms_up() -> None:
    code = """
import sys
from syncline.solvers.match import REGISTRY, warm_up
REGISTRY.names()
print([m for m in "numba scipy ot sklearn".split() if m in sys.modules])
warm_up()
print([m for m in "numba ot".split() if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["[]", "['numba', 'ot']"]
