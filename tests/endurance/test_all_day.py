"""It runs all day: a working day in the real window, as one script (promise 19).

The day is made of rounds. A round does fifty things that make or move a step, each of which must take effect, and ends
where it began, so that the first and the last hundred commands are the same commands on the same state; what has grown
meanwhile is the history, the journal, the number of files opened and closed, and whatever leaks.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from clips import clicks, make_video
from syncline.edits import constraints as edits
from syncline.export import REGISTRY
from syncline.model import Constraints
from syncline.project import find_recoverable, load_project, state_digest
from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings
from syncline_workbench.views.frame_view import FrameSide

pytestmark = [pytest.mark.endurance, pytest.mark.timeout(7200)]

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
FRAMES_A, FRAMES_B, FPS = 100, 120, 12.5
COMMANDS = 50
"""Commands a round."""
HOURS, ROUNDS, OPENS = 8, 50, 25
"""Hours of a day, rounds an hour, projects opened at the start of each."""
SLOWER = 1.2

Sample = tuple[str, float, float]
"""Kind of command, seconds on the wall, seconds of processor."""


def retimed() -> np.ndarray:
    """The frame of A that each frame of B shows: slow, fast, slow."""
    u = np.linspace(0, 1, FRAMES_B)
    return np.rint((u + 0.08 * np.sin(2 * np.pi * u)) * (FRAMES_A - 1)).astype(int)


def slower(first: list[Sample], last: list[Sample]) -> tuple[float, float]:
    """How many times longer the last rounds took than the first: on the wall, and of processor.

    Each command of a round counts with the fastest of its repeats: what else runs on the machine only ever adds.
    """

    def total(samples: list[Sample]) -> np.ndarray:
        return np.array([s[1:] for s in samples]).reshape(-1, COMMANDS, 2).min(axis=0).sum(axis=0)

    assert [s[0] for s in first] == [s[0] for s in last], "like is compared with like"
    wall, processor = total(last) / total(first)
    return float(wall), float(processor)


def test_a_day_that_gets_slower_is_seen() -> None:
    first = [*[("undo", 0.01, 0.005)] * (COMMANDS - 1), ("align", 0.5, 0.5)] * 2
    assert slower(first, first) == (1, 1)
    assert slower(first, [("undo", 0.5, 0.005), *first[1:]]) == (1, 1), "one stray sample is noise"
    every = [(kind, 1.5 * wall, processor) for kind, wall, processor in first]
    assert slower(first, every) == (pytest.approx(1.5), 1)
    one = [(kind, wall * (1 + (kind == "align")), processor) for kind, wall, processor in first]
    assert slower(first, one)[0] > SLOWER


class Day:
    """Someone at the window."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window, self.folder = window, folder
        self.document, self.operations = window.document, window.operations
        self.samples: list[Sample] = []
        self.troubles: list[str] = []
        self.done: dict[str, int] = defaultdict(int)
        self.operations.failed.connect(self.troubles.append)
        self.window.projects.journal.failed.connect(self.troubles.append)
        self.window.matrix.refused.connect(self.troubles.append)

    # -- waiting -----------------------------------------------------------------------------------

    def idle(self) -> bool:
        """Nothing is computed, drawn ahead, or in memory only."""
        w, al = self.window, self.document.session.alignment
        return not (
            w.jobs.active
            or not self.operations._live.idle
            or self.document.previewing
            or w.projects.journal.pending
            or not w.matrix.feeder.idle
            or (al is not None and al.features_a is None)
        )

    def settle(self, when: Callable[[], bool] | None = None) -> None:
        # Turns are counted, not seconds: a process that is stopped for a while has not waited.
        for _ in range(60_000):
            if self.idle() and (when is None or when()):
                break
            QTest.qWait(1)
        else:
            pytest.fail(f"still busy: {[j.title for j in self.window.jobs.active]}")
        assert self.troubles == []

    # -- doing -------------------------------------------------------------------------------------

    def do(self, kind: str, act: Callable[[], object]) -> None:
        """One command: from the hand until it is solved, shown and safe in the journal."""
        before = self.document.serial, self.document.position
        wall, processor = time.perf_counter(), time.process_time()
        act()
        self.settle()
        self.samples.append((kind, time.perf_counter() - wall, time.process_time() - processor))
        assert (self.document.serial, self.document.position) != before, f"“{kind}” did nothing"

    def trigger(self, name: str) -> Callable[[], None]:
        action = self.window.actions_[name]

        def act() -> None:
            assert action.isEnabled(), name
            action.trigger()

        return act

    def edit(self, change: Callable[[Constraints], Constraints]) -> None:
        self.operations.commit_edit(change(self.constraints), "Edit")

    def seek(self, t: float) -> None:
        """Put the playhead there and wait until both pictures are on screen."""
        player, sides = self.window.playback, self.window.viewers.sides
        player.seek_a(t)
        self.settle(
            lambda: all(
                not isinstance(side, FrameSide) or (side.image is not None and side.index == frame)
                for side, frame in ((sides["a"], player.a_frame), (sides["b"], player.b_frame))
            )
        )
        self.done["seeks"] += 1

    def mark(self, first: float, last: float) -> None:
        for name, t in (("mark_in", first), ("mark_out", last)):
            self.seek(t)
            self.trigger(name)()

    def drag(self) -> None:
        """Take the selected anchor with the mouse and put it down two rows on."""
        matrix = self.window.matrix
        anchor = self.constraints.find(self.window.commands.selection or -1)
        assert anchor is not None
        start = matrix.scene.point(anchor.a, anchor.b).toPoint()
        QTest.mousePress(matrix, LEFT, NONE, start)
        for k in range(1, 5):
            QTest.mouseMove(matrix, start + QPoint(k, -k))
            QTest.qWait(5)
        QTest.mouseRelease(matrix, LEFT, NONE, start + QPoint(4, -4))

    # -- seeing ------------------------------------------------------------------------------------

    @property
    def constraints(self) -> Constraints:
        al = self.document.session.alignment
        assert al is not None
        return al.constraints

    def state(self) -> Any:
        """What has to be the same after a round as before; ids and solving times may differ."""
        s = self.document.session
        return [s.a.path, s.b.path, s.recipe, s.active, s.ghosts], [
            (
                al.name,
                [(k.a, k.b, k.kind, k.end, k.note) for k in al.constraints.anchors],
                [k.times.tolist() for k in al.constraints.locks],
                [(k.a0, k.a1, k.b0, k.b1) for k in al.constraints.forbidden],
                al.path.pairs.tolist(),
            )
            for al in s.alignments
        ]

    # -- the day -----------------------------------------------------------------------------------

    def prepare(self, main: tuple[Path, Path], other: tuple[Path, Path]) -> None:
        """Align both pairs, and leave them as projects: one with three anchors and a lock to work on."""
        for name, pair in (("other", other), ("main", main)):
            self.window.projects.new()
            self.operations.open_paths([str(p) for p in pair])
            self.settle(lambda: self.document.session.alignment is not None)
            if name == "main":
                for t in (1.0, 3.5, 6.0):
                    self.seek(t)
                    self.do("add anchor", self.trigger("add_anchor"))
                self.mark(6.5, 7.0)
                self.do("lock", self.trigger("lock_marks"))
                self.operations.save_anchors(str(self.folder / "anchors.json"))
                self.settle()
            self.window.projects.save(str(self.folder / f"{name}.syncline"))
            self.settle(lambda: not self.document.dirty)
        self.samples.clear()

    def open(self, name: str) -> None:
        assert not self.document.dirty
        path = self.folder / f"{name}.syncline"
        self.window.commands.open_files([str(path)])
        self.settle(lambda: self.window.projects.path == path and len(self.document.steps) == 1)
        self.done["opens"] += 1

    def save(self) -> None:
        assert self.document.dirty
        self.trigger("save")()
        self.settle(lambda: not self.document.dirty)
        self.done["saves"] += 1

    def export(self, number: int) -> None:
        suffixes = sorted({k for name in REGISTRY.names() for k in REGISTRY[name].kinds})
        target = self.folder / f"export{suffixes[number % len(suffixes)]}"
        target.unlink(missing_ok=True)
        self.operations.export(str(target))
        self.settle(target.exists)
        assert target.stat().st_size > 0
        self.done["exports"] += 1

    def anchor(self, t: float) -> None:
        """A new anchor: put, nudged, dragged, noted, undone, redone, deleted. Fifteen commands."""
        self.seek(t)
        self.do("add anchor", self.trigger("add_anchor"))
        number = self.constraints.next_id - 1
        self.window.commands.select(number)
        for name in ("nudge_on", "nudge_on", "nudge_back"):
            self.do("nudge", self.trigger(name))
        self.do("drag", self.drag)
        self.do("note", lambda: self.edit(lambda c: edits.set_note(c, number, "left foot")))
        for name in ("undo", "redo"):
            for _ in range(4):
                self.do(name, self.trigger(name))
        self.do("delete", self.trigger("delete"))

    def round(self, number: int) -> None:
        """Fifty commands, with what lies between them; then a save and an export."""
        window, document, operations = self.window, self.document, self.operations
        before, made = self.state(), len(self.samples)
        shift = number % 2 / FPS
        self.anchor(2.0 + shift)
        self.trigger("zoom_in")()
        self.anchor(4.5 + shift)
        self.trigger("fit")()

        self.mark(1.6, 2.2)
        known = {k.id for k in self.constraints}
        self.do("lock", self.trigger("lock_marks"))
        window.commands.select(next(k.id for k in self.constraints if k.id not in known))
        self.do("delete", self.trigger("delete"))
        self.do("skip", self.trigger("jump_marks"))
        self.do("undo", self.trigger("undo"))
        self.trigger("clear_marks")()
        self.do("forbid", lambda: self.edit(lambda c: edits.forbid(c, 4.5, 5.0, 7.0, 8.0)))
        window.commands.select(self.constraints.forbidden[-1].id)
        self.do("delete", self.trigger("delete"))

        self.do("keep copy", self.trigger("keep_copy"))
        copy = document.session.alignments[-1].id
        self.do("rename", lambda: operations.rename_alignment(copy, f"try {number % 2}"))
        self.do("ghosts", self.trigger("ghosts"))
        self.do("next alignment", self.trigger("next_alignment"))
        self.do("next alignment", self.trigger("next_alignment"))
        self.do("remove alignment", lambda: operations.remove_alignment(copy))
        method = document.session.recipe.method
        self.do("recipe", lambda: window.commands.use_method("offset"))
        self.do("recipe", lambda: window.commands.use_method(method))
        self.do("align", self.trigger("align"))
        self.do("swap", self.trigger("swap"))
        self.do("go to step", lambda: window.history.jump_requested.emit(document.position - 2))
        here = document.position
        for to in (here - 12, here):
            self.do("go to step", lambda to=to: window.history.jump_requested.emit(to))
        self.do("load anchors", lambda: operations.load_anchors(str(self.folder / "anchors.json")))

        for name in ("mode_overlay", "mode_difference", "mode_side"):
            self.trigger(name)()
            QTest.qWait(1)
        self.seek(0.0)
        self.trigger("play")()
        self.settle(lambda: window.playback.a_time >= 0.1)
        self.trigger("play")()

        assert len(self.samples) - made == COMMANDS
        assert self.state() == before
        self.save()
        self.export(number)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


