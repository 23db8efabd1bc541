"""A constant shift between two clocks: by the sound where there is sound, else by the features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...cost import along, check_values
from ...errors import Infeasible, ParameterError
from ...model import METRICS, Features, LocalCost, WarpingPath
from ...model.media import nearest
from ...model.paths import Offset
from ...progress import Monitor
from ...registry import choice, number
from . import WarpProblem, register
from ._plan import clock, place

__all__ = ["Offset", "OffsetParams", "correlate_features", "gcc_phat", "solve"]

F64 = NDArray[np.float64]

_LONGEST = 1 << 22
"""Points of a transform: longer ones can't be stopped within 200 ms, so the sound is thinned until it fits."""


@dataclass(frozen=True)
class OffsetParams:
    """Parameters of `solve`."""

    listen: str = choice(
        "auto", ("auto", "sound", "features"), "Compare", "Sound is sharper; automatic listens where both sides sound."
    )
    max_shift_s: float | None = number(
        None, "Greatest shift", "Shifts beyond are not considered.", low=0.0, high=1e6, unit="s"
    )
    min_overlap: float = number(
        0.3, "Least overlap", "Share of the shorter side that both must have in common.", low=0.01, high=1.0
    )
    metric: str = choice("euclidean", METRICS, "Local cost", "Only for the cost that is reported.", advanced=True)


@register("offset", "Constant shift", OffsetParams, ("video", "audio", "features"))
def solve(problem: WarpProblem, params: OffsetParams, monitor: Monitor) -> WarpingPath:
    """Align by one constant shift.

    The path is the diagonal at that shift, over the rows both sides have in common; every row of the finer side
    lies on the nearest row of the other. Warp anchors and locks fix the shift to the mean of what they say.
    Shifts whose diagonal enters a forbidden rectangle are not considered.

    Returns
    -------
    WarpingPath
        `normalised` is the mean local cost, `blocks` the `Offset`.

    Raises
    ------
    ParameterError
        Features that can't be compared.
    Infeasible
        Silence or constant features (no estimate), anchors more than a row apart, jumps, or nothing left.
    """
    a, b = problem.a, problem.b
    check_values(a.values, "A")
    check_values(b.values, "B")
    cost = LocalCost(a.values, b.values, params.metric)
    # A row more on either side: the diagonal lies on the nearest rows.
    row = max(_row(a.times), _row(b.times))
    banned = [(f.b0 - f.a1 - row, f.b1 - f.a0 + row) for f in problem.constraints.forbidden]
    found = _told(problem)
    if found is None:
        found = _estimated(problem, params, banned, monitor)
    pairs = _diagonal(a, b, found.shift)
    for f in problem.constraints.forbidden:
        at, bt = a.times[pairs[:, 0]], b.times[pairs[:, 1]]
        if ((at >= f.a0) & (at <= f.a1) & (bt >= f.b0) & (bt <= f.b1)).any():
            raise Infeasible(
                "The shift that the anchors ask for leads through a forbidden rectangle.", culprits=(f.id,)
            )
    if not len(pairs):
        raise Infeasible(f"Shifted by {found.shift:+.3f} s the two sides have nothing in common.")
    if found.confidence < 1.2:
        monitor.warn(
            f"The shift of {found.shift:+.3f} s is a guess: another one fits almost as well. "
            "Check it by ear or eye, or set an anchor."
        )
    if found.inverted:
        monitor.warn("The sound of one side has the opposite polarity.")
    value = float(along(cost, pairs).sum())
    return WarpingPath(pairs, a.times, b.times, value, value / len(pairs), blocks=found)


def _row(times: F64) -> float:
    return float((times[-1] - times[0]) / (len(times) - 1)) if len(times) > 1 else 0.0


