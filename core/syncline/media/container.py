"""The one door through which FFmpeg sees a file, and what every reader of foreign files shares."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, MediaError, SynclineError

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["ATTACHED", "check_file", "guarded", "open_container", "packets", "shown", "streams_of"]

# Playlists (hls, concat, sdp, dash) name other files and addresses: FFmpeg follows them unless the demuxers that
# read one plain file are listed, and it takes "http:x.mp4" for an address unless only "file" is allowed.
_DEMUXERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,wav,w64,mp3,flac,aac,aiff,au,caf,gif,h264,hevc,mxf"
_MOST_PIXELS = "100000000"

ATTACHED = 0x0400
"""FFmpeg's disposition of a cover picture, which is no video."""


def shown(path: str | os.PathLike[str]) -> str:
    """Name of a file as it can be printed: no line breaks, nothing that is not UTF-8."""
    name = Path(path).name or os.fspath(path)
    clean = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in clean)


def check_file(path: Path) -> os.stat_result:
    """Return what the system knows of `path`, or say why it is no file that can be read.

    Raises
    ------
    MediaError
        Absent, a folder, a pipe or device, empty, or not readable.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # Opening a pipe would wait for ever.
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not an ordinary file"
            raise MediaError(f"“{shown(path)}” is {what}; choose a video, an audio or a feature file.")
        if status.st_size == 0:
            raise MediaError(f"“{shown(path)}” is empty; choose another file.")
        with path.open("rb"):
            return status
    except FileNotFoundError:
        raise MediaError(f"“{shown(path)}” is not there (any more); locate it or choose another file.") from None
    except PermissionError:
        raise MediaError(f"“{shown(path)}” may not be read; change its permissions or choose another file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"“{shown(path)}” can't be opened ({reason}); choose another file.") from None


@contextlib.contextmanager
def guarded(path: Path, what: str) -> Generator[None]:
    """Turn whatever a foreign parser raises inside the block into one sentence.

    `what` completes “name can't be read …”, e.g. ``"as a NumPy file"``.
    """
    try:
        yield
    except (SynclineError, Cancelled):
        raise
    except MemoryError:
        raise MediaError(f"“{shown(path)}” needs more memory than there is; choose a shorter file.") from None
    except Exception as error:  # what a damaged file makes a foreign parser raise can't be listed
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise MediaError(
            f"“{shown(path)}” can't be read {what}: it is damaged or of another kind ({reason}); choose another file."
        ) from error


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
