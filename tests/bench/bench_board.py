"""How smooth the Match board is with hundreds of soft links: whole repaints while the hand zooms, pans and drags a box.

    python tests/bench/bench_board.py [--frames 150] [--size 1180x780]

40 boxes, 40 phrases, 802 soft links on a picture of 3,000 × 2,000. Prints markdown tables. A repaint is layout and the
whole of `paintEvent`, into pictures of one and of two device pixels a pixel; all links come back bit by bit, in turns of
the event loop. Runs offscreen; processor time of the one thread that paints, as the other programs on a machine change
it little.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LINKS = 802


def run(frames: int, size: tuple[int, int], folder: Path) -> None:
    import cv2
    import numpy as np
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtTest import QTest

    from match_scenes import scene as made_scene
    from syncline.media.pictures import open_picture
    from syncline.model import NamedMatch, Scene, Session
    from syncline_workbench.app import create_application
    from syncline_workbench.document import Document
    from syncline_workbench.settings import Settings
    from syncline_workbench.views.scene_board import SceneBoard
    from workbench.scene_stage import matched

    app = create_application(Settings())
    rng = np.random.default_rng(3)
    file = folder / "made.png"
    cv2.imwrite(str(file), cv2.resize(rng.integers(0, 255, (20, 30, 3)).astype(np.uint8), (3000, 2000)))
    corners = [(x, y, x + w, y + h) for x, y, w, h in (rng.random((40, 4)) * [2300, 1500, 500, 350] + [0, 0, 150, 120])]
    objects = [(f"thing {k}", c, 0.9) for k, c in enumerate(corners)]
    scene: Scene = replace(
        made_scene(objects, " and ".join(f"[phrase{k}]" for k in range(40))), picture=open_picture(file)
    )
    weights = {(i, j): 0.2 + 0.7 * float(rng.random()) for i in range(40) for j in range(40)}
    kept = dict(sorted(weights.items(), key=lambda x: rng.random())[:LINKS])
    chosen = {(i, i) for i in range(40)}
    named: NamedMatch = matched(scene, {**kept, **dict.fromkeys(chosen, 1.0)}, chosen)
    document = Document()
    document.replace(
        Session(scenes=(scene,), scene=scene.id, caption=scene.captions[0].id, matchings=(named,), shown_match=1), "set"
    )
    board = SceneBoard(document)
    board.scene_previewed.connect(lambda s: document.preview(document.session.with_scene(s)))
    board.scene_abandoned.connect(lambda: document.preview(None))
    board.resize(*size)
    board.show()
    while not board.picture_ready:
        app.processEvents()

    def repaint() -> float:
        began = time.thread_time()
        board.grab()
        return (time.thread_time() - began) * 1000

    def row(what: str, step: Callable[[int], object]) -> None:
        taken: list[float] = []
        for k in range(frames):
            began = time.thread_time()
            step(k)
            taken.append((time.thread_time() - began) * 1000 + repaint())
            app.processEvents()
        say(what, taken)

    def turns(what: str) -> None:
        taken: list[float] = []
        for _ in range(max(frames // 10, 1)):
            board.refresh()
            repaint()
            while board.moving:
                began = time.thread_time()
                app.processEvents()
                taken.append((time.thread_time() - began) * 1000)
        # Many turns of the loop have nothing to do.
        say(what, [t for t in taken if t > 1])

    def say(what: str, taken: list[float]) -> None:
        middle, high = np.percentile(taken, [50, 95])
        name = f"{what}, {board.devicePixelRatioF():g}×"
        print(f"| {name} | {middle:.1f} ms | {high:.1f} ms | {max(taken):.1f} ms |", flush=True)

    at = QPointF(size[0] / 2, size[1] / 3)
    repaint()
    row("zoom", lambda k: board.zoom(1.04 if k % 60 < 30 else 1 / 1.04, at))
    board.zoom(2.0, at)
    row("pan", lambda k: board.panned(3.0 if k % 60 < 30 else -3.0, 2.0 if k % 40 < 20 else -2.0))
    board.fit()
    board.refresh()
    repaint()
    # A box is moved by its label.
    edge = next(reversed(board.layout_now.tags.values())).rect.center().toPoint()
    QTest.mousePress(board, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, edge)
    row("drag a box", lambda k: QTest.mouseMove(board, edge + QPoint(5 + (k % 60), (k % 40))))
    board.abandon()
    row("hover", lambda k: board.light_up(None if k % 2 else board.picked))
    row("show an edit", lambda _k: board.refresh())
    turns("a turn of showing all again")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--size", default="1180x780")
    parser.add_argument("--ratio", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ratio:
        width, height = (int(v) for v in options.size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            run(options.frames, (width, height), Path(folder))
        sys.stdout.flush()
        os._exit(0)
    print(f"| board, {LINKS} soft links | median | p95 | longest |\n| --- | --: | --: | --: |", flush=True)
    for ratio in (1, 2):
        # The ratio is taken once a process.
        subprocess.run(
            [sys.executable, __file__, "--frames", str(options.frames), "--size", options.size, "--ratio", str(ratio)],
            env={**os.environ, "QT_SCALE_FACTOR": str(ratio)},
            check=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
