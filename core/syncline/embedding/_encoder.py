"""What was learned, frozen: the map with all that is needed to use it again."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..learning._maps import apply, map_shapes
from ..model import Features
from ..weights import digest_of, load_weights, read_training, weights_of, whole, write_training, write_weights

__all__ = ["METHODS", "VERSION", "Encoder", "embed", "keep", "kept", "load_encoder", "save_encoder"]

F64 = NDArray[np.float64]

FORMAT = "syncline-encoder"
VERSION = 1
"""Raised when the same weights give other embeddings."""
METHODS = {"cycle": "Cycle consistency", "metric": "Learned from anchors"}
"""How encoders come about, and what lists call them."""
BLOCK = 4096
"""Rows mapped at a time, so that context and hidden units of long recordings need no room."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """A trained map from features to embeddings, the same for every recording and every row.

    Attributes
    ----------
    method
        How it came about, one of `METHODS`.
    base
        Short form of the feature recipe it reads, such as ``"pose+0.5*motion"``; empty if it was trained on arrays.
    leader
        Which term of that recipe gives the times of the rows.
    context, stride
        A row is read together with so many before and after it, so many rows apart.
    standardise
        Each channel of each recording is brought to mean 0 and standard deviation 1 first.
    arrays
        float64 by name: ``centre`` (D,) is subtracted, ``scale`` (D,) multiplied, then ``map.linear`` ((2 c + 1) D, k),
        and where there are hidden units ``map.hidden``, ``map.bias`` and ``map.out``: x L + tanh(x H + b) O.
    curve
        float64 (epochs, 4): epoch, loss, Kendall's tau, cycle-consistent share; NaN where there is none.
    figures
        Named numbers of the training.
    notes
        Sentences to show.
    name
        Given by the user.

    Raises
    ------
    ParameterError
        Arrays that don't fit together, or are not finite.
    """

    method: str
    arrays: Mapping[str, F64]
    base: str = ""
    leader: int = 0
    context: int = 0
    stride: int = 1
    standardise: bool = True
    curve: F64 = field(default_factory=lambda: np.zeros((0, 4)))
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()
    name: str = ""
    version: int = VERSION

    def __post_init__(self) -> None:
        if self.method not in METHODS or self.version != VERSION:
            raise ParameterError("The encoder was trained by another version of this program: train again.")
        a = self.arrays
        linear = a.get("map.linear", np.zeros(0))
        width, hidden = len(a.get("scale", ())), len(a.get("map.bias", ()))
        if linear.ndim != 2 or not linear.size or self.context < 0 or self.stride < 1 or self.curve.shape[1:] != (4,):
            raise ParameterError("The arrays of the encoder don't fit together: train again.")
        rows = (2 * self.context + 1) * width
        wanted = {"centre": (width,), "scale": (width,), **map_shapes("map", rows, linear.shape[1], hidden)}
        if {k: v.shape for k, v in a.items()} != wanted:
            raise ParameterError("The arrays of the encoder don't fit together: train again.")
        if not all(np.isfinite(v).all() for v in a.values()):
            raise ParameterError("The encoder holds numbers that are not finite: train again.")
        object.__setattr__(self, "arrays", MappingProxyType(dict(a)))
        for array in (*a.values(), self.curve):
            array.setflags(write=False)

    @property
    def width(self) -> int:
        """Channels that it reads."""
        return len(self.arrays["scale"])

    @property
    def dimensions(self) -> int:
        """Channels of an embedding."""
        return self.arrays["map.linear"].shape[1]

    @property
    def digest(self) -> str:
        """BLAKE2b of all that embeddings depend on, hex; recipes name an encoder by it."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        known = [self.version, self.base, self.leader, self.context, self.stride, self.standardise]
        return digest_of(known, self.arrays)

    @property
    def label(self) -> str:
        """What lists call it."""
        return self.name or f"{METHODS[self.method]} · {self.base or 'given features'}"

    def prepared(self, values: NDArray[np.floating]) -> F64:
        """Rows (T, D) as the map reads them, but for their context: float64 (T, D).

        Raises
        ------
        ParameterError
            Another number of channels than it was trained on.
        """
        if values.ndim != 2 or values.shape[1] != self.width:
            raise ParameterError(
                f"The encoder reads {self.width} channels, but there are {values.shape[-1]}: train again."
            )
        x = standardised(values) if self.standardise else values.astype(np.float64)
        return (x - self.arrays["centre"]) * self.arrays["scale"]

    def __call__(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Embeddings float32 (T, k) of features (T, D)."""
        x = self.prepared(values)
        out = np.empty((len(x), self.dimensions), np.float32)
        for at in range(0, len(x), BLOCK):
            rows = np.arange(at, min(at + BLOCK, len(x)))
            out[rows] = apply(self.arrays, "map", in_context(x, rows, self.context, self.stride))[0]
        return out

    def to_plain(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """What JSON can hold, and the arrays; `from_plain` gives the same encoder back."""
        head = {
            "method": self.method,
            "version": self.version,
            "base": self.base,
            "leader": self.leader,
            "context": self.context,
            "stride": self.stride,
            "standardise": self.standardise,
            **write_training(self.curve, self.figures, self.notes, self.name),
        }
        return head, dict(self.arrays)

    @classmethod
    def from_plain(cls, head: Any, arrays: Mapping[str, NDArray[Any]]) -> Encoder:
        """Take what `to_plain` gave, or what a damaged or hostile file says instead.

        Raises
        ------
        ParameterError
            It is no encoder of this program; one sentence.
        """
        try:
            h = dict(head)
            return cls(
                str(h["method"]),
                weights_of(arrays),
                str(h["base"]),
                *(whole(h[k]) for k in ("leader", "context", "stride")),
                standardise=h["standardise"] is True,
                version=whole(h["version"]),
                **read_training(h, 4),
            )
        except ParameterError:
            raise
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ParameterError("What was kept of the encoder is damaged: train again.") from None


def standardised(values: NDArray[np.floating]) -> F64:
    """Channels at mean 0 and standard deviation 1; constant ones become 0."""
    x = values.astype(np.float64)
    x -= x.mean(0)
    spread = x.std(0)
    # What is left of a constant after subtracting its mean is rounding.
    flat = spread <= 1e-12 * np.maximum(np.abs(values).max(0, initial=0.0), 1e-300)
    return np.where(flat, 0.0, x / np.where(flat, 1.0, spread))


def in_context(x: F64, rows: NDArray[np.integer], context: int, stride: int) -> F64:
    """Those rows with the ones around them side by side: (len(rows), (2 c + 1) D); ends are repeated."""
    if not context:
        return x[rows]
    steps = stride * np.arange(-context, context + 1)
    at = np.clip(np.asarray(rows)[:, None] + steps, 0, len(x) - 1)
    return x[at].reshape(len(rows), -1)


def embed(encoder: Encoder, features: Features) -> Features:
    """The embedding of a sequence of features, at the same times."""
    return Features(encoder(features.values), features.times)


# -- files ----------------------------------------------------------------------------------------


def save_encoder(encoder: Encoder, target: str | Path) -> Path:
    """Write an encoder to a .npz file, which is either complete or not there.

    Raises
    ------
    ExportError
        The folder can't be written to.
    """
    write_weights(*encoder.to_plain(), Path(target), FORMAT)
    return Path(target)


def load_encoder(path: str | Path) -> Encoder:
    """Read what `save_encoder` wrote.

    Raises
    ------
    MediaError
        It can't be read, or is no encoder.
    """
    return load_weights(path, FORMAT, "encoder", Encoder.from_plain)


# -- at hand --------------------------------------------------------------------------------------

_lock = threading.Lock()
_shelf: dict[str, Encoder] = {}


def keep(encoder: Encoder) -> str:
    """Have an encoder at hand under its digest, which it returns, for recipes that name it by that."""
    with _lock:
        _shelf[encoder.digest] = encoder
    return encoder.digest


def kept(digest: str) -> Encoder | None:
    """The encoder of that digest, or None if nobody put it here."""
    with _lock:
        return _shelf.get(digest)
