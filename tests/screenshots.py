"""Pictures of the real window, to be looked at beside the design.

    python tests/screenshots.py [FOLDER] [--size 1600x1000] [--part segment]

Run it under a real or virtual screen (``./run screenshots`` brings one); without a screen Qt draws offscreen.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "out" / "screenshots")
    parser.add_argument("--size", default="1600x1000")
    parser.add_argument("--part", choices=("pairs", "match", "segment"), action="append")
    arguments = parser.parse_args()
    width, height = (int(v) for v in arguments.size.split("x"))
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        # Nothing of the user's own settings, caches or journals may show, or be touched.
        for name in ("CONFIG", "CACHE", "STATE", "DATA"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        arguments.folder.mkdir(parents=True, exist_ok=True)
        shoot(arguments.folder, width, height, arguments.part or ["pairs", "match", "segment"])
    return 0


def shoot(folder: Path, width: int, height: int, parts: list[str]) -> None:
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QWidget

    from syncline_workbench.app import create_application
    from syncline_workbench.main_window import MainWindow
    from syncline_workbench.settings import Settings

    settings = Settings()
    settings.theme = "dark"
    app = create_application(settings)
    window = MainWindow(settings)
    window.resize(width, height)
    window.show()
    troubles: list[str] = []
    window.operations.failed.connect(troubles.append)

    def spin(seconds: float, until: Callable[[], bool] | None = None) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (until is not None and until()):
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.004)
        if until is not None and not until():
            raise SystemExit(f"The window did not get there in {seconds} s. {' '.join(troubles)}")

    def keep(name: str, widget: QWidget = window) -> None:
        spin(0.4)
        target = folder / f"{name}.png"
        if not widget.grab().save(str(target)):
            raise SystemExit(f"{target} could not be written.")
        print(target)

    if "pairs" in parts:
        shoot_pairs(window, spin, keep)
        shoot_study(window, spin, keep)
        shoot_learning(window, spin, keep)
    if "match" in parts:
        shoot_match(window, spin, keep)
        window.resize(width, height)
        shoot_training(window, spin, keep)
    if "segment" in parts:
        window.projects.new()
        shoot_segment(window, spin, keep)
    window.close_down()
    if troubles:
        raise SystemExit(" ".join(troubles))


def shoot_pairs(window, spin, keep) -> None:
    """Two recordings: opened, aligned, taken in hand."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    width, height = window.width(), window.height()

    def idle() -> bool:
        return not window.jobs.active

    keep("empty")
    window.projects.open_demo()
    spin(60, lambda: window.jobs.active != [] and window.document.session.pair is not None)
    spin(30, lambda: any(not j.quiet and j.fraction > 0.2 for j in window.jobs.active))
    keep("loading")
    spin(120, lambda: window.document.session.alignment is not None)
    window.playback.seek_a(0.8)
    spin(30, idle)
    keep("aligned")
    window.actions_["skeleton"].trigger()
    spin(1, lambda: window.jobs.active != [])
    spin(120, idle)
    keep("skeletons")
    window.actions_["skeleton"].trigger()

    spin(60, lambda: window.sure.sureness.listed)
    window.actions_["check_place"].trigger()
    spin(0.5)
    window.playback.pause()
    keep("check-next")
    window.playback.set_loop(None)

    matrix = window.matrix
    window.playback.seek_a(0.75)
    window.actions_["add_anchor"].trigger()
    spin(20, idle)
    anchor = window.document.session.alignment.constraints.anchors[0]
    scene = matrix.scene
    start = scene.point(anchor.a, anchor.b)

    def mouse(kind: QEvent.Type, at: QPointF, buttons: Qt.MouseButton) -> None:
        event = QMouseEvent(kind, at, matrix.mapToGlobal(at), Qt.MouseButton.LeftButton, buttons,
                            Qt.KeyboardModifier.ShiftModifier)  # fmt: skip
        QApplication.sendEvent(matrix, event)

    mouse(QEvent.Type.MouseButtonPress, start, Qt.MouseButton.LeftButton)
    for k in range(1, 13):
        mouse(QEvent.Type.MouseMove, start + QPointF(-0.5 * k, -2.5 * k), Qt.MouseButton.LeftButton)
        spin(0.05)
    keep("dragging")
    mouse(QEvent.Type.MouseButtonRelease, start + QPointF(-6, -30), Qt.MouseButton.NoButton)
    spin(20, idle)
    for mode in ("overlay", "wipe", "difference"):
        window.actions_[f"mode_{mode}"].trigger()
        keep(mode)
    window.actions_["mode_side"].trigger()
    window.actions_["theme_light"].trigger()
    keep("light")
    window.resize(1100, 700)
    keep("light-small")
    window.actions_["theme_dark"].trigger()
    keep("small")
    window.resize(width, height)


