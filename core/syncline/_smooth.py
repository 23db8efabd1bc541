"""exp and log written out in multiplications, so that compiled loops that call them vectorise."""

from __future__ import annotations

from numba import njit  # pyright: ignore[reportUnknownVariableType]

from ._loops import renew

__all__ = ["FAR", "exp", "log"]

FAR = 1e30
"""Stands for ∞, whose differences would be no numbers."""

_ROOT = 1.7320508075688772
"""√3, in the middle between 1 and 3 for a logarithm."""


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def exp(x: float) -> float:
    """e^x for x ≤ 0, to some 1e-12 of it; below −40 it is e^−40, nothing beside 1.

    (e^y − 1) / y of y = x / 256 through seven Chebyshev points of its range; then squared eight times.
    """
    x = max(min(x, 0.0), -40.0) * (1 / 256)
    y = x * 0.00018533687357977306 + 0.0013861133651869337
    y = x * y + 0.008333039353302922
    y = x * y + 0.04166665064100619
    y = x * y + 0.1666666662500898
    y = x * y + 0.4999999999959356
    y = x * y + 0.9999999999999936
    y = x * y + 1
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
    """Natural logarithm of s for 1 ≤ s ≤ 3, to some 1e-15: ln √3 + 2 artanh z with z = (s − √3) / (s + √3).

    artanh z / z is a polynomial in z², through eight Chebyshev points of its range.
    """
    z = (s - _ROOT) / (s + _ROOT)
    t = z * z
    y = t * 0.08648112283683031 + 0.07449271729211293
    y = t * y + 0.09106035100494557
    y = t * y + 0.11110594998722313
    y = t * y + 0.14285723796948935
    y = t * y + 0.19999999914213437
    y = t * y + 0.33333333333627385
    y = t * y + 0.9999999999999983
    return 0.5493061443340548 + 2 * z * y


renew(globals(), __file__)
