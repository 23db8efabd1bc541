from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from match_scenes import scene, shared_scenes
from syncline import matching
from syncline.errors import Infeasible, ParameterError
from syncline.model import Box, Fees, Grounding, LinkConstraints
from syncline.model.matches import MatchErrors, MatchRecipe, SimilarityTerm
from syncline.solvers.match import REGISTRY as SOLVERS

DOGS = [("dog", (50 * k, 0, 50 * k + 40, 40 + 10 * k)) for k in range(4)]


def links(found):
    """{(place of the object, text of the phrase)}."""
    order = {o.id: k for k, o in enumerate(found.scene.objects)}
    return sorted((order[x.a], found.scene.phrase_text(x.b)) for x in found.links)


def matched(made, **options):
    return matching.match(made, pixels=lambda: None, **{"similarity": "words", **options})


def test_a_plural_has_as_many_objects_as_it_says_and_a_mention_the_same_again():
    found = matched(scene([*DOGS, ("cat", (0, 0, 9, 9))], "[two dogs] and a [cat]; the [cat] is fat"))
    assert [x for x, p in links(found) if p == "cat"] == [4, 4]
    assert len([p for _, p in links(found) if p == "two dogs"]) == 2
    assert len(links(matched(scene(DOGS, "[dogs]")))) == 4
    assert len(links(matched(scene(DOGS, "a [dog]")))) == 1
    assert links(matched(scene(DOGS, "a [cat]"))) == []


def test_each_caption_is_about_the_whole_picture():
    found = matched(scene(DOGS[:1], "a [dog]", "the [dog]"))
    assert links(found) == [(0, "dog"), (0, "dog")]


@pytest.mark.parametrize("method", SOLVERS.names())
def test_every_method_obeys_locks_on_plurals_and_shared_objects(method):
    made = scene([*DOGS, ("cat", (0, 0, 9, 9))], "[three dogs] and a [cat], the [cat]")
    ids, (dogs, cat, again) = [o.id for o in made.objects], [p.id for p in made.phrases]
    known = LinkConstraints(
        frozenset({(ids[4], dogs), (ids[0], dogs), (ids[4], cat)}), frozenset({(ids[1], dogs), (ids[2], again)})
    )
    found = matched(replace(made, constraints=known), method=method)
    pairs = {(x.a, x.b) for x in found.links}
    assert pairs >= known.locked and not pairs & known.forbidden
    assert {(x.a, x.b) for x in found.links if x.locked} == known.locked
    weights = found.captions[0].matching.weights
    assert weights.shape == (5, 3) and weights[1, 0] == 0 and weights[4, 0] > 0


def test_threshold_and_fees_say_who_may_stay_alone():
    made = scene([("dog", (0, 0, 9, 9)), ("cat", (0, 0, 9, 9))], "a [dog] and a [red car]")
    assert links(matched(made)) == [(0, "dog")]
    forced = matched(made, recipe=MatchRecipe(threshold=-np.inf))
    assert links(forced) == [(0, "dog"), (1, "red car")]
    car = made.phrases[1].id
    must = replace(made, constraints=LinkConstraints(b_fees=Fees(own={car: None})))
    assert links(matched(must)) == [(0, "dog"), (1, "red car")]
    assert links(matched(made, recipe=MatchRecipe(threshold=1.0))) == []


def test_the_parts_add_up_and_name_who_answered():
    found = matching.match(
        scene([*DOGS], "a [small dog] and [two dogs]"), similarity="words+0.5*attributes+0.25*nearby+confidence"
    )
    assert [p.name for p in found.similarity.parts] == ["words", "attributes"]  # the others have nothing to say
    assert np.allclose(sum(p.weight * p.values for p in found.similarity.parts), found.similarity.values)
    assert found.threshold == pytest.approx(0.5) and found.similarity.values.min() >= 0
    assert [p.values.shape for p in found.captions[0].similarity.parts] == [(4, 2)] * 2


def test_recipes_are_read_from_text():
    a, b = matching.parse_similarity("0.5*attributes:colour=no,position=off + given:file=a+b.csv,scale=costs")
    assert (a.name, a.weight, a.params.colour, a.params.size) == ("attributes", 0.5, False, True)
    assert (b.name, b.weight, b.params.file) == ("given", 1.0, "a+b.csv")
    for wrong in ("nothing", "x*text", "text:floor", "text:floor=9", "-1*text"):
        with pytest.raises(ParameterError):
            matching.parse_similarity(wrong)


