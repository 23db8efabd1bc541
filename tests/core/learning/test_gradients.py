"""Gradients against central differences, losses against worked examples and plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from learning_made import hidden_map, planted

from syncline.learning import Scorer, Widths, contrastive, gate, joint
from syncline.learning._examples import Pairs, Scaling
from syncline.learning.contrastive import ContrastiveParams, info_nce
from syncline.learning.gate import GateParams, Looks
from syncline.learning.joint import JointParams


def assert_gradient(loss, arrays):
    """Every entry of every array: relative error of the gradient at most 1e-6."""
    _, gradients = loss(arrays)
    assert gradients.keys() == arrays.keys()
    for name, array in arrays.items():
        numeric = np.zeros_like(array)
        for at in np.ndindex(array.shape):
            values = []
            for step in (1e-5, -1e-5):
                moved = {k: v.copy() for k, v in arrays.items()}
                moved[name][at] += step
                values.append(loss(moved)[0])
            numeric[at] = (values[0] - values[1]) / 2e-5
        size = np.linalg.norm(numeric)
        assert size > 1e-3, f"nothing to compare for {name}"
        assert np.linalg.norm(gradients[name] - numeric) <= 1e-6 * size, name


def drawn(shapes, seed=3):
    random = np.random.default_rng(seed)
    return {k: 0.5 * random.normal(size=s) for k, s in shapes.items() if not k.endswith(("mean", "scale"))}


@pytest.mark.parametrize("model", ["linear", "two layers"])
def test_contrastive(model):
    examples, _ = hidden_map(3, 4, 5, 4)
    params = ContrastiveParams(model=model, width=3, hidden=4, temperature=0.3)
    pairs = Pairs.of(examples, Scaling.of(examples))
    shapes = contrastive.Contrastive().shapes(params, examples[0].widths)
    start = drawn(shapes, 4)
    assert_gradient(lambda a: contrastive.loss(a, params, pairs, start, 0.2), drawn(shapes))


@pytest.mark.parametrize("model", ["linear", "two layers"])
def test_joint(model):
    params = JointParams(model=model, hidden=4, prior=0.7)
    examples, _ = hidden_map(1, 6, 5, 4)
    x, y, w = examples[0].objects, examples[0].words, np.linspace(0.2, 1.0, 6)
    shapes = joint.Joint().shapes(params, examples[0].widths)
    start = drawn(shapes, 4)
    assert_gradient(lambda a: joint.loss(a, params, (x, y, w), start), drawn(shapes))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("aim", ["all of it", "somewhere"])
def test_gate(activation, aim):
    examples, _ = planted(2, 3, 4, 3, 3)
    params = GateParams(units=3, aim=aim, activation=activation, decay=0.1)
    looks = [Looks(e.words, e.regions.reshape(9, 4), 0.7 * e.cover.reshape(3, 9)) for e in examples]
    shapes = gate.Gate().shapes(params, examples[0].widths)
    assert_gradient(lambda a: gate.loss(a, params, looks, True), drawn(shapes))


@pytest.mark.parametrize("aim", ["all of it", "somewhere"])
def test_what_attention_is_taught(aim):
    """Who looks at all of L = 8 regions alike is ln (8/k) from k that are wholly meant; by hand in units of ln 2.

    Of one region wholly and one by a third is meant: 3/4 log (3/4 · 8) + 1/4 log (1/4 · 8), and −log ((1 + 1/3) / 8).
    """
    arrays = {"W": np.zeros((1, 1)), "U": np.zeros((1, 1)), "v": np.zeros(1)}
    even = np.zeros((2, 8))
    even[0, :2] = 1.0
    even[1, 3], even[1, 6] = 1.0, 1 / 3
    by_hand = {
        "all of it": [2.0, 0.75 * np.log2(6) + 0.25 * np.log2(2)],
        "somewhere": [2.0, -np.log2((4 / 3) / 8)],
    }[aim]
    for row, wanted in zip(even, by_hand, strict=True):
        looks = [Looks(np.ones((1, 1)), np.ones((8, 1)), row[None])]
        value, _ = gate.loss(arrays, GateParams(units=1, aim=aim), looks, False)
        assert value / np.log(2) == pytest.approx(wanted)


def pairs_of(links, against):
    n, m = links.shape
    return Pairs(np.zeros((n, 1)), np.zeros((m, 1)), links, against)


def test_info_nce_of_the_worked_example():
    """ALGORITHMS 2: rows 0.00140555, columns 0.00091147, loss 0.00115851."""
    eye = np.eye(2, dtype=bool)
    value, _ = info_nce(np.array([[0.9, 0.1], [0.2, 0.8]]) / 0.1, pairs_of(eye, ~eye))
    assert value == pytest.approx(0.00115851, abs=5e-9)
    chance, _ = info_nce(np.zeros((7, 7)), pairs_of(np.eye(7, dtype=bool), ~np.eye(7, dtype=bool)))
    assert chance == pytest.approx(np.log(7))


def test_info_nce_with_several_links_equals_plain_loops():
    random = np.random.default_rng(0)
    z = 3 * random.normal(size=(5, 7))
    links = random.random((5, 7)) < 0.3
    against = ~links & (random.random((5, 7)) < 0.6)
    against[2] = False
    total = 0.0
    for i, j in np.argwhere(links):
        for rivals in (z[i, against[i]], z[against[:, j], j]):
            total -= np.log(np.exp(z[i, j]) / (np.exp(z[i, j]) + np.exp(rivals).sum()))
    value, gradient = info_nce(z, pairs_of(links, against))
    assert value == pytest.approx(total / (2 * links.sum()), rel=1e-12)
    assert (gradient[~links & ~against] == 0).all()


def test_huge_logits_stay_finite():
    eye = np.eye(3, dtype=bool)
    value, gradient = info_nce(1e4 * (1 - np.eye(3)), pairs_of(eye, ~eye))
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_namesakes_of_other_pictures_are_not_held_against_each_other():
    examples, _ = hidden_map(2, 2, 3, 3)
    everything = np.ones((2, 2), bool)
    named = [
        replace(examples[0], links=np.eye(2, dtype=bool), known=everything, object_names=("dog", "ball"), word_names=("puppy", "toy")),
        replace(examples[1], links=np.eye(2, dtype=bool), known=everything, object_names=("dog", "cat"), word_names=("hound", "kitten")),
    ]  # fmt: skip
    pairs = Pairs.of(named, Scaling.of(named))
    assert pairs.links.sum() == 4
    # The second dog is not held against “puppy”, nor the first against “hound”; all else is.
    assert [tuple(x) for x in np.argwhere(~pairs.against & ~pairs.links)] == [(0, 2), (2, 0)]


def test_the_gate_of_the_worked_example():
    """ALGORITHMS 2: W = U = I, v = (1, 2), tanh."""
    plain = {
        f"{side}.{k}": v for side in ("words", "regions") for k, v in (("mean", np.zeros(2)), ("scale", np.ones(1)))
    }
    arrays = plain | {"W": np.eye(2), "U": np.eye(2), "v": np.array([1.0, 2.0])}
    params = GateParams(units=2, activation="tanh")
    scorer = Scorer("gate", 1, params, Widths(3, 2, 0, 2), arrays, (1.0, 0.0), np.zeros((0, 3)))
    found = gate.attend(scorer, np.eye(2), np.array([[[1.0, 0], [0, 1], [1, 1]]]))
    assert found.weights[:, 0] == pytest.approx(
        np.array([[0.107146, 0.401395, 0.491459], [0.312591, 0.218802, 0.468606]]), abs=5e-7
    )
    assert found.contexts == pytest.approx(np.array([[0.598605, 0.892854], [0.781198, 0.687409]]), abs=5e-7)
    assert found.entropy == pytest.approx(-(found.weights * np.log(found.weights)).sum((1, 2)))
