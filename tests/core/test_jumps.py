"""Jumps: an enumeration of all chains, made sequences and spliced recordings whose cuts are known by construction."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import syncline as sl
from syncline._jump_kernels import FAR, chain
from syncline.cli import main
from syncline.jumps import Jump, JumpSearch, apply_jumps, propose_jumps

RATE = 20.0
Quad = tuple[float, float, float, float]


def wandering(seconds: float, seed: int) -> np.ndarray:
    """A smooth sequence (T, 6), `RATE` rows a second, that never comes back to where it was."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 1, (round(seconds * RATE) + 40, 6))
    window = np.hanning(24)[:, None]
    smooth = np.stack([np.convolve(c, window[:, 0], "same") for c in rows.T], axis=1)
    return smooth[20:-20].astype(np.float32)


def slower(rows: np.ndarray) -> np.ndarray:
    """Every row held for 1.1 rows."""
    return rows[(np.arange(round(len(rows) * 1.1)) / 1.1).astype(int).clip(0, len(rows) - 1)]


def aligned(folder: Path, a: np.ndarray, b: np.ndarray) -> sl.Alignment:
    for name, rows in (("a", a), ("b", b)):
        noise = np.random.default_rng(len(rows)).normal(0, 0.3, rows.shape)
        np.save(folder / f"{name}.npy", (rows + noise).astype(np.float32))
    media_a, media_b = (sl.open_media(folder / f"{n}.npy", rate=RATE) for n in "ab")
    return sl.align(sl.Pair(media_a, media_b))


def off(jump: Jump, truth: Quad) -> float:
    return float(np.abs(np.subtract((jump.a, jump.b, jump.a_end, jump.b_end), truth)).max())


@pytest.mark.parametrize("seed", range(6))
def test_the_best_chain_is_the_best_of_all_chains(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 6, 2)
    cost = rng.random((n, m)).astype(np.float32)
    level, gap, more = 0.5, 0.4, 0.05

    @cache
    def best(i: int, j: int) -> float:
        """Of what is left below and right of (i, j), reached by a step."""
        done = [0.0] if (i, j) == (n, m) else [-gap - more * (n - i + m - j)]
        skips = [(p, q) for p in range(i, n) for q in range(j, m) if (p, q) != (i, j)]
        starts = [(i, j, 0.0), *((p, q, -gap - more * (p - i + q - j)) for p, q in skips)]
        for p, q, fee in starts:
            for di, dj, inner in ((1, 1, None), (2, 1, (0, 0)), (1, 2, (0, 0))):
                if p + di <= n and q + dj <= m:
                    s = level - float(cost[p + di - 1, q + dj - 1])
                    score = 2 * s if inner is None else s + 2 * (level - float(cost[p, q]))
                    # A gap is left by a diagonal step; others follow once something was paired.
                    if fee == 0.0 or inner is None:
                        done.append(fee + score + best(p + di, q + dj))
        return max(done)

    scratch = np.empty((n + 1, m + 1), np.uint8)
    assert chain(cost, level, gap, more, scratch, scratch.copy()) == pytest.approx(best(0, 0), abs=1e-5)


@pytest.mark.parametrize(
    ("edit", "truth"),
    [
        (lambda b: np.delete(b, np.s_[440:600], 0), (20.0, 22.0, 27.27, 22.0)),
        (lambda b: np.insert(b, 440, wandering(6, 9), 0), (20.0, 22.0, 20.0, 28.0)),
        (lambda b: np.concatenate([wandering(5, 8), b]), (0.0, 0.0, 0.0, 5.0)),
        (lambda b: b[: 35 * 22], (35.0, 38.45, 40.0, 38.45)),
    ],
    ids=["cut", "inserted", "before", "after"],
)
def test_jumps_are_found_where_they_are(edit: Callable[[np.ndarray], np.ndarray], truth: Quad, tmp_path: Path) -> None:
    a = wandering(40, 1)
    alignment = aligned(tmp_path, a, edit(slower(a)))
    found = propose_jumps(alignment)
    assert len(found.jumps) == 1
    assert off(found.jumps[0], truth) < 0.5
    assert found.jumps[0].confidence > 0.8
    assert ("B lacks" if truth[1] == truth[3] else "A lacks") in found.jumps[0].reason
    # As anchors they are what the solver takes, and the path is better for them.
    again = sl.realign(alignment, constraints=apply_jumps(alignment.constraints, found.jumps))
    assert again.path is not None
    assert alignment.path is not None
    assert again.path.mean_cost < 0.9 * alignment.path.mean_cost


