"""Compiled loops of the match solvers. Only loaded when something is solved.

Assignment is Jonker & Volgenant's (1987): column reduction, reduction transfer, augmenting row reduction, then a
shortest augmenting path for every row left over (Crouse 2016), of which a call does some, so that it can be stopped.
Where a path came from is not kept but found again, which leaves loops over a row that the processor does several
columns of at a time.

Sinkhorn's half-sweeps are soft minima with the maximum taken out, with an exponential that vectorises.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

__all__ = ["augment", "begin", "detours", "exp_nonpositive", "prepare", "row_minima", "soft_rows", "sweeps"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_LOG2E = 1.4426950408889634
_LN2_HIGH = 0.693147180369123816490
_LN2_LOW = 1.90821492927058770002e-10
_ROUND = 6755399441055744.0
"""1.5 · 2⁵²: added, it leaves the nearest integer in the low bits."""


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"}, error_model="numpy")
def _least(distance: F64, low: F64) -> float:
    """The least of all, and in `low` (5,) those of each quarter and of the rest, so that a search knows where to look.

    In four chains, as the compiler makes of one no more than a compare after another.
    """
    quarter = len(distance) // 4
    a = b = c = d = e = np.inf
    for k in range(quarter):
        w, x = distance[k], distance[quarter + k]
        y, z = distance[2 * quarter + k], distance[3 * quarter + k]
        a = w if w < a else a
        b = x if x < b else b
        c = y if y < c else c
        d = z if z < d else d
    for k in range(4 * quarter, len(distance)):
        e = distance[k] if distance[k] < e else e
    low[0], low[1], low[2], low[3], low[4] = a, b, c, d, e
    return min(a, b, c, d, e)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"}, error_model="numpy")
def _first(c: F64, v: F64, distance: F64, low: F64) -> float:
    """Distances from the row a path starts in; gives the least."""
    for k in range(len(c)):
        distance[k] = c[k] - v[k]
    return _least(distance, low)


@njit(nogil=True, cache=True, error_model="numpy")
def row_minima(C: F64, v: F64) -> F64:
    """The least of c − v in each row of C (n, m)."""
    least, rest, low = np.empty(len(C)), np.empty(len(v)), np.empty(5)
    for i in range(len(C)):
        least[i] = _first(C[i], v, rest, low)
    return least


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"}, error_model="numpy")
def _relax(c: F64, v: F64, h: float, distance: F64, low: F64) -> float:
    """Shorten the distances by way of a row; gives the least."""
    for k in range(len(c)):
        d = c[k] - v[k] - h
        old = distance[k]
        distance[k] = d if d < old else old
    return _least(distance, low)


@njit(nogil=True, cache=True, error_model="numpy")
def _nearest(distance: F64, low: F64, best: float, y: I64) -> int:
    """Lowest column at distance `best`, a free one before others."""
    quarter, found = len(distance) // 4, -1
    for q in range(5):
        if low[q] == best:
            for k in range(q * quarter, (q + 1) * quarter if q < 4 else len(distance)):
                if distance[k] == best:
                    if y[k] < 0:
                        return k
                    if found < 0:
                        found = k
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def _came_from(C: F64, v: F64, j: int, distance: float, rows: I64, heights: F64, count: int) -> int:
    """The first of the rows scanned that gave column j its distance: the same subtraction gives the same number."""
    for s in range(count):
        if C[rows[s], j] - v[j] - heights[s] == distance:
            return s
    return -1


@njit(nogil=True, cache=True, error_model="numpy")
def _two_least(c: F64, v: F64, rest: F64, low: F64, y: I64) -> tuple[float, int, float, int]:
    """The two least of c − v and where; the second is ∞ if there is only one. Spoils `rest`.

    Where the second is, is only said if somebody has the first already, else −1. Of ties the free columns come first:
    where many are alike, most rows then find one of their own.
    """
    first = _first(c, v, rest, low)
    if first == np.inf:
        return first, -1, np.inf, -1
    j1 = _nearest(rest, low, first, y)
    rest[j1] = np.inf
    second = _least(rest, low)
    if second == np.inf or y[j1] < 0:
        return first, j1, second, -1
    return first, j1, second, _nearest(rest, low, second, y)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"}, error_model="numpy")
def _lower(c: F64, v: F64, at: I64, i: int) -> None:
    for k in range(len(c)):
        less = c[k] < v[k]
        v[k] = c[k] if less else v[k]
        at[k] = i if less else at[k]


@njit(nogil=True, cache=True, error_model="numpy")
def _reduce_columns(C: F64, v: F64, x: I64, y: I64) -> None:
    """Column minima as potentials, each row taking the last column it is least in."""
    n, m = C.shape
    at = np.zeros(m, np.int64)
    v[:] = C[0]
    for i in range(1, n):
        _lower(C[i], v, at, i)
    for j in range(m - 1, -1, -1):
        if v[j] == np.inf:
            # A column nobody may take: left to `augment`, which finds who is stuck.
            v[j] = 0.0
        elif x[at[j]] < 0:
            x[at[j]] = j
            y[j] = at[j]


@njit(nogil=True, cache=True, error_model="numpy")
def prepare(C: F64, v: F64, x: I64, y: I64) -> None:
    """Match most rows of C (n, m), n ≤ m, cheaply; x, y are −1 where unmatched, v the column potentials.

    Columns that stay free keep a potential of 0 if n < m.
    """
    n, m = C.shape
    x[:] = -1
    y[:] = -1
    v[:] = 0.0
    if n == m:
        _reduce_columns(C, v, x, y)
    rest, low = np.empty(m), np.empty(5)
    queue = np.empty(n, np.int64)
    waiting = 0
    for i in range(n):
        if x[i] < 0:
            queue[waiting] = i
            waiting += 1
    for _ in range(2):
        k, count, waiting, moved = 0, waiting, 0, 0
        while k < count:
            i = queue[k]
            k += 1
            first, j, second, j2 = _two_least(C[i], v, rest, low, y)
            if second == np.inf:
                queue[waiting] = i
                waiting += 1
                continue
            other = y[j]
            lower = v[j] - (second - first) < v[j]
            if lower:
                v[j] -= second - first
            elif other >= 0:
                j = j2
                other = y[j]
            x[i] = j
            y[j] = i
            if other < 0:
                continue
            x[other] = -1
            moved += 1
            # Rows that push each other out in ever smaller steps are better left to the paths.
            if lower and moved < 4 * n:
                k -= 1
                queue[k] = other
            else:
                queue[waiting] = other
                waiting += 1


@njit(nogil=True, cache=True, error_model="numpy")
def augment(C: F64, v: F64, x: I64, y: I64, row: int, scans: int) -> tuple[int, int, I64]:
    """Match the free rows from `row` on by shortest augmenting paths, until about `scans` rows were scanned.

    Returns
    -------
    next row, n when all are matched; number of columns in the third that were reached, or −1; columns reached
        A second value ≥ 0 says that `row` can't be matched: it and the rows matched with the columns reached
        have no other columns.
    """
    n, m = C.shape
    distance, final, w = np.empty(m), np.empty(m), np.empty(m)
    low = np.empty(5)
    reached, rows, heights = np.empty(m, np.int64), np.empty(m + 1, np.int64), np.empty(m + 1)
    done = 0
    for start in range(row, n):
        if x[start] >= 0:
            continue
        if done > scans:
            return start, -1, reached
        best = _first(C[start], v, distance, low)
        done += 1
        count = 0
        rows[0], heights[0] = start, 0.0
        while True:
            if best == np.inf:
                return start, count, reached
            j = _nearest(distance, low, best, y)
            if y[j] < 0:
                break
            if count == 0:
                w[:] = v
            reached[count] = j
            final[count] = best
            count += 1
            # A potential of −∞ keeps it from being reached again.
            distance[j] = np.inf
            w[j] = -np.inf
            i = y[j]
            h = np.float64(C[i, j] - v[j] - best)
            rows[count], heights[count] = i, h
            best = _relax(C[i], w, h, distance, low)
            done += 1
        _turn_over(C, v, x, y, j, best, rows, heights, reached, final, count)
        for s in range(count):
            v[reached[s]] += final[s] - best
    return n, -1, reached


@njit(nogil=True, cache=True, error_model="numpy")
def begin(C: F64, cells: int) -> tuple[I64, I64, F64, int, int, I64]:
    """`prepare` and the first `augment`, of about that many cells: small problems are solved in this one call.

    Returns
    -------
    x, y, v and what `augment` returns
    """
    n, m = C.shape
    x, y, v = np.full(n, -1), np.full(m, -1), np.zeros(m)
    if n == 0:
        return x, y, v, 0, -1, y
    prepare(C, v, x, y)
    row, count, reached = augment(C, v, x, y, 0, max(1, cells // m))
    return x, y, v, row, count, reached


@njit(nogil=True, cache=True, error_model="numpy")
def _turn_over(
    C: F64,
    v: F64,
    x: I64,
    y: I64,
    j: int,
    distance: float,
    rows: I64,
    heights: F64,
    reached: I64,
    final: F64,
    count: int,
) -> None:
    """Match along the shortest path that ends in the free column j, back to the row it starts in."""
    s, column = count + 1, int(j)
    while True:
        s = _came_from(C, v, column, distance, rows, heights, s)
        i = rows[s]
        y[column] = i
        left = int(x[i])
        x[i] = column
        column = left
        if s == 0:
            return
        # Row s was scanned when column s − 1 was reached.
        distance = final[s - 1]


@njit(nogil=True, cache=True, error_model="numpy")
def detours(C: F64, v: F64, x: I64, y: I64, rows: I64, banned: I64, costs: F64, firsts: I64) -> None:
    """For each of `rows` the least rise of an optimal square matching that avoids its banned columns.

    Row r may not take the columns banned[r, 0] ≤ j < banned[r, 1]; `costs` gets the rise, ∞ if there is no other
    matching, and `firsts` the column it takes instead. One shortest path each, from the row to its old column.
    """
    m = C.shape[1]
    distance, final, w = np.empty(m), np.empty(m), np.empty(m)
    scanned, heights = np.empty(m + 1, np.int64), np.empty(m + 1)
    low, nobody = np.empty(5), np.full(m, -1)
    for r in range(len(rows)):
        start = rows[r]
        target = x[start]
        w[:] = v
        w[banned[r, 0] : banned[r, 1]] = -np.inf
        distance[:] = np.inf
        i, h = start, np.float64(C[start, target] - v[target])
        costs[r], firsts[r] = np.inf, -1
        count = 0
        while True:
            scanned[count], heights[count] = i, h
            best = _relax(C[i], w, h, distance, low)
            if count == 0:
                # Only the first step avoids them.
                w[banned[r, 0] : banned[r, 1]] = v[banned[r, 0] : banned[r, 1]]
            if best == np.inf:
                break
            j = _nearest(distance, low, best, nobody)
            if j == target:
                costs[r] = max(best, 0.0)
                firsts[r] = _second(C, v, x, j, best, scanned, heights, final, count, banned[r, 0], banned[r, 1])
                break
            final[count] = best
            count += 1
            distance[j] = np.inf
            w[j] = -np.inf
            i = y[j]
            h = C[i, j] - v[j] - best


@njit(nogil=True, cache=True, error_model="numpy")
def _second(
    C: F64,
    v: F64,
    x: I64,
    j: int,
    distance: float,
    scanned: I64,
    heights: F64,
    final: F64,
    count: int,
    ban: int,
    unban: int,
) -> int:
    """The first column on the shortest path to column j."""
    s, column = count + 1, int(j)
    while True:
        # A banned column can't come from the row the path starts in.
        banned = ban <= column < unban
        if banned:
            s = 1 + _came_from(C, v, column, distance, scanned[1:], heights[1:], s - 1)
        else:
            s = _came_from(C, v, column, distance, scanned, heights, s)
        if s == 0:
            return column
        column = int(x[scanned[s]])
        distance = final[s - 1]


@njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")
def exp_nonpositive(x: float) -> float:
    """eˣ for x ≤ 0 to one unit in the last place, e⁻⁷⁰⁸ below −708; the processor does several at a time."""
    x = x if x > -708.0 else -708.0
    t = x * _LOG2E + _ROUND
    n = t - _ROUND
    r = x - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    shift = np.float64(t).view(np.int64) << np.int64(52)
    return np.int64(np.float64(p).view(np.int64) + shift).view(np.float64)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz", "reassoc", "contract"}, error_model="numpy")
def _soft_row(c: F64, g: F64, scale: float) -> tuple[float, float]:
    top = -np.inf
    for k in range(len(c)):
        d = g[k] - c[k]
        top = d if d > top else top
    total = 0.0
    for k in range(len(c)):
        total += exp_nonpositive((g[k] - c[k] - top) * scale)
    return top, total


@njit(nogil=True, cache=True, error_model="numpy")
def soft_rows(C: F64, g: F64, log_a: F64, eps: float, damp: float, f: F64) -> None:
    """One half-sweep: f_i = damp · eps · (ln a_i − ln Σ_j exp((g_j − C_ij) / eps))."""
    for i in range(len(C)):
        top, total = _soft_row(C[i], g, 1.0 / eps)
        f[i] = damp * (eps * (log_a[i] - np.log(total)) - top)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz", "reassoc", "contract"}, error_model="numpy")
def _soft_row_kept(c: F64, g: F64, scale: float, kept: F64) -> tuple[float, float]:
    """As `_soft_row`, with the exponentials left in `kept`."""
    top = -np.inf
    for k in range(len(c)):
        d = g[k] - c[k]
        top = d if d > top else top
    total = 0.0
    for k in range(len(c)):
        e = exp_nonpositive((g[k] - c[k] - top) * scale)
        kept[k] = e
        total += e
    return top, total


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz", "contract"}, error_model="numpy")
def _add(kept: F64, weight: float, sums: F64) -> None:
    for k in range(len(kept)):
        sums[k] += weight * kept[k]


@njit(nogil=True, cache=True, error_model="numpy")
def sweeps(
    C: F64, Ct: F64, log_a: F64, log_b: F64, eps: float, damp: float, f: F64, g: F64, goal: float, count: int
) -> tuple[int, float]:
    """Up to `count` sweeps of Sinkhorn on the potentials f (n,), g (m,).

    Stops when the next half-sweep would change the row sums by at most `goal` in L1 (undamped: when they are that
    near to a); gives the sweeps done and that change.

    A cell's exponential is worked out once a sweep: that of the row update, times a factor of the row and one of the
    column, is that of the column update. Columns for which it is too small to tell are done over on their own.
    """
    n, m = C.shape
    old, kept, sums = np.empty(n), np.empty(m), np.empty(m)
    error = np.inf
    for k in range(count):
        old[:] = f
        sums[:] = 0.0
        error = heaviest = 0.0
        for i in range(n):
            top, total = _soft_row_kept(C[i], g, 1.0 / eps, kept)
            full = eps * (log_a[i] - np.log(total)) - top
            f[i] = damp * full
            weight = np.exp((f[i] + top) / eps)
            heaviest = max(heaviest, weight)
            _add(kept, weight, sums)
            # What the undamped update would bring to a_i shows how far the row sum was and will be.
            error += abs(np.exp(log_a[i] + (old[i] - full) / eps) - np.exp(log_a[i] + (f[i] - full) / eps))
        if error <= goal:
            f[:] = old
            return k, error
        for j in range(m):
            # Exponentials below e⁻⁷⁰⁸ were taken for that: they must not count.
            if 1e-280 * heaviest < sums[j] < 1e300:
                g[j] = damp * (eps * (log_b[j] - np.log(sums[j])) + g[j])
            else:
                top, total = _soft_row(Ct[j], f, 1.0 / eps)
                g[j] = damp * (eps * (log_b[j] - np.log(total)) - top)
    return count, error
