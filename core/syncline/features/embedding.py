"""What a picture is of, by a neural network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import shown
from ..model import Features
from ..network import Network
from ..progress import Monitor
from ..registry import choice, number, switch, text
from . import Picture, register
from .appearance import centre_of_change

__all__ = ["Embedding", "EmbeddingParams"]

F32 = NDArray[np.float32]

_SHIPPED, _SHIPPED_SIDE = "mobilenetv2_oid_features_300.onnx", 300
_USUAL_SIDE = 224
_WIDEST = 1 << 16
_TYPES = {"float": np.float32, "float16": np.float16, "double": np.float64, "uint8": np.uint8, "int32": np.int32}
_SCALES: dict[str, tuple[F32, F32]] = {
    "-1..1": (np.full(3, 127.5, np.float32), np.full(3, 127.5, np.float32)),
    "0..1": (np.zeros(3, np.float32), np.full(3, 255.0, np.float32)),
    "imagenet": (np.array([123.675, 116.28, 103.53], np.float32), np.array([58.395, 57.12, 57.375], np.float32)),
    "0..255": (np.zeros(3, np.float32), np.ones(3, np.float32)),
}
"""What is subtracted from red, green and blue, and what the rest is divided by."""


@dataclass(frozen=True)
class EmbeddingParams:
    """Parameters of `Embedding`."""

    model: str = text("", "Model", "An ONNX file of your own that takes pictures; empty: MobileNetV2, which ships.")
    scale: str = choice("-1..1", tuple(_SCALES), "Values", "What your model wants the pictures' values to be.")
    rgb: bool = switch(True, "Red first", "Off: your model wants blue first.")
    rate: float = number(30.0, "Rate", "Pictures a second that are looked at, at most.", 0.1, 1000.0, "Hz")
    centred: bool = switch(
        True, "Without the standing picture", "Subtract each recording's centre, so that only what changes counts."
    )


@register("embedding", "Embedding", EmbeddingParams, kinds=("video",))
class Embedding:
    """What a network trained to recognise things makes of each picture: of length 1, then centred.

    By default the features before the detector of MobileNetV2 (Sandler et al., CVPR 2018) trained on Open Images. Of a
    model of your own the first output with one row a picture counts, or else its first feature map or sequence of
    tokens, averaged.
    """

    def __init__(self, params: EmbeddingParams) -> None:
        self.params = params
        self.monitor = Monitor()
        self._rows: list[F32] = []
        self._times: list[float] = []
        self._network: Network | None = None
        self._first, self._type, self._height, self._width = False, np.dtype(np.float32), _SHIPPED_SIDE, _SHIPPED_SIDE
        self.known_by = ""
        """Digest of the model of one's own: another one under the same name gives other features."""
        if params.model:
            path = Path(params.model).expanduser()
            self._network = Network(path, threads=1)
            self.known_by = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
            self._read_input(path)
        self.picture = Picture(max(self._height, self._width), False)

    def _read_input(self, path: Path) -> None:
        assert self._network is not None
        refused = MediaError(f"“{shown(path)}” takes no single picture of three colours; choose another model.")
        if len(self._network.inputs) != 1:
            raise refused
        _, shape, kind = self._network.inputs[0]
        kind = kind.removeprefix("tensor(").removesuffix(")")
        if len(shape) != 4 or kind not in _TYPES or 3 not in (shape[1], shape[3]):
            raise refused
        self._first, self._type = shape[1] == 3, np.dtype(_TYPES[kind])
        sides = shape[2:] if self._first else shape[1:3]
        # A side that is left open has a name in the place of a number, or none.
        height, width = (s if isinstance(s, int) and s > 0 else _USUAL_SIDE for s in sides)
        if max(height, width) > 2048 or (isinstance(shape[0], int) and shape[0] > 1):
            raise refused
        self._height, self._width = height, width

    def update(self, picture: NDArray[np.uint8], time: float) -> None:
        """Take one BGR picture (h, w, 3) shown from `time` (s) on."""
        import cv2

        p = self.params
        # A rate that the frames just reach must not leave some out.
        if self._times and time - self._times[-1] < 0.95 / p.rate:
            return
        if self._network is None:
            self._network = Network(Path(str(resources.files("syncline_resources") / "models" / _SHIPPED)), threads=1)
        smaller = picture.shape[0] >= self._height and picture.shape[1] >= self._width
        kind = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        fitted = np.asarray(cv2.resize(picture, (self._width, self._height), interpolation=kind), np.float32)
        shift, size = _SCALES[p.scale]
        values = (fitted[..., ::-1] - shift) / size
        if not p.rgb:
            values = values[..., ::-1]
        if self._first:
            values = values.transpose(2, 0, 1)
        row = _pooled(self._network.run(np.ascontiguousarray(values[None], self._type), self.monitor), self._first)
        if row is None or not 2 <= len(row) <= _WIDEST or (self._rows and len(row) != len(self._rows[0])):
            raise MediaError(f"The model “{shown(self._network.path)}” puts out no features of a picture.")
        self._rows.append(row / max(float(np.linalg.norm(row)), 1e-12))
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, D); D is 1280 with the model that ships."""
        values = np.stack(self._rows)
        if self.params.centred:
            values -= centre_of_change(values)
        return Features(np.ascontiguousarray(values, np.float32), np.array(self._times))


def _pooled(outputs: list[NDArray[np.generic]], channels_first: bool) -> F32 | None:
    """One row of what a model put out for one picture."""
    plain = [np.asarray(o, np.float32) for o in outputs if o.ndim >= 2 and len(o) == 1 and o.dtype.kind == "f"]
    rows = [o for o in plain if o.size == o.shape[1]]
    if rows:
        return rows[0].ravel()
    maps = [o for o in plain if o.ndim == 4]
    if maps:
        return np.asarray(maps[0][0].mean((1, 2) if channels_first else (0, 1)), np.float32)
    tokens = [o for o in plain if o.ndim == 3]
    return np.asarray(tokens[0][0].mean(0), np.float32) if tokens else None
