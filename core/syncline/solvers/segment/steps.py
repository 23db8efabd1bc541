"""CTC, k-means and PELT step by step, for small cases: plain states, in the order in which they come about.

The values are those of `decoding`, `ctc`, `units` and `changepoints`, by float64 programs of a few lines that can be
read.
"""

from __future__ import annotations

from ._ctc_steps import CollapseStep, Run, TrellisStep, collapse_steps, paths_to, trellis_steps
from ._means_steps import MeansStep, means_steps, plus_plus
from ._pelt_steps import Beginning, PeltStep, pelt_steps

__all__ = [
    "Beginning",
    "CollapseStep",
    "MeansStep",
    "PeltStep",
    "Run",
    "TrellisStep",
    "collapse_steps",
    "means_steps",
    "paths_to",
    "pelt_steps",
    "plus_plus",
    "trellis_steps",
]
