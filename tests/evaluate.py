"""How good the defaults are: every shared pair with a known truth, aligned with default settings.

    python tests/evaluate.py            prints the table
    python tests/evaluate.py --write    also writes it to tests/EVALUATION.md

Nothing is tuned per pair. The last rows are made here: a shared recording against itself, played faster and
slower along a known warp and (video) with other light, noise and a slight turn.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import syncline as sl
from syncline.model import Errors, Pair, Truth, WarpingPath
from syncline.quality import judge

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent.parent / "shared" / "data"))
SAME = {"x264-params": "cpu-independent=1"}
"""Made videos are the same to the byte each time: for AVX-512, x264 looks at memory that it never wrote."""


@dataclass(frozen=True)
class Case:
    """A pair by name, and how its truth is known."""

    name: str
    open: Callable[[Path], Pair]
    truth: str


def files(a: str, b: str, truth: str) -> Callable[[Path], Pair]:
    return lambda _: sl.open_pair(DATA / a, DATA / b, DATA / truth)


def same_frames(a: str, b: str) -> Callable[[Path], Pair]:
    def opened(_: Path) -> Pair:
        pair = sl.open_pair(DATA / a, DATA / b)
        times = [m.frame_times for m in (pair.a, pair.b)]
        assert times[0] is not None
        assert times[1] is not None
        return replace(pair, truth=Truth(np.column_stack(times), "frame by frame"))

    return opened


def cross_view(_: Path) -> Pair:
    """Camera 1 frame i shows the moment of camera 2 frame i, so the map of camera 2's copy holds for it too."""
    pair = sl.open_pair(DATA / "video/pose2sim_cam01.mp4", DATA / "video/pose2sim_cam02_retimed.mp4")
    rows = np.genfromtxt(DATA / "video/pose2sim_cam02_retimed_map.csv", delimiter=",", names=True)
    a, b = pair.a.frame_times, pair.b.frame_times
    assert a is not None
    assert b is not None
    times = np.column_stack([a[rows["source_frame"].astype(int)], b[rows["retimed_frame"].astype(int)]])
    return replace(pair, truth=Truth(times, "map"))


def keypoints(folder: Path) -> Pair:
    """Body points of both cameras, the second one's along the known map."""
    with np.load(DATA / "video/pose2sim_movenet_keypoints.npz") as points:
        one, two = (points[k][..., :2].reshape(100, -1).astype(np.float32) for k in ("cam01", "cam02"))
    rows = np.genfromtxt(DATA / "video/pose2sim_cam02_retimed_map.csv", delimiter=",", names=True)
    source = rows["source_frame"].astype(int)
    np.save(folder / "one.npy", one)
    np.save(folder / "two.npy", two[source])
    a, b = (sl.open_media(folder / f"{n}.npy", rate=60) for n in ("one", "two"))
    return Pair(a, b, Truth(np.column_stack([source / 60, np.arange(len(source)) / 60]), "map"))


def spiral(k: int) -> Callable[[Path], Pair]:
    def opened(folder: Path) -> Pair:
        with np.load(DATA / "toy/ctw_spirals.npz") as toy:
            np.save(folder / "x.npy", toy[f"x{k}"])
            np.save(folder / "y.npy", toy[f"y{k}"])
            path = toy[f"path{k}"]
        a, b = (sl.open_media(folder / f"{n}.npy", rate=30) for n in "xy")
        return Pair(a, b, Truth(path / 30.0, "path"))

    return opened


def warp(length: int, seed: int, slope: float = 1.7) -> np.ndarray:
    """Rows of the original that a re-timed copy shows, float64, the speed wandering between 1/slope and slope."""
    rng = np.random.default_rng(seed)
    speeds = np.exp(rng.uniform(-np.log(slope), np.log(slope), 6))
    steps = np.interp(np.linspace(0, 5, 3 * length), np.arange(6), speeds)
    position = np.concatenate([[0.0], np.cumsum(steps)])
    return position[position <= length - 1]


