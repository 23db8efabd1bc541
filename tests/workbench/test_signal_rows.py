"""Rows over the time axis: what is drawn stands where it is heard, and the hand moves what it should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from clips import make_video, read_number
from syncline.media import open_media
from syncline.model import EmissionSource, Features, Media, Recording
from syncline.model.emissions import Emissions
from syncline_workbench.jobs import Jobs
from syncline_workbench.theme import DARK, LIGHT, theme
from syncline_workbench.views.emission_row import EmissionRow, shown_labels
from syncline_workbench.views.pixel_row import PixelRow
from syncline_workbench.views.signal_rows import SignalRows
from syncline_workbench.views.strip_row import StripRow, slot_frames
from syncline_workbench.views.time_axis import GUTTER, MARGIN, TimeAxis
from syncline_workbench.views.time_row import TimeRow
from syncline_workbench.views.time_ruler import ticks
from workbench.hands import heard

RATE, SECONDS, CLICK = 8000, 20.0, 7.0
TONE = (12.0, 15.0)
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Rows:
    """Rows in a window of their own, 1000 pixels of time wide."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.axis, self.jobs = qtbot, TimeAxis(), Jobs()
        self.view = SignalRows(self.axis, self.jobs)
        qtbot.addWidget(self.view)
        self.view.resize(1000 + GUTTER + MARGIN, 420)
        self.view.show()
        qtbot.waitExposed(self.view)

    def open(self, media: Media) -> None:
        self.view.set_recording(Recording(1, media))
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being computed and all strips are drawn."""
        QApplication.processEvents()
        self.qtbot.waitUntil(lambda: not self.jobs.active)

        def drawn() -> bool:
            QApplication.processEvents()
            self.view.grab()
            rows = [row for row in self.view.rows.values() if isinstance(row, PixelRow) and not row.message]
            return not self.jobs.active and all(row.pixels.complete for row in rows)

        self.qtbot.waitUntil(drawn)

    def picture(self, name: str) -> np.ndarray:
        """RGB of a row's picture, int (h, 1000, 3)."""
        return rgb(self.view.rows[name])[:, GUTTER : GUTTER + self.axis.width]

    def x(self, time: float) -> int:
        return round(self.axis.to_x(time))

    def wheel(self, row: TimeRow, time: float, turn: int, mods: Qt.KeyboardModifier = NONE) -> None:
        at = QPointF(row.to_x(time), 20)
        event = QWheelEvent(
            at, row.mapToGlobal(at), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, mods,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(row, event)


def rgb(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[..., 2::-1].astype(int)


def like(picture: np.ndarray, colour: str, slack: int = 40) -> np.ndarray:
    """Where a picture has a colour, about."""
    c = QColor(colour)
    return (np.abs(picture - [c.red(), c.green(), c.blue()]) < slack).all(axis=-1)


@pytest.fixture
def rows(qtbot: QtBot) -> Iterator[Rows]:
    made = Rows(qtbot)
    yield made
    made.view.close_rows()
    made.jobs.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """A click, and a tone of 1 kHz."""
    t = np.arange(round(RATE * SECONDS)) / RATE
    x = 0.2 * np.sin(2 * np.pi * 1000 * t) * ((t >= TONE[0]) & (t < TONE[1]))
    x[round(CLICK * RATE)] = 0.9
    path = tmp_path_factory.mktemp("sound") / "sound.wav"
    soundfile.write(path, x, RATE)
    return open_media(path)


@pytest.mark.parametrize("stretch", [(0.0, SECONDS), (6.9, 7.3), (6.99, 7.004), (11.99, 12.02)])
def test_the_waveform_stands_where_it_is_heard(rows: Rows, sound: Media, stretch: tuple[float, float]) -> None:
    rows.open(sound)
    rows.axis.show(*stretch)
    rows.settle()
    picture = rows.picture("wave")
    blue = like(picture, DARK.a, 60)
    # How far the waveform reaches from the middle, in shares of what is possible.
    reach = np.abs(np.arange(len(picture))[:, None] + 0.5 - len(picture) / 2) / (len(picture) / 2) * blue
    most = reach.max(axis=0)
    if stretch[0] < CLICK < stretch[1]:
        assert abs(np.flatnonzero(most > most.max() - 0.02).mean() - rows.x(CLICK)) <= 1.5
        assert most.max() == pytest.approx(1, abs=0.05)
    if stretch[1] > TONE[0]:
        # The tone begins and ends there, and is 2/9 as high as the click.
        inside = np.flatnonzero(most > 0.06)
        inside = inside[np.abs(inside - rows.x(CLICK)) > 3]
        assert abs(inside[0] - rows.x(TONE[0] + 0.00005)) <= 3
        if stretch[1] > TONE[1]:
            assert abs(inside[-1] - rows.x(TONE[1])) <= 2
        assert most[inside].max() == pytest.approx(0.2 / 0.9, abs=0.04)


def test_the_spectrum_shows_a_tone_at_its_frequency_and_time(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    for stretch in ((0.0, SECONDS), (11.0, 13.0)):
        rows.axis.show(*stretch)
        rows.settle()
        light = rows.picture("spectrum").sum(axis=-1)
        row = rows.view.rows["spectrum"]
        y = int(light[:, rows.x(12.5)].argmax())
        assert abs(y - row.to_y(1000)) <= 3  # type: ignore[attr-defined]
        loud = np.flatnonzero(light[y] > 0.6 * light[y].max())
        near = loud[np.abs(loud - rows.x(CLICK)) > 5]
        # Windows of 25 ms hear it a little before and after.
        reach = 0.013 / rows.axis.per_pixel + 2
        assert abs(near[0] - rows.x(TONE[0])) <= reach
        if rows.axis.end > TONE[1]:
            assert abs(near[-1] - rows.x(TONE[1])) <= reach
        # A click is all frequencies at once, silence none.
        if rows.axis.start < CLICK:
            assert (light[:, rows.x(CLICK)] > light[:, rows.x(3.0)].max()).mean() > 0.9
    assert row.words_at(12.5, row.to_y(1000)).split(" Hz")[0] in {str(k) for k in range(980, 1020)}  # type: ignore[attr-defined]


def test_zooming_with_the_wheel_keeps_the_second_under_the_cursor(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    row = rows.view.rows["wave"]
    x = rows.axis.to_x(CLICK)
    for _ in range(30):
        rows.wheel(row, CLICK, 120, CONTROL)
        assert rows.axis.to_x(CLICK) == pytest.approx(x, abs=1e-6)
    assert rows.axis.end - rows.axis.start < 0.1
    rows.settle()
    blue = like(rows.picture("wave"), DARK.a, 60)
    assert abs(np.flatnonzero(blue[: np.flatnonzero(blue.any(axis=1))[0] + 2].any(axis=0)).mean() - x) <= 2
    start = rows.axis.start
    rows.wheel(row, CLICK, -120)
    assert rows.axis.start == pytest.approx(start + 60 * rows.axis.per_pixel)
    for _ in range(80):
        rows.wheel(row, CLICK, -120, CONTROL)
    assert (rows.axis.start, rows.axis.end) == (0.0, SECONDS)


def test_panning_shows_what_drawing_anew_would(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    rows.axis.show(10.0, 14.0)
    rows.settle()
    for _ in range(7):
        rows.axis.pan(23 * rows.axis.per_pixel)
        rows.view.grab()
    rows.settle()
    panned = {name: rows.picture(name) for name in ("wave", "spectrum")}
    for row in rows.view.rows.values():
        row.pixels.forget()  # type: ignore[attr-defined]
    rows.settle()
    for name, picture in panned.items():
        assert (picture == rows.picture(name)).all()


def test_a_click_seeks_and_a_drag_selects(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    row = rows.view.rows["spectrum"]
    sought, selected = heard(rows.view.sought), heard(rows.view.selected)

    def at(time: float) -> QPoint:
        return QPoint(round(row.to_x(time)), 30)

    QTest.mouseClick(row, LEFT, NONE, at(5.0))
    assert sought == [(pytest.approx(5.0, abs=0.011),)] and not selected
    QTest.mousePress(row, LEFT, NONE, at(9.0))
    QTest.mouseMove(row, at(8.0))
    QTest.mouseMove(row, at(4.0))
    assert rows.view.selection == (pytest.approx(4.0, abs=0.011), pytest.approx(9.0, abs=0.011))
    QTest.mouseRelease(row, LEFT, NONE, at(4.0))
    assert selected == [(pytest.approx(4.0, abs=0.011), pytest.approx(9.0, abs=0.011))] and len(sought) == 1
    shade = rgb(rows.view)[200, GUTTER:]
    assert (shade[rows.x(6.0)] != shade[rows.x(2.0)]).any()
    QTest.mouseClick(row, LEFT, NONE, at(5.0))
    assert rows.view.selection is None and selected[-1][0] == selected[-1][1]
    # A press in the gutter is no place in time.
    QTest.mouseClick(row, LEFT, NONE, QPoint(10, 30))
    assert len(sought) == 2


def test_a_drag_that_is_called_back_selects_nothing(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    rows.view.setFocus()
    row = rows.view.rows["wave"]
    QTest.mousePress(row, LEFT, NONE, QPoint(300, 30))
    QTest.mouseMove(row, QPoint(400, 30))
    assert rows.view.selection is not None
    QTest.keyClick(rows.view, Qt.Key.Key_Escape)
    QTest.mouseMove(row, QPoint(500, 30))
    QTest.mouseRelease(row, LEFT, NONE, QPoint(500, 30))
    assert rows.view.selection is None


def test_keys_do_what_the_mouse_does(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    view, axis = rows.view, rows.axis
    view.set_playhead(CLICK)
    for _ in range(4):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    x = axis.to_x(CLICK)
    assert axis.end - axis.start == pytest.approx(SECONDS / 1.5**4)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert axis.to_x(CLICK) == pytest.approx(x)
    start, length = axis.start, axis.end - axis.start
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert axis.start == pytest.approx(start + length / 10)
    QTest.keyClick(view, Qt.Key.Key_Left)
    selected = heard(view.selected)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(view, key, Qt.KeyboardModifier.ShiftModifier)
    assert view.selection == (CLICK, pytest.approx(CLICK + 16 * axis.per_pixel))
    assert len(selected) == 4
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection is None
    QTest.keyClick(view, Qt.Key.Key_End)
    assert axis.end == SECONDS
    QTest.keyClick(view, Qt.Key.Key_F)
    assert (axis.start, axis.end) == (0.0, SECONDS)
    assert view.accessibleName() and "0:20.000" in view.accessibleDescription()
    assert all(row.accessibleName() for row in view.rows.values())


def test_playhead_and_boundary_cross_all_rows(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    before = rgb(rows.view)
    rows.view.set_playhead(5.0)
    rows.view.set_boundary(10.0)
    after = rgb(rows.view)
    changed = np.flatnonzero((before != after).any(axis=(0, 2))) - GUTTER
    assert set(changed) <= {rows.x(t) + k for t in (5.0, 10.0) for k in range(-7, 8)}
    assert like(after[30:, GUTTER + rows.x(5.0)], DARK.text, 90).mean() > 0.95
    pink = like(after[:, GUTTER + rows.x(10.0)], DARK.bad, 90)
    # Dashed: it is there and not there by turns, through every row.
    runs = np.flatnonzero(np.diff(pink.astype(int)) == 1)
    assert 0.3 < pink.mean() < 0.8 and np.diff(runs).max() < 12 and runs[0] < 20 and runs[-1] > len(pink) - 20
    rows.view.set_boundary(None)
    rows.view.set_playhead(None)
    assert (rgb(rows.view) == before).all()


def phones() -> tuple[Emissions, np.ndarray]:
    """20 s in frames of 0.1 s: the blank, and by turns one of three of sixty labels for two frames in ten."""
    names = tuple(f"p{k}" for k in range(60))
    path = np.full(200, 5)
    for k in range(0, 200, 10):
        path[k + 4 : k + 6] = (40, 7, 22)[k // 10 % 3]
    p = np.full((200, 60), 0.1 / 59)
    p[np.arange(200), path] = 0.9
    p[151, 22] = 0.9
    p[151, path[151]] = 0.1 / 59
    return Emissions(np.log(p).astype(np.float32), names, blank=5, step=0.1), path


def test_emissions_show_cells_path_and_labels_in_order_of_use(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    emissions, path = phones()
    rows.view.set_emissions(emissions, path)
    rows.axis.show(14.0, 16.0)
    rows.settle()
    row = rows.view.rows["emissions"]
    assert isinstance(row, EmissionRow)
    assert row.labels == ["∅", "p40", "p7", "p22"]
    picture = rows.picture("emissions")
    cell = len(picture) / 4

    def colour(frame: int, k: int) -> np.ndarray:
        """Of a cell's corner, away from the line."""
        return picture[int((k + 0.15) * cell), rows.x((frame + 0.2) * 0.1)]

    for frame in range(141, 159):
        for k, column in enumerate((5, 40, 7, 22)):
            red, green, blue = colour(frame, k)
            on = path[frame] == column
            # On the path a cell is green; off it dark, but for one that is likely and blue.
            assert (green > red + 60 and green > blue + 25) == on
            if not on:
                assert (blue > 180) == ((frame, column) == (151, 22))
    # The line goes through the middles of cells, and straight from one to the next.
    white = like(picture, "#ffffff", 30)
    for frame in (142, 144, 155):
        y = (row.labels.index("∅" if path[frame] == 5 else f"p{path[frame]}") + 0.5) * cell
        found = np.flatnonzero(white[:, rows.x((frame + 0.5) * 0.1)])
        assert abs(found.mean() - y) <= 1.5 and len(found) <= 4
    between = np.flatnonzero(white[:, rows.x(14.4)])
    assert abs(between.mean() - (0.5 + row.labels.index(f"p{path[144]}") / 2) * cell) <= 4
    assert row.words_at(15.15, 3.5 * cell) == "frame 151, label “p22”, p = 0.900"
    assert "∅ p40 p7 p22" in row.accessibleDescription()


def test_another_path_over_the_same_emissions_keeps_the_row(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    emissions, path = phones()
    rows.view.set_emissions(emissions)
    row = rows.view.rows["emissions"]
    assert isinstance(row, EmissionRow) and len(row.labels) == 36
    rows.view.set_emissions(emissions, path)
    assert rows.view.rows["emissions"] is row and len(row.labels) == 4
    codes = row.tiles
    moved = np.roll(path, 1)
    rows.view.set_emissions(emissions, moved)
    assert row.tiles is codes
    rows.settle()
    rows.axis.show(14.0, 16.0)
    rows.settle()
    picture = rows.picture("emissions")
    y = int((row.labels.index(f"p{moved[146]}") + 0.15) * len(picture) / 4)
    red, green, _ = picture[y, rows.x(14.62)]
    assert moved[146] != path[146] and green > red + 60
    rows.view.set_emissions(None)
    assert "emissions" not in rows.view.rows


def test_few_labels_are_all_shown_and_of_many_the_likely_ones() -> None:
    p = np.full((50, 100), 1e-4)
    p[:, 0] = 0.9
    p[7, [80, 33]] = 0.04
    many = Emissions(np.log(p).astype(np.float32), tuple(map(str, range(100))))
    assert shown_labels(many, []) == sorted({0, 33, 80, 34, *range(1, 33)})
    assert shown_labels(many, [80, 3, 80]) == [0, 80, 3]
    few = Emissions(np.log(np.full((3, 4), 0.25)).astype(np.float32), ("a", "b", "_", "c"), blank=2)
    assert shown_labels(few, [3]) == [2, 3, 0, 1]


def test_features_are_a_heat_map_with_the_first_channel_at_the_bottom(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    values = np.zeros((200, 10), np.float32)
    values[100:120, 2] = 1
    rows.view.set_features(Features(values, 0.05 + np.arange(200) * 0.1))
    rows.settle()
    light = rows.picture("features").sum(axis=-1)
    y, x = np.nonzero(light > 400)
    high = len(light) / 10
    assert 7 * high - 1 <= y.min() and y.max() <= 8 * high
    assert abs(x.min() - rows.x(10.0)) <= 1 and abs(x.max() - rows.x(12.0)) <= 1
    row = rows.view.rows["features"]
    assert row.words_at(11.0, 7.5 * high) == "channel 3: 1"
    rows.view.set_features(None)
    assert "features" not in rows.view.rows


def test_a_file_of_few_channels_is_drawn_as_curves(rows: Rows, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("\n".join("1.0" if 300 <= k < 350 else "0.0" for k in range(1000)), "ascii")
    rows.open(open_media(path, rate=100.0))
    assert list(rows.view.rows) == ["signal"]
    picture = rows.picture("signal")
    blue = like(picture, DARK.a, 60)
    top = np.flatnonzero(blue[: len(picture) // 3].any(axis=0))
    assert abs(top.min() - rows.x(3.0)) <= 2 and abs(top.max() - rows.x(3.5)) <= 2
    assert blue[-8:, rows.x(1.0)].any() and not blue[:-8, rows.x(1.0)].any()
    # Where the numbers are emissions they are not drawn twice.
    recording = rows.view.recording
    assert recording is not None
    rows.view.set_recording(replace(recording, emissions=EmissionSource()))
    assert not rows.view.rows
    rows.view.set_recording(recording)
    rows.settle()
    assert list(rows.view.rows) == ["signal"]


def test_pictures_of_a_video_stand_where_their_frames_are(rows: Rows, tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.mp4", frames=240, fps=30, size=(320, 240))
    rows.open(open_media(path))
    row = rows.view.rows["strip"]
    assert isinstance(row, StripRow) and list(rows.view.rows) == ["strip"]
    for stretch in ((0.0, 8.0), (2.0, 3.0), (4.0, 4.12)):
        rows.axis.show(*stretch)
        rows.settle()
        picture, wide = rows.picture("strip"), (row.height() - 4) * 4 / 3
        seen = 0
        for time, frame in row.slots():
            x = rows.axis.to_x(time)
            if 0 <= x <= 1000 - wide:
                cut = picture[2 : 2 + round(wide * 3 / 4), round(x) : round(x + wide)]
                assert read_number(cut) == frame
                seen += 1
        assert seen > 1
    # At a deep zoom every frame has its picture, at its own time.
    assert [frame for _, frame in row.slots()] == list(range(120, 124))
    assert [round(t * 30) for t, _ in row.slots()] == list(range(120, 124))


def test_slots_of_pictures_are_a_third_larger_than_needed_at_most() -> None:
    sizes = [slot_frames(least) for least in np.linspace(0.1, 1000, 5000)]
    assert all(size >= least for size, least in zip(sizes, np.linspace(0.1, 1000, 5000), strict=True))
    assert sorted(set(sizes))[:9] == [1, 2, 3, 4, 6, 8, 12, 16, 24]


def test_another_recording_ends_what_was_being_drawn_of_the_first(rows: Rows, sound: Media, tmp_path: Path) -> None:
    rows.view.set_recording(Recording(1, sound))
    emissions, path = phones()
    rows.view.set_emissions(emissions, path)
    first = list(rows.jobs.active)
    rows.view.set_recording(None)
    assert first and not rows.view.rows
    assert all(job.monitor.cancelled for job in first)
    gone = tmp_path / "gone.wav"
    soundfile.write(gone, np.zeros(800), RATE)
    media = open_media(gone)
    gone.unlink()
    rows.open(media)
    assert [row.message for row in rows.view.rows.values()] == ["“gone.wav” is not where it was."]


def test_a_file_that_changed_is_said_and_nothing_else_breaks(rows: Rows, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.zeros(RATE), RATE)
    media = open_media(path)
    soundfile.write(path, np.ones(2 * RATE) * 0.1, RATE)
    rows.open(media)
    assert all("x.wav" in row.message for row in rows.view.rows.values()) and len(rows.view.rows) == 2
    rows.axis.show(0.2, 0.3)
    rows.settle()


def test_the_light_theme_has_its_own_stage(rows: Rows, sound: Media) -> None:
    rows.open(sound)
    try:
        theme().choose("light")
        rows.settle()
        picture = rows.picture("wave")
        assert like(picture, LIGHT.stage, 4).mean() > 0.5
        assert like(picture, LIGHT.a, 30)[:, rows.x(13.0)].any()
    finally:
        theme().choose("dark")


def test_ticks_are_pleasant_and_do_not_crowd() -> None:
    assert ticks(0.0, 10.0, 8) == (2, [0, 2, 4, 6, 8, 10])
    step, marks = ticks(1.2341, 1.2441, 10)
    assert step == 0.001 and marks == pytest.approx(np.arange(1.235, 1.2442, 0.001))
    step, marks = ticks(0.0, 90_000.0, 10)
    assert step == 10_800 and len(marks) <= 11
