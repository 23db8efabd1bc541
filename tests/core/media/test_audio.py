"""Sound: positions against clicks whose place is known, samples against the array that was written."""

from __future__ import annotations

import av
import numpy as np
import pytest
import soundfile as sf
import soxr

from clips import clicks, make_video
from syncline.errors import MediaError, ParameterError
from syncline.media import AudioReader, open_media, peaks

AT = [0.5, 1.25, 2.75]


def _noise(rate: int, channels: int, seconds: float = 3.0) -> np.ndarray:
    return (np.random.default_rng(channels).uniform(-0.7, 0.7, (round(rate * seconds), channels))).astype(np.float32)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (22050, 2), (48000, 6), (192_000, 2)])
@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_lossless_files_give_back_every_sample_from_anywhere(tmp_path, rate, channels, suffix):
    written = _noise(rate, channels)
    path = tmp_path / f"x.{suffix}"
    sf.write(path, written, rate, subtype="PCM_24")
    media = open_media(path)
    assert media.kind == "audio"
    assert media.video is None
    assert media.duration == pytest.approx(3.0)
    with AudioReader(media) as reader:
        assert (reader.rate, reader.channels, reader.samples) == (rate, channels, len(written))
        for start in (1.7, 0.0, 2.5, 0.31, 0.32):
            i = round(start * rate)
            assert np.abs(reader.read(i / rate, (i + 500) / rate) - written[i : i + 500]).max() < 2**-22
        edge = reader.read(-0.1, 0.1)
        assert not edge[: round(0.1 * rate)].any()
        assert np.abs(edge[round(0.1 * rate) :] - written[: round(0.1 * rate)]).max() < 2**-22
        beyond = reader.read(2.9, 3.1)
        assert len(beyond) == round(3.1 * rate) - round(2.9 * rate)
        assert not beyond[round(0.1 * rate) :].any()
        with pytest.raises(ParameterError):
            reader.read(2, 1)


# name, codec, rate, channels: what the container says about priming is honoured by all of these
LOSSY = [
    ("a.mp4", "aac", 48000, 2),
    ("a.m4a", "aac", 44100, 1),
    ("a.mkv", "aac", 44100, 6),
    ("b.mkv", "libopus", 48000, 2),
    ("a.webm", "libopus", 48000, 1),
    ("c.mkv", "libmp3lame", 44100, 2),
    ("d.mkv", "pcm_s16le", 8000, 1),
    ("a.mov", "pcm_s24le", 192_000, 2),
]


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), LOSSY)
def test_sound_of_a_video_is_in_its_place(tmp_path, name, codec, rate, channels):
    """Clicks are within a millisecond of where they were put, read in any order, and on the video's clock."""
    late = 2.0 if name == "a.mp4" else 0.0
    picture = "libvpx" if name.endswith("webm") else "libx264"
    path = make_video(
        tmp_path / name,
        frames=90,
        size=(64, 48),
        codec=picture,
        times=np.arange(90) / 30 + late,
        audio=(clicks(rate, 3, AT, channels), rate),
        audio_codec=codec,
        audio_start=late,
    )
    media = open_media(path)
    assert media.kind == "video"
    assert media.audio.channels == channels
    with AudioReader(media) as reader:
        for t in (AT[2], AT[0], AT[1], AT[0]):
            heard = np.abs(reader.read(t - 0.05, t + 0.05)[:, -1])
            loud = np.flatnonzero(heard > 0.5 * heard.max())
            assert heard.max() > 0.3
            assert abs(loud[0] / rate - 0.05) < 0.001
        whole = reader.read(0, 3)
        ratio = np.abs(whole).max(axis=0)
        assert np.allclose(ratio / ratio[-1], np.arange(1, channels + 1) / channels, atol=0.12) or channels == 6
        if channels == 6:  # the low-frequency channel of 5.1 has no room for a click
            assert np.allclose(np.delete(ratio / ratio[-1], 3), np.delete(np.arange(1, 7) / 6, 3), atol=0.15)
        assert reader.warnings == ()


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "flac"), ("a.mov", "pcm_s16le"), ("b.mkv", "libmp3lame")])
def test_seeking_gives_the_same_samples_as_reading_through(tmp_path, name, codec):
    rate = 44100
    path = make_video(tmp_path / name, frames=90, size=(64, 48), audio=(_noise(rate, 2), rate), audio_codec=codec)
    media = open_media(path)
    with AudioReader(media) as reader:
        through = reader.read(0, media.audio.duration)
    if codec != "libmp3lame":
        assert np.abs(through[:rate] - _noise(rate, 2)[:rate]).max() < 2**-14
    with AudioReader(media) as reader:
        for i in np.random.default_rng(3).integers(0, 2.9 * rate, 20):
            assert np.array_equal(reader.read(i / rate, (i + 700) / rate), through[i : i + 700])


