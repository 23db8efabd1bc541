"""What is slow about a recording and stays the same whatever is edited, done once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import numpy as np

from ..extraction import extract_side
from ..media import load_emissions
from ..model import Features
from ..model.emissions import Emissions
from ..model.recordings import Recording, SegmentConstraints, SegmentRecipe
from ..progress import Monitor
from ..segmentation import term_of
from ..solvers.segment import REGISTRY
from ..speech import Look
from ._laid import Laid
from ._spelled import Said
from ._walls import Cut

__all__ = ["Prepared", "State", "prepare"]

T = TypeVar("T")


@dataclass(frozen=True)
class State:
    """What a solve came to, for the next one."""

    params: Any
    found: Laid | Cut
    said: Said | None = None


class _Memory:
    """What was worked out for one recording, by key, and the last solves by the constraints that they obeyed."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._made: dict[Hashable, object] = {}
        self._states: OrderedDict[int, tuple[SegmentConstraints, State]] = OrderedDict()

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of that key; two threads that ask for it wait for one to make it."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return cast("T", self._made[key])

    def state(self, solved: SegmentConstraints | None) -> State | None:
        """What the solve that obeyed this very object came to, if it is not long ago."""
        with self._lock:
            found = self._states.get(id(solved))
            if found is None:
                return None
            self._states.move_to_end(id(solved))
            return found[1]

    def keep(self, solved: SegmentConstraints, state: State) -> None:
        """Remember a solve, and forget the one that was asked for longest ago."""
        with self._lock:
            self._states[id(solved)] = solved, state
            while len(self._states) > 12:
                self._states.popitem(last=False)


@dataclass(frozen=True, eq=False)
class Prepared:
    """What solving one recording again and again needs; made by `prepare`, kept as long as the window shows it.

    Any thread may use it.

    Attributes
    ----------
    recording
        Id of the recording.
    recipe
        The method by name, its parameters as asked, the feature that is cut.
    reason
        What is cut, and by what, in one sentence.
    emissions
        What is heard in each frame, for a transcript; else None.
    rows
        The features that are cut; else None.
    others
        Ids and features of recordings that share the units of this one.
    look
        How its sound looks, or None where there is none.
    phonemes
        Whether the emissions are of phonemes, as `speech.pronounced` spells words.
    word_lag
        Of the acoustic model that was listened with; None where emissions are taken as they are.
    """

    recording: int
    recipe: SegmentRecipe
    reason: str
    emissions: Emissions | None = None
    rows: Features | None = None
    others: tuple[tuple[int, Features], ...] = ()
    look: Look | None = None
    phonemes: bool = False
    word_lag: float | None = None
    memory: _Memory = field(default_factory=_Memory, repr=False)


def prepare(
    recording: Recording,
    recipe: SegmentRecipe,
    *,
    others: Sequence[Recording] = (),
    monitor: Monitor | None = None,
) -> Prepared:
    """Do what is slow and stays the same whatever is edited.

    A new one is needed for another method, other features or other emissions; parameters, transcript and constraints
    may change.

    Parameters
    ----------
    others
        Recordings of the project that share the units of this one; for other methods they play no part.

    Raises
    ------
    ParameterError, MediaError, Cancelled
        As `segmentation.segment` and `segmentation.segment_speech`.
    """
    monitor = monitor or Monitor()
    name = recipe.method
    if name == "auto":
        name = "ctc" if recording.transcript or recording.emissions else "changepoints"
    method = REGISTRY[name]
    if "emissions" in method.kinds:
        return _listened(recording, replace(recipe, method=name), monitor)
    count = 1 + (len(others) if name == "units" else 0)
    monitor, looking = monitor.part(0.0, 0.9), monitor.part(0.9, 1.0)
    rows, what = _rows(recording, recipe.features, name, monitor.part(0.0, 1 / count, "Describing"))
    more: list[tuple[int, Features]] = []
    for k, other in enumerate(others[: count - 1], 1):
        part = monitor.part(k / count, (k + 1) / count, "Describing")
        more.append((other.id, _rows(other, recipe.features, name, part)[0]))
    resolved = replace(recipe, method=name)
    look = _looked(recording, looking)
    return Prepared(recording.id, resolved, f"{method.title} on {what}.", rows=rows, others=tuple(more), look=look)


def _listened(recording: Recording, recipe: SegmentRecipe, monitor: Monitor) -> Prepared:
    from .._hearing import emissions_of
    from ..speech import acoustic_of

    source, title = recording.emissions, REGISTRY[recipe.method].title
    if source is not None and not source.model:
        emissions = _loaded(recording)
        look = _looked(recording, monitor)
        return Prepared(recording.id, recipe, f"{title} on emissions.", emissions, look=look)
    acoustic = acoustic_of(source.model if source else None, monitor.part(0.0, 0.1))
    emissions = emissions_of(recording.media, model=acoustic, monitor=monitor.part(0.1, 0.8, "Listening"))
    look = _looked(recording, monitor.part(0.8, 1.0))
    return Prepared(
        recording.id, recipe, f"{title} on what {acoustic.name} hears.", emissions, look=look,
        phonemes=acoustic.phonemes, word_lag=acoustic.word_lag,
    )  # fmt: skip


def _looked(recording: Recording, monitor: Monitor) -> Look | None:
    """How the sound looks, where there is any."""
    from .._hearing import looked_at

    return None if recording.media.audio is None else looked_at(recording.media, monitor)


def _loaded(recording: Recording) -> Emissions:
    """Emissions from a file: the recording's own, or one beside it."""
    source = recording.emissions
    assert source is not None
    key = None if source.path else recording.media.options.get("key")
    return load_emissions(
        source.path or recording.media.path,
        source.labels or None,
        blank=source.blank or None,
        step=source.step,
        key=key if isinstance(key, str) and recording.media.path.suffix.lower() == ".npz" else None,
    )


def _rows(recording: Recording, recipe: str, method: str, monitor: Monitor) -> tuple[Features, str]:
    """The features of a recording that are cut, and what they are called."""
    source = recording.emissions
    if source is not None and not source.path and not source.model:
        e = _loaded(recording)
        times = e.start + (np.arange(len(e), dtype=np.float64) + 0.5) * e.step
        return Features(np.exp(e.log_probs), times, e.labels), "emissions"
    term = term_of(recording.media, recipe, method)
    return extract_side(recording.media, [term], monitor)[0], term.name
