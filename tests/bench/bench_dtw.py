"""How fast, and in how much memory, DTW is solved here and by the libraries people know.

    ./run bench dtw [--quick | --full] [--tables 1 2 3 4 5] [--limit SECONDS]

1: exact with path, every size. 2: in a band, distance only, an hour against an hour (only with --full). 3: the share
of what one core can do. 4: re-solving under the hand. 5: the first alignment after start, pruning, soft-DTW.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from dtw_worker import BOTH, LOW, ONE, OURS, PRUNED, Case

METHOD = """\
All solve one problem: the least sum of squared Euclidean distances over the steps (1, 0), (0, 1), (1, 1) of weight 1
(symmetric1; for dtw-python asked for, for the others what they do). A pair is a smooth random walk and a re-timed
noisy copy. Each library runs in a process of its own for each case, warmed up on small pairs; then all take turns, one
call each a round. Peers get float64 arrays laid out as suits them, ours new float32 arrays each time, so that nothing
is kept from call to call. Peers use one thread, their BLAS too; “1 core” is ours with its process held to one core;
“pruned” leaves out what a coarser path proves useless, which is the default of the program; goals are judged without.
Memory is the growth of the peak of resident memory over what was resident before the first call. A peer whose call
would take more than {limit:g} s, or more memory than there is, judged by the size before, is left out; its estimate
stands in brackets. Every path is checked (corners, steps) and its cost recomputed in float64.
"""
WORKER = Path(__file__).with_name("dtw_worker.py")
PEERS_PYTHON = Path(sys.prefix) / "peers" / "bin" / "python"
PEERS = ("dtaidistance", LOW, "tslearn", "aeon", "librosa", "dtw-python")
RATIO_GOALS = {(1_000, 16): 4.5, (2_000, 16): 6, (10_000, 1): 50, (10_000, 16): 20, (10_000, 128): 40}


@dataclass(frozen=True)
class Effort:
    """How much to do: sizes; seconds a peer's call may take; calls at most, and seconds for them; moves of a drag."""

    sizes: tuple[int, ...]
    limit: float
    runs: int
    budget: float
    moves: int

    @property
    def large(self) -> int:
        """Size of the tables that have but one."""
        return min(10_000, self.sizes[-1])


def clean() -> dict[str, str]:
    """The environment without what makes OpenBLAS choose other kernels than a user's."""
    return {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}


class Worker:
    """A process that has one library solve one case as often as it is told to."""

    def __init__(self, library: str, case: Case) -> None:
        python = sys.executable if library in OURS else PEERS_PYTHON
        # What it has to say when it fails is kept in a file: a full pipe would stop it.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed by `close`)
        self._process = subprocess.Popen(
            [python, WORKER, "work", library, json.dumps(asdict(case))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=clean(),
        )  # fmt: skip
        self.seconds: list[float] = []
        self.extra: int | None = None
        self.cost = np.nan
        self.failed = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds) if self.seconds else np.nan

    @property
    def megabytes(self) -> float:
        return np.nan if self.extra is None else self.extra / 1e6

    def answer(self) -> Any:
        """What it says next; None if it is no more."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            self.failed = (self._errors.read().strip().splitlines() or [f"exit {self._process.returncode}"])[-1]
            self.seconds = []
        return json.loads(line) if line else None

    def run(self, first: bool = False) -> None:
        """One timed call. The first counts only if it was so long that warming up is nothing beside it."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        if (answer := self.answer()) is None:
            return
        seconds, extra, self.cost = answer
        if first:
            self.extra = extra
        if not first or seconds > 1:
            self.seconds.append(seconds)

    def close(self) -> None:
        """End it."""
        self._process.communicate()
        self._errors.close()


def compare(entries: dict[str, tuple[str, Case]], effort: Effort) -> dict[str, Worker]:
    """Time all entries in turn, until each has had its calls or its seconds."""
    workers = {label: Worker(*entry) for label, entry in entries.items()}
    alive = [w for w in workers.values() if w.answer() is not None]
    for w in alive:
        w.run(first=True)
    for turn in range(effort.runs):
        for w in alive[turn % len(alive) :] + alive[: turn % len(alive)] if alive else ():
            if not w.failed and (not w.seconds or sum(w.seconds) + w.seconds[-1] <= effort.budget):
                w.run()
    for w in workers.values():
        w.close()
    return workers


