"""Boundaries that are made finer: against made sounds whose changes are known, and against every possibility."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from syncline.model.segments import Segment, Tier, Tiers
from syncline.speech import Fine, How, Look, Sound, Spoken, refine

RATE = Sound.rate


def look_of(samples: np.ndarray, start: float = 0.0) -> Look:
    made = Sound()
    for at in range(0, len(samples), 5000):
        made.update(samples[at : at + 5000].astype(np.float32), start + at / RATE)
    return made.finish()


def spoken() -> tuple[np.ndarray, list[float]]:
    """Silence, three tones (one word), silence, two tones (another), silence, and where each of those ends."""
    random = np.random.default_rng(3)
    pieces, ends = [], []
    for hz, seconds in ((0, 0.4), (300, 0.12), (2500, 0.1), (700, 0.15), (0, 0.3), (1500, 0.11), (400, 0.14), (0, 0.4)):
        t = np.arange(round(seconds * RATE)) / RATE
        pieces.append(0.3 * np.sin(2 * np.pi * hz * t))
        ends.append(sum(map(len, pieces)) / RATE)
    return np.concatenate(pieces) + 1e-3 * random.normal(size=round(ends[-1] * RATE)), ends[:-1]


def heard(starts: list[float], words: list[list[str]]) -> Tiers:
    """Tiers as CTC gives them: each label lasts a frame of 20 ms only."""
    times = iter(starts)
    labels = [[Segment(t, t + 0.02, name, 0.5) for name, t in zip(word, times, strict=False)] for word in words]
    tops = [Segment(w[0].start, w[-1].end, "".join(s.label for s in w), 0.25) for w in labels]
    return Tiers((Tier("words", tuple(tops)), Tier("labels", tuple(s for w in labels for s in w))), end=3.0)


WORDS = [["m", "i", "o"], ["u", "a"]]


@pytest.mark.parametrize("start", [0.0, 2.25])
def test_changes_and_silences_are_found(start: float) -> None:
    samples, edges = spoken()
    true = [start + edges[k] for k in (0, 1, 2, 4, 5)]
    shaken = [t + d for t, d in zip(true, (0.03, -0.025, 0.02, 0.03, -0.02), strict=True)]
    found = refine(heard(shaken, WORDS), look_of(samples, start), word_lag=0.0)
    labels, words = found.tier("labels"), found.tier("words")
    assert labels is not None and words is not None
    np.testing.assert_allclose([s.start for s in labels.segments], true, atol=0.0101)
    ends = [start + edges[k] for k in (1, 2, 3, 5, 6)]
    np.testing.assert_allclose([s.end for s in labels.segments], ends, atol=0.0151)
    assert [(s.label, s.score) for s in words.segments] == [("mio", 0.25), ("ua", 0.25)]
    assert words.segments[0].end == labels.segments[2].end and words.segments[1].start == labels.segments[3].start


def test_a_boundary_that_was_set_stays() -> None:
    samples, edges = spoken()
    shaken = [edges[k] for k in (0, 1, 2, 4, 5)]
    kept = edges[1] + 0.033
    found = refine(heard(shaken, WORDS), look_of(samples), keep=[kept]).tier("labels")
    assert found is not None and found.segments[1].start == kept


def test_the_settled_boundaries_are_the_best_of_all() -> None:
    random = np.random.default_rng(0)
    cepstra = np.repeat(random.normal(size=(6, 13)), [9, 7, 12, 5, 11, 16], axis=0) + random.normal(size=(60, 13)) * 0.4
    look = Look(0.0, 0.005, cepstra, np.zeros(60))
    how = How(change=0.02, spread=0.02, pause=-1)
    at = [0.06, 0.13]
    found = refine(heard(at, [["m", "i"]]), look, word_lag=0.0, how=how).tier("labels")
    assert found is not None

    def cost(a: int, b: int, c: int) -> float:
        inner = sum(((x - x.mean(0)) ** 2).sum() for x in np.split(cepstra, [a, b, c]) if len(x))
        # Without a pause the last segment begins a row before the end, as it is heard.
        prior = sum(((row * 0.005 - t) / 0.02) ** 2 / 2 for row, t in zip((a, b, c), (*at, 0.295), strict=True))
        return how.change * inner + prior

    near = [range(max(round(t / 0.005) - 10, 0), min(round(t / 0.005) + 11, 61)) for t in (*at, 0.295)]
    best = min(
        (p for p in itertools.product(*near) if p[0] >= 3 and p[1] - p[0] >= 3 and p[2] - p[1] >= 3),
        key=lambda p: cost(*p),
    )
    assert [round(s.start / 0.005) for s in found.segments] == list(best[:2])
    assert round(found.segments[1].end / 0.005) == best[2]


def test_labels_without_room_keep_their_order_and_what_was_set() -> None:
    samples, _ = spoken()
    look = look_of(samples)
    random = np.random.default_rng(5)
    for _ in range(20):
        starts = (0.3 + 0.02 * np.sort(random.choice(60, 40, replace=False))).tolist()
        keep = sorted(set(random.choice(starts, 3).tolist()))
        found = refine(heard(starts, [list("mnlaiouevz") for _ in range(4)]), look, keep=keep).tier("labels")
        assert found is not None
        times = [t for s in found.segments for t in (s.start, s.end)]
        assert times == sorted(times) and len(found.segments) == 40
        assert set(keep) <= {s.start for s in found.segments}


@pytest.mark.parametrize("seed", range(12))
def test_a_stretch_between_boundaries_that_stay_is_settled_as_within_the_whole(seed: int) -> None:
    samples, _ = spoken()
    random = np.random.default_rng(seed)
    starts = 0.3 + np.sort(random.choice(200, 24, replace=False)) / 200
    first = random.uniform(size=24) < 0.4
    first[0] = True
    said = Spoken(tuple(random.choice(list("mnlaiouevztkh"), 24)), starts, first)
    held = {int(k): float(starts[k] + random.uniform(-0.002, 0.002)) for k in random.choice(24, 4, replace=False)}
    ends = {int(k - 1): float(starts[k]) for k in np.flatnonzero(first)[1:] if k not in held and random.uniform() < 0.5}
    fine = Fine(look_of(samples), 0.01)
    whole = np.stack(fine.settled(said, held, ends))
    edges = [0, *sorted(k for k in held if k), 24]
    parts = [np.stack(fine.settled(said, held, ends, a, b)) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.hstack(parts), whole)
    assert all(whole[0, k] == t for k, t in held.items())
    assert all(whole[1, k] == t for k, t in ends.items())
    assert (np.diff(whole[0]) > 0).all()
    assert (whole[1] > whole[0]).all()