def shoot_study(window, spin, keep) -> None:
    """The pair's method step by step, and methods side by side."""
    study = window.study
    explain, dock = study.explain, study.docks["panel_explain_warp"]

    def there(number: int) -> None:
        explain.go(number)
        spin(30, lambda: explain.number == number)

    window.actions_["example_dtw"].trigger()
    spin(60, lambda: explain.walk is not None and explain.walk.end is not None)
    for name, number in (("fill", 20), ("back", 41), ("matrix", 47)):
        there(number)
        keep(f"explain-dtw-{name}")
    for method, number in (("restrictions", 0), ("soft_dtw", 2)):
        explain.method.setCurrentIndex(explain.method.findData(method))
        explain.method.activated.emit(explain.method.currentIndex())
        spin(30, lambda: explain.walk is not None and explain.walk.end is not None)
        if method == "restrictions":
            explain.words.toggles.boxes["slope"].click()
            spin(10, lambda: "×" in explain.words.lines[1].text())
        there(number)
        keep(f"explain-{method}")
    explain.explain(None)
    for method, number in (("ctw", 1), ("cycle", 9)):
        explain.method.setCurrentIndex(explain.method.findData(method))
        explain.method.activated.emit(explain.method.currentIndex())
        spin(60, lambda method=method: explain.lesson.method == method and bool(explain.walk.states))
        there(number)
        keep(f"explain-{method}")
    dock.hide()
    window.actions_["compare_methods"].trigger()
    comparing = window.study.comparing
    comparing.compare(["dtw", "dtw:step_pattern=symmetricP1", "gctw", "offset"], ["auto", "appearance", "motion"])
    spin(120, lambda: comparing._found is not None)
    comparing.dialog.table.select(0)
    keep("compare", comparing.dialog)
    comparing.keep([0, 2])
    comparing.dialog.close()
    keep("compare-kept")


def shoot_learning(window, spin, keep) -> None:
    """An embedding learned from the pair, a metric from anchors where the truth is, and recordings on one clock."""
    import syncline as sl

    learning, document = window.learning, window.document
    window.actions_["learn_cycle"].trigger()
    spin(30, lambda: learning.dialog is not None)
    learning.dialog.learn.click()
    spin(60, lambda: len(learning._epochs) > 20)
    keep("learn-embedding", learning.dialog)
    spin(120, lambda: learning.dialog.outcome is not None)
    keep("learned-embedding", learning.dialog)
    learning.dialog.use.click()
    spin(60, lambda: document.session.encoders and not window.jobs.active)
    keep("learned-embedding-used")
    times = document.session.truth.times
    rows = [round((k + 0.5) / 6 * (len(times) - 1)) for k in range(6)]
    pins = tuple(sl.Anchor(k + 1, *map(float, times[r])) for k, r in enumerate(rows))
    window.operations.commit_edit(sl.Constraints(pins, next_id=7), "Anchors")
    spin(30, lambda: not window.jobs.active)
    window.actions_["learn_metric"].trigger()
    spin(30, lambda: learning.dialog is not None and learning.dialog.course.key == "metric")
    learning.dialog.learn.click()
    spin(120, lambda: learning.dialog.outcome is not None)
    keep("learned-metric", learning.dialog)
    learning.dialog.reject()
    window.actions_["together"].trigger()
    dialog = window.many.dialog
    dialog.align.click()
    spin(60, lambda: dialog.together is not None)
    dialog.slider.setValue(4000)
    spin(2)
    keep("together", dialog)
    dialog.reject()


