"""Pictures as numbers, with a map from objects to words hidden in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from syncline.learning import Example


def hidden_map(pictures=20, n=6, p=12, q=10, seed=0, noise=0.05):
    """Examples of which half of the links are known in every picture, and their whole truth."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(p, q)) / np.sqrt(p)
    examples, truth = [], []
    for _ in range(pictures):
        objects, order = random.normal(size=(n, p)), random.permutation(n)
        words = np.zeros((n, q))
        words[order] = objects @ hidden + noise * random.normal(size=(n, q))
        links = np.zeros((n, n), bool)
        links[np.arange(n), order] = True
        given = np.isin(np.arange(n), random.permutation(n)[: n // 2])
        examples.append(Example(objects, words, links & given, np.tile(given, (n, 1))))
        truth.append(links)
    return examples, truth


def planted(pictures=30, n=4, d=12, q=10, side=5, kinds=8, seed=0):
    """Examples with a grid in which every object is a cell that looks as its word says, by a hidden map of few words."""
    random = np.random.default_rng(seed)
    said, looks = random.normal(size=(kinds, q)), random.normal(size=(kinds, d))
    examples, truth = [], []
    for k in range(pictures):
        drawn = random.permutation(kinds)[:n]
        words = said[drawn] + 0.1 * random.normal(size=(n, q))
        order = random.permutation(n)
        links = np.zeros((n, n), bool)
        links[np.arange(n), order] = True
        regions = 0.1 * random.normal(size=(side * side, d))
        cells = random.permutation(side * side)[:n]
        regions[cells] += looks[drawn[order]]
        cover = np.zeros((n, side * side))
        cover[np.arange(n), cells] = 1.0
        given = np.full(n, k % 2 == 0)
        examples.append(
            Example(
                random.normal(size=(n, 3)),
                words,
                links & given,
                np.tile(given, (n, 1)),
                regions=regions.reshape(side, side, d),
                cover=cover.reshape(n, side, side),
            )
        )
        truth.append(links)
    return examples, truth


def f1_of_the_rest(scores, examples, truth):
    """F1 of the best assignment that keeps to what is known, on what is not known."""
    right = found = wanted = 0
    for values, e, links in zip(scores, examples, truth, strict=True):
        i, j = linear_sum_assignment(-np.where(e.known, np.where(e.links, 1e3, -1e3), values))
        chosen = np.zeros_like(links)
        chosen[i, j] = True
        right += (chosen & links & ~e.known).sum()
        found += (chosen & ~e.known).sum()
        wanted += (links & ~e.known).sum()
    return 2 * right / (found + wanted)


def with_known(examples, most):
    """The same examples with only the first `most` links known."""
    done = []
    for e in examples:
        links = np.zeros_like(e.links)
        for i, j in np.argwhere(e.links)[: max(most, 0)]:
            links[i, j] = True
        most -= int(links.sum())
        done.append(replace(e, links=links, known=np.tile(links.any(0), (len(links), 1))))
    return done
