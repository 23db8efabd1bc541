"""Explain: the method in hand, step by step."""

from .dock import ExplainDock
from .examples import worked
from .lesson import Teachers

__all__ = ["ExplainDock", "Teachers", "worked"]
