"""Training an encoder so that going from one recording to another and back leads where it began."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..learning._adam import Adam
from ..learning._maps import apply, backward, map_shapes
from ..progress import Monitor
from ..registry import choice, number, switch
from ..threads import single_threaded
from ._doubts import counts_frames, has_collapsed, tells_time
from ._encoder import Encoder, in_context
from .cycle import CycleForm, cycle_back, loss, neighbours

__all__ = ["CycleEpoch", "CycleParams", "Live", "Piece", "batch_loss", "train_cycle"]

F64 = NDArray[np.float64]
Arrays = dict[str, F64]

JUDGED = 256
"""Rows of a recording by which it is judged how far training is; of more, evenly spaced ones."""
STEPS = 10
"""Steps of an epoch."""
WIDE = 64
"""Numbers a row beyond which they are made smaller: a step of Adam moves every weight alike, and embeddings by their
sum."""
SPREAD = 8.0
"""Mean squared distance of two embeddings, times sharpness, to begin with: near enough for gradients to be felt."""


@dataclass(frozen=True)
class CycleParams(CycleForm):
    """Parameters of `train_cycle`."""

    model: str = choice("two layers", ("linear", "two layers"), "Map", "What makes an embedding of a row.")
    width: int = number(16, "Dimensions", "Of the embedding.", low=1, high=1024)
    hidden: int = number(64, "Hidden units", "Of the map with two layers.", low=1, high=1024)
    context: int = number(0, "Context", "Rows read before and after each.", low=0, high=16, unit="rows")
    stride: int = number(3, "Context stride", "Rows from one of these to the next.", low=1, high=1000, advanced=True)
    standardise: bool = switch(
        True, "Standardise", "Bring each channel of each recording to mean 0 and standard deviation 1 first."
    )
    frames: int = number(
        64, "Rows a step", "Drawn from each recording, one of each stretch; memory grows with them.", low=2, high=1024
    )
    batch: int = number(4, "Recordings a step", "At most.", low=2, high=64, advanced=True)
    epochs: int = number(50, "Epochs", f"Of {STEPS} steps each.", low=1, high=100_000)
    rate: float = number(0.003, "Learning rate", "Of Adam.", low=1e-6, high=1.0, advanced=True)
    seed: int = number(0, "Seed", "The same seed gives the same weights.", low=0, high=2**31 - 1)
    check: bool = switch(
        True, "Check for counting", "Train once more with a third cut away, to see whether it merely counts frames."
    )


@dataclass(frozen=True)
class CycleEpoch:
    """How far training is, for live curves.

    Attributes
    ----------
    epoch
        From 0, before the first step.
    loss
        Mean over the ordered pairs of recordings.
    tau
        Kendall's tau of nearest neighbours, −1..1; NaN where all have the same one.
    consistent
        Share of the moments that come back to themselves, 0..1.
    """

    epoch: int
    loss: float
    tau: float
    consistent: float


Live = Callable[[CycleEpoch], None]
"""Called after every epoch, from the thread that trains."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows drawn from one recording: as the map reads them (n, D'), what they are called (n,), and how long all of it
    is in units of that.
    """

    x: F64
    index: F64
    span: float


def batch_loss(arrays: Mapping[str, F64], form: CycleForm, pieces: Sequence[Piece]) -> tuple[float, Arrays]:
    """Mean loss over all ordered pairs of pieces, with its gradients by the weights."""
    mapped = [apply(arrays, "map", p.x) for p in pieces]
    pulls = [np.zeros_like(u) for u, _ in mapped]
    pairs = list(permutations(range(len(pieces)), 2))
    total = 0.0
    for i, j in pairs:
        value, d_u, d_v = loss(mapped[i][0], mapped[j][0], form, pieces[i].index, pieces[i].span)
        total += value
        pulls[i] += d_u
        pulls[j] += d_v
    gradients: Arrays = {k: np.zeros_like(arrays[k]) for k in arrays if k.startswith("map.")}
    for piece, (_, hidden), pull in zip(pieces, mapped, pulls, strict=True):
        for k, g in backward(arrays, "map", piece.x, hidden, pull / len(pairs)).items():
            gradients[k] += g
    return total / len(pairs), gradients


def train_cycle(
    sequences: Iterable[NDArray[np.floating]],
    params: CycleParams | None = None,
    *,
    base: str = "",
    leader: int = 0,
    name: str = "",
    monitor: Monitor | None = None,
    live: Live | None = None,
) -> Encoder:
    """Learn an encoder from two or more recordings of the same course of events, without any correspondence.

    Adam on rows drawn from each recording, one of each of `params.frames` equal stretches, so that memory does not
    grow with the length; the weights of the epoch with the lowest loss are kept. NumPy in float64 with gradients of
    its own and BLAS on one thread: the same seed gives the same weights.

    Parameters
    ----------
    sequences
        Features (N, D), (M, D), … of the recordings.
    base, leader
        What they are, see `Encoder`.
    monitor, live
        Progress and cancellation; what to call after every epoch.

    Returns
    -------
    Encoder
        `notes` warn where it has collapsed, has merely learned to count frames, or does not run with time.

    Raises
    ------
    ParameterError
        Fewer than two recordings, of different channels, too short, or not finite.
    Cancelled
        The monitor was told to stop.

    References
    ----------
    D. Dwibedi, Y. Aytar, J. Tompson, P. Sermanet, A. Zisserman, Temporal cycle-consistency learning, CVPR 2019.
    """
    params = params or CycleParams()
    monitor = monitor or Monitor()
    given = [np.asarray(s) for s in sequences]
    _check(given)
    with single_threaded():
        main = monitor.part(0.0, 0.6 if params.check else 1.0)
        encoder = _train(given, params, base, leader, main, live or (lambda _: None), "Learning")
        views = [encoder(x).astype(np.float64)[_even(len(x))] for x in given]
        notes = [s for s in (has_collapsed(views, params), tells_time(_judge(views, params, given)[1])) if s][:1]
        figures = dict(encoder.figures)
        if params.check and not notes:
            # The longer one loses a third; what is left must lie where it lay before.
            order = sorted(range(len(given)), key=lambda k: len(given[k]))
            a, b = given[order[0]], given[order[-1]]
            cut = len(b) // 3
            again = _train([a, b[cut:]], params, base, leader, monitor.part(0.6, 1.0), lambda _: None, "Checking")
            sentence, more = counts_frames(encoder, again, a, b, cut)
            figures |= more
            notes += [sentence] if sentence else []
    return replace(encoder, name=name, notes=tuple(notes), figures=figures)


def _check(sequences: Sequence[NDArray[np.floating]]) -> None:
    if len(sequences) < 2:
        raise ParameterError("Cycles need two recordings or more.")
    for x in sequences:
        if x.ndim != 2 or not x.size or x.shape[1] != sequences[0].shape[1]:
            raise ParameterError("The recordings are described by different numbers of channels; describe them alike.")
        if len(x) < 4:
            raise ParameterError(f"A recording of {len(x)} rows is too short to learn from; four are the least.")
        if not np.isfinite(x).all():
            raise ParameterError("What is to be learned from must be finite numbers.")


def _train(
    given: Sequence[NDArray[np.floating]],
    params: CycleParams,
    base: str,
    leader: int,
    monitor: Monitor,
    live: Live,
    title: str,
) -> Encoder:
    depth = given[0].shape[1]
    centre, scale = _scaling(given, params)
    arrays = _start(depth, params)
    blank = Encoder(
        "cycle",
        {"centre": centre, "scale": scale, **{k: v.copy() for k, v in arrays.items()}},
        base,
        leader,
        params.context,
        params.stride,
        params.standardise,
    )
    ready = [blank.prepared(x) for x in given]
    random = np.random.default_rng([params.seed, 1])

    def piece(x: F64, rows: NDArray[np.intp]) -> Piece:
        unit = 1 / len(x) if params.released else 1.0
        return Piece(in_context(x, rows, params.context, params.stride), rows.astype(np.float64) * unit, len(x) * unit)

    kept = [piece(x, _even(len(x))) for x in ready]
    _spread(arrays, params, kept)
    adam = Adam(arrays, params.rate)
    curve: list[CycleEpoch] = []
    best, lowest = arrays, np.inf
    for epoch in range(params.epochs + 1):
        seen = _judge([apply(arrays, "map", p.x)[0] for p in kept], params, ready)
        curve.append(CycleEpoch(epoch, *seen))
        live(curve[-1])
        said = f"{title} (loss {seen[0]:.3g}, τ {seen[1]:.2f})"
        monitor.part(0.0, 1.0, said).advance(epoch, params.epochs)
        if seen[0] < lowest:
            best, lowest = {k: v.copy() for k, v in arrays.items()}, seen[0]
        if epoch == params.epochs:
            break
        for _ in range(STEPS):
            monitor.check()
            some = range(len(ready)) if len(ready) <= params.batch else random.permutation(len(ready))[: params.batch]
            adam.step(
                batch_loss(arrays, params, [piece(ready[k], _drawn(len(ready[k]), params, random)) for k in some])[1]
            )
    chosen = int(np.argmin([e.loss for e in curve]))
    end = curve[chosen]
    figures = {
        "epochs": float(params.epochs),
        "best_epoch": float(chosen),
        "loss": end.loss,
        "tau": end.tau,
        "consistent": end.consistent,
    }
    rows = np.array([[e.epoch, e.loss, e.tau, e.consistent] for e in curve], np.float64)
    return replace(blank, arrays={"centre": centre, "scale": scale, **best}, curve=rows, figures=figures)


def _scaling(given: Sequence[NDArray[np.floating]], params: CycleParams) -> tuple[F64, F64]:
    """What is subtracted and multiplied: one size for all channels, smaller where there are many."""
    depth = given[0].shape[1]
    small = _small(depth, params)
    if params.standardise:
        return np.zeros(depth), np.full(depth, small)
    centre = np.mean([x.mean(0, dtype=np.float64) for x in given], axis=0)
    size = np.sqrt(np.mean([((x - centre) ** 2).mean() for x in given]))
    return centre, np.full(depth, small / size if size > 0 else small)


def _small(depth: int, params: CycleParams) -> float:
    return min(1.0, WIDE / ((2 * params.context + 1) * depth))


def _start(depth: int, params: CycleParams) -> Arrays:
    random = np.random.default_rng([params.seed, 0])
    rows = (2 * params.context + 1) * depth
    shapes = map_shapes("map", rows, params.width, params.hidden if params.model == "two layers" else 0)
    arrays = {k: random.normal(size=s) / np.sqrt(s[0]) for k, s in shapes.items()}
    for k in ("map.linear", "map.hidden"):
        if k in arrays:
            arrays[k] /= _small(depth, params)
    if "map.bias" in arrays:
        # Units that bend at different places.
        arrays["map.bias"] = random.normal(size=shapes["map.bias"]) / 2
    return arrays


def _spread(arrays: Arrays, params: CycleParams, pieces: Sequence[Piece]) -> None:
    """Bring embeddings to the distances at which training begins."""
    mapped = [apply(arrays, "map", p.x)[0] for p in pieces]
    size = np.mean([2 * e.var(0).sum() for e in mapped]) * params.sharpness(params.width)
    if size > 0:
        for k in ("map.linear", "map.out"):
            if k in arrays:
                arrays[k] *= np.sqrt(SPREAD / size)


def _drawn(length: int, params: CycleParams, random: np.random.Generator) -> NDArray[np.intp]:
    """One row of each of equal stretches, ascending."""
    count = min(length, params.frames)
    edges = np.linspace(0, length, count + 1)
    return np.unique((edges[:-1] + random.uniform(size=count) * np.diff(edges)).astype(np.intp))


def _even(length: int) -> NDArray[np.intp]:
    """Rows by which a recording of that length is judged."""
    return np.unique(np.linspace(0, length - 1, JUDGED).astype(np.intp))


def _judge(views: Sequence[F64], form: CycleForm, whole: Sequence[NDArray[np.floating]]) -> tuple[float, float, float]:
    """Loss, Kendall's tau and cycle-consistent share: means over ordered pairs of evenly spaced rows."""
    from scipy.stats import kendalltau

    pairs = list(permutations(range(len(views)), 2))
    if len(pairs) > 12:
        # Of many recordings each with the next one, both ways.
        ring = [(k, (k + 1) % len(views)) for k in range(len(views))]
        pairs = ring + [(j, i) for i, j in ring]
    losses: list[float] = []
    taus: list[float] = []
    shares: list[float] = []
    for i, j in pairs:
        u, v = views[i], views[j]
        unit = 1 / len(whole[i]) if form.released else 1.0
        index: F64 = _even(len(whole[i])).astype(np.float64) * unit
        losses.append(loss(u, v, form, index, len(whole[i]) * unit)[0])
        back = cycle_back(u, v, index, form.sharpness(u.shape[1])).beta.argmax(1)
        shares.append(float((back == np.arange(len(u))).mean()))
        near = neighbours(u, v)
        if np.ptp(near):
            tau: Any = kendalltau(np.arange(len(u)), near)
            taus.append(float(tau.statistic))
    return float(np.mean(losses)), float(np.mean(taus)) if taus else float("nan"), float(np.mean(shares))
