"""Feature extractors, one a file.

A member is a class made with its parameters dataclass. What it gets depends on the kinds it registers for:

- ``"video"``: the class attribute ``picture`` says which reduced picture it wants; ``update(picture, time)`` is
  called for every frame in order, ``finish() -> Features`` ends it. Several extractors share one decoding pass.
- ``"audio"`` (also the sound of a video): the class attributes ``rate`` (Hz, mono) and ``context`` (s) say what it
  wants; ``update(samples, time)`` is called with consecutive float32 blocks, ``finish() -> Features`` ends it.
- ``"features"``: ``update(values, times)`` with the whole sequence, then ``finish()``.
"""

from __future__ import annotations

from typing import Any

from ..registry import Registry

__all__ = ["REGISTRY", "register"]

REGISTRY: Registry[Any] = Registry("syncline.features", "syncline.features", "feature")
register = REGISTRY.register
