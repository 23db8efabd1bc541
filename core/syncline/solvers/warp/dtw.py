"""Dynamic time warping: the exact path of least weighted cost, under a window and under what the user knows."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...cost import along, check_values, prepare
from ...errors import Infeasible, ParameterError
from ...model import METRICS, Features, LocalCost, WarpingPath
from ...progress import Monitor
from ...registry import choice, number, switch
from . import WarpProblem, register
from ._coarse import around, averages
from ._engine import Ground, Solved, estimate, refuse, room, solve_block
from ._patterns import PATTERNS, StepPattern, pattern
from ._plan import Block, Given, Plan, make_plan, meeting
from ._why import explain
from ._windows import WINDOWS, Limits
from ._windows import bounds as _bounds

__all__ = ["DtwParams", "bounds", "solve", "warm_up"]


PATIENCE = 2.0
"""Seconds after which an approximate path is wanted ahead of the exact one."""

_TRIED = 4_000_000_000
"""Cells times channels, and 32 more, of a block from which it is worth while to try how long it will take; of patterns
that go by rows a twentieth.
"""


@dataclass(frozen=True)
class DtwParams:
    """Parameters of `solve`."""

    metric: str = choice("euclidean", METRICS, "Local cost", "How far apart two feature vectors are.")
    step_pattern: str = choice(
        "symmetric2",
        tuple(PATTERNS),
        "Step pattern",
        "Which steps the path may take and what they weigh. symmetricP05, P1 and P2 and typeIIIc bound its slope.",
    )
    window: str = choice("none", WINDOWS, "Window", "Cells outside are never on the path.")
    radius: float = number(
        2.0,
        "Radius",
        "Half-width of the Sakoe–Chiba and the slanted band.",
        low=0.0,
        high=1e6,
        unit="s",
        needs=("window", ("sakoe_chiba", "slanted")),
    )
    slope: float = number(
        2.0,
        "Itakura slope",
        "Steepest slope of the parallelogram.",
        low=1.0,
        high=1e6,
        unit="×",
        needs=("window", ("itakura",)),
    )
    max_shift_s: float | None = number(
        None, "Greatest shift", "The two clocks never differ by more than this.", low=0.0, high=1e6, unit="s"
    )
    max_stretch: float | None = number(
        None, "Greatest stretch", "From either end on, between 1/s and s times as long.", low=1.0, high=1e6, unit="×"
    )
    open_begin: bool = switch(False, "Open begin", "A may begin anywhere in B.")
    open_end: bool = switch(False, "Open end", "A may end anywhere in B.")
    subsequence: bool = switch(False, "Subsequence", "Find A as a piece of B.")
    prune: bool = switch(
        True, "Prune", "Skip what a bound shows cannot be on the path; the answer is the same.", advanced=True
    )


@dataclass(frozen=True, eq=False)
class Blocks:
    """What a path remembers of its solution: blocks by their corners, for `WarpProblem.previous`.

    The features are held weakly: a path in the history must not keep them alive.
    """

    a: weakref.ref[NDArray[np.float32]]
    b: weakref.ref[NDArray[np.float32]]
    params: DtwParams
    solved: dict[object, Solved] = field(default_factory=dict[object, Solved])


def limits(params: DtwParams) -> Limits:
    """The window of `params`."""
    return Limits(
        params.window,
        params.radius,
        params.slope,
        params.max_shift_s,
        params.max_stretch,
        params.open_begin or params.subsequence,
        params.open_end or params.subsequence,
    )


def bounds(params: DtwParams, a: Features, b: Features) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The window as half-open ranges of B's rows for every row of A: intp (n,), (n,); empty where lo = hi."""
    lo, hi = _bounds(limits(params), a.times, b.times)
    return lo.astype(np.intp), hi.astype(np.intp)


def _check(params: DtwParams) -> StepPattern:
    steps = pattern(params.step_pattern)
    if params.open_begin or params.subsequence:
        able = [p.name for p in PATTERNS.values() if p.norm == "n"]
        if params.subsequence:
            able.insert(0, "symmetric1")
        if steps.name not in able:
            what = "A subsequence" if params.subsequence else "An open begin"
            raise ParameterError(f"{what} needs one of the step patterns {', '.join(able)}, not {steps.name}.")
    if params.window not in WINDOWS:
        raise ParameterError(f"There is no window “{params.window}”; there are: {', '.join(WINDOWS)}.")
    for name in ("radius", "slope", "max_shift_s", "max_stretch"):
        value = getattr(params, name)
        if value is not None and not value >= (1 if name in ("slope", "max_stretch") else 0):
            raise ParameterError(f"{name} is {value}; it must not be that small.")
    return steps


