"""Objects in pictures by ONNX models: those shipped, and any of the user's that an adapter describes.

>>> from syncline import detection, media
>>> pixels = media.read_pixels(media.open_picture("dogs.jpg"))
>>> found = detection.shipped().detect(pixels)
"""

from .adapter import Adapter, dump_adapter, load_adapter, load_labels
from .detector import FLOOR, Detector, open_detector, suggest
from .shipped import shipped, shipped_names

__all__ = [
    "FLOOR",
    "Adapter",
    "Detector",
    "dump_adapter",
    "load_adapter",
    "load_labels",
    "open_detector",
    "shipped",
    "shipped_names",
    "suggest",
]
