"""An hour of pieces follows the hand: what did not change is neither looked at, nor laid out, nor drawn again."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QListWidgetItem
from pytestqt.qtbot import QtBot

from syncline.edits import pieces
from syncline.model import NamedSegments, Segment, Session
from syncline.model.emissions import Emissions
from syncline.recutting import Doubt
from syncline_workbench import segment_editing
from syncline_workbench.document import Change, Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.views import emission_row, tiers_shown
from syncline_workbench.views import rows as row_list
from syncline_workbench.views.emission_row import EmissionRow
from syncline_workbench.views.jobs_bar import JobsBar
from syncline_workbench.views.rows import Row, RowList
from syncline_workbench.views.segments_check import SegmentsCheck
from syncline_workbench.views.segments_result import SegmentsResult
from syncline_workbench.views.tiers_shown import alike
from workbench.segment_sessions import long
from workbench.test_signal_rows import Rows, phones

COUNT = 40_000


def edited(session: Session, edit: pieces.Edit) -> Session:
    recording, named = session.active_recording, session.segments
    assert recording is not None
    new = pieces.apply(recording, named, edit)
    assert new[1] is not None
    return session.with_recording(new[0]).with_segments(new[1])


def shown(session: Session) -> NamedSegments:
    assert session.segments is not None
    return session.segments


def test_what_stayed_at_both_ends_is_found_wherever_pieces_changed() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        n, some = int(rng.choice([0, 1, 2, 511, 512, 513, 3000])), int(rng.integers(3))
        old = [Segment(float(k), k + 1.0) for k in range(n)]
        first = int(rng.integers(n + 1))
        new = [*old[:first], *(Segment(0.0, 1.0) for _ in range(some)), *old[first + int(rng.integers(4)) :]]
        least = min(len(old), len(new))
        begin = next((k for k in range(least) if old[k] is not new[k]), least)
        end = next((k for k in range(least - begin) if old[-1 - k] is not new[-1 - k]), least - begin)
        assert alike(old, new) == (begin, end)


def test_doubts_find_their_pieces_by_where_they_begin(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document()
    document.replace(long(COUNT), "Open")
    view = SegmentsCheck(document)
    qtbot.addWidget(view)
    view.show_list([Doubt("words", k, None, k * 0.09, 0.2, f"doubt {k}") for k in range(100, COUNT, 400)])
    assert len(view.list.rows()) == 100
    compared: list[Segment] = []
    equal = Segment.__eq__
    monkeypatch.setattr(Segment, "__eq__", lambda a, b: compared.append(a) or equal(a, b))
    monkeypatch.setattr(Segment, "__hash__", lambda _s: pytest.fail("pieces are looked up one by one"))
    # A word goes before all of them: each has another number now, one is another piece.
    words = shown(document.session).tiers.tier("words")
    assert words is not None
    left = words.spliced(50, 51, []).spliced(499, 500, [replace(words.segments[500], label="other")])
    tiers = shown(document.session).tiers.with_tier(left)
    document.replace(document.session.with_segments(shown(document.session).with_tiers(tiers)), "Remove")
    assert [o.doubt.piece for o in view.open()] == [k for k in range(100, COUNT, 400) if k != 500]
    assert len(compared) <= 4 * 100


def test_the_mean_posterior_is_of_all_pieces_and_adds_up_those_that_changed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document()
    document.replace(long(COUNT), "Open")
    view = SegmentsResult(document)
    qtbot.addWidget(view)
    session = document.session
    for k in (7, COUNT - 1, 20_000):
        words = shown(session).tiers.tier("words")
        assert words is not None
        changed = words.spliced(k, k + 1, [replace(words.segments[k], score=None if k == 7 else 1.0)])
        session = session.with_segments(shown(session).with_tiers(shown(session).tiers.with_tier(changed)))
        document.replace(session, "Change")
        scores = [s.score for s in changed.segments if s.score is not None]
        total, count = view._sum[1:]
        assert (count, total) == (len(scores), pytest.approx(sum(scores)))
    pieces_now = view._sum[0]
    monkeypatch.setattr("syncline_workbench.views.segments_result.alike", lambda *_: pytest.fail("added up again"))
    document.changed.emit(Change.SEGMENTS)
    assert view._sum[0] is pieces_now


def test_a_boundary_that_was_solved_is_found_without_walking_the_tier() -> None:
    session = long(COUNT)
    solved = shown(session)
    words = solved.tiers.tier("words")
    assert words is not None
    looks = 0

    class Looked(tuple[Segment, ...]):
        def __getitem__(self, at: Any) -> Any:
            nonlocal looks
            looks += 1
            return tuple.__getitem__(self, at)

        def __iter__(self) -> Any:
            nonlocal looks
            looks += len(self)
            return tuple.__iter__(self)

    for k, end in ((20_000, False), (20_000, True), (0, True), (COUNT - 1, True), (COUNT - 1, False)):
        piece = words.segments[k]
        asked = piece.end if end else piece.start
        tier = words.spliced(0, 0, [])
        object.__setattr__(tier, "segments", Looked(words.segments))
        assert tier.end
        looks = 0
        now = segment_editing._followed(
            solved.with_tiers(solved.tiers.with_tiers([tier])),
            pieces.Move("words", k, end, asked),
            pieces.Move("words", k, end, asked - 0.01),
        )
        followed = now.tiers.tier("words")
        assert followed is not None
        moved = followed.segments[k]
        assert (moved.end if end else moved.start) == pytest.approx(asked - 0.01)
        assert looks < 100


def test_rows_that_say_the_same_are_left_alone_and_measured_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    view = RowList()
    qtbot.addWidget(view)
    view.resize(200, 300)
    view.show()
    qtbot.waitExposed(view)
    measured: list[Row | None] = []
    size = row_list._Delegate._size
    monkeypatch.setattr(row_list._Delegate, "_size", lambda s, o, r, v: measured.append(r) or size(s, o, r, v))
    said = [Row(k, f"a boundary of number {k} between two words", "0.41") for k in range(100)]
    view.set_rows(said)
    view.doItemsLayout()
    # Once without and once beside the scroll bar.
    assert len(measured) <= 200 and {r.key for r in measured if r is not None} == set(range(100))
    measured.clear()
    view.doItemsLayout()
    assert view.sizeHint().height() > 100 * 26 and measured == []
    changes: list[QModelIndex] = []
    view.model().dataChanged.connect(lambda first, _last: changes.append(first))
    monkeypatch.setattr(QListWidgetItem, "setData", lambda *_: pytest.fail("set again"))
    view.set_rows(list(said))
    assert not changes and view.rows() == said


def test_a_job_in_sight_makes_the_bar_no_higher(qtbot: QtBot) -> None:
    jobs = Jobs()
    bar = JobsBar(jobs)
    qtbot.addWidget(bar)
    bar.show()
    qtbot.waitExposed(bar)
    high, go = bar.sizeHint().height(), threading.Event()
    job = jobs.submit("Saving", lambda _monitor: go.wait(10))
    qtbot.waitUntil(bar.cancel.isVisible)
    assert bar.cancel.sizeHint().height() <= bar.sizeHint().height() == high == bar.minimumSizeHint().height()
    with qtbot.waitSignal(job.ended):
        go.set()
    jobs.close()


def test_of_a_path_only_what_changed_is_drawn_again_and_that_as_if_all_were(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Rows(qtbot)
    emissions, path = phones()
    rows.axis.set_range(0.0, 20.0)
    rows.view.set_emissions(emissions, path)
    rows.settle()
    row = rows.view.rows["emissions"]
    assert isinstance(row, EmissionRow)
    drawn: list[float] = []
    draw = row.pixels._draw

    def counted(edges: Any, height: int) -> Any:
        drawn.append(float(edges[0]))
        return draw(edges, height)

    row.pixels._draw = counted
    rows.view.set_emissions(emissions, path.copy())
    rows.settle()
    assert drawn == []
    moved = path.copy()
    moved[100:103] = path[104]
    rows.view.set_emissions(emissions, moved)
    rows.settle()
    strip = row.pixels.WIDE * rows.axis.per_pixel
    assert drawn and all(10.0 - 1 - strip < t < 10.3 + 1 for t in drawn) and len(drawn) <= 3
    picture = rows.picture("emissions")
    row.pixels.forget()
    row.update()
    rows.settle()
    assert len(drawn) > 6 and (rows.picture("emissions") == picture).all()
    rows.view.close_rows()
    rows.jobs.close()


def test_of_a_tier_only_pieces_that_changed_are_laid(monkeypatch: pytest.MonkeyPatch) -> None:
    session = long(COUNT)
    before = tiers_shown.lay_rows([tiers_shown.Shown("words", "transcript", shown(session).tiers.tiers[0].segments)])
    monkeypatch.setattr(tiers_shown, "_row", lambda *_: pytest.fail("all pieces are laid anew"))
    moved = edited(session, pieces.Move("words", 30_000, False, 30_000 * 0.09 + 0.01))
    now = shown(moved).tiers.tiers[0].segments
    (row,) = tiers_shown.lay_rows([tiers_shown.Shown("words", "transcript", now)], before)
    assert row.starts[30_000] == now[30_000].start != before[0].starts[30_000]
    assert (row.starts == [s.start for s in now]).all() and (row.ends == [s.end for s in now]).all()


def test_of_thousands_of_labels_those_in_use_are_found_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(f"t{k}" for k in range(3000))
    p = np.full((300, 3000), -20.0, np.float32)
    p[:, 0] = 0.0
    p[150, 7] = -1.0
    emissions = Emissions(p, names)
    used = list(range(2999, 0, -2))
    made = 0

    class Counted(set[int]):
        def __init__(self, *args: Any) -> None:
            nonlocal made
            made += 1
            super().__init__(*args)

    monkeypatch.setattr(emission_row, "set", Counted, raising=False)
    assert emission_row.shown_labels(emissions, used) == [0, *used] and made == 1
    # Where none is in use, the blank and the likeliest at some time of those frames that are looked at.
    few = emission_row.shown_labels(emissions, [])
    assert few[0] == 0 and len(few) == emission_row.MANY
