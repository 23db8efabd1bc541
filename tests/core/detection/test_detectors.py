"""Detectors on real pictures; adapters and models that mean harm."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from onnx_maker import constant, field, model, node, outside, tensor, value
from syncline.detection import (
    FLOOR,
    Adapter,
    Detector,
    dump_adapter,
    load_adapter,
    load_labels,
    open_detector,
    shipped,
    shipped_names,
    suggest,
)
from syncline.errors import Cancelled, MediaError, ParameterError
from syncline.media import open_picture, read_pixels
from syncline.model import Box, box_array, overlaps
from syncline.progress import Monitor

GREY = np.full((64, 64, 3), 128, np.uint8)


def hits(detector: Detector, data: Path, threshold: float) -> tuple[int, int]:
    """Boxes of a COCO class found with the right label at an overlap of 0.5 or more, one for one; and how many are."""
    found = wanted = 0
    for item in json.loads((data / "images" / "captions_boxes.json").read_text())["images"]:
        phrases = [p for c in item["captions"] for p in c["phrases"] if p["coco_class"]]
        truth = {Box(*box): p["coco_class"] for p in phrases for box in p["boxes_xyxy"]}
        objects = detector.detect(read_pixels(open_picture(data / "images" / item["file"])))
        objects = [o for o in objects if o.score is not None and o.score >= threshold]
        right = overlaps(box_array(o.box for o in objects), box_array(truth)) >= 0.5
        right &= np.array([[o.label == label for label in truth.values()] for o in objects]).reshape(right.shape)
        rows, columns = linear_sum_assignment(-right.astype(float))
        found += int(right[rows, columns].sum())
        wanted += len(truth)
    return found, wanted


def test_the_shipped_detectors_find_what_captions_speak_of(data: Path) -> None:
    both, nanodet, ssd = (hits(shipped(name), data, 0.4)[0] for name in ("both", "nanodet", "ssd"))
    assert hits(shipped(), data, 0.4) == (both, 14)
    assert both >= 13 and both >= max(nanodet, ssd)


def test_a_detector_of_the_users_by_its_adapter(data: Path, tmp_path: Path) -> None:
    for name in ("yolox_nano_416.onnx", "coco80_labels.txt"):
        (tmp_path / name).write_bytes((data / "models" / name).read_bytes())
    file = tmp_path / "mine.json"
    described = {
        "format": "syncline-detector",
        "version": 1,
        "model": "yolox_nano_416.onnx",
        "width": 416,
        "height": 416,
    }
    file.write_text(json.dumps(described | {"labels": "coco80_labels.txt", "style": "yolox"}))
    adapter = load_adapter(file)
    assert (adapter.name, len(adapter.labels)) == ("mine", 80)
    assert suggest(adapter.model, adapter.labels) == Adapter(**{**vars(adapter), "name": "yolox_nano_416"})
    assert hits(Detector(adapter), data, 0.4)[0] >= 13


def test_an_onnx_file_with_its_labels_beside_it_is_enough(data: Path, tmp_path: Path) -> None:
    models = data / "models"
    (tmp_path / "mine.onnx").write_bytes((models / "yolox_nano_416.onnx").read_bytes())
    pixels = read_pixels(open_picture(data / "images" / "us_gov_two_dogs.jpg"))
    with pytest.raises(MediaError, match=r"put their labels, one a line, into “mine\.txt”"):
        open_detector(tmp_path / "mine.onnx")
    (tmp_path / "mine.txt").write_bytes((models / "coco80_labels.txt").read_bytes())
    named = open_detector(tmp_path / "mine.onnx").detect(pixels)
    assert {o.label for o in named if o.score and o.score > 0.5} >= {"dog", "person"}


def test_shapes_of_the_shipped_models_suggest_their_adapters() -> None:
    for name in ("nanodet", "ssd"):
        (adapter,) = shipped(name).adapters
        guess = suggest(adapter.model, adapter.labels)
        for key in ("width", "height", "layout", "colour", "fit", "style", "mean", "scale"):
            assert getattr(guess, key) == getattr(adapter, key), key


def test_objects_are_sorted_within_the_picture_and_the_same_again(data: Path) -> None:
    pixels = read_pixels(open_picture(data / "images" / "us_gov_cyclists.jpg"))
    detector = shipped()
    found = detector.detect(pixels)
    assert found == detector.detect(pixels)
    scores = [o.score or 0 for o in found]
    assert scores == sorted(scores, reverse=True) and scores[-1] >= FLOOR and scores[0] <= 1
    assert all(o.box == o.box.clipped(956, 600) and o.box.width >= 1 and o.box.height >= 1 for o in found)
    assert {o.label for o in found} <= set(detector.labels)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 4000, 3), (4000, 2, 3)])
def test_odd_pictures_are_no_trouble(shape: tuple[int, ...]) -> None:
    assert isinstance(shipped().detect(np.zeros(shape, np.uint8)), list)


def test_what_is_no_picture_is_refused() -> None:
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ParameterError):
            shipped("ssd").detect(wrong)
    with pytest.raises(ParameterError, match="nanodet"):
        shipped("yolo")
    assert shipped_names()[0] == "both"


def hostile() -> dict[str, bytes]:
    inputs, outputs = [value("picture", (1, 3, 64, 64))], [value("out", (4,))]
    inner = field(
        1,
        node("Constant", [], ["x"], field(5, field(1, "value") + field(5, outside("t", "/etc/passwd")) + field(20, 4))),
    )
    deep = b""
    for _ in range(100):
        deep = field(1, field(5, field(6, deep)))
    return {
        "external": model([node("Identity", ["w"], ["out"])], [outside("w", "../secret.bin")], inputs, outputs),
        "external in a branch": model([node("If", ["c"], ["out"], field(5, field(1, "then_branch") + field(6, inner)))], [], inputs, outputs),
        "external in a function": field(1, 8) + field(25, field(7, inner[2:])),
        "deep": field(7, deep),
        "ort": b"\x20\0\0\0ORTM" + bytes(100),
        "text": b"this is no model",
        "cut": constant({"out": np.zeros((1, 84, 8))})[:200],
        "endless": b"\xff" * 100,
        "empty": b"",
        "no graph": field(1, 8),
        "unknown step": model([node("Nonsense", ["picture"], ["out"])], [], inputs, outputs),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_model_is_one_sentence(name: str, tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(hostile()[name])
    with pytest.raises(MediaError, match=r"m\.onnx") as error:
        Detector(Adapter(file, ("a",), 64, 64, "yolox")).detect(GREY)
    assert "\n" not in str(error.value)
    assert ("other files" in str(error.value)) == name.startswith("external")


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(constant({"out": np.full((1, 84, 8), np.nan)}))
    with pytest.raises(MediaError, match="finite"):
        Detector(Adapter(file, ("a", "b", "c"), 64, 64, "yolox")).detect(GREY)


def test_a_model_that_takes_something_else_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(constant({"out": np.zeros((1, 84, 8))}, (1, 3, 32, 32)))
    with pytest.raises(MediaError):
        Detector(Adapter(file, ("a", "b", "c"), 64, 64, "yolox")).detect(GREY)


def test_a_slow_model_can_be_cancelled(tmp_path: Path) -> None:
    side = 700
    steps = [node("MatMul", [f"x{k}", "w"], [f"x{k + 1}"]) for k in range(3000)]
    file = tmp_path / "slow.onnx"
    # It begins with the picture, or all would be computed while it is loaded.
    file.write_bytes(
        model(
            [node("ReduceMax", ["picture"], ["p"], field(5, field(1, "keepdims") + field(3, 0) + field(20, 2))), node("Add", ["w", "p"], ["x0"]), *steps],
            [tensor("w", np.full((side, side), 1 / side, np.float32))],
            [value("picture", (1, 3, 64, 64))],
            [value("x3000", (side, side))],
        )
    )  # fmt: skip
    detector, monitor = Detector(Adapter(file, ("a",), 64, 64, "yolov10")), Monitor()
    assert _seconds_to_stop(detector, monitor) < 1


def test_a_model_of_one_slow_step_can_be_cancelled(tmp_path: Path) -> None:
    size, kernel = (1, 3, 512, 512), (64, 3, 63, 63)
    file = tmp_path / "slow.onnx"
    file.write_bytes(
        model([node("Conv", ["picture", "w"], ["out"])], [tensor("w", np.full(kernel, 1e-4, np.float32))], [value("picture", size)], [value("out", (1, 64, 450, 450))])
    )  # fmt: skip
    detector, monitor = Detector(Adapter(file, ("a",), 512, 512, "yolov10")), Monitor()
    assert _seconds_to_stop(detector, monitor) < 1


def _seconds_to_stop(detector: Detector, monitor: Monitor) -> float:
    told: list[float] = []

    def stop() -> None:
        told.append(time.perf_counter())
        monitor.cancel()

    timer = threading.Timer(0.4, stop)
    timer.start()
    with pytest.raises(Cancelled):
        detector.detect(GREY, monitor)
    timer.join()
    return time.perf_counter() - told[0]


BASE: dict[str, Any] = {
    "format": "syncline-detector", "version": 1, "model": "m.onnx", "labels": ["a"], "width": 64, "height": 64, "style": "yolox",
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"}, {"version": 2}, {"model": "../m.onnx"}, {"model": "/m.onnx"}, {"labels": "../l.txt"}, {"labels": []},
        {"labels": ["", ""]}, {"labels": [1]}, {"width": 0}, {"width": 10**9}, {"width": 64.5}, {"width": True}, {"style": "magic"},
        {"layout": "chw"}, {"mean": [1, 2]}, {"scale": [0, 1, 1]}, {"mean": ["a", 1, 1]}, {"overlap": 0}, {"threshold": 2},
        {"options": {"strange": 1}}, {"options": []}, {"unknown": 1}, {"style": None}, {"model": None}, {"name": 3},
    ],
)  # fmt: skip
def test_a_wrong_adapter_is_one_sentence(change: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(BASE | change))
    with pytest.raises(MediaError, match=r"a\.json") as error:
        load_adapter(file)
    assert "\n" not in str(error.value)
    file.write_text(json.dumps(BASE))
    assert load_adapter(file).model == tmp_path.resolve() / "m.onnx"


def test_labels_keep_their_place(tmp_path: Path) -> None:
    file = tmp_path / "l.txt"
    file.write_text("\n dog \ncat\n\nbus\n\n", encoding="utf-8")
    assert load_labels(file) == ("", "dog", "cat", "", "bus")
    file.write_text(" \n\n")
    with pytest.raises(MediaError):
        load_labels(file)


def test_an_adapter_comes_back_as_it_was(tmp_path: Path) -> None:
    model = tmp_path.resolve() / "m.onnx"
    for adapter in (
        Adapter(model, ("", "dog", "Straßenbahn"), 320, 640, "detr", "mine", "nhwc", "rgb", "stretch", 0.5, (1, 2, 3), (4, 5, 6), {"scores": "sigmoid"}, 0.7, 0.25),
        Adapter(model, ("dog",), 64, 64, "yolov8"),
    ):  # fmt: skip
        (tmp_path / "a.json").write_text(dump_adapter(adapter), encoding="utf-8")
        assert load_adapter(tmp_path / "a.json") == adapter
