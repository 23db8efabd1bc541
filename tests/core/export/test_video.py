"""The exported video shows, frame by frame, what the path says, at A's own times."""

from __future__ import annotations

from typing import ClassVar

import av
import numpy as np
import pytest
from export_made import aligned, heard, job, video

from clips import paint, read_number
from syncline.errors import ExportError
from syncline.export import run
from syncline.export._mp4 import clock

TOLERANCE = 1e-4


def decoded(path):
    """Times and BGR pictures by plain PyAV."""
    times, pictures = [], []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            times.append(float(frame.pts * frame.time_base))
            pictures.append(frame.to_ndarray(format="bgr24"))
    return np.array(times), pictures


def sound_of(path):
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        start, parts = None, []
        for frame in container.decode(container.streams.audio[0]):
            if start is None:
                start = float(frame.pts * frame.time_base)
            block = frame.to_ndarray()
            parts.append(block if block.ndim == 2 else block[None])
    return np.concatenate(parts, axis=1), rate, start


@pytest.fixture(scope="module")
def retimed(tmp_path_factory, alignment):
    target = tmp_path_factory.mktemp("out") / "retimed.mp4"
    run(job(alignment), target, params={"sound": "both"})
    return target


def test_retimed_has_a_frame_for_each_of_a_at_a_s_times(retimed, alignment):
    times, pictures = decoded(retimed)
    np.testing.assert_allclose(times, alignment.pair.a.video.times, atol=TOLERANCE)
    assert pictures[0].shape == (66, 140, 3)


def test_each_frame_is_the_one_the_path_pairs_with_a_s(retimed, alignment):
    _times, pictures = decoded(retimed)
    path = alignment.path
    assert [read_number(p) for p in pictures] == [path.frames_to_b(i) for i in range(40)]


def test_sound_stands_where_the_map_puts_it(retimed, alignment):
    samples, rate, start = sound_of(retimed)
    assert len(samples) == 2
    left, right = heard(samples[0], rate) + start, heard(samples[1], rate) + start
    assert left == pytest.approx([0.5], abs=0.003)
    expected = alignment.path.to_a(np.array([0.6, 1.2, 1.9]))
    expected = expected[expected < alignment.pair.a.duration]
    assert len(right) == len(expected)
    # A frame of slack: to_a and to_b are each a mean over the rows of a staircase.
    assert np.abs(right - expected).max() < 0.04


def test_side_by_side_shows_both(tmp_path, alignment):
    run(job(alignment), tmp_path / "v.mp4", params={"layout": "side_by_side"})
    _times, pictures = decoded(tmp_path / "v.mp4")
    path = alignment.path
    # B is 140 × 66 and stands beside A, 112 × 64, at A's height: 135.8 → 136 wide.
    assert pictures[0].shape == (64, 112 + 136, 3)
    assert [read_number(p[:, :112]) for p in pictures] == list(range(40))
    assert [read_number(p[:, 112:]) for p in pictures] == [path.frames_to_b(i) for i in range(40)]