def test_rematching_is_matching_but_compares_nothing_again():
    def stop():
        raise AssertionError("compared again")

    made = scene(DOGS, "a [small dog] and a [dog]", "a [large dog]")
    first = matching.match(made, similarity="words+attributes")
    locked = LinkConstraints(frozenset({(made.objects[3].id, made.phrases[0].id)}))
    again = matching.rematch(first, constraints=locked, pixels=stop)
    fresh = matching.match(replace(made, constraints=locked), similarity="words+attributes")
    assert links(again) == links(fresh) != links(first)
    assert again.captions[1] is first.captions[1]
    moved = made.with_object(replace(made.objects[0], box=Box(0, 0, 300, 200)))
    other = matching.rematch(first, scene=moved)
    assert not np.array_equal(other.similarity.values, first.similarity.values)


def test_contradictions_are_one_sentence():
    made = scene(DOGS, "a [dog]")
    pair = frozenset({(made.objects[0].id, made.phrases[0].id)})
    with pytest.raises(Infeasible, match="dog 0 and “dog” are locked, but also forbidden"):
        matched(replace(made, constraints=LinkConstraints(pair, pair)))


def test_margins_are_what_the_best_matching_without_the_decision_costs():
    rng = np.random.default_rng(3)
    made = scene([("x", (0, 0, 9, 9))] * 4, "a [cup], [two things] and a [hat]")
    values = rng.random((4, 3))
    terms = (SimilarityTerm("given", params={"file": "w.npy"}),)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncline.similarity.given.load_matrix", lambda path: values)
        found = matching.match(made, recipe=MatchRecipe(terms, threshold=0.2))
    capacity = [1, 2, 1]

    def cost(chosen):
        """Of links (i, j), each object once and each phrase up to its number; else ∞."""
        counts = [sum(j == c for _, c in chosen) for j in range(3)]
        if any(k > n for k, n in zip(counts, capacity, strict=True)):
            return np.inf
        missing = sum(n - k for k, n in zip(counts, capacity, strict=True))
        return sum(1 - values[i, j] for i, j in chosen) + 0.8 * missing

    every = [[(i, j) for i, j in enumerate(choice) if j is not None] for choice in product([None, 0, 1, 2], repeat=4)]
    best = min(map(cost, every))
    for margin, a, b in matching.check_next(found):
        i = None if a is None else found.similarity.a_ids.index(a)
        j = None if b is None else found.similarity.b_ids.index(b)
        if i is not None and j is not None:
            rest = [c for c in every if (i, j) not in c]
        elif i is not None:
            rest = [c for c in every if any(x == i for x, _ in c)]
        else:
            rest = [c for c in every if any(x == j for _, x in c)]
        assert margin == pytest.approx(min(map(cost, rest)) - best)
    assert {(a, b) for _, a, b in matching.check_next(found)} >= {(x.a, x.b) for x in found.links}


def test_errors_of_a_worked_case():
    made = scene(
        [("dog", (0, 0, 10, 10)), ("dog", (100, 0, 110, 10)), ("cat", (50, 50, 60, 60))], "[dogs] a [cat] a [cow]"
    )
    dogs, cat, cow = made.phrases
    made = replace(
        made,
        truth=(
            Grounding(dogs.id, (Box(0, 0, 10, 10), Box(0, 0, 10, 6), Box(200, 0, 210, 10)), "dog"),
            Grounding(cat.id, (Box(52, 52, 62, 62),), "cat"),  # IoU 64 / 136
            Grounding(cow.id, (Box(0, 0, 5, 5),)),
        ),
    )
    errors = matched(made).errors
    assert errors == MatchErrors(phrases=3, links=3, right=1, found=1, sure=2, right_sure=0)
    assert (errors.precision, errors.recall) == (1 / 3, 1 / 3) and errors.aer == 1 - 1 / 5
    loose = matching.judge(matched(made), iou=0.4, classes_only=True)
    assert (loose.phrases, loose.right, loose.f1) == (2, 2, pytest.approx(0.8))
    assert MatchErrors(0, 0, 0, 0, 0, 0).f1 == 0 == MatchErrors(0, 0, 0, 0, 0, 0).aer


def test_a_truth_with_other_phrases_is_laid_onto_the_last_word():
    mine = scene(DOGS, "a small [brown dog] runs", "elsewhere a [dog]")
    theirs = scene(DOGS, " A [dog]", "a [small brown dog] runs")
    truth = tuple(Grounding(p.id, (Box(0, 0, 9, 9),)) for p in theirs.phrases)
    given = matching.with_truth(mine, replace(theirs, truth=truth)).truth
    assert [g.phrase for g in given] == [mine.phrases[0].id]


def test_the_shared_pictures_with_their_boxes_named_by_class_alone(data: Path):
    total = MatchErrors(0, 0, 0, 0, 0, 0)
    for made in shared_scenes(data):
        total += matching.judge(matching.match(made), classes_only=True)
    assert total.phrases == 14 and total.f1 >= 0.9
