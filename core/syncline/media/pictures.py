"""Picture files, and frames of videos as pictures.

The header is read here, in plain Python; pixels are decoded in the process of `_worker`, which a file may crash.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, ParameterError
from ..files import check_file, shown
from ..model import Media, Picture
from ..progress import Monitor
from . import _worker
from ._picture_header import MOST_PIXELS, Header, read_header, sniff
from ._pictures import orient
from .opening import check_unchanged, open_media

__all__ = ["PICTURE_SUFFIXES", "find_pictures", "is_picture", "open_frame", "open_picture", "open_still", "read_pixels"]

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".webp", ".tif", ".tiff")
_FRAME = re.compile(r"(.+)#([0-9]{1,9})", re.DOTALL)
MOST_BYTES = 256 << 20
"""Bytes of a picture file that are read at most."""


def is_picture(path: str | os.PathLike[str]) -> bool:
    """Tell by its first bytes whether a file claims to be a picture that is read here; False if it can't be read."""
    with contextlib.suppress(MediaError, OSError):
        check_file(Path(path))
        with Path(path).open("rb") as file:
            return bool(sniff(file.read(12)))
    return False


def find_pictures(folder: str | os.PathLike[str]) -> list[Path]:
    """Files of a folder with the ending of a picture, `2.jpg` before `10.jpg`; hidden ones and sub-folders left out.

    Raises
    ------
    MediaError
        The folder can't be read.
    """
    try:
        names = [e.name for e in os.scandir(folder) if not e.name.startswith(".") and e.is_file()]
    except OSError as error:
        raise MediaError(f"The folder “{shown(folder)}” can't be read ({error.strerror or error}).") from None

    def natural(name: str) -> tuple[list[tuple[int, int | str]], str]:
        pieces = re.findall(r"[0-9]+|[^0-9]+", name.lower())
        return [(0, int(p)) if p[0] in "0123456789" else (1, p) for p in pieces], name

    return [Path(folder, n) for n in sorted(names, key=natural) if Path(n).suffix.lower() in PICTURE_SUFFIXES]


def open_picture(path: str | os.PathLike[str]) -> Picture:
    """Find out what a JPEG, PNG, WebP or TIFF file is; its pixels are not decoded yet.

    Raises
    ------
    MediaError
        No ordinary file, another kind, damaged, or too large; says why.
    """
    return open_with_header(path)[0]


def open_with_header(path: str | os.PathLike[str]) -> tuple[Picture, Header]:
    """`open_picture`, and what the file says of how it is stored."""
    path = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 — resolve() would follow links
    data, status = _bytes(path)
    header = _checked_header(path, data)
    notes = (f"“{shown(path)}” holds several pictures; the first one is used.",) if header.pages else ()
    picture = Picture(
        path,
        hashlib.blake2b(data, digest_size=32).hexdigest(),
        *header.size,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        notes=notes,
    )
    return picture, header


def names_frame(path: str | os.PathLike[str]) -> bool:
    """Whether it is said as a frame of a video, ``clip.mp4#25``; a file of that name comes first."""
    return _FRAME.fullmatch(os.fsdecode(path)) is not None and not os.path.lexists(path)


def open_still(path: str | os.PathLike[str], monitor: Monitor | None = None) -> Picture:
    """Open a picture file, or a frame of a video: ``clip.mp4#25`` is its frame 25, counted from 0.

    Raises
    ------
    MediaError
        Neither a picture nor a video that can be used; says why.
    ParameterError
        The video has no such frame.
    """
    frame = _FRAME.fullmatch(os.fsdecode(path))
    if frame is None or not names_frame(path):
        try:
            return open_picture(path)
        except MediaError:
            if not is_picture(path) and _is_video(path, monitor):
                name = shown(Path(path))
                raise MediaError(f"“{name}” is a video; say which of its frames, as in “{name}#25”.") from None
            raise
    return open_frame(open_media(frame[1], monitor=monitor), int(frame[2]))


def _is_video(path: str | os.PathLike[str], monitor: Monitor | None) -> bool:
    with contextlib.suppress(MediaError):
        return open_media(path, monitor=monitor).video is not None
    return False


