"""The nouns: frozen dataclasses that every room may hold."""

from .constraints import Anchor, Constraint, Constraints, Forbidden, Lock
from .cost import METRICS, LocalCost
from .features import FeatureRecipe, Features, FeatureTerm
from .links import Certificate, Fees, Link, LinkConstraints, Matching, Part, Similarity
from .media import AudioStream, Kind, Media, Pair, Sequence, Truth, VideoStream
from .paths import WarpingPath
from .session import Alignment, Errors, Recipe, Session

__all__ = [
    "METRICS",
    "Alignment",
    "Anchor",
    "AudioStream",
    "Certificate",
    "Constraint",
    "Constraints",
    "Errors",
    "FeatureRecipe",
    "FeatureTerm",
    "Features",
    "Fees",
    "Forbidden",
    "Kind",
    "Link",
    "LinkConstraints",
    "LocalCost",
    "Lock",
    "Matching",
    "Media",
    "Pair",
    "Part",
    "Recipe",
    "Sequence",
    "Session",
    "Similarity",
    "Truth",
    "VideoStream",
    "WarpingPath",
]
