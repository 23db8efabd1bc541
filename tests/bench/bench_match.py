"""How long the match solvers take: assignment against SciPy, Sinkhorn against POT, every method at 50 × 50.

    python tests/bench/bench_match.py [--runs 5]

Assignment is timed from the similarity to the certified result, SciPy from the matrix to the pairs; kinds differ in how
long augmenting paths get: independent numbers, small integers (many ties), squared distances in the plane, cosine
distances in 32 dimensions, products of ranks. Sinkhorn is timed per sweep of both sides, at ε = 0.05 of the costs'
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


def kinds(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    points, directions = rng.random((2, n, 2)), rng.standard_normal((2, n, 32))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    made = {
        "independent": rng.random((n, n)),
        "integers": rng.integers(0, 100, (n, n)).astype(float),
        "distances": ((points[0][:, None] - points[1]) ** 2).sum(2),
        "cosines": 1 - directions[0] @ directions[1].T,
    }
    if n == 1000:
        made["ranks"] = np.outer(rng.random(n), rng.random(n))
    return made


def solve(name: str, problem: MatchProblem, **values: Any) -> Any:
    method = REGISTRY[name]
    return method.call(problem, method.params(**values), Monitor())


def assignment(runs: int, rng: np.random.Generator) -> None:
    print("| assignment | ours | SciPy | ratio | difference of the optima |\n| --- | --: | --: | --: | --: |")
    solve("assignment", MatchProblem(Similarity(rng.random((70, 70)))))
    shapes = [(1000, 3000), (3000, 500)]
    cases = {f"{n:,} × {n:,} {kind}": C for n in (1000, 2000, 3000) for kind, C in kinds(n, rng).items()}
    cases |= {f"{n:,} × {m:,} independent": rng.random((n, m)) for n, m in shapes}
    for name, C in cases.items():
        similarity = Similarity.from_costs(C)
        ours, theirs = best(
            runs,
            lambda s=similarity: solve("assignment", MatchProblem(s)),
            lambda c=C: linear_sum_assignment(c),
        )
        off = solve("assignment", MatchProblem(similarity)).objective - C[linear_sum_assignment(C)].sum()
        print(
            f"| {name} | {ours * 1000:.1f} ms | {theirs * 1000:.1f} ms | {theirs / ours:.1f} × | {off:.0e} |",
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
        assignment(options.runs, rng)
        sinkhorn(options.runs, rng)
        others(options.runs, rng)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