def test_overlay_mixes_by_opacity(tmp_path, alignment):
    run(job(alignment), tmp_path / "only_a.mp4", params={"layout": "overlay", "opacity": 0})
    run(job(alignment), tmp_path / "half.mp4", params={"layout": "overlay", "opacity": 0.5})
    _, only_a = decoded(tmp_path / "only_a.mp4")
    _, half = decoded(tmp_path / "half.mp4")
    assert [read_number(p) for p in only_a] == list(range(40))
    # Bar 8 spells 2⁴: dark in A's frame 39, bright in B's 59, so half way between.
    bar = slice(8 * 112 // 14 + 3, 9 * 112 // 14 - 3)
    assert 100 < half[39][10:24, bar].mean() < 150


def test_smooth_motion_blends_the_two_nearest_frames(tmp_path, clips):
    a, b = clips
    # One row in four of A: between them the map lies between B's frames.
    rows = np.arange(0, 40, 4)
    al = aligned(a, b, [(k, k) for k in range(10)], a.video.times[rows], np.arange(10) * 0.12)
    run(job(al), tmp_path / "v.mp4", params={"motion": "smooth", "crf": 1, "sound": "none"})
    _, pictures = decoded(tmp_path / "v.mp4")
    position = al.path.to_b(a.video.times) * 25
    for i in range(36):
        low = int(position[i] + 1e-9)
        weight = position[i] - low
        want = (1 - weight) * paint(low, (140, 66)) + weight * paint(low + 1, (140, 66))
        # The bars: colour is stored at half the resolution, brightness is not.
        assert np.abs(pictures[i][4:28].mean(2) - want[4:28].mean(2)).mean() < 8, i


def test_b_ends_early_and_is_held_then(tmp_path, clips):
    a, b = clips
    al = aligned(a, b, [(0, 50), (1, 51), (2, 52)], a.video.times[:3], b.video.times)
    run(job(al), tmp_path / "v.mp4", params={"sound": "none"})
    times, pictures = decoded(tmp_path / "v.mp4")
    assert len(times) == 40
    assert read_number(pictures[0]) == 50 and read_number(pictures[-1]) == 59


def test_turned_and_mirrored_clips_come_out_upright(tmp_path, clips):
    a = clips[0]
    b = video(tmp_path / "b.mp4", np.arange(40) / 30, (112, 64), rotate=90, mirror=True)
    run(job(aligned(a, b, [(k, k) for k in range(40)])), tmp_path / "v.mp4", params={"sound": "none"})
    _, pictures = decoded(tmp_path / "v.mp4")
    assert [read_number(p) for p in pictures] == list(range(40))


def test_frames_that_can_not_be_decoded_hold_the_one_before():
    from types import SimpleNamespace

    from syncline.export.video_mp4 import _Frames

    class Damaged:
        starts: ClassVar[list[int]] = []

        def frames(self, start):
            self.starts.append(start)
            return ((k, k / 25, k) for k in range(start, 600) if k % 10 not in (3, 4))

    frames = _Frames(Damaged(), SimpleNamespace(frames=1000))
    wanted = [0, 1, 2, 3, 4, 4, 5, 6, 5, 6, 300, 303, 599, 620, 999]
    assert [frames.at(k) for k in wanted] == [0, 1, 2, 2, 2, 2, 5, 6, 5, 6, 300, 302, 599, 599, 599]
    # The long way to 300 is not decoded frame by frame.
    assert Damaged.starts[:2] == [0, 300]


def test_odd_sizes_become_even_and_one_frame_is_a_video(tmp_path):
    a = video(tmp_path / "a.mkv", np.array([0.0]), (51, 33))
    b = video(tmp_path / "b.mkv", np.array([0.0, 0.1]), (45, 35))
    assert (a.video.width, a.video.height) == (51, 33)
    for layout, shape in (("retimed", (36, 46)), ("overlay", (34, 52)), ("side_by_side", (34, 94))):
        run(job(aligned(a, b, [(0, 0), (0, 1)])), tmp_path / "v.mp4", params={"layout": layout})
        times, pictures = decoded(tmp_path / "v.mp4")
        assert times.tolist() == [0.0]
        assert pictures[0].shape[:2] == shape


@pytest.mark.parametrize(("height", "space", "luma"), [(64, 5, 0.299), (720, 1, 0.2126)])
def test_colours_carry_the_right_matrix(tmp_path, height, space, luma):
    import cv2

    from syncline.export._mp4 import Mp4Writer
    from syncline.progress import Monitor

    target = tmp_path / "c.mp4"
    target.touch()
    red = np.zeros((height, 64, 3), np.uint8)
    red[..., 2] = 255
    base, ticks = clock(video(tmp_path / "x.mp4", np.array([0.0, 0.1])).video)
    with Mp4Writer(target, (64, height), base, ticks, 0.1, None, 0.2, 1, "ultrafast", Monitor()) as out:
        out.add(red)
        out.add(cv2.flip(red, 1))
    with av.open(str(target)) as container:
        frame = next(container.decode(video=0))
        assert frame.colorspace == space
        # Y of pure red is 16 + 219 · Kr: Kr is what the standards differ in (BT.601 5, BT.709 1).
        assert frame.to_ndarray()[:height].mean() == pytest.approx(16 + 219 * luma, abs=1.5)


def test_the_clock_falls_back_to_a_finer_base():
    from types import SimpleNamespace

    def at(times, base):
        return clock(SimpleNamespace(times=np.array(times), time_base=base))

    assert at([0, 1 / 30, 2 / 30], (1, 30))[1].tolist() == [0, 1, 2]
    base, ticks = at([0, 0.0333333, 0.0400001], (1001, 30000))
    np.testing.assert_allclose(ticks * float(base), [0, 0.0333333, 0.0400001], atol=1e-5)
    base, ticks = at([0, 1e-6, 2e-6], (1, 30))
    assert (np.diff(ticks) > 0).all()


def test_what_has_no_pictures_or_sound_says_so(tmp_path, clips, alignment):
    import soundfile

    from syncline.media import open_media

    soundfile.write(tmp_path / "a.wav", np.zeros(8000, np.float32), 8000)
    wav = open_media(tmp_path / "a.wav")
    al = aligned(wav, clips[1], [(0, 0), (1, 1)], [0.0, 0.5], [0.0, 0.5])
    with pytest.raises(ExportError, match=r"a\.wav.*no pictures"):
        run(job(al), tmp_path / "v.mp4")
    silent = video(tmp_path / "silent.mp4", np.array([0.0, 0.1]))
    with pytest.raises(ExportError, match=r"silent\.mp4.*no sound"):
        run(job(aligned(clips[0], silent, [(0, 0), (1, 1)])), tmp_path / "v.mp4", params={"sound": "b"})
    assert not (tmp_path / "v.mp4").exists()