@register("dtw", "Dynamic time warping", DtwParams, ("video", "audio", "features"))
def solve(problem: WarpProblem, params: DtwParams, monitor: Monitor) -> WarpingPath:
    """Align by dynamic time warping: the exact path of least weighted cost.

    The first cell counts once in every pattern, and so does the first cell after a jump. An anchor is where two
    blocks meet: it ends a branch of the pattern and begins the next, its own cost counting once. Steps inside a lock
    weigh what they add to the pattern's norm (ΔA + ΔB, ΔA or 1). Every cell of a branch, inner ones too, is held to the
    window and is on the path.

    Returns
    -------
    WarpingPath
        `cost` is recomputed in float64 along the path; `normalised` divides by the rows and columns (n+m) or rows
        (n) that the pieces of the path span.

    Raises
    ------
    ParameterError
        Features that can't be compared (other channels, NaN, beyond 1e15), or parameters that exclude each other.
    Infeasible
        No path obeys the window, the pattern and the constraints; says which and what would work.
    OverBudget
        Before anything is allocated.
    """
    return _solve(problem, params, monitor)


Band = tuple[NDArray[np.int64], NDArray[np.int64]]


def _solve(problem: WarpProblem, params: DtwParams, monitor: Monitor, band: Band | None = None) -> WarpingPath:
    steps = _check(params)
    a, b = problem.a, problem.b
    check_values(a.values, "A")
    check_values(b.values, "B")
    cost = LocalCost(a.values, b.values, params.metric)
    window = limits(params)
    lo, hi = _bounds(window, a.times, b.times)
    if band is not None:
        lo, hi = np.maximum(lo, band[0]), np.minimum(hi, band[1])
    plan = make_plan(problem.constraints, a.times, b.times, window.free_begin, window.free_end, lo, hi)
    known = _known(problem, params)
    todo = [p for p in plan.parts if isinstance(p, Block) and _key(plan, p) not in known]
    together = _admit(problem, steps, todo)
    limited = band is not None or not window.unlimited
    ground = Ground(prepare(cost), steps, lo, hi, limited, plan.rects, params.prune, room(problem.budget))
    seconds = _seconds(ground, todo) / (1.7 if together or steps.one_step else 1)
    if seconds > PATIENCE:
        megabytes = max(estimate(steps, p, problem.budget) for p in todo) / 2**20
        monitor = monitor.part(0.0, 1.0, f"Aligning (about {seconds:.0f} s, {megabytes:.0f} MiB)")
        if problem.preview is not None:
            _show_ahead(problem, params, monitor)
    tick = _ticker(monitor, sum(p.cells for p in todo))
    results: dict[object, Solved | None] = dict(known)
    fixed = sorted((p for p in todo if not p.free_end), key=lambda p: -p.cells)
    # One that outweighs all others gets both threads, else one each.
    alone = 1 if fixed and (not together or 2 * fixed[0].cells > sum(p.cells for p in fixed)) else 0
    answers = [solve_block(ground, p, 0.0, 0, tick, 2) for p in fixed[:alone]]
    with ThreadPoolExecutor(2 if together else 1) as pool:
        answers += pool.map(lambda p: solve_block(ground, p, 0.0, 0, tick), fixed[alone:])
    results.update({_key(plan, p): s for p, s in zip(fixed, answers, strict=True)})

    blocks = Blocks(weakref.ref(a.values), weakref.ref(b.values), params)
    cells: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float64]] = []
    breaks: list[int] = []
    length = 0
    for part in plan.parts:
        if isinstance(part, Given):
            if part.fresh and length:
                breaks.append(length - 1)
            k, w = part.cells, _given_weights(part, cells, steps)
        else:
            key = _key(plan, part)
            if part.free_end and key not in results:
                before = _sum(weights, cost, cells) if cells else 0.0
                used = sum(_spanned(np.concatenate(cells), breaks)) if cells else 0
                results[key] = solve_block(ground, part, before, used, tick, 2)
            answer = results[key]
            if answer is None:
                raise explain(plan, part, steps, window, a.times, b.times, monitor.check)
            if not part.free_end:
                blocks.solved[key] = answer
            k, w = answer.cells, answer.weights
        cells.append(k)
        weights.append(w)
        length += len(k)
    pairs = np.concatenate(cells)
    value = _sum(weights, cost, cells)
    rows, columns = _spanned(pairs, breaks)
    norm = {"n+m": rows + columns, "n": rows, None: None}[steps.norm]
    return WarpingPath(
        pairs.astype(np.intp),
        a.times,
        b.times,
        value,
        None if norm is None else value / norm,
        np.array(breaks, np.intp) if breaks else None,
        blocks,
    )


