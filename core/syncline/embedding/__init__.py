"""Embedding: from sequences of features a map that puts equal moments near one another.

>>> encoder = embedding.train_cycle([a.values, b.values])
>>> embedding.embed(encoder, a)  # Features of the same times

Everything is NumPy in float64 with gradients of its own.
"""

from ._encoder import Encoder, embed, keep, kept, load_encoder, save_encoder
from .cycle import Cycle, CycleForm, cycle_back, neighbours
from .metric import MetricEpoch, MetricParams, fit_metric
from .training import CycleEpoch, CycleParams, train_cycle

__all__ = [
    "Cycle",
    "CycleEpoch",
    "CycleForm",
    "CycleParams",
    "Encoder",
    "MetricEpoch",
    "MetricParams",
    "cycle_back",
    "embed",
    "fit_metric",
    "keep",
    "kept",
    "load_encoder",
    "neighbours",
    "save_encoder",
    "train_cycle",
]