def test_a_repeat_is_one_jump_of_its_length_anywhere_in_it(tmp_path: Path) -> None:
    a = wandering(40, 2)
    b = slower(a)
    found = propose_jumps(aligned(tmp_path, a, np.insert(b, 520, b[300:520], 0)))
    (jump,) = found.jumps
    assert 15 - 0.5 <= jump.b <= 26 + 0.5
    # Which time is left out is open, and where the first gives way to the second: both ends lie on the two renditions.
    assert abs(jump.b - 1.1 * jump.a) < 0.5
    assert abs(jump.b_end - 11 - 1.1 * jump.a_end) < 0.5


def test_long_recordings_get_longer_rows(tmp_path: Path) -> None:
    a = wandering(800, 1)
    found = propose_jumps(aligned(tmp_path, a, np.insert(slower(a), 8000, wandering(15, 2), 0)))
    (jump,) = found.jumps
    assert off(jump, (400 / 1.1, 400, 400 / 1.1, 415)) < 0.6


def test_no_jump_where_there_is_none_and_none_where_nothing_agrees(tmp_path: Path) -> None:
    a = wandering(40, 3)
    speed = np.exp(np.interp(np.arange(1200), [0, 300, 600, 900, 1200], np.log([1.5, 0.7, 1.4, 0.6, 1.2])))
    warped = a[np.cumsum(speed)[np.cumsum(speed) < len(a)].astype(int)]
    assert propose_jumps(aligned(tmp_path, a, warped)).jumps == ()
    strangers = propose_jumps(aligned(tmp_path, a, wandering(40, 4)))
    assert strangers.jumps == ()
    assert "can't be told" in strangers.said
    short = propose_jumps(aligned(tmp_path, a[:20], a[:20]))
    assert "too short" in short.said


def test_what_can_not_be_paired_at_all_costs_infinitely() -> None:
    scratch = np.empty((3, 9), np.uint8)
    assert chain(np.zeros((2, 8), np.float32), 0.0, FAR, 0.0, scratch, scratch.copy()) <= -FAR / 2


def test_looking_for_jumps_needs_a_path_and_computes_features_again(tmp_path: Path) -> None:
    a = wandering(30, 5)
    alignment = aligned(tmp_path, a, np.insert(slower(a), 300, wandering(5, 6), 0))
    with pytest.raises(sl.ParameterError, match="align first"):
        propose_jumps(replace(alignment, path=None))
    loaded = replace(alignment, features_a=None, features_b=None)
    assert propose_jumps(loaded) == propose_jumps(alignment)
    assert isinstance(propose_jumps(loaded), JumpSearch)


def test_a_real_performance_with_a_cut_and_an_advertisement(data: Path, tmp_path: Path) -> None:
    audio = data / "audio"
    a, rate = soundfile.read(audio / "Chopin_op10_no3_p01.flac", dtype="float32", stop=50 * 22050)
    b, _ = soundfile.read(audio / "Chopin_op10_no3_p22.flac", dtype="float32", stop=46 * 22050)
    foreign, _ = soundfile.read(audio / "schubert_d911-01_excerpt_SC06.flac", dtype="float32", stop=30 * 22050)
    soundfile.write(tmp_path / "a.wav", np.delete(a, np.s_[30 * rate : 38 * rate]), rate)
    soundfile.write(tmp_path / "b.wav", np.insert(b, 12 * rate, foreign[20 * rate : 27 * rate]), rate)
    pair = sl.open_pair(
        audio / "Chopin_op10_no3_p01.flac",
        audio / "Chopin_op10_no3_p22.flac",
        audio / "Chopin_op10_no3_p01_p22_notes.csv",
    )
    assert pair.truth is not None
    played_a, played_b = pair.truth.times.T
    at_b = float(np.interp(12, np.sort(played_b), played_a[np.argsort(played_b)]))
    start, end = np.interp([30, 38], played_a, played_b) + 7
    found = propose_jumps(sl.align(sl.open_pair(tmp_path / "a.wav", tmp_path / "b.wav"))).jumps
    assert len(found) == 2
    assert off(found[0], (at_b, 12, at_b, 19)) < 0.5
    assert off(found[1], (30, float(start), 30, float(end))) < 0.5


def test_the_command_line_proposes_and_applies_jumps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = wandering(30, 7)
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", np.insert(slower(a), 300, wandering(5, 8), 0))
    words = ["align", str(tmp_path / "a.npy"), str(tmp_path / "b.npy"), "--rate-a", "20", "--rate-b", "20", "-q"]
    told: dict[str, dict[str, Any]] = {}
    for how in ("propose", "apply"):
        assert main([*words, "--jumps", how, "--json"]) == 0
        told[how] = json.loads(capsys.readouterr().out)
        (jump,) = told[how]["jumps"]
        np.testing.assert_allclose((jump["b"], jump["b_end"]), (15, 20), atol=0.5)
    assert told["apply"]["cost"] < told["propose"]["cost"]
    assert main([*words, "--jumps", "propose"]) == 0
    assert "that A lacks" in capsys.readouterr().out
