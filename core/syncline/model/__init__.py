"""The nouns: frozen dataclasses that every room may hold."""

from .constraints import Anchor, Constraint, Constraints, Forbidden, Lock
from .cost import METRICS, LocalCost
from .features import FeatureRecipe, Features, FeatureTerm
from .media import AudioStream, Kind, Media, Pair, Sequence, Truth, VideoStream
from .paths import WarpingPath
from .session import Alignment, Errors, Recipe, Session

__all__ = [
    "METRICS",
    "Alignment",
    "Anchor",
    "AudioStream",
    "Constraint",
    "Constraints",
    "Errors",
    "FeatureRecipe",
    "FeatureTerm",
    "Features",
    "Forbidden",
    "Kind",
    "LocalCost",
    "Lock",
    "Media",
    "Pair",
    "Recipe",
    "Sequence",
    "Session",
    "Truth",
    "VideoStream",
    "WarpingPath",
]