def _seconds(ground: Ground, todo: list[Block]) -> float:
    """Time that `todo` will take in one thread, judged by a corner of its largest block; 0 if that is small."""
    if not todo:
        return 0.0
    block = max(todo, key=lambda p: p.cells)
    trial = replace(block, r1=min(block.r1, block.r0 + 511), c1=min(block.c1, block.c0 + 511))
    if block.cells * (ground.ready.channels + 32) < (_TRIED if ground.pattern.one_step else _TRIED // 20):
        return 0.0
    best = np.inf
    for _ in range(2):
        # The first time loops may have to be loaded.
        began = time.perf_counter()
        solve_block(ground, trial, 0.0, 0, lambda _: None)
        best = min(best, time.perf_counter() - began)
    return best * sum(p.cells for p in todo) / trial.cells


def _show_ahead(problem: WarpProblem, params: DtwParams, monitor: Monitor) -> None:
    """Give `problem.preview` the path of averaged rows, solved again at full rate within a band around it."""
    assert problem.preview is not None
    quiet = Monitor(lambda *_: monitor.check())
    a, b = problem.a, problem.b
    less_a, less_b = (Features(averages(v.values), averages(v.times)) for v in (a, b))
    try:
        rough = solve(WarpProblem(less_a, less_b, problem.constraints, budget=problem.budget), params, quiet)
        band = around(rough.pairs, len(a), len(b))
        near = replace(problem, previous=None, preview=None)
        path = _solve(near, params, quiet, band)
    except Infeasible:
        # Constraints or a slope that averages are too coarse for: then only the exact path will do.
        return
    problem.preview(replace(path, blocks=None, approximate=True))


def _key(plan: Plan, block: Block) -> object:
    return (replace(block, before=None, after=None), meeting(plan.rects, block).tobytes())


def _admit(problem: WarpProblem, steps: StepPattern, todo: list[Block]) -> bool:
    """Refuse what does not fit the budget, before anything is allocated; True if two blocks may run at a time."""
    n, m = len(problem.a), len(problem.b)
    features = 4 * (n + m) * (problem.a.values.shape[1] + 4) + (8 << 20)
    needs = sorted((estimate(steps, p, problem.budget) for p in todo), reverse=True)[:2]
    refuse(steps, features, features + max(needs, default=0), problem.budget, n, m)
    return len(needs) == 2 and needs[1] > 1 << 18 and features + sum(needs) <= problem.budget


def _ticker(monitor: Monitor, total: int) -> Callable[[int], None]:
    lock = threading.Lock()
    done = 0

    def tick(cells: int) -> None:
        nonlocal done
        with lock:
            done += cells
            monitor.advance(done, total)

    return tick


def _known(problem: WarpProblem, params: DtwParams) -> dict[object, Solved]:
    """Blocks of the previous path that are still good: same features, same parameters."""
    old = None if problem.previous is None else problem.previous.blocks
    if not isinstance(old, Blocks) or problem.previous is None:
        return {}
    same = old.a() is problem.a.values and old.b() is problem.b.values and old.params == params
    clocks = np.array_equal(problem.previous.a_times, problem.a.times) and np.array_equal(
        problem.previous.b_times, problem.b.times
    )
    return dict(old.solved) if same and clocks else {}


def _given_weights(part: Given, cells: list[NDArray[np.int64]], steps: StepPattern) -> NDArray[np.float64]:
    if part.fresh:
        return np.ones(len(part.cells))
    moves = np.diff(np.concatenate([cells[-1][-1:], part.cells]), axis=0)
    return steps.step_weight(moves[:, 0], moves[:, 1])


def _sum(weights: list[NDArray[np.float64]], cost: LocalCost, cells: list[NDArray[np.int64]]) -> float:
    # Not by a BLAS product: its second thread would go on spinning into the next solve.
    return float((np.concatenate(weights) * along(cost, np.concatenate(cells))).sum())


def _spanned(pairs: NDArray[np.int64], breaks: list[int]) -> tuple[int, int]:
    """Rows and columns that the unbroken pieces of a path span."""
    edges = [0, *(k + 1 for k in breaks), len(pairs)]
    spans = [pairs[e - 1] - pairs[s] + 1 for s, e in pairwise(edges)]
    return int(sum(s[0] for s in spans)), int(sum(s[1] for s in spans))


def warm_up(params: DtwParams | None = None) -> None:
    """Compile or load the loops (seconds the first time ever, then a fraction); call it from a job at the start.

    With `params` only those that solving with them takes.
    """
    rng = np.random.default_rng(0)
    a = Features(rng.standard_normal((9, 2)).astype(np.float32), np.arange(9.0))
    for name in ("symmetric2", "symmetricP1") if params is None else (params.step_pattern,):
        solve(WarpProblem(a, a), DtwParams(step_pattern=name), Monitor())
