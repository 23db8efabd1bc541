"""A recording that is cut into pieces, what a person has set in them, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .media import Media
from .segments import Segment, Tier, Tiers

__all__ = ["EmissionSource", "Held", "NamedSegments", "Pin", "Recording", "SegmentConstraints", "SegmentRecipe", "Word"]


@dataclass(frozen=True)
class Word:
    """A word of a transcript.

    Attributes
    ----------
    text
        As written.
    labels
        Labels of the emissions that spell it; None: as the words' speller says.
    """

    text: str
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class EmissionSource:
    """Where the emissions of a recording come from, if not from the phoneme model.

    Attributes
    ----------
    path
        A file of log-probabilities, probabilities or logits; empty: the recording's own file holds them.
    labels
        A file that names the columns.
    blank
        Which label is the blank; empty: the usual names.
    step
        Seconds a frame; None: 0.02, or as the file says.
    model
        The adapter of an acoustic model, in the place of a file of emissions.
    digest
        BLAKE2b of the content of `path`, hex, when it was chosen: a project then notices that it was changed since.
        Empty: nobody looked.
    """

    path: str = ""
    labels: str = ""
    blank: str = ""
    step: float | None = None
    model: str = ""
    digest: str = ""


@dataclass(frozen=True, order=True)
class Pin:
    """A boundary that a person has set or locked: the solver obeys it.

    Attributes
    ----------
    tier
        Name of the tier.
    time
        Seconds.
    piece
        Of a tier that a transcript fills: number of the piece in it that begins (or ends) there. Of any other: −1, a
        piece begins there.
    end
        The piece ends there.
    moved
        Of any other tier, seconds where the solver had the boundary before it was moved, or None: nothing begins
        between there and `time`, else the solver would put back what was moved away.
    until
        The other end of the piece that grew by it, beyond `moved`: neither does anything begin before that.
    """

    tier: str
    time: float
    piece: int = -1
    end: bool = False
    moved: float | None = None
    until: float | None = None


@dataclass(frozen=True, order=True)
class Held:
    """A piece that a person has drawn, named, merged or locked: it stays as it is, and nothing is cut inside it.

    Attributes
    ----------
    tier
        Name of the tier.
    segment
        Without a label it is called what the solver calls it.
    nothing
        Of tiers with gaps: no piece is there.
    """

    tier: str
    segment: Segment
    nothing: bool = False


@dataclass(frozen=True)
class SegmentConstraints:
    """What a person has set in one segmentation."""

    pins: tuple[Pin, ...] = ()
    held: tuple[Held, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pins or self.held)


@dataclass(frozen=True)
class SegmentRecipe:
    """How a recording is cut: the method's name, its parameters dataclass (None: defaults), what is cut.

    Attributes
    ----------
    method
        ``"auto"``: ctc where there is a transcript or there are emissions, else change points.
    features
        A recipe of one feature, such as ``"mfcc:hop_ms=20"``; ``"auto"`` takes what suits.
    """

    method: str = "auto"
    params: Any = None
    features: str = "auto"


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording, video or sequence of features in the Segment workspace.

    Attributes
    ----------
    id
        Unique within the session.
    transcript
        What is said, word by word.
    emissions
        None: those of the phoneme model, where there is a transcript.
    own
        Tiers that no solver fills: drawn, typed or imported. Free to edit.
    truth
        True segments to judge by, or None.
    """

    id: int
    media: Media
    transcript: tuple[Word, ...] = ()
    emissions: EmissionSource | None = None
    own: tuple[Tier, ...] = ()
    truth: Tiers | None = None


@dataclass(frozen=True, eq=False)
class NamedSegments:
    """One segmentation of a recording; several are kept side by side, as alignments of a pair are.

    Attributes
    ----------
    id
        Unique within the session.
    recording
        Id of the recording.
    recipe
        As asked for; `resolved` is what an automatic choice came to, with `reason` in one sentence.
    constraints
        In force. An edit makes a new value with new constraints and the old `tiers`, the edit itself drawn in, until
        the solver's answer fills the same step; `solved` says which constraints the tiers belong to.
    transcript
        The words that `tiers` belong to (those of the recording as they were asked).
    tiers
        What was found; empty before the first solve.
    figures
        Named numbers of the method.
    seconds
        Wall time of the last solve.
    stale
        Non-empty sentence if the tiers belong to a medium that was changed since.
    name
        Given by the user.
    """

    id: int
    recording: int
    recipe: SegmentRecipe = field(default_factory=SegmentRecipe)
    resolved: SegmentRecipe | None = None
    reason: str = ""
    constraints: SegmentConstraints = field(default_factory=SegmentConstraints)
    solved: SegmentConstraints | None = None
    transcript: tuple[Word, ...] = ()
    tiers: Tiers = field(default_factory=Tiers)
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    seconds: float = 0.0
    stale: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """What lists call it: its name, else the method with what sets it apart."""
        if self.name:
            return self.name
        recipe = self.resolved or self.recipe
        words = [recipe.method.upper() if len(recipe.method) < 4 else recipe.method.replace("_", " ").capitalize()]
        for field_name, sign in (("k", "k"), ("cost", ""), ("changes", "K")):
            value = getattr(recipe.params, field_name, None)
            if value:
                words.append(f"{sign} {value}".strip() if not sign else f"{sign} = {value}")
        return " · ".join(words)

    def with_tiers(self, tiers: Tiers) -> NamedSegments:
        """The same with other tiers."""
        return replace(self, tiers=tiers)
