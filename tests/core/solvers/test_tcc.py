"""Alignment by a learned embedding: obeys what the user knows, and learns once for many edits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import evaluate_tcc
from syncline.embedding import CycleEpoch, embed
from syncline.model import Anchor, Constraints, Features, Forbidden
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem, dtw, tcc

RANDOM = np.random.default_rng(0)


def feats(positions: np.ndarray) -> Features:
    t = 2 * np.pi * positions[:, None] * [0.5, 0.8, 1.1, 1.4, 1.7, 2.0] + [0, 1, 2, 3, 4, 5]
    noise = 0.02 * RANDOM.normal(size=t.shape)
    return Features((np.sin(t) + noise).astype(np.float32), np.arange(len(t)) / 25)


PLACES = np.linspace(0, 1, 80) ** 1.6
A, B = feats(np.linspace(0, 1, 60)), feats(PLACES)
PARAMS = tcc.TccParams(epochs=10, check=False)


def test_the_path_is_that_of_warping_the_embeddings_and_obeys_edits() -> None:
    told: list[CycleEpoch] = []
    path = tcc.solve(WarpProblem(A, B), PARAMS, Monitor(watch=told.append))
    assert [e.epoch for e in told] == list(range(11))
    assert np.abs(path.to_a(B.times) * 25 / 59 - PLACES).mean() < 0.02
    known = path.blocks
    assert isinstance(known, tcc.Embedded)
    u, v = embed(known.encoder, A), embed(known.encoder, B)
    by_hand = dtw.solve(WarpProblem(u, v), dtw.DtwParams(step_pattern="symmetric1"), Monitor())
    np.testing.assert_array_equal(path.pairs, by_hand.pairs)

    # An anchor half a second from where the path was, and a zone where it went.
    at = Anchor(1, 1.2, float(path.to_b(1.2)) + 0.4)
    edits = Constraints(anchors=(at,), forbidden=(Forbidden(2, 1.8, 2.0, 2.3, 2.7),), next_id=3)
    assert (path.to_b(np.linspace(1.8, 2.0, 6)) >= 2.3).any()
    again = tcc.solve(WarpProblem(A, B, edits, previous=path), PARAMS, Monitor())
    assert isinstance(again.blocks, tcc.Embedded)
    assert again.blocks.encoder is known.encoder
    rows = np.array([round(at.a * 25), round(at.b * 25)])
    assert (again.pairs == rows).all(1).any()
    inside = (again.times >= [1.8, 2.3]) & (again.times <= [2.0, 2.7])
    assert not inside.all(1).any()

    other = tcc.solve(WarpProblem(A, B, previous=path), replace(PARAMS, seed=1), Monitor())
    assert isinstance(other.blocks, tcc.Embedded)
    assert other.blocks.encoder is not known.encoder


@pytest.mark.parametrize("seed", evaluate_tcc.SEEDS)
def test_body_points_seen_from_elsewhere(seed: int, data: Path) -> None:
    """What `./run evaluate --tcc` tabulates: τ at least 0.9, and nearer to the truth than warping the points."""
    case = evaluate_tcc.retimed(seed)
    sides = [evaluate_tcc.features(x) for x in (case.a, case.b)]
    path = tcc.solve(WarpProblem(*sides), tcc.TccParams(check=False), Monitor())
    assert isinstance(path.blocks, tcc.Embedded)
    assert evaluate_tcc.tau(path.blocks.encoder, case) >= 0.9
    assert evaluate_tcc.off(case, path) < evaluate_tcc.warped(case, case.a, case.b)
