"""How long `syncline align` takes from start-up to path, against decoding both videos alone.

    python tests/bench/bench_align.py [--runs 5] [--seconds 60]

Two clips of 720p are made (H.264; a textured scene that moves, with noise; the second one re-timed). Then, in
turn: a process that only decodes both side by side, the decoders' own threads being as many as they like; the
same with one thread a decoder; and a process that aligns both with an empty feature cache. All are timed as whole
processes, from start to end, by the clock and by the processor time they take, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import cv2
import numpy as np

DECODE = """
import sys
from concurrent.futures import ThreadPoolExecutor
import av
def decode(path):
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = sys.argv[3]
        return sum(1 for _ in container.decode(stream))
with ThreadPoolExecutor(2) as pool:
    print(*pool.map(decode, sys.argv[1:3]))
"""


def scene(seconds: float, seed: int = 1):
    """A function from a time (s) to the picture then, uint8 (720, 1280, 3)."""
    rng = np.random.default_rng(seed)
    ground = np.zeros((1100, 2200, 3), np.float32)
    for size in (4, 16, 64, 256):
        coarse = rng.normal(0, 1, (1100 // size + 2, 2200 // size + 2, 3)).astype(np.float32)
        ground += cv2.resize(coarse, (2200, 1100), interpolation=cv2.INTER_CUBIC) * size**0.5
    ground = cv2.normalize(ground, None, 20, 235, cv2.NORM_MINMAX).astype(np.uint8)
    noise = [rng.normal(0, 2.5, (720, 1280, 3)).astype(np.int16) for _ in range(8)]
    orbits = rng.uniform([200, 150, 0.05, 20], [1000, 550, 0.4, 90], (6, 4))
    phases = rng.uniform(0, 2 * np.pi, 6)

    def picture(t: float, k: int) -> np.ndarray:
        x = 450 + 400 * np.sin(2 * np.pi * t / seconds * 3)
        y = 190 + 180 * np.sin(2 * np.pi * t / seconds * 5 + 1)
        image = ground[int(y) : int(y) + 720, int(x) : int(x) + 1280].copy()
        for (cx, cy, pace, radius), phase in zip(orbits, phases, strict=True):
            angle = 2 * np.pi * pace * t + phase
            at = (int(cx + 180 * np.cos(angle)), int(cy + 140 * np.sin(2 * angle)))
            cv2.circle(image, at, int(radius), (int(40 + radius * 2), 200, int(255 - radius * 2)), -1, cv2.LINE_AA)
        return np.clip(image.astype(np.int16) + noise[k % 8], 0, 255).astype(np.uint8)

    return picture


def make(target: Path, times: np.ndarray, picture) -> None:
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for k, t in enumerate(times):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(t, k), format="bgr24")))
        container.mux(stream.encode())


def timed(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of the processors."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{done.stderr}")
    return seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each, in turn")
    parser.add_argument("--seconds", type=float, default=60, help="length of both clips")
    parser.add_argument("--clips", type=Path, help="folder to keep the clips in, for another run")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        clips = options.clips or Path(folder)
        clips.mkdir(parents=True, exist_ok=True)
        a, b = clips / f"a-{options.seconds:g}.mp4", clips / f"b-{options.seconds:g}.mp4"
        steady = np.arange(round(options.seconds * 30)) / 30
        retimed = steady + 0.06 * options.seconds * np.sin(np.pi * steady / options.seconds) ** 2
        for path, times in ((a, steady), (b, np.clip(retimed, 0, options.seconds))):
            if not path.exists():
                make(path, times, scene(options.seconds))
        rows: list[list[float]] = []
        error = 0.0
        for run in range(options.runs + 1):
            env = {**os.environ, "SYNCLINE_CACHE": str(Path(folder) / f"cache {run}")}
            target = Path(folder) / "path.csv"
            alone = [timed([sys.executable, "-c", DECODE, str(a), str(b), kind], env) for kind in ("AUTO", "NONE")]
            command = [sys.executable, "-m", "syncline_workbench", "align", str(a), str(b), "-o", str(target)]
            ours = timed(command, env)
            table = np.genfromtxt(target, delimiter=",", names=True)
            wanted = np.interp(table["a_time"], np.maximum.accumulate(retimed), steady)
            error = float(np.median(np.abs(table["b_time"] - wanted)) * 1000)
            # The first run fills the disk's and numba's caches and does not count.
            if run:
                rows.append([value for pair in zip(*alone, ours, strict=True) for value in pair])
    print(f"Two clips of {options.seconds:g} s, 1280×720, 30 fps, H.264; {os.cpu_count()} cores; seconds.\n")
    print(
        "| run | clock: decoding | one thread each | align | ratios | processors: decoding | one thread each | align | ratios |"
    )
    print("| --- | --: | --: | --: | --: | --: | --: | --: | --: |")

    def line(name: str, row: list[float]) -> str:
        cells: list[str] = []
        for many, one, ours in (row[:3], row[3:]):
            cells += [f"{many:.2f}", f"{one:.2f}", f"{ours:.2f}", f"{ours / many:.2f}, {ours / one:.2f}"]
        return f"| {name} | {' | '.join(cells)} |"

    for k, row in enumerate(rows, 1):
        print(line(str(k), row))
    print(line("median", [statistics.median(column) for column in zip(*rows, strict=True)]))
    print(f"\nMedian error of the path: {error:.0f} ms.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
