"""CTC against torch's ctc_loss, its probabilities and its gradient; needs the extra `peers`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from syncline.model.emissions import Emissions
from syncline.solvers.segment.ctc import align, log_probability

torch = pytest.importorskip("torch")


def torch_says(logits: np.ndarray, labels: np.ndarray, blank: int) -> tuple[float, np.ndarray]:
    """Its log-probability, and minus the gradient of its logarithm by the logits."""
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.ctc_loss(
        x.log_softmax(1)[:, None], torch.tensor(labels)[None], [len(logits)], [len(labels)], blank, reduction="none"
    )
    loss.sum().backward()
    return -float(loss.item()), x.grad.numpy()


NO_PATH = 34


@pytest.mark.parametrize("seed", [*range(19), NO_PATH])
def test_equal_to_torch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames, classes = int(rng.integers(1, 300)), int(rng.choice([2, 3, 10, 40]))
    blank = int(rng.integers(classes))
    others = [k for k in range(classes) if k != blank]
    # Of few classes many repeat, and each repeat needs a blank.
    labels = rng.choice(others, int(rng.integers(0, frames * 2 // 3 + 1)))
    logits = rng.standard_normal((frames, classes)) * rng.choice([1, 4])
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    e = Emissions(np.log(p).astype(np.float32), tuple(map(str, range(classes))), blank)
    wanted, gradient = torch_says(logits, labels, blank)
    assert log_probability(e, labels) == pytest.approx(wanted, rel=1e-6, abs=1e-5)
    assert math.isinf(wanted) == (seed == NO_PATH)
    if seed == NO_PATH:
        return
    found = align(e, labels, occupancy=True)
    assert found.log_prob == pytest.approx(wanted, rel=1e-6, abs=1e-5)
    assert found.occupancy is not None
    # The loss is −log p, so that its gradient is the probabilities less the occupancy.
    assert np.abs(p - found.occupancy - gradient).max() < 2e-5
