"""What an acoustic model says of every frame."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

__all__ = ["Emissions", "let_go"]


def let_go(log_probs: NDArray[np.float32]) -> None:
    """Give pages of values that lie in a file (`load_emissions`) back: all that were looked at count as memory.

    For long passes, now and then; whoever looks at a value again gets it again.
    """
    base: object = log_probs
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)


@dataclass(frozen=True, eq=False)
class Emissions:
    """How likely each label is in each frame.

    Attributes
    ----------
    log_probs
        float32 (T, C), C-contiguous, read-only: natural logarithms; every row sums to 1 as probabilities, except rows
        of −∞, in which nothing is possible. −∞ is allowed, NaN is not.
    labels
        C names.
    blank
        Index of the label that stands for none.
    start, step
        Seconds: frame t spans start + t · step .. start + (t + 1) · step.
    gaps
        Whether any value is −∞.

    Raises
    ------
    ParameterError
        None of this holds.
    """

    log_probs: NDArray[np.float32]
    labels: tuple[str, ...]
    blank: int = 0
    start: float = 0.0
    step: float = 0.02
    gaps: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        p = self.log_probs
        if p.ndim != 2 or not p.shape[0] or not p.shape[1]:
            raise ParameterError(f"Emissions need frames and labels, shape (T, C), not {p.shape}.")
        if len(self.labels) != p.shape[1]:
            raise ParameterError(f"There are {len(self.labels)} labels for {p.shape[1]} columns of emissions.")
        if len(set(self.labels)) != len(self.labels):
            twice = next(x for k, x in enumerate(self.labels) if x in self.labels[:k])
            raise ParameterError(f"The label “{twice}” stands twice; name every column differently.")
        if not 0 <= self.blank < p.shape[1]:
            raise ParameterError(f"The blank is column {self.blank}, but there are columns 0 to {p.shape[1] - 1}.")
        if not self.step > 0 or not np.isfinite(self.step) or not np.isfinite(self.start):
            raise ParameterError(f"A frame lasts {self.step:g} s; it must be more than 0.")
        # Some frames at once: what says so of each value would take a quarter of what the values do.
        gaps = False
        for at in range(0, len(p), 4096):
            part = p[at : at + 4096]
            gaps = gaps or bool(np.isneginf(part).any())
            if not (part <= 1e-3).all():
                raise ParameterError("Log-probabilities must be numbers of at most 0; normalise the emissions first.")
            self.let_go()
        object.__setattr__(self, "gaps", gaps)
        p.setflags(write=False)

    def let_go(self) -> None:
        """As the function of that name, of all values."""
        let_go(self.log_probs)

    def column(self, label: int) -> NDArray[np.float64]:
        """Log-probabilities of one label, float64 (T,): some frames at once, as they may lie in a file."""
        found = np.empty(len(self), np.float64)
        for at in range(0, len(self), 4096):
            found[at : at + 4096] = self.log_probs[at : at + 4096, label]
            self.let_go()
        return found

    def __len__(self) -> int:
        return len(self.log_probs)

    @property
    def duration(self) -> float:
        """Seconds from the start of the first frame to the end of the last."""
        return len(self) * self.step

    def index(self, names: tuple[str, ...] | list[str]) -> NDArray[np.int64]:
        """Columns of labels by name: int64 (L,).

        Raises
        ------
        ParameterError
            There is no such label.
        """
        known = {name: k for k, name in enumerate(self.labels)}
        for name in names:
            if name not in known:
                raise ParameterError(f"There is no label “{name}” among the {len(self.labels)} of the emissions.")
        return np.array([known[name] for name in names], np.int64)
