"""From the links of scenes to a scorer, and from a scorer to the links of other scenes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import threadpoolctl

from match_scenes import scene
from syncline import learning
from syncline.errors import Cancelled, ParameterError
from syncline.learning import _regions, _scorer
from syncline.matching import judge, match
from syncline.model import LinkConstraints
from syncline.progress import Monitor
from syncline.similarity import SimilarityJob, learned
from syncline.similarity.learned import describe, learn, look
from taught_scenes import code_scenes, painted


@pytest.fixture(autouse=True)
def one_thread():
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


def f1(scenes, similarity):
    total = sum(
        (judge(match(s, similarity=similarity)) for s in scenes[1:]), judge(match(scenes[0], similarity=similarity))
    )
    return total.f1


@pytest.mark.parametrize("method", ["contrastive", "joint"])
def test_corrected_links_teach_what_no_embedding_knows(method):
    made = list(code_scenes(24))
    taught = [replace(s, constraints=LinkConstraints(locked=locks)) for s, locks in made[:12]]
    others = [s for s, _ in made[12:]]
    scorer = learn(taught, method)
    assert learning.kept(scorer.digest) is scorer
    before, after = f1(others, "text"), f1(others, f"learned:scorer={scorer.digest}")
    assert before < 0.5 and after >= 0.9


def test_checked_pictures_teach_by_their_links_alone():
    made = list(code_scenes(12))
    checked = [replace(s, checked=True) for s, _ in made]
    links = {s.id: locks for s, locks in made}
    with pytest.raises(ParameterError, match="there is none"):
        learn([s for s, _ in made], links=links)
    assert learn(checked, params={"epochs": 2}, links=links).figures["pairs"] == 48


def known_of(made, links=(), **how):
    example = describe(SimilarityJob(made), links, **how)
    return example.links.astype(int).tolist(), example.known.astype(int).tolist()


def test_what_is_known_of_pairs():
    made = scene([("dog", (0, 0, 9, 9)), ("cat", (9, 0, 19, 9)), ("man", (0, 9, 9, 19))], "A [dog] and [some dogs].")
    dog, dogs = (p.id for p in made.phrases)
    a, b, c = (o.id for o in made.objects)
    assert known_of(made) == ([[0, 0]] * 3, [[0, 0]] * 3)
    # A phrase of one thing has no other; a plural may.
    locked = replace(made, constraints=LinkConstraints(frozenset({(a, dog), (a, dogs)}), frozenset({(b, dogs)})))
    assert known_of(locked) == ([[1, 1], [0, 0], [0, 0]], [[1, 1], [1, 1], [1, 0]])
    assert known_of(made, [(c, dog), (77, dog)], complete=True) == ([[0, 0], [0, 0], [1, 0]], [[1, 1]] * 3)


def test_an_object_is_described_by_label_looks_and_place():
    made = scene([("dog", (0, 0, 200, 100)), ("", (300, 100, 400, 200)), ("cat", (5, 5, 5, 50))], "A [dog].")
    blind = describe(SimilarityJob(made))
    assert blind.objects.shape == (3, 384 + 1280 + 8) and np.isnan(blind.objects[:, 384:1664]).all()
    assert blind.objects[0, :384] @ blind.words[0] == pytest.approx(1.0, abs=1e-5)
    assert (blind.objects[1, :384] == 0).all()
    assert blind.objects[0, 1664:].tolist() == [0, 0, 0.5, 0.5, 0.25, 0.25, 0.5, 0.5]
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (100, 200, 3)).astype(np.uint8)
    seen = describe(SimilarityJob(made, lambda: pixels), regions=True)
    assert np.linalg.norm(seen.objects[:2, 384:1664], axis=1) == pytest.approx(1.0)
    assert np.isnan(seen.objects[2, 384:1664]).all()
    assert seen.regions.shape == (10, 10, 1280)
    # The first box takes the upper left quarter, the second a quarter of the lower right one.
    assert seen.cover[0, :5, :5].min() == 1 and seen.cover[0].sum() == pytest.approx(25)
    assert seen.cover[1].sum() == pytest.approx(12.5) and seen.cover[1, 5:, 7].tolist() == pytest.approx([0.5] * 5)


def test_features_of_a_box_are_those_of_its_pixels_and_kept(monkeypatch):
    random = np.random.default_rng(1)
    pixels = random.integers(0, 255, (120, 160, 3)).astype(np.uint8)
    boxes = np.array([[10.0, 20, 90, 100], [-50, -50, 500, 500]])
    found = learning.box_features("one", pixels, boxes, Monitor())
    cut = learning.box_features("two", pixels[20:100, 10:90].copy(), np.array([[0.0, 0, 80, 80]]), Monitor())
    assert np.array_equal(found[0], cut[0]) and not np.allclose(found[0], found[1])
    monkeypatch.setattr(_regions, "_run", None)
    assert np.array_equal(learning.box_features("one", pixels, boxes, Monitor()), found)


def test_cancelling_leaves_no_scorer():
    taught = [replace(s, constraints=LinkConstraints(locked=locks)) for s, locks in code_scenes(6)]
    shelf = dict(_scorer._shelf)
    monitor = Monitor()
    with pytest.raises(Cancelled):
        learn(taught, monitor=monitor, live=lambda epoch: monitor.cancel())
    assert _scorer._shelf == shelf


def test_few_links_are_said_before_anything_is_looked_at(monkeypatch):
    monkeypatch.setattr(learned, "describe", None)
    for count, said in ((0, "is none"), (1, "is only one"), (2, "are only 2")):
        made = []
        for s, locks in code_scenes(3):
            locked, count = frozenset(sorted(locks)[:count]), max(0, count - len(locks))
            made.append(replace(s, constraints=LinkConstraints(locked=locked)))
        with pytest.raises(ParameterError, match=said):
            learn(made)


def test_a_scorer_that_is_not_there():
    made, _ = next(code_scenes(1))
    with pytest.raises(ParameterError, match="not in the project"):
        match(made, similarity="learned:scorer=0123")
    found = match(made, similarity="text+learned")
    assert any("No trained scorer is chosen" in n for n in found.notes)
    assert [p.name for p in found.similarity.parts] == ["text"]


def test_a_gate_looks_where_the_word_is():
    """Labels say nothing here, and places neither: only the picture does."""
    shown = {f"painted {k}": painted(k) for k in range(28)}
    taught = [replace(s, constraints=LinkConstraints(locked=locks)) for _, s, locks in list(shown.values())[:24]]
    scorer = learn(taught, "gate", pixels=lambda p: shown[p.digest][0])
    right, inside = 0, []
    for pixels, made, locks in list(shown.values())[24:]:
        found = match(made, similarity=f"learned:scorer={scorer.digest}", pixels=lambda pixels=pixels: pixels)
        right += len({(link.a, link.b) for link in found.links} & locks)
        maps = look(scorer, made.captions[0].text, pixels)
        assert [w.text for w in maps.words] == ["A", "dog", "a", "ball", "and", "a", "tree"]
        assert maps.attention.weights.shape == (7, 10, 10)
        assert maps.attention.weights.sum((1, 2)) == pytest.approx(1.0)
        corners = np.array([o.box.corners for o in made.objects])
        _, cover = learning.picture_regions(pixels, corners)
        inside += [(maps.attention.weights[word] * c).sum() for word, c in zip((1, 3, 6), cover, strict=True)]
    # A box takes a tenth of the picture; its edges lie within regions, which it then is taught in part.
    assert np.mean(inside) > 0.4
    # By chance 4 of 12.
    assert right >= 10
    blind = match(made, similarity=f"text+learned:scorer={scorer.digest}", pixels=lambda: None)
    assert any("can't be read, and was left out" in n for n in blind.notes)
    with pytest.raises(ParameterError, match="locate it"):
        learn(taught, "gate")


def test_a_scorer_may_come_from_a_file(tmp_path):
    taught = [replace(s, constraints=LinkConstraints(locked=locks)) for s, locks in code_scenes(6)]
    scorer = learn(taught, params={"epochs": 3})
    learning.save_scorer(scorer, tmp_path / "s.npz")
    by_digest, by_file = (
        match(taught[0], similarity=f"learned:{how}").similarity.values
        for how in (f"scorer={scorer.digest}", f"file={tmp_path / 's.npz'}")
    )
    assert np.array_equal(by_digest, by_file)