def task(name: str, *arguments: Any, **env: str) -> Any:
    """What a task of the worker returns."""
    command = [sys.executable, WORKER, "task", name, json.dumps(arguments)]
    done = subprocess.run(command, env={**clean(), **env}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}{arguments} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


# -- cells ---------------------------------------------------------------------------------------------------------
def table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def figure(value: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ms(w: Worker) -> str:
    """Least and median in milliseconds."""
    return f"{figure(min(w.seconds) * 1e3)} / {figure(w.median * 1e3)}" if w.seconds else "failed"


def reached(value: float, goal: float | None, most: bool = False) -> list[str]:
    """Two cells: the goal, and whether it is reached."""
    if goal is None:
        return ["", ""]
    met = value <= goal if most else value >= goal
    return [f"{'≤' if most else '≥'} {goal:g}", "unknown" if np.isnan(value) else "yes" if met else "**no**"]


def fastest(ran: dict[str, Worker]) -> float:
    """Least median of the peers."""
    return min((w.median for k, w in ran.items() if k not in OURS and w.seconds), default=np.nan)


class Contest:
    """A series of cases solved by all libraries, leaving out what the size before says to be too much."""

    def __init__(self, effort: Effort, labels: tuple[str, ...]) -> None:
        self.effort, self.labels = effort, labels
        self._last: dict[tuple[str, int], tuple[int, float, int]] = {}
        self._excess = 0.0
        self._failures: dict[str, list[str]] = {}

    def solve(self, case: Case, kind_of_ours: str = "") -> tuple[dict[str, Worker], dict[str, str]]:
        """Workers that ran, and estimates for those left out."""
        left: dict[str, str] = {}
        for (label, d), (n, seconds, extra) in self._last.items():
            more = (case.n / n) ** 2
            if label in OURS or d != case.d:
                continue
            if seconds * more > self.effort.limit:
                left[label] = f"({seconds * more:.0f} s)"
            elif extra * more > 0.7 * psutil.virtual_memory().available:
                left[label] = f"({extra * more / 1e9:.0f} GB)"
        mine = replace(case, kind=kind_of_ours or case.kind)
        ran = compare({k: (k, mine if k in OURS else case) for k in self.labels if k not in left}, self.effort)
        least = min((w.cost for w in ran.values() if w.seconds), default=np.nan)
        for label, w in ran.items():
            if w.failed:
                self._failures.setdefault(w.failed, []).append(f"{label} at n = {case.n:,}, d = {case.d}")
            else:
                self._last[label, case.d] = (case.n, w.median, w.extra or 0)
                self._excess = max(self._excess, w.cost / least - 1)
        return ran, left

    def notes(self) -> None:
        """What a reader must know of the table above."""
        print(f"The costs in a row differ by at most {self._excess:.1e} of the least.")
        for why, where in self._failures.items():
            print(f"Failed: {'; '.join(where)}: {why}.")
        print(flush=True)


# -- tables --------------------------------------------------------------------------------------------------------
def exact(effort: Effort) -> None:
    contest = Contest(effort, (*OURS, *PEERS))
    times: list[list[str]] = []
    memory: list[list[str]] = []
    for d in (1, 16, 128):
        for n in effort.sizes:
            ran, left = contest.solve(Case("path", n, d))
            best, both = fastest(ran), ran[BOTH]
            ratio = best / both.median
            cells = [left.get(k) or ms(ran[k]) for k in contest.labels]
            goal = reached(ratio, RATIO_GOALS.get((n, d)))
            times.append([f"{d}", f"{n:,}", *cells, *[figure(best / ran[k].median) for k in OURS], *goal])
            cells = [left.get(k) or figure(ran[k].megabytes) for k in contest.labels]
            goal = reached(both.megabytes, 40 if n == 10_000 else None, most=True)
            memory.append([f"{d}", f"{n:,}", *cells, *goal])
    print("## 1. Exact, with path: least / median (ms); ratios of medians, the goals for 2 cores\n")
    ratios = [f"fastest peer / {k}" for k in OURS]
    table(["d", "n", *contest.labels, *ratios, "goal", "reached"], times)
    contest.notes()
    print("### Memory beyond the input (MB)\n")
    table(["d", "n", *contest.labels, "goal", "reached"], memory)


def variants(effort: Effort, full: bool) -> None:
    n = effort.large
    some = (ONE, BOTH, *(p for p in PEERS if p != LOW))
    print(
        f"## 2. Band |i − j| ≤ {n // 10:,}, with path, n = {n:,}: least / median (ms); memory beyond the input (MB)\n"
    )
    contest = Contest(effort, some)
    rows: list[list[str]] = []
    for d in (1, 16):
        ran, _ = contest.solve(Case("path", n, d, band=True))
        ratio = fastest(ran) / ran[BOTH].median
        cells = [f"{ms(ran[k])}; {figure(ran[k].megabytes)}" for k in contest.labels]
        rows.append([f"{d}", *cells, figure(ratio), *reached(ratio, 7 if (n, d) == (10_000, 16) else None)])
    table(["d", *contest.labels, f"fastest peer / {BOTH}", "goal", "reached"], rows)
    contest.notes()

    print(f"### Distance only, n = {n:,}: least / median (ms). Ours always finds the path: the time is that with it\n")
    contest, rows = Contest(effort, some), []
    for d in (1, 16):
        ran, _ = contest.solve(Case("distance", n, d), kind_of_ours="path")
        rows.append([f"{d}", *[ms(ran[k]) for k in contest.labels], figure(fastest(ran) / ran[BOTH].median)])
    table(["d", *contest.labels, f"fastest peer / {BOTH}"], rows)
    contest.notes()

    if not full:
        print("An hour against an hour (108,000²): left out, only with --full.\n")
        return
    print("### An hour against an hour, 108,000 × 108,000, exact with path\n")
    rows = []
    for d, goal in ((16, 10.0), (128, 30.0)):
        for label, w in compare({k: (k, Case("path", 108_000, d)) for k in (BOTH, PRUNED)}, effort).items():
            seconds = [figure(w.median), *reached(w.median, goal, most=True)]
            memory = [figure(w.megabytes), *reached(w.megabytes, 400, most=True)]
            rows.append([f"{d}", label, *seconds, *memory, w.failed])
    table(["d", "", "median (s)", "goal", "reached", "memory (MB)", "goal", "reached", "failed"], rows)


def share(effort: Effort) -> None:
    got = task("limit", effort.large, 2 * effort.budget)
    print(f"## 3. Share of one core's limit, with path, n = {effort.large:,}\n")
    print(
        f"sgemm of 2048³ on one thread (OpenBLAS kernels {got['kernels']}): {got['sgemm'] / 1e9:.0f} GFLOP/s; bare DP "
        f"loop: {got['loop'] / 1e9:.1f}e9 cells/s. Limit = 1 / (1 / loop + 2 (d + 2) / sgemm). Medians.\n"
    )
    rows: list[list[str]] = []
    for d, goal in ((1, 45), (16, 60), (128, 80)):
        top, rate = 1 / (1 / got["loop"] + 2 * (d + 2) / got["sgemm"]), got[f"ours {d}"]
        percent = 100 * rate / top
        rows.append([f"{d}", f"{top / 1e9:.2f}", f"{rate / 1e9:.2f}", f"{percent:.0f}", *reached(percent, goal)])
    table(["d", "limit (1e9 cells/s)", f"{ONE} (1e9 cells/s)", "share (%)", "goal", "reached"], rows)


def hand(effort: Effort) -> None:
    cases = {
        "0 (the whole)": ([], 0),
        "2 (thirds; the first moves)": ([1 / 3, 2 / 3], 0),
        "2 (a quarter and the middle, which moves)": ([1 / 4, 1 / 2], 1),
        "8 (even; the fourth moves)": ([k / 9 for k in range(1, 9)], 3),
    }
    goals = {10_000: 50.0, 5_000: 16.0}
    rows: list[list[str]] = []
    for n in (1_000, 5_000, 10_000):
        for name, (places, held) in cases.items():
            p50, p95 = np.percentile(task("drag", n, places, held, effort.moves), [50, 95]) * 1e3
            goal = goals.get(n) if "quarter" in name else None
            rows.append([f"{n:,}²", name, figure(p50), figure(p95), *reached(p95, goal, most=True)])
    print("## 4. One re-solve under the hand (`pipeline.realign`), d = 32, Euclidean, symmetric2 (ms)\n")
    table(["matrix", "anchors", "p50", "p95", "goal for p95", "reached"], rows)


def rest(effort: Effort) -> None:
    print("## 5. First alignment after start: from starting the process to the path, 1,000², d = 16 (s)\n")
    with tempfile.TemporaryDirectory() as folder:
        spent = [task("first", time.time(), NUMBA_CACHE_DIR=folder) for _ in range(6)]
    warm = statistics.median(spent[1:])
    rows = [["empty", figure(spent[0]), *reached(spent[0], 10, most=True)]]
    rows.append(["filled (median of 5)", figure(warm), *reached(warm, 1, most=True)])
    table(["cache of compiled code", "seconds", "goal", "reached"], rows)

    n = effort.large
    print(f"### Exact pruning, n = {n:,}, {BOTH}: least / median (ms)\n")
    rows = []
    for name, noise, goal in (("clean", 0.1, 2.0), ("noisy", 1.0, 0.9), ("nothing in common", np.inf, 0.9)):
        for d in (1, 16, 128):
            case = Case("path", n, d, noise=noise)
            off, on = compare({k: (k, case) for k in (BOTH, PRUNED)}, effort).values()
            ratio, equal = off.median / on.median, f"{abs(on.cost / off.cost - 1):.0e}"
            rows.append([name, f"{d}", ms(off), ms(on), figure(ratio), *reached(ratio, goal), equal])
    table(["pair", "d", "off", "on", "off / on", "goal", "reached", "costs differ by"], rows)

    print(
        "### soft-DTW, value and gradient, d = 16, gamma 1 (tslearn: of one side): least / median (ms); memory (MB)\n"
    )
    labels = ("tslearn", ONE, BOTH)
    contest, rows = Contest(effort, labels), []
    for n in (1_000, 2_000):
        ran, _ = contest.solve(Case("soft", n, 16))
        ratio = fastest(ran) / ran[BOTH].median
        cells = [f"{ms(w)}; {figure(w.megabytes)}" for w in ran.values()]
        rows.append([f"{n:,}²", *cells, figure(ratio), *reached(ratio, 6 if n == 2_000 else None)])
    table(["matrix", *labels, f"tslearn / {BOTH}", "goal", "reached"], rows)
    contest.notes()


def heading(effort: Effort) -> None:
    ask = "import sys, importlib.metadata as m; print(*(f'{p} {m.version(p)}' for p in sys.argv[1:]), sep=', ')"
    packages = ["dtaidistance", "tslearn", "aeon", "librosa", "dtw-python", "numba", "numpy", "scipy"]
    peers = subprocess.run([PEERS_PYTHON, "-c", ask, *packages], capture_output=True, text=True, check=True).stdout
    own = ", ".join(f"{p} {metadata.version(p)}" for p in packages[-3:])
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    print(f"# DTW on {os.cpu_count()} cores (load {load} at the start), Python {sys.version.split()[0]}\n")
    print(f"Ours: {own}. Peers: {peers.strip()}.\n\n{METHOD.format(limit=effort.limit)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes and few calls: a minute or two")
    size.add_argument("--full", action="store_true", help="all peers at all sizes, and 108,000²: most of an hour")
    parser.add_argument("--tables", type=int, nargs="+", choices=range(1, 6), default=list(range(1, 6)))
    parser.add_argument("--limit", type=float, help="seconds that a peer's call may take to be tried")
    given = parser.parse_args()
    if not PEERS_PYTHON.exists():
        raise SystemExit("The libraries to compare with are not installed; ./run bench dtw installs them.")
    sizes = (1_000, 2_000, 5_000, 10_000, 20_000)
    effort = Effort(sizes, 10, 9, 2.5, 40)
    if given.quick:
        effort = Effort(sizes[:2], 2, 5, 0.5, 15)
    if given.full:
        effort = Effort(sizes, 300, 15, 15, 150)
    effort = replace(effort, limit=given.limit or effort.limit)
    began = time.perf_counter()
    heading(effort)
    tables: dict[int, Callable[[], None]] = {
        1: lambda: exact(effort),
        2: lambda: variants(effort, given.full),
        3: lambda: share(effort),
        4: lambda: hand(effort),
        5: lambda: rest(effort),
    }
    for number in given.tables:
        tables[number]()
    print(f"{time.perf_counter() - began:.0f} s in all.")


if __name__ == "__main__":
    main()
