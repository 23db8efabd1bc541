"""The document: everything a user would be sorry to lose, as one immutable value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from numpy.typing import NDArray

from .constraints import Constraints
from .features import FeatureRecipe, Features
from .matches import MatchRecipe, SceneMatch
from .media import Media, Pair, Truth
from .paths import WarpingPath
from .recordings import NamedSegments, Recording, SegmentRecipe
from .scene import Caption, Scene

__all__ = ["AUTO", "Alignment", "Errors", "KeptScorer", "NamedMatch", "Recipe", "Session"]


AUTO = "auto"
"""In the place of a solver's name: whichever suits."""


@dataclass(frozen=True)
class Recipe:
    """How an alignment is computed: features, the solver's name and its parameters dataclass (None: defaults).

    `method` may be `AUTO`: the solver that suits the features, once these are known. A `resolved` recipe names it.
    """

    features: FeatureRecipe = field(default_factory=FeatureRecipe)
    method: str = AUTO
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
        known = self.resolved or self.recipe
        pattern = getattr(known.params, "step_pattern", "")
        return f"{known.method.upper() if len(known.method) < 5 else known.method.title()}" + (
            f" · {pattern}" if pattern else ""
        )


@dataclass(frozen=True, eq=False)
class NamedMatch:
    """The links of one scene by one recipe; several of a scene are kept side by side, as alignments of a pair are.

    Attributes
    ----------
    id
        Unique within the session.
    scene
        Id of the scene.
    match
        What was found. ``match.scene`` is the scene as it was asked; after an edit too large to be solved at once it
        is an older one until the answer fills the same step, so its links may name objects or phrases that are gone:
        those are not drawn. After loading a project ``asked`` of its captions is None, and its similarity has no
        parts, until they are worked out again.
    name
        Given by the user.
    """

    id: int
    scene: int
    match: SceneMatch
    name: str = ""

    @property
    def label(self) -> str:
        """What lists call it: its name, else the method with what sets it apart."""
        if self.name:
            return self.name
        recipe = self.match.recipe
        words = [recipe.method.replace("_", " ").capitalize()]
        for field_name, sign in (("temperature", "τ"), ("epsilon", "ε"), ("rho", "ρ")):
            value = getattr(recipe.params, field_name, None)
            if isinstance(value, int | float):
                words.append(f"{sign} {value:g}")
        return " ".join(words)


