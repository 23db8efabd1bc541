"""How sure the path is, in the real window: band, strip, list, F8, verdict; nothing waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncline import confidence as of_alignment
from syncline.edits.constraints import add_anchor
from syncline.model import Alignment, Constraints, Features, Pair, Session, Truth
from syncline.pipeline import judged
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams, solve
from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings
from workbench.hands import click_row
from workbench.sessions import video
from workbench.watchdog import Count, Watchdog, longest

ROWS, RATE = 200, 25.0
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def session(other: bool = False) -> Session:
    """Two videos of which nothing happens from frame 80 to 130; `other`: two that have nothing in common."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal((ROWS, 5)).cumsum(0)
    x[80:130] = x[80]
    y = rng.standard_normal((ROWS, 5)).cumsum(0) if other else x + 0.05 * rng.standard_normal(x.shape)
    times = np.arange(ROWS) / RATE
    a, b = (Features(v.astype(np.float32), times.copy()) for v in (x, y))
    params = DtwParams(step_pattern="symmetric1")
    path = solve(WarpProblem(a, b), params, Monitor())
    c = Constraints()
    pair = Pair(video("a.mp4", ROWS, RATE), video("b.mp4", ROWS, RATE))
    al = Alignment(1, pair, constraints=c, features_a=a, features_b=b, path=path, solved=c)
    al = replace(al, resolved=replace(al.recipe, method="dtw", params=params))
    return Session(pair.a, pair.b, alignments=(al,), active=1)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    settings = Settings()
    settings.theme = "dark"
    create_application(settings)
    window = MainWindow(settings)
    window.resize(1400, 900)
    window.show()
    window.activateWindow()
    with qtbot.waitActive(window):
        pass
    yield window
    window.close_down()
    window.deleteLater()


def known(qtbot: QtBot, window: MainWindow) -> None:
    s = window.sure.sureness
    qtbot.waitUntil(lambda: s.confidence is not None and s.listed and not s.stale and s.idle, timeout=30_000)


def drawn(one: QImage, other: QImage, x0: int, x1: int) -> int:
    """Pixels of columns x0 to x1 that differ."""
    return sum(one.pixel(x, y) != other.pixel(x, y) for x in range(x0, x1) for y in range(one.height()))


def test_band_strip_and_list_show_where_nothing_happens(qtbot: QtBot, window: MainWindow) -> None:
    window.document.reset(session(), "Open")
    known(qtbot, window)
    qtbot.waitUntil(lambda: window.matrix.feeder.pyramid is not None and window.matrix.feeder.idle)
    sure, places = window.sure.sureness.confidence, window.sure.sureness.places
    assert sure is not None
    assert 80 / RATE <= places[0].a <= 130 / RATE

    column = lambda frame: round(window.matrix.view.x(frame + 0.5))  # noqa: E731
    shown = window.matrix.grab().toImage()
    window.actions_["show_band"].trigger()
    plain = window.matrix.grab().toImage()
    flat, clear = drawn(shown, plain, column(95), column(115)), drawn(shown, plain, column(30), column(50))
    assert flat > 10 * (clear + 10)

    strip = window.sure.strip
    doubt = strip.doubt()
    assert doubt[round(len(doubt) * 105 / ROWS)] > 0.5
    assert doubt[round(len(doubt) * 40 / ROWS)] < 0.1
    QTest.mouseClick(strip, LEFT, NONE, QPoint(round(strip.pixel(4.0)), 7))
    assert window.playback.a_time == pytest.approx(4.0, abs=0.02)
    window.actions_["show_strip"].trigger()
    assert not strip.isVisible()
    # Both are remembered.
    assert window.settings.get("confidence/show_strip", True) is False

    rows = window.places.list.rows()
    assert len(rows) == len(places)
    assert rows[0].figure.startswith("flat")
    share = f"{100 * sure.unsure.mean():.0f} % · {len(sure.stretches)} spot"
    assert window.result.figures.values["unsure"].text().startswith(share)
    # B is A as it is: the path is right, and no better than no warp at all.
    assert "constant stretch" in window.result.verdict.sentence()


