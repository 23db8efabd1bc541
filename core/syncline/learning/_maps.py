"""Maps between spaces, linear or with a layer of hidden units beside, and their gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ._examples import F64

__all__ = ["apply", "backward", "map_shapes", "shared_start", "unit", "unit_backward"]

_TINY = 1e-12


def map_shapes(side: str, width: int, out: int, hidden: int) -> dict[str, tuple[int, ...]]:
    """Arrays of the map of one side: x L + tanh(x H + b) O, without the second part if `hidden` is 0."""
    shapes: dict[str, tuple[int, ...]] = {f"{side}.linear": (width, out)}
    if hidden:
        shapes |= {f"{side}.hidden": (width, hidden), f"{side}.bias": (hidden,), f"{side}.out": (hidden, out)}
    return shapes


def apply(arrays: Mapping[str, F64], side: str, x: F64) -> tuple[F64, F64 | None]:
    """Mapped rows (n, out), and the hidden units (n, h) if there are any."""
    y = x @ arrays[f"{side}.linear"]
    if f"{side}.hidden" not in arrays:
        return y, None
    t = np.tanh(x @ arrays[f"{side}.hidden"] + arrays[f"{side}.bias"])
    return y + t @ arrays[f"{side}.out"], t


def backward(arrays: Mapping[str, F64], side: str, x: F64, t: F64 | None, dy: F64) -> dict[str, F64]:
    """Gradients of the arrays of a side from that of the mapped rows, dy (n, out)."""
    gradients = {f"{side}.linear": x.T @ dy}
    if t is not None:
        inner = (dy @ arrays[f"{side}.out"].T) * (1 - t * t)
        gradients |= {f"{side}.hidden": x.T @ inner, f"{side}.bias": inner.sum(0), f"{side}.out": t.T @ dy}
    return gradients


def unit(y: F64) -> tuple[F64, F64]:
    """Rows at length 1, and the lengths (n, 1) they had; smooth at 0, where the row stays 0."""
    length = np.sqrt((y * y).sum(1, keepdims=True) + _TINY)
    return y / length, length


def unit_backward(u: F64, length: F64, du: F64) -> F64:
    """Gradient of the rows before `unit` from that of the rows after."""
    return (du - u * (u * du).sum(1, keepdims=True)) / length


def shared_start(width: int, out: int, shared: int, seed: int) -> F64:
    """A start (width, out) for a linear map of a side: both sides take the shared columns to the same place.

    Random directions keep cosines up to about 1 / √out (Johnson & Lindenstrauss 1984), so that training begins with
    what the shared space knows already. What is not shared begins at 0.
    """
    linear = np.zeros((width, out))
    if shared <= out:
        linear[:shared, :shared] = np.eye(shared)
    else:
        linear[:shared] = np.random.default_rng(seed).normal(size=(shared, out)) / np.sqrt(out)
    return linear