class KeptScorer(Protocol):
    """What a document asks of what was trained; a `learning.Scorer` and an `embedding.Encoder` are such."""

    @property
    def method(self) -> str:
        """Name of the learner."""
        ...

    @property
    def digest(self) -> str:
        """What recipes name it by."""
        ...

    @property
    def label(self) -> str:
        """What lists call it."""
        ...

    def to_plain(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """What JSON can hold, and its arrays by name."""
        ...


@dataclass(frozen=True, eq=False)
class Session:
    """The state of a document: inputs, the recipe in hand, alignments. Undo swaps one for another.

    Attributes
    ----------
    recipe
        What the next Align will use (the recipe panel shows it).
    alignments
        Kept side by side; `active` is the id of the one shown as the path, `ghosts` ids drawn thin behind it.
    scenes
        The pictures of the Match workspace in the order of their list, each with its objects, captions, locked and
        forbidden links. An edit puts another `Scene` in the place of the one with its id (`with_scene`); scenes that
        an edit does not touch stay the same objects, so ``is`` tells what changed.
    scene
        Id of the picture in hand, which the board, the matrix and the tables show; None without pictures.
    caption
        Id of its caption in hand; None if it has none. Use `active_caption`.
    match_recipe
        What the next Match will use (the recipe panel shows it).
    matchings
        Of all scenes; `matchings_of` gives those of one.
    shown_match
        Id of the one of the picture in hand whose links are drawn and edited; None before its first Match.
    compared
        Id of the one it is compared with (Compare), of the same picture; None: no comparison.
    scorers
        Trained on links of these pictures, the newest last; a recipe's source ``learned`` names one by its digest.
    encoders
        Trained on the pair, the newest last; a recipe's feature ``learned`` names one by its digest.
    recordings
        Those of the Segment workspace in the order of their list, each with its transcript, own tiers and truth.
        An edit puts another `Recording` in the place of the one with its id (`with_recording`); the others stay the
        same objects.
    recording
        Id of the one in hand; None without recordings.
    segment_recipe
        What the next Segment will use (the recipe panel shows it).
    segmentations
        Of all recordings; `segmentations_of` gives those of one.
    shown_segments
        Id of the one of the recording in hand whose tiers are drawn and edited; None before its first Segment.
    compared_segments
        Id of the one it is compared with, of the same recording; None: no comparison.
    """

    a: Media | None = None
    b: Media | None = None
    truth: Truth | None = None
    recipe: Recipe = field(default_factory=Recipe)
    alignments: tuple[Alignment, ...] = ()
    active: int | None = None
    ghosts: frozenset[int] = frozenset()
    scenes: tuple[Scene, ...] = ()
    scene: int | None = None
    caption: int | None = None
    match_recipe: MatchRecipe = field(default_factory=MatchRecipe)
    matchings: tuple[NamedMatch, ...] = ()
    shown_match: int | None = None
    compared: int | None = None
    scorers: tuple[KeptScorer, ...] = ()
    encoders: tuple[KeptScorer, ...] = ()
    recordings: tuple[Recording, ...] = ()
    recording: int | None = None
    segment_recipe: SegmentRecipe = field(default_factory=SegmentRecipe)
    segmentations: tuple[NamedSegments, ...] = ()
    shown_segments: int | None = None
    compared_segments: int | None = None

    # -- warp --------------------------------------------------------------------------------------

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

    def with_encoder(self, encoder: KeptScorer) -> Session:
        """Keep a trained encoder, as the newest; one that embeds alike goes."""
        return replace(self, encoders=(*(e for e in self.encoders if e.digest != encoder.digest), encoder))

    # -- match -------------------------------------------------------------------------------------

    def find_scene(self, id: int | None) -> Scene | None:
        """The scene with that id, or None."""
        return next((s for s in self.scenes if s.id == id), None)

    @property
    def active_scene(self) -> Scene | None:
        """The picture in hand."""
        return self.find_scene(self.scene)

    @property
    def active_caption(self) -> Caption | None:
        """The caption in hand: the one of that id, else the first of the picture in hand."""
        scene = self.active_scene
        if scene is None or not scene.captions:
            return None
        return next((c for c in scene.captions if c.id == self.caption), scene.captions[0])

    def matchings_of(self, scene: int | None) -> tuple[NamedMatch, ...]:
        """Those of the scene with that id, oldest first."""
        return tuple(m for m in self.matchings if m.scene == scene)

    def find_matching(self, id: int | None) -> NamedMatch | None:
        """The matching of the picture in hand with that id, or None."""
        return next((m for m in self.matchings if m.id == id and m.scene == self.scene), None)

    @property
    def named_match(self) -> NamedMatch | None:
        """What is shown for the picture in hand, with its name and id."""
        return self.find_matching(self.shown_match)

    @property
    def match(self) -> SceneMatch | None:
        """What is shown for the picture in hand: its links are drawn and edited."""
        named = self.named_match
        return None if named is None else named.match

    @property
    def other_match(self) -> SceneMatch | None:
        """What it is compared with, or None."""
        named = self.find_matching(self.compared) if self.compared != self.shown_match else None
        return None if named is None else named.match

    def match_of(self, scene: int) -> NamedMatch | None:
        """What stands for a scene: what is shown of the picture in hand, of another its newest matching."""
        if scene == self.scene and self.named_match is not None:
            return self.named_match
        return next((m for m in reversed(self.matchings) if m.scene == scene), None)

    def with_scene(self, scene: Scene) -> Session:
        """Put `scene` in the place of the one with its id, or at the end; matchings stay as they are."""
        if any(s.id == scene.id for s in self.scenes):
            return replace(self, scenes=tuple(scene if s.id == scene.id else s for s in self.scenes))
        return replace(self, scenes=(*self.scenes, scene))

    def with_active(self, scene: int | None, caption: int | None = None) -> Session:
        """Take another picture in hand, with its first caption if none is named and what stands for its links."""
        chosen = self.find_scene(scene)
        if chosen is None:
            return replace(self, scene=None, caption=None, shown_match=None, compared=None)
        if chosen.caption(caption or 0) is None:
            caption = chosen.captions[0].id if chosen.captions else None
        if scene == self.scene:
            return replace(self, caption=caption)
        shown = self.match_of(chosen.id)
        return replace(self, scene=scene, caption=caption, shown_match=shown and shown.id, compared=None)

    def without_scene(self, id: int) -> Session:
        """Without that picture and its matchings; the next one in the list is then in hand."""
        ids = [s.id for s in self.scenes]
        if id not in ids:
            return self
        at = ids.index(id)
        left = replace(
            self,
            scenes=tuple(s for s in self.scenes if s.id != id),
            matchings=tuple(m for m in self.matchings if m.scene != id),
        )
        if self.scene != id:
            return left
        return left.with_active(left.scenes[min(at, len(left.scenes) - 1)].id if left.scenes else None)

    def with_match(self, match: NamedMatch, show: bool = True) -> Session:
        """Put `match` in the place of the one with its id, or at the end; shown if its picture is in hand."""
        if any(m.id == match.id for m in self.matchings):
            kept = tuple(match if m.id == match.id else m for m in self.matchings)
        else:
            kept = (*self.matchings, match)
        shown = match.id if show and match.scene == self.scene else self.shown_match
        return replace(self, matchings=kept, shown_match=shown)

    def with_scorer(self, scorer: KeptScorer) -> Session:
        """Keep a trained scorer, as the newest; one that scores alike goes."""
        return replace(self, scorers=(*(s for s in self.scorers if s.digest != scorer.digest), scorer))

    def next_scene_id(self) -> int:
        """An id no scene of this session has."""
        return max((s.id for s in self.scenes), default=0) + 1

    def next_match_id(self) -> int:
        """An id no matching of this session has."""
        return max((m.id for m in self.matchings), default=0) + 1

    # -- segment -----------------------------------------------------------------------------------

    def find_recording(self, id: int | None) -> Recording | None:
        """The recording with that id, or None."""
        return next((r for r in self.recordings if r.id == id), None)

    @property
    def active_recording(self) -> Recording | None:
        """The recording in hand."""
        return self.find_recording(self.recording)

    def segmentations_of(self, recording: int | None) -> tuple[NamedSegments, ...]:
        """Those of the recording with that id, oldest first."""
        return tuple(s for s in self.segmentations if s.recording == recording)

    def find_segments(self, id: int | None) -> NamedSegments | None:
        """The segmentation of the recording in hand with that id, or None."""
        return next((s for s in self.segmentations if s.id == id and s.recording == self.recording), None)

    @property
    def segments(self) -> NamedSegments | None:
        """What is shown of the recording in hand: its tiers are drawn and edited."""
        return self.find_segments(self.shown_segments)

    @property
    def other_segments(self) -> NamedSegments | None:
        """What it is compared with, or None."""
        return self.find_segments(self.compared_segments) if self.compared_segments != self.shown_segments else None

    def segments_of(self, recording: int) -> NamedSegments | None:
        """What stands for a recording: what is shown of the one in hand, of another its newest segmentation."""
        if recording == self.recording and self.segments is not None:
            return self.segments
        return next((s for s in reversed(self.segmentations) if s.recording == recording), None)

    def with_recording(self, recording: Recording) -> Session:
        """Put `recording` in the place of the one with its id, or at the end; segmentations stay as they are."""
        if any(r.id == recording.id for r in self.recordings):
            return replace(self, recordings=tuple(recording if r.id == recording.id else r for r in self.recordings))
        return replace(self, recordings=(*self.recordings, recording))

    def with_recording_in_hand(self, recording: int | None) -> Session:
        """Take another recording in hand, with what stands for its pieces."""
        chosen = self.find_recording(recording)
        if chosen is None:
            return replace(self, recording=None, shown_segments=None, compared_segments=None)
        if recording == self.recording:
            return self
        shown = self.segments_of(chosen.id)
        return replace(self, recording=recording, shown_segments=shown and shown.id, compared_segments=None)

    def without_recording(self, id: int) -> Session:
        """Without that recording and its segmentations; the next one in the list is then in hand."""
        ids = [r.id for r in self.recordings]
        if id not in ids:
            return self
        at = ids.index(id)
        left = replace(
            self,
            recordings=tuple(r for r in self.recordings if r.id != id),
            segmentations=tuple(s for s in self.segmentations if s.recording != id),
        )
        if self.recording != id:
            return left
        rest = left.recordings
        return left.with_recording_in_hand(rest[min(at, len(rest) - 1)].id if rest else None)

    def with_segments(self, segments: NamedSegments, show: bool = True) -> Session:
        """Put `segments` in the place of the one with its id, or at the end; shown if its recording is in hand."""
        if any(s.id == segments.id for s in self.segmentations):
            kept = tuple(segments if s.id == segments.id else s for s in self.segmentations)
        else:
            kept = (*self.segmentations, segments)
        shown = segments.id if show and segments.recording == self.recording else self.shown_segments
        return replace(self, segmentations=kept, shown_segments=shown)

    def without_segments(self, id: int) -> Session:
        """Without that segmentation; the newest other one of its recording is then shown."""
        left = replace(
            self,
            segmentations=tuple(s for s in self.segmentations if s.id != id),
            compared_segments=None if self.compared_segments == id else self.compared_segments,
        )
        if self.shown_segments != id:
            return left
        rest = left.segmentations_of(self.recording)
        return replace(left, shown_segments=rest[-1].id if rest else None)

    def next_recording_id(self) -> int:
        """An id no recording of this session has."""
        return max((r.id for r in self.recordings), default=0) + 1

    def next_segments_id(self) -> int:
        """An id no segmentation of this session has."""
        return max((s.id for s in self.segmentations), default=0) + 1