def shoot_match(window, spin, keep) -> None:
    from PySide6.QtCore import Qt

    from syncline.registry import build
    from syncline.solvers.match import REGISTRY as SOLVERS
    from syncline_workbench.views.scene_pick import Pick

    def idle() -> bool:
        return not window.jobs.active and not window.matching.busy

    document, act = window.document, window.actions_
    window.show_workspace("match")
    keep("match-empty")
    window.matching.open_examples()
    spin(120, lambda: len(document.session.scenes) == 3)
    keep("match-detected")
    spin(120, lambda: len(document.session.matchings) == 3)
    spin(30, idle)
    keep("match-matched")
    scene = document.session.active_scene
    flag = next(x for x in document.session.match.links if scene.object(x.a).label == "flag")
    window.match_.select(Pick(flag.a, flag.b))
    keep("match-link-selected")
    act["match_lock"].trigger()
    spin(20, idle)
    keep("match-locked")
    # The cat has two eyes for one phrase: the method needs more than one iteration.
    explain, dock = window.match_.explain, window.match_.docks["panel_explain"]
    cat = next(s for s in document.session.scenes if s.picture.path.name == "chelsea.png")
    window.matching.look_at(cat.id)
    act["panel_explain"].trigger()
    window.resizeDocks([dock], [400], Qt.Orientation.Vertical)
    spin(20, lambda: explain.walk is not None and explain.lesson.method == "hungarian")
    for number in range(40):
        explain.go(number)
        spin(20, lambda number=number: explain.number == number)
        if "step C" in explain.title.text():
            break
    else:
        raise SystemExit("The Hungarian method came to no step C.")
    keep("match-explain-step-c")
    explain.show_worked_example()
    spin(20, lambda: explain.walk is not None and explain.number == 0)
    explain.go(4)
    spin(20, lambda: explain.number == 4)
    keep("match-worked-example")
    explain.explain(None)
    window.matching.look_at(scene.id)
    for method, values, layer in (("sinkhorn", {"epsilon": 0.2}, "plan"), ("attention", {}, "similarity")):
        params = build(SOLVERS[method].params, values)
        window.matching.set_recipe(replace(document.session.match_recipe, method=method, params=params))
        act["match"].trigger()
        spin(30, lambda method=method: document.session.match.recipe.method == method)
        window.match_.matrix.set_layer(layer)
        spin(20, lambda method=method: explain.lesson.method == method and explain.walk.end is not None)
        explain.go(explain.walk.end)
        spin(20, lambda: explain.number == explain.walk.end)
        keep(f"match-{method}")
    window.resizeDocks([dock], [270], Qt.Orientation.Vertical)
    act["theme_light"].trigger()
    keep("match-light")
    window.resize(1100, 700)
    keep("match-small")


def shoot_training(window, spin, keep) -> None:
    from syncline.registry import build

    document, act, training = window.document, window.actions_, window.match_.training
    act["theme_dark"].trigger()
    window.docks["panel_explain"].hide()
    for scene in document.session.scenes:
        window.matching.set_checked(True, scene.id)
    act["train_scorer"].trigger()
    spin(20, lambda: training.dialog is not None and training.dialog.train.isEnabled())
    dialog = training.dialog
    for method, params in (
        ("contrastive", {"epochs": 400, "patience": 400}),
        ("gate", {"held_out": 0.0, "epochs": 150}),
    ):
        dialog.choose(method)
        dialog.form.set_value(build(dialog.form.params, params))
        dialog.train.click()
        spin(60, lambda: len(dialog.curve.drawn) > 60)
        keep(f"match-training-{method}", dialog)
        spin(60, lambda: dialog.scorer is not None)
        keep(f"match-trained-{method}", dialog)
    dialog.maps.click()
    dialog.use.click()
    spin(60, lambda: bool(window.match_.attention.grid.maps) and not window.jobs.active)
    keep("match-attention-maps")


