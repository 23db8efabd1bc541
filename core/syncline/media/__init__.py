"""Opening files from outside: video, audio, feature arrays."""

from ._worker import warm_up
from .arrays import list_keys, load_sequence
from .audio import AudioReader, peaks
from .container import open_container
from .describe import as_text, describe
from .opening import open_media
from .truth import load_truth
from .video import VideoReader, thumbnails

__all__ = [
    "AudioReader",
    "VideoReader",
    "as_text",
    "describe",
    "list_keys",
    "load_sequence",
    "load_truth",
    "open_container",
    "open_media",
    "peaks",
    "thumbnails",
    "warm_up",
]
