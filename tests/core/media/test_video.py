"""Pictures: every made frame carries its number, so what is shown can be read off and compared exactly."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from clips import clicks, make_video, paint, read_number
from syncline.errors import MediaError, ParameterError
from syncline.media import VideoReader, open_media, thumbnails

RNG = np.random.default_rng(5)
UNEVEN = np.cumsum(RNG.uniform(0.01, 0.1, 60))

# name, arguments of make_video, what to expect besides the right numbers
CLIPS: dict[str, tuple[str, dict, dict]] = {
    "B-frames": ("a.mp4", {"options": {"bf": "3"}}, {"rate": 30, "varies": False, "start": 0}),
    "one group of pictures": ("a.mkv", {"gop": 250}, {"rate": 30, "varies": False}),
    "variable rate": ("a.mp4", {"times": UNEVEN}, {"varies": True, "start": UNEVEN[0]}),
    "late start": ("a.mp4", {"times": 5 + np.arange(60) / 25}, {"rate": 25, "varies": False, "start": 5}),
    "negative start": ("a.mkv", {"times": np.arange(60) / 25 - 0.4}, {"rate": 25, "varies": False}),
    "transport stream": ("a.ts", {}, {"rate": 30, "varies": False}),
    "AVI with B-frames": ("a.avi", {}, {"rate": 30, "varies": False}),
    "no time stamps": ("a.h264", {"options": {"bf": "0"}}, {"rate": 30}),
    "odd size": ("a.mkv", {"size": (161, 121), "pixels": "yuv444p"}, {"width": 161, "height": 121}),
    "odd size 4:2:0": ("a.mkv", {"size": (161, 121), "codec": "ffv1"}, {"width": 161, "height": 121}),
    "10 bit": ("a.mp4", {"pixels": "yuv420p10le"}, {"bit_depth": 10}),
    "one frame": ("a.mp4", {"frames": 1}, {"frames": 1, "varies": False}),
    "GIF": ("a.gif", {"codec": "gif", "pixels": "rgb8"}, {"frames": 60}),
    "VP9": ("a.webm", {"codec": "libvpx-vp9", "options": {"cpu-used": "8"}, "frames": 30}, {"frames": 30}),
    **{
        f"turned {turn}{' mirrored' * mirror}": (
            "a.mp4",
            {"rotate": turn, "mirror": mirror, "frames": 24},
            {"width": 160, "height": 120, "rotation": turn, "mirrored": mirror},
        )
        for turn in (0, 90, 180, 270)
        for mirror in (False, True)
    },
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("clips")

    def make(label: str) -> Path:
        name, arguments, _ = CLIPS[label]
        path = folder / f"{label}{Path(name).suffix}"
        return path if path.exists() else make_video(path, **arguments)

    return make


@pytest.mark.parametrize("label", CLIPS)
def test_every_frame_is_found_by_index_whatever_the_order(made, label, promise):
    _, arguments, expected = CLIPS[label]
    media = open_media(made(label))
    video = media.video
    for name, value in expected.items():
        assert getattr(video, name) == (pytest.approx(value, abs=0.002) if isinstance(value, float) else value), name
    n = video.frames
    assert n == arguments.get("frames", 60)
    times = np.asarray(arguments.get("times", np.arange(n) / 30.0))
    # Half a frame at most is promised; containers round to a millisecond or a hundredth (GIF).
    assert np.abs(video.times - (times - times[0])).max() < (0.01 if label == "GIF" else 0.0011)
    assert media.duration == pytest.approx(video.times[-1] + video.last_duration)
    order = np.random.default_rng(1).permutation(n)
    with VideoReader(media) as reader:
        assert [read_number(reader.frame(int(i))) for i in order] == list(order)
        shape, flags = reader.frame(0).shape, reader.frame(0).flags
        assert shape == (video.height, video.width, 4)
        assert flags.c_contiguous
        assert not flags.writeable
        for grey, side in ((False, None), (True, 100), (False, 90), (True, None)):
            got = list(reader.frames(max_side=side, grey=grey))
            assert [i for i, _, _ in got] == list(range(n))
            assert [read_number(p) for _, _, p in got] == list(range(n))
            assert [t for _, t, _ in got] == list(video.times)
            assert max(got[0][2].shape[:2]) == min(side or 999, max(shape[:2]))
            assert got[0][2].ndim == (2 if grey else 3)
        assert reader.warnings == ()
    if label == list(CLIPS)[-1]:
        promise(22, f"{len(CLIPS)} odd but legal videos: every frame right by random access, times and turn as painted")


def test_the_frame_on_screen_is_the_last_one_that_began(made):
    media = open_media(made("variable rate"))
    times = media.video.times
    with VideoReader(media) as reader:
        for i, t in enumerate(times):
            assert reader.index_at(float(t)) == i
            assert reader.index_at(float(t) - 0.001) == max(i - 1, 0)
        assert reader.index_at(-5) == 0
        assert reader.index_at(1e9) == len(times) - 1
        with pytest.raises(ParameterError):
            reader.frame(len(times))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", [False, True])
def test_orientation_is_exact_for_every_pixel(made, turn, mirror):
    """The picture as painted, not as stored, is what comes out (lossy only by H.264)."""
    media = open_media(made(f"turned {turn}{' mirrored' * mirror}"))
    with VideoReader(media) as reader:
        shown = reader.frame(3)[..., 2::-1].astype(int)
    assert np.abs(shown - paint(3, (160, 120))).mean() < 8


@pytest.mark.parametrize(
    ("colour", "pixels"),
    [((1, 1), "yuv420p"), ((5, 1), "yuv420p"), ((5, 2), "yuv420p"), ((1, 2), "yuv444p"), ((1, 1), "yuv420p10le")],
)
def test_colours_come_out_as_painted_in_every_colour_space_and_range(tmp_path, colour, pixels):
    path = make_video(tmp_path / "c.mp4", frames=2, colour=colour, pixels=pixels, options={"crf": "4"})
    with VideoReader(open_media(path)) as reader:
        whole = reader.frame(1)[..., :3].astype(float)
        small = next(reader.frames(start=1, max_side=40))[2].astype(float)
    painted = paint(1, (160, 120))[..., ::-1].astype(float)
    # Away from edges, where chroma at half the size can't follow.
    calm = np.s_[62:70, 40:150]
    assert np.abs(whole[calm].mean(axis=(0, 1)) - painted[calm].mean(axis=(0, 1))).max() < 3
    mean = painted.reshape(30, 4, 40, 4, 3).mean(axis=(1, 3))
    assert np.abs(small[16:17, 12:36] - mean[16:17, 12:36]).max() < 12


def test_conversion_is_the_same_every_time(tmp_path):
    """swscale with several threads is not (pixels change where its slices meet)."""
    path = make_video(tmp_path / "c.mp4", frames=1, size=(1282, 722), colour=(1, 1))
    media = open_media(path)
    first = None
    for _ in range(12):
        with VideoReader(media) as reader:
            again = reader.frame(0)
        first = again if first is None else first
        assert np.array_equal(first, again)


def test_going_back_decodes_a_group_once(made):
    media = open_media(made("one group of pictures"))
    with VideoReader(media) as reader:
        for i in range(59, -1, -1):
            assert read_number(reader.frame(i)) == i
        assert reader.decoded <= 62


def test_the_cache_keeps_to_its_budget_and_still_serves_backwards(made):
    media = open_media(made("one group of pictures"))
    budget = 20 * 160 * 120 * 3 // 2
    with VideoReader(media, cache_bytes=budget) as reader:
        for i in range(59, -1, -1):
            assert read_number(reader.frame(i)) == i
            assert reader._cached <= budget
        # 17 frames fit, so the group of 60 is decoded from its start again for every 8 of them, not for every one.
        assert reader.decoded < 60 * 8


def test_going_back_never_waits_for_a_whole_group(tmp_path):
    """Frames decoded in any one step back, after the first, where a fifth of a long group fits."""
    path = make_video(tmp_path / "long.mp4", frames=200, size=(64, 48), gop=500)
    media = open_media(path)
    with VideoReader(media, cache_bytes=48 * 64 * 48 * 2 * 8 // 7) as reader:
        reader.frame(199)
        most = 0
        for i in range(198, -1, -1):
            before = reader.decoded
            assert read_number(reader.frame(i)) == i
            most = max(most, reader.decoded - before)
        assert most <= 16


def test_closing_a_pass_early_leaves_no_thread_and_no_open_file(made):
    media = open_media(made("B-frames"))
    process = psutil.Process()
    before, files = threading.active_count(), process.num_fds()
    for k in range(5):
        with VideoReader(media) as reader:
            reader.frame(7)
            running = reader.frames()
            for _ in range(k):
                next(running)
            other = reader.frames(start=30)
            assert k == 0 or read_number(next(other)[2]) == 30
            if k % 2:
                running.close()
    assert threading.active_count() == before
    assert process.num_fds() == files


def test_a_slice_of_the_pass(made):
    media = open_media(made("B-frames"))
    with VideoReader(media) as reader:
        assert [(i, read_number(p)) for i, _, p in reader.frames(17, 23)] == [(i, i) for i in range(17, 23)]
        assert list(reader.frames(60)) == []


def _spoil(path: Path, at: float, length: int) -> None:
    raw = bytearray(path.read_bytes())
    start = int(len(raw) * at)
    raw[start : start + length] = np.random.default_rng(2).integers(0, 256, length, dtype=np.uint8).tobytes()
    path.write_bytes(raw)


def test_damage_in_the_middle_is_told_and_the_rest_is_right(tmp_path, promise):
    path = make_video(tmp_path / "d.mp4", frames=100)
    _spoil(path, 0.5, 600)
    media = open_media(path)
    with VideoReader(media) as reader:
        seen = [(i, p) for i, _, p in reader.frames()]
        good = [i for i, p in seen if _reads(p) == i]
        assert any("packets between 1." in w or "packet at 1." in w for w in reader.warnings), reader.warnings
    assert set(range(48)) <= set(good)
    assert set(range(72, 100)) <= set(good)
    with VideoReader(media) as reader:
        assert all(read_number(reader.frame(i)) == i for i in (99, 90, 20, 0))
        reader.frame(53)  # the damaged spot itself gives a picture, not an exception
        assert reader.warnings
    promise(
        14, f"damaged H.264: {len(good)} of 100 frames right, those before and after all; {len(reader.warnings)} told"
    )


@pytest.mark.parametrize("codec", ["mjpeg", "mpeg4", "libx264", "rawvideo"])
@pytest.mark.parametrize("fault", ["header", "page", "cut out"])
def test_pictures_that_an_avi_lost_are_told(tmp_path, codec, fault):
    """FFmpeg looks for the next chunk without a word, and all that follows comes too early."""
    path = make_video(tmp_path / "d.avi", 100, codec=codec, pixels="yuvj420p" if codec == "mjpeg" else "yuv420p")
    assert open_media(path).notes == ()
    raw = bytearray(path.read_bytes())
    chunk = min(at for tag in (b"00dc", b"00db") if (at := raw.find(tag, len(raw) // 2)) > 0)
    if fault == "header":
        raw[chunk : chunk + 4] = bytes(4)
    elif fault == "page":
        raw[chunk - 256 : chunk + 256] = np.random.default_rng(1).integers(0, 256, 512, dtype=np.uint8).tobytes()
    else:
        del raw[chunk - 256 : chunk + 256]
    path.write_bytes(raw)
    media = open_media(path)
    assert media.video.frames < 100
    lost = (100 - media.video.frames) / 30
    assert any(f"pictures of {lost:.2f} s are missing" in note for note in media.notes), media.notes


@pytest.mark.parametrize("name", ["d.mkv", "d.ts"])
def test_a_gap_in_the_pictures_is_told_with_its_time(tmp_path, name):
    path = make_video(tmp_path / name, 100, options={"bf": "0"})
    assert open_media(path).notes == ()
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2] + bytes(2000) + raw[len(raw) // 2 + 2000 :])
    media = open_media(path)
    k = int(np.argmax(np.diff(media.video.times)))
    assert media.video.frames < 100
    said = f"from {media.video.times[k]:.2f} to {media.video.times[k + 1]:.2f} s"
    assert any(said in note for note in media.notes), media.notes
    assert name == "d.mkv" or any("damaged in" in note for note in media.notes)


@pytest.mark.parametrize("name", ["v.avi", "v.mkv", "v.mp4"])
@pytest.mark.parametrize("times", [np.arange(90) * 1001 / 30000, np.cumsum(np.resize([1 / 30, 1 / 24, 1 / 60], 90))])
def test_a_rate_that_varies_is_no_damage(tmp_path, name, times):
    sound = (clicks(48000, 3.0, [0.2], 2), 48000)
    path = make_video(
        tmp_path / name, 90, times=times, audio=sound, audio_codec="pcm_s16le" if name == "v.avi" else "aac"
    )
    assert open_media(path).notes == ()


@pytest.mark.parametrize("name", ["v.mkv", "v.mp4", "v.ts"])
def test_a_late_start_is_not_cut_off(tmp_path, name):
    """Containers disagree whether their length is counted from zero or from the first picture."""
    media = open_media(make_video(tmp_path / name, 40, times=1.5 + np.arange(40) / 30))
    assert media.notes == ()
    assert media.frame_times[[0, -1]] == pytest.approx([0, 39 / 30], abs=1e-3)


def _reads(picture: np.ndarray) -> int:
    try:
        return read_number(picture)
    except AssertionError:
        return -1


@pytest.mark.parametrize("name", ["t.mkv", "t.ts", "t.mp4"])
def test_a_file_that_was_cut_off_works_up_to_its_end(tmp_path, name):
    path = make_video(tmp_path / name, frames=100, container_options={"movflags": "faststart"} if "mp4" in name else {})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    media = open_media(path)
    assert 40 < media.video.frames < 90
    assert name == "t.ts" or any("cut off" in n for n in media.notes)
    with VideoReader(media) as reader:
        got = [(i, read_number(p)) for i, _, p in reader.frames()]
        assert all(i == number for i, number in got)
        assert len(got) >= media.video.frames - 4
        reader.frame(media.video.frames - 1)


def test_a_picture_of_another_size_is_scaled_to_the_first(tmp_path):
    a = make_video(tmp_path / "a.ts", frames=30)
    b = make_video(tmp_path / "b.ts", frames=30, size=(320, 240), times=np.arange(30) / 30 + 2)
    both = tmp_path / "both.ts"
    both.write_bytes(a.read_bytes() + b.read_bytes())
    media = open_media(both)
    with VideoReader(media) as reader:
        for i in (0, media.video.frames - 1):
            assert reader.frame(i).shape == (120, 160, 4)
        assert read_number(reader.frame(media.video.frames - 1)) == 29
        assert any("another size" in w for w in reader.warnings)


def test_a_file_that_was_replaced_is_not_read(made, tmp_path):
    path = tmp_path / "x.mp4"
    path.write_bytes(made("B-frames").read_bytes())
    media = open_media(path)
    path.touch()
    VideoReader(media).close()  # the same content
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(MediaError, match="changed"):
        VideoReader(media)


def test_thumbnails_have_the_height_asked_for(made):
    media = open_media(made("turned 90"))
    pictures = thumbnails(media, [0.0, 0.3, 0.6], 60)
    assert [p.shape for p in pictures] == [(60, 80, 3)] * 3
    for k, p in enumerate(pictures):
        assert abs(read_number(p) - 9 * k) <= 4


def test_real_clips_agree_with_plain_decoding(data, count):
    """Independent of index and seeking: PyAV's own loop over the file."""
    checked = 0
    for name in ("pose2sim_cam02_retimed.mp4", "carphone_pristine.mp4", "pose2sim_cam02.mp4"):
        media = open_media(data / "video" / name)
        with av.open(str(media.path)) as container:
            plain = [f.to_ndarray(format="gray", threads=1)[::8, ::8] for f in container.decode(video=0)]
        assert media.video.frames == len(plain)
        with VideoReader(media) as reader:
            whole = [p[::8, ::8] for _, _, p in reader.frames(grey=True)]
            assert all(np.array_equal(p, q) for p, q in zip(plain, whole, strict=True))
            for i in np.random.default_rng(0).permutation(len(plain))[: count(8, 60)]:
                grey = reader.frame(int(i))[::8, ::8, :3] @ np.array([0.114, 0.587, 0.299])
                assert np.abs(grey - plain[i]).mean() < 4
                checked += 1
    assert checked >= 24
