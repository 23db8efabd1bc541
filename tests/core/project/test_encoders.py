"""Trained encoders in project files and in the journal: they come back, and a damaged one costs nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import syncline as sl
from syncline.embedding import Encoder, _encoder
from syncline.errors import ParameterError
from syncline.progress import Monitor
from syncline.project import JournalWriter, Record, find_recoverable, load_project, recover, save_project, state_digest
from syncline.project.codec import Encoded, encode
from syncline.project.store import build_image


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program that was just started."""
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(_encoder, "_shelf", {})


@pytest.fixture
def trained(tmp_path: Path) -> sl.Session:
    """A pair with two encoders, by the newer of which it is aligned."""
    random = np.random.default_rng(0)
    for name, length in (("a", 30), ("b", 40)):
        t = np.linspace(0, 6, length)[:, None] * [1, 1.3, 0.7]
        np.save(tmp_path / f"{name}.npy", np.sin(t) + 0.05 * random.normal(size=t.shape))
    pair = sl.open_pair(tmp_path / "a.npy", tmp_path / "b.npy")
    session = sl.Session(pair.a, pair.b)
    for seed in (0, 1):
        params = {"epochs": 2, "check": False, "seed": seed, "context": seed}
        session = session.with_encoder(sl.learn_embedding(pair, params=params, name=f"mine {seed}"))
    newest = session.encoders[-1]
    assert isinstance(newest, Encoder)
    al = sl.align(pair, features=sl.learned_recipe(newest))
    return replace(session.with_alignment(al), recipe=al.recipe)


def test_encoders_come_back_and_recipes_find_them(tmp_path: Path, trained: sl.Session) -> None:
    digest = save_project(trained, tmp_path / "p.syncline")
    _encoder._shelf.clear()
    loaded = load_project(tmp_path / "p.syncline")
    for old, new in zip(trained.encoders, loaded.session.encoders, strict=True):
        assert isinstance(old, Encoder) and isinstance(new, Encoder)
        assert (new.digest, new.label, new.notes, new.figures) == (old.digest, old.label, old.notes, old.figures)
        assert np.array_equal(new.curve, old.curve, equal_nan=True)
    al, before = loaded.session.alignments[0], trained.alignments[0]
    again = sl.align(al.pair, features=loaded.session.recipe.features)
    assert again.path is not None and before.path is not None
    assert np.array_equal(again.path.pairs, before.path.pairs)
    assert state_digest(loaded.session) == loaded.digest == digest
    assert int.from_bytes((tmp_path / "p.syncline").read_bytes()[60:64]) == 3
    assert "encoders" not in json.loads(encode(replace(trained, encoders=())).items["session"])


DAMAGES = {
    "no head": lambda v: v.pop("head"),
    "an array that is not there": lambda v: v["arrays"]["map.linear"].update(array="0" * 40),
    "another shape": lambda v: v["arrays"]["map.linear"].update(shape=[1, 1]),
    "a context it was not trained with": lambda v: v["head"].update(context=3),
    "another base": lambda v: v["head"].update(base="chroma"),
    "a later version": lambda v: v["head"].update(version=99),
    "a curve of words": lambda v: v["head"].update(curve=[["x"]]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_encoder_is_one_sentence_and_costs_nothing_else(
    tmp_path: Path, trained: sl.Session, damage: str
) -> None:
    whole = encode(trained, folder=tmp_path)
    name = f"encoder/{trained.encoders[-1].digest}"
    value: Any = json.loads(whole.items[name])
    DAMAGES[damage](value)
    spoilt = Encoded({**whole.items, name: json.dumps(value).encode()}, whole.arrays, whole.digest)
    (tmp_path / "p.syncline").write_bytes(build_image(spoilt, Monitor()))
    _encoder._shelf.clear()
    loaded = load_project(tmp_path / "p.syncline")
    said = [p.sentence for p in loaded.problems if "encoder" in p.sentence]
    assert len(said) == 1 and "left out" in said[0] and said[0].count(". ") == 0
    assert [e.digest for e in loaded.session.encoders] == [trained.encoders[0].digest]
    al = loaded.session.alignments[0]
    assert al.path is not None
    with pytest.raises(ParameterError, match="not in the project"):
        sl.align(al.pair, features=al.recipe.features)


def test_an_encoder_survives_a_crash(tmp_path: Path, trained: sl.Session) -> None:
    writer = JournalWriter(lambda *_: None, tmp_path)
    before = replace(trained, encoders=())
    writer.put([Record("reset", 1, "New", before), Record("replace", 2, "Use encoder", trained)])
    assert writer.flush()
    writer.close(delete=False)
    (found,) = find_recoverable(tmp_path)
    back = recover(found)
    found.done()
    assert [e.digest for e in back.session.encoders] == [e.digest for e in trained.encoders]
