"""Matching: how alike objects and words are, what the user knows about their links, and the links found.

A = objects = rows = i, B = words or phrases = columns = j. Similarities are larger for better pairs; what solvers
minimise is the cost `Similarity.top` − similarity. Elements are known by ids, so that constraints survive another
detection or another choice of words; arrays are in the order of the similarity's rows and columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

__all__ = ["Certificate", "Fees", "Link", "LinkConstraints", "Matching", "Part", "Similarity"]

F64 = NDArray[np.float64]

_LARGEST = 1e15
"""Beyond it float64 no longer tells neighbouring integers apart once some are added up."""


@dataclass(frozen=True, eq=False)
class Part:
    """What one source says: `values` float64 (n, m), which counts `weight` times in the similarity."""

    name: str
    values: F64
    weight: float = 1.0

    def __post_init__(self) -> None:
        self.values.setflags(write=False)


def _checked(values: Any, what: str) -> F64:
    array = np.array(values, np.float64)
    if array.ndim != 2:
        raise ParameterError(f"{what} needs shape (objects, words), not {array.shape}.")
    if np.isnan(array).any() or (array == np.inf).any():
        raise ParameterError(f"{what} holds NaN or +∞; only −∞ is allowed, and forbids the pair.")
    finite = array[np.isfinite(array)]
    if len(finite) and np.abs(finite).max() > _LARGEST:
        raise ParameterError(f"{what} holds numbers beyond {_LARGEST:g}; divide them all by one number first.")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Similarity:
    """How alike every object is to every word.

    Parameters
    ----------
    values
        (n, m), n objects in rows, m words in columns; either may be 0. Larger is better; −∞ forbids a pair.
    top
        The similarity of a perfect pair, whose cost is 0. None takes 1 if no value is above it, else the largest.
    parts
        What `values` is the weighted sum of, for showing a cell's contributions.
    a_ids, b_ids
        Ids of the rows (n) and columns (m), each unique on its side; empty numbers them from 0.
    a_names, b_names
        What messages call them; empty numbers them from 1.

    Raises
    ------
    ParameterError
        NaN, +∞, beyond 1e15, a wrong shape, or ids that repeat.

    Examples
    --------
    >>> s = Similarity.from_costs([[8, 25, 50], [50, 35, 75], [22, 48, 150]])
    >>> s.costs[0]
    array([ 8., 25., 50.])
    """

    values: F64
    top: float | None = None
    parts: tuple[Part, ...] = ()
    a_ids: tuple[int, ...] = ()
    b_ids: tuple[int, ...] = ()
    a_names: tuple[str, ...] = ()
    b_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = _checked(self.values, "The similarity matrix")
        object.__setattr__(self, "values", values)
        finite = values[np.isfinite(values)]
        if self.top is None:
            object.__setattr__(self, "top", max(1.0, float(finite.max())) if len(finite) else 1.0)
        elif not abs(self.top) <= _LARGEST:
            raise ParameterError(f"The similarity of a perfect pair is {self.top}; it must be a number.")
        for side, count in zip("ab", values.shape, strict=True):
            ids, names = getattr(self, f"{side}_ids"), getattr(self, f"{side}_names")
            noun = "object" if side == "a" else "word"
            ids = tuple(map(int, ids)) or tuple(range(count))
            names = tuple(names) or tuple(f"{noun} {k + 1}" for k in range(count))
            if len(ids) != count or len(names) != count or len(set(ids)) != count:
                raise ParameterError(f"{count} {noun}s need as many ids, each once, and as many names.")
            object.__setattr__(self, f"{side}_ids", ids)
            object.__setattr__(self, f"{side}_names", names)
        for part in self.parts:
            if part.values.shape != values.shape:
                raise ParameterError(f"The part “{part.name}” has shape {part.values.shape}, not {values.shape}.")

    @classmethod
    def from_costs(cls, costs: Any, **names: Any) -> Similarity:
        """Take a matrix (n, m) in which smaller is better and +∞ forbids a pair; `costs` gives it back unchanged."""
        return cls(-np.asarray(costs, np.float64), 0.0, **names)

    @classmethod
    def combine(cls, parts: Sequence[Part], **names: Any) -> Similarity:
        """Weighted mean of what several sources say; `parts` keep each one's share.

        Raises
        ------
        ParameterError
            No parts, a negative weight, or no weight above 0.
        """
        total = sum(p.weight for p in parts)
        if any(not p.weight >= 0 for p in parts) or not 0 < total < np.inf:
            raise ParameterError("A similarity needs at least one part with a weight above 0, and none below.")
        shares = tuple(replace(p, weight=p.weight / total) for p in parts if p.weight)
        # By += so that −∞ of a part forbids the pair, which a matrix product of 0 · ∞ would not.
        values = np.zeros(shares[0].values.shape)
        for p in shares:
            if p.values.shape != values.shape:
                raise ParameterError(f"The part “{p.name}” has shape {p.values.shape}, not {values.shape}.")
            values += p.weight * p.values
        return cls(values, None, shares, **names)

    @property
    def shape(self) -> tuple[int, int]:
        """Objects n and words m."""
        n, m = self.values.shape
        return n, m

    @cached_property
    def costs(self) -> F64:
        """float64 (n, m): `top` − `values`, what solvers minimise; +∞ where a pair is forbidden."""
        costs = cast(float, self.top) - self.values
        # −0.0 would be shown as “−0”.
        costs += 0.0
        costs.setflags(write=False)
        return costs


@dataclass(frozen=True)
class Fees:
    """Which elements of one side may stay unmatched, and what each costs that does.

    Fees are in the unit of the costs: an element of fee 0.4 that stays unmatched counts as much as a pair whose
    similarity is 0.4 below the top.

    Attributes
    ----------
    default
        For elements without an entry of their own; None: they must be matched, as far as the other side reaches.
    own
        By id; None: must be matched.
    """

    default: float | None = None
    own: Mapping[int, float | None] = field(default_factory=dict[int, "float | None"])

    def __post_init__(self) -> None:
        for fee in (self.default, *self.own.values()):
            if fee is not None and not abs(fee) <= _LARGEST:
                raise ParameterError(f"A fee is {fee}; it must be a number up to {_LARGEST:g}.")

    def on(self, ids: Sequence[int]) -> F64:
        """float64, one entry an id: the fee, +∞ where the element must be matched."""
        if not self.own:
            return np.full(len(ids), np.inf if self.default is None else self.default)
        fees = [self.own.get(k, self.default) for k in ids]
        return np.array([np.inf if fee is None else fee for fee in fees], np.float64)


@dataclass(frozen=True)
class LinkConstraints:
    """What the user knows: links that hold, links that don't, and who may stay unmatched.

    Pairs are (id of the object, id of the word). Those that name an element which is not there bind nobody.
    """

    locked: frozenset[tuple[int, int]] = frozenset()
    forbidden: frozenset[tuple[int, int]] = frozenset()
    a_fees: Fees = field(default_factory=Fees)
    b_fees: Fees = field(default_factory=Fees)


@dataclass(frozen=True)
class Link:
    """One link of a matching, by ids.

    Attributes
    ----------
    weight
        How much of it there is: 1 for an assignment, the attention, or the transported mass.
    similarity
        Of the pair.
    """

    a: int
    b: int
    weight: float
    similarity: float
    locked: bool = False


@dataclass(frozen=True, eq=False)
class Certificate:
    """Dual potentials that prove a matching or plan optimal: nothing can be cheaper than `bound`.

    Attributes
    ----------
    u, v
        float64 (n,), (m,): u_i + v_j ≤ C_ij for every pair that is open, and an element that may stay unmatched has a
        potential of at most its fee. NaN for elements that a lock takes out.
    bound
        The dual objective, locked pairs and fees included.
    gap
        Objective − `bound`; 0 up to rounding.
    slack
        The least reduced cost of all; 0 or more up to rounding.
    """

    u: F64
    v: F64
    bound: float
    gap: float
    slack: float


@dataclass(frozen=True, eq=False)
class Matching:
    """What a solver found.

    Attributes
    ----------
    method
        Name of the solver.
    similarity
        What was matched.
    weights
        float64 (n, m) in rows and columns of the similarity: an assignment (0 or 1), attention, or a transport plan.
    pairs
        intp (k, 2), rows and columns of the links that count as chosen, ascending; `links` are the same by ids.
    locked
        bool (k,): which of them the user locked.
    objective
        What the solver minimised, in the unit of the costs; each solver says what it includes.
    free_a, free_b
        float64 (n,), (m,): weight of each element that went to nobody.
    certificate
        For methods that prove their optimum, else None.
    figures
        Named numbers about the solution, such as ``entropy`` or ``marginal_error``; each solver says which.
    notes
        Sentences to show: what the user should know before believing the result.
    """

    method: str
    similarity: Similarity
    weights: F64
    pairs: NDArray[np.intp]
    locked: NDArray[np.bool_]
    objective: float
    free_a: F64
    free_b: F64
    certificate: Certificate | None = None
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.weights, self.pairs, self.locked, self.free_a, self.free_b):
            array.setflags(write=False)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The chosen links by ids, in the order of `pairs`."""
        i, j = self.pairs[:, 0], self.pairs[:, 1]
        a_ids, b_ids = self.similarity.a_ids, self.similarity.b_ids
        columns = (i, j, self.weights[i, j], self.similarity.values[i, j], self.locked)
        return tuple(
            Link(a_ids[a], b_ids[b], weight, value, locked)
            for a, b, weight, value, locked in zip(*(c.tolist() for c in columns), strict=True)
        )

    @property
    def total(self) -> float:
        """Sum of the chosen links' similarities."""
        return float(self.similarity.values[self.pairs[:, 0], self.pairs[:, 1]].sum())

    @cached_property
    def unmatched_a(self) -> NDArray[np.intp]:
        """Rows without a chosen link, ascending."""
        return np.setdiff1d(np.arange(len(self.free_a)), self.pairs[:, 0]).astype(np.intp)

    @cached_property
    def unmatched_b(self) -> NDArray[np.intp]:
        """Columns without a chosen link, ascending."""
        return np.setdiff1d(np.arange(len(self.free_b)), self.pairs[:, 1]).astype(np.intp)
