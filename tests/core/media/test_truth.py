"""Truth files: the shapes that lie in the shared data, and the sides told apart."""

from __future__ import annotations

import numpy as np
import pytest

from clips import make_video
from syncline.errors import MediaError
from syncline.media import load_truth, open_media


def test_frames_are_mapped_by_each_sides_own_clock(tmp_path):
    times = np.cumsum([0, 0.1, 0.02, 0.3, 0.05])
    a = open_media(make_video(tmp_path / "a.mp4", frames=5, times=times, size=(64, 48)))
    b = open_media(make_video(tmp_path / "b.mp4", frames=8, fps=25, size=(64, 48)))
    (tmp_path / "t.csv").write_text("b_frame,a_frame\n7,4\n0,0\n3,2\n")
    truth = load_truth(tmp_path / "t.csv", a, b)
    assert np.allclose(truth.times, [[0, 0], [0.12, 3 / 25], [0.47, 7 / 25]], atol=1e-4)
    swapped = load_truth(tmp_path / "t.csv", b, a, swap=True)
    assert np.allclose(swapped.times, truth.times[:, ::-1])
    (tmp_path / "t.csv").write_text("a_frame,b_frame\n0,0\n9,3\n")
    with pytest.raises(MediaError, match=r"frame 9 in row 2 \(line 3\), but “a.mp4” has frames 0 to 4"):
        load_truth(tmp_path / "t.csv", a, b)
    (tmp_path / "t.csv").write_text("a_frame,a_time,b_frame,b_time\n0,0.25,0,0.125\n")
    assert np.array_equal(load_truth(tmp_path / "t.csv", a, b).times, [[0.25, 0.125]])
    (tmp_path / "t.csv").write_text("0.1,0.2\n0.0,0.1\n")
    assert np.array_equal(load_truth(tmp_path / "t.csv", a, b).times, [[0.0, 0.1], [0.1, 0.2]])
    (tmp_path / "t.csv").write_text("x,y,z\n1,2,3\n")
    with pytest.raises(MediaError, match="columns x, y, z"):
        load_truth(tmp_path / "t.csv", a, b)


CASES = [
    ("video/pose2sim_cam02", "video/pose2sim_cam02_retimed", "video/pose2sim_cam02_retimed_map.csv", 2, 3),
    ("audio/schubert_d911-01_excerpt_HU33", "audio/schubert_d911-01_excerpt_SC06", "_measures.csv", 1, 2),
    ("audio/Chopin_op10_no3_p01", "audio/Chopin_op10_no3_p22", "_p22_onsets.csv", 1, 2),
    ("audio/Chopin_op10_no3_p01", "audio/Chopin_op10_no3_p22", "_p22_notes.csv", 3, 4),
    ("audio/sir_duke_slow", "audio/sir_duke_fast", "audio/sir_duke_anchors.csv", 1, 2),
]


@pytest.mark.parametrize(("a", "b", "table", "column_a", "column_b"), CASES)
def test_the_truths_of_the_shared_data_in_either_order(data, a, b, table, column_a, column_b):
    def find(stem):
        return next(
            open_media(data / f"{stem}{s}") for s in (".mp4", ".flac", ".ogg") if (data / f"{stem}{s}").exists()
        )

    first, second = find(a), find(b)
    path = data / table
    if not path.exists():
        stem = a.removesuffix("_HU33")
        path = data / f"{stem}{table}"
    cells = [line.split(",") for line in path.read_text().splitlines()[1:]]
    if "map" in table:
        expected = np.array([[int(c[1]) / 60, int(c[0]) / 60] for c in cells])
    else:
        expected = np.array([[float(c[column_a]), float(c[column_b])] for c in cells])
    key = np.lexsort((expected[:, 1], expected[:, 0]))
    got = load_truth(path, first, second).times
    assert np.all(np.diff(got[:, 0]) >= 0)
    assert np.allclose(got[np.lexsort((got[:, 1], got[:, 0]))], expected[key], atol=1e-6)
    other = load_truth(path, second, first).times[:, ::-1]
    assert np.allclose(other[np.lexsort((other[:, 1], other[:, 0]))], expected[key], atol=1e-6)
