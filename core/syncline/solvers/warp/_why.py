"""Why no path exists, and what would work: only asked after a solve came to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible
from ._patterns import StepPattern
from ._plan import Block, Given, Plan, meeting, place
from ._windows import Limits, bounds, tighten

__all__ = ["explain"]

Times = NDArray[np.float64]
Rows = NDArray[np.int64]

_TOO_LARGE = 400_000_000
"""Cells beyond which the smallest window is not looked for: it would take longer than the solve."""

_LABELS = {
    "radius": "radius",
    "max_shift": "greatest shift",
    "slope": "Itakura slope",
    "max_stretch": "greatest stretch",
}
_FIELDS = {"radius": "radius", "max_shift": "max_shift_s", "slope": "slope", "max_stretch": "max_stretch"}


def explain(
    plan: Plan, block: Block, pattern: StepPattern, limits: Limits, a: Times, b: Times, check: Callable[[], None]
) -> Infeasible:
    """Find what keeps `block` from being passed.

    Parameters
    ----------
    check
        Called now and then; raises to stop.
    """
    corners = [k for k in (block.before, block.after) if k is not None]
    n, m = len(a), len(b)
    free = np.zeros(n, np.int64), np.full(n, m, np.int64)
    none = np.empty((0, 4), np.int64)
    if not _passes(block, pattern, *free, none):
        return _too_steep(block, pattern, a, b, corners)
    check()
    if len(plan.rects) and not _passes(block, pattern, *free, plan.rects):
        return _walled(plan, block, pattern, free, a, b, corners)
    check()
    smallest: dict[str, float] = {}
    if block.cells <= _TOO_LARGE:
        for name in _active(limits):
            value = _smallest(name, plan, pattern, limits, a, b, check)
            if value is not None:
                smallest[name] = value
    where = "" if not corners else f" between {_place(block.r0, block.c0, a, b)} and {_place(block.r1, block.c1, a, b)}"
    cause = "the window and the forbidden rectangles leave" if len(plan.rects) else "the window leaves"
    words = [
        f"a {_LABELS[name]} of at least {value:.6g}{' s' if name in ('radius', 'max_shift') else ''}"
        for name, value in smallest.items()
    ]
    remedy = f"it takes {' or '.join(words)}" if words else "widen it"
    sentence = f"{cause[0].upper()}{cause[1:]} no path{where}; {remedy}."
    culprits = [*corners, *(plan.rect_ids if len(plan.rects) else [])]
    return Infeasible(sentence, {_FIELDS[k]: v for k, v in smallest.items()}, culprits)


def _place(i: int, j: int, a: Times, b: Times) -> str:
    return place(float(a[i]), float(b[j]))


def _active(limits: Limits) -> list[str]:
    names = ["radius"] if limits.window in ("sakoe_chiba", "slanted") else []
    names += ["slope"] if limits.window == "itakura" else []
    names += ["max_shift"] if limits.max_shift is not None else []
    return names + (["max_stretch"] if limits.max_stretch is not None else [])


def _passes(block: Block, pattern: StepPattern, lo: Rows, hi: Rows, rects: Rows) -> bool:
    from . import _table_kernels as k

    everywhere = not len(rects) and not lo.any() and bool((hi > block.c1).all())
    if everywhere and pattern.slopes is not None and not (block.free_begin or block.free_end):
        # Between its slopes a pattern reaches everything, so no cell need be looked at.
        rows, columns = block.r1 - block.r0, block.c1 - block.c0
        return ceil(rows * pattern.slopes[0]) <= columns <= floor(rows * pattern.slopes[1])
    if pattern.one_step and not len(rects) and not (block.free_begin or block.free_end):
        return bool(k.reach_one_step(block.r0, block.c0, block.r1, block.c1, lo, hi))
    steps, cells, _ = pattern.tables()
    last = k.reach_table(block.r0, block.c0, block.r1, block.c1, lo, hi, rects, steps, cells, block.free_begin)
    return bool(last.any() if block.free_end else last[-1])


def _too_steep(block: Block, pattern: StepPattern, a: Times, b: Times, corners: list[int]) -> Infeasible:
    n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    if pattern.slopes is None:
        return Infeasible(f"{pattern.name} finds no path.", culprits=corners)
    least, most = ceil((n - 1) * pattern.slopes[0]) + 1, floor((n - 1) * pattern.slopes[1]) + 1
    if corners:
        where = f" between {_place(block.r0, block.c0, a, b)} and {_place(block.r1, block.c1, a, b)}"
        remedy = "move or remove an anchor there, or choose symmetric2"
    else:
        where, remedy = "", "choose symmetric2, or cut one side"
    return Infeasible(
        f"{pattern.name} can lay {n:,} rows of A on {least:,} to {most:,} rows of B, but there are {m:,}{where}; "
        f"{remedy}.",
        culprits=corners,
    )


def _walled(
    plan: Plan,
    block: Block,
    pattern: StepPattern,
    free: tuple[Rows, Rows],
    a: Times,
    b: Times,
    corners: list[int],
) -> Infeasible:
    near = meeting(np.column_stack([plan.rects, np.arange(len(plan.rects))]), block)[:, 4]
    # A rectangle whose removal opens the way is more telling than one that merely stands near.
    alone = [
        k for k in near if block.cells <= _TOO_LARGE and _passes(block, pattern, *free, np.delete(plan.rects, k, 0))
    ]
    ids = [plan.rect_ids[k] for k in (alone or near)]
    subject, remedy = (
        ("rectangle leaves", "make it smaller") if len(ids) == 1 else ("rectangles leave", "make one smaller")
    )
    way = f"from {_place(block.r0, block.c0, a, b)} to {_place(block.r1, block.c1, a, b)}"
    return Infeasible(f"The forbidden {subject} no way {way}; {remedy} or remove it.", culprits=[*ids, *corners])


def _smallest(
    name: str, plan: Plan, pattern: StepPattern, limits: Limits, a: Times, b: Times, check: Callable[[], None]
) -> float | None:
    """The least value of one limit, the others as they are, with which the whole plan can be passed."""

    def works(value: float) -> bool:
        check()
        lo, hi = bounds(replace(limits, **{name: value}), a, b)
        for part in plan.parts:
            if isinstance(part, Given):
                i, j = part.cells[:, 0], part.cells[:, 1]
                if ((j < lo[i]) | (j >= hi[i])).any():
                    return False
            elif not _passes(part, pattern, lo, hi, plan.rects):
                return False
        return True

    low = float(getattr(limits, name))
    span = max(abs(float(a[-1] - b[0])), abs(float(b[-1] - a[0])), abs(float(a[0] - b[0])), 1e-3)
    high = span if name in ("radius", "max_shift") else 1e6
    if not works(high):
        return None
    for _ in range(60):
        if high - low <= 1e-7 * max(high, 1e-3):
            break
        # A slope may lie anywhere between 1 and a million: halve its exponent.
        middle = (low + high) / 2 if name in ("radius", "max_shift") else (low * high) ** 0.5
        low, high = (low, middle) if works(middle) else (middle, high)
    if name in ("radius", "max_shift"):
        exact = tighten(limits, name, high, a, b)
        return exact if works(exact) else high
    near = round(high, 4)
    return near if works(near) else ceil(high * 1e4) / 1e4
