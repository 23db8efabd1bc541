"""Temporal cycle consistency: an embedding is learned from the two recordings alone and aligned by warping."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...cost import check_values
from ...embedding import CycleParams, Encoder, embed, train_cycle
from ...errors import ParameterError
from ...model import Features, WarpingPath
from ...progress import Monitor
from ...registry import choice
from . import WarpProblem, register
from ._patterns import PATTERNS
from .dtw import DtwParams
from .dtw import solve as warp
from .dtw import warm_up as warm_up_dtw

__all__ = ["Embedded", "TccParams", "solve", "warm_up"]


@dataclass(frozen=True)
class TccParams(CycleParams):
    """Parameters of `solve`."""

    step_pattern: str = choice(
        "symmetric1", tuple(PATTERNS), "Step pattern", "Which steps the path through the embeddings may take."
    )


@dataclass(frozen=True, eq=False)
class Embedded:
    """What a path remembers of its solution, for `WarpProblem.previous`; `WarpingPath.blocks` after `solve`.

    Attributes
    ----------
    encoder
        What was learned.
    a, b
        Embeddings of both sides.
    path
        The path through them, with the blocks of dynamic time warping.
    """

    source: tuple[weakref.ref[NDArray[np.float32]], weakref.ref[NDArray[np.float32]]]
    params: CycleParams
    encoder: Encoder
    a: Features
    b: Features
    path: WarpingPath


@register("tcc", "Cycle consistency, learned", TccParams, ("video", "audio", "features"))
def solve(problem: WarpProblem, params: TccParams, monitor: Monitor) -> WarpingPath:
    """Learn on this pair, without any correspondence, what makes moments alike, and align by that.

    An encoder is trained by temporal cycle consistency (see `embedding.train_cycle`) on the features of both sides;
    the path is that of dynamic time warping between the embeddings, which obeys anchors, locks and forbidden zones.
    After an edit the embeddings are used again. Who watches the monitor is told every `embedding.CycleEpoch`.

    Returns
    -------
    WarpingPath
        `cost` is that of the embeddings, `views` they themselves; `blocks` the `Embedded`.

    Raises
    ------
    ParameterError
        Features that can't be compared, or fewer than four rows.
    Infeasible, OverBudget
        As dynamic time warping says.

    References
    ----------
    D. Dwibedi et al., Temporal cycle-consistency learning, CVPR 2019.
    """
    a, b = problem.a, problem.b
    check_values(a.values, "A")
    check_values(b.values, "B")
    if a.values.shape[1] != b.values.shape[1]:
        raise ParameterError(
            f"A has {a.values.shape[1]} channels and B has {b.values.shape[1]}: this method needs the same number."
        )
    asked = CycleParams(**{f.name: getattr(params, f.name) for f in fields(CycleParams)})
    known = _known(problem, asked)
    if known is None:
        rows = [a.values, b.values]
        encoder = train_cycle(rows, asked, monitor=monitor.part(0.0, 0.9), live=monitor.tell)
        for sentence in encoder.notes:
            monitor.warn(sentence)
        u, v = embed(encoder, a), embed(encoder, b)
        before, rest = None, monitor.part(0.9, 1.0)
    else:
        encoder, u, v = known.encoder, known.a, known.b
        before, rest = known.path, monitor
    inner = replace(problem, a=u, b=v, previous=before)
    path = warp(inner, DtwParams(step_pattern=params.step_pattern), rest)
    source = (weakref.ref(a.values), weakref.ref(b.values))
    return replace(path, blocks=Embedded(source, asked, encoder, u, v, path), views=(u.values, v.values))


def _known(problem: WarpProblem, params: CycleParams) -> Embedded | None:
    """The embeddings of the path before, if they are of the same features and training."""
    old = None if problem.previous is None else problem.previous.blocks
    if not isinstance(old, Embedded) or old.params != params:
        return None
    sides = (problem.a, old.source[0], old.a), (problem.b, old.source[1], old.b)
    same = all(ref() is f.values and np.array_equal(f.times, e.times) for f, ref, e in sides)
    return old if same else None


def warm_up(params: Any = None) -> None:
    """Load the loops of warping."""
    warm_up_dtw(None if params is None else DtwParams(step_pattern=params.step_pattern))
