"""YOLO txt, one file a picture: ``class x y width height [score]``, centre and size as fractions; or polygons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from ...errors import MediaError
from ...files import read_text, shown
from ._labelled import Annotations, Collector, label_of, number_of

__all__ = ["read", "recognises"]

_MOST = 64 << 20
_LABELS = ("classes.txt", "labels.txt", "obj.names")


def recognises(path: Path) -> bool:
    """True if the first line that is not empty is a class number and at least four numbers."""
    text, _ = read_text(path, _MOST, "choose a file of boxes")
    for line in text.split("\n"):
        if line.strip():
            words = line.split()
            return len(words) >= 5 and words[0].isdigit() and not any(math.isnan(number_of(w)) for w in words)
    return False


def read(path: Path, size: tuple[int, int] | None, labels: Sequence[str]) -> Annotations:
    """Read boxes in a picture of that `size`; without `labels`, those of a classes.txt beside or above the file."""
    if size is None:
        raise MediaError(f"“{shown(path)}” gives boxes as fractions; open it together with its picture.")
    text, notes = read_text(path, _MOST, "choose a file of boxes")
    labels = list(labels) or _beside(path)
    collector = Collector(path)
    collector.picture("", *size)
    width, height = size
    unnamed = False
    for n, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words:
            continue
        values = [number_of(w) for w in words[1:]]
        if not words[0].isdigit() or len(words[0]) > 9 or len(values) < 4 or any(map(math.isnan, values)):
            raise MediaError(f"Line {n} of “{shown(path)}” is no class number with four numbers; mend it.")
        if len(values) >= 6 and len(values) % 2 == 0:
            xs, ys = values[0::2], values[1::2]
            corners = (min(xs), min(ys), max(xs), max(ys))
        else:
            x, y, w, h = values[:4]
            corners = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        number = int(words[0])
        label = labels[number] if number < len(labels) else ""
        unnamed |= not label
        score = values[4] if len(values) == 5 else None
        pixels = (corners[0] * width, corners[1] * height, corners[2] * width, corners[3] * height)
        collector.box("", label or f"class {number}", pixels, score)
    if unnamed:
        notes = (*notes, f"“{shown(path)}” numbers classes that it does not name; put a classes.txt beside it.")
    return collector.done(*notes)


def _beside(path: Path) -> list[str]:
    for folder in (path.parent, path.parent.parent):
        for name in _LABELS:
            if (folder / name).is_file() and folder / name != path:
                text, _ = read_text(folder / name, _MOST, "choose a file of labels")
                return [label_of(line) for line in text.rstrip().split("\n")]
    return []
