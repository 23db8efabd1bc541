"""Compiled loops of the local cost, in a module of their own so that importing `cost` does not load numba.

Four rows of A against a stretch of B at a time, four channels at a time: sixteen sums per value loaded. Differences are
taken before they are squared (never |x|² + |y|² − 2xy), so nothing cancels; where a core adds beside multiplying that
runs as fast as a BLAS product (``./run bench dtw`` prints the share), without its threads and its packing.

What keeps these loops vectorised and their rate up: indices are unsigned (a signed one might be negative, which means
from the end); arrays are never sliced inside (each slice is counted in and out); and the loops over rows, channels and
columns stand in one function.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types  # pyright: ignore[reportUnknownVariableType]
from numba.extending import intrinsic
from numpy.typing import NDArray

from ._loops import renew

__all__ = ["ABSOLUTE", "HALF_SQUARE", "ROOT", "SQUARE", "cost_rows", "shear"]

SQUARE, ROOT, HALF_SQUARE, ABSOLUTE = 0, 1, 2, 3
"""What is made of the differences: Σd², √Σd², Σd²/2, Σ|d|."""

F32 = NDArray[np.float32]
U = np.uint64


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _squares(x: F32, yt: F32, i0: int, r: int, j0: int, w: int, out: F32, pad: int) -> None:
    """`cost_rows` for squared differences.

    Each is added to the sum so far by the instruction that squares it; with ``+=`` a core would add once more.
    """
    last, first, p, n = U(i0 + r - 1), U(j0), U(pad), U(w)
    for g in range(0, r, 4):
        o, i = U(g), U(i0 + g)
        i1, i2, i3 = min(i + U(1), last), min(i + U(2), last), min(i + U(3), last)
        o1, o2, o3 = o + U(1), o + U(2), o + U(3)
        for channel in range(0, x.shape[1], 4):
            d = U(channel)
            d1, d2, d3 = d + U(1), d + U(2), d + U(3)
            a0, a1, a2, a3 = x[i, d], x[i, d1], x[i, d2], x[i, d3]
            b0, b1, b2, b3 = x[i1, d], x[i1, d1], x[i1, d2], x[i1, d3]
            c0, c1, c2, c3 = x[i2, d], x[i2, d1], x[i2, d2], x[i2, d3]
            e0, e1, e2, e3 = x[i3, d], x[i3, d1], x[i3, d2], x[i3, d3]
            if channel == 0:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] = (a0 - q) ** 2 + (a1 - h) ** 2 + (a2 - s) ** 2 + (a3 - t) ** 2
                    out[o1, p + j] = (b0 - q) ** 2 + (b1 - h) ** 2 + (b2 - s) ** 2 + (b3 - t) ** 2
                    out[o2, p + j] = (c0 - q) ** 2 + (c1 - h) ** 2 + (c2 - s) ** 2 + (c3 - t) ** 2
                    out[o3, p + j] = (e0 - q) ** 2 + (e1 - h) ** 2 + (e2 - s) ** 2 + (e3 - t) ** 2
            else:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] = out[o, p + j] + (a0 - q) ** 2 + (a1 - h) ** 2 + (a2 - s) ** 2 + (a3 - t) ** 2
                    out[o1, p + j] = out[o1, p + j] + (b0 - q) ** 2 + (b1 - h) ** 2 + (b2 - s) ** 2 + (b3 - t) ** 2
                    out[o2, p + j] = out[o2, p + j] + (c0 - q) ** 2 + (c1 - h) ** 2 + (c2 - s) ** 2 + (c3 - t) ** 2
                    out[o3, p + j] = out[o3, p + j] + (e0 - q) ** 2 + (e1 - h) ** 2 + (e2 - s) ** 2 + (e3 - t) ** 2


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _absolutes(x: F32, yt: F32, i0: int, r: int, j0: int, w: int, out: F32, pad: int) -> None:
    """`cost_rows` for absolute differences."""
    last, first, p, n = U(i0 + r - 1), U(j0), U(pad), U(w)
    for g in range(0, r, 4):
        o, i = U(g), U(i0 + g)
        i1, i2, i3 = min(i + U(1), last), min(i + U(2), last), min(i + U(3), last)
        o1, o2, o3 = o + U(1), o + U(2), o + U(3)
        for channel in range(0, x.shape[1], 4):
            d = U(channel)
            d1, d2, d3 = d + U(1), d + U(2), d + U(3)
            a0, a1, a2, a3 = x[i, d], x[i, d1], x[i, d2], x[i, d3]
            b0, b1, b2, b3 = x[i1, d], x[i1, d1], x[i1, d2], x[i1, d3]
            c0, c1, c2, c3 = x[i2, d], x[i2, d1], x[i2, d2], x[i2, d3]
            e0, e1, e2, e3 = x[i3, d], x[i3, d1], x[i3, d2], x[i3, d3]
            if channel == 0:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] = abs(a0 - q) + abs(a1 - h) + abs(a2 - s) + abs(a3 - t)
                    out[o1, p + j] = abs(b0 - q) + abs(b1 - h) + abs(b2 - s) + abs(b3 - t)
                    out[o2, p + j] = abs(c0 - q) + abs(c1 - h) + abs(c2 - s) + abs(c3 - t)
                    out[o3, p + j] = abs(e0 - q) + abs(e1 - h) + abs(e2 - s) + abs(e3 - t)
            else:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] += abs(a0 - q) + abs(a1 - h) + abs(a2 - s) + abs(a3 - t)
                    out[o1, p + j] += abs(b0 - q) + abs(b1 - h) + abs(b2 - s) + abs(b3 - t)
                    out[o2, p + j] += abs(c0 - q) + abs(c1 - h) + abs(c2 - s) + abs(c3 - t)
                    out[o3, p + j] += abs(e0 - q) + abs(e1 - h) + abs(e2 - s) + abs(e3 - t)


@njit(nogil=True, cache=True, error_model="numpy")
def cost_rows(x: F32, yt: F32, how: int, i0: int, r: int, j0: int, w: int, out: F32, pad: int) -> None:
    """Write the costs of rows i0..i0 + r and columns j0..j0 + w to out[:r, pad : pad + w].

    Parameters
    ----------
    x
        float32 (n, D), D a multiple of 4 (zeros appended).
    yt
        float32 (D, m): B transposed.
    out
        float32 (≥ r rounded up to 4, ≥ pad + w); the rows beyond r hold rubbish.
    """
    if how == 3:
        _absolutes(x, yt, i0, r, j0, w, out, pad)
        return
    _squares(x, yt, i0, r, j0, w, out, pad)
    p = U(pad)
    for o in range(U(r)):
        if how == 1:
            for j in range(U(w)):
                out[o, p + j] = np.sqrt(out[o, p + j])
        elif how == 2:
            for j in range(U(w)):
                out[o, p + j] *= np.float32(0.5)


@intrinsic
def _turn(_context: Any, rows: Any, column: Any, out: Any, first: Any, at: Any) -> tuple[Any, Any]:
    """Let out[first + k, at + i] be rows[i, column + k - i] for i and k = 0..7.

    In registers; from eight loads and stores of one number each LLVM makes four times as long a way.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        eight = ir.VectorType(ir.FloatType(), 8)
        source, target = (context.make_array(signature.args[k])(context, builder, arguments[k]) for k in (0, 2))

        def number(k: int) -> Any:
            return ir.Constant(ir.IntType(64), k)

        def place(array: Any, row: Any, col: Any) -> Any:
            stride = builder.extract_value(array.strides, 0)
            offset = builder.add(builder.mul(row, stride), builder.mul(col, number(4)))
            byte = builder.gep(builder.bitcast(array.data, ir.IntType(8).as_pointer()), [offset])
            return builder.bitcast(byte, eight.as_pointer())

        v = [builder.load(place(source, number(i), builder.sub(arguments[1], number(i))), align=4) for i in range(8)]
        halves = [
            ir.Constant(ir.VectorType(ir.IntType(32), 8), [h + k // 2 + 8 * (k % 2) for k in range(8)]) for h in (0, 4)
        ]
        # To lay the upper half of the rows between the lower, element by element, three times is to transpose them.
        for _ in range(3):
            v = [builder.shuffle_vector(v[i], v[i + 4], half) for i in range(4) for half in halves]
        for k in range(8):
            builder.store(v[k], place(target, builder.add(arguments[3], number(k)), arguments[4]), align=4)
        return context.get_dummy_value()

    return types.void(rows, column, out, first, at), emit


@njit(nogil=True, cache=True, error_model="numpy")
def shear(rows: F32, w: int, out: F32, first: int) -> None:
    """Lay the anti-diagonals of eight rows side by side: out[first + k + j, first + k] = rows[k, 16 + j].

    Cells of `out` outside the rows hold rubbish. `rows` has 16 columns to spare on either side.
    """
    i = U(first)
    for k in range(U(0), U(w + 7), U(8)):
        _turn(rows, k + U(16), out, i + k, i)  # pyright: ignore[reportCallIssue]  (an intrinsic is told the types)


renew(globals(), __file__)
