"""A metric from anchors: its gradient, and that it drops what does not agree with them."""

from __future__ import annotations

import numpy as np
import pytest

from syncline.embedding.metric import MetricParams, Told, fit_metric, metric_loss
from syncline.errors import Cancelled, ParameterError
from syncline.model import Features
from syncline.progress import Monitor


def told(random: np.random.Generator, count: int, others: int) -> Told:
    partner = random.integers(0, others, count)
    allowed = random.random((count, others)) < 0.7
    allowed[np.arange(count), partner] = True
    return Told(random.normal(size=(count, 4)), random.normal(size=(others, 4)), partner, allowed)


def test_gradient_and_value() -> None:
    random = np.random.default_rng(1)
    both = told(random, 3, 6), told(random, 3, 5)
    params = MetricParams(temperature=0.7, prior=0.8)
    start, linear = random.normal(size=(4, 2)), random.normal(size=(4, 2))
    numeric = np.zeros_like(linear)
    for at in np.ndindex(linear.shape):
        moved = [linear.copy() for _ in range(2)]
        moved[0][at] += 1e-5
        moved[1][at] -= 1e-5
        numeric[at] = np.subtract(*(metric_loss(m, start, both, params)[0] for m in moved)) / 2e-5
    value, gradient = metric_loss(linear, start, both, params)
    assert np.linalg.norm(gradient - numeric) <= 1e-6 * np.linalg.norm(numeric)

    by_hand = 0.8 / 6 * ((linear - start) ** 2).sum()
    for t in both:
        for k in range(3):
            z = {j: -(((t.x[k] - t.y[j]) @ linear) ** 2).sum() / 0.7 for j in np.flatnonzero(t.allowed[k])}
            by_hand -= (z[t.partner[k]] - np.log(np.sum(np.exp(list(z.values()))))) / 6
    assert value == pytest.approx(by_hand, rel=1e-12)


def sides(seed: int = 0) -> tuple[Features, Features]:
    """Two channels that agree between both sides, six that don't."""
    random = np.random.default_rng(seed)
    t = np.linspace(0, 6, 150)
    common = np.column_stack([np.sin(t), np.cos(1.3 * t)])
    made = [np.c_[common + 0.05 * random.normal(size=common.shape), random.normal(size=(150, 6))] for _ in range(2)]
    return tuple(Features(m.astype(np.float32), t) for m in made)  # pyright: ignore[reportReturnType]


def test_what_disagrees_with_the_anchors_counts_less() -> None:
    a, b = sides()
    points = np.column_stack([np.linspace(0.3, 5.7, 8)] * 2)
    encoder = fit_metric(a, b, points)
    metric = encoder.arrays["map.linear"] @ encoder.arrays["map.linear"].T
    assert metric[:2, :2].diagonal().min() > 2 * metric.diagonal()[2:].max()
    assert encoder.curve[-1, 1] < encoder.curve[0, 1]
    assert fit_metric(a, b, points).digest == encoder.digest
    # Without anchors' weight nothing moves.
    still = fit_metric(a, b, points, MetricParams(prior=1e6)).arrays["map.linear"]
    assert np.abs(still - np.eye(8)).max() < 0.02


def test_many_channels_are_reduced_to_the_main_ones() -> None:
    a, b = sides()
    wide = [Features(np.tile(f.values, 9), f.times) for f in (a, b)]
    encoder = fit_metric(*wide, np.array([[1.0, 1.0], [2.0, 2.0]]), MetricParams(width=5, epochs=1))
    assert (encoder.width, encoder.dimensions) == (72, 5)


def test_refusals_and_cancel() -> None:
    a, b = sides()
    with pytest.raises(ParameterError, match="no anchor"):
        fit_metric(a, b, np.zeros((0, 2)))
    narrow = Features(np.ascontiguousarray(b.values[:, :3]), b.times)
    with pytest.raises(ParameterError, match="different numbers"):
        fit_metric(a, narrow, np.ones((1, 2)))
    monitor = Monitor()
    with pytest.raises(Cancelled):
        fit_metric(a, b, np.ones((1, 2)), monitor=monitor, live=lambda _: monitor.cancel())