def open_frame(media: Media, index: int) -> Picture:
    """Frame `index` of a video as a picture.

    Raises
    ------
    MediaError
        No video.
    ParameterError
        It has no frame of that index.
    """
    video = media.video
    if video is None:
        raise MediaError(f"“{shown(media.path)}” has no pictures; choose a video.")
    if not 0 <= index < video.frames:
        raise ParameterError(f"“{shown(media.path)}” has frames 0 to {video.frames - 1}, not {index}.")
    size = video.width, video.height
    time = float(video.times[index])
    return Picture(media.path, media.digest, *size, media.size, media.mtime_ns, index, media.notes, time)


def read_pixels(picture: Picture, monitor: Monitor | None = None) -> NDArray[np.uint8]:
    """Decode a picture.

    Returns
    -------
    numpy.ndarray
        uint8 (height, width, 3), BGR, turned as it is to be seen, C-contiguous, read-only; 16 bits a channel are
        reduced to 8, and what is transparent is laid on white.

    Raises
    ------
    MediaError
        Damaged, gone, or not the file any more that was opened.
    """
    check_unchanged(picture)
    if picture.frame is None:
        pixels: NDArray[np.uint8] = _worker.call(_decode, picture.path, monitor=monitor)["pixels"]
    else:
        from .video import VideoReader

        with VideoReader(open_media(picture.path, monitor=monitor)) as reader:
            pixels = np.ascontiguousarray(reader.frame(picture.frame)[..., :3])
    if pixels.shape != (picture.height, picture.width, 3) or pixels.dtype != np.uint8:
        raise MediaError(f"“{shown(picture.path)}” has another size than its header says; it is damaged.")
    pixels.setflags(write=False)
    return pixels


def _bytes(path: Path) -> tuple[bytes, os.stat_result]:
    status = check_file(path)
    if status.st_size > MOST_BYTES:
        raise MediaError(f"“{shown(path)}” is larger than the {MOST_BYTES >> 20} MB allowed; save it smaller.")
    try:
        with path.open("rb") as file:
            # The signature first: nobody waits for 256 MB of something else.
            head = file.read(12)
            return head + file.read(MOST_BYTES) if sniff(head) else head, status
    except OSError as error:
        raise MediaError(f"“{shown(path)}” can't be read ({error.strerror or error}); copy it anew.") from None


def _checked_header(path: Path, data: bytes) -> Header:
    try:
        header = read_header(data)
    except ValueError as error:
        raise MediaError(f"“{shown(path)}” {error}; choose another file.") from None
    if header.width * header.height > MOST_PIXELS:
        raise MediaError(
            f"“{shown(path)}” has {header.width} × {header.height} pixels, more than the {MOST_PIXELS // 10**6} "
            "million allowed; save it smaller."
        )
    return header


def _decode(path: Path) -> dict[str, Any]:
    """``{"pixels": …}`` as a loader of `_worker`."""
    # OpenCV looks at it once, when it is loaded.
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MOST_PIXELS))
    import cv2

    data, _ = _bytes(path)
    header = _checked_header(path, data)
    # Unchanged is the only way to get at transparency. OpenCV turns TIFF by itself whatever it is told.
    own = {"png": cv2.IMREAD_UNCHANGED, "webp": cv2.IMREAD_UNCHANGED, "tiff": cv2.IMREAD_COLOR}
    how = own.get(header.kind, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    try:
        found: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error:
        found = None
    if found is None:
        raise MediaError(f"“{shown(path)}” is cut off or damaged, or of a kind that is not read; save it as PNG.")
    pixels = _bgr(found)
    return {"pixels": pixels if header.kind == "tiff" else orient(pixels, *header.turn)}


def _bgr(found: NDArray[Any]) -> NDArray[np.uint8]:
    import cv2

    if found.dtype == np.uint16:
        found = cv2.convertScaleAbs(found, alpha=1 / 257)
    if found.ndim == 2:
        return cv2.cvtColor(found, cv2.COLOR_GRAY2BGR)  # pyright: ignore[reportReturnType]
    if found.shape[2] == 4:
        # v·α + 255·(1 − α) = 255 − (255 − v)·α
        alpha = np.repeat(found[..., 3:], 3, axis=2)
        return 255 - cv2.multiply(255 - found[..., :3], alpha, scale=1 / 255)  # pyright: ignore[reportReturnType]
    return found
