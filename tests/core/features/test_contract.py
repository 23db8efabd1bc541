"""What every extractor keeps to, newcomers and plugins included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from syncline.errors import MediaError
from syncline.features import REGISTRY
from syncline.model import Features
from syncline.registry import build, describe

KINDS = {"video", "audio", "features"}
# What was learned has no defaults to be tried with: test_learned.py.
NAMES, SOUND, VIDEO = ([n for n in REGISTRY.names(kind) if n != "learned"] for kind in (None, "audio", "video"))


def believed(points: np.ndarray) -> np.ndarray:
    """Key points with confidences that say that a person was there, which noise does not."""
    rows = points.reshape(len(points), -1, 3).copy()
    rows[..., 2] = 0.9
    return rows.reshape(points.shape)


def feed(name: str, kind: str, pieces: int, seed: int = 0) -> Features:
    """Run an extractor with default parameters over 2 s of noise, sound being cut into `pieces` blocks."""
    rng = np.random.default_rng(seed)
    method = REGISTRY[name]
    extractor: Any = method.call(build(method.params))
    if hasattr(extractor, "bases"):
        found = feed(extractor.bases[0].name, kind, pieces, seed)
        return extractor.derive(Features(believed(found.values), found.times))
    if kind == "video":
        shape = (90, extractor.picture.side) if extractor.picture.grey else (90, extractor.picture.side, 3)
        still = rng.integers(0, 256, shape, np.uint8)
        for k in range(20):
            moving = still.copy()
            # Now faster, now slower: what is even all along tells nothing.
            moving[40:60] = np.roll(still[40:60], 2 * k + k % 3, axis=1)
            extractor.update(moving, k / 10)
    elif kind == "audio":
        samples = rng.normal(0, 0.1, 2 * extractor.rate).astype(np.float32)
        cuts = np.sort(rng.integers(0, len(samples), pieces - 1))
        start = 0.25
        for block, first in zip(np.split(samples, cuts), [0, *cuts], strict=True):
            extractor.update(block, start + first / extractor.rate)
    else:
        extractor.update(rng.normal(0, 1, (20, 3)).astype(np.float32), np.arange(20) / 10)
    return extractor.finish()


@pytest.mark.parametrize("name", NAMES)
def test_every_extractor_keeps_the_contract(name: str) -> None:
    method = REGISTRY[name]
    assert method.kinds
    assert method.kinds <= KINDS
    assert method.help
    assert all(d["label"] for d in describe(method.params))
    for kind in sorted(method.kinds):
        features = feed(name, kind, 1)
        assert features.values.dtype == np.float32
        assert features.values.flags.c_contiguous
        assert not features.values.flags.writeable
        assert np.isfinite(features.values).all()
        assert features.values.std() > 0
        assert (np.diff(features.times) > 0).all()
        if kind == "audio":
            assert features.times[0] == 0.25
            assert abs(features.times[-1] - 2.25) < 0.05
        else:
            np.testing.assert_array_equal(features.times, np.arange(20) / 10)
        again = feed(name, kind, 1)
        np.testing.assert_array_equal(features.values, again.values)


@pytest.mark.parametrize("name", SOUND)
def test_where_sound_is_cut_into_blocks_changes_nothing(name: str) -> None:
    whole, pieces = feed(name, "audio", 1, seed=3), feed(name, "audio", 57, seed=3)
    np.testing.assert_array_equal(whole.times, pieces.times)
    scale = np.abs(whole.values).max()
    # Sums run over other numbers of rows at once: the last bits of float32 may differ, and logarithms enlarge that.
    np.testing.assert_allclose(pieces.values, whole.values, atol=1e-5 * scale)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("length", [0, 1, 100, 22050])
def test_silence_and_very_short_sound_give_finite_rows(name: str, length: int) -> None:
    extractor: Any = REGISTRY[name].call(build(REGISTRY[name].params))
    extractor.update(np.zeros(length, np.float32), 0.0)
    features = extractor.finish()
    assert len(features) >= 1
    assert np.isfinite(features.values).all()
    # Nothing sounds, so no row differs from another.
    assert np.ptp(features.values, axis=0).max() == 0


@pytest.mark.parametrize("name", [n for n in VIDEO if hasattr(REGISTRY[n].call(build(REGISTRY[n].params)), "picture")])
@pytest.mark.parametrize("shape", [(1, 1), (3, 160), (160, 9), (90, 160)])
def test_pictures_of_any_shape_even_one_alone(name: str, shape: tuple[int, int]) -> None:
    extractor: Any = REGISTRY[name].call(build(REGISTRY[name].params))
    full = shape if extractor.picture.grey else (*shape, 3)
    for frames in (1, 2):
        extractor = REGISTRY[name].call(extractor.params)
        for k in range(frames):
            extractor.update(np.full(full, 40 + 20 * k, np.uint8), k / 25)
        try:
            features = extractor.finish()
        except MediaError:
            assert name == "silhouette", "only this one needs something that moves"
            continue
        assert len(features) == frames
        assert np.isfinite(features.values).all()
