"""What to compare in two videos: the same view by what it looks like, other views by what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model import FeatureRecipe, Features, FeatureTerm, Media, Pair
from ..registry import build
from . import REGISTRY
from ._person import share_seen
from ._scene import SCENE, SceneParams, likeness
from .keypoints import affordable_rate
from .silhouette import STILL, SilhouetteParams, still_share

__all__ = ["Choice", "Glance", "choose"]

Stills = Callable[[Media], list[NDArray[np.uint8]]]

_SAME_VIEW = 0.5
"""Likeness from which two cameras stand at one place. The same view in other light, or compressed to the utmost,
reached 0.91 to 1.0 on the shared videos, other views and other scenes at most 0.36."""
_PEOPLE = 0.6
_MAPS = {"shrinkage": 0.03}
"""Fixed: chosen anew for each pair, it now and then comes out at next to nothing, and the maps then fit anything. With
it, 25 pairs of the two pose2sim cameras with known warps are 1.05 frames off on average and 2.2 at most."""


@dataclass(frozen=True)
class Glance:
    """What was seen of both sides beside the features that are compared.

    Attributes
    ----------
    a, b
        Features of the choice's `looks`, in their order.
    stills
        Gives some BGR pictures of a medium, spread over it.
    """

    a: list[Features]
    b: list[Features]
    stills: Stills


@dataclass(frozen=True)
class Choice:
    """A recipe and why, in one sentence.

    Attributes
    ----------
    method
        The method that suits it where nobody asked for one; empty: the usual one.
    params
        Parameters of the method that suit it, where nobody asked for a method or parameters; None: the usual ones.
    looks
        What else is to be extracted, to be looked at only.
    reconsider
        Asked once all that is extracted: gives another choice, or None to keep this one.
    """

    recipe: FeatureRecipe
    reason: str
    method: str = ""
    params: dict[str, Any] | None = None
    looks: tuple[FeatureTerm, ...] = ()
    reconsider: Callable[[Glance], Choice | None] | None = None


def choose(pair: Pair) -> Choice:
    """Begin with appearance and motion; the pictures seen on the way tell whether these will do."""
    recipe = FeatureRecipe((_term("appearance"), _term("motion", 0.25)), components=32)
    sentence = "Both files are videos: what the pictures look like is compared, and what moves in them."
    scene = FeatureTerm(SCENE, 1.0, SceneParams())

    def reconsider(glance: Glance) -> Choice | None:
        alike = likeness(glance.a[0], glance.b[0])
        if alike >= _SAME_VIEW:
            return None
        stills = [glance.stills(media) for media in (pair.a, pair.b)]
        if all(share_seen(pictures) >= _PEOPLE for pictures in stills):
            return _poses(pair)
        if all(_stands_still(pictures) for pictures in stills):
            return Choice(
                FeatureRecipe((_term("silhouette"),)),
                "Two cameras that stand still show different views and no person seen well in both: the outlines "
                "of what moves are compared, by a method that learns what both share.",
                method="ctw",
                params=_MAPS,
            )
        return Choice(
            recipe,
            "The two videos show different views, no person that is seen well in both, and cameras that move: what the "
            "pictures look like and what moves in them is compared, which may say little; check the path.",
        )

    return Choice(recipe, sentence, looks=(scene,), reconsider=reconsider)


def _stands_still(pictures: list[NDArray[np.uint8]]) -> bool:
    import cv2

    side = SilhouetteParams().side
    small: list[NDArray[np.uint8]] = []
    for picture in pictures:
        scale = side / max(picture.shape[:2])
        size = [max(1, round(s * scale)) for s in picture.shape[1::-1]]
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        small.append(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8))
    return still_share(small) >= STILL


def _poses(pair: Pair) -> Choice:
    rate = affordable_rate(max(pair.a.duration, pair.b.duration))
    return Choice(
        FeatureRecipe((_term("pose", 1.0, {"rate": rate}),)),
        "Two cameras see a person from different sides: poses are compared, by a method that learns what both share.",
        method="ctw",
        params=_MAPS,
    )


def _term(name: str, weight: float = 1.0, values: dict[str, Any] | None = None) -> FeatureTerm:
    return FeatureTerm(name, weight, build(REGISTRY[name].params, values))
