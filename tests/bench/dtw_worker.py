"""What bench_dtw.py measures, each in a process of its own: `work` times one library on one case, `task` the rest.

Runs in two environments, that of the program and that of the peers, and imports nothing at the top that one lacks.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

LOW = "dtaidistance low memory"
ONE, BOTH, PRUNED = "ours, 1 core", "ours, 2 cores", "ours, 2 cores, pruned"
OURS = (ONE, BOTH, PRUNED)


@dataclass(frozen=True)
class Case:
    """One problem: kind path, distance or soft; `noise` of the copy, inf for a pair with nothing in common."""

    kind: str
    n: int
    d: int
    band: bool = False
    noise: float = 0.1


def made(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """A smooth random walk and a re-timed noisy copy of it, float64 (n, d) that float32 holds exactly."""
    rng = np.random.default_rng(case.n + case.d)
    n, d, rows = case.n, case.d, np.arange(case.n)
    if np.isinf(case.noise):
        x, y = rng.normal(size=(2, n, d))
    else:
        hill = np.hanning(27)[1:-1]
        x = np.cumsum([np.convolve(s, hill, "same") for s in rng.normal(size=(d, n))], axis=1).T
        x = (x - x.mean(0)) / x.std(0)
        at = rows + 0.03 * n * np.sin(rows / n * 6 * np.pi) * np.sin(rows / n * np.pi)
        y = np.column_stack([np.interp(at, rows, channel) for channel in x.T])
        y += rng.normal(size=y.shape) * case.noise
    x, y = (np.ascontiguousarray(s, np.float32).astype(float) for s in (x, y))
    return x, y


# -- one call of each library: does what is not to be timed and returns what is ------------------------------------
def dtaidistance(case: Case, x: np.ndarray, y: np.ndarray, low: bool = False) -> Callable[[], Any]:
    from dtaidistance import dtw

    many = case.d > 1
    x, y = (x, y) if many else (x.ravel(), y.ravel())
    if case.kind == "distance":
        return lambda: dtw.distance_fast(x, y, use_ndim=many) ** 2
    # The library's window counts the diagonal.
    window = {"window": case.n // 10 + 1} if case.band else {}
    use = {"use_ndim": True} if many else {}
    return lambda: dtw.warping_path_fast(x, y, use_lowmem=low, **use, **window)


def tslearn(case: Case, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    from tslearn import metrics

    def soft() -> float:
        squares = metrics.SquaredEuclidean(x, y)
        problem = metrics.SoftDTW(squares, gamma=1.0)
        value = problem.compute()
        squares.jacobian_product(problem.grad())
        return value

    if case.kind == "soft":
        return soft
    if case.kind == "distance":
        return lambda: metrics.dtw(x, y) ** 2
    band = {"global_constraint": "sakoe_chiba", "sakoe_chiba_radius": case.n // 10} if case.band else {}
    return lambda: metrics.dtw_path(x, y, **band)[0]


def aeon(case: Case, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    from aeon.distances import dtw_alignment_path, dtw_distance

    window = 0.1 if case.band else None
    # Channels first by a view: with a contiguous copy the library takes two and a half times as long.
    if case.kind == "distance":
        return lambda: dtw_distance(x.T, y.T, window=window)
    return lambda: dtw_alignment_path(x.T, y.T, window=window)[0]


def librosa(case: Case, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    from librosa.sequence import dtw

    if case.kind == "distance":
        return lambda: dtw(x.T, y.T, metric="sqeuclidean", backtrack=False)[-1, -1]
    band = {"global_constraints": True, "band_rad": 0.1} if case.band else {}
    return lambda: dtw(x.T, y.T, metric="sqeuclidean", **band)[1][::-1]


def dtw_python(case: Case, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    from dtw import dtw

    given = {"step_pattern": "symmetric1", "dist_method": "sqeuclidean"}
    band = {"window_type": "sakoechiba", "window_args": {"window_size": case.n // 10}} if case.band else {}

    def path() -> np.ndarray:
        found = dtw(x, y, **given, **band)
        return np.column_stack([found.index1, found.index2])

    return path if case.kind == "path" else lambda: dtw(x, y, distance_only=True, **given).distance


def ours(case: Case, x: np.ndarray, y: np.ndarray, prune: bool = False) -> Callable[[], Any]:
    from syncline.model import Features, LocalCost
    from syncline.progress import Monitor
    from syncline.solvers.warp import WarpProblem, dtw

    # New arrays each time: what is kept of earlier ones would be a gift.
    times = np.arange(case.n, dtype=float)
    a, b = Features(x.astype(np.float32), times), Features(y.astype(np.float32), times.copy())
    if case.kind == "soft":
        from syncline.solvers.warp.soft_dtw import soft_dtw

        cost = LocalCost(a.values, b.values, "sqeuclidean")
        return lambda: soft_dtw(cost, 1.0, gradient=True).value
    band = {"window": "sakoe_chiba", "radius": float(case.n // 10)} if case.band else {}
    params = dtw.DtwParams(metric="sqeuclidean", step_pattern="symmetric1", prune=prune, **band)
    problem = WarpProblem(a, b)
    return lambda: dtw.solve(problem, params, Monitor()).pairs


CALLS: dict[str, Callable[..., Callable[[], Any]]] = {
    "dtaidistance": dtaidistance,
    LOW: lambda case, x, y: dtaidistance(case, x, y, low=True),
    "tslearn": tslearn,
    "aeon": aeon,
    "librosa": librosa,
    "dtw-python": dtw_python,
    ONE: ours,
    BOTH: ours,
    PRUNED: lambda case, x, y: ours(case, x, y, prune=True),
}


# -- timing one library --------------------------------------------------------------------------------------------
def hold(library: str) -> contextlib.AbstractContextManager[Any]:
    """Hold this process to one core for `ONE`, and BLAS to one thread for all peers."""
    from threadpoolctl import threadpool_limits

    if library in (BOTH, PRUNED):
        return contextlib.nullcontext()
    if library == ONE and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return threadpool_limits(1)


def resident(word: str) -> int | None:
    """Bytes of VmRSS or VmHWM where the system tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(int(line.split()[1]) << 10 for line in status.read_text().splitlines() if line.startswith(word))


