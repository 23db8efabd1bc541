"""How smooth the cost matrix is: repaints, tiles, re-solving under the hand, and the longest stall of the event loop.

    python tests/bench/bench_gui.py [--size 20000] [--frames 200] [--moves 60]

Prints markdown tables. Runs offscreen; a repaint is the whole of `paintEvent`, base and front layers included.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from syncline.edits import constraints as edits
from syncline.model import (
    Alignment,
    Constraints,
    FeatureRecipe,
    Features,
    FeatureTerm,
    Media,
    Pair,
    Recipe,
    Session,
    WarpingPath,
)
from syncline.model import Sequence as Rows
from syncline.pyramid import CostPyramid
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.operations import Operations
from syncline_workbench.playback import Playback
from syncline_workbench.views.cost_matrix import CostMatrixView

RATE = 25.0


def made(n: int, channels: int, seed: int = 1) -> tuple[Features, Features]:
    """Two sequences of n rows, the second a re-timed noisy copy of the first."""
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(size=(n, channels)), axis=0) * 0.1 + rng.normal(size=(n, channels)) * 0.3
    at = np.arange(n) + 0.03 * n * np.sin(np.arange(n) / n * 6 * np.pi) * np.sin(np.arange(n) / n * np.pi)
    y = np.column_stack([np.interp(at, np.arange(n), x[:, c]) for c in range(channels)])
    y += rng.normal(size=y.shape) * 0.1
    times = np.arange(n) / RATE
    return Features(x.astype(np.float32), times), Features(np.ascontiguousarray(y, np.float32), times.copy())


def alignment_of(n: int, channels: int) -> Alignment:
    """An alignment with features and a made path; nothing is solved."""
    a, b = made(n, channels)
    media = [
        Media(Path(f"{s}.npy"), "features", n / RATE, s, 1, 1, sequence=Rows(f.times, channels))
        for s, f in (("a", a), ("b", b))
    ]
    rows = np.arange(n)
    pairs = np.column_stack([rows, rows]).repeat(2, axis=0)[1:]
    pairs[1::2, 1] -= 1
    path = WarpingPath(np.maximum(pairs, 0), a.times, b.times, 0.0)
    recipe = Recipe(FeatureRecipe((FeatureTerm("given"),)), "dtw", None)
    return Alignment(1, Pair(*media), recipe, recipe, features_a=a, features_b=b, path=path)


class Watch:
    """Notes the longest time between two turns of the event loop."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last)
        self._last = now

    def reset(self) -> None:
        """Forget what was seen so far."""
        self.worst, self._last = 0.0, time.perf_counter()


def turn(seconds: float = 0.0) -> None:
    """Run the event loop for a while."""
    stop = time.perf_counter() + seconds
    QApplication.processEvents()
    while time.perf_counter() < stop:
        QApplication.processEvents()
        time.sleep(0.0005)


def until(done: object, limit: float = 120.0) -> float:
    """Run the event loop until ``done()``; seconds it took."""
    began = time.perf_counter()
    while not done() and time.perf_counter() - began < limit:  # type: ignore[operator]
        turn(0.001)
    return time.perf_counter() - began


class Bench:
    """A view on one alignment, wired as the window wires it."""

    def __init__(self, alignment: Alignment) -> None:
        self.document, self.jobs = Document(), Jobs()
        pair = alignment.pair
        self.document.replace(Session(pair.a, pair.b, alignments=(alignment,), active=1), "Made")
        self.operations = Operations(self.document, self.jobs)
        self.playback = Playback(self.document)
        self.view = CostMatrixView(self.document, self.playback, self.jobs)
        self.view.edit_previewed.connect(self.operations.preview_edit)
        self.view.edit_abandoned.connect(self.operations.abandon_edit)
        self.view.edit_committed.connect(self.operations.commit_edit)
        self.view.resize(1000, 480)
        for side, f in (("a", alignment.features_a), ("b", alignment.features_b)):
            assert f is not None
            self.view.set_margins(side, "curve", np.abs(np.diff(f.values[:, 0], prepend=0)))
            self.view.set_margins(side, "thumbnails", [np.full((64, 114, 3), 5 * k, np.uint8) for k in range(40)])
        self.view.show()
        turn()

    def close(self) -> None:
        """Stop everything, and delete it on this thread: Python's collector may run on a worker, and Qt minds."""
        self.operations.close()
        self.jobs.close()
        self.view.close()
        for part in (self.view, self.playback, self.operations, self.jobs, self.document):
            part.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        turn()


def figures(seconds: list[float]) -> str:
    """Median and 95th percentile in milliseconds, as two table cells."""
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return f"{p50:.1f} | {p95:.1f}"


def repaint(view: CostMatrixView) -> float:
    """Seconds of one repaint."""
    began = time.perf_counter()
    view.repaint()
    return time.perf_counter() - began


