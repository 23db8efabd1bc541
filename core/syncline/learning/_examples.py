"""What is learned from: pictures as arrays, with what is known of their links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

__all__ = ["F64", "Bool", "Example", "Pairs", "Scaling", "Widths"]

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Widths:
    """Numbers that describe one object, one phrase and one region of a picture.

    Attributes
    ----------
    shared
        The first so many of `objects` and of `words` are coordinates of one space, such as the embeddings of a label
        and of a phrase, in which what is alike is near already; 0: there is no such space.
    regions
        0 where pictures have no regions.
    """

    objects: int
    words: int
    shared: int = 0
    regions: int = 0


@dataclass(frozen=True, eq=False)
class Example:
    """A picture: n objects, m phrases.

    Parameters
    ----------
    objects
        float64 (n, p). NaN, only beyond the first `shared` columns: not known; counts as the average of all pictures.
    words
        float64 (m, q).
    links
        bool (n, m): what is known to belong together.
    known
        bool (n, m): of which pairs it is known whether they do; all of `links` are.
    object_names, word_names
        What they are called; empty: each has a name of its own. Pairs of different pictures are no counterexample
        where the same names are linked elsewhere.
    captions
        intp (m,): the caption of each phrase; within one, an object is meant once. None: all in one.
    shared
        As `Widths.shared`.
    regions
        float32 or float64 (rows, columns, d): a grid over the picture, or None.
    cover
        float64 (n, rows, columns) in 0..1: share of each region that each object's box covers, or None.

    Raises
    ------
    ParameterError
        Shapes that don't fit, or a number that is not finite.
    """

    objects: F64
    words: F64
    links: Bool
    known: Bool
    object_names: tuple[str, ...] = ()
    word_names: tuple[str, ...] = ()
    captions: NDArray[np.intp] | None = None
    shared: int = 0
    regions: NDArray[np.floating[Any]] | None = None
    cover: F64 | None = None

    def __post_init__(self) -> None:
        n, m = self.links.shape
        grid = None if self.regions is None else self.regions.shape[:2]
        fits = (
            self.objects.ndim == self.words.ndim == 2
            and (len(self.objects), len(self.words)) == (n, m)
            and self.known.shape == (n, m)
            and len(self.object_names) in (0, n)
            and len(self.word_names) in (0, m)
            and (self.captions is None or self.captions.shape == (m,))
            and 0 <= self.shared <= min(self.objects.shape[1], self.words.shape[1])
            and (self.cover is None) == (self.regions is None)
            and (self.cover is None or self.cover.shape == (n, *(grid or ())))
        )
        if not fits:
            raise ParameterError(f"The arrays of a picture with {n} objects and {m} phrases don't fit one another.")
        finite = (self.objects[:, : self.shared], self.words, self.regions, self.cover)
        if any(a is not None and not np.isfinite(a).all() for a in finite) or np.isinf(self.objects).any():
            raise ParameterError("What describes objects and phrases must be finite numbers.")
        if (self.links & ~self.known).any():
            raise ParameterError("A link that holds must be known.")

    @property
    def widths(self) -> Widths:
        """Of its arrays."""
        regions = 0 if self.regions is None else self.regions.shape[2]
        return Widths(self.objects.shape[1], self.words.shape[1], self.shared, regions)


@dataclass(frozen=True, eq=False)
class Scaling:
    """How objects are brought to one size: what is not shared loses its mean and gets a mean square norm of 1."""

    mean: F64
    scale: F64
    shared: int

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Scaling:
        """Mean (p − shared,) and scale (1,) over all objects."""
        shared = examples[0].shared
        every = np.concatenate([e.objects for e in examples])[:, shared:]
        there = ~np.isnan(every)
        count = np.maximum(there.sum(0), 1)
        mean = np.where(there, every, 0.0).sum(0) / count
        square = np.where(there, (every - mean) ** 2, 0.0).sum(0) / count
        total = float(square.sum())
        return cls(mean, np.array([1 / np.sqrt(total) if total > 1e-12 else 1.0]), shared)

    def __call__(self, objects: F64) -> F64:
        """Objects (n, p) on the scale; what is not known is 0 there."""
        rest = (objects[:, self.shared :] - self.mean) * self.scale
        return np.concatenate([objects[:, : self.shared], np.where(np.isnan(rest), 0.0, rest)], axis=1)

    @property
    def arrays(self) -> dict[str, F64]:
        """To be kept with the weights."""
        return {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: dict[str, F64] | Any, shared: int) -> Scaling:
        """As `arrays` gave it."""
        return cls(arrays["mean"], arrays["scale"], shared)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Objects and phrases of several pictures with what belongs together, for losses over pairs.

    Attributes
    ----------
    objects, words
        float64 (n, p), (m, q), of all pictures, without those of which nothing is known.
    links
        bool (n, m).
    against
        bool (n, m): pairs that serve as counterexamples.
    """

    objects: F64
    words: F64
    links: Bool
    against: Bool

    @classmethod
    def of(cls, examples: Sequence[Example], scaling: Scaling) -> Pairs:
        """Within a picture only what is known to be no link counts against; between pictures, all but namesakes.

        A dog of this picture is not held against “the dog” of another one: duplicates are false negatives.
        """
        rows: list[Bool] = [np.any(e.known, axis=1) for e in examples]
        columns: list[Bool] = [np.any(e.known, axis=0) for e in examples]
        objects = np.concatenate([scaling(e.objects[r]) for e, r in zip(examples, rows, strict=True)])
        words = np.concatenate([e.words[c] for e, c in zip(examples, columns, strict=True)])
        shape = len(objects), len(words)
        links, known = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        apart = np.ones(shape, np.bool_)
        i = j = 0
        for e, r, c in zip(examples, rows, columns, strict=True):
            here = slice(i, i + int(r.sum())), slice(j, j + int(c.sum()))
            links[here], known[here] = e.links[r][:, c], e.known[r][:, c]
            apart[here] = False
            i, j = here[0].stop, here[1].stop
        same_a, same_b = _namesakes(examples, rows, "object_names"), _namesakes(examples, columns, "word_names")
        # As numbers, since a product of booleans takes no BLAS.
        alike = (same_a @ links.astype(np.float32) @ same_b) > 0
        return cls(objects, words, links, (known & ~links) | (apart & ~alike))


def _namesakes(examples: Sequence[Example], kept: Sequence[Bool], side: str) -> NDArray[np.float32]:
    """float32 (n, n): 1 where two elements have the same name, or are the same."""
    names: list[str] = []
    for k, (e, mask) in enumerate(zip(examples, kept, strict=True)):
        own = getattr(e, side) or tuple(f"\0{k} {i}" for i in range(len(mask)))
        names += [own[i] for i in np.flatnonzero(mask)]
    _, codes = np.unique(np.array(names, str), return_inverse=True)
    return (codes[:, None] == codes[None, :]).astype(np.float32)
