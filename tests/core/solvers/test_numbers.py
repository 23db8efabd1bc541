"""Promise 23: bad numbers stay out of every aligner."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from syncline.errors import SynclineError
from syncline.model import Features
from syncline.progress import Monitor
from syncline.solvers.warp import REGISTRY, WarpProblem


def _hostile() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    good = rng.standard_normal((40, 3)).astype(np.float32)
    spoilt = {name: good.copy() for name in ("nan", "inf", "huge", "mixed")}
    spoilt["nan"][7, 1] = np.nan
    spoilt["inf"][0, 0] = -np.inf
    spoilt["huge"][39, 2] = 3e38
    spoilt["mixed"][[3, 30], [0, 2]] = np.nan, np.inf
    return spoilt | {
        "1e300": good.astype(np.float64) * 1e300,
        "constant": np.ones((40, 3), np.float32),
        "zero": np.zeros((40, 3), np.float32),
        "tiny": good * np.float32(1e-38),
        "no channels": np.empty((40, 0), np.float32),
        "bytes": rng.integers(0, 256, (40, 3)).astype(np.uint8),
        "one row": good[:1],
        "one large among small": np.where(np.arange(120).reshape(40, 3) == 50, 9e14, good).astype(np.float32),
    }


@pytest.mark.parametrize("name", REGISTRY.names())
def test_bad_numbers_stay_out(name: str, promise: Any) -> None:
    method = REGISTRY[name]
    rng = np.random.default_rng(1)
    good = rng.standard_normal((50, 3)).astype(np.float32)
    refused: list[str] = []
    sentences: list[str] = []
    tried = 0
    for what, values in _hostile().items():
        other = good[:, : values.shape[1]]
        for x, y in ((values, other), (other, values), (values, values)):
            tried += 1
            a, b = (Features(np.ascontiguousarray(v), np.arange(len(v)) / 25) for v in (x, y))  # pyright: ignore
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    path = method.call(WarpProblem(a, b), method.params(), Monitor())
                except SynclineError as error:
                    sentences.append(str(error))
                    refused.append(what)
                    continue
            assert np.isfinite(path.cost), what
            assert path.normalised is None or np.isfinite(path.normalised)
            assert np.isfinite(path.times).all()
            assert np.isfinite(path.to_b(np.linspace(-1, 3, 50))).all()
    assert all(re.fullmatch(r"[A-Z].*\.", s) for s in sentences), sentences
    assert {"nan", "inf", "huge", "mixed", "1e300", "no channels"} <= set(refused)
    assert "bytes" not in refused
    assert "tiny" not in refused
    promise(23, f"{name}: {tried} hostile inputs, {len(refused)} refused, 0 NaN in a result")


def test_bytes_give_the_path_of_the_same_numbers() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 256, (30, 2)).astype(np.uint8), rng.integers(0, 256, (35, 2)).astype(np.uint8)
    dtw = REGISTRY["dtw"]

    def pairs(kind: Any) -> Any:
        a, b = (Features(v.astype(kind), np.arange(len(v)) / 25) for v in (x, y))
        return dtw.call(WarpProblem(a, b), dtw.params(), Monitor()).pairs

    assert np.array_equal(pairs(np.uint8), pairs(np.float32))