def test_blocks_are_resampled_as_if_in_one_piece(tmp_path):
    rate = 44100
    t = np.arange(rate * 5) / rate
    tone = np.stack([0.5 * np.sin(2 * np.pi * 440 * t), 0.1 * np.sin(2 * np.pi * 1000 * t)], axis=1).astype(np.float32)
    sf.write(tmp_path / "x.wav", tone, rate, subtype="FLOAT")
    media = open_media(tmp_path / "x.wav")
    with AudioReader(media) as reader:
        got = list(reader.blocks(seconds=0.7, rate=16000))
    samples = np.concatenate([b for _, b in got])
    whole = soxr.resample(tone.mean(axis=1), rate, 16000)
    assert abs(len(samples) - len(whole)) <= 1
    assert np.abs(samples[: len(whole)] - whole[: len(samples)]).max() < 1e-5
    starts = np.cumsum([0, *(len(b) for _, b in got)])[:-1] / 16000
    assert np.allclose([s for s, _ in got], starts)
    with AudioReader(media) as reader:
        plain = np.concatenate([b for _, b in reader.blocks(seconds=0.7, mono=False)])
    assert np.array_equal(plain, tone)


def test_peaks_are_the_extremes_of_each_column(tmp_path):
    x = _noise(8000, 2, 2.0)
    sf.write(tmp_path / "x.wav", x, 8000, subtype="FLOAT")
    got = peaks(open_media(tmp_path / "x.wav"), 40)
    mono = x.mean(axis=1, dtype=np.float32).reshape(40, 400)
    assert np.array_equal(got, np.stack([mono.min(axis=1), mono.max(axis=1)], axis=1))


def test_a_cover_picture_is_no_video(tmp_path):
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("libmp3lame", rate=44100)
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), "rgb24").reformat(format="yuvj420p")
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 44100), np.float32), "fltp", "stereo")
        frame.sample_rate = 44100
        container.mux(cover.encode(picture))
        container.mux(cover.encode(None))
        container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1
    media = open_media(path)
    assert media.kind == "audio"
    assert media.audio.rate == 44100


def test_no_sound_is_said(tmp_path):
    media = open_media(make_video(tmp_path / "mute.mp4", frames=3))
    assert media.audio is None
    with pytest.raises(MediaError, match="no sound"):
        AudioReader(media)


def test_samples_that_are_no_numbers_become_silence(tmp_path):
    x = np.full((1000, 1), 0.25, np.float32)
    x[100], x[200] = np.nan, np.inf
    sf.write(tmp_path / "x.wav", x, 8000, subtype="FLOAT")
    with AudioReader(open_media(tmp_path / "x.wav")) as reader:
        got = reader.read(0, 0.125)[:, 0]
        assert got[100] == got[200] == 0
        assert (got == 0.25).sum() == 998
        assert "2 sample(s)" in reader.warnings[0]


def test_a_recording_that_was_cut_off_ends_where_its_samples_end(tmp_path):
    path = tmp_path / "x.flac"
    sf.write(path, _noise(44100, 1), 44100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    media = open_media(path)
    assert 1.3 < media.duration < 1.6
    with AudioReader(media) as reader:
        assert np.abs(reader.read(1.0, 1.2)).max() > 0.5
