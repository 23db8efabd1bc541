"""How long the match solvers take: assignment against SciPy, Sinkhorn against POT, every method at 50 × 50.

    python tests/bench/bench_match.py [--runs 5]

Assignment is timed twice: the solve, from the matrix to pairs and potentials as SciPy from the matrix to pairs, and the
whole, from the similarity and its constraints to the certified result. Kinds differ in how long augmenting paths get:
independent numbers, integers (many ties), all the same, squared distances in the plane, cosine distances in 32
dimensions, products of ranks, some pairs forbidden. Of two seeds the worse ratio counts. Below 100 elements SciPy takes
some µs, and what Python does around any solve takes longer than the solve. Sinkhorn is timed per sweep of both sides, at ε = 0.05 of the costs'
spread, and both plans are compared at convergence. These are processor times of one thread, as the other programs on a
machine change them little; the best of the runs counts, in turn. What works in a process of its own is timed by the
clock.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import ot
from scipy.optimize import linear_sum_assignment

from syncline.model import Similarity
from syncline.progress import Monitor
from syncline.solvers.match import REGISTRY, MatchProblem, margins
from syncline.solvers.match._board import make_board
from syncline.solvers.match._exact import solve_board
from syncline.solvers.match._scaling import plan, scale


def best(runs: int, *calls: Callable[[], Any], clock: Callable[[], float] = time.thread_time) -> list[float]:
    """Least seconds of each call, called in turn."""
    least = [np.inf] * len(calls)
    for _ in range(runs):
        for k, call in enumerate(calls):
            began = clock()
            call()
            least[k] = min(least[k], clock() - began)
    return least


def kinds(n: int, m: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    p, q = rng.random((n, 2)), rng.random((m, 2))
    d, e = rng.standard_normal((n, 32)), rng.standard_normal((m, 32))
    cosines = (d / np.linalg.norm(d, axis=1, keepdims=True)) @ (e / np.linalg.norm(e, axis=1, keepdims=True)).T
    made = {
        "independent": rng.random((n, m)),
        "0 or 1": rng.integers(0, 2, (n, m)).astype(float),
        "integers to 9": rng.integers(0, 10, (n, m)).astype(float),
        "integers to 99": rng.integers(0, 100, (n, m)).astype(float),
        "integers to 999": rng.integers(0, 1000, (n, m)).astype(float),
        "all the same": np.ones((n, m)),
        "distances": ((p[:, None] - q) ** 2).sum(2),
        "cosines": 1 - cosines,
        "a third forbidden": np.where(rng.random((n, m)) < 1 / 3, np.inf, rng.random((n, m))),
        "integers, a third forbidden": np.where(rng.random((n, m)) < 1 / 3, np.inf, rng.integers(0, 10, (n, m))),
    }
    if max(n, m) <= 1000:
        made["ranks"] = np.outer(rng.random(n), rng.random(m))
    return made


def solve(name: str, problem: MatchProblem, **values: Any) -> Any:
    method = REGISTRY[name]
    return method.call(problem, method.params(**values), Monitor())


def assignment(runs: int) -> None:
    print("| assignment | SciPy | the solve | ratio | the whole | ratio | difference of the optima |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    solve("assignment", MatchProblem(Similarity(np.random.default_rng(0).random((300, 300)))))
    squares = [(n, n) for n in (50, 100, 200, 300, 500, 1000, 2000, 3000)]
    for n, m in [*squares, (100, 300), (500, 1500), (1500, 500), (1000, 3000), (3000, 500)]:
        # Small ones are over before a clock says much.
        times = runs * max(1, min(20, 1_000_000 // (n * m)))
        rows: dict[str, tuple[float, ...]] = {}
        for seed in range(2):
            for name, C in kinds(n, m, np.random.default_rng(seed)).items():
                similarity = Similarity.from_costs(C)
                board = make_board(MatchProblem(similarity).placed)
                took = best(
                    times,
                    lambda c=C: linear_sum_assignment(c),
                    lambda b=board: solve_board(b, Monitor()),
                    lambda s=similarity: solve("assignment", MatchProblem(s)),
                )
                off = solve("assignment", MatchProblem(similarity)).objective - C[linear_sum_assignment(C)].sum()
                if name not in rows or took[0] / took[2] < rows[name][0] / rows[name][2]:
                    rows[name] = (*took, max(abs(off), rows[name][3] if name in rows else 0.0))
        for name, (theirs, alone, whole, off) in rows.items():
            print(
                f"| {n:,} × {m:,} {name} | {theirs * 1000:.3f} ms | {alone * 1000:.3f} ms | {theirs / alone:.2f} × | "
                f"{whole * 1000:.3f} ms | {theirs / whole:.2f} × | {off:.0e} |",
                flush=True,
            )


def sinkhorn(runs: int, rng: np.random.Generator) -> None:
    print("\n| Sinkhorn, log domain | ours, a sweep | POT sinkhorn_log | ratio | largest difference of the plans |")
    print("| --- | --: | --: | --: | --: |")
    sweeps = 100
    for n in (50, 300, 1000):
        C, a = rng.random((n, n)), np.full(n, 1 / n)
        eps = 0.05 * float(np.ptp(C))
        ours, theirs = best(
            runs,
            lambda C=C, a=a, eps=eps: scale(a, a, C, eps, np.inf, 0.0, sweeps, float(np.ptp(C)), Monitor()),
            lambda C=C, a=a, eps=eps: ot.sinkhorn(
                a, a, C, eps, method="sinkhorn_log", numItermax=sweeps, stopThr=0, warn=False
            ),
        )
        done = scale(a, a, C, eps, np.inf, 1e-13, 100_000, float(np.ptp(C)), Monitor())
        wanted = ot.sinkhorn(a, a, C, eps, method="sinkhorn_log", numItermax=100_000, stopThr=1e-13)
        off = np.abs(plan(done.f, done.g, C, eps) - wanted).max() / wanted.max()
        print(
            f"| {n:,} × {n:,} | {ours / sweeps * 1000:.3f} ms | {theirs / sweeps * 1000:.3f} ms | "
            f"{theirs / ours:.1f} × | {off:.0e} of the largest |",
            flush=True,
        )


def others(runs: int, rng: np.random.Generator) -> None:
    print("\n| 50 × 50, warm | time |\n| --- | --: |")
    problem = MatchProblem(Similarity(rng.random((50, 50))))
    for name in REGISTRY.names():
        if name == "brute":
            continue
        solve(name, problem)
        (seconds,) = best(runs, lambda name=name: solve(name, problem))
        print(f"| {name} | {seconds * 1000:.2f} ms |", flush=True)
    (seconds,) = best(runs, lambda: margins(problem))
    print(f"| margins | {seconds * 1000:.2f} ms |")
    print("\n| larger, once | time |\n| --- | --: |")
    large = {
        "margins 1,000 × 1,000": margins,
        "transport 1,000 × 1,000": lambda p: solve("transport", p),
        "linear 200 × 200": lambda p: solve("linear", p),
        "simplex 200 × 200, Dantzig's rule": lambda p: solve("simplex", p, rule="dantzig"),
        "hungarian 200 × 200": lambda p: solve("hungarian", p),
        "greedy 2,000 × 2,000": lambda p: solve("greedy", p),
    }
    for name, call in large.items():
        n = int(name.split()[1].replace(",", ""))
        problem = MatchProblem(Similarity(rng.random((n, n))))
        (seconds,) = best(1, lambda call=call, p=problem: call(p), clock=time.perf_counter)
        print(f"| {name} | {seconds:.2f} s |", flush=True)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each, in turn")
    options = parser.parse_args(argv)
    rng = np.random.default_rng(0)
    print(f"{os.cpu_count()} cores, one used; best of {options.runs}.\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assignment(options.runs)
        sinkhorn(options.runs, rng)
        others(options.runs, rng)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
