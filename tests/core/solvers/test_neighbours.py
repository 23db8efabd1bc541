"""Labels by our DTW are those by other libraries: a few of the shared series (`./run evaluate --neighbours` has all)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import evaluate_neighbours as whole


@pytest.mark.parametrize("name", whole.SETS)
def test_neighbours_are_those_of_other_libraries(data: Path, name: str) -> None:
    series, labels = whole.load(name)
    # Eight of each set, some of every class.
    some = np.argsort([labels[:k].count(label) for k, label in enumerate(labels)], kind="stable")[:8]
    chosen = [series[k][::2] for k in some]
    for _, mine, library, theirs in whole.PEERS:
        if library == "tslearn":
            # Compiles for twenty seconds in every process; the whole table has it.
            continue
        a, b = whole.distances(chosen, mine), whole.distances(chosen, theirs)
        np.testing.assert_allclose(a, b, rtol=1e-5)
        assert a.argmin(1).tolist() == b.argmin(1).tolist()


def test_the_reader_of_series(data: Path) -> None:
    shapes = {}
    for name in whole.SETS:
        series, labels = whole.load(name)
        shapes[name] = (len(series), *series[0].shape, len(set(labels)))
    assert shapes == {"BasicMotions": (40, 100, 6, 4), "GunPoint": (50, 150, 1, 2), "ArrowHead": (36, 251, 1, 3)}


def test_the_first_of_equals_gives_the_label() -> None:
    table = np.array([[np.inf, 1, 1], [1, np.inf, 2], [1, 0.5, np.inf]])
    assert whole.nearest(table, ["x", "y", "z"]) == ["y", "x", "y"]
