"""Nothing leaves the machine, and no file is opened on another file's word (promise 26)."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import pytest

from clips import clicks, make_video
from syncline import pipeline
from syncline.model import Session
from syncline.project import save_project

pytestmark = [pytest.mark.endurance, pytest.mark.timeout(600)]

HERE = Path(__file__).resolve().parent


@dataclass
class Canary:
    """A server that nobody should call."""

    port: int = 0
    calls: list[bytes] = field(default_factory=list)


@pytest.fixture
def canary() -> Iterator[Canary]:
    server = socket.create_server(("127.0.0.1", 0))
    bird = Canary(server.getsockname()[1])

    def listen() -> None:
        while True:
            try:
                call, _ = server.accept()
            except OSError:
                return
            with call:
                call.settimeout(1)
                try:
                    bird.calls.append(call.recv(1000))
                except OSError:
                    bird.calls.append(b"")

    thread = threading.Thread(target=listen)
    thread.start()
    yield bird
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def hostile(folder: Path, bait: Path, port: int) -> None:
    """Files that name others: clips, arrays, pictures and addresses."""
    folder.mkdir()
    clip, array = bait / "clip.mp4", bait / "secret.h5"
    http = f"http://127.0.0.1:{port}/x"
    texts = {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n",
        "list.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n../bait/clip.mp4\n#EXT-X-ENDLIST\n",
        "call.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{http}.ts\n#EXT-X-ENDLIST\n",
        "key.m3u8": f'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="{http}"\n#EXTINF:1,\n{clip}\n',
        "concat.mp4": f"ffconcat version 1.0\nfile '{clip}'\n",
        "concat.mkv": f"ffconcat version 1.0\nfile '{http}.mp4'\n",
        "session.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "dash.mp4": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{http}'
        "</BaseURL><Period><AdaptationSet><Representation/></AdaptationSet></Period></MPD>",
        "drawing.png": "<svg xmlns='http://www.w3.org/2000/svg' xmlns:l='http://www.w3.org/1999/xlink'>"
        f"<image l:href='{clip}'/><image l:href='{http}.png'/></svg>",
        "entity.csv": f'<?xml version="1.0"?><!DOCTYPE x SYSTEM "{http}"><x/>',
        "sheet.csv": f'=WEBSERVICE("{http}"),1\n2,3\n4,5\n',
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    values = np.random.default_rng(1).normal(size=(40, 3)).astype(np.float32)
    with h5py.File(folder / "links.h5", "w") as file:
        file["good/values"] = values
        file["outside"] = h5py.ExternalLink(str(array), "/x")
        file.create_dataset("external", values.shape, "f4", external=[(str(bait / "secret.bin"), 0, values.nbytes)])
        layout = h5py.VirtualLayout(values.shape, "f4")
        layout[:] = h5py.VirtualSource(str(array), "x", values.shape)
        file.create_virtual_dataset("virtual", layout)
    with h5py.File(folder / "links.mat", "w", userblock_size=512) as file:
        file["x"] = h5py.ExternalLink(str(array), "/x")
    raw = bytearray((folder / "links.mat").read_bytes())
    raw[:128] = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    (folder / "links.mat").write_bytes(raw)

    class Opens:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return open, (str(bait / "clip.mp4"),)

    np.save(folder / "pickled.npy", np.array([Opens()], dtype=object), allow_pickle=True)
    np.savez(folder / "pickled.npz", x=np.array([Opens()], dtype=object))
    # A film whose pictures lie in another file.
    film = (bait / "clip.mp4").read_bytes()
    alias = str(bait / "clip.mp4").encode() + b"\0"
    entry = struct.pack(">I4sI", 12, b"url ", 1)
    assert entry in film
    (folder / "elsewhere.mp4").write_bytes(film.replace(entry, struct.pack(">I4sI", 12, b"url ", 0)) + alias)
    session = Session(a=pipeline.open_media(clip), b=pipeline.open_media(bait / "secret.npy"))
    save_project(session, folder / "project.syncline")
    for name in (f"http:127.0.0.1:{port}.mp4", "concat:a|b.mp4", "subfile,,start,0,end,9,,:x.mp4", "async:x.mp4"):
        shutil.copyfile(clip, folder / name)


def traced(folder: Path, log: Path, state: Path, *words: str) -> tuple[dict[str, object], list[str], list[str]]:
    """What each file gave, the addresses that were called, and the files that were opened."""
    calls = "trace=connect,sendto,openat,open,openat2"
    command = ["strace", "-f", "-qq", "-s", "4096", "-e", calls, "-o", str(log), sys.executable]
    environment = os.environ | {"PYTHONPATH": str(HERE.parent), "SYNCLINE_STATE": str(state)}
    done = subprocess.run(
        [*command, str(HERE / "stranger.py"), str(folder), *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr and done.returncode:
        pytest.skip(f"processes can't be watched here: {done.stderr.strip()[:100]}")
    assert done.returncode == 0, done.stderr
    text = log.read_text("utf-8", "replace")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return (
        dict(lines),
        re.findall(r"sa_family=AF_INET6?, [^}]*", text),
        re.findall(r'open(?:at2?)?\([^"]*"([^"]*)"', text),
    )


def test_nothing_leaves_the_machine(tmp_path: Path, canary: Canary, promise: Callable[[int, str], None]) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed here: nobody can say which files and addresses were opened")
    bait, folder = tmp_path / "bait", tmp_path / "foreign"
    bait.mkdir()
    make_video(bait / "clip.mp4", 20, audio=(clicks(8000, 0.6, [0.2]), 8000))
    values = np.random.default_rng(2).normal(size=(40, 3)).astype(np.float32)
    np.save(bait / "secret.npy", values)
    (bait / "secret.bin").write_bytes(values.tobytes())
    with h5py.File(bait / "secret.h5", "w") as file:
        file["x"] = values
    hostile(folder, bait, canary.port)

    # Somebody else's state: there the user never opened what the project names.
    given, addresses, opened = traced(folder, tmp_path / "log", tmp_path / "state")
    assert set(given) == {p.name for p in folder.iterdir()}
    assert given["links.h5"] == "features", "what lies in the file itself is read"
    assert given["async:x.mp4"] == "video", "a name is a name"
    assert set(given["project.syncline"]) == {"outside"}
    refused = sum(str(answer).startswith("refused") for answer in given.values())
    assert [p for p in opened if str(bait) in os.path.realpath(folder / p)] == []
    assert addresses == []
    assert canary.calls == []

    # The same watch sees what would have been wrong.
    words = str(bait / "clip.mp4"), str(canary.port)
    _, addresses, opened = traced(folder, tmp_path / "log", tmp_path / "state", *words)
    assert str(bait / "clip.mp4") in opened
    assert any(str(canary.port) in a for a in addresses)
    assert len(canary.calls) == 1
    promise(
        26, f"{len(given)} files that name others, {refused} of them refused: 0 connections, 0 foreign files opened"
    )
