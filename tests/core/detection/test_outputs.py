"""Output styles: one candidate of known place through each, written as its paper or exporter says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onnx_maker import constant
from syncline.detection import Adapter, Detector, suggest
from syncline.detection._choose import fuse, suppress
from syncline.detection.outputs import REGISTRY, sigmoid
from syncline.detection.outputs.ssd import SsdParams, anchors
from syncline.errors import MediaError, ParameterError
from syncline.model import Box
from syncline.registry import build

WANT = Box(16, 8, 48, 40)
"""In a picture of 64 × 64; its centre is (32, 24), its sides are 32."""
LABELS = ("cat", "dog", "bus")


def yolox() -> dict[str, np.ndarray]:
    table = np.zeros((1, 64 + 16 + 4, 8))
    # Stride 16: cell x = 2, y = 1 has its corner at (32, 16).
    table[0, 64 + 1 * 4 + 2] = [0, 0.5, math.log(2), math.log(2), 0.9, 0.1, 1.0, 0.2]
    return {"output": table}


def yolov5() -> dict[str, np.ndarray]:
    table = np.zeros((1, 3 * 84, 8))
    table[0, 100] = [32, 24, 32, 32, 0.9, 0.1, 1.0, 0.2]
    return {"output": table}


def yolov8() -> dict[str, np.ndarray]:
    table = np.zeros((1, 7, 84))
    table[0, :, 50] = [32, 24, 32, 32, 0.1, 0.9, 0.2]
    return {"output0": table}


def yolov10() -> dict[str, np.ndarray]:
    table = np.zeros((1, 30, 6))
    table[0, 0] = [16, 8, 48, 40, 0.9, 1]
    return {"output0": table}


def detr() -> dict[str, np.ndarray]:
    boxes, classes = np.full((1, 10, 4), 0.5), np.zeros((1, 10, 4))
    classes[..., 3] = 30
    boxes[0, 4] = [0.5, 0.375, 0.5, 0.5]
    classes[0, 4] = [0, math.log(18), 0, -30]
    return {"logits": classes, "boxes": boxes}


def ssd() -> dict[str, np.ndarray]:
    place = anchors((64, 64), SsdParams())
    boxes, classes = np.zeros((1, len(place), 4)), np.full((1, len(place), 3), -20.0)
    k = 7
    x, y, w, h = place[k]
    boxes[0, k] = [(0.375 - y) / h * 10, (0.5 - x) / w * 10, math.log(0.5 / h) * 5, math.log(0.5 / w) * 5]
    classes[0, k, 1] = math.log(9)
    return {"boxes": boxes, "classes": classes}


def nanodet() -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for stride, cells in ((8, 64), (16, 16), (32, 4)):
        found[f"c{stride}"] = np.zeros((1, cells, 3))
        found[f"d{stride}"] = np.zeros((1, cells, 44))
    # Stride 16: cell x = 1, y = 1 has its centre at 23.5; sides to 16, 8, 48, 40 in strides.
    found["c16"][0, 5] = [0.1, 0.9, 0.2]
    for k, distance in enumerate((7.5, 15.5, 24.5, 16.5)):
        low, share = int(distance / 16), distance / 16 % 1
        bins = np.full(11, -60.0)
        bins[low], bins[low + 1] = math.log(1 - share), math.log(share)
        found["d16"][0, 5, 11 * k : 11 * k + 11] = bins
    return {k: found[k] for k in sorted(found)}


MADE = {f.__name__: f for f in (yolox, yolov5, yolov8, yolov10, detr, ssd, nanodet)}


def test_every_style_is_tried() -> None:
    assert sorted(MADE) == REGISTRY.names()


@pytest.mark.parametrize("style", MADE)
def test_a_known_candidate_comes_out_where_it_is(style: str, tmp_path: Path) -> None:
    file = tmp_path / f"{style}.onnx"
    file.write_bytes(constant(MADE[style]()))
    labels = ("", "dog", "bus") if style == "ssd" else LABELS
    adapter = suggest(file, labels)
    if style != "ssd":
        assert adapter.style == style
    adapter = Adapter(file, labels, 64, 64, style, fit="stretch")
    found = Detector(adapter).detect(np.zeros((64, 64, 3), np.uint8))
    assert found[0].label == "dog" and found[0].origin == "detected"
    assert found[0].score == pytest.approx(0.9, abs=1e-6)
    assert found[0].box.corners == pytest.approx(WANT.corners, abs=1e-3)
    assert all(0 <= o.score <= found[0].score for o in found)


@pytest.mark.parametrize("fit", ["stretch", "corner", "centre"])
@pytest.mark.parametrize(("height", "width"), [(128, 32), (20, 200), (64, 64)])
def test_boxes_go_back_into_the_picture(fit: str, height: int, width: int, tmp_path: Path) -> None:
    file = tmp_path / "d.onnx"
    file.write_bytes(constant(yolov10()))
    found = Detector(Adapter(file, LABELS, 64, 64, "yolov10", fit=fit)).detect(np.zeros((height, width, 3), np.uint8))
    if fit == "stretch":
        x, y = width / 64, height / 64
        left = top = 0.0
    else:
        x = y = max(height, width) / 64
        left, top = ((64 * x - width) / 2, (64 * y - height) / 2) if fit == "centre" else (0.0, 0.0)
    want = Box(16 * x - left, 8 * y - top, 48 * x - left, 40 * y - top).clipped(width, height)
    if want.width >= 1 and want.height >= 1:
        assert found[0].box.corners == pytest.approx(want.corners, abs=1e-6)
    else:
        assert found == []


def test_the_network_sees_what_the_adapter_says(tmp_path: Path) -> None:
    from syncline.detection.detector import _prepared

    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[:] = (10, 20, 30)
    adapter = Adapter(tmp_path, LABELS, 16, 16, "yolox", colour="rgb", fit="centre", pad=5, mean=(1, 2, 3), scale=(2, 4, 8))  # fmt: skip
    array, scale, shift = _prepared(adapter, pixels)
    assert array.shape == (1, 3, 16, 16) and array.dtype == np.float32
    assert array[0, :, 8, 8].tolist() == [29 / 2, 18 / 4, 7 / 8]
    assert array[0, :, 0, 0].tolist() == [4 / 2, 3 / 4, 2 / 8]
    assert scale.tolist() == [4, 4, 4, 4] and shift.tolist() == [0, 4, 0, 4]
    nhwc = _prepared(Adapter(tmp_path, LABELS, 16, 16, "yolox", layout="nhwc"), pixels)[0]
    assert nhwc.shape == (1, 16, 16, 3) and nhwc[0, 0, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("style", MADE)
def test_outputs_of_another_style_are_refused_in_a_sentence(style: str) -> None:
    method = REGISTRY[style]
    for wrong in ([np.zeros((2, 3, 4))], [np.zeros((1, 5, 7))] * 6, [np.zeros((1, 5, 2)), np.zeros((1, 4, 2))]):
        if style in ("yolov5", "yolov8") and wrong[0].shape != (2, 3, 4):
            continue
        with pytest.raises(ParameterError):
            method.call(wrong, (64, 64), build(method.params))


def test_too_few_labels_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "d.onnx"
    file.write_bytes(constant(yolox()))
    with pytest.raises(MediaError, match="3 classes, but there are 2 labels"):
        Detector(Adapter(file, ("a", "b"), 64, 64, "yolox")).detect(np.zeros((64, 64, 3), np.uint8))


def test_labels_a_model_brings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "d.onnx"
    file.write_bytes(constant(yolov8(), metadata={"names": "{0: 'cat', 1: \"dog's\", 2: 'bus'}"}))
    assert suggest(file).labels == ("cat", "dog's", "bus")


candidates = st.lists(
    st.tuples(*[st.integers(0, 10)] * 4, st.integers(0, 20), st.integers(0, 2)), min_size=0, max_size=25
)


def _arrays(rows: list[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(rows, float).reshape(-1, 6)
    boxes = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
    return boxes, table[:, 4] / 20, table[:, 5].astype(np.intp)


@given(candidates, st.integers(0, 20))
def test_a_threshold_acts_after_suppression_as_before_it(rows: list[tuple[int, ...]], threshold: int) -> None:
    boxes, scores, classes = _arrays(rows)
    kept = suppress(boxes, scores, classes, 0.5, 0.9)
    sure = np.flatnonzero(scores >= threshold / 20)
    again = sure[suppress(boxes[sure], scores[sure], classes[sure], 0.5, 0.9)]
    assert [k for k in kept if scores[k] >= threshold / 20] == again.tolist()


@given(candidates)
def test_what_stays_does_not_overlap_and_what_went_was_overlapped(rows: list[tuple[int, ...]]) -> None:
    boxes, scores, classes = _arrays(rows)
    kept = suppress(boxes, scores, classes, 0.5)
    places = [Box(*b) for b in boxes]
    for k in range(len(rows)):
        rivals = [j for j in kept if j != k and classes[j] == classes[k] and places[j].iou(places[k]) > 0.5]
        if k in kept:
            assert rivals == []
        else:
            assert any(scores[j] >= scores[k] for j in rivals)


def test_what_two_detectors_see_becomes_one_and_surer() -> None:
    one = np.array([[0, 0, 10, 10], [50, 50, 60, 60.0]]), np.array([0.5, 0.3]), np.array([0, 1])
    two = (
        np.array([[0, 0, 10, 12], [0, 0, 10, 11], [50, 50, 60, 60.0]]),
        np.array([0.25, 0.5, 0.4]),
        np.array([0, 0, 0]),
    )
    boxes, scores, classes = fuse([one[0], two[0]], [one[1], two[1]], [one[2], two[2]], 0.5)
    assert scores == pytest.approx([0.75, 0.3, 0.25, 0.4]) and classes.tolist() == [0, 1, 0, 0]
    assert boxes[0] == pytest.approx([0, 0, 10, 10.5])


def test_sigmoid_does_not_overflow() -> None:
    assert sigmoid(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]