def made_video(source: str, seed: int, view: str = "") -> Callable[[Path], Pair]:
    """A video against its re-timed copy, or the one that another camera (`view`) took frame by frame with it."""

    def opened(folder: Path) -> Pair:
        import av
        import cv2

        from syncline.media import VideoReader

        media = sl.open_media(DATA / source)
        assert media.video is not None
        shown = np.round(warp(media.video.frames, seed)).astype(int)
        rng = np.random.default_rng(seed)
        with VideoReader(media) as reader:
            pictures = [picture for _, _, picture in reader.frames(max_side=480)]
        height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
        light = np.linspace(0.5, 1.1, width, dtype=np.float32)[None, :, None]
        turn = np.array([[1.02, 0.01, -4], [-0.01, 1.02, 2]], np.float32)
        target = folder / "made.mp4"
        rate = round(media.video.rate)
        with av.open(str(target), "w") as container:
            stream = container.add_stream("libx264", rate=rate, options={"crf": "30", **SAME})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for k, index in enumerate(shown):
                x = (pictures[index][:height, :width].astype(np.float32) / 255) ** 1.4
                x = x * light * (0.8 + 0.2 * np.sin(k / 9)) + rng.normal(0, 0.02, x.shape).astype(np.float32)
                x = cv2.warpAffine(x, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
                frame = av.VideoFrame.from_ndarray((np.clip(x, 0, 1) * 255).astype(np.uint8), format="bgr24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        pair = sl.open_pair(DATA / view if view else media, target)
        assert pair.a.frame_times is not None
        assert pair.b.frame_times is not None
        times = np.column_stack([pair.a.frame_times[shown], pair.b.frame_times])
        return replace(pair, truth=Truth(times, "made"))

    return opened


def made_speech(name: str, speeds: tuple[float, ...]) -> Callable[[Path], Pair]:
    """A reader against himself, each piece of the sentence at another speed, pitch kept; judged at the words."""

    def opened(folder: Path) -> Pair:
        import librosa
        import soundfile

        samples, rate = soundfile.read(DATA / f"speech/{name}.wav", dtype="float32")
        cuts = np.linspace(0, len(samples), len(speeds) + 1).astype(int)
        pieces = [
            librosa.effects.time_stretch(samples[s:e], rate=v)
            for s, e, v in zip(cuts[:-1], cuts[1:], speeds, strict=True)
        ]
        soundfile.write(folder / "made.wav", np.concatenate(pieces), rate)
        ends = np.concatenate([[0], np.cumsum([len(p) for p in pieces])]) / rate
        words = json.loads((DATA / f"speech/{name}.align.json").read_text())["words"]
        starts = np.array([w["start"] for w in words])
        truth = Truth(np.column_stack([starts, np.interp(starts, cuts / rate, ends)]), "made")
        return replace(sl.open_pair(DATA / f"speech/{name}.wav", folder / "made.wav"), truth=truth)

    return opened


def cases() -> Iterator[Case]:
    video, audio = "video/", "audio/"
    retimed = f"{video}pose2sim_cam02_retimed"
    yield Case(
        "pose2sim camera 2 / re-timed",
        files(f"{video}pose2sim_cam02.mp4", f"{retimed}.mp4", f"{retimed}_map.csv"),
        "map",
    )
    yield Case("pose2sim camera 1 / camera 2 re-timed (another view)", cross_view, "map")
    yield Case(
        "pose2sim camera 1 / camera 2 (another view)",
        same_frames(f"{video}pose2sim_cam01.mp4", f"{video}pose2sim_cam02.mp4"),
        "identity",
    )
    yield Case(
        "carphone pristine / distorted",
        same_frames(f"{video}carphone_pristine.mp4", f"{video}carphone_distorted.mp4"),
        "identity",
    )
    chopin = f"{audio}Chopin_op10_no3_p01"
    yield Case(
        "Chopin p01 / p22",
        files(f"{chopin}.flac", f"{audio}Chopin_op10_no3_p22.flac", f"{chopin}_p22_notes.csv"),
        "notes",
    )
    schubert = f"{audio}schubert_d911-01_excerpt"
    yield Case(
        "Schubert 1933 / 2006",
        files(f"{schubert}_HU33.flac", f"{schubert}_SC06.flac", f"{schubert}_measures.csv"),
        "bars",
    )
    yield Case(
        "Sir Duke slow / fast",
        files(f"{audio}sir_duke_slow.ogg", f"{audio}sir_duke_fast.ogg", f"{audio}sir_duke_anchors.csv"),
        "notes",
    )
    yield Case("body points of camera 1 / camera 2 re-timed", keypoints, "map")
    for k in range(8):
        yield Case(f"spiral {k} (two affine views, 30 rows a second)", spiral(k), "path")
    yield Case("made: gait / itself re-timed, other light", made_video(f"{video}sports2d_gait.mp4", 5), "made")
    yield Case("made: carphone / itself re-timed, other light", made_video(f"{video}carphone_pristine.mp4", 7), "made")
    yield Case(
        "made: pose2sim camera 1 / itself re-timed, other light", made_video(f"{video}pose2sim_cam01.mp4", 9), "made"
    )
    for one, two, seed in ((1, 2, 9), (2, 1, 21), (1, 2, 33)):
        yield Case(
            f"made: pose2sim camera {two} / camera {one} re-timed, other light (another view, {seed})",
            made_video(f"{video}pose2sim_cam0{one}.mp4", seed, f"{video}pose2sim_cam0{two}.mp4"),
            "made",
        )
    yield Case("made: ss0870 read at 0.7 to 1.4 × the speed", made_speech("ss0870", (1.2, 0.8, 1.4, 0.7)), "words")
    yield Case("made: ss0930 read at 0.75 to 1.3 × the speed", made_speech("ss0930", (0.75, 1.3, 0.9)), "words")


def straight(pair: Pair) -> Errors:
    """Errors of laying A onto B by one constant stretch."""
    assert pair.truth is not None
    ends = np.array([[0, 0], [1, 1]], np.intp)
    path = WarpingPath(ends, np.array([0.0, pair.a.duration]), np.array([0.0, pair.b.duration]), 0.0)
    return judge(path, pair.truth, pair.b.frame_times)


HEAD = (
    "| pair | points | linear stretch, mean ms | mean ms | median ms | 90 % ms | median frames | ≤ 1 frame | ≤ 50 ms | s |\n"
    "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |"
)


def row(case: Case, pair: Pair, errors: Errors, seconds: float) -> str:
    def share(word: str) -> str:
        value = errors.within.get(word)
        return "–" if value is None else f"{100 * value:.0f} %"

    frames = "–" if errors.median_frames is None else f"{errors.median_frames:.2f}"
    return (
        f"| {case.name} | {errors.count} {case.truth} | {straight(pair).mean_ms:.0f} | {errors.mean_ms:.1f} "
        f"| {errors.median_ms:.1f} | {errors.p90_ms:.1f} | {frames} | {share('1 frame')} | {share('50 ms')} | {seconds:.2f} |"
    )


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION.md too")
    parser.add_argument("--only", default="", help="pairs whose name has this word")
    parser.add_argument("--features", default="auto", help="recipe to try instead of the default")
    parser.add_argument("--step-pattern", default="", help="step pattern to try instead of the default")
    options = parser.parse_args(argv)
    if not DATA.is_dir():
        print(f"There is no shared data at {DATA}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    params = {"step_pattern": options.step_pattern} if options.step_pattern else None
    lines = [HEAD]
    print(HEAD)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["SYNCLINE_CACHE"] = cache
        for case in cases():
            if options.only.lower() not in case.name.lower():
                continue
            with tempfile.TemporaryDirectory() as folder:
                pair = case.open(Path(folder))
                began = time.perf_counter()
                alignment = sl.align(pair, features=options.features, params=params)
                assert alignment.errors is not None
                lines.append(row(case, pair, alignment.errors, time.perf_counter() - began))
                print(lines[-1], flush=True)
    if options.write:
        text = (
            "# How good the defaults are\n\n"
            "Made by `python tests/evaluate.py --write`; default settings, nothing tuned per pair. Errors are those of the\n"
            "time on B at the truth's points on A. “Linear stretch” lays A onto B by one constant speed. Seconds are\n"
            "those of `sl.align` with nothing cached, on 2 cores that other work may have shared. The rows that begin with\n"
            "“made” are shared recordings against copies of themselves, or of what the other camera took, re-timed (and\n"
            "re-lit and compressed again) by this script.\n\n"
        )
        (ROOT / "EVALUATION.md").write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
