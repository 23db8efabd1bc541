"""Emissions that are too many for memory lie in a file of their own, and are what they are in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from syncline.errors import Cancelled, MediaError, OverBudget
from syncline.heat_tiles import HeatTiles
from syncline.media import arrays, load_emissions, open_emissions, open_media
from syncline.media import emissions as reader
from syncline.model.emissions import Emissions
from syncline.progress import Monitor
from syncline.solvers.segment.ctc import align

LABELS = ("-", *"abcdefg")


def values(kind: str) -> np.ndarray:
    logits = np.random.default_rng(3).normal(0, 2, (700, 8)).astype(np.float32)
    if kind == "logits":
        return logits
    p = np.exp(logits)
    p /= p.sum(1, keepdims=True)
    return p if kind == "probabilities" else np.asfortranarray(np.log(p)) if kind == "columns" else np.log(p)


@pytest.mark.parametrize("kind", ["logits", "probabilities", "logarithms", "columns"])
def test_what_lies_in_a_file_is_what_would_lie_in_memory(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "heard.npy"
    np.save(file, values(kind))
    monkeypatch.setattr(reader, "_AT_ONCE", 8 * 64)
    held = load_emissions(file, LABELS)
    monkeypatch.setattr(reader, "_IN_MEMORY", 1000)
    mapped = load_emissions(file, LABELS)
    assert isinstance(mapped.log_probs.base, np.memmap) and not isinstance(held.log_probs.base, np.memmap)
    assert mapped.log_probs.flags.c_contiguous and not mapped.log_probs.flags.writeable
    np.testing.assert_array_equal(mapped.log_probs, held.log_probs)
    exact = values(kind).astype(np.float64)
    exact = np.log(exact) if kind == "probabilities" else exact
    exact -= np.log(np.exp(exact).sum(1, keepdims=True))
    np.testing.assert_allclose(mapped.log_probs, exact, atol=2e-6)
    # The user's own file may be written anew meanwhile.
    file.write_bytes(b"")
    mapped.let_go()
    np.testing.assert_array_equal(mapped.log_probs, held.log_probs)
    np.testing.assert_array_equal(mapped.column(3), held.log_probs[:, 3].astype(np.float64))
    one, two = (align(e, [1, 2, 3], posteriors=True) for e in (held, mapped))
    assert (one.path == two.path).all() and one.log_prob == two.log_prob
    codes: list[np.ndarray] = []
    for e in (held, mapped):
        tiles = HeatTiles.of_emissions(e)
        tiles.survey()
        level = tiles.levels - 1
        codes.append(tiles.look(level, 0, tiles.columns(level)))
    assert (codes[0] == codes[1]).all() and codes[0].any()


def test_no_more_than_some_rows_are_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "heard.npy", values("logits"))
    monkeypatch.setattr(reader, "_AT_ONCE", 8 * 50)
    monkeypatch.setattr(reader, "_IN_MEMORY", 1000)
    taken: list[int] = []
    rows = reader._rows

    def counted(*args: object) -> np.ndarray:
        block = rows(*args)  # type: ignore[arg-type]
        taken.append(len(block))
        return block

    monkeypatch.setattr(reader, "_rows", counted)
    load_emissions(tmp_path / "heard.npy", LABELS)
    assert max(taken) == 50 and sum(taken) == 2 * 700


def test_a_number_that_is_none_is_named_by_its_frame_and_reading_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_AT_ONCE", 8 * 64)
    bad = values("logits")
    bad[401, 2] = np.nan
    np.save(tmp_path / "bad.npy", bad)
    with pytest.raises(MediaError, match="frame 401"):
        load_emissions(tmp_path / "bad.npy", LABELS)
    monitor = Monitor()
    monitor.cancel()
    np.save(tmp_path / "good.npy", values("logits"))
    with pytest.raises(Cancelled):
        load_emissions(tmp_path / "good.npy", LABELS, monitor=monitor)


def test_features_have_a_smaller_limit_than_emissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "heard.npy"
    np.save(file, values("logits"))
    monkeypatch.setattr(arrays, "MOST_BYTES", 1000)
    monkeypatch.setattr(arrays._checked, "__defaults__", (1000,))
    monkeypatch.setattr(arrays._npy, "__defaults__", (1000,))
    with pytest.raises(OverBudget):
        open_media(file)
    heard = load_emissions(file, LABELS, step=0.04)
    opened = open_emissions(file, heard)
    assert opened.duration == pytest.approx(28.0) and opened.sequence is not None
    assert opened.sequence.channels == 8
    monkeypatch.setattr(reader, "_MOST", 1000)
    with pytest.raises(OverBudget):
        load_emissions(file, LABELS)


def test_a_file_of_emissions_is_opened_as_one_of_features_would_be_and_may_hold_what_is_impossible(
    tmp_path: Path,
) -> None:
    file = tmp_path / "heard.npy"
    np.save(file, values("logits"))
    heard = load_emissions(file, LABELS, step=0.03)
    one, two = open_emissions(file, heard), open_media(file, rate=1 / heard.step)
    assert one.sequence is not None and two.sequence is not None
    np.testing.assert_array_equal(one.sequence.times, two.sequence.times)
    for name in ("path", "kind", "duration", "digest", "size", "mtime_ns", "options", "notes"):
        assert getattr(one, name) == getattr(two, name), name
    gaps = values("logarithms")
    gaps[::7, 3] = -np.inf
    np.save(file, gaps)
    assert open_emissions(file, load_emissions(file, LABELS)).duration == pytest.approx(14.0)


def test_whether_anything_is_impossible_is_known_from_the_start() -> None:
    logs = values("logarithms")
    assert not Emissions(logs.copy(), LABELS).gaps
    logs[699, 7] = -np.inf
    whole = Emissions(logs, LABELS)
    assert whole.gaps and not replace(whole, log_probs=logs[:690]).gaps and replace(whole, log_probs=logs[690:]).gaps
