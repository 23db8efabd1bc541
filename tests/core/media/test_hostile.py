"""Files that mean harm, broken files, odd names; and that nothing is ever written beside a medium."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile as sf

from clips import clicks, make_video, read_number
from syncline.errors import Cancelled, MediaError, SynclineError
from syncline.media import (
    AudioReader,
    VideoReader,
    as_text,
    describe,
    load_sequence,
    open_container,
    open_media,
    peaks,
)
from syncline.progress import Monitor


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small file of each kind."""
    folder = tmp_path_factory.mktemp("good")
    sound = (clicks(8000, 0.7, [0.2, 0.5], 2), 8000)
    for name, codec, audio_codec in (
        ("a.mp4", "libx264", "aac"),
        ("b.mkv", "libx264", "flac"),
        ("c.webm", "libvpx", "libopus"),
        ("d.avi", "mjpeg", "pcm_s16le"),
        ("e.ts", "libx264", "aac"),
    ):
        audio = (clicks(48000, 0.7, [0.2, 0.5], 2), 48000) if audio_codec == "libopus" else sound
        pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        make_video(
            folder / name, frames=20, size=(96, 64), codec=codec, audio=audio, audio_codec=audio_codec, pixels=pixels
        )
    make_video(folder / "f.gif", frames=10, size=(64, 48), codec="gif", pixels="rgb8")
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 1))
    for suffix in ("wav", "flac", "ogg", "mp3", "aiff"):
        sf.write(folder / f"g.{suffix}", noise, 8000)
    x = np.random.default_rng(0).standard_normal((30, 4))
    np.save(folder / "h.npy", x)
    np.savez_compressed(folder / "i.npz", x=x)
    np.savetxt(folder / "j.csv", x, delimiter=",", header="a,b,c,d", comments="")
    import scipy.io

    scipy.io.savemat(folder / "k.mat", {"x": x}, do_compression=True)
    import h5py

    with h5py.File(folder / "l.h5", "w") as file:
        file.create_dataset("g/x", data=x, compression="gzip")
    return folder


