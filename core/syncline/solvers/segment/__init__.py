"""Segmentation: from frames to labelled pieces, one method a file.

A member is a function ``solve(problem: SegmentProblem, params, monitor: Monitor) -> Segmentation``. Its kind says what
it needs: ``"features"`` (rows of anything), ``"emissions"``, or rows of a ``"video"`` or of ``"audio"``. Where not just
any rows will do, its parameters say by ``suits: ClassVar[str]`` the recipe of those that it takes if nobody asks for
others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import ParameterError
from ...model import Features
from ...model.emissions import Emissions
from ...model.segments import Segment, Tier
from ...progress import Monitor
from ...registry import Registry

__all__ = ["REGISTRY", "SegmentProblem", "Segmentation", "Solver", "register"]


@dataclass(frozen=True, eq=False)
class SegmentProblem:
    """What a segmentation is asked.

    Attributes
    ----------
    features
        Rows to cut into pieces, or None.
    emissions
        Log-probabilities to lay a transcript onto, or None.
    words
        The transcript: each word as the labels of the emissions that spell it; None decodes without one.
    boundaries
        Seconds at which a segment has to begin.
    examples
        Segments that a person has drawn and named, for methods that learn from them; they stay as they are.
    budget
        Bytes that may be taken beyond the input.
    """

    features: Features | None = None
    emissions: Emissions | None = None
    words: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    boundaries: tuple[float, ...] = ()
    examples: tuple[Segment, ...] = ()
    budget: int = 2 << 30

    @property
    def rows(self) -> Features:
        """The features.

        Raises
        ------
        ParameterError
            There are none.
        """
        if self.features is None:
            raise ParameterError("This method cuts features into pieces: name a recording or a sequence of features.")
        return self.features


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What came of it.

    Attributes
    ----------
    tiers
        Segments in seconds.
    figures
        Named numbers: cost, log-probability, how many.
    notes
        Sentences to show.
    """

    tiers: tuple[Tier, ...]
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()


Solver = Callable[[SegmentProblem, Any, Monitor], Segmentation]

REGISTRY: Registry[Solver] = Registry("syncline.solvers.segment", "syncline.segmenters", "segmentation method")
register = REGISTRY.register
