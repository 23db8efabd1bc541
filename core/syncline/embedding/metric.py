"""A metric from corrections: where a person said that two moments are one, and their neighbours are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..learning._adam import Adam
from ..model import Features
from ..model.media import nearest
from ..progress import Monitor
from ..registry import number
from ..threads import single_threaded
from ._encoder import Encoder
from .cycle import squared_distances

__all__ = ["MetricEpoch", "MetricLive", "MetricParams", "Told", "fit_metric", "metric_loss"]

F64 = NDArray[np.float64]

CANDIDATES = 512
"""Rows of a side that are told from the anchors' ones; of more, evenly spaced ones."""
STEPS = 10


@dataclass(frozen=True)
class MetricParams:
    """Parameters of `fit_metric`."""

    temperature: float = number(
        0.1, "Temperature", "Lower presses harder on the nearest wrong moments.", low=1e-3, high=100.0
    )
    prior: float = number(
        1.0, "Trust in the features", "How many anchors the features as they are count as.", low=0.0, high=1e6
    )
    near: float = number(
        0.05, "Too near to tell", "Moments within this of an anchor's are held neither for nor against it.", 0, 60, "s"
    )
    width: int = number(32, "Dimensions", "Of the embedding; where there are more channels, the main ones.", 1, 1024)
    epochs: int = number(20, "Epochs", f"Of {STEPS} steps each.", low=1, high=10_000)
    rate: float = number(0.01, "Learning rate", "Of Adam.", low=1e-6, high=1.0, advanced=True)


@dataclass(frozen=True)
class MetricEpoch:
    """How far training is: the loss before the steps of an epoch, from 0."""

    epoch: int
    loss: float


MetricLive = Callable[[MetricEpoch], None]


@dataclass(frozen=True, eq=False)
class Told:
    """What anchors say one way: rows of one side, and the rows of the other they are told from.

    Attributes
    ----------
    x
        float64 (K, D): rows that have a partner.
    y
        float64 (M, D): candidates.
    partner
        intp (K,): which candidate is the partner.
    allowed
        bool (K, M): partners, and candidates far enough from them to count against.
    """

    x: F64
    y: F64
    partner: NDArray[np.intp]
    allowed: NDArray[np.bool_]


def metric_loss(linear: F64, start: F64, told: tuple[Told, Told], params: MetricParams) -> tuple[float, F64]:
    """Mean of −ln p(partner), p the softmax of −|x L − y L|² / temperature over the candidates, both ways, with the
    pull prior / (2 K) · |L − L₀|² towards the start, and the gradient by L (D, k).

    A Mahalanobis metric learned by its factor, as neighbourhood component analysis does (J. Goldberger et al., NIPS
    2004), with anchors for classes (InfoNCE, A. van den Oord et al. 2018).
    """
    count = len(told[0].x)
    away = linear - start
    value = params.prior / (2 * count) * float((away * away).sum())
    gradient = params.prior / count * away
    for t in told:
        u, v = t.x @ linear, t.y @ linear
        z = np.where(t.allowed, -squared_distances(u, v) / params.temperature, -np.inf)
        z -= z.max(1, keepdims=True)
        p = np.exp(z)
        total = p.sum(1, keepdims=True)
        rows = np.arange(count)
        value -= float((z - np.log(total))[rows, t.partner].mean()) / 2
        g = p / total
        g[rows, t.partner] -= 1
        # Half the mean of each way, times −2 (u − v) / temperature.
        g /= -count * params.temperature
        d_u = g.sum(1)[:, None] * u - g @ v
        d_v = g.sum(0)[:, None] * v - g.T @ u
        gradient = gradient + t.x.T @ d_u + t.y.T @ d_v
    return value, gradient


def fit_metric(
    a: Features,
    b: Features,
    points: F64,
    params: MetricParams | None = None,
    *,
    monitor: Monitor | None = None,
    live: MetricLive | None = None,
) -> Encoder:
    """Learn a linear map under which corrected moments lie near one another and their neighbours far.

    It begins as the features are (the main ones of more than `params.width` channels) and is pulled back there, so that
    few anchors change little. Adam on all anchors at once; nothing is random.

    Parameters
    ----------
    a, b
        Features (n, D), (m, D).
    points
        float64 (K, 2): seconds of A and B that belong together.
    monitor, live
        Progress and cancellation; what to call after every epoch.

    Raises
    ------
    ParameterError
        No points, or sides that can't be compared.
    Cancelled
        The monitor was told to stop.
    """
    params, monitor = params or MetricParams(), monitor or Monitor()
    if not len(points):
        raise ParameterError("There is no anchor to learn from.")
    if a.values.shape[1] != b.values.shape[1]:
        raise ParameterError("A and B are described by different numbers of channels; a metric needs the same.")
    with single_threaded():
        centre = (a.values.mean(0, dtype=np.float64) + b.values.mean(0, dtype=np.float64)) / 2
        x, y = a.values - centre, b.values - centre
        rows = np.column_stack([nearest(f.times, points[:, k]) for k, f in enumerate((a, b))])
        told = (
            _told(x, y, a.times, b.times, rows, params.near),
            _told(y, x, b.times, a.times, rows[:, ::-1], params.near),
        )
        # Distances of about 1, so that the temperature means the same whatever the features' size.
        size = np.sqrt(np.mean([squared_distances(t.x, t.y).mean() for t in told]))
        scale = 1 / size if size > 0 else 1.0
        told = tuple(Told(t.x * scale, t.y * scale, t.partner, t.allowed) for t in told)
        start = _start(x, y, params.width)
        arrays = {"map.linear": start.copy()}
        adam = Adam(arrays, params.rate)
        curve: list[MetricEpoch] = []
        for epoch in range(params.epochs + 1):
            for step in range(STEPS if epoch < params.epochs else 1):
                monitor.check()
                value, gradient = metric_loss(arrays["map.linear"], start, (told[0], told[1]), params)
                if not step:
                    curve.append(MetricEpoch(epoch, value))
                    if live is not None:
                        live(curve[-1])
                    monitor.advance(epoch, params.epochs)
                if epoch < params.epochs:
                    adam.step({"map.linear": gradient})
    nothing = np.full(len(curve), np.nan)
    return Encoder(
        "metric",
        {"centre": centre, "scale": np.full(len(centre), scale), **arrays},
        standardise=False,
        curve=np.column_stack([[e.epoch for e in curve], [e.loss for e in curve], nothing, nothing]),
        figures={"anchors": float(len(points)), "loss": curve[-1].loss},
    )


def _told(x: F64, y: F64, x_times: F64, y_times: F64, rows: NDArray[np.intp], near: float) -> Told:
    even = np.linspace(0, len(y) - 1, min(len(y), CANDIDATES)).astype(np.intp)
    candidates = np.union1d(even, rows[:, 1])
    partner = np.searchsorted(candidates, rows[:, 1])
    away = np.abs(y_times[candidates][None, :] - y_times[rows[:, 1]][:, None])
    allowed = away > near
    allowed[np.arange(len(rows)), partner] = True
    return Told(x[rows[:, 0]], y[candidates], partner, allowed)


def _start(x: F64, y: F64, width: int) -> F64:
    """The channels as they are, or the main axes of both sides: (D, k)."""
    depth = x.shape[1]
    if depth <= width:
        return np.eye(depth)
    scatter = x.T @ x / len(x) + y.T @ y / len(y)
    axes = np.linalg.eigh(scatter)[1][:, ::-1][:, :width]
    # Which way an axis points is free: the same input gives the same one everywhere.
    return axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(width)])