def _diagonal(a: Features, b: Features, shift: float) -> NDArray[np.intp]:
    """Cells of t_B = t_A + shift: each row of the finer side with the nearest of the other, inside both."""
    finer_b = len(b) > 1 and (len(a) == 1 or _row(b.times) < _row(a.times))
    fine, coarse, move = (b.times, a.times, -shift) if finer_b else (a.times, b.times, shift)
    slack = max(_row(fine), _row(coarse)) / 2 + 1e-9
    moved = fine + move
    rows = np.flatnonzero((moved >= coarse[0] - slack) & (moved <= coarse[-1] + slack))
    other = nearest(coarse, moved[rows])
    return np.column_stack([other, rows] if finer_b else [rows, other]).astype(np.intp)


def _told(problem: WarpProblem) -> Offset | None:
    """The shift that anchors and locks say, None if there are none."""
    said: list[tuple[float, int]] = []
    for k in problem.constraints.anchors:
        if k.kind == "jump" and k.end != (k.a, k.b):
            raise Infeasible(
                f"A constant shift can't obey the jump {place(k.a, k.b)}; remove it or use dtw.", culprits=(k.id,)
            )
        said.append((k.b - k.a, k.id))
    for k in problem.constraints.locks:
        differences = k.times[:, 1] - k.times[:, 0]
        said += [(float(differences.min()), k.id), (float(differences.max()), k.id)]
    if not said:
        return None
    least, most = min(said), max(said)
    row = max(_row(problem.a.times), _row(problem.b.times))
    if most[0] - least[0] > row + 1e-9:
        raise Infeasible(
            f"The anchors ask for shifts from {least[0]:+.3f} s to {most[0]:+.3f} s, which no constant shift obeys; "
            "remove one or use dtw.",
            culprits=tuple(dict.fromkeys((least[1], most[1]))),
        )
    return Offset(float(np.mean([s for s, _ in said])), float("inf"), source="anchors")


def _estimated(
    problem: WarpProblem, params: OffsetParams, banned: list[tuple[float, float]], monitor: Monitor
) -> Offset:
    if params.listen == "sound" and problem.signals is None:
        raise ParameterError("There is no sound on both sides to compare; compare features instead.")
    if params.listen != "features" and problem.signals is not None:
        (x, rate), (y, other) = problem.signals()
        if rate != other:
            raise ParameterError("Both sounds must have one rate.")
        return gcc_phat(x, y, rate, params.max_shift_s, params.min_overlap, banned, monitor)
    return correlate_features(problem.a, problem.b, params.max_shift_s, params.min_overlap, banned, monitor)


def _allowed(shifts: F64, max_shift: float | None, banned: list[tuple[float, float]]) -> NDArray[np.bool_]:
    ok = np.ones(len(shifts), bool) if max_shift is None else np.abs(shifts) <= max_shift + 1e-9
    for low, high in banned:
        ok &= (shifts < low) | (shifts > high)
    return ok


def _peak(score: F64, ok: NDArray[np.bool_], apart: int) -> tuple[int, float]:
    """Index of the highest allowed score, and its height over the highest off that peak and `apart` away."""
    if not ok.any():
        raise Infeasible("No shift is left within the limits; allow greater shifts or less overlap.")
    masked = np.where(ok, score, -np.inf)
    k = int(np.argmax(masked))
    if masked[k] <= 0 or not np.isfinite(masked[k]):
        raise Infeasible("No shift can be estimated: the two sides have nothing in common. Set an anchor.")
    # The slopes of the peak itself are no rival.
    left, right = max(0, k - apart), min(len(score) - 1, k + apart)
    while left > 0 and score[left - 1] <= score[left]:
        left -= 1
    while right < len(score) - 1 and score[right + 1] <= score[right]:
        right += 1
    rest = masked.copy()
    rest[left : right + 1] = -np.inf
    second = float(rest.max())
    return k, float(masked[k] / second) if second > 0 else float("inf")


