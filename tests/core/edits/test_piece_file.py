"""Files of edits: there and back, and what is wrong with one."""

from __future__ import annotations

import json

import pytest

from syncline.edits import pieces
from syncline.edits.piece_file import Written, dumps, loads
from syncline.errors import ParameterError
from syncline.model.recordings import Word
from syncline.model.segments import Segment, Tier, Tiers

EVERY: list[pieces.Edit] = [
    pieces.Move("words", 3, True, 1.25),
    pieces.Move("scenes", 0, False, 0.5, alone=True),
    pieces.Split("words", 2.5, ("ice", "cream")),
    pieces.Split("units", 2.5),
    pieces.Merge("changes", 4),
    pieces.Relabel("labels", 12, "ə"),
    pieces.Insert("words", 3.1, 3.4, "the"),
    pieces.Remove("words", 7),
    pieces.Lock("words", 2, None, True),
    pieces.Lock("words", 2, False, False),
    pieces.Transcript((Word("ice"), Word("42", ("f", "ɔ")))),
    pieces.AddTier("beats", True),
    pieces.RenameTier("beats", "bars"),
    pieces.RemoveTier("bars"),
    pieces.TakeTiers(Tiers((Tier("scenes", (Segment(0, 2, "a"),)), Tier("beats", (Segment(1, 1),), True)))),
]


def test_every_edit_comes_back() -> None:
    assert {type(e) for e in EVERY} == set(pieces.Edit.__args__)
    assert [w.edit for w in loads(dumps(EVERY))] == EVERY
    assert all(w.at is None for w in loads(dumps(EVERY)))
    assert [w.edit for w in loads(json.dumps(json.loads(dumps(EVERY))["edits"]))] == EVERY


def test_a_piece_can_be_named_by_a_time_in_it() -> None:
    (written,) = loads('[{"do": "merge", "tier": "words", "at": 2.5}]')
    assert written == Written(pieces.Merge("words", 0), 2.5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1"),
        ('{"format": "x"}', "not a file of edits"),
        ('{"format": "syncline-edits", "version": 9, "edits": []}', "version 9"),
        ('[{"do": "fly"}]', "edit 1: “do”"),
        ('[{"do": "merge", "tier": "words"}]', "“piece” is missing"),
        ('[{"do": "merge", "tier": "words", "piece": -1}]', "0 for the first"),
        ('[{"do": "merge", "tier": "words", "piece": 1, "time": 2}]', "“time” is unknown"),
        ('[{"do": "split", "tier": "words", "time": NaN}]', "NaN"),
        ('[{"do": "split", "tier": "words", "time": 1, "labels": ["a"]}]', "two texts"),
        ('[{"do": "lock", "tier": "words", "piece": 1, "end": 1, "on": true}]', "true or false"),
        ('[{"do": "transcript", "words": [1]}]', "must be text"),
        ('[{"do": "take_tiers", "tiers": [{"name": "x", "segments": [{"start": 0}]}]}]', "“end”"),
        ("[" * 100_000, "nested"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        loads(text)