def held() -> tuple[int, int]:
    """Files and threads."""
    gc.collect()
    # A pool starts its few workers only when all of them are busy, and each that draws a figure keeps matplotlib's
    # fonts open: which hour that is in is chance.
    threads = [t for t in threading.enumerate() if not t.name.startswith("job_")]
    files = [os.path.realpath(p) for p in Path("/proc/self/fd").iterdir()]
    return sum(not name.endswith(".ttf") for name in files), len(threads)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.resize(1400, 900)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close_down()
    window.deleteLater()


def test_it_runs_all_day(
    window: MainWindow, tmp_path: Path, count: Callable[[int, int], int], promise: Callable[[int, str], None]
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("counts files and memory through /proc")
    rate = 16_000
    sound = clicks(rate, FRAMES_A / FPS, [1.0, 2.5, 4.0, 6.0])[:, 0]
    main = make_video(tmp_path / "a.mp4", FRAMES_A, FPS, audio=(sound, rate)), tmp_path / "b.mp4"
    sound = clicks(rate, FRAMES_B / FPS, [1.2, 3.0, 5.0, 7.0])[:, 0]
    make_video(main[1], FRAMES_B, FPS, numbers=retimed(), audio=(sound, rate))
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(size=(300, 6)), axis=0)
    other = tmp_path / "a.npy", tmp_path / "b.npy"
    np.save(other[0], walk)
    np.save(other[1], walk[::2])

    day = Day(window, tmp_path)
    day.prepare(main, other)
    day.open("main")
    # What is loaded on first use would make the first hundred slow, and the promise easy to keep.
    day.round(0)
    day.samples.clear()
    day.done.clear()

    hours, rounds, opens, compared = count(1, HOURS), count(2, ROUNDS), count(3, OPENS), COMMANDS * count(1, 2)
    began = time.monotonic()
    before, memory = (0, 0), 0
    for hour in range(hours):
        for k in range(opens):
            day.open("other" if k < opens - 1 and k % 2 else "main")
            day.seek(1.0 + 0.1 * k)
        if hour == 0:
            before = held()
        for k in range(rounds):
            day.round(k)
        if hour == 0:
            # By now every kind of file was exported once (matplotlib and its fonts stay) and the history is full.
            memory = resident()
        saved = load_project(tmp_path / "main.syncline")
        assert saved.problems == ()
        assert saved.digest == state_digest(window.document.session)
    seconds, grown, after = time.monotonic() - began, resident() - memory, held()

    first, commands, done = day.samples[:compared], len(day.samples), dict(day.done)
    tried = []
    for _ in range(5):
        tried.append(slower(first, day.samples[-compared:]))
        if tried[-1][0] <= SLOWER:
            break
        # A machine that was busy just now will be free in a while; a day that got slower stays slow.
        for k in range(compared // COMMANDS):
            day.round(k)
    wall, processor = min(tried)
    promise(
        19,
        f"{commands} commands, {', '.join(f'{n} {what}' for what, n in sorted(done.items()))} in {seconds:.0f} s: "
        f"0 errors; last {compared} commands {wall:.2f} × the first (processor {processor:.2f} ×), "
        f"memory {grown / 2**20:+.0f} MiB after the first hour",
    )
    window.close_down()
    assert day.troubles == []
    assert find_recoverable() == [], "a window that was closed in order leaves no journal"
    assert all(y <= x for x, y in zip(before, after, strict=True)), (before, after)
    # A few seconds beside other tests tell only what becomes much slower; a day tells the rest.
    assert wall <= count(2, 1) * SLOWER, tried
