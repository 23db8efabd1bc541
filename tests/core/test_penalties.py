"""The curve of the penalty slider against what is cut with each penalty, boundaries and pieces being set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.recut_cases import cut_rows, done, rows_of, steps
from syncline.edits.pieces import Lock, Merge, Move
from syncline.errors import ParameterError
from syncline.model import SegmentRecipe
from syncline.recutting import penalties, solve
from syncline.solvers.segment.changepoints import ChangesParams


@pytest.mark.parametrize("cost", ["l2", "l1", "gaussian", "rbf"])
def test_each_penalty_cuts_as_the_curve_says(cost: str) -> None:
    x = steps(np.random.default_rng(3))
    prepared, recording, segments = cut_rows(x, params=ChangesParams(cost=cost, least=0.3, penalty=0.2))
    segments = solve(prepared, recording, segments)
    free = penalties(prepared, recording, segments, 0.05, 20)
    for edit in (Move("changes", 2, False, 4.03), Merge("changes", 0), Lock("changes", 3, None, True)):
        recording, segments = done(prepared, recording, segments, edit)
    path = penalties(prepared, recording, segments, 0.05, 20)
    assert path.complete
    assert len(path.segmentations) > 3
    assert path.segmentations[-1].ends != free.segmentations[-1].ends
    for s, (low, high) in zip(path.segmentations, path.ranges, strict=True):
        if high / low < 1.0001:
            continue
        recipe = SegmentRecipe("changepoints", ChangesParams(cost=cost, least=0.3, penalty=(low * high) ** 0.5))
        found = solve(prepared, recording, replace(segments, recipe=recipe, solved=None))
        assert rows_of(found, "changes") == s.ends


def test_only_change_points_have_one() -> None:
    prepared, recording, segments = cut_rows(np.zeros((20, 1)), "units")
    with pytest.raises(ParameterError, match="Only change points"):
        penalties(prepared, recording, segments, 0.1, 10)
