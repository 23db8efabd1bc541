"""Explain: the method in hand, step by step."""

from .dock import ExplainDock
from .examples import worked
from .lesson import Teachers
from .warp_dock import WarpExplainDock

__all__ = ["ExplainDock", "Teachers", "WarpExplainDock", "worked"]
