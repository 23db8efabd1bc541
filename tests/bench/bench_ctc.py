"""How fast, and in how much memory, a transcript is laid onto a long recording here and by ctc-segmentation.

./run bench ctc [--quick | --full] [--runs N]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

METHOD = """\
All lay one transcript onto one made recording: C = 32 classes, labels evenly spread with jitter, one to three frames
each, blanks between them, peaked as acoustic models are. Both are told that the recording may hold more before and
after the transcript, since ctc-segmentation always assumes so. It sees a window of frames for each label, as it comes
8,000, doubled each time that it gets lost; “all frames” lets it see what ours sees from the start. It lets a label stay
at the cost of the better of label and blank and its way back is guessed from differences of float32 sums: another
recursion, so that what is compared is where labels begin. Each works in a process of its own, warmed up on a small
case; all take turns, one call each a round, on one thread. Memory is the growth of the peak of resident memory over
what was resident before the first call.
"""
OURS, SURE = "ours", "ours, with posteriors"
WINDOW, WHOLE = "ctc-segmentation, as it comes", "ctc-segmentation, all frames"
PEERS_PYTHON = Path(sys.prefix) / "peers" / "bin" / "python"
CLASSES, GOAL, GOAL_CASE = 32, 10, (100_000, 500)
Case = tuple[int, int]


def made(frames: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-probabilities float32 (T, C), labels (L,), and the frame in which each begins."""
    rng = np.random.default_rng(frames + count)
    room = frames / (count + 1)
    starts = np.rint((np.arange(count) + 1 + rng.uniform(-0.3, 0.3, count)) * room).astype(int)
    labels = rng.integers(1, CLASSES, count)
    logits = rng.standard_normal((frames, CLASSES)).astype(np.float32)
    logits[:, 0] += 13
    for start, label in zip(starts, labels, strict=True):
        stop = start + int(rng.integers(1, 4))
        logits[start:stop, 0] -= 13
        logits[start:stop, label] += 13
    logits -= np.log(np.exp(logits).sum(1, keepdims=True))
    return logits, labels, starts


# -- in a process of its own -------------------------------------------------------------------------------------
def ours(logs: np.ndarray, labels: np.ndarray, sure: bool) -> Callable[[], np.ndarray]:
    from syncline.model.emissions import Emissions
    from syncline.solvers.segment.ctc import align

    emissions = Emissions(logs, tuple(map(str, range(CLASSES))))

    def call() -> np.ndarray:
        found = align(emissions, labels, free_start=True, free_end=True, posteriors=sure)
        return np.array([span.start for span in found.spans])

    return call


def peer(logs: np.ndarray, labels: np.ndarray, whole: bool) -> Callable[[], np.ndarray]:
    import logging

    from ctc_segmentation import CtcSegmentationParameters, ctc_segmentation

    # It warns of each window that was too small.
    logging.getLogger("ctc_segmentation").setLevel(logging.ERROR)
    config = CtcSegmentationParameters(char_list=list(map(str, range(CLASSES))), index_duration=1.0)
    if whole:
        config.min_window_size = config.max_window_size = len(logs)
    truth = np.concatenate([[-1], labels])[:, None]

    def call() -> np.ndarray:
        timings, _, _ = ctc_segmentation(config, logs, truth)
        return np.rint(timings[1:]).astype(int)

    return call


def resident(word: str) -> int:
    """Bytes of VmRSS or VmHWM; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(word)), 0)


def work(name: str, frames: int, count: int) -> None:
    """Warm up, say so, then answer each line of standard input by one timed call."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def prepared(frames: int, count: int) -> tuple[Callable[[], np.ndarray], np.ndarray]:
        logs, labels, starts = made(frames, count)
        return (ours(logs, labels, name == SURE) if name in (OURS, SURE) else peer(logs, labels, name == WHOLE)), starts

    prepared(400, 5)[0]()
    call, starts = prepared(frames, count)
    gc.collect()
    if (reset := Path("/proc/self/clear_refs")).exists():
        reset.write_text("5")
    before = resident("VmRSS")
    print(json.dumps("ready"), file=answers, flush=True)
    for _line in sys.stdin:
        began = time.perf_counter()
        found = call()
        seconds = time.perf_counter() - began
        right = float((np.abs(found - starts) <= 1).mean())
        print(json.dumps((seconds, resident("VmHWM") - before, right)), file=answers, flush=True)


class Worker:
    """A process that lays one case as often as it is told to."""

    def __init__(self, name: str, case: Case) -> None:
        python = sys.executable if name in (OURS, SURE) else PEERS_PYTHON
        env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [python, __file__, "work", name, *map(str, case)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip
        self.seconds: list[float] = []
        self.extra, self.right = 0, 0.0
        self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"A process ended with {self._process.wait()}; see above.")
        return json.loads(line)

    def run(self) -> None:
        """One timed call."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        seconds, extra, self.right = self._answer()
        self.extra = self.extra or extra
        self.seconds.append(seconds)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def compare(case: Case, runs: int) -> bool:
    """Time a case, print its rows, and say whether the goal was met (True where it has none)."""
    workers = {name: Worker(name, case) for name in (OURS, SURE, WINDOW, WHOLE)}
    for turn in range(runs):
        order = list(workers.values())
        for w in order[turn % 4 :] + order[: turn % 4]:
            w.run()
    for w in workers.values():
        w.close()
    base = statistics.median(workers[OURS].seconds)
    for name, w in workers.items():
        median = statistics.median(w.seconds)
        ratio = "" if name == OURS else f"{median / base:.1f} ×"
        print(
            f"| {case[0]:,} × {case[1]:,} | {name} | {median:.3f} s | {min(w.seconds):.3f} s | {ratio} | "
            f"{w.extra / 2**20:,.0f} MiB | {w.right:.1%} |",
            flush=True,
        )
    least = min(statistics.median(workers[name].seconds) for name in (WINDOW, WHOLE))
    return case != GOAL_CASE or least / base >= GOAL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10,000 frames only")
    parser.add_argument("--full", action="store_true", help="200,000 frames × 2,000 labels as well")
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    print(METHOD)
    print(f"Load of the machine before: {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores.\n")
    print("| frames × labels | | median | least | of ours | memory | starts within a frame |")
    print("| --- | --- | --: | --: | --: | --: | --: |", flush=True)
    cases: list[Case] = [(10_000, 200)]
    if not args.quick:
        cases.append(GOAL_CASE)
    if args.full:
        cases.append((200_000, 2_000))
    met = [compare(case, args.runs) for case in cases]
    if not args.quick:
        print(
            f"\nGoal, {GOAL} times as fast as either at {GOAL_CASE[0]:,} × {GOAL_CASE[1]:,}: {'met' if all(met) else 'missed'}."
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
