"""Explain: the method in hand, step by step."""

from .dock import ExplainDock
from .examples import worked
from .lesson import Teachers
from .segment_dock import SegmentExplainDock
from .warp_dock import WarpExplainDock

__all__ = ["ExplainDock", "SegmentExplainDock", "Teachers", "WarpExplainDock", "worked"]
