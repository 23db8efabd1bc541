"""Corrections of a scene: pure, exact about ids, and always solvable input for every solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.edits import links
from syncline.errors import ParameterError
from syncline.matching import match
from syncline.model import Box, Caption, LinkConstraints, Outline, Phrase, Picture, Scene, SceneObject
from syncline.similarity import REGISTRY as SOURCES

TEXT = "A small brown dog and a person with red shoes ."


def made() -> Scene:
    scene = Scene(1, Picture(Path("dogs.png"), "d" * 40, 200, 100))
    objects = [
        SceneObject(0, "dog", Box(10, 50, 60, 90), 0.9, "detected"),
        SceneObject(0, "person", Box(70, 10, 120, 95), 0.8, "detected"),
        SceneObject(0, "footwear", Box(80, 85, 100, 95), 0.3, "detected"),
    ]
    spans = [(2, 17), (24, 30), (36, 45)]
    assert [TEXT[a:b] for a, b in spans] == ["small brown dog", "person", "red shoes"]
    return scene.with_objects(objects).with_captions([Caption(0, TEXT, tuple(Phrase(0, *s) for s in spans))])


DOG, PERSON, SHOES = 1, 2, 3
CAPTION, P_DOG, P_PERSON, P_SHOES = 4, 5, 6, 7


def test_a_lock_and_a_prohibition_of_one_pair_exclude_each_other() -> None:
    scene = links.lock(made(), DOG, P_PERSON)
    assert scene.constraints.locked == {(DOG, P_PERSON)}
    scene = links.forbid(scene, DOG, P_PERSON)
    assert scene.constraints == LinkConstraints(forbidden=frozenset({(DOG, P_PERSON)}))
    scene = links.lock(scene, DOG, P_PERSON)
    assert scene.constraints == LinkConstraints(locked=frozenset({(DOG, P_PERSON)}))
    assert links.free(scene, DOG, P_PERSON).constraints == LinkConstraints()
    assert links.clear(scene).constraints == LinkConstraints()


def test_unlink_lifts_a_lock_but_rules_out_what_the_solver_found() -> None:
    scene = made()
    found = match(scene).links
    assert (DOG, P_DOG) in {(x.a, x.b) for x in found}
    without = links.unlink(scene, DOG, P_DOG)
    assert (DOG, P_DOG) not in {(x.a, x.b) for x in match(without).links}
    assert links.unlink(without, DOG, P_DOG).constraints == LinkConstraints()
    held = links.lock(scene, DOG, P_DOG)
    assert links.unlink(held, DOG, P_DOG).constraints == LinkConstraints()


def test_a_lock_holds_a_detection_below_the_threshold() -> None:
    scene = made()
    assert [o.id for o in scene.active] == [DOG, PERSON]
    assert [o.id for o in links.lock(scene, SHOES, P_SHOES).active] == [DOG, PERSON, SHOES]
    assert [o.id for o in links.set_threshold(scene, 0.2).active] == [DOG, PERSON, SHOES]


def test_fees_go_to_the_side_their_element_is_on() -> None:
    scene = links.set_fee(links.must_match(made(), P_SHOES), DOG, 0.25)
    assert scene.constraints.b_fees.own == {P_SHOES: None} and scene.constraints.a_fees.own == {DOG: 0.25}
    assert links.allow(links.allow(scene, P_SHOES), DOG).constraints == LinkConstraints()
    with pytest.raises(ParameterError):
        links.set_fee(scene, 99, 1.0)


def test_boxes_stay_within_the_picture() -> None:
    scene, new = links.add_object(made(), Box(150, 80, 260, 300), "  a\nball ")
    assert scene.object(new) == SceneObject(new, "a ball", Box(150, 80, 200, 100), None, "drawn")
    moved = links.move_object(scene, new, -1000, -10).object(new)
    assert moved is not None and moved.box == Box(0, 70, 50, 90)
    for bad in (Box(300, 0, 400, 10), Box(20, 20, 20, 60)):
        with pytest.raises(ParameterError):
            links.add_object(scene, bad)
        with pytest.raises(ParameterError):
            links.set_box(scene, DOG, bad)


CORRECTIONS = [
    lambda s: links.rename_object(s, SHOES, "red shoes"),
    lambda s: links.set_box(s, SHOES, Box(80, 80, 100, 95)),
    lambda s: links.move_object(s, SHOES, 5, 0),
]


@pytest.mark.parametrize("correct", CORRECTIONS)
def test_a_corrected_detection_is_drawn_by_hand(correct: Callable[[Scene], Scene]) -> None:
    scene = correct(made())
    shoes = scene.object(SHOES)
    assert shoes is not None and (shoes.origin, shoes.score) == ("drawn", None)
    assert shoes in scene.active, "no threshold hides it"
    assert shoes in links.set_detections(scene, []).objects, "nor does detecting again lose it"


def test_what_is_left_as_it_was_stays_a_detection() -> None:
    scene, dog = made(), made().object(DOG)
    assert dog is not None
    for same in (links.rename_object(scene, DOG, dog.label), links.set_box(scene, DOG, dog.box)):
        assert same.object(DOG) == dog


def test_imported_objects_stay_imported() -> None:
    scene = replace(made(), next_id=10).with_objects([SceneObject(9, "dog", Box(0, 0, 9, 9), None, "imported", ("7",))])
    renamed = links.rename_object(scene, 9, "cat").object(9)
    assert renamed == SceneObject(9, "cat", Box(0, 0, 9, 9), None, "imported", ("7",))


def test_another_detector_finds_the_same_things_and_keeps_their_locks() -> None:
    scene = links.set_checked(links.lock(links.lock(made(), DOG, P_DOG), PERSON, P_PERSON), True)
    scene, ball = links.add_object(scene, Box(0, 0, 9, 9), "ball")
    found = [
        SceneObject(0, "dog", Box(12, 50, 60, 92), 0.7, "detected"),
        SceneObject(77, "person", Box(70, 10, 120, 50), 0.9, "detected"),  # less than half of what it was
        SceneObject(0, "shoe", Box(80, 85, 100, 95), 0.9, "detected"),  # another label
    ]
    after = links.set_detections(scene, found)
    assert [(o.id, o.label) for o in after.objects] == [
        (ball, "ball"),
        (DOG, "dog"),
        (ball + 1, "person"),
        (ball + 2, "shoe"),
    ]
    assert after.object(DOG) == replace(found[0], id=DOG)
    assert after.constraints.locked == {(DOG, P_DOG)} and not after.checked


def test_of_two_near_detections_each_keeps_its_own() -> None:
    near = [SceneObject(0, "dog", Box(x, 0, x + 100, 50), 0.9, "detected") for x in (0, 10)]
    scene = made().with_objects(near)
    ids = [o.id for o in scene.objects]
    swapped = [replace(near[1], score=0.8), replace(near[0], score=0.7)]
    assert [o.id for o in links.set_detections(scene, swapped).objects] == ids[::-1]
    assert [o.id for o in links.set_detections(scene, [replace(near[1], label="cat")]).objects] == [scene.next_id]
    assert links.set_detections(scene, []).objects == ()


def test_regions_take_the_place_of_regions_and_of_nothing_else() -> None:
    def region(label: str, x0: float, x1: float) -> SceneObject:
        outline = Outline((((x0, 0.0), (x1, 0.0), (x1, 100.0), (x0, 100.0)),))
        return SceneObject(0, label, Box(x0, 0, x1, 100), None, "region", outline=outline)

    sky, road = region("blue left", 0, 90), region("grey right", 90, 200)
    scene = links.set_regions(made(), [sky, road])
    assert [o.origin for o in scene.objects] == ["detected"] * 3 + ["region"] * 2
    first, second = (o.id for o in scene.objects[3:])
    assert [o.id for o in scene.active[-2:]] == [first, second], "no threshold hides a region"
    scene = links.lock(scene, first, P_SHOES)
    # One that is found again keeps its links; one named by hand stays, and none is put onto it.
    scene = links.rename_object(scene, second, "road")
    assert scene.object(second) == replace(road, id=second, label="road", origin="drawn")
    again = links.set_regions(scene, [sky, road, region("black middle", 80, 95)])
    assert [(o.id, o.label) for o in again.objects[3:]] == [
        (second, "road"),
        (first, "blue left"),
        (scene.next_id, "black middle"),
    ]
    assert again.constraints.locked == {(first, P_SHOES)}
    assert [o.label for o in links.set_detections(again, []).objects] == ["road", "blue left", "black middle"]
    # An outline goes with its box only.
    moved = links.move_object(again, first, 5, 0).object(first)
    assert moved == SceneObject(first, "blue left", Box(5, 0, 95, 100), None, "drawn")
    assert links.set_box(again, second, Box(90, 0, 200, 100)).object(second) == again.object(second)


def test_deleting_forgets_the_links_too() -> None:
    scene = links.set_fee(links.forbid(links.lock(made(), DOG, P_PERSON), PERSON, P_DOG), DOG, 1.0)
    scene = links.delete_objects(scene, [DOG])
    assert [o.id for o in scene.objects] == [PERSON, SHOES]
    assert scene.constraints == LinkConstraints(forbidden=frozenset({(PERSON, P_DOG)}))
    assert links.delete_phrase(scene, P_DOG).constraints == LinkConstraints()
    assert links.delete_caption(scene, CAPTION).constraints == LinkConstraints()
    # An id is never given twice.
    assert links.add_object(scene, Box(0, 0, 9, 9))[1] > P_SHOES


def test_a_phrase_snaps_to_words_and_takes_in_what_it_touches() -> None:
    scene = links.lock(links.lock(made(), DOG, P_DOG), PERSON, P_PERSON)
    joined, phrase = links.make_phrase(scene, CAPTION, 15, 26)
    assert joined.phrase_text(phrase) == "small brown dog and a person" and phrase == P_DOG
    assert joined.constraints.locked == {(DOG, P_DOG)}
    fresh, phrase = links.make_phrase(scene, CAPTION, 19, 20)
    assert fresh.phrase_text(phrase) == "and" and fresh.phrases[1].id == phrase
    with pytest.raises(ParameterError):
        links.make_phrase(scene, CAPTION, 46, 47)


def test_splitting_leaves_the_links_with_the_last_word() -> None:
    scene = links.split_phrase(links.lock(made(), DOG, P_DOG), P_DOG)
    assert [scene.phrase_text(p.id) for p in scene.phrases] == ["small", "brown", "dog", "person", "red shoes"]
    assert scene.phrase_text(P_DOG) == "dog"
    with pytest.raises(ParameterError):
        links.split_phrase(scene, P_DOG)


def test_excluded_words_count_for_nothing_and_empty_phrases_go() -> None:
    scene = links.exclude_word(made(), CAPTION, (24, 30))
    assert [p.id for p in scene.phrases] == [P_DOG, P_SHOES]
    scene = links.exclude_word(scene, CAPTION, (2, 7))
    assert scene.captions[0].stop == {(24, 30), (2, 7)}
    split = links.split_phrase(scene, P_DOG)
    assert [split.phrase_text(p.id) for p in split.phrases] == ["brown", "dog", "red shoes"]
    assert links.exclude_word(scene, CAPTION, (2, 7), exclude=False).captions[0].stop == {(24, 30)}
    again, phrase = links.make_phrase(scene, CAPTION, 24, 25)
    assert again.phrase_text(phrase) == "person" and (24, 30) not in again.captions[0].stop


def test_another_text_keeps_the_links_of_phrases_that_say_the_same() -> None:
    scene = links.lock(links.lock(made(), DOG, P_DOG), PERSON, P_PERSON)
    text = "Red shoes on a person"
    scene = links.edit_caption(scene, CAPTION, Caption(0, text, (Phrase(0, 0, 9), Phrase(0, 15, 21))))
    assert [p.id for p in scene.phrases] == [P_SHOES, P_PERSON]
    assert scene.constraints.locked == {(PERSON, P_PERSON)}


def test_any_edit_takes_the_check_back() -> None:
    checked = links.set_checked(made())
    assert checked.checked and links.set_checked(checked) is checked
    for edit in (
        lambda s: links.lock(s, DOG, P_DOG),
        lambda s: links.set_threshold(s, 0.5),
        lambda s: links.rename_object(s, DOG, "x"),
        lambda s: links.split_phrase(s, P_DOG),
        lambda s: links.add_caption(s, Caption(0, "More"))[0],
    ):
        assert not edit(checked).checked


@given(st.data())
def test_any_run_of_edits_leaves_a_scene_whose_links_name_what_is_there(data: st.DataObject) -> None:
    scene = made()
    for _ in range(data.draw(st.integers(1, 8))):
        old = scene
        objects, phrases = [o.id for o in scene.objects], [p.id for p in scene.phrases]
        kind = data.draw(st.sampled_from(["lock", "forbid", "unlink", "object", "phrase", "split", "word", "fee"]))
        try:
            if kind in ("lock", "forbid", "unlink") and objects and phrases:
                a, b = data.draw(st.sampled_from(objects)), data.draw(st.sampled_from(phrases))
                scene = getattr(links, kind)(scene, a, b)
            elif kind == "object" and objects:
                scene = links.delete_objects(scene, [data.draw(st.sampled_from(objects))])
            elif kind == "phrase":
                start, end = sorted(data.draw(st.tuples(st.integers(0, 46), st.integers(0, 46))))
                scene = links.make_phrase(scene, CAPTION, start, end)[0]
            elif kind == "split" and phrases:
                scene = links.split_phrase(scene, data.draw(st.sampled_from(phrases)))
            elif kind == "fee" and phrases:
                scene = links.set_fee(scene, data.draw(st.sampled_from(phrases)), data.draw(st.floats(0, 2)))
            elif kind == "word":
                scene = links.exclude_word(scene, CAPTION, data.draw(st.sampled_from([(2, 7), (14, 17), (24, 30)])))
        except ParameterError:
            assert scene is old
        c = scene.constraints
        ids = {o.id for o in scene.objects}, {p.id for p in scene.phrases}
        assert all(a in ids[0] and b in ids[1] for a, b in c.locked | c.forbidden)
        assert set(c.a_fees.own) <= ids[0] and set(c.b_fees.own) <= ids[1]
        assert not c.locked & c.forbidden
        assert scene.next_id >= old.next_id


def test_the_sources_read_what_edits_leave() -> None:
    scene = links.exclude_word(made(), CAPTION, (2, 7))
    scene, _ = links.make_phrase(scene, CAPTION, 0, 1)
    scene = replace(scene, checked=True)
    found = match(scene, similarity="words")
    assert "words" in SOURCES and found.similarity.shape == (2, 4)
