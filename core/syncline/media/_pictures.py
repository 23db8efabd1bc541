"""From decoded frames to arrays: display matrix, colour, reduction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame

_FULL = 2
"""FFmpeg's number for luma from 0 to 255."""

__all__ = ["display_matrix", "orient", "reduced", "reduced_size", "to_bgra"]


def display_matrix(frame: VideoFrame) -> tuple[int, bool, bool]:
    """Read how the picture is to be turned: degrees clockwise, mirrored left–right before that, exact.

    The third value is False where the matrix turns by something else than quarter turns (rounded to the nearest).
    """
    side_data: Any = frame.side_data
    for item in side_data:
        if item.type.name == "DISPLAYMATRIX":
            # Row vectors: (x, y) of the stored picture goes to (x, y) @ [[a, b], [c, d]], y downwards.
            a, b, _, c, d = (int(v) for v in np.frombuffer(bytes(item), np.int32)[:5])
            mirrored = a * d - b * c < 0
            if not (a or b):
                return 0, False, True
            angle = math.degrees(math.atan2(-b, -a) if mirrored else math.atan2(b, a))
            quarter = round(angle / 90)
            return quarter * 90 % 360, mirrored, abs(angle - quarter * 90) < 0.5
    return 0, False, True


def orient(picture: NDArray[np.uint8], rotation: int, mirrored: bool) -> NDArray[np.uint8]:
    """Mirror `picture` (h, w[, c]) left–right if `mirrored`, then turn it clockwise; C-contiguous."""
    import cv2

    if mirrored:
        picture = cv2.flip(picture, 1)  # pyright: ignore[reportAssignmentType]
    if rotation:
        turn = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}[rotation]
        picture = cv2.rotate(picture, turn)  # pyright: ignore[reportAssignmentType]
    return np.ascontiguousarray(picture)


def _swscaled(frame: VideoFrame, fmt: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    # swscale of FFmpeg 8.1 spoils pixels where the slices of its threads meet, so one thread; and leaves the last
    # columns of BGRA unwritten where the width is no multiple of 8, so BGR.
    area = size[0] < frame.width or size[1] < frame.height
    out = frame.reformat(
        width=size[0], height=size[1], format=fmt, interpolation="AREA" if area else "BICUBIC", threads=1
    )
    return out.to_ndarray()  # pyright: ignore[reportReturnType]


def to_bgra(frame: VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 (h, w, 4) BGRA of `frame`, scaled to `size` (w, h) if it has another one, alpha 255."""
    import cv2

    return cv2.cvtColor(_swscaled(frame, "bgr24", size), cv2.COLOR_BGR2BGRA)  # pyright: ignore[reportReturnType]


def reduced_size(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """(w, h) with the longer side at most `max_side`; never larger than before."""
    longer = max(width, height)
    if max_side is None or longer <= max_side:
        return width, height
    return max(1, round(width * max_side / longer)), max(1, round(height * max_side / longer))


_EIGHT_BIT = {"gray", "nv12", "nv21", "yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p"}
_FINER = 2
"""So many points a side are looked at for every pixel of a much smaller picture, each between four pixels."""


def reduced(frame: VideoFrame, size: tuple[int, int], grey: bool) -> NDArray[np.uint8]:
    """`frame` at `size` (w, h), not yet oriented: grey (h, w), 0–255, or BGR (h, w, 3); averaged over areas.

    swscale averages areas two to eight times faster than cv2.resize does at ratios that are no whole number. Where a
    pixel stands for more than 16 of them, a grey one is the mean of 4 points between 4 pixels each: a quarter of the
    time, and half a grey level from the mean of all.
    """
    finer = (_FINER * size[0], _FINER * size[1])
    if not grey or frame.format.name not in _EIGHT_BIT or 2 * finer[0] > frame.width or 2 * finer[1] > frame.height:
        return _swscaled(frame, "gray" if grey else "bgr24", size)
    import cv2

    plane: Any = frame.planes[0]
    light = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    points = cv2.resize(light, finer, interpolation=cv2.INTER_LINEAR)
    picture = cv2.resize(points, size, interpolation=cv2.INTER_AREA)
    if frame.format.name == "gray" or frame.format.name.startswith("yuvj") or frame.color_range == _FULL:
        return picture  # pyright: ignore[reportReturnType]
    # Below 16 there is nothing darker than black.
    return cv2.convertScaleAbs(np.maximum(picture, 16) - 16, alpha=255 / 219)  # pyright: ignore[reportReturnType]
