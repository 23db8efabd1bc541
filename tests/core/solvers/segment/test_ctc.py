"""CTC against every path of small cases, torch's published numbers and hand-worked ones (ALGORITHMS 7.2)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncline.errors import Infeasible, OverBudget, ParameterError
from syncline.model.emissions import Emissions
from syncline.solvers.segment import ctc
from syncline.solvers.segment.ctc import Fixed, align, log_probability
from syncline.solvers.segment.decoding import beam_search, collapse, greedy, stages

LECTURE = [(0.5, 0.3, 0.2), (0.4, 0.4, 0.2), (0.3, 0.2, 0.5), (0.6, 0.1, 0.3)]


def emissions(p: object, blank: int = 0) -> Emissions:
    with np.errstate(divide="ignore"):
        logs = np.log(np.asarray(p, np.float64)).astype(np.float32)
    return Emissions(logs, tuple("ø123456789abcdefg"[: logs.shape[1]]), blank)


def random_emissions(rng: np.random.Generator, frames: int, classes: int, blank: int = 0) -> Emissions:
    return emissions(rng.dirichlet(np.ones(classes), frames), blank)


def every_path(e: Emissions) -> Iterator[tuple[tuple[int, ...], float]]:
    p = e.log_probs.astype(np.float64)
    for path in itertools.product(range(p.shape[1]), repeat=len(p)):
        yield path, float(p[np.arange(len(p)), path].sum())


def test_the_worked_numbers() -> None:
    e = emissions(LECTURE)
    found = align(e, (1, 2), posteriors=True)
    assert found.path.tolist() == [0, 1, 2, 0]
    assert math.exp(found.path_log_prob) == pytest.approx(0.06, rel=1e-6)
    assert math.exp(found.log_prob) == pytest.approx(0.3066, rel=1e-6)
    assert -log_probability(e, (1, 2)) == pytest.approx(1.182211, abs=1e-6)
    assert greedy(e).labels == (2,)
    assert beam_search(e)[0].labels == (1, 2)
    two = emissions([(0.6, 0.4)] * 2)
    assert greedy(two).labels == ()
    best, second = beam_search(two)[:2]
    assert best.labels == (1,) and math.exp(best.log_prob) == pytest.approx(0.64, rel=1e-6)
    assert second.labels == () and math.exp(second.log_prob) == pytest.approx(0.36, rel=1e-6)


@pytest.mark.parametrize(
    ("frames", "labels", "paths"), [(4, (1, 2), 15), (4, (1, 1), 5), (5, (1, 1, 1), 1), (3, (1, 1, 1), 0)]
)
def test_how_many_paths_a_labelling_has(frames: int, labels: tuple[int, ...], paths: int) -> None:
    e = emissions(np.full((frames, 3), 1 / 3))
    wanted = math.log(paths) - frames * math.log(3) if paths else -math.inf
    assert log_probability(e, labels) == pytest.approx(wanted, abs=1e-5)


def test_the_four_stages() -> None:
    # The lecture's: ø w w ø o o m ø ø a n n ø.
    found = stages([0, 1, 1, 0, 2, 2, 3, 0, 0, 4, 5, 5, 0], 0)
    assert found.merged == (0, 1, 0, 2, 3, 0, 4, 5, 0)
    assert found.labels == (1, 2, 3, 4, 5)
    assert collapse([2, 2, 1, 2], 1) == (2, 2)


cases = st.tuples(st.integers(1, 7), st.integers(1, 3), st.integers(0, 2**32 - 1))


@settings(max_examples=60, deadline=None)
@given(case=cases, zeros=st.booleans())
# A prefix has the probability 0 after a frame, one that continues it has not, and then it comes back.
@example(case=(6, 3, 207), zeros=True)
def test_equal_to_every_path_counted(case: tuple[int, int, int], zeros: bool) -> None:
    counted(case, zeros)


@pytest.mark.parametrize("zeros", [False, True])
def test_equal_to_every_path_counted_at_all_small_sizes(zeros: bool) -> None:
    for frames, classes in itertools.product(range(1, 8), range(1, 4)):
        counted((frames, classes, 1), zeros)


def counted(case: tuple[int, int, int], zeros: bool) -> None:
    """Compare all that is said of one emission matrix with what its paths say, one by one."""
    frames, classes, seed = case
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(classes), frames)
    if zeros and classes > 1:
        p[rng.random(p.shape) < 0.25] = 0
    e = emissions(p, int(rng.integers(classes)))
    sums: dict[tuple[int, ...], list[tuple[tuple[int, ...], float]]] = {}
    for path, score in every_path(e):
        sums.setdefault(collapse(path, e.blank), []).append((path, score))
    for labels, paths in sums.items():
        total = float(np.logaddexp.reduce([s for _, s in paths]))
        assert log_probability(e, labels) == pytest.approx(total, abs=1e-5)
        if total == -math.inf:
            with pytest.raises(Infeasible):
                align(e, labels)
            continue
        found = align(e, labels, posteriors=True, occupancy=True, near=0)
        assert found.path_log_prob == pytest.approx(max(s for _, s in paths), abs=1e-5)
        assert collapse(found.path, e.blank) == labels
        weights = np.exp([s - total for _, s in paths])
        occupancy = np.zeros((frames, classes))
        for (path, _), w in zip(paths, weights, strict=True):
            occupancy[np.arange(frames), path] += w
        assert found.occupancy is not None
        assert np.allclose(found.occupancy, occupancy, atol=1e-5)
        for k, span in enumerate(found.spans):
            begins = [
                w for (path, _), w in zip(paths, weights, strict=True) if starts_of(path, e.blank)[k] == span.start
            ]
            assert span.sure == pytest.approx(sum(begins), abs=1e-5)
    ranked = beam_search(e, 10_000)
    known = {labels: np.logaddexp.reduce([s for _, s in paths]) for labels, paths in sums.items()}
    assert {h.labels for h in ranked} == {labels for labels, s in known.items() if s > -math.inf}
    assert all(h.log_prob == pytest.approx(known[h.labels], abs=1e-5) for h in ranked)
    assert [h.log_prob for h in ranked] == sorted((h.log_prob for h in ranked), reverse=True)


def starts_of(path: tuple[int, ...], blank: int) -> list[int]:
    return [t for t, k in enumerate(path) if k != blank and (t == 0 or path[t - 1] != k)]


def ends_of(path: tuple[int, ...], blank: int) -> list[int]:
    return [t + 1 for t, k in enumerate(path) if k != blank and (t + 1 == len(path) or path[t + 1] != k)]


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 3), blank=st.integers(0, 2))
def test_set_boundaries_are_obeyed(seed: int, count: int, blank: int) -> None:
    rng = np.random.default_rng(seed)
    e = random_emissions(rng, 6, 3, blank)
    labels = tuple(int(k) for k in rng.choice([k for k in range(3) if k != blank], count))
    fixed = [
        Fixed(int(rng.integers(count)), int(rng.integers(1, 6)), bool(rng.integers(2)), bool(rng.integers(2)))
        for _ in range(rng.integers(1, 3))
    ]

    def obeys(path: tuple[int, ...]) -> bool:
        starts, ends = starts_of(path, blank), ends_of(path, blank)
        for f in fixed:
            if not f.loose and (ends if f.end else starts)[f.label] != f.frame:
                return False
            first = f.label + f.end
            if f.loose and (max([0, *ends[:first]]) > f.frame or min([6, *starts[first:]]) < f.frame):
                return False
        return True

    scores = [s for path, s in every_path(e) if collapse(path, blank) == labels and obeys(path)]
    if not scores:
        with pytest.raises(Infeasible):
            align(e, labels, fixed=fixed)
        return
    found = align(e, labels, fixed=fixed, posteriors=True)
    assert found.path_log_prob == pytest.approx(max(scores), abs=1e-5)
    assert found.log_prob == pytest.approx(float(np.logaddexp.reduce(scores)), abs=1e-5)
    assert obeys(tuple(found.path.tolist()))


def test_the_first_label_can_be_set_to_the_first_frame() -> None:
    """What lay before the first frame must not come back later: the score is that of the path that is given."""
    rng = np.random.default_rng(4)
    p = np.log(rng.dirichlet(np.full(4, 0.5), 30)).astype(np.float32)
    found = align(Emissions(p, ("-", "a", "b", "c")), [1, 2, 3], fixed=[Fixed(0, 0)])
    assert found.spans[0].start == 0
    assert found.path_log_prob == pytest.approx(float(p[np.arange(30), found.path].sum(dtype=np.float64)))


@pytest.mark.parametrize("seed", range(4))
def test_posteriors_within_a_margin_are_those_of_all_paths(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    e = emissions(rng.dirichlet(np.full(12, 0.02 + 0.3 * (seed % 2)), 300) + 1e-7)
    labels = rng.integers(1, 12, 60)
    fixed = [Fixed(30, 150), Fixed(45, 220, True, True)] if seed > 1 else []
    monkeypatch.setattr(ctc, "_MARGIN", 1000)
    whole = align(e, labels, fixed=fixed, posteriors=True, occupancy=True)
    monkeypatch.setattr(ctc, "_MARGIN", 1)
    monkeypatch.setattr(ctc, "_CHUNK", 7)
    cut = align(e, labels, fixed=fixed, posteriors=True, occupancy=True)
    assert np.array_equal(cut.states, whole.states)
    assert cut.log_prob == pytest.approx(whole.log_prob, rel=1e-7)
    assert np.allclose(cut.occupancy, whole.occupancy, atol=1e-6)
    for name in ("score", "confidence", "sure"):
        assert [getattr(s, name) for s in cut.spans] == pytest.approx([getattr(s, name) for s in whole.spans], abs=1e-6)


def test_long_recordings_are_solved_by_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    e = random_emissions(rng, 700, 12)
    labels = rng.integers(1, 12, 150)
    whole = align(e, labels, posteriors=True, occupancy=True)
    assert whole.log_prob == pytest.approx(log_probability(e, labels), rel=1e-12)
    monkeypatch.setattr(ctc, "_CHUNK", 16)
    pieces = align(e, labels, posteriors=True, occupancy=True)
    assert np.array_equal(pieces.states, whole.states)
    assert pieces.log_prob == pytest.approx(whole.log_prob, rel=1e-12)
    assert np.allclose(pieces.occupancy, whole.occupancy, atol=1e-6)
    assert np.allclose(whole.occupancy.sum(1), 1, atol=1e-4)


def test_occupancy_is_the_gradient() -> None:
    """d log p / d log-probability of a class is its occupancy."""
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(4), 9)
    e, labels = emissions(p), (1, 2, 2, 3)
    found = align(e, labels, occupancy=True).occupancy
    assert found is not None
    base = e.log_probs.astype(np.float64) - 0.5  # room for a step up; no row need sum to 1 for a derivative
    for t, c in ((0, 1), (3, 0), (4, 2), (8, 3)):
        step = []
        for sign in (1, -1):
            moved = base.copy()
            moved[t, c] += sign * 1e-2
            step.append(log_probability(Emissions(moved.astype(np.float32), e.labels, 0), labels))
        assert (step[0] - step[1]) / 2e-2 == pytest.approx(found[t, c], abs=2e-4)


def test_a_transcript_of_a_part() -> None:
    """What is said before and after costs nothing that the labels could have saved."""
    spoken = [1, 1, 0, 2, 2, 3, 0, 4, 4, 0, 5]
    p = np.full((len(spoken), 6), 0.02)
    p[np.arange(len(spoken)), spoken] = 0.9
    found = align(emissions(p), (3, 4), free_start=True, free_end=True)
    assert [(s.start, s.end) for s in found.spans] == [(5, 6), (7, 9)]
    strict = align(emissions(p), (3, 4))
    assert strict.path_log_prob < found.path_log_prob


def test_reasons() -> None:
    three = emissions([(0.5, 0.5)] * 3)
    with pytest.raises(Infeasible, match=r"3 labels and a blank between 2 equal neighbours need at least 5 frames"):
        align(three, (1, 1, 1))
    with pytest.raises(Infeasible, match="frame 1"):
        align(emissions([(0.5, 0.5), (0, 0), (0.5, 0.5)]), (1,))
    with pytest.raises(Infeasible, match="“1” has the probability 0"):
        align(emissions([(1, 0), (1, 0)]), (1,))
    with pytest.raises(Infeasible, match="boundaries"):
        align(three, (1,), fixed=[Fixed(0, 2), Fixed(0, 1)])
    with pytest.raises(ParameterError, match="blank"):
        align(three, (0,))
    with pytest.raises(ParameterError, match="label 2"):
        align(three, (2,))
    with pytest.raises(OverBudget):
        align(three, (1,), budget=10)
    assert align(three, ()).path.tolist() == [0, 0, 0]


def test_a_language_model_has_its_say() -> None:
    e = emissions([(0.1, 0.46, 0.44)] * 1)

    def model(before: tuple[int, ...]) -> np.ndarray:
        return np.log([1.0, 0.1, 0.9]) if not before else np.log([1.0, 0.5, 0.5])

    assert beam_search(e)[0].labels == (1,)
    best = beam_search(e, language_model=model, weight=1.0, bonus=0.5)[0]
    assert best.labels == (2,)
    assert best.score == pytest.approx(math.log(0.44) + math.log(0.9) + 0.5, abs=1e-6)
    assert best.log_prob == pytest.approx(math.log(0.44), abs=1e-6)
