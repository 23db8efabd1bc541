"""Which pieces are of one kind: how well parts of one fit into another, against how well they fit into their own."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...progress import Monitor

__all__ = ["Alikeness", "alikeness", "kinds_of", "letter", "names_of", "sureness"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_LEAST = 0.1
"""Of a channel's spread: parts of a piece that are nearer than that to one another are taken to be so far apart, else
nothing would be like a piece in which nothing happens."""


@dataclass(frozen=True, eq=False)
class Alikeness:
    """What is known of pieces that are compared.

    Attributes
    ----------
    fits
        float64 (q, n): how far each part is from each piece; of its own piece, from the rest of that.
    owner
        int64 (q,): piece that each part belongs to.
    rows
        int64 (q,): rows of each part.
    apart
        float64 (n, n): how far pieces are from one another as a multiple of how far parts of either are from the rest
        of it; 0 on the diagonal, symmetric.
    """

    fits: F64
    owner: I64
    rows: I64
    apart: F64


def alikeness(x: F64, ends: Sequence[int], part: int, monitor: Monitor | None = None) -> Alikeness:
    """Compare every piece with every other.

    A piece is taken in parts of equal length, two at least, and each part is laid into the other pieces where it fits
    best, by DTW with open ends: so neither length, nor how often a movement is repeated, nor its phase plays a part,
    and tempo hardly. Both directions count alike.

    Parameters
    ----------
    x
        float64 (T, d): rows, each channel with variance 1.
    ends
        Rows at which pieces end, exclusive, ascending; the last is T.
    part
        Rows of a part, about.

    Raises
    ------
    Cancelled
        The monitor was told to stop.
    """
    from . import _kind_kernels

    monitor = monitor or Monitor()
    x = np.ascontiguousarray(x / np.sqrt(x.shape[1]))
    spans = list(pairwise((0, *ends)))
    parts: list[tuple[int, int, int]] = []
    for k, (a, b) in enumerate(spans):
        cuts = np.linspace(a, b, max(min(2, b - a), round((b - a) / part)) + 1).round().astype(int).tolist()
        parts += [(k, i, j) for i, j in pairwise(cuts)]
    fits, room = np.empty((len(parts), len(spans))), np.empty((2, len(x)))
    rest = np.empty(2)
    places = np.array(spans, np.int64)
    for q, (k, i, j) in enumerate(parts):
        monitor.advance(q, len(parts))
        others = places.copy()
        others[k] = 0, 0
        _kind_kernels.fit(x, i, j, others, room[0], room[1], fits[q])
        own = np.array([(places[k, 0], i), (j, places[k, 1])], np.int64)
        _kind_kernels.fit(x, i, j, own, room[0], room[1], rest)
        # A piece of a single row has nothing else to be compared with.
        fits[q, k] = rest.min() if np.isfinite(rest).any() else 0.0
    owner = np.array([k for k, _, _ in parts], np.int64)
    rows = np.array([j - i for _, i, j in parts], np.int64)
    mean = np.stack([np.average(fits[owner == k], 0, rows[owner == k]) for k in range(len(spans))])
    within = np.maximum(mean.diagonal(), _LEAST)
    apart = (mean + mean.T) / 2 / np.sqrt(np.outer(within, within))
    np.fill_diagonal(apart, 0.0)
    return Alikeness(fits, owner, rows, apart)


def kinds_of(apart: F64, alike: float, count: int = 0, names: Sequence[str] = ()) -> I64:
    """Put pieces together, the two groups that are nearest on average first.

    Parameters
    ----------
    apart
        float64 (n, n), symmetric.
    alike
        Groups that are farther apart stay apart.
    count
        How many groups are to be left; 0: as `alike` says.
    names
        Of each piece, empty where it has none: pieces with the same name are of one kind, with different ones never.

    Returns
    -------
    int64 (n,): groups, numbered in the order in which they come.
    """
    n = len(apart)
    groups = [[k] for k in range(n)]
    called = list(names) if len(names) else [""] * n
    first: dict[str, int] = {}
    for k, name in enumerate(called):
        if name and first.setdefault(name, k) != k:
            groups[first[name]].append(k)
            groups[k] = []
    far = np.array(apart, np.float64)
    kept = [k for k in range(n) if groups[k]]
    if len(kept) < n:
        far = np.array([[apart[np.ix_(groups[a], groups[b])].mean() for b in kept] for a in kept])
        groups, called = [groups[k] for k in kept], [called[k] for k in kept]
    tags = np.array([0 if not name else 1 + list(first).index(name) for name in called])
    far[(tags[:, None] > 0) & (tags > 0)] = np.inf
    np.fill_diagonal(far, np.inf)
    left = len(groups)
    while left > max(count, 1):
        a, b = sorted(int(v) for v in np.unravel_index(int(far.argmin()), far.shape))
        if not np.isfinite(far[a, b]) or (not count and far[a, b] > alike):
            break
        mine, other = len(groups[a]), len(groups[b])
        # Infinite stays infinite: what must not be together with either is not with both.
        row = (mine * far[a] + other * far[b]) / (mine + other)
        far[a], far[:, a] = row, row
        far[a, a] = far[b] = far[:, b] = np.inf
        groups[a], groups[b] = groups[a] + groups[b], []
        left -= 1
    out = np.empty(n, np.int64)
    for number, group in enumerate(sorted(g for g in map(sorted, groups) if g)):
        out[group] = number
    return out


def sureness(found: Alikeness, kinds: I64) -> F64:
    """Share of each piece that fits its own kind better than any other, float64 (n,).

    A kind is as far from a part as its pieces are on average, the part's own piece left out where there are others.
    """
    owner, count = found.owner, int(kinds.max()) + 1
    fits = found.fits.copy()
    again = np.bincount(kinds)[kinds[owner]] > 1
    fits[again, owner[again]] = np.nan
    far = np.stack([np.nanmean(fits[:, kinds == k], 1) for k in range(count)], 1)
    right = far.argmin(1) == kinds[owner]
    return np.bincount(owner, right * found.rows, len(kinds)) / np.bincount(owner, found.rows, len(kinds))


def names_of(kinds: I64, names: Sequence[str]) -> list[str]:
    """What each kind is called: as a piece of it is, else by a letter in the order in which they come.

    A name that is given changes no other kind's letter, unless it is that letter.
    """
    count = int(kinds.max()) + 1
    given = {int(k): name for k, name in zip(kinds, names, strict=True) if name}
    out = [given.get(k, letter(k)) for k in range(count)]
    more = count
    for k in range(count):
        if k not in given:
            while out.count(out[k]) > 1:
                out[k], more = letter(more), more + 1
    return out


def letter(number: int) -> str:
    """A … Z, AA, AB …, as columns of a sheet."""
    word = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        word = string.ascii_uppercase[digit] + word
    return word