def shoot_segment(window, spin, keep) -> None:
    """Recordings that are cut: speech with its words, a boundary in hand, units, motion, Explain."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from syncline.model import SegmentRecipe

    document, act, segmenting = window.document, window.actions_, window.segmenting
    tiers, docks = window.segment_.tiers, window.segment_.docks
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    def idle() -> bool:
        return not window.jobs.active and not segmenting.busy and window.segment_.findings.idle

    def settled() -> None:
        spin(0.2)
        spin(120, idle)

    window.show_workspace("segment")
    keep("segment-empty")
    act["example_speech"].trigger()
    spin(120, lambda: document.session.segments is not None)
    settled()
    keep("segment-speech")
    row = next(k for k, s in enumerate(tiers.tiers) if s.name == "words")
    piece = next(k for k, s in enumerate(tiers.tiers[row].pieces) if s.label == "rolled")
    box = tiers.rect_of(row, piece)
    start = QPoint(round(box.left()), round(box.center().y()))
    QTest.mousePress(tiers, left, none, start)
    for k in range(1, 16):
        QTest.mouseMove(tiers, start + QPoint(-3 * k, 0))
        spin(0.05)
    keep("segment-dragging")
    QTest.mouseRelease(tiers, left, none, start + QPoint(-45, 0))
    settled()
    keep("segment-dragged")
    act["check_piece"].trigger()
    spin(0.5)
    keep("segment-check-next")
    act["cancel"].trigger()
    tiers.select("words", piece)
    act["panel_explain_segment"].trigger()
    explain = window.segment_.study.explain
    spin(60, lambda: explain.walk is not None and explain.walk.end is not None)
    window.resizeDocks([docks["panel_explain_segment"]], [330], Qt.Orientation.Vertical)
    explain.go(explain.walk.end)
    spin(30, lambda: explain.number == explain.walk.end)
    keep("segment-explain-ctc")

    spoken = document.session.shown_segments
    segmenting.set_recipe(SegmentRecipe("units"))
    act["segment"].trigger()
    spin(60, lambda: document.session.shown_segments != spoken)
    settled()
    segmenting.compare(spoken)
    settled()
    spin(30, lambda: explain.lesson.method == "kmeans" and explain.walk is not None)
    keep("segment-units")
    docks["panel_explain_segment"].hide()
    act["theme_light"].trigger()
    keep("segment-light")
    window.resize(1100, 700)
    keep("segment-small")
    act["theme_dark"].trigger()
    window.resize(1600, 1000)
    if DATA.is_dir():
        shoot_motion(window, settled, keep)


def shoot_motion(window, settled, keep) -> None:
    """Motion capture beside what people see in it."""
    from syncline.model import Segment, SegmentRecipe, Tier, Tiers
    from syncline.registry import build
    from syncline.solvers.segment import REGISTRY

    document, segmenting = window.document, window.segmenting
    segmenting.open_paths([str(DATA / "timeseries" / "86_01.amc")])
    settled()
    # What people marked counts frames; a file of tiers has seconds.
    rows = list(csv.DictReader((DATA / "timeseries" / "86_01_segments.csv").open()))
    truth = [Segment(int(r["start_frame"]) / 120, int(r["end_frame_exclusive"]) / 120, r["label"]) for r in rows]
    recording = document.session.active_recording
    recording = replace(recording, truth=Tiers((Tier("human", tuple(truth)),)))
    document.replace(document.session.with_recording(recording), "Load truth")
    params = build(REGISTRY["changepoints"].params, {"by": "movement", "changes": 6})
    segmenting.set_recipe(SegmentRecipe("changepoints", params))
    window.actions_["segment"].trigger()
    settled()
    keep("segment-motion")


if __name__ == "__main__":
    sys.exit(main())
