"""One person in a sequence of pictures: MoveNet, its crop following what it found in the picture before."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..model.skeleton import SURE
from ..network import Network
from ..progress import Monitor

__all__ = ["Tracker", "seen", "share_seen"]

F32 = NDArray[np.float32]
_SIDE = 192
_TORSO = [5, 6, 11, 12]


def seen(points: F32) -> NDArray[np.bool_]:
    """Whether a person is there: points (..., 17, 3) with a shoulder, a hip and half of the body believed."""
    sure = points[..., 2] >= SURE
    torso = sure[..., 5:7].any(-1) & sure[..., 11:13].any(-1)
    return torso & (sure[..., 5:].sum(-1) >= 6)


def share_seen(pictures: Iterable[NDArray[np.uint8]]) -> float:
    """Share of separate BGR pictures that show a person; 0 without pictures."""
    track = Tracker()
    found: list[bool] = []
    for picture in pictures:
        track.forget()
        found.append(bool(seen(track(picture))))
    return float(np.mean(found)) if found else 0.0


class Tracker:
    """Key points of one person, picture by picture.

    Votel et al., MoveNet (Google, 2021), SinglePose Lightning v4, cropped as its authors do: a square around the
    hips that holds what was believed in the picture before. Where nobody was, the whole picture is looked at, and in
    turn one of its square parts, in which a person is larger.
    """

    def __init__(self) -> None:
        self._network: Network | None = None
        self._around: tuple[float, float, float] | None = None
        self._turn = 0

    def forget(self) -> None:
        """Look for the person anew in the next picture."""
        self._around = None

    def __call__(self, picture: NDArray[np.uint8]) -> F32:
        """Find the person in a BGR picture (h, w, 3).

        Returns
        -------
        float32 (17, 3)
            x and y in pixels from the upper left corner, confidence from 0 to 1; a point may lie outside.
        """
        if self._around is not None:
            found = self._look(picture, *self._around)
            if not seen(found):
                found = self._search(picture)
        else:
            found = self._search(picture)
            if seen(found):
                # In the whole picture a person is small: a second look is sharper.
                found = self._look(picture, *_crop(found, picture.shape))
        self._around = _crop(found, picture.shape) if seen(found) else None
        return found

    def _search(self, picture: NDArray[np.uint8]) -> F32:
        height, width = picture.shape[:2]
        whole = self._look(picture, width / 2, height / 2, max(height, width))
        short, long = sorted((height, width))
        if long < 1.2 * short:
            return whole
        self._turn = (self._turn + 1) % 3
        at = short / 2 + self._turn * (long - short) / 2
        x, y = (at, height / 2) if width > height else (width / 2, at)
        part = self._look(picture, x, y, short)
        return part if part[5:, 2].mean() > whole[5:, 2].mean() else whole

    def _look(self, picture: NDArray[np.uint8], x: float, y: float, side: float) -> F32:
        """What the model finds in a square of `side` pixels centred at x, y; black beyond the picture."""
        import cv2

        if self._network is None:
            model = Path(str(resources.files("syncline_resources") / "models"))
            # One thread adds numbers up in one order, and the other side of the pair has the other core.
            self._network = Network(model / "movenet_singlepose_lightning_192.onnx", threads=1)
        scale = _SIDE / side
        # Places are measured from the corner of the picture; OpenCV counts from the middle of its first pixel.
        shift = [(_SIDE - 1) / 2 + scale * (0.5 - at) for at in (x, y)]
        turn = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        square = cv2.warpAffine(picture, turn, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
        array = np.ascontiguousarray(square[None, :, :, ::-1], np.int32)
        points = self._network.run(array, Monitor())[0].reshape(17, 3)
        corner = np.array([x, y]) - side / 2
        return np.column_stack([corner + points[:, 1::-1] * side, points[:, 2]]).astype(np.float32)


def _crop(points: F32, shape: tuple[int, ...]) -> tuple[float, float, float]:
    """Centre and side of the next square, after MoveNet's authors: room to move around the believed points."""
    sure = points[points[:, 2] >= SURE, :2]
    torso = points[[k for k in _TORSO if points[k, 2] >= SURE], :2]
    hips = points[[k for k in (11, 12) if points[k, 2] >= SURE], :2]
    x, y = hips.mean(0) if len(hips) else torso.mean(0)
    reach = np.abs(sure - (x, y)).max()
    trunk = np.abs(torso - (x, y)).max()
    side = 2 * max(1.9 * float(trunk), 1.2 * float(reach))
    # A point that ran away must not take the square with it.
    return float(x), float(y), float(np.clip(side, 16.0, 1.5 * max(shape[:2])))
