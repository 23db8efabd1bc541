"""The door to learning: what of a project teaches, and that training can be watched, stopped and repeated."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import threadpoolctl

import syncline as sl
from syncline import learning
from syncline.errors import Cancelled, MediaError, OverBudget, ParameterError
from syncline.matching import lessons_of
from syncline.model import LinkConstraints, NamedMatch, Session
from syncline.progress import Monitor
from syncline.similarity import learned
from taught_scenes import code_scenes, locked_scenes, painted


def test_what_of_a_session_teaches():
    """Of an unchecked picture what is locked, of a checked one all links of what stands for it, of others nothing."""
    (first, locks), (second, _), (third, _) = code_scenes(3)
    first = replace(first, constraints=LinkConstraints(frozenset(sorted(locks)[:2]), frozenset(sorted(locks)[2:3])))
    second = replace(second, checked=True)
    session = Session(scenes=(first, second, third)).with_active(1)
    for k, s in enumerate((first, second, second, third), 1):
        # The newest one of a picture stands for it: here the one of which nobody stays alone.
        found = sl.match(s, similarity="text", recipe=sl.MatchRecipe(threshold=-np.inf if k == 3 else 2.0))
        session = session.with_match(NamedMatch(k, s.id, found))
    lessons = lessons_of(session)
    assert lessons.counts == {1: 2, 2: 4} and lessons.pairs == 6
    assert (lessons.checked, lessons.forbidden, len(lessons.scenes)) == (1, 1, 3)
    alike = lessons_of([first, session.matchings[2].match, third])
    assert alike.counts == lessons.counts and alike.links == lessons.links


def test_training_can_be_watched_and_gives_the_same_again():
    """One thread of BLAS while it lasts, as many as before afterwards."""

    def threads():
        return [m["num_threads"] for m in threadpoolctl.threadpool_info() if m["user_api"] == "blas"]

    before, during, seen = threads(), [], []

    def live(epoch):
        seen.append(epoch)
        during.extend(threads())

    taught = locked_scenes(6)
    scorer = sl.learn(Session(scenes=tuple(taught)), params={"epochs": 3, "seed": 5}, name="mine", live=live)
    assert [e.epoch for e in seen] == [0, 1, 2, 3] == scorer.curve[:, 0].tolist()
    assert [e.loss for e in seen] == scorer.curve[:, 1].tolist() and np.isfinite(scorer.curve).all()
    assert set(during) == {1} and threads() == before
    assert scorer.label == "mine" and learning.kept(scorer.digest) is scorer
    assert sl.learn(taught, params={"epochs": 3, "seed": 5}).digest == scorer.digest


def test_training_stops_when_it_is_told_to():
    monitor, seen = Monitor(), []

    def live(epoch):
        seen.append(epoch)
        monitor.cancel()

    with pytest.raises(Cancelled):
        sl.learn(locked_scenes(6), monitor=monitor, live=live)
    assert len(seen) == 1


def test_a_picture_that_is_not_there_is_told_and_known_by_its_labels():
    monitor = Monitor()
    scorer = sl.learn(locked_scenes(3), params={"epochs": 1}, monitor=monitor)
    assert scorer.figures["pairs"] == 12
    assert len(monitor.warnings) == 1 and "made.png" in monitor.warnings[0]


def test_where_words_look_in_a_file(tmp_path):
    taught = []
    for k in range(8):
        pixels, made, locks = painted(k)
        cv2.imwrite(str(tmp_path / f"{k}.png"), pixels)
        opened = sl.open_scene(tmp_path / f"{k}.png")
        taught.append(replace(made, picture=opened.picture, constraints=LinkConstraints(locked=locks)))
    gate = sl.learn(taught, "gate", {"epochs": 5})
    maps = sl.look(gate, taught[0])
    assert [w.text for w in maps.words] == ["A", "dog", "a", "ball", "and", "a", "tree"]
    assert maps.attention.weights.shape == (7, 10, 10)
    assert maps.attention.weights.sum((1, 2)) == pytest.approx(1.0)
    with pytest.raises(ParameterError, match="no such caption"):
        sl.look(gate, taught[0], 99)
    with pytest.raises(ParameterError, match="no attention"):
        sl.look(sl.learn(taught, params={"epochs": 1}), taught[0])
    with pytest.raises(MediaError, match="locate it"):
        sl.look(gate, taught[0], pixels=lambda: None)


def test_a_truth_teaches_its_phrases_and_no_others():
    made, locks = next(code_scenes(1))
    # The truth is silent on the last phrase; the third object is a little off, but not enough.
    truth = tuple(g for g in made.truth if g.phrase != made.phrases[-1].id)
    moved = replace(made.objects[2], box=replace(made.objects[2].box, x0=230.0))
    made = replace(made, truth=truth, objects=(*made.objects[:2], moved, *made.objects[3:]))
    lessons = lessons_of([made], truth=True)
    (scene,) = lessons.scenes
    assert [p.id for p in scene.phrases] == [p.id for p in made.phrases[:-1]]
    assert lessons.links[1] == {(a, b) for a, b in locks if b != made.phrases[-1].id} and lessons.pairs == 3
    off = replace(moved, box=replace(moved.box, x0=260.0))
    assert lessons_of([replace(made, objects=(*made.objects[:2], off))], truth=True).pairs < 3


def test_a_gate_takes_no_more_pictures_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(learned, "_MOST_BYTES", 3 * 1024 * 1000)
    scenes = [*locked_scenes(3), *(s for s, _ in code_scenes(3))]
    scenes = [replace(s, id=k) for k, s in enumerate(scenes, 1)]
    seen = []

    def pixels(picture):
        seen.append(picture)
        return np.zeros((200, 400, 3), np.uint8)

    # Those without links cost nothing: they are not looked at.
    sl.learn(scenes, "gate", {"epochs": 1}, pixels=pixels)
    assert len(seen) == 3
    with pytest.raises(OverBudget, match="train on fewer"):
        sl.learn(locked_scenes(4), "gate", {"epochs": 1}, pixels=pixels)
    assert len(seen) == 3
