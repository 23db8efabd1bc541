"""Pictures: as Pillow sees them, turned as EXIF says, and nothing believed that a header claims."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from syncline.errors import Cancelled, MediaError, ParameterError
from syncline.media import find_pictures, is_picture, open_frame, open_media, open_picture, open_still, read_pixels
from syncline.media._picture_header import read_header
from syncline.progress import Monitor

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")


def coloured(width: int = 60, height: int = 40) -> Image.Image:
    """No two quarter turns or mirrorings of it are alike, and JPEG keeps it well."""
    array = np.zeros((height, width, 3), np.uint8)
    array[..., 0] = np.linspace(20, 230, width)
    array[..., 1] = np.linspace(10, 200, height)[:, None]
    return Image.fromarray(array)


def encoded(picture: Image.Image, form: str, orientation: int = 1, **how: Any) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    out = io.BytesIO()
    picture.save(out, form, exif=exif, **({"lossless": True} if form == "WEBP" else {"quality": 95}), **how)
    return out.getvalue()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_as_pillow_turns_it(tmp_path: Path, form: str, orientation: int) -> None:
    data = encoded(coloured(), form, orientation)
    file = tmp_path / f"p.{form.lower()}"
    file.write_bytes(data)
    want = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))[..., ::-1].astype(int)
    picture = open_picture(file)
    pixels = read_pixels(picture)
    assert (picture.width, picture.height) == ((40, 60) if orientation > 4 else (60, 40))
    assert pixels.shape == want.shape and not pixels.flags.writeable and pixels.flags.c_contiguous
    assert np.abs(pixels - want).max() <= (3 if form == "JPEG" else 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_every_mode_becomes_bgr_and_transparency_white(tmp_path: Path, form: str, mode: str) -> None:
    if mode == "I;16":
        shown = Image.fromarray(np.arange(60, dtype=np.uint16)[None].repeat(40, 0) * 1000)
        want = np.rint(np.arange(60) * 1000 / 257)[None, :, None].repeat(40, 0).repeat(3, 2)
    else:
        shown = coloured().convert(mode)
        if mode in ("LA", "RGBA"):
            shown.putalpha(Image.fromarray(np.arange(60, dtype=np.uint8)[None].repeat(40, 0) * 4))
        solid = shown.convert("RGBA")
        want = np.asarray(Image.alpha_composite(Image.new("RGBA", solid.size, "white"), solid))[..., 2::-1].astype(
            float
        )
    file = tmp_path / "p"
    shown.save(file, form)
    pixels = read_pixels(open_picture(file))
    if form == "TIFF" and mode in ("LA", "RGBA"):
        assert pixels.shape == (40, 60, 3)
    else:
        assert np.abs(pixels - want).max() <= 1


@pytest.mark.parametrize("byte_order", "<>")
def test_big_tiff_and_both_byte_orders(byte_order: str) -> None:
    def tiff(entries: list[tuple[int, str, int]], big: bool) -> bytes:
        e = byte_order
        mark = b"II" if e == "<" else b"MM"
        kinds = {"H": 3, "I": 4, "Q": 16}
        head = mark + (struct.pack(e + "HHHQ", 43, 8, 0, 16) if big else struct.pack(e + "HI", 42, 8))
        body = struct.pack(e + ("Q" if big else "H"), len(entries))
        for tag, form, value in entries:
            body += struct.pack(e + "HH" + ("Q" if big else "I"), tag, kinds[form], 1)
            body += struct.pack(e + form, value).ljust(8 if big else 4, b"\0")
        return head + body + bytes(8 if big else 4)

    entries = [(256, "H", 300), (257, "I", 200), (274, "H", 6)]
    for big in (False, True):
        header = read_header(tiff(entries, big))
        assert header.size == (200, 300) and header.turn == (90, False) and not header.pages
    with pytest.raises(ValueError, match="tiles"):
        read_header(tiff([*entries, (322, "I", 1 << 20), (323, "I", 1 << 20)], False))
    with pytest.raises(ValueError, match="shades"):
        read_header(tiff([*entries, (339, "H", 3)], False))


def test_of_many_pages_the_first_is_used_and_said(tmp_path: Path) -> None:
    file = tmp_path / "two.tiff"
    coloured().save(file, save_all=True, append_images=[Image.new("RGB", (60, 40))])
    picture = open_picture(file)
    assert "several" in picture.notes[0]
    assert (read_pixels(picture)[..., ::-1] == np.asarray(coloured())).all()


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", ihdr)
        + chunk(b"IDAT", zlib.compress(bytes(1 << 16)))
        + chunk(b"IEND", b"")
    )


HOSTILE = {
    "huge.png": png(1 << 30, 1 << 30),
    "wide.png": png(100_001, 1000),
    "flat.png": png(0, 10),
    "empty.png": b"",
    "short.png": png(10, 10)[:30],
    "no-end.png": png(10, 10)[:-12],
    "lies.png": png(500, 500),
    "text.jpg": b"hello there, I am no picture",
    "signature.jpg": b"\xff\xd8\xff",
    "loop.jpg": b"\xff\xd8\xff\xe0\0\0" * 10,
    "fill.jpg": b"\xff" * 100_000,
    "gif.png": b"GIF89a" + bytes(40),
    "svg.png": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "riff.webp": b"RIFF\xff\xff\xff\xffWEBPVP8X",
    "zero.webp": b"RIFF\x0c\0\0\0WEBPABCD\0\0\0\0",
    "tags.tiff": b"II*\0\x08\0\0\0\xff\xff" + bytes(64),
    "far.tiff": b"MM\0*\xff\xff\xff\xf0" + bytes(64),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(HOSTILE[name])
    with pytest.raises(MediaError) as error:
        read_pixels(open_picture(file))
    assert name in str(error.value) and "\n" not in str(error.value) and str(error.value).endswith(".")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("part", [0.05, 0.5, 0.98])
def test_a_cut_off_file_is_one_sentence(tmp_path: Path, form: str, part: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (50, 70, 3), np.uint8))
    data = encoded(noise, form)
    file = tmp_path / "cut"
    file.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(MediaError, match="cut"):
        read_pixels(open_picture(file))


def test_mutated_pictures_never_crash(
    tmp_path: Path, count: Callable[[int, int], int], promise: Callable[[int, str], None]
) -> None:
    rng, times = random.Random(4), count(120, 2000)
    refused: list[str] = []
    for k in range(times):
        data = bytearray(encoded(coloured(), FORMATS[k % 4], rng.randint(1, 8)))
        for _ in range(rng.choice([1, 3, 30])):
            data[rng.randrange(min(len(data), rng.choice([40, 400, 10**6])))] = rng.randrange(256)
        file = tmp_path / "mutant"
        file.write_bytes(data)
        try:
            picture = open_picture(file)
            assert read_pixels(picture).shape == (picture.height, picture.width, 3)
        except MediaError as error:
            refused.append(str(error))
    assert 0 < len(refused) < times
    assert not any("\n" in sentence for sentence in refused)
    promise(10, f"{times} mutated pictures: {len(refused)} refused in a sentence, 0 crashes")


def test_pipes_folders_and_absent_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("pipe.png", ".", "absent.png"):
        with pytest.raises(MediaError):
            open_picture(tmp_path / name)
        assert not is_picture(tmp_path / name)


def test_a_picture_that_was_replaced_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "p.png"
    coloured().save(file)
    picture = open_picture(file)
    os.utime(file, (1, 1))
    assert read_pixels(picture).shape == (40, 60, 3)
    coloured(40, 60).save(file)
    with pytest.raises(MediaError, match="changed"):
        read_pixels(picture)


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    file = tmp_path / "p.png"
    coloured().save(file)
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        read_pixels(open_picture(file), monitor)


def test_a_folder_lists_its_pictures_as_people_count(tmp_path: Path) -> None:
    for name in ("b10.jpg", "b2.PNG", "a.webp", "10.tif", "9.tif", "notes.txt", ".hidden.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    assert [p.name for p in find_pictures(tmp_path)] == ["9.tif", "10.tif", "a.webp", "b2.PNG", "b10.jpg"]
    with pytest.raises(MediaError):
        find_pictures(tmp_path / "absent")


def test_real_pictures(data: Path) -> None:
    found = find_pictures(data / "images")
    assert len(found) == 3
    for file in found:
        picture = open_picture(file)
        want = np.asarray(Image.open(file).convert("RGB"))[..., ::-1].astype(int)
        assert np.abs(read_pixels(picture) - want).mean() < 1
        assert (picture.height, picture.width) == want.shape[:2]


def test_a_picture_may_be_called_like_a_frame(tmp_path: Path) -> None:
    file = tmp_path / "a.png#1"
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(file, "png")
    assert open_still(file).frame is None


def test_a_frame_of_a_video_is_a_picture(data: Path) -> None:
    from syncline.media import VideoReader

    media = open_media(data / "video" / "carphone_pristine.mp4")
    picture = open_frame(media, 30)
    with VideoReader(media) as reader:
        assert (read_pixels(picture) == reader.frame(30)[..., :3]).all()
    assert (picture.width, picture.height, picture.frame) == (176, 144, 30)
    assert media.video is not None and picture.time == media.video.times[30] > 0
    assert open_still(f"{media.path}#30") == picture
    with pytest.raises(ParameterError):
        open_still(f"{media.path}#120")
    with pytest.raises(MediaError, match=r"is a video; say which of its frames, as in “.*#25”\.$"):
        open_still(media.path)
    with pytest.raises(MediaError):
        open_frame(open_media(data / "speech" / "mary.wav"), 0)
