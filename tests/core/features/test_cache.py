"""The store of features on disk."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from syncline.features import REGISTRY
from syncline.features import _cache as cache
from syncline.model import Features
from syncline.registry import build


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SYNCLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made(rows: int = 50) -> Features:
    return Features(np.random.default_rng(rows).normal(0, 1, (rows, 8)).astype(np.float32), np.arange(rows) / 30)


def test_what_was_kept_comes_back_bit_for_bit_and_goes_when_cleared() -> None:
    features = made()
    assert cache.load("k") is None
    assert cache.store("k", features) == ""
    again = cache.load("k")
    assert again is not None
    np.testing.assert_array_equal(again.values, features.values)
    np.testing.assert_array_equal(again.times, features.times)
    size = cache.size()
    assert size > features.values.nbytes
    assert cache.clear() == size
    assert cache.size() == 0
    assert cache.load("k") is None


def test_no_damage_passes_as_an_entry(own_folder: Path) -> None:
    cache.store("k", made(5))
    (path,) = own_folder.rglob("*.features")
    whole = path.read_bytes()
    rng = np.random.default_rng(2)
    spoilt = [
        bytes([*whole[:i], whole[i] ^ (1 << int(rng.integers(8))), *whole[i + 1 :]]) for i in range(0, len(whole), 7)
    ]
    for blob in [*spoilt, b"", whole[:10], whole[:-1], whole + b"x", bytes(len(whole))]:
        path.write_bytes(blob)
        assert cache.load("k") is None
        assert not path.exists()


def test_what_was_used_longest_ago_goes_first(monkeypatch: pytest.MonkeyPatch, own_folder: Path) -> None:
    for k in range(3):
        cache.store(f"k{k}", made())
    paths = {p.stem: p for p in own_folder.rglob("*.features")}
    for age, name in ((30, "k0"), (20, "k1"), (10, "k2")):
        os.utime(paths[name], (1e9 - age, 1e9 - age))
    assert cache.load("k0") is not None
    monkeypatch.setattr(cache, "CAP", cache.size())
    cache.store("k3", made())
    assert {p.stem for p in own_folder.rglob("*.features")} == {"k0", "k2", "k3"}


def test_a_folder_that_can_not_be_made_is_a_sentence_not_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SYNCLINE_CACHE", str(tmp_path / "file" / "below"))
    assert "not kept" in cache.store("k", made())
    assert cache.load("k") is None
    assert cache.size() == 0


def test_the_key_names_all_that_the_numbers_depend_on() -> None:
    method = REGISTRY["chroma"]
    params = build(method.params)
    keys = {
        cache.key("digest", method, params, "audio 1"),
        cache.key("another", method, params, "audio 1"),
        cache.key("digest", method, params, "audio 2"),
        cache.key("digest", method, build(method.params, {"hop_ms": 21.0}), "audio 1"),
        cache.key("digest", replace(method, version=method.version + 1), params, "audio 1"),
        cache.key("digest", replace(method, name="x"), params, "audio 1"),
    }
    assert len(keys) == 6
    assert cache.key("digest", method, build(method.params), "audio 1") in keys


def test_entries_are_read_by_several_threads_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A collector that lets another thread in while a header is parsed made two at once end in a SystemError."""
    monkeypatch.setenv("SYNCLINE_CACHE", str(tmp_path))
    cache.store("x", Features(np.ones((3, 2), np.float32), np.arange(3.0)))
    inside, most = 0, 0
    load = np.load

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.005)
        found = load(*args, **kwargs)
        inside -= 1
        return found

    monkeypatch.setattr(np, "load", counted)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(cache.load, ["x"] * 8))
    assert all(f is not None and len(f) == 3 for f in found)
    assert most == 1
