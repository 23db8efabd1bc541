"""Pictures through detectors: prepared as the adapter says, run, decoded, suppressed, fused."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, ParameterError
from ..files import guarded, shown
from ..model import Box, SceneObject
from ..network import Network
from ..progress import Monitor
from ..registry import build
from ._choose import fuse, suppress
from .adapter import Adapter, load_adapter, load_labels
from .outputs import REGISTRY

__all__ = ["FLOOR", "Detector", "open_detector", "suggest"]

F64 = NDArray[np.float64]

FLOOR = 0.05
"""Candidates below it are forgotten; all others are kept, so that a threshold can be moved afterwards."""
_MOST = 300
_SAME_THING = 0.9
"""Two labels whose boxes overlap by more are two names for one thing; the surer one stays."""
_SEEN_BY_BOTH = 0.5


@dataclass(frozen=True, eq=False)
class _Found:
    boxes: F64
    scores: F64
    labels: list[str]


class Detector:
    """One or several detectors that answer with one list of objects.

    The models are loaded when first needed and kept. Threads may share a detector; it serves one at a time.

    Parameters
    ----------
    adapters
        Several are fused: what two of them see alike becomes one object, surer than either said.
    name
        What a person calls it; that of the first adapter if empty.
    threads
        Of ONNX Runtime.
    """

    def __init__(
        self,
        adapters: Adapter | Sequence[Adapter],
        name: str = "",
        threads: int = 2,
    ) -> None:
        self.adapters = (adapters,) if isinstance(adapters, Adapter) else tuple(adapters)
        if not self.adapters:
            raise ParameterError("A detector needs at least one adapter.")
        self.name = name or self.adapters[0].name
        self.threshold = self.adapters[0].threshold
        self._threads = threads
        self._networks: dict[Path, Network] = {}
        self._lock = threading.Lock()

    @property
    def labels(self) -> tuple[str, ...]:
        """Everything it knows, each once, in alphabetical order."""
        known = {label for a in self.adapters for label in a.labels}
        return tuple(sorted(known - {""}, key=str.lower))

    def detect(self, pixels: NDArray[np.uint8], monitor: Monitor | None = None) -> list[SceneObject]:
        """Find objects in a picture.

        Parameters
        ----------
        pixels
            uint8 (height, width, 3), BGR.
        monitor
            Progress and cancellation.

        Returns
        -------
        list of SceneObject
            Surest first, all at or above `FLOOR`, at most 300; ids 0, boxes within the picture.

        Raises
        ------
        MediaError
            A model can't be read or does not put out what its adapter says.
        Cancelled
            The monitor was told to stop.
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
            raise ParameterError(f"A picture needs uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}.")
        monitor = monitor or Monitor()
        with self._lock:
            found: list[_Found] = []
            for k, adapter in enumerate(self.adapters):
                monitor.advance(k, len(self.adapters))
                found.append(self._one(adapter, pixels, monitor))
        monitor.advance(1, 1)
        names = sorted({label for f in found for label in f.labels})
        numbers = {label: k for k, label in enumerate(names)}
        boxes, scores, classes = fuse(
            [f.boxes for f in found],
            [f.scores for f in found],
            [np.array([numbers[label] for label in f.labels], np.intp) for f in found],
            _SEEN_BY_BOTH,
        )
        kept = suppress(boxes, scores, classes, min(a.overlap for a in self.adapters), _SAME_THING, _MOST)
        return [
            SceneObject(0, names[classes[k]], Box(*map(float, boxes[k])), float(min(scores[k], 1.0)), "detected")
            for k in kept
        ]

    def _one(self, adapter: Adapter, pixels: NDArray[np.uint8], monitor: Monitor) -> _Found:
        network = self._networks.get(adapter.model)
        if network is None:
            network = self._networks[adapter.model] = Network(adapter.model, self._threads, monitor)
        method = REGISTRY[adapter.style]
        array, scale, shift = _prepared(adapter, pixels)
        if "float16" in network.inputs[0][2]:
            array = array.astype(np.float16)
        outputs = network.run(array, monitor)
        try:
            with guarded(adapter.model, "as a detector"):
                boxes, scores = method.call(
                    outputs, (adapter.width, adapter.height), build(method.params, adapter.options)
                )
        except ParameterError as error:
            raise MediaError(f"“{shown(adapter.model)}”: {error}") from None
        if scores.shape[1] > len(adapter.labels):
            raise MediaError(
                f"“{shown(adapter.model)}” knows {scores.shape[1]} classes, but there are {len(adapter.labels)} "
                "labels; choose the file of labels that belongs to it."
            )
        usable = np.array([bool(label) for label in adapter.labels[: scores.shape[1]]], bool)
        scores = np.where(usable, scores, 0.0)
        if not scores.size:
            return _Found(np.zeros((0, 4)), np.zeros(0), [])
        classes = scores.argmax(axis=1)
        best = scores[np.arange(len(scores)), classes]
        height, width = pixels.shape[:2]
        boxes = ((boxes - shift) / scale).clip(0, [width, height, width, height])
        real = (best >= FLOOR) & (boxes[:, 2] - boxes[:, 0] >= 1) & (boxes[:, 3] - boxes[:, 1] >= 1)
        boxes, best, classes = boxes[real], best[real], classes[real]
        kept = suppress(boxes, best, classes, adapter.overlap, most=_MOST)
        return _Found(boxes[kept], best[kept], [adapter.labels[k] for k in classes[kept]])


