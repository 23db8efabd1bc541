"""What can go wrong with an embedding although its loss is low."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ._encoder import Encoder
from .cycle import CycleForm, cycle_back, neighbours

__all__ = ["counts_frames", "has_collapsed", "tells_time"]

F64 = NDArray[np.float64]

COLLAPSED = 0.5
"""Share of the rows that the way back is spread over, on average, above which nothing is told from anything else."""
LEAST_TAU = 0.8
ROWS = 512
STEADY = 0.9999
"""Correlation with the number of the row above which a channel is a counter."""


def has_collapsed(views: Sequence[F64], form: CycleForm) -> str:
    """A sentence if embeddings (n, k), (m, k), … can't be told apart, else nothing.

    Measured by the perplexity of the way back, exp of the entropy of β, as a share of the rows.
    """
    shares: list[float] = []
    for u, v in zip(views, [*views[1:], views[0]], strict=True):
        beta = cycle_back(u, v, np.arange(float(len(u))), form.sharpness(u.shape[1])).beta
        entropy = -(beta * np.log(np.maximum(beta, 1e-300))).sum(1)
        shares.append(float(np.exp(entropy).mean()) / len(u))
    share = float(np.mean(shares))
    if share < COLLAPSED:
        return ""
    return (
        f"The embedding has collapsed: the way back is spread over {share:.0%} of the rows, so that no moment is told "
        "from another. Train with another seed, more dimensions or other features."
    )


def tells_time(tau: float) -> str:
    """A sentence if nearest neighbours hardly run with time, else nothing."""
    if tau >= LEAST_TAU:
        return ""
    said = "all moments have the same nearest neighbour" if np.isnan(tau) else f"Kendall's τ is {tau:.2f}"
    return (
        f"The embedding does not run with time ({said}; below {LEAST_TAU} an alignment by it is a guess). "
        "Try other features, another seed, or more context."
    )


def counts_frames(
    encoder: Encoder, again: Encoder, a: NDArray[np.floating], b: NDArray[np.floating], cut: int
) -> tuple[str, dict[str, float]]:
    """A sentence if an encoder has merely learned to count frames, else nothing; and the figures it judges by.

    What tells moments apart by what happens in them finds the same partners when the beginning of B is cut away. What
    counts frames lays A evenly over whatever is left, as it did before.

    Parameters
    ----------
    encoder
        Trained on A (n, D) and B (m, D).
    again
        Trained in the same way on A and ``b[cut:]``.

    Returns
    -------
    sentence, figures
        ``content`` and ``counting``: by which share of B its partners lie off what content, and counting, foretell.
    """
    for side, x in (("A", a), ("B", b)):
        if not encoder.standardise and (k := _counter(x)) is not None:
            return (
                f"Channel {k + 1} of {side} rises steadily with time: it counts frames, and so does the embedding. "
                "Leave it out."
            ), {}
    rows = np.unique(np.linspace(0, len(a) - 1, ROWS).astype(np.intp))
    before = _partners(encoder, a, b, rows)
    after = cut + _partners(again, a, b[cut:], rows)
    left = before >= cut
    if left.mean() < 0.2:
        return "", {}
    kept = (len(b) - cut) / len(b)
    content = float(np.median(np.abs(after - before)[left])) / len(b)
    counting = float(np.median(np.abs(after - (cut + kept * before)))) / len(b)
    figures = {"content": content, "counting": counting}
    if content <= counting:
        return "", figures
    return (
        "The embedding has merely learned to count frames: with a third of the longer recording cut away it lays the "
        f"other evenly over what is left ({counting:.1%} off that, {content:.1%} off where it lay before). "
        "Leave out features that rise steadily with time."
    ), figures


def _partners(encoder: Encoder, a: NDArray[np.floating], b: NDArray[np.floating], rows: NDArray[np.intp]) -> F64:
    u, v = (encoder(x).astype(np.float64) for x in (a, b))
    step = max(1, len(b) // 4096)
    return neighbours(u[rows], v[::step]).astype(np.float64) * step


def _counter(x: NDArray[np.floating]) -> int | None:
    """The first channel that is a straight line in time."""
    t = np.arange(len(x)) - (len(x) - 1) / 2
    centred = x - x.mean(0, dtype=np.float64)
    size = np.sqrt((centred**2).sum(0) * (t @ t))
    correlation = np.abs(np.divide(t @ centred, size, out=np.zeros(len(size)), where=size > 0))
    found = np.flatnonzero(correlation > STEADY)
    return int(found[0]) if len(found) else None
