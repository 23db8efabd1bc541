"""Alignments of one pair side by side, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .media import Pair
from .paths import WarpingPath
from .session import Alignment

__all__ = ["Comparison", "Row", "worded"]


@dataclass(frozen=True, eq=False)
class Row:
    """One method on one choice of features.

    Attributes
    ----------
    method, features
        As they were asked for; the features of a recipe by its label.
    alignment
        What was found, with `path`, `seconds` of solving alone, and `errors` if the pair has a truth; None if it
        failed.
    trouble
        Why it failed, in one sentence; else empty.
    tau
        Kendall's tau of the features, whatever the method (`quality.progression`); None where there is none.
    p_dif
        Path difference to the truth, or without one to the path of `Comparison.against`, in frames (sound: in rows
        of the first features); None if it failed.
    """

    method: str
    features: str
    alignment: Alignment | None = None
    trouble: str = ""
    tau: float | None = None
    p_dif: float | None = None

    @property
    def path(self) -> WarpingPath | None:
        """The path that was found."""
        return None if self.alignment is None else self.alignment.path

    def figures(self) -> dict[str, float | None]:
        """The row in numbers, None where there is none; the keys are the same for every row of a comparison.

        ``cost`` is the method's own and comparable only between rows of the same features and metric, ``step_cost``
        the same for each step, ``seconds`` the time it took to solve. With a truth: ``count`` events, the errors of
        `model.Errors`, and ``within …`` for each tolerance.
        """
        path, al = self.path, self.alignment
        out: dict[str, float | None] = {
            "cost": None if path is None or np.isnan(path.cost) else path.cost,
            "step_cost": None if path is None or np.isnan(path.cost) else path.mean_cost,
            "seconds": None if al is None else al.seconds,
            "tau": self.tau,
            "p_dif": self.p_dif,
        }
        errors = None if al is None else al.errors
        if errors is not None:
            shares = {f"within {word}": share for word, share in errors.within.items()}
            out |= {k: v for k, v in vars(errors).items() if k != "within"} | shares
        return out


@dataclass(frozen=True, eq=False)
class Comparison:
    """All rows, in the order of features, then methods; the last is the uniform stretch.

    Attributes
    ----------
    against
        What `Row.p_dif` is measured to: ``"truth"``, or the method and the features of the first row with a path.
    """

    pair: Pair
    rows: tuple[Row, ...]
    against: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys of the figures that some row has."""
        names: dict[str, None] = {}
        for row in self.rows:
            names |= dict.fromkeys(row.figures())
        return tuple(names)


def worded(column: str, value: float | None) -> str:
    """A figure as a person reads it; empty where there is none."""
    if value is None:
        return ""
    if column.startswith("within "):
        return f"{value:.1%}"
    if column in ("cost", "step_cost"):
        return f"{value:.5g}"
    decimals = {"count": 0, "seconds": 3, "tau": 4, "p_dif": 2}.get(column, 1 if column.endswith("_ms") else 2)
    return f"{value:.{decimals}f}".replace("-", "−")
