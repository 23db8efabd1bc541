"""How many pieces each penalty would leave, for the slider that sets it."""

from __future__ import annotations

from dataclasses import replace

from ..errors import ParameterError
from ..model.recordings import NamedSegments, Recording
from ..progress import Monitor
from ..solvers.segment import REGISTRY
from ..solvers.segment.changepoints import ChangesParams
from ..solvers.segment.changepoints_path import PenaltyPath, penalty_path
from ._cutters import ChangeCutter, measured
from ._prepared import Prepared
from ._walls import Rows, Walls

__all__ = ["penalties"]


def penalties(
    prepared: Prepared,
    recording: Recording,
    segments: NamedSegments,
    low: float,
    high: float,
    *,
    grain: float = 1.0,
    most: int | None = None,
    monitor: Monitor | None = None,
) -> PenaltyPath:
    """What `solve` would find with each penalty of a range, obeying what is set in `segments`.

    Parameters
    ----------
    low, high
        Multiples of what noise alone asks for, as are the penalties and costs returned.
    grain, most
        As in `solvers.segment.changepoints_path.penalty_path`.

    Raises
    ------
    ParameterError
        Something else than change points was prepared.
    Infeasible, Cancelled
        As `solve`.
    """
    features = prepared.rows
    if prepared.recipe.method != "changepoints" or features is None:
        raise ParameterError("Only change points have a penalty.")
    params: ChangesParams = REGISTRY["changepoints"].filled(segments.recipe.params)
    memory = prepared.memory
    rows = memory.made("rows", lambda: Rows(features, recording.media.duration))
    data = memory.made(("measured", params.by, params.cost, params.window), lambda: measured(rows, params))
    cutter = ChangeCutter(rows, data, replace(params, changes=0))
    walls = Walls.of(segments.constraints, "changes", rows)
    # A sequence that never changes asks for no penalty.
    unit = data.penalty or 1.0
    found = penalty_path(
        data.x, low * unit, high * unit, data.cost, least=cutter.least, fixed=walls.rows, barred=sorted(walls.barred),
        scale=data.scale, grain=grain, most=most, monitor=monitor,
    )  # fmt: skip
    return found.over(unit)
