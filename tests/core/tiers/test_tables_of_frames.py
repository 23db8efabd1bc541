"""Tables that count frames: read with the recording whose frames they are, as seconds on its clock."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from clips import make_video
from syncline.cli import main
from syncline.errors import MediaError
from syncline.media import open_media
from syncline.tiers import Tiers, load_tiers

EDGES = np.array([0.0, 0.1, 0.2, 0.4, 0.8, 1.0])


def read(folder: Path, text: str, edges: np.ndarray | None = EDGES) -> Tiers:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    return load_tiers(folder / "t.csv", lambda: edges)


@pytest.mark.parametrize(
    "text",
    [
        "start_frame,end_frame_exclusive,label\n0,3,a\n3,5,b\n",
        "start_frame,end_frame_inclusive,label\n0,2,a\n3,4,b\n",
        "first_frame,last_frame,label\n0,2,a\n3,4,b\n",
        # Not said: pieces share a frame number, or follow one another.
        "Start_Frame;End_Frame;label\n0;3;a\n3;5;b\n",
        "start_frame\tend_frame\tlabel\n0\t2\ta\n3\t4\tb\n",
    ],
)
def test_ends_count_or_do_not(tmp_path: Path, text: str) -> None:
    tier = read(tmp_path, text).tiers[0]
    assert [(s.start, s.end, s.label) for s in tier.segments] == [(0.0, 0.4, "a"), (0.4, 1.0, "b")]


def test_frames_without_ends_are_points(tmp_path: Path) -> None:
    tier = read(tmp_path, "label,start_frame\na,1\nb,4\n").tiers[0]
    assert tier.points
    assert [s.start for s in tier.segments] == [0.1, 0.8]


def test_seconds_are_read_where_there_are_both(tmp_path: Path) -> None:
    tier = read(tmp_path, "start_frame,end_frame,start,end\n0,3,0.05,0.35\n", None).tiers[0]
    assert (tier.segments[0].start, tier.segments[0].end) == (0.05, 0.35)


@pytest.mark.parametrize("rows", ["0,6,a", "-1,2,a", "3,2,a", "0.5,2,a", "0,,a", "x,2,a", "0"])
def test_no_frames_of_the_recording(tmp_path: Path, rows: str) -> None:
    with pytest.raises(MediaError, match=r"line 2: start and end must be frames .* has 5, counted from 0"):
        read(tmp_path, f"start_frame,end_frame,label\n{rows}\n")


def test_without_a_recording_nobody_knows_when_frames_are(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="counts frames: open it with"):
        read(tmp_path, "start_frame,end_frame\n0,1\n", None)
    with pytest.raises(MediaError, match="counts frames: open it with"):
        load_tiers(tmp_path / "t.csv")


def test_frames_of_a_video_begin_when_they_are_shown(tmp_path: Path) -> None:
    make_video(tmp_path / "v.mp4", frames=6, fps=10)
    edges = open_media(tmp_path / "v.mp4").frame_edges
    assert edges is not None
    assert edges == pytest.approx(np.arange(7) / 10, abs=1e-3)


def test_motion_is_judged_by_frames_of_people(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = data / "timeseries"
    words = ["segment", str(folder / "86_01.amc"), "--method", "examples", "--json", "-q"]
    for option in ("--examples", "--truth"):
        words += [option, str(folder / "86_01_segments.csv")]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    # All of it is given: the pieces are those of people, at the very frames.
    pieces = found["tiers"][0]["segments"]
    assert [p["label"] for p in pieces] == ["walk", "jump", "walk", "punch", "walk", "leg_kick", "punch"]
    assert [round(p["start"] * 120 + 0.5) for p in pieces[1:]] == [550, 1150, 1980, 2500, 3200, 4065]
    assert found["errors"][0]["boundaries"]["true"] == 6
    assert found["errors"][0]["boundaries"]["f1"] == 1
