"""exp and log written out in multiplications, so that compiled loops that call them vectorise."""

from __future__ import annotations

from numba import njit  # pyright: ignore[reportUnknownVariableType]

from ._loops import renew

__all__ = ["FAR", "exp", "log"]

FAR = 1e30
"""Stands for ∞, whose differences would be no numbers."""


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def exp(x: float) -> float:
    """e^x for x ≤ 0, to some 1e-12 of it; below −40 it is e^−40, nothing beside 1."""
    x = max(min(x, 0.0), -40.0) * (1 / 256)
    y = 1 + x * (1 / 9)
    y = 1 + x * (1 / 8) * y
    y = 1 + x * (1 / 7) * y
    y = 1 + x * (1 / 6) * y
    y = 1 + x * (1 / 5) * y
    y = 1 + x * (1 / 4) * y
    y = 1 + x * (1 / 3) * y
    y = 1 + x * (1 / 2) * y
    y = 1 + x * y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    return y * y


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def log(s: float) -> float:
    """Natural logarithm of s for 1 ≤ s ≤ 3: ln √3 + 2 artanh z with z = (s − √3) / (s + √3), |z| < 0.27."""
    z = (s - 1.7320508075688772) / (s + 1.7320508075688772)
    t = z * z
    y = 1 / 21 + t * (1 / 23)
    y = 1 / 19 + t * y
    y = 1 / 17 + t * y
    y = 1 / 15 + t * y
    y = 1 / 13 + t * y
    y = 1 / 11 + t * y
    y = 1 / 9 + t * y
    y = 1 / 7 + t * y
    y = 1 / 5 + t * y
    y = 1 / 3 + t * y
    return 0.5493061443340548 + 2 * z * (1 + t * y)


renew(globals(), __file__)
