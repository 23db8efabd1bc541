"""Feature extractors, one a file.

A member is a class made with its parameters dataclass. What it gets depends on the kinds it registers for:

- ``"video"``: the attribute ``picture`` says which reduced picture it wants; ``update(picture, time)`` is
  called for every frame in order, ``finish() -> Features`` ends it. Several extractors share one decoding pass.
  What it reads beside its parameters, such as a model, `known_by` tells apart (a digest).
- ``"audio"`` (also the sound of a video): the attribute ``rate`` (Hz, mono) says what it wants;
  ``update(samples, time)`` is called with consecutive float32 blocks of any length, ``time`` being the medium's
  clock at the first of them, ``finish() -> Features`` ends it. Where the blocks are cut does not change the result.
- ``"features"``: ``update(values, times)`` with the whole sequence, then ``finish()``.

One that is made of others' features has the attribute ``bases``, a tuple of `FeatureTerm` with parameters, and instead
of ``update`` and ``finish`` the method ``derive(*features) -> Features``, which gets one a base. What the bases took
long to find is then kept on disk once, whatever is made of it.

One that takes long over a picture, or over the end, has an attribute ``monitor``: extraction puts its own there, to be
asked now and then.

A recording that an extractor can't describe is a `MediaError`; extraction adds whose it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..registry import Registry

__all__ = ["REGISTRY", "Picture", "register"]


class Picture(NamedTuple):
    """What a video extractor wants to be given: the longer side in pixels at most, and uint8 grey (h, w) or
    BGR (h, w, 3).
    """

    side: int
    grey: bool


REGISTRY: Registry[Any] = Registry("syncline.features", "syncline.features", "feature")
register = REGISTRY.register
