"""Learning: from corrected links a scorer of objects and phrases, one model a file.

>>> scorer = learning.train(examples, "contrastive", {"seed": 1})
>>> learning.score(scorer, other)  # float64 (n, m) in 0..1

A member is a class with `shapes`, `fit` and `score` (see `Learner`). Everything is NumPy in float64 with gradients of
its own, so that the same seed gives the same weights, bit by bit, on the same machine.
"""

from ._examples import Example, Widths
from ._regions import GRID, REGION_WIDTH, box_features, picture_regions
from ._scorer import Scorer, keep, kept, load_scorer, save_scorer
from ._training import REGISTRY, Epoch, FittingParams, Learner, Live, Trained, enough, register, score, train

__all__ = [
    "GRID",
    "REGION_WIDTH",
    "REGISTRY",
    "Epoch",
    "Example",
    "FittingParams",
    "Learner",
    "Live",
    "Scorer",
    "Trained",
    "Widths",
    "box_features",
    "enough",
    "keep",
    "kept",
    "load_scorer",
    "picture_regions",
    "register",
    "save_scorer",
    "score",
    "train",
]
