"""A learned embedding as a feature: of the project by its digest, of a file, of several terms at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from syncline import _encoding as encoding
from syncline import embedding, pipeline
from syncline.errors import MediaError, ParameterError
from syncline.features import REGISTRY, _choice
from syncline.features._spelled import spelled
from syncline.registry import build

PLACES = np.linspace(0, 1, 80) ** 1.6
FAST = {"epochs": 10, "check": False}


@pytest.fixture
def pair(tmp_path: Path) -> sl.Pair:
    random = np.random.default_rng(0)
    for name, places in (("a", np.linspace(0, 1, 60)), ("b", PLACES)):
        t = 2 * np.pi * places[:, None] * [0.5, 0.8, 1.1, 1.4, 1.7, 2.0] + [0, 1, 2, 3, 4, 5]
        np.save(tmp_path / f"{name}.npy", np.sin(t) + 0.02 * random.normal(size=t.shape))
    return pipeline.open_pair(*(pipeline.open_media(tmp_path / f"{n}.npy", rate=25) for n in "ab"))


@pytest.mark.parametrize("text", ["given:slopes=True", "2.5*given+learned:encoder=ab@3", "chroma:hop_ms=20.0+onset"])
def test_short_forms_are_read_back(text: str) -> None:
    recipe = _choice.parse(text)
    assert _choice.parse(spelled(recipe)) == recipe


def test_every_extractor_has_a_short_form() -> None:
    for name in REGISTRY.names():
        recipe = sl.FeatureRecipe((sl.FeatureTerm(name, 0.25, build(REGISTRY[name].params)),), 2)
        assert _choice.parse(spelled(recipe)) == recipe


def test_learn_align_and_take_it_from_a_file(pair: sl.Pair, tmp_path: Path) -> None:
    features = "given+0.5*given:slopes=True"
    encoder = encoding.learn_embedding(pair, features=features, params=FAST)
    assert encoder.base == features
    al = pipeline.align(pair, features=encoding.learned_recipe(encoder))
    assert al.path is not None
    assert np.abs(al.path.to_a(pair.b.frame_times if pair.b.frame_times is not None else np.arange(80) / 25) * 25 / 59
                  - PLACES).mean() < 0.03  # fmt: skip
    file = embedding.save_encoder(encoder, tmp_path / "e.npz")
    embedding._encoder._shelf.clear()
    again = pipeline.align(pair, features=f"learned:file={file}")
    assert again.path is not None
    np.testing.assert_array_equal(again.path.pairs, al.path.pairs)
    # What is compared is the encoder's output for the two terms as they are extracted, up to one factor.
    a, b, _, _ = pipeline.extract(pair, _choice.parse(features))
    assert again.features_a is not None
    assert a.values.shape[1] == encoder.width == 18
    ratio = again.features_a.values / encoder(np.hstack([p.values for p in encoding.described(
        pair, _choice.parse(features)).a]))  # fmt: skip
    assert ratio.std() < 1e-4 * ratio.mean()
    assert b.values.shape[0] == 80


def test_one_encoder_is_not_taught_by_another(pair: sl.Pair) -> None:
    first = encoding.learn_embedding(pair, features="given:slopes=True", params=FAST)
    second = encoding.learn_embedding(pair, features=encoding.learned_recipe(first), params={**FAST, "seed": 1})
    assert second.base == first.base
    assert second.digest == encoding.learn_embedding(
        pair, features="given:slopes=True", params={**FAST, "seed": 1}).digest  # fmt: skip


def test_what_is_missing_is_one_sentence(pair: sl.Pair, tmp_path: Path) -> None:
    for text, sentence in (
        ("learned", "No encoder is chosen"),
        ("learned:encoder=0123", "not in the project"),
    ):
        with pytest.raises(ParameterError, match=sentence):
            pipeline.align(pair, features=text)
    with pytest.raises(MediaError, match="gone"):
        pipeline.align(pair, features=f"learned:file={tmp_path / 'gone.npz'}")
    bare = embedding.train_cycle([np.random.default_rng(0).normal(size=(9, 2))] * 2, embedding.CycleParams(epochs=1))
    with pytest.raises(ParameterError, match="no feature is named"):
        pipeline.align(pair, features=encoding.learned_recipe(bare))
    sound = encoding.learned_recipe(encoding.replace(bare, base="chroma"))
    with pytest.raises(ParameterError, match=r"made of “chroma”, which “a.npy” can't give"):
        pipeline.align(pair, features=sound)
