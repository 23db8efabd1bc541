"""Motion capture: a motion written by hand, a real one, and what damage leads to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from syncline.errors import MediaError
from syncline.media import load_sequence

ASF = """# made
:root
 order TX TY TZ RX RY RZ
:bonedata
 begin
  name knee
  dof rx
 end
 begin
  name hip
  dof rx rz
 end
"""
AMC = """#!made
:FULLY-SPECIFIED
:DEGREES
1
root 1 2 3 170 0 0
hip 10 -5.5
knee 1e1
2
root 1 2 400 -179 0 0
hip 11 -5
knee 20
4
root 1 2 5 -170 0 0
hip 12 -4
knee 30
"""


def written(folder: Path, amc: str = AMC, asf: str | None = ASF, name: str = "07_01") -> Path:
    if asf is not None:
        (folder / f"{name.rpartition('_')[0]}.asf").write_text(asf)
    (folder / f"{name}.amc").write_text(amc)
    return folder / f"{name}.amc"


def test_a_motion_written_by_hand_comes_back_with_its_angles_unwrapped(tmp_path: Path) -> None:
    media = sl.open_media(written(tmp_path))
    assert media.kind == "features" and media.sequence is not None
    assert media.sequence.names[3:] == ("root rx", "root ry", "root rz", "hip rx", "hip rz", "knee rx")
    assert len(media.notes) == 1 and "120 frames a second are assumed" in media.notes[0]
    found = load_sequence(media)
    np.testing.assert_allclose(found.times, [0, 1 / 120, 3 / 120])
    # 170, −179 and −170 degrees are 170, 181 and 190; a place that jumps by 400 stays where it is.
    np.testing.assert_allclose(found.values[:, 3], [170, 181, 190], rtol=1e-6)
    np.testing.assert_allclose(found.values[:, 2], [3, 400, 5])
    np.testing.assert_allclose(found.values[:, 6:], [[10, -5.5, 10], [11, -5, 20], [12, -4, 30]])
    np.testing.assert_allclose(load_sequence(sl.open_media(media.path, rate=60)).times, [0, 1 / 60, 3 / 60])


def test_radians_become_degrees_and_a_motion_without_its_skeleton_is_numbered(tmp_path: Path) -> None:
    media = sl.open_media(written(tmp_path, AMC.replace(":DEGREES", ":RADIANS"), None))
    assert media.sequence is not None
    assert media.sequence.names[-3:] == ("hip 1", "hip 2", "knee 1")
    assert "no skeleton" in media.notes[0]
    np.testing.assert_allclose(load_sequence(media).values[0, 6:], np.degrees([10.0, -5.5, 10.0]), rtol=1e-6)
    other = tmp_path / "other"
    other.mkdir()
    foreign = sl.open_media(written(other, asf=ASF.replace("dof rx rz", "dof rx")))
    assert "is not the skeleton" in foreign.notes[0]


def test_a_real_motion_agrees_with_its_text(data: Path) -> None:
    path = data / "timeseries/86_01.amc"
    media = sl.open_media(path)
    assert media.sequence is not None and media.sequence.channels == 62
    found = load_sequence(media)
    assert len(found) == 4579
    # The numbers of frame 1000 as a person would look them up.
    text = path.read_text().splitlines()
    at = text.index("1000")
    words = [w for line in text[at + 1 : at + 30] for w in line.split()[1:]]
    expected = np.array(words, float)
    difference = found.values[999] - expected
    turns = np.round(difference / 360)
    np.testing.assert_allclose(difference, 360 * turns, atol=2e-3)
    assert not turns[:3].any()
    assert np.abs(np.diff(found.values[:, 3:], axis=0)).max() < 180
    assert [n for n in media.sequence.names if n.startswith("rhumerus")] == [
        "rhumerus rx",
        "rhumerus ry",
        "rhumerus rz",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("hip 11 -5\n", "hip 11\n", "another bone than the first frame in line 10"),
        ("hip 11 -5\n", "", "another bone than the first frame"),
        ("knee 20\n", "", "has 2 bones where other frames have 3 in line 11"),
        ("-5\nknee 20", "-5\nknee x", "something else than numbers in the frame in line 8"),
        ("-5\nknee 20", "-5\nknee nan", "no finite number"),
        ("\n4\n", "\n2\n", "counts its frames backwards"),
        ("knee 30\n", "", "is cut off"),
        ("1\nroot", "root", "no number of a frame"),
    ],
)
def test_damage_is_one_sentence_that_says_where(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in AMC
    with pytest.raises(MediaError, match=sentence) as caught:
        sl.open_media(written(tmp_path, AMC.replace(old, new, 1)))
    assert "07_01.amc" in str(caught.value)


def test_a_skeleton_or_an_empty_motion_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "only.asf").write_text(ASF)
    with pytest.raises(MediaError, match=r"skeleton without motion; choose the \.amc"):
        sl.open_media(tmp_path / "only.asf")
    with pytest.raises(MediaError, match="holds no frames"):
        sl.open_media(written(tmp_path, ":DEGREES\n"))


def test_mutated_motions_are_read_or_refused_in_one_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    raw, read = AMC.encode(), 0
    sentences: list[str] = []
    for _ in range(150):
        mutant = bytearray(raw)
        for _ in range(rng.integers(1, 4)):
            kind, at = rng.integers(3), int(rng.integers(len(mutant)))
            if kind == 0:
                mutant[at] = rng.integers(256)
            elif kind == 1:
                del mutant[at : at + int(rng.integers(1, 12))]
            else:
                mutant[at:at] = bytes(rng.integers(0, 256, 3, dtype=np.uint8))
        path = tmp_path / "m.amc"
        path.write_bytes(bytes(mutant))
        try:
            media = sl.open_media(path)
        except MediaError as error:
            sentences.append(str(error))
            continue
        read += 1
        assert media.sequence is not None
        assert np.isfinite(load_sequence(media).values).all()
    assert 10 < read < 140
    assert all("\n" not in s and "m.amc" in s for s in sentences)