def _prepared(adapter: Adapter, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], F64, F64]:
    """The network's input, and how its pixels come from those of the picture: x' = x · scale + shift, both (4,)."""
    import cv2

    height, width = pixels.shape[:2]
    if adapter.fit == "stretch":
        size = (adapter.width, adapter.height)
    else:
        ratio = min(adapter.width / width, adapter.height / height)
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
    fitted: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    left, top = 0, 0
    if adapter.fit == "centre":
        left, top = (adapter.width - size[0]) // 2, (adapter.height - size[1]) // 2
    canvas = np.full((adapter.height, adapter.width, 3), adapter.pad, np.float32)
    canvas[top : top + size[1], left : left + size[0]] = fitted[..., ::-1] if adapter.colour == "rgb" else fitted
    canvas -= np.array(adapter.mean, np.float32)
    canvas /= np.array(adapter.scale, np.float32)
    array = canvas.transpose(2, 0, 1)[None] if adapter.layout == "nchw" else canvas[None]
    scale = np.array([size[0] / width, size[1] / height] * 2)
    return np.ascontiguousarray(array), scale, np.array([left, top] * 2, np.float64)


def open_detector(path: str | Path) -> Detector:
    """A detector of the user's: an adapter (``.json``), or an ONNX file whose adapter is guessed (`suggest`).

    Parameters
    ----------
    path
        Beside an ONNX file a text file of the same name may hold its labels, one a line.

    Raises
    ------
    MediaError
        One sentence: what is wrong with the file, or with one that it names.
    """
    path = Path(path)
    if path.suffix.lower() != ".onnx":
        return Detector(load_adapter(path))
    labels = path.with_suffix(".txt")
    adapter = suggest(path, load_labels(labels) if labels.is_file() else ())
    if all(label.isdecimal() for label in adapter.labels):
        raise MediaError(
            f"“{shown(path)}” does not say what its classes are called; put their labels, one a line, into "
            f"“{shown(labels)}” beside it."
        )
    return Detector(adapter)


def suggest(model: str | Path, labels: Sequence[str] = ()) -> Adapter:
    """Guess the adapter of an ONNX detector from the shapes that it declares, as a form to be corrected.

    Parameters
    ----------
    labels
        Empty: those the model brings (as Ultralytics writes them), else numbers.

    Raises
    ------
    MediaError
        No ONNX model, or none that takes one picture of a known size.
    """
    path = Path(model)
    network = Network(path)
    shapes = [shape for _, shape in network.outputs]
    taken = [shape for _, shape, _ in network.inputs]
    if len(taken) != 1 or len(taken[0]) != 4 or 3 not in (taken[0][1], taken[0][3]):
        raise MediaError(
            f"“{shown(path)}” does not take one picture of three channels; it is no detector of this kind."
        )
    nchw = taken[0][1] == 3
    sides = taken[0][2:] if nchw else taken[0][1:3]
    # Exporters leave a size open that their training tools take for granted.
    height, width = (s if isinstance(s, int) and 16 <= s <= 4096 else 640 for s in sides)
    style, classes = _style(shapes, width, height)
    found = re.findall(r"""(\d{1,5}): (?:'([^']{1,100})'|"([^"]{1,100})")""", network.metadata.get("names", ""))
    brought = {number: single or double for number, single, double in found}
    names = tuple(labels) or tuple(brought.get(str(k), str(k)) for k in range(classes))
    plain = Adapter(path, names, width, height, style, path.stem, "nchw" if nchw else "nhwc")
    mean, scale = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
    if style in ("yolov5", "yolov8", "yolov10"):
        return replace(plain, colour="rgb", fit="centre", scale=(255.0, 255.0, 255.0))
    if style == "detr":
        return replace(plain, colour="rgb", fit="stretch", mean=mean, scale=scale)
    if style == "ssd":
        return replace(plain, colour="rgb", fit="stretch", mean=(127.5, 127.5, 127.5), scale=(127.5, 127.5, 127.5))
    if style == "nanodet":
        return replace(plain, mean=mean[::-1], scale=scale[::-1])
    return plain


def _style(shapes: list[tuple[Any, ...]], width: int, height: int) -> tuple[str, int]:
    """Output style and number of classes that the shapes of the outputs suggest."""

    def column(shape: tuple[Any, ...], k: int) -> int:
        return shape[k] if len(shape) > abs(k) - (k < 0) and isinstance(shape[k], int) else 0

    def cells(strides: Sequence[int]) -> int:
        return sum(-(-width // s) * -(-height // s) for s in strides)

    if len(shapes) == 6:
        return "nanodet", column(shapes[0], -1)
    if len(shapes) >= 2:
        counts = [column(s, -1) for s in shapes[:2]]
        boxes_first = counts[0] == 4
        many = column(shapes[0], 1)
        classes = counts[1] if boxes_first else counts[0]
        return ("ssd" if boxes_first and many > 1000 else "detr"), max(classes, 1)
    last, middle = column(shapes[0], -1), column(shapes[0], 1)
    if last == 6:
        return "yolov10", 80
    if middle and (last == 0 or middle < last):
        return "yolov8", max(middle - 4, 1)
    return ("yolox" if middle == cells((8, 16, 32)) else "yolov5"), max(last - 5, 1)