def judged(answer: Any, x: np.ndarray, y: np.ndarray) -> float:
    """Cost of a path recomputed in float64, the path checked; a distance or soft value as it is."""
    if np.ndim(answer) == 0:
        return float(answer)
    pairs = np.asarray(answer)
    steps = np.diff(pairs, axis=0)
    if pairs[0].any() or (pairs[-1] != (len(x) - 1, len(y) - 1)).any():
        raise SystemExit("the path does not begin and end in the corners")
    if ((steps < 0) | (steps > 1)).any() or not steps.any(1).all():
        raise SystemExit("the path has a step that symmetric1 does not have")
    # In parts: all differences at once would take gigabytes beside 108,000 rows of 128.
    parts = np.array_split(pairs, max(1, len(pairs) // 10_000))
    return float(sum(((x[p[:, 0]] - y[p[:, 1]]) ** 2).sum() for p in parts))


def work(library: str, case: Case) -> None:
    """Warm up, say so, then answer each line of standard input by one timed call."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # some libraries greet on standard output
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    for n in (40, 600):
        small = replace(case, n=n)
        CALLS[library](small, *made(small))()
    x, y = made(case)
    with hold(library):
        print(json.dumps("ready"), file=answers, flush=True)
        for _line in sys.stdin:
            call = CALLS[library](case, x, y)
            gc.collect()
            if trim is not None:
                # Else what warming up has freed would be taken again and not be counted.
                trim(0)
            if (reset := Path("/proc/self/clear_refs")).exists():
                reset.write_text("5")
            before = resident("VmRSS")
            began = time.perf_counter()
            answer = call()
            seconds = time.perf_counter() - began
            extra = None if before is None else (resident("VmHWM") or 0) - before
            del call
            print(json.dumps((seconds, extra, judged(answer, x, y))), file=answers, flush=True)
            del answer


# -- tasks ---------------------------------------------------------------------------------------------------------
def limit(n: int, seconds: float) -> dict[str, Any]:
    """Median rates on one core, in turn: sgemm (flop/s), the bare DP loop, ours with path for each d (cells/s)."""
    from numba import njit
    from threadpoolctl import threadpool_info

    @njit(nogil=True)
    def sweep(cost: np.ndarray, acc: np.ndarray, rounds: int) -> None:
        # Rows of one array by rotated numbers: with array names rotated the compiler sees a dependence.
        p, q, r = 0, 1, 2
        for k in range(rounds):
            c = k & 3
            for j in range(1, cost.shape[1]):
                best = acc[q, j] if acc[q, j] < acc[q, j - 1] else acc[q, j - 1]
                best = best if best < acc[p, j - 1] else acc[p, j - 1]
                acc[r, j] = cost[c, j] + best
            p, q, r = q, r, p

    rng = np.random.default_rng(0)
    square = rng.random((2048, 2048), np.float32)
    lengths = (256, 512, 1024)
    diagonals = {k: (rng.random((4, k + 1), np.float32), np.zeros((3, k + 1), np.float32)) for k in lengths}
    cases = [Case("path", n, d) for d in (1, 16, 128)]
    pairs = [made(case) for case in cases]
    rates: dict[str, list[float]] = {}

    def timed(name: str, amount: float, call: Callable[[], object]) -> None:
        began = time.perf_counter()
        call()
        rates.setdefault(name, []).append(amount / (time.perf_counter() - began))

    with hold(ONE):
        began = time.perf_counter()
        while len(rates.get("sgemm", ())) < 4 or time.perf_counter() - began < seconds:
            timed("sgemm", 2 * 2048**3, lambda: square @ square)
            for k, (cost, acc) in diagonals.items():
                timed(f"loop {k}", 1e8, lambda k=k, cost=cost, acc=acc: sweep(cost, acc, 10**8 // k))
            for case, (x, y) in zip(cases, pairs, strict=True):
                timed(f"ours {case.d}", n * n, ours(case, x, y))
        kernels = sorted({str(i.get("architecture")) for i in threadpool_info() if i["user_api"] == "blas"})
    # The first turn compiles.
    middle = {name: statistics.median(values[1:]) for name, values in rates.items()}
    return {**middle, "loop": max(middle[f"loop {k}"] for k in lengths), "kernels": ", ".join(kernels)}


def drag(n: int, places: list[float], held: int, moves: int) -> list[float]:
    """Seconds of each re-solve while the hand moves one of the anchors; without anchors, of solving the whole."""
    from syncline import pipeline
    from syncline.edits import constraints as edits
    from syncline.model import Alignment, Constraints, FeatureRecipe, Features, FeatureTerm, Media, Pair, Recipe
    from syncline.model import Sequence as Rows
    from syncline.solvers.warp import dtw

    rate = 25.0
    times = np.arange(n) / rate
    a, b = (Features(s.astype(np.float32), times.copy()) for s in made(Case("path", n, 32)))
    sides = [Media(Path(f"{s}.npy"), "features", n / rate, s, 1, 1, sequence=Rows(times, 32)) for s in "ab"]
    recipe = Recipe(FeatureRecipe((FeatureTerm("given"),)), "dtw", dtw.DtwParams())
    start = pipeline.realign(Alignment(1, Pair(*sides), recipe, recipe, features_a=a, features_b=b))
    assert start.path is not None
    c = Constraints()
    ids: list[int] = []
    for place in places:
        at = round(place * (n - 1)) / rate
        c, new = edits.add_anchor(c, at, float(start.path.to_b(at)))
        ids.append(new)
    base = pipeline.realign(start, constraints=c)
    anchor = c.find(ids[held]) if ids else None
    spent: list[float] = []
    for k in range(moves + 3):
        if anchor is None:
            base = replace(base, path=None)
        else:
            # Around where it was by half a percent, never twice in turn at one place.
            to_a = anchor.a + round(0.004 * n * np.sin(k / 5)) / rate
            to_b = anchor.b + (round(0.005 * n * np.cos(k / 7)) + k % 2) / rate
            c = edits.move_anchor(c, anchor.id, to_a, to_b)
        began = time.perf_counter()
        # As under the hand in the window: from the last answer, not from where the drag began.
        base = pipeline.realign(base, constraints=c)
        spent.append(time.perf_counter() - began)
    return spent[3:]


def first(started: float) -> float:
    """Seconds from a moment before the process was started until the first path, 1,000² with d = 16."""
    case = Case("path", 1_000, 16)
    ours(case, *made(case), prune=True)()
    return time.time() - started


if __name__ == "__main__":
    doing, name, arguments = sys.argv[1:]
    if doing == "work":
        work(name, Case(**json.loads(arguments)))
    else:
        print(json.dumps({"limit": limit, "drag": drag, "first": first}[name](*json.loads(arguments))))
