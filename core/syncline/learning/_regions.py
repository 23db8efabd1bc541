"""What a picture and its parts look like: MobileNetV2, trained on Open Images, run by ONNX Runtime."""

from __future__ import annotations

import threading
from collections import OrderedDict
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..progress import Monitor
from ._examples import F64

__all__ = ["GRID", "REGION_WIDTH", "box_features", "picture_regions"]

REGION_WIDTH = 1280
GRID = (10, 10)
_SIDE = 300
_KEPT = 4096

F32 = NDArray[np.float32]
_lock = threading.Lock()
_session: Any = None
_boxes: OrderedDict[tuple[Any, ...], F32] = OrderedDict()


def _run(pixels: NDArray[np.uint8]) -> tuple[F32, F32]:
    """Feature map (1280, 10, 10) and its mean (1280,) of a picture of any size; hold the lock."""
    global _session  # noqa: PLW0603  (4.5 MB, loaded once for the process)
    import cv2

    if _session is None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        # One thread adds numbers up in one order: the same picture gives the same features.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        with as_file(files("syncline_resources") / "models" / "mobilenetv2_oid_features_300.onnx") as model:
            _session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    smaller = min(pixels.shape[:2]) > _SIDE
    fitted = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    array = np.ascontiguousarray(fitted[None, :, :, ::-1], np.float32) / 127.5 - 1
    grid, mean = _session.run(["feature_map", "embedding"], {_session.get_inputs()[0].name: array})
    return grid[0], mean[0]


def box_features(digest: str, pixels: NDArray[np.uint8], boxes: F64, monitor: Monitor) -> F64:
    """What is in each box: float64 (n, 1280) of length 1, NaN where a box holds less than a pixel.

    Parameters
    ----------
    digest
        Of the picture; features of the latest boxes are kept under it, so that asking again is free.
    pixels
        uint8 (height, width, 3), BGR.
    boxes
        float64 (n, 4) in pixels: x0, y0, x1, y1.
    """
    found = np.full((len(boxes), REGION_WIDTH), np.nan)
    height, width = pixels.shape[:2]
    for k, box in enumerate(boxes):
        low = np.floor(box[:2]).clip(0).astype(int)
        high = np.minimum(np.ceil(box[2:]), [width, height]).astype(int)
        if (high <= low).any() or (box[2:] <= box[:2]).any():
            continue
        key = (digest, *low.tolist(), *high.tolist())
        with _lock:
            if key not in _boxes:
                monitor.advance(k, len(boxes))
                mean = _run(pixels[low[1] : high[1], low[0] : high[0]])[1]
                _boxes[key] = mean / max(float(np.linalg.norm(mean)), 1e-12)
            _boxes.move_to_end(key)
            found[k] = _boxes[key]
            while len(_boxes) > _KEPT:
                _boxes.popitem(last=False)
    return found


def picture_regions(pixels: NDArray[np.uint8], boxes: F64) -> tuple[F32, F64]:
    """A grid over the whole picture and what boxes cover of it.

    Returns
    -------
    regions
        float32 (10, 10, 1280).
    cover
        float64 (n, 10, 10) in 0..1.
    """
    with _lock:
        grid = _run(pixels)[0]
    height, width = pixels.shape[:2]

    def shares(low: F64, high: F64, size: int, count: int) -> F64:
        edges = np.linspace(0, size, count + 1)
        overlap = np.minimum(high[:, None], edges[None, 1:]) - np.maximum(low[:, None], edges[None, :-1])
        return np.clip(overlap, 0.0, None) * count / size

    across, down = shares(boxes[:, 0], boxes[:, 2], width, GRID[1]), shares(boxes[:, 1], boxes[:, 3], height, GRID[0])
    return np.ascontiguousarray(grid.transpose(1, 2, 0)), down[:, :, None] * across[:, None, :]
