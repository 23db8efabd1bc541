"""Embeddings by a model of one's own, whose answer is known, and refusals of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import onnx_maker as onnx
from syncline.errors import MediaError
from syncline.features.embedding import Embedding, EmbeddingParams


def averaging(size: tuple[int, ...]) -> bytes:
    """A model that puts out the mean of each channel as a map of one cell."""
    return onnx.model(
        [onnx.node("GlobalAveragePool", ["picture"], ["map"])],
        [],
        [onnx.value("picture", size)],
        [onnx.value("map", (1, size[1], 1, 1))],
    )


def embedded(picture: np.ndarray, **params: object) -> np.ndarray:
    extractor = Embedding(EmbeddingParams(centred=False, **params))  # type: ignore[arg-type]
    extractor.update(picture, 0.0)
    return extractor.finish().values[0]


def test_a_model_of_ones_own_gets_the_picture_as_it_was_asked_for(tmp_path: Path) -> None:
    model = tmp_path / "mean.onnx"
    model.write_bytes(averaging((1, 3, 24, 32)))
    picture = np.zeros((50, 40, 3), np.uint8)
    picture[...] = (10, 20, 200)
    reds = np.array([200.0, 20.0, 10.0])
    np.testing.assert_allclose(
        embedded(picture, model=str(model), scale="0..255"), reds / np.linalg.norm(reds), atol=1e-5
    )
    blues = embedded(picture, model=str(model), scale="0..1", rgb=False)
    np.testing.assert_allclose(blues, reds[::-1] / np.linalg.norm(reds), atol=1e-5)
    lifted = (reds - 127.5) / 127.5
    np.testing.assert_allclose(embedded(picture, model=str(model)), lifted / np.linalg.norm(lifted), atol=1e-5)


def test_another_model_under_the_same_name_is_told_apart(tmp_path: Path) -> None:
    model = tmp_path / "mean.onnx"
    model.write_bytes(averaging((1, 3, 24, 32)))
    first = Embedding(EmbeddingParams(str(model))).known_by
    model.write_bytes(averaging((1, 3, 24, 40)))
    assert first
    assert Embedding(EmbeddingParams(str(model))).known_by != first


@pytest.mark.parametrize("size", [(1, 4, 24, 32), (2, 3, 24, 32), (1, 3, 24, 5000)])
def test_a_model_that_takes_no_single_picture_is_a_sentence(tmp_path: Path, size: tuple[int, ...]) -> None:
    model = tmp_path / "odd.onnx"
    model.write_bytes(averaging(size))
    with pytest.raises(MediaError, match=r"“odd\.onnx” takes no single picture"):
        Embedding(EmbeddingParams(str(model)))


def test_a_model_whose_numbers_lie_elsewhere_is_not_opened(tmp_path: Path) -> None:
    model = tmp_path / "outside.onnx"
    model.write_bytes(
        onnx.model(
            [onnx.node("Identity", ["c"], ["out"])],
            [onnx.outside("c", "../secret")],
            [onnx.value("picture", (1, 3, 24, 32))],
            [onnx.value("out", (1, 4))],
        )
    )
    with pytest.raises(MediaError, match="in other files"):
        Embedding(EmbeddingParams(str(model)))


def test_pictures_of_one_thing_are_nearer_than_those_of_two() -> None:
    rng = np.random.default_rng(0)
    checks = np.kron(rng.integers(0, 2, (6, 6, 3)), np.ones((50, 50, 1))).astype(np.uint8) * 200 + 20
    slope = np.broadcast_to(np.linspace(0, 255, 300)[:, None, None], (300, 300, 3)).astype(np.uint8)
    one, darker, other = (embedded(p) for p in (checks, (checks * 0.7).astype(np.uint8), slope))
    assert one @ darker > one @ other + 0.1
