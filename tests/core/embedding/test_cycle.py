"""Losses of cycle consistency against the worked example, plain loops and central differences."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from syncline.embedding import CycleForm, CycleParams, cycle_back
from syncline.embedding.cycle import LOSSES, loss
from syncline.embedding.training import Piece, batch_loss
from syncline.learning._maps import map_shapes

U, V = np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [1.2], [2.0], [2.5]])
INDEX = np.arange(3.0)


def test_the_worked_example() -> None:
    """ALGORITHMS 6, to the six digits given there."""
    c = cycle_back(U, V, INDEX)
    assert c.nearest[:, 0] == pytest.approx([0.259129, 1.194377, 1.970287], abs=1e-6)
    assert c.mu == pytest.approx([0.431896, 1.163660, 1.694083], abs=1e-6)
    assert c.variance == pytest.approx([0.307229, 0.415198, 0.241569], abs=1e-6)
    # Without a length there is no floor under σ².
    assert loss(U, V, CycleForm("variance-aware"), INDEX, 0.0)[0] == pytest.approx(0.352442, abs=1e-6)
    assert loss(U, V, CycleForm("mse"), INDEX, 3.0)[0] == pytest.approx(0.102301, abs=1e-6)
    assert loss(U, V, CycleForm("classification"), INDEX, 3.0)[0] == pytest.approx(0.480039, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("form", ["lecture", "released"])
def test_each_form_as_its_source_spells_it(name: str, form: str) -> None:
    """The authors' program (google-research/tcc, losses.py) and the paper, moment by moment in plain loops."""
    random = np.random.default_rng(4)
    u, v = random.normal(size=(5, 3)), random.normal(size=(7, 3))
    asked = CycleForm(name, form, temperature=0.4, huber_delta=0.3)
    released = form == "released"
    step = 1 / 5 if released else 1.0
    scale = 1 / 3 / 0.4 if released else 1.0
    losses = []
    for i in range(5):
        near = [-scale * np.sum((u[i] - v[j]) ** 2) for j in range(7)]
        alpha = np.exp(near) / np.sum(np.exp(near))
        soft = sum(a * row for a, row in zip(alpha, v, strict=True))
        back = [-scale * np.sum((soft - u[k]) ** 2) for k in range(5)]
        beta = np.exp(back) / np.sum(np.exp(back))
        t = step * np.arange(5)
        mu = np.sum(beta * t)
        variance = np.sum(beta * (t - mu) ** 2)
        away = abs(t[i] - mu)
        if name == "classification":
            target = np.eye(5)[i] * 0.9 + 0.1 / 5 if released else np.eye(5)[i]
            losses.append(-np.sum(target * np.log(beta)))
        elif name == "mse":
            losses.append(away**2)
        elif name == "huber":
            losses.append(away**2 / 2 if away <= 0.3 else 0.3 * away - 0.3**2 / 2)
        elif released:
            losses.append(np.exp(-np.log(variance)) * away**2 + 0.001 * np.log(variance))
        else:
            losses.append(away**2 / variance + 0.001 * np.log(np.sqrt(variance)))
    assert loss(u, v, asked, step * np.arange(5.0), 0.0)[0] == pytest.approx(np.mean(losses), rel=1e-12)


@pytest.mark.parametrize(("name", "form"), list(product(LOSSES, ["lecture", "released"])))
@pytest.mark.parametrize("hidden", [0, 3])
def test_gradients_of_three_recordings(name: str, form: str, hidden: int) -> None:
    """Every weight of the encoder, through all ordered pairs: relative error at most 1e-6."""
    random = np.random.default_rng(5)
    params = CycleParams(name, form, temperature=0.5, huber_delta=0.2)
    unit = 0.1 if form == "released" else 1.0
    pieces = [Piece(random.normal(size=(n, 4)), unit * np.arange(n), unit * n) for n in (5, 6, 4)]
    arrays = {k: 0.4 * random.normal(size=s) for k, s in map_shapes("map", 4, 2, hidden).items()}
    gradients = batch_loss(arrays, params, pieces)[1]
    assert gradients.keys() == arrays.keys()
    for k, array in arrays.items():
        numeric = np.zeros_like(array)
        for at in np.ndindex(array.shape):
            values = []
            for step in (1e-5, -1e-5):
                moved = {q: a.copy() for q, a in arrays.items()}
                moved[k][at] += step
                values.append(batch_loss(moved, params, pieces)[0])
            numeric[at] = (values[0] - values[1]) / 2e-5
        size = np.linalg.norm(numeric)
        assert size > 1e-4, f"nothing to compare for {k}"
        assert np.linalg.norm(gradients[k] - numeric) <= 1e-6 * size, k


@pytest.mark.parametrize("name", LOSSES)
def test_far_apart_embeddings_stay_finite(name: str) -> None:
    """β one-hot: the variance underflows, and so would its logarithm."""
    u, v = 1e3 * np.arange(6.0)[:, None], 1e3 * np.arange(8.0)[:, None] + 3
    value, d_u, d_v = loss(u, v, CycleForm(name), np.arange(6.0), 6.0)
    assert np.isfinite(value)
    assert np.isfinite(d_u).all()
    assert np.isfinite(d_v).all()
