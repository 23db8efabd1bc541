"""The one door through which FFmpeg sees a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MediaError
from ..files import check_file, shown

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["ATTACHED", "open_container", "packets", "streams_of"]

# Playlists (hls, concat, sdp, dash) name other files and addresses: FFmpeg follows them unless the demuxers that
# read one plain file are listed, and it takes "http:x.mp4" for an address unless only "file" is allowed.
_DEMUXERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,wav,w64,mp3,flac,aac,aiff,au,caf,gif,h264,hevc,mxf"
_MOST_PIXELS = "100000000"

ATTACHED = 0x0400
"""FFmpeg's disposition of a cover picture, which is no video."""


def open_container(path: str | os.PathLike[str]) -> InputContainer:
    """Open `path` with FFmpeg so that nothing but this one file is read. Use it in a ``with`` block.

    Raises
    ------
    MediaError
        Not an ordinary file, or none of the containers that are read.
    """
    import av
    from av.error import FFmpegError

    path = Path(path)
    check_file(path)
    # "file:" and an absolute path, or "a:b.mp4" would be taken for a protocol called "a".
    address = "file:" + os.path.abspath(path)  # noqa: PTH100 — links and ".." must stay as they are
    try:
        container = av.open(
            address,
            options={"protocol_whitelist": "file", "format_whitelist": _DEMUXERS},
            metadata_errors="replace",
            timeout=(10, 10),
        )
    except (FFmpegError, OSError, ValueError, UnicodeError):
        raise MediaError(
            f"“{shown(path)}” is not a video or audio file that can be read, or it is damaged or cut off; "
            "choose another file."
        ) from None
    for stream in container.streams.video:
        if stream.codec_context is not None:
            stream.codec_context.options = {**stream.codec_context.options, "max_pixels": _MOST_PIXELS}
    return container


def streams_of(container: InputContainer) -> tuple[Any, Any]:
    """Return the video and the audio stream to use, None where there is none that can be decoded."""

    def best(streams: Any) -> Any:
        usable = [s for s in streams if s.codec_context is not None and not int(s.disposition) & ATTACHED]
        return min(usable, key=lambda s: (not int(s.disposition) & 1, s.index), default=None)

    return best(container.streams.video), best(container.streams.audio)


def packets(container: InputContainer, *streams: Any, failed: Callable[[], None] | None = None) -> Iterator[Any]:
    """Packets of `streams`, the empty ones at the end that flush decoders included.

    A damaged spot of the file is stepped over (`failed` is called), many in a row end the file.
    """
    from av.error import FFmpegError

    in_a_row = 0
    while True:
        try:
            for packet in container.demux(*streams):
                in_a_row = 0
                yield packet
            return
        except (FFmpegError, OSError, ValueError):
            in_a_row += 1
            if failed is not None:
                failed()
            if in_a_row > 20:
                return