def test_f8_goes_there_loops_it_and_says_why(qtbot: QtBot, window: MainWindow) -> None:
    window.document.reset(session(), "Open")
    # Asked before the answer is there it goes as soon as it is.
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F8)
    known(qtbot, window)
    p, places = window.playback, window.sure.sureness.places
    qtbot.waitUntil(lambda: p.looping)
    assert p.playing
    assert p.mark_in is not None
    assert p.mark_out is not None
    assert p.mark_in <= places[0].a <= p.mark_out
    assert "flat" in window.statusBar().currentMessage()
    p.pause()
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F8)
    assert window.sure.sureness.current == 1
    assert p.mark_in <= places[1].a <= p.mark_out
    p.pause()
    click_row(qtbot, window.places.list, 0)
    assert window.sure.sureness.current == 0
    p.pause()


def test_it_is_faded_while_a_newer_path_is_solved_and_then_renewed(qtbot: QtBot, window: MainWindow) -> None:
    window.document.reset(session(), "Open")
    known(qtbot, window)
    s = window.sure.sureness
    before = s.confidence
    place = s.places[0]
    al = window.document.session.alignment
    assert al is not None
    c, _ = add_anchor(al.constraints, place.a, place.a)
    faded: list[bool] = []
    s.changed.connect(lambda: faded.append(s.stale))
    window.operations.commit_edit(c, "Add anchor")
    assert s.stale
    assert window.places.list.rows()[0].muted
    assert window.result.figures.values["unsure"].text().startswith("(")
    known(qtbot, window)
    assert faded[0]
    after = s.confidence
    assert after is not None
    assert before is not None
    assert after is not before
    row = int(np.abs(after.times - place.a).argmin())
    assert after.sure[row] == 1
    assert after.spread.sum() < before.spread.sum()
    answer = window.document.session.alignment
    assert answer is not None
    assert after.sure == pytest.approx(of_alignment(answer).sure)
    window.document.undo()
    known(qtbot, window)
    assert s.confidence is not None
    assert s.confidence.sure == pytest.approx(before.sure)


def test_a_path_that_is_worse_than_a_constant_stretch_is_said_to_be(qtbot: QtBot, window: MainWindow) -> None:
    made = session()
    al = made.alignment
    assert al is not None
    assert al.path is not None
    window.document.reset(made, "Open")
    known(qtbot, window)
    # The truth comes later: a constant stretch but for 30 ms, while the path is right to a frame.
    times = np.column_stack([al.path.a_times, al.path.a_times + 0.3])
    worse = np.column_stack([times[:, 0], times[:, 0]])
    window.document.replace(judged(made, Truth(times, "far")), "Load truth")
    known(qtbot, window)
    path, line = window.sure.sureness.verdict.errors_ms
    assert line == pytest.approx(300)
    assert path == pytest.approx(300, abs=30)
    bent = replace(al, path=replace(al.path, pairs=bend(al.path.pairs), blocks=None))
    window.document.replace(judged(made.with_alignment(bent), Truth(worse, "here")), "Load truth")
    known(qtbot, window)
    assert "worse than one constant stretch" in window.result.verdict.sentence()


def bend(pairs: np.ndarray) -> np.ndarray:
    """A path that runs along A first and along B last."""
    n, m = pairs[-1] + 1
    half = n // 2
    across = [(i, i // 2) for i in range(half)]
    return np.array(
        [*across, *((half, j) for j in range(half // 2, half)), *((i, min(i, m - 1)) for i in range(half, n))], np.intp
    )


def test_strangers_are_said_to_be_strangers(qtbot: QtBot, window: MainWindow) -> None:
    window.document.reset(session(other=True), "Open")
    known(qtbot, window)
    assert "don't align" in window.result.verdict.sentence()
    assert " of 99 " in window.result.verdict.sentence()
    assert window.result.verdict.isVisible()


def test_the_window_answers_while_it_is_worked_out(qtbot: QtBot, window: MainWindow, count: Count) -> None:
    window.document.reset(session(), "Open")
    known(qtbot, window)
    dog = Watchdog()
    dog.start()
    al = window.document.session.alignment
    assert al is not None
    for k in range(5):
        c, _ = add_anchor(al.constraints, 1.0 + 0.2 * k, 1.0 + 0.2 * k)
        window.operations.commit_edit(c, "Add anchor")
        qtbot.wait(60)
    known(qtbot, window)
    assert dog.stop().own <= longest(count)
