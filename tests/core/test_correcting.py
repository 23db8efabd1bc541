"""Learning from corrections: judged by anchors held out, adopted only where it helps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
    anchors = tuple(sl.Anchor(k + 1, *map(float, pair.truth.times[r])) for k, r in enumerate(rows))
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
    # What is held out is not seen: the first fold by hand.
    out = np.arange(7) % 5 == 0
    kept = tuple(x for x, held in zip(al.constraints.anchors, out, strict=True) if not held)
    path = pipeline.realign(al, constraints=sl.Constraints(kept, next_id=8)).path
    assert path is not None
    points = np.array([[x.a, x.b] for x in al.constraints.anchors])[out]
    np.testing.assert_allclose(lesson.before[out], np.abs(path.to_b(points[:, 0]) - points[:, 1]), atol=1e-12)


def test_a_metric_that_does_not_help_is_not(tmp_path: Path, data: Path) -> None:
    """Views turned against each other in space: no map that both share makes them alike."""
    al = pinned(opened(evaluate_tcc.spiral(2), tmp_path), 6)
    lesson = correcting.learn_metric(al)
    assert not lesson.helps
    assert lesson.alignment is None
    assert lesson.after.mean() >= 0.9 * lesson.before.mean() or (lesson.after > lesson.before).sum() > 3
    assert "stay as they are" in lesson.sentence


def test_too_few_anchors_and_cancel(tmp_path: Path, data: Path) -> None:
    pair = opened(evaluate_tcc.retimed(1), tmp_path)
    with pytest.raises(ParameterError, match="there are only 3"):
        correcting.learn_metric(pinned(pair, 3))
    with pytest.raises(ParameterError, match="there is none"):
        correcting.learn_metric(pipeline.align(pair))
    monitor = Monitor()
    with pytest.raises(Cancelled):
        correcting.learn_metric(pinned(pair, 5), monitor=monitor, live=lambda _: monitor.cancel())
