"""Trained scorers in project files and in the journal: they come back, and a damaged one costs nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import syncline as sl
from core.project.sessions import match_session
from syncline.errors import ParameterError
from syncline.learning import Scorer, _scorer
from syncline.model import MatchRecipe, NamedMatch, Session, SimilarityTerm
from syncline.progress import Monitor
from syncline.project import JournalWriter, Record, find_recoverable, load_project, recover, save_project, state_digest
from syncline.project.codec import Encoded, encode
from syncline.project.parts import array_name
from syncline.project.store import build_image
from syncline.similarity.learned import LearnedParams
from taught_scenes import locked_scenes


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture(autouse=True)
def empty_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program that was just started."""
    monkeypatch.setattr(_scorer, "_shelf", {})


@pytest.fixture(scope="module")
def trained() -> Session:
    """Five pictures and two scorers, one of which the recipe names; the last picture is matched by it."""
    scenes = locked_scenes(5)
    session = Session(scenes=tuple(scenes)).with_active(5)
    for method, params in (("joint", {"rounds": 2, "starts": 1}), ("contrastive", {"epochs": 2})):
        session = session.with_scorer(sl.learn(scenes[:4], method, params, name=f"my {method}"))
    term = SimilarityTerm("learned", 2.0, LearnedParams(session.scorers[-1].digest))
    recipe = MatchRecipe((SimilarityTerm("text"), term))
    session = replace(session, match_recipe=recipe)
    return session.with_match(NamedMatch(1, 5, sl.match(scenes[4], recipe=recipe)))


def test_scorers_come_back_and_recipes_find_them(tmp_path: Path, trained: Session) -> None:
    project = tmp_path / "p.syncline"
    digest = save_project(trained, project)
    loaded = load_project(project)
    assert {p.kind for p in loaded.problems} == {"outside"}  # the pictures, which never were
    for old, new in zip(trained.scorers, loaded.session.scorers, strict=True):
        assert isinstance(old, Scorer) and isinstance(new, Scorer)
        assert (new.digest, new.label, new.notes, new.figures) == (old.digest, old.label, old.notes, old.figures)
        assert np.array_equal(new.curve, old.curve, equal_nan=True) and new.params == old.params
    before = trained.matchings[0].match
    again = sl.match(loaded.session.scenes[4], recipe=loaded.session.match_recipe)
    assert again.links == before.links
    assert np.array_equal(again.similarity.values, before.similarity.values)
    assert state_digest(loaded.session) == loaded.digest == digest


def test_projects_without_scorers_stay_what_they_were(tmp_path: Path, trained: Session) -> None:
    def format_of(session: Session) -> int:
        save_project(session, tmp_path / "p.syncline")
        return int.from_bytes((tmp_path / "p.syncline").read_bytes()[60:64])

    session = match_session(tmp_path)
    assert format_of(session) == 2
    assert "scorers" not in json.loads(encode(session).items["match"])
    assert format_of(trained) == 3


def edited(encoded: Encoded, name: str, change: Any) -> Encoded:
    items = dict(encoded.items)
    value = json.loads(items[name])
    change(value)
    items[name] = json.dumps(value).encode()
    return Encoded(items, encoded.arrays, encoded.digest)


def _shorter(value: Any, arrays: dict[str, Any]) -> None:
    cut = np.zeros(7)
    arrays[array_name(cut)] = cut
    value["arrays"]["b.linear"] |= {"array": array_name(cut), "shape": [7]}


def _other(value: Any, arrays: dict[str, Any]) -> None:
    old = arrays[value["arrays"]["b.linear"]["array"]]
    arrays[array_name(old + 1)] = old + 1
    value["arrays"]["b.linear"]["array"] = array_name(old + 1)


DAMAGES = {
    "no head": lambda v, a: v.pop("head"),
    "a head that is none": lambda v, a: v.update(head=[1, 2]),
    "no arrays": lambda v, a: v.update(arrays={}),
    "an array that is not there": lambda v, a: v["arrays"]["a.linear"].update(array="0" * 40),
    "sides that say more than there is": lambda v, a: v["arrays"]["a.linear"].update(shape=[1 << 40, 1 << 22]),
    "sides below nothing": lambda v, a: v["arrays"]["a.linear"].update(shape=[-1, -160512]),
    "another shape than the method's": _shorter,
    "other weights": _other,
    "a method of elsewhere": lambda v, a: v["head"].update(method="no_such"),
    "another version": lambda v, a: v["head"].update(version=99),
    "parameters out of range": lambda v, a: v["head"]["params"].update(width=1 << 30),
    "odd widths": lambda v, a: v["head"]["widths"].update(objects=1.5),
    "a curve of words": lambda v, a: v["head"].update(curve=[["x"]]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_scorer_is_one_sentence_and_costs_nothing_else(tmp_path: Path, trained: Session, damage: str) -> None:
    whole = encode(trained, folder=tmp_path)
    arrays = dict(whole.arrays)
    name = f"scorer/{trained.scorers[-1].digest}"
    spoilt = edited(Encoded(whole.items, arrays, whole.digest), name, lambda v: DAMAGES[damage](v, arrays))
    (tmp_path / "p.syncline").write_bytes(build_image(spoilt, Monitor()))
    loaded = load_project(tmp_path / "p.syncline")
    said = [p.sentence for p in loaded.problems if "scorer" in p.sentence]
    assert len(said) == 1 and "left out" in said[0] and said[0].count(". ") == 0
    session = loaded.session
    assert [s.digest for s in session.scorers] == [trained.scorers[0].digest]
    assert len(session.scenes) == 5 and session.matchings[0].match.links == trained.matchings[0].match.links
    assert session.match_recipe.terms[1].params.scorer == trained.scorers[-1].digest
    with pytest.raises(ParameterError, match="not in the project"):
        sl.match(session.scenes[4], recipe=session.match_recipe)


def test_a_scorer_survives_a_crash(tmp_path: Path, trained: Session) -> None:
    writer = JournalWriter(lambda *_: None, tmp_path)
    before = replace(trained, scorers=(), matchings=())
    writer.put([Record("reset", 1, "New", before), Record("replace", 2, "Use scorer", trained)])
    assert writer.flush()
    writer.close(delete=False)
    (found,) = find_recoverable(tmp_path)
    back = recover(found)
    found.done()
    assert [s.digest for s in back.session.scorers] == [s.digest for s in trained.scorers]
    assert back.labels[-1] == "Use scorer"