def bench_repaints(sizes: list[int], frames: int) -> None:
    """Pan, zoom and play, while tiles are computed and after."""
    print("\n## Repaint of a 1000 × 480 view (ms; promised: p95 ≤ 16)\n")
    print("| matrix | doing | p50 | p95 | longest turn of the event loop |\n|---|---|---|---|---|")
    for n in sizes:
        bench = Bench(alignment_of(n, 32))
        view, watch = bench.view, Watch()
        until(lambda v=view: v.feeder.pyramid is not None)
        rng = np.random.default_rng(0)
        for name in ("zoom, tiles arriving", "pan, tiles arriving", "zoom", "pan", "play"):
            if name == "zoom":
                view.fit()
                until(lambda v=view: v.feeder.idle)
            if "pan" in name:
                view.fit()
                view.zoom(n / 1500, view.view.rect.center())
                until(lambda v=view: v.feeder.idle, 0.3)
            watch.reset()
            spent: list[float] = []
            for k in range(frames):
                if "zoom" in name:
                    at = QPointF(
                        view.view.rect.left() + 1000 * rng.uniform(0.2, 0.7), view.view.rect.top() + 400 * rng.random()
                    )
                    view.zoom(1.15 if k % 60 < 30 else 1 / 1.15, at)
                elif "pan" in name:
                    view.view.pan(-14 * np.sin(k / 25), 9 * np.cos(k / 30))
                    view.moved()
                else:
                    bench.playback.seek_a(k / RATE)
                spent.append(repaint(view))
                turn(0.004)
            print(f"| {n:,}² | {name} | {figures(spent)} | {watch.worst * 1000:.0f} |")
        bench.close()


def bench_tiles(sizes: list[int]) -> None:
    """How long until something, and until everything, is to be seen."""
    print("\n## Tiles, 32 channels, one worker\n")
    print("| matrix | first preview (ms) | a tile of level 0 (ms) | all coarse levels exact (s) | held (MB) |")
    print("|---|---|---|---|---|")
    for n in sizes:
        alignment = alignment_of(n, 32)
        bench = Bench(alignment)
        began = time.perf_counter()
        assert bench.view._cost is not None
        pyramid = CostPyramid(bench.view._cost)
        pyramid.preview()
        first = time.perf_counter() - began
        began = time.perf_counter()
        for col in range(8):
            pyramid.compute(0, 1, col)
        fine = (time.perf_counter() - began) / 8
        began = time.perf_counter()
        for tile in pyramid.missing(pyramid.levels - 1, 0, 0):
            pyramid.compute(*tile)
        whole = time.perf_counter() - began
        print(f"| {n:,}² | {first * 1e3:.0f} | {fine * 1e3:.1f} | {whole:.2f} | {pyramid.nbytes / 1e6:.1f} |")
        bench.close()


def bench_drag(n: int, moves: int) -> None:
    """Drag an anchor: from the mouse event to the repaint that shows the path solved for that position."""
    from syncline import pipeline

    print(f"\n## Live drag, {n:,} × {n:,} × 32 channels (ms from mouse move to the re-solved path on screen; ≤ 50)\n")
    print("| other anchors | p50 | p95 | longest turn of the event loop |\n|---|---|---|---|")
    solved = pipeline.realign(alignment_of(n, 32))
    assert solved.path is not None
    for others in (0, 2, 8):
        c = Constraints()
        for k in range(others + 1):
            i = int((k + 1) * n / (others + 2))
            c, new = edits.add_anchor(c, i / RATE, float(solved.path.to_b(i / RATE)))
            if k == others // 2:
                held = new
        bench = Bench(pipeline.realign(solved, constraints=c))
        view = bench.view
        until(lambda v=view: v.feeder.pyramid is not None and v.feeder.idle)
        anchor = c.find(held)
        assert anchor is not None
        assert view.scene is not None
        at = view.scene.point(anchor.a, anchor.b).toPoint()  # type: ignore[union-attr]
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        watch = Watch()
        spent: list[float] = []
        for k in range(moves):
            to = at + QPoint(round(6 * np.sin(k / 5)), round(14 * np.cos(k / 7)) + (k % 2))
            began = time.perf_counter()
            QTest.mouseMove(view, to)
            # The first move may start a solve that this one replaces; what counts is the path for this position.
            wanted = view.constraints

            def answered(wanted: Constraints = wanted, bench: Bench = bench) -> bool:
                shown = bench.document.shown.alignment
                return shown is not None and shown.solved is wanted

            until(answered, 5)
            view.repaint()
            if k:
                spent.append(time.perf_counter() - began)
            turn(0.016)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        print(f"| {others} | {figures(spent)} | {watch.worst * 1000:.0f} |")
        bench.close()


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, help="side of the large matrix")
    parser.add_argument("--frames", type=int, default=200, help="repaints of each kind")
    parser.add_argument("--moves", type=int, default=60, help="moves of each drag")
    args = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    sizes = [5_000, args.size]
    bench_repaints(sizes, args.frames)
    bench_tiles(sizes)
    bench_drag(5_000, args.moves)
    del app


if __name__ == "__main__":
    main()
