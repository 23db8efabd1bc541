"""Cycles shown one by one are those of ALGORITHMS 6, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from syncline.embedding.cycle import CycleForm, loss
from syncline.embedding.steps import cycle_steps


def test_the_worked_example() -> None:
    u, v = np.array([[0.0], [1], [2]]), np.array([[0.0], [1.2], [2], [2.5]])
    found = list(cycle_steps(u, v))
    assert [s.nearest[0] for s in found] == pytest.approx([0.259129, 1.194377, 1.970287], abs=1e-6)
    assert [s.mu for s in found] == pytest.approx([0.431896, 1.163660, 1.694083], abs=1e-6)
    assert [s.variance for s in found] == pytest.approx([0.307229, 0.415198, 0.241569], abs=1e-6)
    assert [s.loss for s in found] == pytest.approx([0.606561, 0.064071, 0.386695], abs=3e-5)
    assert np.mean([s.loss for s in found]) == pytest.approx(loss(u, v, CycleForm(), np.arange(3.0), 3.0)[0], abs=1e-9)
    for s in found:
        assert s.alpha.sum() == pytest.approx(1)
        assert s.beta.sum() == pytest.approx(1)
        assert s.nearest == pytest.approx(s.alpha @ v)
