"""From decoded frames to arrays: display matrix, colour, reduction."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["display_matrix", "orient", "reduced", "reduced_size", "to_bgr", "to_bgra"]

# Colour spaces and ranges by FFmpeg's numbers. Unspecified is read as BT.601, limited, as FFmpeg does.
_BT601, _FULL = (0, 2, 3, 5, 6), 2
_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
_PLANAR = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv440p", "yuv411p")


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


def _quick(frame: VideoFrame) -> bool:
    # OpenCV's I420 conversion knows BT.601, limited range and even sizes only.
    return (
        frame.format.name == "yuv420p"
        and frame.colorspace in _BT601
        and frame.color_range != _FULL
        and not (frame.width % 2 or frame.height % 2)
    )


def _swscaled(frame: VideoFrame, fmt: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    area = size[0] < frame.width or size[1] < frame.height
    # With more than one thread swscale (FFmpeg 8.1) spoils pixels where its slices meet.
    out = frame.reformat(
        width=size[0], height=size[1], format=fmt, interpolation="AREA" if area else "BICUBIC", threads=1
    )
    return out.to_ndarray()  # pyright: ignore[reportReturnType]


def to_bgra(frame: VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 (h, w, 4) BGRA of `frame`, scaled to `size` (w, h) if it has another one, alpha 255."""
    import cv2

    if _quick(frame) and (frame.width, frame.height) == size:
        return cv2.cvtColor(frame.to_ndarray(), cv2.COLOR_YUV2BGRA_I420)  # pyright: ignore
    picture = _swscaled(frame, "bgra", size)
    picture[:, :, 3] = 255
    return picture


def to_bgr(frame: VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 (h, w, 3) BGR of `frame`, scaled to `size` (w, h) if it has another one."""
    import cv2

    if _quick(frame) and (frame.width, frame.height) == size:
        return cv2.cvtColor(frame.to_ndarray(), cv2.COLOR_YUV2BGR_I420)  # pyright: ignore
    return _swscaled(frame, "bgr24", size)


def reduced_size(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """(w, h) with the longer side at most `max_side`; never larger than before."""
    longer = max(width, height)
    if max_side is None or longer <= max_side:
        return width, height
    return max(1, round(width * max_side / longer)), max(1, round(height * max_side / longer))


def _plane(frame: VideoFrame, index: int) -> NDArray[np.uint8]:
    plane: Any = frame.planes[index]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


@cache
def _stretch() -> NDArray[np.uint8]:
    """Limited-range luma (16–235) to 0–255, as a table."""
    return np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)


@cache
def _to_bgr_matrix(colorspace: int, full: bool) -> NDArray[np.float32]:
    """(3, 4): Y, Cb, Cr, 1 → B, G, R by the luma weights of the colour space (ITU-R BT.601, 709, 2020)."""
    kr, kb = _WEIGHTS.get(colorspace, (0.299, 0.114))
    kg = 1 - kr - kb
    y, c = (1.0, 1.0) if full else (255 / 219, 255 / 224)
    rows = np.array(
        [
            [y, 2 * (1 - kb) * c, 0],
            [y, -2 * (1 - kb) * kb / kg * c, -2 * (1 - kr) * kr / kg * c],
            [y, 0, 2 * (1 - kr) * c],
        ]
    )
    offset = rows @ np.array([0 if full else -16, -128, -128])
    return np.column_stack([rows, offset]).astype(np.float32)


def reduced(frame: VideoFrame, size: tuple[int, int], grey: bool) -> NDArray[np.uint8]:
    """`frame` at `size` (w, h), not yet oriented: grey (h, w), 0–255, or BGR (h, w, 3); area-averaged, cheap."""
    import cv2

    planar = frame.format.name in _PLANAR
    full = frame.color_range == _FULL or frame.format.name.startswith("yuvj")
    if planar and grey:
        luma = cv2.resize(_plane(frame, 0), size, interpolation=cv2.INTER_AREA)
        # The buffer below belongs to the decoder, so a picture of the same size has to be copied.
        return luma.copy() if full else cv2.LUT(luma, _stretch())  # pyright: ignore
    if planar and size[0] * 2 <= frame.width:
        parts = [cv2.resize(_plane(frame, i), size, interpolation=cv2.INTER_AREA) for i in range(3)]
        return cv2.transform(cv2.merge(parts), _to_bgr_matrix(frame.colorspace, full))  # pyright: ignore
    if grey:
        return _swscaled(frame, "gray", size)
    return to_bgr(frame, size)
