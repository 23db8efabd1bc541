"""The anchor file: what is written comes back; anything else is one clear sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.edits.anchor_file import dumps, loads
from syncline.edits.constraints import add_anchor, forbid
from syncline.errors import ParameterError
from syncline.model import Constraints, Lock

TIMES = st.floats(0, 1e5, allow_nan=False)
NOTES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@st.composite
def _constraints(draw: st.DrawFn) -> Constraints:
    c = Constraints()
    for _ in range(draw(st.integers(0, 4))):
        a, b, note = draw(TIMES), draw(TIMES), draw(NOTES)
        if draw(st.booleans()):
            c, _ = add_anchor(c, a, b, "jump", a + draw(TIMES), b + draw(TIMES), note)
        else:
            c, _ = add_anchor(c, a, b, note=note)
    for _ in range(draw(st.integers(0, 2))):
        c = forbid(c, draw(TIMES), draw(TIMES), draw(TIMES), draw(TIMES), draw(NOTES))
    locks = tuple(
        Lock(c.next_id + k, np.sort(draw(st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=5)), axis=0))
        for k in range(draw(st.integers(0, 2)))
    )
    return Constraints(c.anchors, locks, c.forbidden, c.next_id + len(locks))


@settings(max_examples=60, deadline=None)
@given(_constraints())
def test_comes_back_equal(c: Constraints) -> None:
    text = dumps(c)
    back = loads(text, first_id=100)
    assert dumps(back) == text
    assert [k.end for k in back.anchors] == [k.end for k in c.anchors]
    assert all(np.array_equal(p.times, q.times) for p, q in zip(back.locks, c.locks, strict=True))
    ids = [k.id for k in back]
    assert len(set(ids)) == len(ids)
    assert all(100 <= k < back.next_id for k in ids)


def test_documented_example_written_by_hand() -> None:
    c = loads('{"format": "syncline-anchors", "version": 1, "anchors": [{"a": 4.2, "b": 5}, {"a": 1, "b": 1}]}')
    assert [(k.a, k.b, k.kind, k.note) for k in c.anchors] == [(1, 1, "warp", ""), (4.2, 5, "warp", "")]


def _with(**fields: object) -> str:
    return json.dumps({"format": "syncline-anchors", "version": 1, **fields})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ("{", "line 1"),
        ("[" * 100_000, "nested|not valid JSON"),
        ("[1]", "not an anchor file"),
        ('{"format": "something"}', "not an anchor file"),
        ('{"format": "syncline-anchors"}', "version"),
        ('{"format": "syncline-anchors", "version": 2}', "version 2"),
        ('{"format": "syncline-anchors", "version": 1, "anchors": [{"a": NaN, "b": 1}]}', "NaN"),
        ('{"format": "syncline-anchors", "version": 1, "anchors": [{"a": -Infinity, "b": 1}]}', "-Infinity"),
        ('{"format": "syncline-anchors", "version": 1, "anchors": [{"a": 1e999, "b": 1}]}', "finite"),
        ('{"format": "syncline-anchors", "version": 1, "anchors": [{"a": 1' + "0" * 5000 + ', "b": 1}]}', "number"),
        (_with(anchors={}), "must be a list"),
        (_with(anchors=[3]), "item 1 of “anchors”"),
        (_with(anchors=[{"a": 1, "b": 2}, {"a": 1}]), "item 2 .*“b” is missing"),
        (_with(anchors=[{"a": "1", "b": 2}]), "finite"),
        (_with(anchors=[{"a": True, "b": 2}]), "finite"),
        (_with(anchors=[{"a": 1, "b": 2, "kind": ["warp"]}]), "kind"),
        (_with(anchors=[{"a": 1, "b": 2, "kind": "jump", "a_end": 0}]), "back in time"),
        (_with(anchors=[{"a": 1, "b": 2, "note": 7}]), "text"),
        (_with(locks=[{"times": []}]), "pairs"),
        (_with(locks=[{"times": [[1, 2, 3]]}]), "pair"),
        (_with(locks=[{"times": [[1, 2], [0, 3]]}]), "back in time"),
        (_with(forbidden=[{"a0": 1, "a1": 2, "b0": 3}]), "b1"),
    ],
)
def test_damage_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words) as caught:
        loads(text)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_lone_surrogates_do_not_get_in() -> None:
    c = loads(_with(anchors=[{"a": 1, "b": 2, "note": "a\ud800b"}]))
    assert c.anchors[0].note.encode() == b"a?b"
