"""The nouns: frozen dataclasses that every room may hold."""

from .constraints import Anchor, Constraint, Constraints, Forbidden, Lock
from .cost import METRICS, LocalCost
from .emissions import Emissions
from .features import FeatureRecipe, Features, FeatureTerm
from .links import Certificate, Fees, Link, LinkConstraints, Matching, Part, Similarity
from .matches import CaptionMatch, MatchErrors, MatchRecipe, SceneMatch, SimilarityTerm
from .media import AudioStream, Kind, Media, Pair, Sequence, Truth, VideoStream
from .outline import Outline, Ring
from .paths import WarpingPath
from .recordings import EmissionSource, Held, NamedSegments, Pin, Recording, SegmentConstraints, SegmentRecipe, Word
from .scene import (
    Box,
    Caption,
    Grounding,
    Origin,
    Phrase,
    Picture,
    Scene,
    SceneObject,
    Span,
    Token,
    box_array,
    overlaps,
)
from .segments import Segment, Tier, Tiers
from .session import AUTO, Alignment, Errors, KeptScorer, NamedMatch, Recipe, Session
from .skeleton import Skeleton

__all__ = [
    "AUTO",
    "METRICS",
    "Alignment",
    "Anchor",
    "AudioStream",
    "Box",
    "Caption",
    "CaptionMatch",
    "Certificate",
    "Constraint",
    "Constraints",
    "EmissionSource",
    "Emissions",
    "Errors",
    "FeatureRecipe",
    "FeatureTerm",
    "Features",
    "Fees",
    "Forbidden",
    "Grounding",
    "Held",
    "KeptScorer",
    "Kind",
    "Link",
    "LinkConstraints",
    "LocalCost",
    "Lock",
    "MatchErrors",
    "MatchRecipe",
    "Matching",
    "Media",
    "NamedMatch",
    "NamedSegments",
    "Origin",
    "Outline",
    "Pair",
    "Part",
    "Phrase",
    "Picture",
    "Pin",
    "Recipe",
    "Recording",
    "Ring",
    "Scene",
    "SceneMatch",
    "SceneObject",
    "Segment",
    "SegmentConstraints",
    "SegmentRecipe",
    "Sequence",
    "Session",
    "Similarity",
    "SimilarityTerm",
    "Skeleton",
    "Span",
    "Tier",
    "Tiers",
    "Token",
    "Truth",
    "VideoStream",
    "WarpingPath",
    "Word",
    "box_array",
    "overlaps",
]
