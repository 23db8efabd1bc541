"""The nouns: frozen dataclasses that every room may hold."""

from .constraints import Anchor, Constraint, Constraints, Forbidden, Lock
from .cost import METRICS, LocalCost
from .features import FeatureRecipe, Features, FeatureTerm
from .links import Certificate, Fees, Link, LinkConstraints, Matching, Part, Similarity
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
from .session import Alignment, Errors, Recipe, Session

__all__ = [
    "METRICS",
    "Alignment",
    "Anchor",
    "AudioStream",
    "Box",
    "Caption",
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
    "Kind",
    "Link",
    "LinkConstraints",
    "LocalCost",
    "Lock",
    "Matching",
    "Media",
    "Origin",
    "Pair",
    "Part",
    "Phrase",
    "Picture",
    "Recipe",
    "Scene",
    "SceneObject",
    "Sequence",
    "Session",
    "Similarity",
    "Span",
    "Token",
    "Truth",
    "VideoStream",
    "WarpingPath",
    "box_array",
    "overlaps",
]