def gcc_phat(
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    rate: float,
    max_shift: float | None = None,
    min_overlap: float = 0.3,
    banned: list[tuple[float, float]] | None = None,
    monitor: Monitor | None = None,
) -> Offset:
    """Shift between two sounds by generalised cross-correlation with phase transform (Knapp & Carter 1976).

    Parameters
    ----------
    x, y
        Mono samples of A and B at `rate` Hz, both from the start of their clocks.
    max_shift
        Seconds, None: any.
    min_overlap
        Share of the shorter sound.

    Raises
    ------
    Infeasible
        Silence: there is no estimate.
    ParameterError
        Samples that are NaN, infinite or missing.
    """
    from scipy import fft

    monitor = monitor or Monitor()
    for s, side in ((x, "A"), (y, "B")):
        if not len(s) or not np.isfinite(s).all():
            raise ParameterError(f"The sound of {side} is empty or has NaN or infinite samples.")
    thin = -(-(len(x) + len(y)) // _LONGEST)
    x, y = _thinned(x, thin), _thinned(y, thin)
    rate /= thin
    if not (x.any() and y.any()):
        raise Infeasible("One side is silent, so no shift can be estimated; compare features or set an anchor.")
    n, m = len(x), len(y)
    # Zero-padded to n + m − 1 or more, or lags would wrap around.
    length: Any = fft.next_fast_len(n + m - 1, real=True)
    size = int(length)
    monitor.advance(0, 4)
    spectrum = np.conj(np.asarray(fft.rfft(x, size)))
    monitor.advance(1, 4)
    spectrum *= np.asarray(fft.rfft(y, size))
    monitor.advance(2, 4)
    magnitude = np.abs(spectrum)
    # Bins that hold next to nothing must not speak as loudly as the others.
    spectrum /= magnitude + 1e-4 * magnitude.mean() + 1e-30
    correlation = np.asarray(fft.irfft(spectrum, size), np.float64)
    monitor.advance(3, 4)
    lags = np.arange(-(n - 1), m)
    correlation = correlation[lags % size]
    overlap = np.minimum(n + np.minimum(lags, 0), m - np.maximum(lags, 0)).clip(max=min(n, m))
    ok = _allowed(lags / rate, max_shift, banned or []) & (overlap >= max(1, min_overlap * min(n, m)))
    k, confidence = _peak(np.abs(correlation), ok, max(2, round(0.002 * rate)))
    fine = _refined(spectrum, size, int(lags[k]), bool(correlation[k] < 0))
    monitor.advance(4, 4)
    return Offset(fine / rate, confidence, bool(correlation[k] < 0), "sound")


def _thinned(s: NDArray[np.floating], by: int) -> NDArray[np.float32]:
    """Mean of every `by` samples, about zero."""
    whole = s[: len(s) // by * by] if len(s) >= by else s
    means = whole.reshape(-1, by).mean(1) if len(s) >= by else whole
    return (means - means.mean()).astype(np.float32)


def _refined(spectrum: NDArray[Any], size: int, lag: int, inverted: bool) -> float:
    """The peak between samples: the band-limited correlation evaluated on finer and finer lags."""
    omega = 2 * np.pi * np.arange(len(spectrum)) / size
    turned = spectrum * np.exp(1j * omega * lag)
    if inverted:
        turned = -turned
    best, step = 0.0, 0.25
    for _ in range(3):
        lags = best + step * np.arange(-3, 4)
        heights = [float(np.real(turned @ np.exp(1j * omega * t))) for t in lags]
        best = float(lags[int(np.argmax(heights))])
        step /= 4
    return lag + best


def correlate_features(
    a: Features,
    b: Features,
    max_shift: float | None = None,
    min_overlap: float = 0.3,
    banned: list[tuple[float, float]] | None = None,
    monitor: Monitor | None = None,
) -> Offset:
    """Shift between two feature sequences by normalised cross-correlation over all channels.

    For each shift the correlation coefficient of the rows both have in common, means taken there; the peak between
    rows by a parabola. Both are brought to the finer of their rates first.

    Raises
    ------
    Infeasible
        Constant features, or no shift left: there is no estimate.
    """
    from scipy import fft

    monitor = monitor or Monitor()
    if a.values.shape[1] != b.values.shape[1]:
        raise ParameterError(f"A has {a.values.shape[1]} channels and B has {b.values.shape[1]}.")
    if min(len(a), len(b)) == 1:
        return _single(a, b, max_shift, banned or [])
    step = min(_row(a.times), _row(b.times))
    ga, gb = np.arange(a.times[0], a.times[-1] + step / 2, step), np.arange(b.times[0], b.times[-1] + step / 2, step)
    n, m = len(ga), len(gb)
    length: Any = fft.next_fast_len(n + m - 1, real=True)
    size = int(length)
    lags = np.arange(-(n - 1), m)
    first, last = np.maximum(0, -lags), np.minimum(n, m - lags)
    count = last - first
    shared, of_a, of_b = np.zeros(len(lags)), np.zeros(len(lags)), np.zeros(len(lags))
    depth = a.values.shape[1]
    for d in range(depth):
        x, y = np.interp(ga, a.times, a.values[:, d]), np.interp(gb, b.times, b.values[:, d])
        x, y = x - x.mean(), y - y.mean()
        cross = np.asarray(fft.irfft(np.conj(np.asarray(fft.rfft(x, size))) * np.asarray(fft.rfft(y, size)), size))
        sx, sxx = _sums(x, first, last)
        sy, syy = _sums(y, first + lags, last + lags)
        shared += cross[lags % size] - sx * sy / count
        of_a += sxx - sx**2 / count
        of_b += syy - sy**2 / count
        monitor.advance(d + 1, depth)
    energy = np.sqrt(of_a.clip(0) * of_b.clip(0))
    # What is left of a constant stretch after rounding is no signal.
    floor = 1e-9 * np.sqrt(max(of_a.max(), 0.0) * max(of_b.max(), 0.0))
    shifts = gb[0] - ga[0] + lags * step
    enough = count >= max(2.0, min_overlap * min(n, m))
    ok = _allowed(shifts, max_shift, banned or []) & enough
    if ok.any() and not (energy[ok] > floor).any():
        raise Infeasible("The features are constant, so no shift can be estimated; set an anchor.")
    score = np.where(energy > floor, shared / np.where(energy > floor, energy, 1), 0.0)
    k, confidence = _peak(score, ok, max(2, round(0.1 / step)))
    between = 0.0
    if 0 < k < len(score) - 1 and ok[k - 1] and ok[k + 1]:
        left, middle, right = score[k - 1 : k + 2]
        bend = left - 2 * middle + right
        between = float(np.clip((left - right) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0
    return Offset(float(shifts[k] + between * step), confidence, source="features")


def _sums(v: F64, first: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[F64, F64]:
    total, square = np.r_[0.0, np.cumsum(v)], np.r_[0.0, np.cumsum(v * v)]
    return total[last] - total[first], square[last] - square[first]


def _single(a: Features, b: Features, max_shift: float | None, banned: list[tuple[float, float]]) -> Offset:
    """With one row on a side there is nothing to correlate: the nearest row of the other is the answer."""
    i, j = np.indices((len(a), len(b))).reshape(2, -1)
    pairs = np.column_stack([i, j])
    shifts = b.times[pairs[:, 1]] - a.times[pairs[:, 0]]
    ok = _allowed(shifts, max_shift, banned)
    if not ok.any():
        raise Infeasible(f"No shift up to {clock(max_shift or 0)} is left; allow greater ones.")
    costs = np.where(ok, along(LocalCost(a.values, b.values), pairs), np.inf)
    return Offset(float(shifts[int(np.argmin(costs))]), 1.0 if len(pairs) > 1 else float("inf"))
