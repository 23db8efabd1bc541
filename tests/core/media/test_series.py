"""Series of the UCR and UEA archives: by hand, real ones beside plain splitting, damage, and a video of that suffix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from clips import make_video
from syncline.errors import MediaError
from syncline.media import load_sequence
from syncline.media.arrays import list_keys

TEXT = """#made
@problemName Made
@timeStamps false
@classLabel true up down
@data
1,2,3:10,20,30:up
4,5:40,50:down
"""


def written(folder: Path, text: str = TEXT) -> Path:
    (folder / "made.ts").write_text(text)
    return folder / "made.ts"


def test_a_series_is_chosen_by_its_number(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert list_keys(path) == [("1 up", (3, 2)), ("2 down", (2, 2))]
    media = sl.open_media(path, key="1 up", rate=10)
    np.testing.assert_array_equal(load_sequence(media).values, [[1, 10], [2, 20], [3, 30]])
    np.testing.assert_allclose(load_sequence(media).times, [0, 0.1, 0.2])
    np.testing.assert_array_equal(load_sequence(sl.open_media(path, key="2")).values, [[4, 40], [5, 50]])
    for key in (None, "3", "up", "0"):
        with pytest.raises(MediaError, match=r"holds 2 series.*choose one of them by its number"):
            sl.open_media(path, key=key)


def test_a_real_archive_agrees_with_its_text(data: Path) -> None:
    path = data / "timeseries/BasicMotions_TRAIN.ts"
    assert len(list_keys(path)) == 40
    found = load_sequence(sl.open_media(path, key="17"))
    line = path.read_text().split("@data\n")[1].splitlines()[16]
    expected = np.array([part.split(",") for part in line.split(":")[:-1]], float).T
    assert expected.shape == (100, 6)
    np.testing.assert_allclose(found.values, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("2,3:", "2,x:", "something else than numbers in series 1 .line 6"),
        ("10,20,30", "10,20", "differ in length"),
        ("1,2,3:", "1,nan,3:", "no finite number in row 2"),
        ("false", "true", "a time in every cell"),
        (TEXT[TEXT.index("1,2,3") :], "", "holds no series"),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        sl.open_media(written(tmp_path, TEXT.replace(old, new, 1)), key="1")


def test_a_transport_stream_is_still_a_video(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", frames=10, fps=10, size=(320, 240))
    import av

    with av.open(str(tmp_path / "a.mp4")) as source, av.open(str(tmp_path / "a.ts"), "w", format="mpegts") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert sl.open_media(tmp_path / "a.ts").kind == "video"
    assert list_keys(tmp_path / "a.ts") == []
