"""Files of segments against files of other programs and against each other; carried along a path and back."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.errors import ExportError, MediaError, ParameterError
from syncline.model import WarpingPath
from syncline.tiers import SUFFIXES, Segment, Tier, Tiers, carry, load_tiers, save_tiers

MILLIS = (".eaf", ".srt", ".vtt")
SINGLE = (".srt", ".vtt", ".txt")


def words(*labels: str, step: float = 0.25) -> Tier:
    return Tier("words", tuple(Segment(k * 0.5, k * 0.5 + step, label) for k, label in enumerate(labels)))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_again(tmp_path: Path, suffix: str) -> None:
    first = words("he", "wasn’t", "<ill> & “so”", "=1+1", "naïve 日本語 \N{GRINNING FACE}")
    first = Tier("words", (*first.segments, Segment(7 / 3, 3.1, "uneven")))
    if suffix in SINGLE:
        whole = Tiers((Tier("f", first.segments),))
    else:
        beats = Tier("beats", (Segment(0.1, 0.1, "x"), Segment(1 / 3, 1 / 3, "y")), points=True)
        phones = Tier("phones <&> 2", tuple(Segment(k / 7, (k + 1) / 7, "aː") for k in range(5)))
        whole = Tiers((first, phones) if suffix == ".eaf" else (first, phones, beats), 0.0, 3.1)
    if suffix in (".csv", ".tsv", ".json"):
        scored = Tier(whole.tiers[0].name, tuple(Segment(s.start, s.end, s.label, 0.1 + 0.2) for s in first.segments))
        whole = whole.with_tiers((scored, *whole.tiers[1:]))
    assert save_tiers(whole, tmp_path / f"f{suffix}") == ()
    again = load_tiers(tmp_path / f"f{suffix}")
    assert [(t.name, t.points, len(t.segments)) for t in again.tiers] == [
        (t.name, t.points, len(t.segments)) for t in whole.tiers
    ]
    for a, b in zip(again.tiers, whole.tiers, strict=True):
        for x, y in zip(a.segments, b.segments, strict=True):
            assert (x.label, x.score) == (y.label, y.score)
            near = 5.01e-4 if suffix in MILLIS else 0.0
            assert abs(x.start - y.start) <= near and abs(x.end - y.end) <= near
    save_tiers(again, tmp_path / f"g{suffix}")
    if suffix not in SINGLE:  # whose tier is called after the file
        assert (tmp_path / f"g{suffix}").read_bytes() == (tmp_path / f"f{suffix}").read_bytes()


def test_a_textgrid_of_praats(data: Path) -> None:
    found = load_tiers(data / "speech/mary.TextGrid")
    assert [t.name for t in found.tiers] == ["phone", "word", "pitch"]
    assert [s.label for s in found.tiers[1].segments] == ["mary", "rolled", "the", "barrel"]
    assert found.tiers[0].segments[0] == Segment(0.3154201182247563, 0.38526757369599995, "m")
    assert found.tiers[2].points
    assert found.end == 1.869687


def test_words_of_a_forced_aligner(data: Path) -> None:
    found = load_tiers(data / "speech/ss0880.align.json")
    assert [s.label for s in found.tiers[0].segments] == "he was not an ill disposed young man".split()  # noqa: SIM905
    assert found.tiers[1].segments[1] == Segment(0.21, 0.27, "HH")


EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="x" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:///etc/passwd" MIME_TYPE="x"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="100"/><TIME_SLOT TIME_SLOT_ID="b"/>
<TIME_SLOT TIME_SLOT_ID="c" TIME_VALUE="500"/></TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="t" TIER_ID="Ann@speech">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="a" TIME_SLOT_REF2="b">
<ANNOTATION_VALUE>go &amp; see</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="b" TIME_SLOT_REF2="c">
<ANNOTATION_VALUE/></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="t" PARENT_REF="Ann@speech" TIER_ID="gloss">
<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a1"><ANNOTATION_VALUE>verb</ANNOTATION_VALUE>
</REF_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>
"""