def _use(path: Path) -> None:
    """Everything a user does with a file: open, look, listen, step, draw."""
    media = open_media(path)
    as_text(describe(media))
    if media.video is not None:
        with VideoReader(media) as reader:
            for _ in reader.frames(max_side=32, grey=True):
                pass
            for i in (media.video.frames - 1, 0, media.video.frames // 2):
                reader.frame(i)
            assert all(isinstance(w, str) for w in reader.warnings)
    if media.audio is not None:
        peaks(media, 20)
        with AudioReader(media) as reader:
            assert np.isfinite(reader.read(0.1, 0.3)).all()
    if media.sequence is not None:
        assert np.isfinite(load_sequence(media).values).all()


def test_every_good_file_is_usable(good):
    for path in sorted(good.iterdir()):
        _use(path)


def test_playlists_are_refused_whatever_they_are_called(good, tmp_path):
    """Each names a clip that exists: FFmpeg would read it on the file's word."""
    clip = good / "a.mp4"
    beside = tmp_path / "beside.mp4"
    beside.write_bytes(clip.read_bytes())
    evil = {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n",
        "list.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:beside.mp4\n#EXT-X-ENDLIST\n",
        "concat.mp4": "ffconcat version 1.0\nfile beside.mp4\n",
        "concat.mkv": f"ffconcat version 1.0\nfile '{clip}'\n",
        "call.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        "dash.mp4": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
        "http.m3u8": "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
        "pic%03d.png": "x" * 50,
    }
    for name, text in evil.items():
        path = tmp_path / name
        path.write_text(text)
        for attempt in (open_container, open_media):
            with pytest.raises(MediaError) as caught:
                attempt(path)
            assert name in str(caught.value)


def test_what_is_no_file_is_said(tmp_path):
    (tmp_path / "empty.mp4").touch()
    cases = {"folder": tmp_path, "not there": tmp_path / "none.mp4", "empty": tmp_path / "empty.mp4"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.mp4")
        cases["not an ordinary file"] = tmp_path / "pipe.mp4"
    for said, path in cases.items():
        with pytest.raises(MediaError, match=said):
            open_media(path)
    for address in ("http://127.0.0.1:9/x.mp4", "concat:a|b", "x\0y"):
        with pytest.raises(MediaError):
            open_media(address)


def _mutants(raw: bytes, rng: np.random.Generator):
    """One random fault: flipped bits, a noise page, a zero page, a cut, a doubled piece, a changed size field."""
    b = bytearray(raw)
    kind = int(rng.integers(6))
    at = int(rng.integers(len(b)))
    if kind == 0:
        for p in rng.integers(0, len(b), int(rng.integers(1, 20))):
            b[int(p)] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        n = int(rng.integers(1, 512))
        b[at : at + n] = rng.integers(0, 256, n, dtype=np.uint8).tobytes()
    elif kind == 2:
        b[at : at + 256] = bytes(256)
    elif kind == 3:
        del b[at:]
    elif kind == 4:
        b[at:at] = b[at : at + 300]
    else:
        # Headers hold the sizes: aim at the first bytes.
        p = int(rng.integers(min(len(b), 400)))
        b[p : p + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"])
    return bytes(b)


def test_broken_files_give_one_sentence_or_work(good, tmp_path, count, promise):
    rng = np.random.default_rng(7)
    originals = sorted(good.iterdir())
    total, refused, slowest = count(400, 5000), 0, 0.0
    for k in range(total):
        source = originals[k % len(originals)]
        path = tmp_path / f"m{k % 50}{source.suffix}"
        path.write_bytes(_mutants(source.read_bytes(), rng))
        began = time.perf_counter()
        try:
            _use(path)
        except SynclineError as error:
            refused += 1
            text = str(error)
            assert text.endswith((".", "?")) and "\n" not in text, text
            assert path.name in text or "“" in text, text
        slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 10
    promise(
        10,
        f"{total} mutated media opened and read: {refused} refused in a sentence, 0 crashes, slowest {slowest:.1f} s",
    )


NAMES = [
    "\N{PARTY POPPER} clip",
    "cafe\N{COMBINING ACUTE ACCENT}",
    "two\nlines",
    'it\'s "so" <b>&amp;',
    "frame%03d",
    "a:b",
    "-leading",
    "file:x",
    "#hash?query",
    " spaces ",
    "n" * 240,
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids these names")
def test_any_name_works(good, tmp_path, promise):
    folder = tmp_path
    while len(str(folder)) < 2500:
        folder = folder / ("d" * 200)
    done = 0
    for where, names in ((tmp_path, [*NAMES, os.fsdecode(b"not-utf8-\xe9\xff")]), (folder, ["deep"])):
        where.mkdir(parents=True, exist_ok=True)
        for name in names:
            for source in ("a.mp4", "g.wav", "j.csv", "i.npz", "l.h5", "k.mat", "h.npy", "g.mp3"):
                path = where / (name + Path(source).suffix)
                path.write_bytes((good / source).read_bytes())
                media = open_media(path)
                assert media.path == path
                assert as_text(describe(media)).encode("utf-8")
                if media.video is not None:
                    with VideoReader(media) as reader:
                        assert read_number(reader.frame(7)) == 7
                if media.audio is not None:
                    with AudioReader(media) as reader:
                        assert np.abs(reader.read(0, 0.4)).max() > 0.3
                if media.sequence is not None:
                    assert load_sequence(media).values.shape == (30, 4)
                path.unlink()
                done += 1
    promise(21, f"{done} files of {len(NAMES) + 2} odd names open and are read")


def test_media_are_never_written(good, tmp_path, promise):
    folder = tmp_path / "read-only"
    folder.mkdir()
    for source in good.iterdir():
        (folder / source.name).write_bytes(source.read_bytes())
        (folder / source.name).chmod(0o444)
    before = {p.name: (hashlib.sha256(p.read_bytes()).digest(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    folder.chmod(0o555)
    try:
        for path in sorted(folder.iterdir()):
            _use(path)
        after = {p.name: (hashlib.sha256(p.read_bytes()).digest(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    finally:
        folder.chmod(0o755)
    assert after == before
    promise(13, f"{len(after)} media of a read-only folder used: 0 bytes changed, 0 files left")


def test_nothing_leaks(good, count, promise):
    process, cycles = psutil.Process(), count(4, 80)
    files = [good / n for n in ("a.mp4", "e.ts", "g.mp3", "l.h5", "i.npz")]
    for path in files:
        _use(path)

    def held() -> tuple[int, int, int]:
        return process.num_fds(), threading.active_count(), process.num_threads()

    start = held()
    for _ in range(cycles):
        for path in files:
            _use(path)
    # A thread that was waited for stands in the system's list until it is next given the processor.
    end = time.monotonic() + 10
    while any(now > then for now, then in zip(held(), start, strict=True)) and time.monotonic() < end:
        time.sleep(0.02)
    assert all(now <= then for now, then in zip(held(), start, strict=True)), (held(), start)
    promise(18, f"{cycles * len(files)} media opened and closed: file handles and threads back to start")


def test_opening_is_cancelled_at_once(tmp_path):
    path = make_video(tmp_path / "long.ts", frames=900, size=(32, 24), options={"crf": "40"})
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        open_media(path, monitor=monitor)
    seen: list[float] = []
    open_media(path, monitor=Monitor(lambda _, fraction: seen.append(fraction)))
    assert seen == sorted(seen)
    assert len(seen) >= 4
    assert any(0.5 < f < 1 for f in seen)


@pytest.mark.parametrize("name", ["a.mp4", "f.gif", "g.flac", "i.npz", "j.csv"])
def test_a_description_is_plain_json_and_lines_up(good, name):
    import json

    facts = describe(open_media(good / name))
    assert json.loads(json.dumps(facts)) == facts
    lines = as_text(facts).splitlines()
    column = lines[0].index(name)
    assert all(line[column - 2 : column] == "  " and line[column] != " " for line in lines)
    if name == "a.mp4":
        assert (facts["frames"], facts["rate"], facts["width"], facts["audio"]["channels"]) == (20, 30.0, 96, 2)
