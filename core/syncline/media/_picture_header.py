"""Size and orientation of a picture file from its first structures, before any decoder sees it.

Plain Python on bytes: what is wrong here can't crash, and no size is believed that a decoder would then allocate.
JPEG: ITU-T T.81 B.2; PNG 3rd edition with ``eXIf``; WebP: RFC 9649; TIFF 6.0 and BigTIFF; EXIF 2.32, tag 274.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["MOST_PIXELS", "Header", "read_header", "sniff"]

MOST_PIXELS = 100_000_000
_MOST_CHUNKS = 1_000_000
_MOST_TAGS = 4096
_WIDTH, _HEIGHT, _ORIENTATION, _TILE_WIDTH, _TILE_HEIGHT, _SAMPLES = 256, 257, 274, 322, 323, 339


@dataclass(frozen=True)
class Header:
    """What a file says: `width`, `height` as stored, `orientation` 1..8 as EXIF counts, further `pages` in it."""

    kind: str
    width: int
    height: int
    orientation: int = 1
    pages: bool = False

    @property
    def turn(self) -> tuple[int, bool]:
        """Degrees clockwise to turn it, after mirroring it left–right if the second value says so."""
        return {1: (0, False), 2: (0, True), 3: (180, False), 4: (180, True)}.get(
            self.orientation, (90 if self.orientation in (6, 7) else 270, self.orientation in (5, 7))
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as it is to be seen."""
        return (self.height, self.width) if self.orientation > 4 else (self.width, self.height)


def sniff(head: bytes) -> str:
    """``"jpeg"``, ``"png"``, ``"webp"`` or ``"tiff"`` by the first 12 bytes; empty for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    return ""


def read_header(data: bytes) -> Header:
    """Read what the decoder would.

    Raises
    ------
    ValueError
        The structures do not hold together; the text completes “it …”.
    """
    kind = sniff(data[:12])
    try:
        header = {"jpeg": _jpeg, "png": _png, "webp": _webp, "tiff": _tiff}[kind](data)
    except KeyError:
        raise ValueError("is no JPEG, PNG, WebP or TIFF picture") from None
    except (struct.error, IndexError):
        raise ValueError("is cut off or damaged") from None
    if not (header.width and header.height):
        raise ValueError("does not say its size, or is damaged")
    return header


def _jpeg(data: bytes) -> Header:
    at, width, height, orientation = 2, 0, 0, 1
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            raise ValueError("is damaged")
        marker, (length,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if length < 2:
            raise ValueError("is damaged")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
        elif marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = _orientation(data[at + 10 : at + 2 + length])
        elif marker == 0xDA:
            return Header("jpeg", width, height, orientation)
        at += 2 + length


def _png(data: bytes) -> Header:
    if data[12:16] != b"IHDR":
        raise ValueError("is damaged")
    width, height = struct.unpack_from(">II", data, 16)
    at, orientation = 8, 1
    for _ in range(_MOST_CHUNKS):
        (length,), name = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        if name == b"IEND":
            return Header("png", width, height, orientation)
        if name == b"eXIf":
            orientation = _orientation(data[at + 8 : at + 8 + length])
        at += 12 + length
    raise ValueError("is damaged")


def _webp(data: bytes) -> Header:
    (riff,) = struct.unpack_from("<I", data, 4)
    if riff + 8 > len(data):
        raise ValueError("is cut off")
    at, found, orientation, frames = 12, (0, 0), 1, 0
    for _ in range(_MOST_CHUNKS):
        if at + 8 > riff + 8:
            break
        name, (length,), body = data[at : at + 4], struct.unpack_from("<I", data, at + 4), at + 8
        if name == b"VP8X":
            found = tuple(int.from_bytes(data[body + k : body + k + 3], "little") + 1 for k in (4, 7))
        elif name == b"VP8 " and found == (0, 0):
            found = tuple(v & 0x3FFF for v in struct.unpack_from("<HH", data, body + 6))
        elif name == b"VP8L" and found == (0, 0):
            (bits,) = struct.unpack_from("<I", data, body + 1)
            found = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        elif name == b"EXIF":
            exif = data[body : body + length]
            orientation = _orientation(exif.removeprefix(b"Exif\0\0"))
        elif name == b"ANMF":
            frames += 1
        at = body + length + length % 2
    return Header("webp", found[0], found[1], orientation, frames > 1)


def _tiff(data: bytes) -> Header:
    tags, more = _tags(data)
    if tags.get(_SAMPLES, 1) not in (1, 4):
        raise ValueError("holds numbers that are no shades of light; save it with 8 or 16 bits a channel")
    if tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_HEIGHT, 0) > MOST_PIXELS:
        raise ValueError("has tiles that are too large")
    orientation = tags.get(_ORIENTATION, 1)
    return Header("tiff", tags.get(_WIDTH, 0), tags.get(_HEIGHT, 0), orientation if 1 <= orientation <= 8 else 1, more)


def _tags(data: bytes) -> tuple[dict[int, int], bool]:
    """First value of each tag of whole numbers in the first directory; and whether there is another directory."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    at += 8 if big else 2
    step, value = (20, 12) if big else (12, 8)
    if count > _MOST_TAGS:
        raise ValueError("is damaged")
    tags = dict(_entries(data, order, at, count, step, value))
    (more,) = struct.unpack_from(order + ("Q" if big else "I"), data, at + count * step)
    return tags, more != 0


def _entries(data: bytes, order: str, at: int, count: int, step: int, value: int) -> Iterator[tuple[int, int]]:
    for k in range(count):
        tag, kind = struct.unpack_from(order + "HH", data, at + k * step)
        form = {3: "H", 4: "I", 16: "Q"}.get(kind)
        if form is not None:
            number = int(struct.unpack_from(order + form, data, at + k * step + value)[0])
            # More samples than fit into the entry lie elsewhere: only their kind is asked for, and it is not there.
            yield tag, 1 if tag == _SAMPLES and number > 6 else number


def _orientation(exif: bytes) -> int:
    """Orientation in an EXIF block, 1 if it holds none: a damaged block does not spoil the picture."""
    try:
        if exif[:4] not in (b"II*\0", b"MM\0*"):
            return 1
        found = _tags(exif)[0].get(_ORIENTATION, 1)
    except (struct.error, ValueError):
        return 1
    return found if 1 <= found <= 8 else 1
