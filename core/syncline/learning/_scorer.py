"""What was learned, frozen: weights with all that is needed to use them again, and to know where they came from."""

from __future__ import annotations

import dataclasses
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
from ..weights import digest_of, load_weights, read_training, weights_of, whole, write_training, write_weights
from ._examples import F64, Widths

__all__ = ["Scorer", "keep", "kept", "load_scorer", "save_scorer"]

FORMAT = "syncline-scorer"


@dataclass(frozen=True, eq=False)
class Scorer:
    """A trained model that says how well objects and phrases fit.

    Attributes
    ----------
    method
        Name of the learner.
    version
        Of the learner; one of another version is not used.
    params
        The learner's parameters object.
    widths
        Of what it was trained on.
    arrays
        Weights by name, float64.
    calibration
        Slope α and offset β: a raw score r becomes 1 / (1 + exp(−α r − β)), the chance that a pair belongs together
        where links and others are equally many.
    curve
        float64 (epochs, 3): epoch, loss of training, loss on held-out pictures (NaN without).
    figures
        Named numbers of the training.
    notes
        Sentences to show.
    name
        Given by the user.

    Raises
    ------
    ParameterError
        Arrays of other shapes than the learner's, or not finite.
    """

    method: str
    version: int
    params: Any
    widths: Widths
    arrays: Mapping[str, F64]
    calibration: tuple[float, float]
    curve: F64
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        from ._training import REGISTRY

        method = REGISTRY[self.method]
        if not isinstance(self.params, method.params):
            raise ParameterError(f"The parameters of {self.method} must be {method.params.__name__}.")
        if self.version != method.version:
            raise ParameterError(
                f"The scorer was trained by version {self.version} of “{method.title}”, this program has "
                f"{method.version}: train again."
            )
        wanted = method.call().shapes(self.params, self.widths)
        if {k: a.shape for k, a in self.arrays.items()} != wanted or self.curve.ndim != 2 or self.curve.shape[1] != 3:
            raise ParameterError("The arrays of the scorer are not those of its method: train again.")
        if not all(np.isfinite(a).all() for a in (*self.arrays.values(), np.array(self.calibration))):
            raise ParameterError("The scorer holds numbers that are not finite: train again.")
        object.__setattr__(self, "arrays", MappingProxyType(dict(self.arrays)))
        for array in (*self.arrays.values(), self.curve):
            array.setflags(write=False)

    @property
    def digest(self) -> str:
        """BLAKE2b of all that scores depend on, hex; recipes name a scorer by it."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        asked, widths = dataclasses.asdict(self.params), dataclasses.asdict(self.widths)
        return digest_of([self.method, self.version, asked, widths, *self.calibration], self.arrays)

    @property
    def label(self) -> str:
        """What lists call it."""
        from ._training import REGISTRY

        return self.name or f"{REGISTRY[self.method].title} · {self.figures.get('pairs', 0):g} links"

    def to_plain(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """What JSON can hold, and the arrays; `from_plain` gives the same scorer back."""
        head = {
            "method": self.method,
            "version": self.version,
            "params": dataclasses.asdict(self.params),
            "widths": dataclasses.asdict(self.widths),
            "calibration": list(self.calibration),
            **write_training(self.curve, self.figures, self.notes, self.name),
        }
        return head, dict(self.arrays)

    @classmethod
    def from_plain(cls, head: Any, arrays: Mapping[str, NDArray[Any]]) -> Scorer:
        """Take what `to_plain` gave, or what a damaged or hostile file says instead.

        Raises
        ------
        ParameterError
            It is no scorer of this program; one sentence.
        """
        from ..registry import build
        from ._training import REGISTRY

        try:
            h = dict(head)
            method = str(h["method"])
            params = build(REGISTRY[method].params, h["params"])
            widths = Widths(**{k: whole(v) for k, v in dict(h["widths"]).items()})
            alpha, beta = map(float, h["calibration"])
            version, weights, training = whole(h["version"]), weights_of(arrays), read_training(h, 3)
        except ParameterError as error:
            raise ParameterError(f"The scorer can't be used: {error}") from None
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ParameterError("What was kept of the scorer is damaged: train again.") from None
        return cls(method, version, params, widths, weights, (alpha, beta), **training)


# -- files ----------------------------------------------------------------------------------------


def save_scorer(scorer: Scorer, target: str | Path) -> Path:
    """Write a scorer to a .npz file, which is either complete or not there.

    Raises
    ------
    ExportError
        The folder can't be written to.
    """
    write_weights(*scorer.to_plain(), Path(target), FORMAT)
    return Path(target)


def load_scorer(path: str | Path) -> Scorer:
    """Read what `save_scorer` wrote.

    Raises
    ------
    MediaError
        It can't be read, or is no scorer.
    """
    return load_weights(path, FORMAT, "scorer", Scorer.from_plain)


# -- at hand --------------------------------------------------------------------------------------

_lock = threading.Lock()
_shelf: dict[str, Scorer] = {}


def keep(scorer: Scorer) -> str:
    """Have a scorer at hand under its digest, which it returns, for recipes that name it by that.

    The digest says all that scores depend on, so that it makes no difference who puts it here, or how often.
    """
    with _lock:
        _shelf[scorer.digest] = scorer
    return scorer.digest


def kept(digest: str) -> Scorer | None:
    """The scorer of that digest, or None if nobody put it here."""
    with _lock:
        return _shelf.get(digest)
