"""What both sides share is told from what a method that learns maps can make of anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from syncline._agreement import agreement, checked
from syncline.model import Alignment, Features, Media, Pair, Recipe, WarpingPath
from syncline.progress import Monitor


def features(values: np.ndarray) -> Features:
    return Features(np.ascontiguousarray(values, np.float32), np.arange(len(values)) / 30)


def wandering(rows: int, channels: int, seed: int) -> np.ndarray:
    """Smooth channels without a common rhythm, each its own."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(np.random.default_rng(seed).normal(0, 1, (rows, channels)), 6, axis=0)


def two_views(seed: int, warped: bool) -> tuple[Features, Features]:
    """Channels of three hidden curves seen by two linear cameras, the second one's clock bent."""
    rng = np.random.default_rng(seed)
    hidden = wandering(200, 3, seed)
    t = np.linspace(0, 1, 220)
    bent = t + (0.06 * np.sin(2 * np.pi * t) if warped else 0)
    rows = np.clip(np.round(199 * bent), 0, 199).astype(int)
    views = [h @ rng.normal(0, 1, (3, 24)) for h in (hidden, hidden[rows])]
    return tuple(features(v + rng.normal(0, 0.01, v.shape)) for v in views)  # type: ignore[return-value]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_views_of_one_thing_agree_and_better_than_along_a_straight_line(seed: int) -> None:
    found = agreement(*two_views(seed, True), Monitor())
    assert found.path > 0.75
    assert found.path > found.line + 0.1
    assert found.sentence.startswith("Channels kept back agree (")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_strangers_do_not_agree_whatever_the_method_makes_of_them(seed: int) -> None:
    one, other = features(wandering(200, 24, seed)), features(wandering(230, 24, seed + 100))
    found = agreement(one, other, Monitor())
    assert found.path < 0.75
    assert "nothing in common" in found.sentence


def test_only_what_was_chosen_automatically_and_mapped_is_checked() -> None:
    a, b = two_views(1, True)
    media = Media(Path("/nowhere/a.mp4"), "video", 1.0, "a", 1, 0)
    path = WarpingPath(np.array([[0, 0], [199, 219]]), a.times, b.times, 0.0)
    done = Alignment(
        1, Pair(media, media), Recipe(), Recipe(method="ctw"), "Chosen.", features_a=a, features_b=b, path=path
    )
    assert checked(done, Monitor()).reason.startswith("Chosen. Channels kept back agree")
    for other in (
        replace(done, recipe=Recipe(method="ctw")),
        replace(done, resolved=Recipe(method="dtw")),
        replace(done, features_b=features(b.values[:, :22])),
    ):
        assert checked(other, Monitor()) is other