def test_an_elan_file(tmp_path: Path) -> None:
    file = tmp_path / "x.eaf"
    file.write_text(EAF)
    found = load_tiers(file)
    assert [(t.name, t.segments) for t in found.tiers] == [
        ("Ann@speech", (Segment(0.1, 0.3, "go & see"), Segment(0.3, 0.5, ""))),
        ("gloss", (Segment(0.1, 0.3, "verb"),)),
    ]
    for damage in ('ANNOTATION_REF="a1"', 'TIME_VALUE="100"', "</TIER>"):
        file.write_text(EAF.replace(damage, damage.replace("a1", "a3").replace("100", "x").replace("</TIER>", "")))
        with pytest.raises(MediaError, match=r"x\.eaf"):
            load_tiers(file)
    file.write_text('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + EAF.split("\n", 1)[1])
    with pytest.raises(MediaError):
        load_tiers(file)


def test_subtitles_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(
        b"\xef\xbb\xbf1\r\n00:00:01,500 --> 00:00:02,000\r\n<i>Two</i>\r\nlines\r\n\r\n"
        b"2\r\n00:01:00,000 --> 01:00:00,001\r\nlast\r\n"
    )
    (found,) = load_tiers(tmp_path / "a.srt").tiers
    assert found.segments == (Segment(1.5, 2.0, "Two\nlines"), Segment(60.0, 3600.001, "last"))
    (tmp_path / "a.vtt").write_text("WEBVTT\n\nNOTE no\n\nid\n00:01.500 --> 00:02.000 align:start\nhello\n")
    (found,) = load_tiers(tmp_path / "a.vtt").tiers
    assert found.segments == (Segment(1.5, 2.0, "hello"),)
    (tmp_path / "labels.txt").write_text("0.5\t0.75\tone\n\\\t100\t200\n1,5\t1,5\ttwo\n")
    found = load_tiers(tmp_path / "labels.txt")
    assert found.tiers[0].segments == (Segment(0.5, 0.75, "one"), Segment(1.5, 1.5, "two"))
    assert found.notes


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "0.5\tx\n", "line 1"),
        ("a.txt", "2\t1\tx\n", "line 1"),
        ("a.csv", "tier,end\nx,1\n", "start"),
        ("a.csv", "start,end\n1,nan\n", "line 2"),
        ("a.json", "{}", "a.json"),
        ("a.json", '{"format": "syncline-tiers", "version": 1, "tiers": [{"name": 1}]}', "a.json"),
        ("a.TextGrid", "nothing", "a.TextGrid"),
        ("a.TextGrid", 'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n1\n<exists>\n7\n"x"', "a.TextGrid"),
        ("a.xyz", "x", "TextGrid"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(MediaError, match=says) as error:
        load_tiers(tmp_path / name)
    assert "\n" not in str(error.value)


def test_what_a_format_cannot_hold(tmp_path: Path) -> None:
    two = Tiers((words("a"), Tier("more", (Segment(0, 1, "b"),))))
    with pytest.raises(ExportError, match="“words”, “more”"):
        save_tiers(two, tmp_path / "x.srt")
    assert not list(tmp_path.iterdir())
    over = Tiers((Tier("t", (Segment(0, 2, "a"), Segment(1, 3, "b", 0.5), Segment(2, 4, "c"))),))
    notes = save_tiers(over, tmp_path / "x.TextGrid")
    assert len(notes) == 2
    found = load_tiers(tmp_path / "x.TextGrid")
    assert [(t.name, [s.label for s in t.segments]) for t in found.tiers] == [("t", ["a", "c"]), ("t (2)", ["b"])]
    with pytest.raises(ParameterError, match="Two tiers"):
        Tiers((words("a"), words("b")))
    with pytest.raises(ParameterError):
        Segment(1, math.nan)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_carried_there_and_back_nothing_moves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.integers(0, 3, 60)
    pairs = np.cumsum(np.column_stack([steps != 1, steps != 2]).astype(np.intp), 0)
    path = WarpingPath(pairs, np.arange(70) / 30, 5 + np.arange(70) / 25, 0.0)
    edges = np.sort(rng.uniform(-0.2, pairs[-1, 0] / 30 + 0.2, 12))
    tier = Tier("t", tuple(Segment(a, b, str(k)) for k, (a, b) in enumerate(zip(edges[::2], edges[1::2], strict=True))))
    there = carry(Tiers((tier,)), path)
    assert np.all(np.diff([t for s in there.tiers[0].segments for t in (s.start, s.end)]) >= 0)
    back = carry(there, path, "a").tiers[0].segments
    assert [s.label for s in back] == [s.label for s in tier.segments]
    assert np.allclose([(s.start, s.end) for s in back], [(s.start, s.end) for s in tier.segments], atol=1e-9)


def test_what_lies_in_a_jump_is_left_out() -> None:
    # A's rows 10 to 19 have no counterpart.
    pairs = np.array([*((k, k) for k in range(10)), *((k, k - 10) for k in range(20, 30))], np.intp)
    path = WarpingPath(pairs, np.arange(30.0), np.arange(20.0), 0.0, breaks=np.array([9]))
    found = carry(
        Tiers((Tier("t", (Segment(1, 3, "a"), Segment(8, 12, "b"), Segment(12, 15, "c"), Segment(22, 25, "d"))),)), path
    )
    assert found.tiers[0].segments == (Segment(1, 3, "a"), Segment(8, 9, "b"), Segment(12, 15, "d"))
    assert len(found.notes) == 1
