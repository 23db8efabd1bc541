"""What has to be known of a detector beside its ONNX file, and that as JSON text to be kept beside it.

``{"format": "syncline-detector", "version": 1, "name": "My detector", "model": "mine.onnx", "labels": "mine.txt",
"width": 416, "height": 416, "layout": "nchw", "colour": "bgr", "fit": "corner", "pad": 114,
"mean": [0, 0, 0], "scale": [1, 1, 1], "style": "yolox", "options": {}, "background": null,
"overlap": 0.45, "threshold": 0.4}``

Only `model`, `labels`, `width`, `height` and `style` are needed. Names of files are relative to the folder of the
adapter and may not lead out of it; `labels` is a text file, one label a line, or a list of them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from ..errors import MediaError, ParameterError
from ..files import beside, read_json, read_text, shown
from ..registry import build
from .outputs import REGISTRY

__all__ = ["FORMAT", "VERSION", "Adapter", "dump_adapter", "load_adapter", "load_labels"]

FORMAT, VERSION = "syncline-detector", 1
_MOST_TEXT = 4 << 20
_MOST_LABELS = 100_000
_SIDES = (16, 4096)

Layout = Literal["nchw", "nhwc"]
Colour = Literal["bgr", "rgb"]
Fit = Literal["stretch", "corner", "centre"]


@dataclass(frozen=True)
class Adapter:
    """How pictures get into a detector and boxes out of it.

    Attributes
    ----------
    model
        The ONNX file.
    labels
        One a class, in the order of the model's scores; an empty one is never reported.
    width, height
        Pixels of the input; 16..4096.
    layout
        Order of its axes: ``"nchw"`` or ``"nhwc"``.
    colour
        Order of its channels.
    fit
        ``"stretch"`` gives up the aspect; ``"corner"`` and ``"centre"`` keep it, the picture in the upper left or in
        the middle, and fill the rest with `pad`.
    mean, scale
        Three numbers, in the order of the channels: what goes in is (value 0..255 − mean) / scale.
    style
        Name of an output style (`detection.outputs`), `options` its parameters.
    overlap
        Of two boxes of a label that overlap by more (intersection over union), the surer one stays.
    threshold
        From what score on its detections deserve to be believed.
    """

    model: Path
    labels: tuple[str, ...]
    width: int
    height: int
    style: str
    name: str = ""
    layout: Layout = "nchw"
    colour: Colour = "bgr"
    fit: Fit = "corner"
    pad: float = 114.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    overlap: float = 0.45
    threshold: float = 0.4

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if not _SIDES[0] <= side <= _SIDES[1]:
                raise ParameterError(f"A detector's input is {side} pixels; it must be {_SIDES[0]} to {_SIDES[1]}.")
        for value, known, what in (
            (self.layout, get_args(Layout), "layout"),
            (self.colour, get_args(Colour), "colour"),
            (self.fit, get_args(Fit), "fit"),
        ):
            if value not in known:
                raise ParameterError(f"A detector's {what} is “{value}”, but must be one of {', '.join(known)}.")
        if not all(abs(v) <= 1e6 for v in (*self.mean, self.pad)) or not all(1e-6 <= abs(v) <= 1e6 for v in self.scale):
            raise ParameterError("A detector's mean, scale and pad must be finite numbers, the scale none of them 0.")
        if not (0 < self.overlap <= 1 and 0 <= self.threshold <= 1):
            raise ParameterError("A detector's overlap and threshold must lie between 0 and 1.")
        if not any(self.labels):
            raise ParameterError("A detector needs labels.")
        build(REGISTRY[self.style].params, self.options)


def load_labels(path: Path) -> tuple[str, ...]:
    """Labels of a text file, one a line; empty lines at its end are left out, others stand for a class.

    Raises
    ------
    MediaError
        Not an ordinary file, too large, or without a label.
    """
    text, _ = read_text(path, _MOST_TEXT, "choose the file of labels")
    lines = [" ".join(line.split())[:200] for line in text.rstrip().split("\n")]
    if not any(lines) or len(lines) > _MOST_LABELS:
        raise MediaError(f"“{shown(path)}” holds no labels, or more than {_MOST_LABELS}; it needs one a line.")
    return tuple(lines)


def load_adapter(path: str | Path) -> Adapter:
    """Read an adapter and its labels; the model is not opened yet.

    Raises
    ------
    MediaError
        One sentence: what is wrong with the file, or that a file it names lies elsewhere.
    """
    path = Path(path)
    found, _ = read_json(path, _MOST_TEXT)
    if not isinstance(found, dict) or cast("dict[str, Any]", found).get("format") != FORMAT:
        raise MediaError(f"“{shown(path)}” describes no detector; such a file says “format”: “{FORMAT}”.")
    values = cast("dict[str, Any]", found)
    version = values.pop("version", None)
    if version != VERSION:
        raise MediaError(f"“{shown(path)}” has version {str(version)[:20]}; this program reads {VERSION}.")
    del values["format"]
    checked: dict[str, Any] = {}
    for f in dataclasses.fields(Adapter):
        if f.name in values:
            checked[f.name] = _field(path, f.name, values.pop(f.name))
        elif f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            raise MediaError(f"“{shown(path)}” does not say “{f.name}”; add it.")
    if values:
        raise MediaError(f"“{shown(path)}” says “{str(next(iter(values)))[:40]}”, which no detector has.")
    checked.setdefault("name", path.stem)
    try:
        return Adapter(**checked)
    except ParameterError as error:
        raise MediaError(f"“{shown(path)}”: {error}") from None


def dump_adapter(adapter: Adapter) -> str:
    """The adapter as JSON text for a file beside its model; `load_adapter` gives it back."""
    values = {f.name: getattr(adapter, f.name) for f in dataclasses.fields(Adapter)}
    values |= {"model": adapter.model.name, "options": dict(adapter.options)}
    document = {"format": FORMAT, "version": VERSION, **values}
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


_WORDS = ("name", "layout", "colour", "fit", "style")
_WHOLE = ("width", "height")
_NUMBERS = ("pad", "overlap", "threshold")


def _field(path: Path, name: str, value: Any) -> Any:
    def number(v: Any) -> bool:
        return isinstance(v, (int, float)) and not isinstance(v, bool)

    if name in _WORDS and isinstance(value, str):
        return value[:200]
    if name in _WHOLE and isinstance(value, int) and not isinstance(value, bool):
        return value
    if name in _NUMBERS and number(value):
        return float(value)
    if name in ("mean", "scale") and isinstance(value, list):
        three = cast("list[Any]", value)
        if len(three) == 3 and all(map(number, three)):
            return tuple(map(float, three))
    if name == "model" and isinstance(value, str):
        return beside(path, value)
    if name == "labels":
        if isinstance(value, str):
            return load_labels(beside(path, value))
        if isinstance(value, list) and len(cast("list[Any]", value)) <= _MOST_LABELS:
            listed = cast("list[Any]", value)
            if all(isinstance(v, str) for v in listed):
                return tuple(" ".join(v.split())[:200] for v in listed)
    if name == "options" and isinstance(value, dict):
        return value
    raise MediaError(f"“{shown(path)}” says something for “{name}” that is not of its kind; see the manual.")
