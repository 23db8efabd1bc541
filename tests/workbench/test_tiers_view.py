"""Tiers under real mouse and key events: what is drawn, and which edits come out."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncline.edits.pieces import Insert, Lock, Merge, Move, Relabel, Remove, Split, apply
from syncline.errors import ParameterError
from syncline.model import Recording, Segment, Tier
from syncline_workbench.theme import theme
from syncline_workbench.views.tiers_shown import lay_rows
from syncline_workbench.views.tiers_view import Shown
from syncline_workbench.views.time_axis import GUTTER
from workbench.sessions import sound
from workbench.tiers_stage import ALT, CONTROL, KEY, OWN, SHIFT, UNITS, WORDS, Stage


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(qtbot)


# -- what is under the mouse -----------------------------------------------------------------------


def test_what_lies_under_a_pixel(stage: Stage) -> None:
    def hit(tier: int, time: float, off: int = 0):
        return stage.view.hit(QPointF(stage.at(tier, time) + QPoint(off, 0)))

    assert (hit(0, 0.5, -5).edge.piece, hit(0, 0.5, -5).edge.end) == (1, False)
    assert hit(0, 0.5, -6).part == "empty"
    assert hit(0, 0.5, 5).part == "edge"
    assert (hit(0, 0.5, 6).part, hit(0, 0.5, 6).piece) == ("piece", 1)
    # Of two that touch, the one on whose side the mouse is.
    assert (hit(0, 0.8, -2).edge.piece, hit(0, 0.8, -2).edge.end) == (1, True)
    assert (hit(0, 0.8, 2).edge.piece, hit(0, 0.8, 2).edge.end) == (2, False)
    # The truth can't be taken in hand.
    assert hit(3, 0.5).part == "piece"
    assert stage.view.hit(QPointF(20, stage.at(1, 0).y())).part == "name"
    assert stage.view.hit(QPointF(500, 255)) is None


def test_a_click_selects_seeks_and_names_the_tier(stage: Stage) -> None:
    stage.click(stage.at(0, 0.65))
    assert stage.picks == [("words", 1)]
    assert stage.sought[0][0] == pytest.approx(0.65)
    stage.click(QPoint(20, stage.at(1, 0).y()))
    assert stage.picks[-1] == ("units", -1)
    stage.click(stage.at(3, 0.65))
    assert stage.picks[-1] == ("", -1)
    assert stage.edits == []
    stage.view.select("gestures", 2)
    assert stage.view.spot == (2, 2)
    assert stage.view.accessibleDescription() == "throw, 1.400 to 1.800 seconds, gestures"
    stage.view.select("words", 3)
    assert stage.view.accessibleDescription() == "frisbee, 1.500 to 1.900 seconds, words, locked"


# -- dragging a boundary ---------------------------------------------------------------------------


def test_a_drag_is_previewed_and_becomes_one_move(stage: Stage) -> None:
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.3))
    (edit,) = stage.edits
    assert edit == Move("words", 2, True, pytest.approx(1.3))
    assert stage.labels == ["Move boundary throwing|frisbee"]
    assert stage.previews
    assert all(isinstance(p, Move) and p.piece == 2 and p.end for p in stage.previews)
    assert stage.lines[-1] == (None,)
    assert stage.lines[-2][0] == pytest.approx(1.3)
    assert stage.picks == [("words", 2)]


def test_a_boundary_follows_the_hand_before_anybody_answers(stage: Stage) -> None:
    stage.press(stage.at(0, 0.8))
    stage.move(stage.at(0, 0.9))
    row = stage.view.rows[0]
    assert (row.ends[1], row.starts[2]) == (pytest.approx(0.9), pytest.approx(0.9))
    x = stage.at(0, 0.9).x()
    image = stage.view.grab().toImage()
    column = [image.pixelColor(x, y) for y in range(image.height())]
    near = [c for c in column if c.red() - c.green() > 100 and c.blue() > c.green()]
    # A dashed line from top to bottom.
    assert 0.3 * len(column) < len(near) < 0.9 * len(column)
    # The answer is drawn as it is, and a boundary that others share does not draw the hand on.
    stage.view.set_tiers(stage.tiers((*WORDS[:1], Segment(0.5, 0.9, "is"), Segment(0.9, 1.2, "throwing"), WORDS[3])))
    assert stage.view.spot == (0, 1)
    stage.move(stage.at(0, 0.97))
    stage.release(stage.at(0, 0.97))
    assert stage.edits == [Move("words", 1, True, pytest.approx(0.97))]


def test_a_boundary_snaps_to_other_tiers_and_to_what_is_given(stage: Stage) -> None:
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.2) + QPoint(20, 0))
    assert stage.edits[-1].time == 1.25
    # 6 pixels are 12 ms here; seven are too far.
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.25) + QPoint(-7, 0))
    assert stage.edits[-1].time == pytest.approx(1.236)
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.25) + QPoint(-5, 0), SHIFT)
    assert stage.edits[-1].time == pytest.approx(1.24)
    asked: list[tuple[float, float]] = []

    def dips(around: float, reach: float) -> list[float]:
        asked.append((around, reach))
        return [1.3033]

    stage.view.set_snaps(dips)
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.3))
    assert stage.edits[-1].time == 1.3033
    assert asked[-1] == (pytest.approx(1.3), pytest.approx(0.012))
    # The truth holds this very boundary; that must not hold back a drag of a few pixels.
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.2) + QPoint(4, 0))
    assert stage.edits[-1].time == pytest.approx(1.208)


def test_shift_in_the_middle_of_a_drag_frees_it(stage: Stage) -> None:
    stage.press(stage.at(0, 1.2))
    stage.move(stage.at(0, 1.25) + QPoint(-3, 0))
    assert stage.lines[-1] == (1.25,)
    QTest.keyPress(stage.view, KEY.Key_Shift)
    assert stage.lines[-1][0] == pytest.approx(1.244)
    QTest.keyRelease(stage.view, KEY.Key_Shift, SHIFT)
    assert stage.lines[-1] == (1.25,)
    stage.key(KEY.Key_Escape)


def test_limits_hold_a_boundary(stage: Stage) -> None:
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.8))
    assert stage.edits[-1].time == 1.5
    asked: list[tuple[str, int, bool]] = []

    def limits(tier: str, piece: int, end: bool) -> tuple[float, float]:
        asked.append((tier, piece, end))
        return 0.9, 1.31

    stage.view.set_limits(limits)
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.8))
    assert stage.edits[-1].time == 1.31
    stage.drag(stage.at(0, 1.2), stage.at(0, 0.2))
    assert stage.edits[-1].time == 0.9
    assert asked == [("words", 2, True)] * 2

    def none(tier: str, piece: int, end: bool) -> tuple[float, float]:
        raise ParameterError("There is no room.")

    stage.view.set_limits(none)
    stage.drag(stage.at(0, 1.2), stage.at(0, 1.3))
    assert len(stage.edits) == 3
    assert stage.refused == [("There is no room.",)]


def test_escape_puts_a_boundary_back(stage: Stage) -> None:
    stage.press(stage.at(0, 1.2))
    stage.move(stage.at(0, 1.3))
    assert stage.view.busy
    stage.key(KEY.Key_Escape)
    assert stage.lines[-1] == (None,)
    assert len(stage.abandoned) == 1
    assert stage.view.rows[0].ends[2] == 1.2
    stage.move(stage.at(0, 1.35))
    stage.release(stage.at(0, 1.35))
    assert stage.edits == []


def test_control_moves_one_side_of_two_that_touch(stage: Stage) -> None:
    stage.drag(stage.at(2, 0.6), stage.at(2, 0.67), CONTROL)
    stage.drag(stage.at(2, 0.6), stage.at(2, 0.53), ALT)
    stage.drag(stage.at(2, 0.6), stage.at(2, 0.67))
    assert stage.edits == [
        Move("gestures", 1, False, pytest.approx(0.67), alone=True),
        Move("gestures", 0, True, pytest.approx(0.53), alone=True),
        Move("gestures", stage.edits[2].piece, stage.edits[2].end, pytest.approx(0.67)),
    ]
    assert stage.labels == ["Move boundary reach|turn"] * 3


def test_edits_do_to_a_recording_what_the_hand_did(stage: Stage) -> None:
    recording = Recording(1, sound(seconds=2.0), own=(Tier("gestures", OWN),))
    stage.drag(stage.at(2, 0.6), stage.at(2, 0.67), CONTROL)
    stage.drag(stage.at(2, 1.4), stage.at(2, 1.3))
    stage.double(stage.at(2, 1.65))
    for edit in stage.edits:
        recording, _ = apply(recording, None, edit)
    spans = [(s.start, s.end, s.label) for s in recording.own[0].segments]
    assert spans == [
        (0.2, 0.6, "reach"),
        (pytest.approx(0.67), 0.9, "turn"),
        (pytest.approx(1.3), pytest.approx(1.65), "throw"),
        (pytest.approx(1.65), 1.8, "throw"),
    ]


def test_a_drag_beyond_the_edge_brings_more_into_sight(stage: Stage) -> None:
    stage.axis.show(0.6, 1.3)
    stage.press(stage.at(0, 1.2))
    stage.move(QPoint(GUTTER + 1060, stage.at(0, 1.2).y()))
    assert stage.axis.end == pytest.approx(1.342, abs=0.001)
    stage.key(KEY.Key_Escape)


# -- splitting, merging, drawing -------------------------------------------------------------------


def test_a_double_click_splits_at_the_cursor(stage: Stage) -> None:
    stage.double(stage.at(0, 1.1))
    stage.double(stage.at(0, 1.0) + QPoint(4, 0))
    stage.double(stage.at(0, 1.0) + QPoint(4, 0), SHIFT)
    assert stage.edits == [
        Split("words", pytest.approx(1.1)),
        Split("words", 1.0),
        Split("words", pytest.approx(1.008)),
    ]
    assert stage.labels[0] == "Split throwing"
    stage.double(stage.at(3, 1.0))
    assert len(stage.edits) == 3
    # What is selected then is the later part, once the answer is there.
    stage.view.select("words", 2)
    stage.double(stage.at(0, 1.1))
    stage.view.set_tiers(stage.tiers((*WORDS[:2], Segment(0.8, 1.1, "x"), Segment(1.1, 1.2, "y"), WORDS[3])))
    assert stage.view.spot == (0, 3)


def test_a_drag_on_an_empty_stretch_draws_a_piece(stage: Stage) -> None:
    stage.drag(stage.at(2, 1.05), stage.at(2, 1.17))
    assert stage.view.busy
    assert stage.previews[-1] == Insert("gestures", pytest.approx(1.05), pytest.approx(1.17), "")
    QTest.keyClicks(stage.field(), "wave")
    QTest.keyClick(stage.field(), KEY.Key_Return)
    assert stage.edits == [Insert("gestures", pytest.approx(1.05), pytest.approx(1.17), "wave")]
    assert stage.labels == ["Insert wave"]
    assert not stage.view.busy
    # It stops at its neighbours; Esc leaves nothing of it.
    stage.drag(stage.at(2, 1.05), stage.at(2, 1.7))
    assert stage.previews[-1] == Insert("gestures", pytest.approx(1.05), 1.4, "")
    QTest.keyClick(stage.field(), KEY.Key_Escape)
    assert len(stage.edits) == 1
    assert len(stage.abandoned) == 1
    # A method's tier is no place to draw on.
    stage.drag(stage.at(0, 1.25), stage.at(0, 1.4))
    assert len(stage.edits) == 1
    assert not stage.view.busy


def test_keys_split_merge_rename_lock_remove_and_play(stage: Stage) -> None:
    stage.view.select("words", 2)
    stage.view.set_playhead(0.9)
    stage.key(KEY.Key_Return, SHIFT)
    stage.view.set_playhead(1.7)
    stage.key(KEY.Key_Return, SHIFT)
    stage.key(KEY.Key_Delete)
    stage.key(KEY.Key_Backspace)
    stage.key(KEY.Key_L)
    stage.key(KEY.Key_Right, CONTROL)
    stage.key(KEY.Key_L)
    stage.key(KEY.Key_Backspace, CONTROL)
    stage.key(KEY.Key_Return)
    assert stage.edits == [
        Split("words", 0.9),
        Split("words", 1.0),
        Merge("words", 2),
        Merge("words", 1),
        Lock("words", 2, None, True),
        Lock("words", 2, True, True),
        Remove("words", 2),
    ]
    assert stage.labels[2:] == [
        "Merge throwing + frisbee",
        "Merge is + throwing",
        "Lock throwing",
        "Lock throwing|frisbee",
        "Remove throwing",
    ]
    assert stage.played == [(0.8, 1.2)]
    stage.view.select("words", 3)
    stage.key(KEY.Key_Delete)
    assert stage.refused == [("There is no piece after this one to merge it with.",)]
    # What is locked is released.
    stage.key(KEY.Key_L)
    stage.view.select("words", 1)
    stage.key(KEY.Key_Left, CONTROL)
    stage.key(KEY.Key_L)
    assert stage.edits[-2:] == [Lock("words", 3, None, False), Lock("words", 1, False, False)]
    assert stage.labels[-2:] == ["Unlock frisbee", "Unlock a|is"]


def test_rename_in_place(stage: Stage) -> None:
    stage.view.select("words", 1)
    stage.key(KEY.Key_F2)
    field = stage.field()
    assert field.text() == "is"
    assert field.geometry().center().x() == pytest.approx(stage.at(0, 0.65).x(), abs=2)
    QTest.keyClicks(field, "was")
    QTest.keyClick(field, KEY.Key_Return)
    assert stage.edits == [Relabel("words", 1, "was")]
    assert stage.labels == ["Rename is to was"]
    assert stage.view.hasFocus()
    # Letters are commands where a method names the pieces, and text on one's own tiers.
    stage.key(KEY.Key_F2)
    QTest.keyClick(stage.field(), KEY.Key_Escape)
    stage.view.select("gestures", 1)
    QTest.keyClicks(stage.view, "l")
    QTest.keyClicks(stage.field(), "ean")
    QTest.keyClick(stage.field(), KEY.Key_Return)
    assert stage.edits[1:] == [Relabel("gestures", 1, "lean")]
    # A piece that goes while its label is asked for takes the field with it.
    stage.view.select("words", 1)
    stage.key(KEY.Key_F2)
    field = stage.field()
    stage.view.set_tiers(stage.tiers(WORDS[:1]))
    assert not field.isVisible()
    assert len(stage.edits) == 2


# -- keys alone ------------------------------------------------------------------------------------


def test_keys_walk_pieces_and_tiers(stage: Stage) -> None:
    QTest.keyClick(stage.view, KEY.Key_Tab)
    stage.key(KEY.Key_Home)
    stage.key(KEY.Key_Right)
    stage.key(KEY.Key_Right)
    assert stage.picks[-1] == ("words", 2)
    assert stage.sought[-1] == (0.8,)
    # The unit that lies at the middle of the word.
    stage.key(KEY.Key_Down)
    assert stage.picks[-1][0] == "units"
    assert stage.picks[-1][1] in (3, 4)
    stage.key(KEY.Key_End)
    assert stage.picks[-1] == ("units", 7)
    stage.key(KEY.Key_Up)
    assert stage.picks[-1] == ("words", 3)
    stage.key(KEY.Key_Right)
    assert stage.picks[-1] == ("words", 3)
    for _ in range(3):
        QTest.keyClick(stage.view, KEY.Key_Tab)
    assert stage.view.spot == (3, 3)
    # A neighbour out of sight comes into it.
    stage.axis.show(0.0, 0.6)
    stage.key(KEY.Key_Left)
    assert stage.axis.start < 0.8
    assert stage.axis.end > 1.2
    stage.key(KEY.Key_Escape)
    assert stage.view.spot is None


def test_alt_and_arrows_nudge_the_chosen_boundary_in_one_step(stage: Stage) -> None:
    stage.view.set_step(0.02)
    stage.view.select("words", 1)
    stage.held(KEY.Key_Right, ALT)
    stage.held(KEY.Key_Right, ALT)
    assert stage.edits == []
    assert stage.lines[-1][0] == pytest.approx(0.54)
    QTest.keyRelease(stage.view, KEY.Key_Alt)
    assert stage.edits == [Move("words", 1, False, pytest.approx(0.54))]
    assert stage.lines[-1] == (None,)
    stage.key(KEY.Key_Right, CONTROL)
    stage.held(KEY.Key_Left, ALT | SHIFT)
    QTest.keyRelease(stage.view, KEY.Key_Alt)
    assert stage.edits[1:] == [Move("words", 1, True, pytest.approx(0.6))]
    # Esc leaves it; so does coming back to where it was.
    stage.held(KEY.Key_Left, ALT)
    stage.key(KEY.Key_Escape)
    stage.held(KEY.Key_Left, ALT)
    stage.held(KEY.Key_Right, ALT)
    QTest.keyRelease(stage.view, KEY.Key_Alt)
    assert len(stage.edits) == 2
    assert len(stage.abandoned) == 2


def test_insert_by_key_comes_behind_the_selected_piece(stage: Stage) -> None:
    stage.view.select("gestures", 1)
    stage.key(KEY.Key_Insert)
    QTest.keyClicks(stage.field(), "b")
    QTest.keyClick(stage.field(), KEY.Key_Return)
    (edit,) = stage.edits
    assert isinstance(edit, Insert)
    assert edit.start == pytest.approx(0.9)
    assert 0.95 < edit.end <= 1.4


def test_the_menu_offers_what_the_tier_allows(stage: Stage) -> None:
    def texts(tier: str, piece: int) -> list[str]:
        stage.view.select(tier, piece)
        menu = stage.view.make_menu()
        found = [a.text().split("\t")[0] for a in menu.actions() if a.text()]
        menu.deleteLater()
        return found

    assert "Release piece" in texts("words", 3)
    assert "Lock piece" in texts("units", 2)
    assert "Insert a piece…" in texts("gestures", 0)
    assert not any("ock" in t for t in texts("gestures", 0))
    stage.view.choose(3, 1)
    menu = stage.view.make_menu()
    assert [a.text().split("\t")[0] for a in menu.actions() if a.text()] == ["Play", "Zoom to the piece", "See all"]
    menu.deleteLater()


# -- selection through changes ---------------------------------------------------------------------


def test_a_cut_piece_stays_selected_when_others_come_before_it(stage: Stage) -> None:
    stage.view.select("units", 4)
    more = (Segment(0.0, 0.1, "x"), Segment(0.1, 0.25, "y"), *UNITS[1:])
    tiers = stage.tiers()
    tiers[1] = Shown("units", "cut", more)
    stage.view.set_tiers(tiers)
    assert stage.view.spot == (1, 5)
    assert stage.picks[-1] == ("units", 5)
    stage.view.set_tiers(tiers[:1])
    assert stage.picks[-1] == ("", -1)


# -- painting --------------------------------------------------------------------------------------


def test_only_visible_pieces_are_drawn_one_by_one(stage: Stage) -> None:
    phones = tuple(Segment(k * 0.09, (k + 1) * 0.09, "p") for k in range(40_000))
    stage.axis.set_range(0.0, 3600.0)
    stage.view.set_tiers([Shown("phones", "transcript", phones)])
    stage.view.grab()
    # 3.6 s a pixel: all of them are one picture.
    assert stage.view.painted == 0
    dense = stage.pixel(QPoint(GUTTER + 500, int(stage.view.rows[0].top) + 16))
    assert dense != QColor(theme().colours.stage)
    stage.axis.show(1800.0, 1809.0)
    stage.view.grab()
    assert 100 <= stage.view.painted <= 102
    stage.view.select("phones", 20_000)
    assert stage.view.hit(QPointF(stage.at(0, 1800.045))).piece == 20_000


def test_density_adds_up() -> None:
    rng = np.random.default_rng(3)
    cuts = np.sort(rng.uniform(5, 95, 400))
    pieces = tuple(Segment(a, b, "", rng.choice([0.2, 0.9])) for a, b in zip(cuts[0::2], cuts[1::2], strict=True))
    (row,) = lay_rows([Shown("own", "own", pieces)])
    share, begun, doubts = row.lanes[0].density(np.linspace(0, 100, 51))
    # Cell by cell, the plain way.
    for k in range(50):
        low, high = 2 * k, 2 * k + 2
        covered = sum(max(0.0, min(s.end, high) - max(s.start, low)) for s in pieces)
        assert share[k] == pytest.approx(covered / 2)
        inside = [s for s in pieces if low <= s.start < high]
        assert begun[k] == len(inside)
        assert doubts[k] == sum(s.score == 0.2 for s in inside)


def test_pieces_that_overlap_lie_on_several_lanes(stage: Stage) -> None:
    pieces = (Segment(0.1, 0.9, "x"), Segment(0.5, 1.2, "y"), Segment(0.9, 1.0, "z"), Segment(1.0, 1.5, "w"))
    stage.view.set_tiers([Shown("own", "own", pieces), Shown("units", "cut", UNITS)])
    row = stage.view.rows[0]
    tier = Tier("own", pieces)
    assert [[pieces[k] for k in lane.numbers] for lane in row.lanes] == [list(lane) for lane in tier.lanes]
    below = QPointF(GUTTER + stage.axis.to_x(0.7), row.lane_top(1) + 10)
    assert stage.view.hit(below).piece == 1
    assert stage.view.rows[1].top == row.top + row.height


def test_many_tiers_scroll_and_what_is_selected_comes_into_sight(stage: Stage) -> None:
    stage.view.set_tiers([Shown(f"tier {k}", "own", OWN) for k in range(20)])
    stage.view.select("tier 19", 1)
    rect = stage.view.rect_of(19, 1)
    assert rect.top() >= 0
    assert rect.bottom() <= stage.view.height()
    assert stage.view.hit(rect.center()).row == 19


def test_the_wheel_pans_and_with_control_zooms_at_the_cursor(stage: Stage) -> None:
    stage.axis.show(0.5, 1.0)

    stage.wheel(QPoint(GUTTER + 250, 20), QPoint(0, -120))
    assert stage.axis.start == pytest.approx(0.53)
    under = stage.axis.to_time(250)
    stage.wheel(QPoint(GUTTER + 250, 20), QPoint(0, 120), CONTROL)
    assert stage.axis.end - stage.axis.start < 0.45
    assert stage.axis.to_time(250) == pytest.approx(under)
