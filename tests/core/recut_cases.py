"""Recordings to be cut and cut again, and what their segmentations are compared by."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from syncline.edits.pieces import Edit, apply
from syncline.model import Features, Media
from syncline.model.emissions import Emissions
from syncline.model.recordings import NamedSegments, Recording, SegmentRecipe, Word
from syncline.model.segments import Segment
from syncline.recutting import (
    Prepared,
    resolve,
)
from syncline.speech import Look

LABELS = "øabcd"
STEP = 0.1


def emissions(rng: np.random.Generator, frames: int, flat: float = 1.0) -> Emissions:
    logs = np.log(rng.dirichlet(np.full(len(LABELS), flat), frames) + 1e-9)
    return Emissions(logs.astype(np.float32), tuple(LABELS), 0, 0.0, STEP)


def peaked(rng: np.random.Generator, words: list[str], gap: int = 3) -> Emissions:
    """Emissions that show the labels of some words, each in a frame or two."""
    rows: list[np.ndarray] = []
    for name in "".join(words):
        for k in [0] * int(rng.integers(1, gap + 1)) + [LABELS.index(name)] * int(rng.integers(1, 3)):
            p = rng.dirichlet(np.full(len(LABELS), 0.3)) * 0.3
            p[k] += 0.7
            rows.append(p)
    logs = np.log(np.array(rows) + 1e-9)
    return Emissions(logs.astype(np.float32), tuple(LABELS), 0, 0.0, STEP)


def spoken(e: Emissions, words: list[str], look: Look | None = None) -> tuple[Prepared, Recording, NamedSegments]:
    media = Media(Path("/talk.wav"), "audio", e.duration, "", 0, 0)
    recording = Recording(1, media, tuple(map(Word, words)))
    recipe = SegmentRecipe("ctc")
    prepared = Prepared(1, recipe, "", e, look=look, word_lag=None if look is None else 0.0)
    return prepared, recording, NamedSegments(1, 1, recipe)


def cut_rows(
    x: np.ndarray, method: str = "changepoints", params: object = None
) -> tuple[Prepared, Recording, NamedSegments]:
    media = Media(Path("/rows.npy"), "features", len(x) * STEP, "", 0, 0)
    rows = Features(x.astype(np.float32), np.asarray((np.arange(len(x)) + 0.5) * STEP, np.float64))
    recipe = SegmentRecipe(method, params)
    return Prepared(1, recipe, "", rows=rows), Recording(1, media), NamedSegments(1, 1, recipe)


def afresh(prepared: Prepared) -> Prepared:
    """The same, with nothing remembered."""
    return Prepared(**{f: getattr(prepared, f) for f in ("recording", "recipe", "reason", "emissions", "rows", "others", "look", "phonemes", "word_lag")})  # fmt: skip


def tier(segments: NamedSegments, name: str) -> tuple[Segment, ...]:
    found = segments.tiers.tier(name)
    assert found is not None
    return found.segments


def assert_equal(a: NamedSegments, b: NamedSegments) -> None:
    assert [t.name for t in a.tiers.tiers] == [t.name for t in b.tiers.tiers]
    for one, other in zip(a.tiers.tiers, b.tiers.tiers, strict=True):
        assert [s.label for s in one.segments] == [s.label for s in other.segments]
        mine, its = ([(s.start, s.end) for s in t.segments] for t in (one, other))
        np.testing.assert_allclose(mine, its, atol=1e-9, err_msg=one.name)
        scores, others = ([math.nan if s.score is None else s.score for s in t.segments] for t in (one, other))
        np.testing.assert_allclose(scores, others, atol=2e-6, err_msg=one.name)
    assert a.constraints == b.constraints


def done(
    prepared: Prepared, recording: Recording, segments: NamedSegments, edit: Edit
) -> tuple[Recording, NamedSegments]:
    recording, drawn = apply(recording, segments, edit)
    assert drawn is not None
    return recording, resolve(prepared, recording, drawn)


def steps(rng: np.random.Generator, pieces: int = 12) -> np.ndarray:
    x = np.repeat(rng.normal(0, 3, (pieces, 2)), rng.integers(3, 15, pieces), 0)
    return x + rng.normal(size=x.shape)


def rows_of(segments: NamedSegments, name: str) -> tuple[int, ...]:
    return tuple(round(s.end / STEP) for s in tier(segments, name))
