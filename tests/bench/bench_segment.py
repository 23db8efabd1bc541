"""How long the GUI thread is busy while an hour with 40,000 labels is looked at, corrected and saved in the real window.

    python tests/bench/bench_segment.py [--words 9050] [--rounds 12] [--only NAMES] [--profile]

Emissions of an hour (180,000 frames, letters of made words) are laid, then the window is used. Prints a markdown
table: of each thing done, the turns of the event loop that it took, in milliseconds of the GUI thread's own processor
time and on the wall; the latter grows with what else the machine does, and with workers that hold Python's lock.
``--only drag --profile`` shows where the time of one row went.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from syncline.edits import pieces
from syncline.model import EmissionSource, Word
from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings

STEP = 0.02
FRAMES = 180_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LEFT, NONE, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def written(folder: Path, count: int, seed: int = 3) -> tuple[EmissionSource, list[str]]:
    """An hour in which made words are said, a letter every few frames, with some noise; and the words."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list(LETTERS), rng.integers(3, 7))) for _ in range(count)]
    said = np.array([1 + LETTERS.index(x) for x in "".join(words)])
    at = np.sort(rng.choice(np.arange(2, FRAMES - 2, 2), len(said), replace=False))
    logits = rng.normal(0, 0.7, (FRAMES, len(LETTERS) + 1)).astype(np.float32)
    logits[:, 0] += 5
    logits[at, 0] -= 4
    logits[at, said] += 5
    np.save(folder / "hour.npy", logits)
    (folder / "labels.txt").write_text("\n".join(["-", *LETTERS]))
    return EmissionSource(str(folder / "hour.npy"), str(folder / "labels.txt"), "-", STEP), words


@dataclass
class Turns:
    """Busy milliseconds of the GUI thread, turn by turn."""

    own: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def of(self, work: Callable[[], object]) -> None:
        """Do something as one turn."""
        wall, own = time.perf_counter(), time.thread_time()
        work()
        own, wall = time.thread_time() - own, time.perf_counter() - wall
        if own > 2e-4:
            self.own.append(own * 1e3)
            self.wall.append(wall * 1e3)

    def row(self, name: str) -> str:
        """A line of the table."""
        cells = [f"{np.percentile(x, q):.1f}" for x in (self.own, self.wall) for q in (50, 95, 100)]
        return f"| {name} | {len(self.own)} | " + " | ".join(cells) + " |"


