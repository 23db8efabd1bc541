"""The nouns: frozen dataclasses that every room may hold."""

from .constraints import Anchor, Constraint, Constraints, Forbidden, Lock
from .cost import METRICS, LocalCost
from .features import FeatureRecipe, Features, FeatureTerm
from .links import Certificate, Fees, Link, LinkConstraints, Matching, Part, Similarity
from .matches import CaptionMatch, MatchErrors, MatchRecipe, SceneMatch, SimilarityTerm
from .media import AudioStream, Kind, Media, Pair, Sequence, Truth, VideoStream
from .paths import WarpingPath
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
    "Errors",
    "FeatureRecipe",
    "FeatureTerm",
    "Features",
    "Fees",
    "Forbidden",
    "Grounding",
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
    "Origin",
    "Pair",
    "Part",
    "Phrase",
    "Picture",
    "Recipe",
    "Scene",
    "SceneMatch",
    "SceneObject",
    "Sequence",
    "Session",
    "Similarity",
    "SimilarityTerm",
    "Skeleton",
    "Span",
    "Token",
    "Truth",
    "VideoStream",
    "WarpingPath",
    "box_array",
    "overlaps",
]
