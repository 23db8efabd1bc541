"""What was learned, frozen: weights with all that is needed to use them again, and to know where they came from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..atomic import replacing
from ..errors import MediaError, ParameterError
from ..files import check_file, guarded, shown
from ._examples import F64, Widths

__all__ = ["Scorer", "keep", "kept", "load_scorer", "save_scorer"]

FORMAT = "syncline-scorer"
_MOST_BYTES = 256 << 20
_MOST_TEXT = 1 << 20


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
        text = json.dumps(
            [
                self.method,
                self.version,
                dataclasses.asdict(self.params),
                dataclasses.asdict(self.widths),
                *self.calibration,
            ]
        )
        h = hashlib.blake2b(text.encode(), digest_size=16)
        for name in sorted(self.arrays):
            h.update(f"\0{name}\0".encode())
            h.update(np.ascontiguousarray(self.arrays[name], "<f8").tobytes())
        return h.hexdigest()

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
            # JSON has neither NaN nor infinity; training that ran away tells of both.
            "curve": [[v if np.isfinite(v) else None for v in row] for row in self.curve.tolist()],
            "figures": {k: v for k, v in self.figures.items() if np.isfinite(v)},
            "notes": list(self.notes),
            "name": self.name,
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
            method, name = str(h["method"]), str(h["name"])
            params = build(REGISTRY[method].params, h["params"])
            widths = Widths(**{k: _whole(v) for k, v in dict(h["widths"]).items()})
            alpha, beta = map(float, h["calibration"])
            rows = [[np.nan if v is None else float(v) for v in row] for row in h["curve"]]
            figures = {str(k): float(v) for k, v in dict(h["figures"]).items()}
            notes = tuple(str(v) for v in h["notes"])
            version = _whole(h["version"])
            weights = {str(k): np.array(v, np.float64) for k, v in arrays.items()}
            curve = np.array(rows, np.float64).reshape(-1, 3)
        except ParameterError as error:
            raise ParameterError(f"The scorer can't be used: {error}") from None
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ParameterError("What was kept of the scorer is damaged: train again.") from None
        return cls(method, version, params, widths, weights, (alpha, beta), curve, figures, notes, name)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 20:
        raise ValueError
    return value


# -- files ----------------------------------------------------------------------------------------


def save_scorer(scorer: Scorer, target: str | Path) -> Path:
    """Write a scorer to a .npz file, which is either complete or not there.

    Raises
    ------
    ExportError
        The folder can't be written to.
    """
    head, arrays = scorer.to_plain()
    text = json.dumps({"format": FORMAT, **head}, allow_nan=False)
    with replacing(Path(target)) as part, part.open("wb") as file:
        np.savez(file, head=np.frombuffer(text.encode(), np.uint8), **cast("dict[str, Any]", arrays))
    return Path(target)


def load_scorer(path: str | Path) -> Scorer:
    """Read what `save_scorer` wrote.

    Raises
    ------
    MediaError
        It can't be read, or is no scorer.
    """
    path = Path(path)
    if check_file(path).st_size > _MOST_BYTES:
        raise MediaError(f"“{shown(path)}” is larger than {_MOST_BYTES >> 20} MB; it is no scorer.")
    with guarded(path, "as a scorer"), zipfile.ZipFile(path) as archive:
        arrays = {i.filename.removesuffix(".npy"): _member(archive, i, path) for i in archive.infolist()}
        text = arrays.pop("head", np.zeros(0, np.uint8)).tobytes()
        head: Any = json.loads(text) if 0 < len(text) < _MOST_TEXT else {}
        if not isinstance(head, dict) or cast("dict[str, Any]", head).pop("format", "") != FORMAT:
            raise MediaError(f"“{shown(path)}” is no scorer; choose a file that was written after training.")
    try:
        return Scorer.from_plain(head, arrays)
    except ParameterError as error:
        raise MediaError(f"“{shown(path)}”: {error}") from None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> NDArray[Any]:
    """An array of an archive, refused before anything is allocated if its header says more than the file holds."""
    # Packed members could unfold to any size; ours are not packed.
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > _MOST_BYTES:
        raise MediaError(f"“{shown(path)}” is packed as no scorer is; choose another file.")
    with archive.open(info) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("not an array")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        data = file.read()
    count = 1
    for side in shape:
        count *= side
    if dtype not in (np.dtype("<f8"), np.dtype("u1")) or count * dtype.itemsize != len(data):
        raise ValueError("not an array of a scorer")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


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
