"""Opens every file of a folder as a user would, in a process to be watched: one line of JSON a file.

``stranger.py FOLDER`` keeps to the program; ``stranger.py FOLDER BAIT PORT`` does what no file may bring it to do, so
that the watcher is seen to watch.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
from pathlib import Path
from typing import Any

from syncline import pipeline
from syncline.errors import SynclineError
from syncline.media import AudioReader, VideoReader, load_sequence, load_truth, open_picture, read_pixels
from syncline.project import load_project


def use(path: Path) -> Any:
    """Everything that reading it may bring about."""
    if path.suffix == ".syncline":
        return [p.kind for p in load_project(path).problems]
    if path.suffix == ".png":
        return read_pixels(open_picture(path)).shape
    media = pipeline.open_media(path)
    if path.suffix == ".csv":
        with contextlib.suppress(SynclineError):
            load_truth(path, media, media)
    if media.video is not None:
        with VideoReader(media) as reader:
            reader.frame(0)
    if media.audio is not None:
        with AudioReader(media) as reader:
            reader.read(0, 0.1)
    if media.sequence is not None:
        load_sequence(media)
    return media.kind


def main() -> None:
    folder = Path(sys.argv[1])
    if len(sys.argv) > 2:
        Path(sys.argv[2]).read_bytes()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", int(sys.argv[3])), timeout=5).close()
    for path in sorted(folder.iterdir()):
        try:
            answer: Any = use(path)
        except SynclineError as error:
            answer = f"refused: {error}"
        print(json.dumps([path.name, answer]), flush=True)


if __name__ == "__main__":
    main()
