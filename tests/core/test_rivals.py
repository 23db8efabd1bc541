"""Other methods: judged by anchors none of them has seen, adopted where the odds are clear, all edits obeyed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import evaluate
import syncline as sl
from syncline import _rivals
from syncline.edits.constraints import add_anchor
from syncline.errors import ParameterError
from syncline.model import Constraints


def pinned(al: sl.Alignment, rows: list[int]) -> sl.Alignment:
    """With anchors at these rows of the truth."""
    c = Constraints()
    assert al.pair.truth is not None
    for k in rows:
        a, b = al.pair.truth.times[k]
        c, _ = add_anchor(c, float(a), float(b))
    return sl.realign(al, constraints=c)


def test_a_method_that_meets_the_anchors_takes_over(tmp_path: Path, data: Path) -> None:
    al = pinned(sl.align(evaluate.spiral(7)(tmp_path), method="dtw"), [60, 120])
    trial = sl.try_methods(al)
    assert trial.helps
    assert trial.best in ("ctw", "gctw")
    # By hand: neither has seen the anchors, a deviation is Cauchy, a frame its scale.
    points = np.array([[x.a, x.b] for x in al.constraints.anchors])
    logs = []
    for name in ("dtw", trial.best):
        alone = sl.align(al.pair, features=trial.unaided[name].recipe.features, method=name)
        assert alone.path is not None
        off = np.abs(alone.path.to_b(points[:, 0]) - points[:, 1])
        np.testing.assert_allclose(trial.missed[name], off, atol=1e-12)
        logs.append(np.log(1 + (off * 30) ** 2).sum())
    assert np.log(trial.odds) == pytest.approx(logs[0] - logs[1], rel=1e-6)
    assert f"{1000 * trial.missed['dtw'].mean():.0f} ms" in trial.sentence
    # The anchors are in force, and the truth that nobody was shown agrees.
    made = trial.alignment
    assert made is not None
    assert made.constraints is al.constraints
    assert made.path is not None
    assert np.abs(made.path.to_b(points[:, 0]) - points[:, 1]).max() < 1 / 30 + 1e-9
    assert made.errors is not None
    assert al.errors is not None
    assert made.errors.mean_ms < al.errors.mean_ms / 4
    # Asked again by the method that took over, and with what is known, nothing is solved and nothing changes.
    again = sl.try_methods(made, known=trial)
    assert not again.helps
    assert again.alignment is None
    assert all(again.unaided[name] is trial.unaided[name] for name in trial.unaided)
    # Asked what next, the method is offered in place of places; once it is taken, or before two anchors, places are.
    step = sl.what_next(al, known=trial)
    assert step.offer is not None
    assert step.places == []
    assert step.offer.offer == step.sentence
    near, far = (30 * trial.missed[m].max() for m in (trial.best, "dtw"))
    words = f"{trial.best} meets your 2 anchors within {near:.1f} frames, dtw misses them by up to {far:.0f}: use it."
    assert step.sentence == words
    assert trial.missed[trial.best].mean() < trial.missed["dtw"].mean() / 2
    taken = sl.what_next(made, known=trial, most=1)
    assert taken.offer is None
    assert [p.a for p in taken.places] == [p.a for p in sl.check_next(made)[:1]]
    one = replace(al.constraints, anchors=al.constraints.anchors[:1])
    before = sl.what_next(sl.realign(al, constraints=one), most=1)
    assert before.trial is None
    assert before.sentence == before.places[0].why


def test_a_few_hits_are_no_reason_to_change(tmp_path: Path, data: Path) -> None:
    """Body points: by six anchors the odds for GCTW are 25 to 1, but it misses them by as much as DTW on average."""
    al = sl.align(evaluate.keypoints(tmp_path))
    assert al.pair.truth is not None
    a = al.pair.truth.times[:, 0]
    rows: list[int] = []
    for _ in range(6):
        rows.append(int(np.abs(a - sl.check_next(al)[0].a).argmin()))
        al = pinned(al, rows)
    trial = sl.try_methods(al)
    assert trial.odds > 10
    assert not trial.helps
    assert trial.missed[trial.best].mean() > 0.5 * trial.missed["dtw"].mean()


def test_a_method_that_meets_them_stays(tmp_path: Path, data: Path) -> None:
    al = pinned(sl.align(evaluate.spiral(7)(tmp_path), method="gctw"), [60, 120])
    trial = sl.try_methods(al)
    assert not trial.helps
    assert trial.alignment is None
    assert trial.odds < 10
    assert "clearly better than gctw" in trial.sentence


def test_one_anchor_judges_nothing_and_troubles_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    walk = rng.normal(0, 1, (60, 4)).cumsum(0)
    np.save(tmp_path / "a.npy", walk)
    np.save(tmp_path / "b.npy", (walk @ rng.normal(0, 1, (4, 3)))[::1])
    a, b = (sl.open_media(tmp_path / f"{n}.npy", rate=10) for n in "ab")
    al = sl.align(sl.Pair(a, b), method="ctw")
    one, _ = add_anchor(Constraints(), 2.0, 2.0)
    with pytest.raises(ParameterError, match="at least 2 anchors"):
        sl.try_methods(replace(al, constraints=one))
    two, _ = add_anchor(one, 4.0, 4.0)
    trial = sl.try_methods(sl.realign(al, constraints=two))
    assert set(trial.trouble) == {"dtw"}
    assert "channels" in trial.trouble["dtw"]
    assert set(trial.missed) == {"ctw", "gctw"}
    # The method in hand is no trial, however long it takes.
    monkeypatch.setattr(_rivals, "MOST_CELLS", 60 * 60 - 1)
    assert "ctw" in sl.try_methods(sl.realign(al, constraints=two)).missed
    by_gctw = sl.align(al.pair, method="gctw", constraints=two)
    assert "too long" in sl.try_methods(by_gctw).trouble["ctw"]
