"""The document: everything a user would be sorry to lose, as one immutable value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .constraints import Constraints
from .features import FeatureRecipe, Features
from .media import Media, Pair, Truth
from .paths import WarpingPath

__all__ = ["Alignment", "Errors", "Recipe", "Session"]


@dataclass(frozen=True)
class Recipe:
    """How an alignment is computed: features, the solver's name and its parameters dataclass (None: defaults)."""

    features: FeatureRecipe = field(default_factory=FeatureRecipe)
    method: str = "dtw"
    params: Any = None


@dataclass(frozen=True)
class Errors:
    """How far an alignment is from the truth.

    `*_ms` are milliseconds of |estimated − true| B time at the truth's A times, `*_frames` the same in frames
    of B (None where B has no frames). `within` maps a tolerance to the share of events within it, keys such as
    ``"1 frame"`` and ``"50 ms"``.
    """

    count: int
    mean_ms: float
    median_ms: float
    p90_ms: float
    max_ms: float
    mean_frames: float | None
    median_frames: float | None
    p90_frames: float | None
    within: dict[str, float]


@dataclass(frozen=True, eq=False)
class Alignment:
    """One solved (or yet unsolved) alignment of a pair, with everything it came from.

    Attributes
    ----------
    id
        Unique within the session.
    recipe
        As asked for; `resolved` is what an automatic choice came to, with `reason` in one sentence.
    constraints
        The edits in force. An edit makes a new Alignment with new constraints and the old `path` until the
        solver's answer fills the same step; `solved` says which constraints the path belongs to.
    features_a, features_b
        What was compared; None after loading a project, recomputed on demand.
    path
        None before the first solve and after loading if it could not be kept.
    seconds
        Wall time of the last solve.
    stale
        Non-empty sentence if the path belongs to media that were changed since.
    """

    id: int
    pair: Pair
    recipe: Recipe = field(default_factory=Recipe)
    resolved: Recipe | None = None
    reason: str = ""
    constraints: Constraints = field(default_factory=Constraints)
    features_a: Features | None = None
    features_b: Features | None = None
    path: WarpingPath | None = None
    solved: Constraints | None = None
    seconds: float = 0.0
    errors: Errors | None = None
    stale: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """What lists call it."""
        if self.name:
            return self.name
        pattern = getattr((self.resolved or self.recipe).params, "step_pattern", "")
        return f"{self.recipe.method.upper() if len(self.recipe.method) < 5 else self.recipe.method.title()}" + (
            f" · {pattern}" if pattern else ""
        )


@dataclass(frozen=True, eq=False)
class Session:
    """The state of a document: inputs, the recipe in hand, alignments. Undo swaps one for another.

    Attributes
    ----------
    recipe
        What the next Align will use (the recipe panel shows it).
    alignments
        Kept side by side; `active` is the id of the one shown as the path, `ghosts` ids drawn thin behind it.
    """

    a: Media | None = None
    b: Media | None = None
    truth: Truth | None = None
    recipe: Recipe = field(default_factory=Recipe)
    alignments: tuple[Alignment, ...] = ()
    active: int | None = None
    ghosts: frozenset[int] = frozenset()

    @property
    def pair(self) -> Pair | None:
        """Both inputs with the truth, or None while one is missing."""
        if self.a is None or self.b is None:
            return None
        return Pair(self.a, self.b, self.truth)

    @property
    def alignment(self) -> Alignment | None:
        """The active alignment."""
        return next((al for al in self.alignments if al.id == self.active), None)

    def with_alignment(self, alignment: Alignment, activate: bool = True) -> Session:
        """Put `alignment` in the place of the one with its id, or at the end."""
        ids = [al.id for al in self.alignments]
        if alignment.id in ids:
            kept = tuple(alignment if al.id == alignment.id else al for al in self.alignments)
        else:
            kept = (*self.alignments, alignment)
        return replace(self, alignments=kept, active=alignment.id if activate else self.active)

    def next_id(self) -> int:
        """An id no alignment of this session has."""
        return max((al.id for al in self.alignments), default=0) + 1
