"""Scenes: ids that are never given twice, places that fit, and the threshold that chooses without forgetting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.errors import ParameterError
from syncline.model import Box, Caption, LinkConstraints, Phrase, Picture, Scene, SceneObject, box_array, overlaps

PICTURE = Picture(Path("dogs.jpg"), "00", 40, 30)
corners = st.tuples(*[st.integers(0, 12)] * 4)


@given(corners, corners)
def test_overlap_equals_counted_pixels(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    one, two = Box.between(*a), Box.between(*b)
    cells = [{(x, y) for x in range(int(k.x0), int(k.x1)) for y in range(int(k.y0), int(k.y1))} for k in (one, two)]
    union = len(cells[0] | cells[1])
    assert one.area == len(cells[0])
    assert one.iou(two) == pytest.approx(len(cells[0] & cells[1]) / union if union else 0)


@pytest.mark.parametrize(("frame", "time", "name"), [
    (None, None, "clip.mp4"), (80, 3.2, "clip.mp4 @ 00:03.200"), (80, None, "clip.mp4 @ frame 80"),
    (0, 0.0, "clip.mp4 @ 00:00.000"), (9, 59.9996, "clip.mp4 @ 01:00.000"), (9, 3723.004, "clip.mp4 @ 1:02:03.004"),
])  # fmt: skip
def test_a_frame_is_called_by_its_time(frame: int | None, time: float | None, name: str) -> None:
    assert Picture(Path("v/clip.mp4"), "00", 40, 30, frame=frame, time=time).name == name


def test_overlaps_of_none_has_a_shape() -> None:
    assert overlaps(box_array([]), box_array([Box(0, 0, 1, 1)])).shape == (0, 1)


def test_clipping_keeps_what_lies_within() -> None:
    assert Box(-5, 10, 50, 40).clipped(40, 30) == Box(0, 10, 40, 30)
    assert Box(50, -9, 60, -3).clipped(40, 30).area == 0


@pytest.mark.parametrize("bad", [(0, 0, np.nan, 1), (0, 0, np.inf, 1), (2, 0, 1, 1), (0, 2, 1, 1)])
def test_a_box_that_is_none_is_refused(bad: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError):
        Box(*bad)


@pytest.mark.parametrize("spans", [[(0, 0)], [(0, 99)], [(-1, 3)], [(0, 5), (4, 9)]])
def test_a_phrase_outside_the_text_or_on_another_is_refused(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(ParameterError):
        Caption(1, "A brown dog sleeps.").with_phrases(Phrase(k, *s) for k, s in enumerate(spans))


def test_ids_come_from_one_counter_and_never_come_back() -> None:
    scene = Scene(7, PICTURE).with_objects([SceneObject(0, "dog", Box(0, 0, 9, 9)) for _ in range(2)])
    scene = scene.with_caption(Caption(0, "A dog sleeps.", (Phrase(0, 2, 5),)))
    assert [o.id for o in scene.objects] == [1, 2]
    assert (scene.captions[0].id, scene.phrases[0].id) == (3, 4)
    scene = scene.with_objects(scene.objects[:1]).with_object(SceneObject(0, "cat", Box(0, 0, 9, 9)))
    assert [o.id for o in scene.objects] == [1, 5]
    renamed = scene.with_object(replace(scene.objects[0], label="puppy"))
    assert [(o.id, o.label) for o in renamed.objects] == [(1, "puppy"), (5, "cat")]
    assert scene.phrase_text(4) == "dog"
    with pytest.raises(ParameterError):
        scene.with_object(SceneObject(4, "taken", Box(0, 0, 1, 1)))
    with pytest.raises(ParameterError):
        scene.phrase_text(1)


def test_the_threshold_hides_detections_that_no_lock_holds() -> None:
    box = Box(0, 0, 9, 9)
    objects = [
        SceneObject(0, s, box, score, "detected") for s, score in (("sure", 0.9), ("unsure", 0.2), ("held", 0.1))
    ]
    objects.append(SceneObject(0, "drawn", box))
    objects.append(SceneObject(0, "imported", box, 0.1, "imported"))
    scene = Scene(1, PICTURE, threshold=0.5, constraints=LinkConstraints(frozenset({(3, 9)}))).with_objects(objects)
    assert [o.label for o in scene.active] == ["sure", "held", "drawn", "imported"]
    assert len(replace(scene, threshold=0.0).active) == 5
