"""Opening files from outside: video, audio, pictures, feature arrays."""

from ..labels import load_labels
from ._budget import FrameBudget
from ._worker import warm_up
from .arrays import list_keys, load_sequence
from .audio import AudioReader, peaks
from .container import open_container
from .describe import as_text, describe, describe_path, describe_picture
from .emissions import load_emissions
from .opening import open_emissions, open_media
from .path_files import is_path, load_path
from .pictures import (
    PICTURE_SUFFIXES,
    find_pictures,
    is_picture,
    names_frame,
    open_frame,
    open_picture,
    open_still,
    read_pixels,
)
from .truth import load_truth
from .video import VideoReader, thumbnails

__all__ = [
    "PICTURE_SUFFIXES",
    "AudioReader",
    "FrameBudget",
    "VideoReader",
    "as_text",
    "describe",
    "describe_path",
    "describe_picture",
    "find_pictures",
    "is_path",
    "is_picture",
    "list_keys",
    "load_emissions",
    "load_labels",
    "load_path",
    "load_sequence",
    "load_truth",
    "names_frame",
    "open_container",
    "open_emissions",
    "open_frame",
    "open_media",
    "open_picture",
    "open_still",
    "peaks",
    "read_pixels",
    "thumbnails",
    "warm_up",
]