class Bench:
    """The window with the hour in it."""

    def __init__(self, words: int, rounds: int, only: str, profiled: bool, folder: Path) -> None:
        self.rounds, self.only, self.profiled, self.folder = rounds, only, profiled, folder
        settings = Settings()
        self.app = create_application(settings)
        self.window = MainWindow(settings)
        self.window.resize(1600, 1000)
        self.window.show()
        self.window.operations.failed.connect(lambda why: print("FAILED:", why, file=sys.stderr))
        self.document, self.tiers = self.window.document, self.window.segment_.tiers
        source, self.said = written(folder, words)
        self.window.show_workspace("segment")
        self.window.segmenting.open_emissions(source.path, source)
        self.turns = Turns()
        self.settle(lambda: self.document.session.active_recording is not None)
        self.window.segmenting.set_transcript([Word(w) for w in self.said])
        self.settle(lambda: self.document.session.segments is not None)
        self.settle()

    def idle(self) -> bool:
        """True if nothing is worked out."""
        w = self.window
        return (
            not w.jobs.active and not w.segmenting.busy and w.segment_.findings.idle and not w.projects.journal.pending
        )

    def settle(self, done: Callable[[], bool] = lambda: True) -> None:
        """Run the event loop until all is quiet; every turn is noted."""
        quiet = 0
        while quiet < 60:
            self.turns.of(self.app.processEvents)
            quiet = quiet + 1 if done() and self.idle() else 0
            time.sleep(0.001)

    def measure(self, name: str, work: Callable[[int], object], rest: bool = True) -> None:
        """A row of the table: ``work(round)``, then all that follows from it."""
        if self.only and not any(x in name for x in self.only.split(",")):
            return
        self.turns = Turns()
        profile = cProfile.Profile(time.thread_time) if self.profiled else None
        if profile is not None:
            profile.enable()
        for k in range(self.rounds):
            work(k)
            if rest:
                self.settle()
        self.settle()
        if profile is not None:
            profile.disable()
        print(self.turns.row(name), flush=True)
        if profile is not None:
            pstats.Stats(profile).sort_stats("tottime").print_stats(22)
            pstats.Stats(profile).sort_stats("cumulative").print_stats(60)

    def pieces(self, tier: str = "words") -> int:
        """How many pieces a tier has."""
        return len(self.tiers.tiers[self.row(tier)].pieces)

    def texts(self) -> list[str]:
        """All words."""
        return [s.label for s in self.tiers.tiers[self.row("words")].pieces]

    def row(self, tier: str) -> int:
        """Its row."""
        return next(k for k, s in enumerate(self.tiers.tiers) if s.name == tier)

    def show(self, tier: str, piece: int) -> None:
        """Look at a piece and some seconds around it."""
        s = self.tiers.tiers[self.row(tier)].pieces[piece]
        self.window.segment_.axis.show(s.start - 4, s.end + 4)
        self.settle()

    def place(self, k: int, tier: str) -> int:
        """A piece for a round, somewhere in the hour."""
        return int((0.1 + 0.8 * ((k * 0.618) % 1)) * self.pieces(tier))

    # -- what a person does ------------------------------------------------------------------------

    def pan(self, k: int) -> None:
        """See what comes next."""
        axis = self.window.segment_.axis
        self.turns.of(lambda: axis.pan(0.05 * (axis.end - axis.start)))
        for _ in range(4):
            self.turns.of(self.app.processEvents)

    def zoom(self, k: int) -> None:
        """See less or more."""
        at = QPointF(700, 60)
        self.turns.of(lambda: self.tiers.zoom(1.3 if k % 24 < 12 else 1 / 1.3, at))
        for _ in range(4):
            self.turns.of(self.app.processEvents)

    def jump(self, k: int) -> None:
        """Select a piece elsewhere, as Check next does."""
        tier = ("words", "labels")[k % 2]
        self.turns.of(lambda: self.window.segment_.select(tier, self.place(k, tier)))
        self.settle()

    def drag(self, k: int) -> None:
        """Move the start of a piece by twelve pixels."""
        tier = ("words", "labels")[k % 2]
        piece = self.place(k, tier)
        self.show(tier, piece)
        self.turns = kept = Turns(self.turns.own, self.turns.wall)
        rect = self.tiers.rect_of(self.row(tier), piece)
        at = QPoint(round(rect.left()), round(rect.center().y()))
        kept.of(lambda: QTest.mousePress(self.tiers, LEFT, SHIFT, at))
        for step in range(1, 13):
            kept.of(lambda step=step: QTest.mouseMove(self.tiers, at + QPoint(step, 0)))
            for _ in range(12):
                kept.of(self.app.processEvents)
                time.sleep(0.002)
        kept.of(lambda: QTest.mouseRelease(self.tiers, LEFT, SHIFT, at + QPoint(12, 0)))

    def split(self, k: int) -> None:
        """Make two of a word."""
        self.window.segment_.select("words", self.place(k, "words"))
        self.settle()
        self.turns.of(self.tiers.split_selected)

    def rename(self, k: int) -> None:
        """Say another word."""
        # As many letters as before: they have room where the word was.
        at = self.place(k, "words")
        self.commit(pieces.Relabel("words", at, self.texts()[at][::-1]))

    def lock(self, k: int) -> None:
        """Hold a word where it is."""
        self.commit(pieces.Lock("words", self.place(k, "words"), None, True))

    def transcript(self, k: int) -> None:
        """Change two words of the transcript, as its dialog does."""
        words = list(self.document.session.active_recording.transcript)  # type: ignore[union-attr]
        at = self.place(k, "words")
        words[at : at + 2] = [Word(words[at + 1].text[::-1]), Word(words[at].text[::-1])]
        self.turns.of(lambda: self.window.segmenting.set_transcript(words))

    def commit(self, edit: pieces.Edit) -> None:
        """One edit, as one step."""
        self.turns.of(lambda: self.window.segmenting.commit_edit(edit, edit.title))

    def save(self, _k: int) -> None:
        """Write the project."""
        self.turns.of(lambda: self.window.projects.save(str(self.folder / "hour.syncline")))

    def run(self) -> None:
        """The table."""
        labels = self.pieces("labels")
        print(
            f"\n## An hour of {FRAMES:,} frames, {self.pieces():,} words, {labels:,} labels, in a window of 1600 × 1000\n"
        )
        print("Milliseconds of one turn of the event loop (promised: none over 50).\n")
        print("| doing | turns | p50 own | p95 own | longest own | p50 wall | p95 wall | longest wall |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|")
        self.show("words", 2000)
        many, self.rounds = self.rounds, self.rounds * 6
        self.measure("pan", self.pan, rest=False)
        self.measure("zoom", self.zoom, rest=False)
        self.rounds = many
        self.measure("jump", self.jump)
        self.measure("drag a boundary", self.drag)
        self.measure("split", self.split)
        self.measure("rename", self.rename)
        self.measure("lock", self.lock)
        self.measure("edit the transcript", self.transcript)
        self.measure("undo", lambda _k: self.turns.of(self.document.undo))
        self.measure("redo", lambda _k: self.turns.of(self.document.redo))
        self.measure("save", self.save)
        self.window.close_down()


def main() -> None:
    """Run all rows, or those that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=9050, help="words that are said")
    parser.add_argument("--rounds", type=int, default=12, help="times that each thing is done")
    parser.add_argument(
        "--only", default="", metavar="NAMES", help="rows whose name holds one of these, with commas between"
    )
    parser.add_argument("--profile", action="store_true", help="show where the time of each row went")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
            # No settings, journals and caches of whoever runs it.
            os.environ[f"XDG_{kind}_HOME"] = folder
        Bench(args.words, args.rounds, args.only, args.profile, Path(folder)).run()
    sys.stdout.flush()
    gc.enable()
    os._exit(0)


if __name__ == "__main__":
    main()
