"""Learning from corrections: judged by anchors held out and a curve through all, adopted only where it helps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

import evaluate_tcc
import syncline as sl
from syncline import _correcting as correcting
from syncline import pipeline
from syncline.errors import Cancelled, ParameterError
from syncline.progress import Monitor

RATE = 25.0


def opened(case: evaluate_tcc.Case, folder: Path) -> sl.Pair:
    np.save(folder / "a.npy", case.a)
    np.save(folder / "b.npy", case.b)
    a, b = (pipeline.open_media(folder / f"{n}.npy", rate=RATE) for n in "ab")
    truth = np.column_stack([case.places, np.arange(len(case.b))]) / RATE
    return sl.Pair(a, b, sl.Truth(truth, "made"))


def pinned(pair: sl.Pair, count: int, **kwargs: object) -> sl.Alignment:
    """Aligned with anchors where the truth is, spread over the recording."""
    assert pair.truth is not None
    rows = ((np.arange(count) + 0.5) / count * len(pair.truth.times)).astype(int)
    anchors = tuple(sl.Anchor(k, float(a), float(b)) for k, (a, b) in enumerate(pair.truth.times[rows], 1))
    return pipeline.align(pair, constraints=sl.Constraints(anchors, next_id=count + 1), **kwargs)  # type: ignore[arg-type]


def test_a_metric_that_helps_is_adopted(tmp_path: Path, data: Path) -> None:
    al = pinned(opened(evaluate_tcc.retimed(3), tmp_path), 7)
    losses = []
    lesson = correcting.learn_metric(al, live=losses.append)
    assert lesson.helps
    assert lesson.after.mean() < 0.8 * lesson.before.mean()
    assert f"from {lesson.before.mean() * 1000:.0f} to {lesson.after.mean() * 1000:.0f} ms" in lesson.sentence
    assert lesson.alignment is not None
    assert lesson.alignment.constraints is al.constraints
    assert lesson.alignment.id == al.id
    # On all of the truth too, which nobody was shown.
    assert lesson.alignment.errors is not None
    assert al.errors is not None
    assert lesson.alignment.errors.mean_ms < al.errors.mean_ms
    assert losses[-1].loss < losses[0].loss
    # What is held out is not seen: the third anchor by hand.
    kept = tuple(x for k, x in enumerate(al.constraints.anchors) if k != 2)
    path = pipeline.realign(al, constraints=sl.Constraints(kept, next_id=8)).path
    assert path is not None
    one = al.constraints.anchors[2]
    assert lesson.before[2] == pytest.approx(abs(float(path.to_b(one.a)) - one.b), abs=1e-12)
    # Between all of them, the path is nearer to a curve that was drawn without any features.
    knots = np.array([[0, 0], *((x.a, x.b) for x in al.constraints.anchors), [99 / RATE, 129 / RATE]])
    assert al.path is not None
    assert lesson.alignment.path is not None
    t = al.path.a_times
    curve = PchipInterpolator(*knots.T)(t)
    for strayed, made in zip(lesson.strayed, (al.path, lesson.alignment.path), strict=True):
        assert strayed == pytest.approx(np.abs(made.to_b(t) - curve).mean(), abs=1e-9)
    assert lesson.strayed[1] < 0.85 * lesson.strayed[0]


@pytest.mark.parametrize(("number", "count", "why"), [(7, 7, "not met clearly better"), (0, 10, "between them")])
def test_what_does_not_help_in_use_is_not(number: int, count: int, why: str, tmp_path: Path, data: Path) -> None:
    """Views turned against each other in space: no map that both share makes them alike.

    Both metrics meet held-out anchors better by more than a tenth, the first no more of them than it meets worse, and
    are farther from the truth with all of them.
    """
    al = pinned(opened(evaluate_tcc.spiral(number), tmp_path), count)
    lesson = correcting.learn_metric(al)
    assert not lesson.helps
    assert lesson.alignment is None
    assert "stay as they are" in lesson.sentence
    assert why in lesson.sentence
    assert lesson.after.mean() < 0.9 * lesson.before.mean()
    recipe = sl.learned_recipe(lesson.encoder)
    after = pipeline.align(al.pair, features=recipe, method="dtw", constraints=al.constraints)
    assert after.errors is not None
    assert al.errors is not None
    assert after.errors.mean_ms > al.errors.mean_ms


def test_a_curve_is_parted_by_jumps_and_bent_by_locks(tmp_path: Path, data: Path) -> None:
    pair = opened(evaluate_tcc.retimed(1), tmp_path)
    locked = np.array([[0.4, 0.5], [0.5, 0.7]])
    jump = sl.Anchor(2, 2.0, 2.6, "jump", 2.4, 2.6)
    c = sl.Constraints((sl.Anchor(1, 1.0, 1.4), jump), (sl.Lock(3, locked),), next_id=4)
    path = pipeline.align(pair, constraints=c).path
    assert path is not None
    t, places = correcting._curve(c, path)
    assert not ((t > 2.0 + 1e-9) & (t < 2.4 - 1e-9)).any()
    for a, b in ((0.4, 0.5), (1.0, 1.4), (2.0, 2.6), (2.4, 2.6)):
        assert places[np.abs(t - a).argmin()] == pytest.approx(b, abs=1e-9)
    assert (np.diff(places) >= -1e-12).all()
    np.testing.assert_array_equal(path.to_b(t[[0, -1]]), places[[0, -1]])


def test_too_few_anchors_and_cancel(tmp_path: Path, data: Path) -> None:
    pair = opened(evaluate_tcc.retimed(1), tmp_path)
    with pytest.raises(ParameterError, match="there are only 3"):
        correcting.learn_metric(pinned(pair, 3))
    with pytest.raises(ParameterError, match="there is none"):
        correcting.learn_metric(pipeline.align(pair))
    monitor = Monitor()
    with pytest.raises(Cancelled):
        correcting.learn_metric(pinned(pair, 5), monitor=monitor, live=lambda _: monitor.cancel())
