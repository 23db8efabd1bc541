"""A user's own acoustic model: an ONNX file trained with CTC, its tokens, and a small JSON file that describes both.

``{"format": "syncline-acoustic", "version": 1, "name": "My model", "model": "mine.onnx", "tokens": "tokens.txt",
"input": "waveform", "rate": 16000, "frame": 320, "blank": "<pad>", "spelling": "letters", "lag": 0.0,
"normalise": "none", "size": 400, "window": 400, "hop": 160, "bands": 80, "low": 0, "high": 8000, "mel": "slaney",
"log": "ln", "floor": 1e-10, "layout": "time_bands"}``

Only `model`, `tokens` and `frame` are needed; those from `size` on say how ``"log_mel"`` is made. Names of files are
relative to the folder of the adapter and may not lead out of it; `tokens` is a text file, one a line (a number behind
each is left out), a JSON vocabulary, or a list. What the model puts out may be probabilities' logarithms or logits.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, ParameterError
from ..files import beside, read_json, shown
from ..labels import blank_among, load_labels
from ..network import Network
from ..progress import Monitor
from .spectra import mel_power

__all__ = ["FORMAT", "VERSION", "AcousticAdapter", "OwnModel", "load_acoustic"]

F32 = NDArray[np.float32]

FORMAT, VERSION = "syncline-acoustic", 1
_MOST_TEXT = 16 << 20
_MOST_TOKENS = 100_000

Input = Literal["waveform", "log_mel"]
Spelling = Literal["letters", "phonemes"]
Normalise = Literal["none", "recording", "bands"]
Mel = Literal["slaney", "htk"]
Log = Literal["ln", "log10", "db"]
Layout = Literal["time_bands", "bands_time"]


@dataclass(frozen=True)
class AcousticAdapter:
    """How sound gets into a model and labels out of it.

    Attributes
    ----------
    model
        The ONNX file; one input, (1, N) or (1, T, bands), and (1, T, C) or (T, C) as its first output.
    tokens
        One a column of its output.
    frame
        Samples from one of its frames to the next.
    rate
        Hz of the sound it wants.
    blank
        Name of the token that stands for none; empty: a usual one, else the first.
    spelling
        ``"letters"``, or ``"phonemes"`` as the extra ``speech`` spells words.
    lag
        Seconds that its labels come late.
    normalise
        To mean 0 and deviation 1: ``"recording"`` all that goes in (a window of 20 s), ``"bands"`` each band of it.
    size, window, hop, bands, low, high, mel, log, floor
        Of ``"log_mel"``: samples of the transform, of its window, between windows; number of bands from low to high
        Hz; kind of bands; logarithm, and the least power that it is taken of.
    layout
        ``"time_bands"`` (1, T, bands), or ``"bands_time"`` (1, bands, T).
    """

    model: Path
    tokens: tuple[str, ...]
    frame: int
    name: str = ""
    input: Input = "waveform"
    rate: int = 16000
    blank: str = ""
    spelling: Spelling = "letters"
    lag: float = 0.0
    normalise: Normalise = "none"
    size: int = 400
    window: int = 400
    hop: int = 160
    bands: int = 80
    low: float = 0.0
    high: float = 8000.0
    mel: Mel = "slaney"
    log: Log = "ln"
    floor: float = 1e-10
    layout: Layout = "time_bands"

    def __post_init__(self) -> None:
        for value, low, high, what in (
            (self.rate, 4000, 96000, "rate"),
            (self.frame, 16, 48000, "frame"),
            (self.size, 16, 1 << 16, "size"),
            (self.window, 16, self.size, "window"),
            (self.hop, 1, 1 << 16, "hop"),
            (self.bands, 1, 1024, "bands"),
            (self.lag, -1.0, 0.4, "lag"),
            (self.low, 0.0, self.high, "low"),
            (self.high, 1.0, self.rate / 2, "high"),
            (self.floor, 1e-30, 1.0, "floor"),
        ):
            if not low <= value <= high:
                raise ParameterError(f"The {what} is {value:g}; it must lie between {low:g} and {high:g}.")
        for value, kinds, what in (
            (self.input, Input, "input"),
            (self.spelling, Spelling, "spelling"),
            (self.normalise, Normalise, "normalise"),
            (self.mel, Mel, "mel"),
            (self.log, Log, "log"),
            (self.layout, Layout, "layout"),
        ):
            if value not in get_args(kinds):
                raise ParameterError(f"The {what} is “{value}”, but must be one of {', '.join(get_args(kinds))}.")
        if len(self.tokens) < 2 or len(set(self.tokens)) != len(self.tokens):
            raise ParameterError("An acoustic model needs at least two tokens, each once.")
        if self.blank and self.blank not in self.tokens:
            raise ParameterError(f"The blank “{self.blank}” is none of the tokens.")


class OwnModel:
    """An `Acoustic` by ONNX Runtime. One thread at a time.

    Raises
    ------
    MediaError
        The model can't be used.
    Cancelled
        The monitor was told to stop.
    """

    word_lag = 0.0

    def __init__(self, adapter: AcousticAdapter, monitor: Monitor | None = None) -> None:
        self.adapter, self.name = adapter, adapter.name or adapter.model.stem
        self.labels, self.rate, self.frame, self.lag = adapter.tokens, adapter.rate, adapter.frame, adapter.lag
        self.phonemes = adapter.spelling == "phonemes"
        self.blank = self.labels.index(adapter.blank) if adapter.blank else blank_among(self.labels)
        self._network = Network(adapter.model, monitor=monitor)
        axes = len(self._network.inputs[0][1])
        wanted = 2 if adapter.input == "waveform" else 3
        if len(self._network.inputs) != 1 or axes != wanted:
            raise MediaError(
                f"“{shown(adapter.model)}” does not take one array of {wanted} axes, as its adapter says; save it with "
                "that as its only input."
            )

    def hear(self, samples: F32, monitor: Monitor) -> F32:
        """Log-probabilities float32 (T, C) of samples (N,), logits normalised."""
        array = _prepared(self.adapter, samples)
        if "float16" in self._network.inputs[0][2]:
            array = array.astype(np.float16)
        rows = self._network.run(array, monitor)[0].astype(np.float32)
        if rows.ndim == 3 and rows.shape[0] == 1:
            rows = rows[0]
        if rows.ndim != 2 or not rows.size:
            raise MediaError(
                f"“{self.name}” puts out the shape {rows.shape}; frames and labels, (1, T, C), are needed."
            )
        rows = rows - rows.max(1, keepdims=True)
        return rows - np.log(np.exp(rows).sum(1, keepdims=True))


def _prepared(adapter: AcousticAdapter, samples: F32) -> F32:
    x = samples
    if adapter.input == "log_mel":
        a = adapter
        # As many windows as there are hops, centred on them.
        around = np.concatenate(
            [np.zeros(a.size // 2, np.float32), samples, np.zeros(a.size - a.size // 2, np.float32)]
        )
        x = mel_power(around, a.rate, a.size, a.window, a.hop, a.bands, a.low, a.high, a.mel == "slaney")
        x = x[: max(1, len(samples) // a.hop)]
        x = np.log(np.maximum(x, np.float32(a.floor)))
        x *= {"ln": 1.0, "log10": 1 / np.log(10), "db": 10 / np.log(10)}[a.log]
    if adapter.normalise != "none":
        axis = 0 if adapter.normalise == "bands" else None
        x = (x - x.mean(axis, keepdims=True)) / (x.std(axis, keepdims=True) + 1e-7)
    if adapter.input == "log_mel" and adapter.layout == "bands_time":
        x = x.T
    return np.ascontiguousarray(x[None], np.float32)


def load_acoustic(path: str | Path, monitor: Monitor | None = None) -> OwnModel:
    """Read an adapter, its tokens and its model.

    Raises
    ------
    MediaError
        One sentence: what is wrong with a file, or that one lies elsewhere.
    Cancelled
        The monitor was told to stop.
    """
    return OwnModel(_adapter(Path(path)), monitor)


def _adapter(path: Path) -> AcousticAdapter:
    found, _ = read_json(path, _MOST_TEXT)
    if not isinstance(found, dict) or cast("dict[str, Any]", found).get("format") != FORMAT:
        raise MediaError(f"“{shown(path)}” describes no acoustic model; such a file says “format”: “{FORMAT}”.")
    values = cast("dict[str, Any]", found)
    version = values.pop("version", None)
    if version != VERSION:
        raise MediaError(f"“{shown(path)}” has version {str(version)[:20]}; this program reads {VERSION}.")
    del values["format"]
    checked: dict[str, Any] = {"name": path.stem}
    for f in dataclasses.fields(AcousticAdapter):
        if f.name in values:
            checked[f.name] = _field(path, f, values.pop(f.name))
        elif f.default is dataclasses.MISSING:
            raise MediaError(f"“{shown(path)}” does not say “{f.name}”; add it.")
    if values:
        raise MediaError(f"“{shown(path)}” says “{str(next(iter(values)))[:40]}”, which no acoustic model has.")
    try:
        return AcousticAdapter(**checked)
    except ParameterError as error:
        raise MediaError(f"“{shown(path)}”: {error}") from None


def _field(path: Path, field: dataclasses.Field[Any], value: Any) -> Any:
    if field.name == "model" and isinstance(value, str):
        return beside(path, value)
    if field.name == "tokens":
        if isinstance(value, str):
            return load_labels(beside(path, value))
        if isinstance(value, list) and len(cast("list[Any]", value)) <= _MOST_TOKENS:
            listed = cast("list[Any]", value)
            if all(isinstance(v, str) for v in listed):
                return tuple(cast("list[str]", listed))
    elif isinstance(field.default, str) and isinstance(value, str):
        return value[:200]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(field.default, float):
            return float(value)
        if isinstance(value, int) and not isinstance(field.default, str) and field.name != "model":
            return value
    named = {
        "model": "the name of a file",
        "tokens": "the name of a file, or a list of words",
        "frame": "a whole number",
    }
    plain = "a word" if isinstance(field.default, str) else "a number"
    wanted = named.get(field.name) or ("a whole number" if isinstance(field.default, int) else plain)
    raise MediaError(f"What “{shown(path)}” says for “{field.name}” must be {wanted}.")
