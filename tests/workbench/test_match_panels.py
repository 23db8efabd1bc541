"""The panels beside the picture, with real clicks and keys: they draw the document and ask for changes by signals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from syncline.model import (
    Box,
    Caption,
    CaptionMatch,
    LinkConstraints,
    MatchErrors,
    MatchRecipe,
    NamedMatch,
    Part,
    Phrase,
    Picture,
    Scene,
    SceneMatch,
    SceneObject,
    Session,
    Similarity,
    SimilarityTerm,
)
from syncline.progress import Monitor
from syncline.similarity import REGISTRY as SOURCES
from syncline.solvers.match import REGISTRY, MatchProblem
from syncline_workbench.document import Document
from syncline_workbench.theme import theme
from syncline_workbench.views.check_next import CheckNext
from syncline_workbench.views.match_matrix import MatchMatrix
from syncline_workbench.views.match_recipe import MatchRecipePanel
from syncline_workbench.views.match_result import MatchResultPanel
from syncline_workbench.views.matches_table import MatchesTable
from syncline_workbench.views.matchings import MatchingsPanel
from syncline_workbench.views.pairs_list import PairsList
from syncline_workbench.views.scene_pick import Pick
from workbench.hands import LEFT, click_row, heard, opened, shown
from workbench.watchdog import LONGEST

Key = Qt.Key
TEXT = "A woman in an orange suit smiles before a flag and a shuttle ."
LABELS = ("person", "suit", "flag", "shuttle", "face")
PERSON, SUIT, FLAG, SHUTTLE, FACE = 1, 2, 3, 4, 5
WOMAN, ORANGE_SUIT, A_FLAG, A_SHUTTLE = 11, 12, 13, 14
VALUES = np.array(
    [[0.81, 0.35, 0.05, 0.10], [0.30, 0.92, 0.12, 0.08], [0.02, 0.10, 0.88, 0.20], [0.05, 0.07, 0.22, 0.74],
     [0.77, 0.15, 0.03, 0.06]]
)  # fmt: skip


def make_scene(number: int = 1, name: str = "astronaut.png", **fields: Any) -> Scene:
    """Five objects, a caption of four phrases; the picture does not exist."""
    boxes = [Box(60, 10, 250, 300), Box(70, 150, 260, 300), Box(0, 0, 60, 130), Box(230, 0, 300, 190),
             Box(100, 35, 165, 120)]  # fmt: skip
    objects = tuple(
        SceneObject(k + 1, label, box, 0.9 - k / 100, "drawn" if label == "suit" else "detected")
        for k, (label, box) in enumerate(zip(LABELS, boxes, strict=True))
    )
    spans = [(TEXT.index(w), TEXT.index(w) + len(w)) for w in ("woman", "suit", "flag", "shuttle")]
    caption = Caption(10, TEXT, tuple(Phrase(11 + k, *span) for k, span in enumerate(spans)))
    picture = Picture(Path("/nowhere") / name, f"{number}", 300, 300)
    return Scene(number, picture, objects, (caption,), next_id=20, **fields)


def solve(
    scene: Scene, method: str = "assignment", params: Any = None, errors: MatchErrors | None = None
) -> SceneMatch:
    """The scene matched by made-up similarities of two sources."""
    values = np.array(VALUES)
    noise = np.linspace(-0.02, 0.02, 20).reshape(5, 4)
    parts = (Part("text", values + noise, 0.75), Part("nearby", values - 3 * noise, 0.25))
    ids: Any = {"a_ids": tuple(range(1, 6)), "b_ids": tuple(range(11, 15))}
    similarity = Similarity(values, 1.0, parts, **ids)
    solver = REGISTRY[method]
    problem = MatchProblem(similarity, scene.constraints)
    chosen = solver.params() if params is None else params
    answer = solver.call(problem, chosen, Monitor())
    part = CaptionMatch(10, similarity, answer, problem, answer, tuple((j,) for j in range(4)))
    recipe = MatchRecipe(method=method, params=chosen)
    return SceneMatch(scene, recipe, similarity, (part,), 0.5, seconds=0.0001, errors=errors)


def matched(constraints: LinkConstraints | None = None) -> Session:
    """One picture, matched."""
    scene = make_scene(constraints=constraints or LinkConstraints())
    return Session(scenes=(scene,), scene=1, caption=10, matchings=(NamedMatch(1, 1, solve(scene)),), shown_match=1)


def compared() -> Session:
    """The same with a second matching beside it, under which face has the woman."""
    session = matched()
    scene = replace(make_scene(), constraints=LinkConstraints(forbidden=frozenset({(PERSON, WOMAN)})))
    other = replace(solve(scene, "sinkhorn"), scene=session.scenes[0])
    return replace(session, matchings=(*session.matchings, NamedMatch(2, 1, other)), compared=2)


def obey(document: Document, widget: Any) -> None:
    """Do what the window does with an edit: match again, and make a step."""

    def take(scene: Scene, label: str) -> None:
        session = document.session.with_scene(scene)
        named = session.named_match
        assert named is not None
        document.replace(session.with_match(replace(named, match=solve(scene))), label)

    widget.scene_committed.connect(take)


def label_of(document: Document) -> str:
    return document.steps[document.position].label


# -- the matrix ------------------------------------------------------------------------------------


def matrix(qtbot: QtBot, session: Session | None = None) -> MatchMatrix:
    document = opened(session or matched())
    view = MatchMatrix(document)
    obey(document, view)
    shown(qtbot, view, 300, 260)
    return view


def spot(view: MatchMatrix, i: int, j: int) -> QPoint:
    return view.grid.cell(i, j).center().toPoint()


def test_a_click_links_and_another_takes_it_back(qtbot: QtBot) -> None:
    view = matrix(qtbot)
    document = view._document  # pyright: ignore[reportPrivateUsage]
    picks = heard(view.selected)
    # Face instead of person is the woman: locking it leaves person without a phrase.
    qtbot.mouseClick(view.grid, LEFT, pos=spot(view, 4, 0))
    scene = document.session.active_scene
    assert scene is not None and scene.constraints.locked == {(FACE, WOMAN)}
    assert picks == [(Pick(FACE, WOMAN),)]
    assert label_of(document) == "Link face ↔ woman" or label_of(document) == "Lock face ↔ woman"
    assert view.grid.shown is not None
    assert (FACE, WOMAN) in view.grid.shown.links and (PERSON, WOMAN) not in view.grid.shown.links
    qtbot.mouseClick(view.grid, LEFT, pos=spot(view, 4, 0))
    scene = document.session.active_scene
    assert scene is not None and not scene.constraints.locked
    assert (PERSON, WOMAN) in view.grid.shown.links
    # A link that the solver found is ruled out, or it would come back.
    qtbot.mouseClick(view.grid, LEFT, pos=spot(view, 0, 0))
    scene = document.session.active_scene
    assert scene is not None and scene.constraints.forbidden == {(PERSON, WOMAN)}
    qtbot.mouseClick(view.grid, LEFT, pos=spot(view, 0, 0))
    scene = document.session.active_scene
    assert scene is not None and not scene.constraints.forbidden
    document.undo()
    assert view.grid.shown is not None and view.grid.shown.forbidden(PERSON, WOMAN)


def test_a_double_click_is_one_click(qtbot: QtBot) -> None:
    view = matrix(qtbot)
    calls = heard(view.scene_committed)
    qtbot.mouseClick(view.grid, LEFT, pos=spot(view, 4, 0))
    qtbot.mouseDClick(view.grid, LEFT, pos=spot(view, 4, 0))
    assert len(calls) == 1


def test_keys_alone_do_everything(qtbot: QtBot) -> None:
    view = matrix(qtbot)
    document = view._document  # pyright: ignore[reportPrivateUsage]
    picks = heard(view.selected)
    view.grid.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(4):
        qtbot.keyClick(view.grid, Key.Key_Down)
    assert picks[-1] == (Pick(FACE, WOMAN),)
    assert "face ↔ woman" in view.grid.accessibleDescription()
    assert "text: " in view.grid.accessibleDescription()

    def constraints() -> LinkConstraints:
        scene = document.session.active_scene
        assert scene is not None
        return scene.constraints

    qtbot.keyClick(view.grid, Key.Key_Return)
    assert constraints().locked == {(FACE, WOMAN)}
    qtbot.keyClick(view.grid, Key.Key_Delete)
    assert not constraints().locked
    qtbot.keyClick(view.grid, Key.Key_X)
    assert constraints().forbidden == {(FACE, WOMAN)}
    qtbot.keyClick(view.grid, Key.Key_L)
    assert constraints().locked == {(FACE, WOMAN)} and not constraints().forbidden
    qtbot.keyClick(view.grid, Key.Key_End)
    qtbot.keyClick(view.grid, Key.Key_Home)
    qtbot.keyClick(view.grid, Key.Key_PageUp)
    assert picks[-1] == (Pick(PERSON, WOMAN),)
    # What is not linked can't be unlinked.
    qtbot.keyClick(view.grid, Key.Key_Right)
    calls = heard(view.scene_committed)
    qtbot.keyClick(view.grid, Key.Key_Delete)
    assert not calls


def test_hovering_tells_what_each_source_contributes(qtbot: QtBot) -> None:
    view = matrix(qtbot)
    hovered = heard(view.hovered)
    qtbot.mouseMove(view.grid, spot(view, 0, 0))
    assert hovered[-1] == (Pick(PERSON, WOMAN),)
    words = view.words(Pick(PERSON, WOMAN))
    assert words.split("\n") == [
        "person ↔ woman", "similarity 0.81, cost 0.19", "linked", "text: 0.79 × 0.75 = 0.59",
        "nearby: 0.87 × 0.25 = 0.22",
    ]  # fmt: skip
    qtbot.mouseMove(view.grid, QPoint(4, view.grid.cell(1, 0).center().toPoint().y()))
    assert hovered[-1] == (Pick(object=SUIT),)
    qtbot.mouseMove(view.grid, QPoint(view.grid.cell(0, 2).center().toPoint().x(), 4))
    assert hovered[-1] == (Pick(phrase=A_FLAG),)


def test_layers_show_other_figures(qtbot: QtBot) -> None:
    view = matrix(qtbot)
    assert view.grid.values == pytest.approx(VALUES)
    qtbot.mouseClick(view.layers["cost"], LEFT)
    assert view.grid.values == pytest.approx(1 - VALUES)
    assert view.grid.heat[0, 0] > view.grid.heat[0, 1]
    qtbot.mouseClick(view.layers["plan"], LEFT)
    assert view.grid.values.sum() == 4
    assert [b.isChecked() for b in view.layers.values()] == [False, False, True]


def image_of(view: MatchMatrix) -> Any:
    image = view.grid.grab().toImage()
    ratio = image.devicePixelRatio()
    return lambda x, y: image.pixelColor(int(x * ratio), int(y * ratio))


def test_links_locks_and_prohibitions_are_drawn(qtbot: QtBot) -> None:
    view = matrix(qtbot, matched(LinkConstraints(frozenset({(FLAG, A_FLAG)}), frozenset({(FACE, WOMAN)}))))
    colour = image_of(view)
    linked, plain, forbidden = view.grid.cell(0, 0), view.grid.cell(0, 1), view.grid.cell(4, 0)
    edge = QColor("#ffffff" if theme().colours.name == "dark" else theme().colours.text)
    assert colour(linked.center().x(), linked.top() + 1) == edge
    assert colour(plain.center().x(), plain.top() + 1) != edge
    assert colour(forbidden.center().x(), forbidden.top() + 1).name() != edge.name()
    # The cross goes through the middle, where otherwise the figure is.
    centre = forbidden.adjusted(0, 0, -2, -2).center()
    bad = QColor(theme().colours.bad)
    for d in (-3, 3):
        seen = colour(centre.x() + d, centre.y() + d)
        assert abs(seen.red() - bad.red()) + abs(seen.green() - bad.green()) + abs(seen.blue() - bad.blue()) < 60


def test_a_comparison_frames_what_differs(qtbot: QtBot) -> None:
    view = matrix(qtbot, compared())
    assert view.grid.shown is not None
    assert view.grid.shown.differing == ([(PERSON, WOMAN)], [(FACE, WOMAN)])
    assert "not in the other matching" in view.words(Pick(PERSON, WOMAN))
    assert "only in the other matching" in view.words(Pick(FACE, WOMAN))
    colour, box = image_of(view), view.grid.cell(4, 0)
    seen = {colour(x, box.top() + 1).name() for x in np.arange(box.left() + 2, box.right() - 4, 0.5)}
    assert QColor(theme().colours.b).name() in seen


def test_many_phrases_stand_on_end_and_have_no_figures(qtbot: QtBot) -> None:
    words = ["amber", "bronze", "copper", "denim", "emerald", "fuchsia", "golden", "hazel", "indigo", "jade", "khaki"]
    text = " ".join(words)
    phrases = tuple(Phrase(30 + k, text.index(w), text.index(w) + len(w)) for k, w in enumerate(words))
    scene = replace(make_scene(), captions=(Caption(10, text, phrases),), next_id=50)
    ids: Any = {"a_ids": tuple(range(1, 6)), "b_ids": tuple(p.id for p in phrases)}
    similarity = Similarity(np.random.default_rng(4).random((5, 11)), 1.0, **ids)
    problem = MatchProblem(similarity)
    answer = REGISTRY["assignment"].call(problem, REGISTRY["assignment"].params(), Monitor())
    part = CaptionMatch(10, similarity, answer, problem, answer, tuple((j,) for j in range(11)))
    match = SceneMatch(scene, MatchRecipe(), similarity, (part,), 0.5)
    session = Session(scenes=(scene,), scene=1, matchings=(NamedMatch(1, 1, match),), shown_match=1)
    document = opened(session)
    view = MatchMatrix(document)
    shown(qtbot, view, 300, 300)
    grid = view.grid
    # Names stand on end above the cells, which all fit without scrolling and are too narrow for figures.
    assert grid.cell(0, 10).right() <= view.area.viewport().width()
    assert grid.cell(0, 0).top() > 2 * grid.fontMetrics().height()
    assert grid.cell(0, 0).width() < grid.fontMetrics().horizontalAdvance("0.00") + 6
    calls = heard(view.scene_committed)
    i, j = next((i, j) for i in range(5) for j in range(11) if (i + 1, 30 + j) not in grid.shown.links)  # pyright: ignore[reportOptionalMemberAccess]
    qtbot.mouseClick(grid, LEFT, pos=spot(view, i, j))
    assert calls[0][0].constraints.locked == {(i + 1, 30 + j)}


def test_what_is_gone_since_is_not_drawn(qtbot: QtBot) -> None:
    session = matched()
    scene = session.scenes[0]
    fewer = replace(scene, objects=tuple(o for o in scene.objects if o.id != FLAG))
    view = matrix(qtbot, session.with_scene(fewer))
    assert view.grid.shown is not None
    assert view.grid.shown.rows == (PERSON, SUIT, SHUTTLE, FACE)
    assert view.grid.values == pytest.approx(VALUES[[0, 1, 3, 4]])
    assert (FLAG, A_FLAG) not in view.grid.shown.links


def test_without_a_match_it_says_so(qtbot: QtBot) -> None:
    view = MatchMatrix(Document())
    shown(qtbot, view)
    assert not view.area.isVisible()
    view._document.replace(replace(matched(), matchings=(), shown_match=None), "Open")  # pyright: ignore[reportPrivateUsage]
    assert view._empty.text() == "Not matched yet."  # pyright: ignore[reportPrivateUsage]


# -- the table -------------------------------------------------------------------------------------


def table(qtbot: QtBot, session: Session | None = None) -> MatchesTable:
    document = opened(session or matched())
    view = MatchesTable(document)
    obey(document, view)
    shown(qtbot, view, 300, 260)
    return view


def rows(view: MatchesTable) -> list[tuple[str, str, str]]:
    return [(e.object, e.word, e.state) for e in view.entries()]


def click(qtbot: QtBot, view: MatchesTable, row: int) -> None:
    place = view.table.visualRect(view.sorted.index(row, 0)).center()
    qtbot.mouseClick(view.table.viewport(), LEFT, pos=place)


def test_the_table_names_links_and_who_is_left(qtbot: QtBot) -> None:
    view = table(qtbot)
    assert rows(view) == [
        ("person", "woman", "linked"), ("suit", "suit", "linked"), ("flag", "flag", "linked"),
        ("shuttle", "shuttle", "linked"), ("face", "unmatched", "unmatched"),
    ]  # fmt: skip
    assert view.sorted.index(0, 2).data() == "0.81"
    assert view.sorted.index(4, 2).data() == "—"
    assert view.table.isColumnHidden(3)
    assert view.sorted.index(4, 4).data() == "?"


def test_the_table_edits_by_keys(qtbot: QtBot) -> None:
    view = table(qtbot)
    picks = heard(view.selected)
    click(qtbot, view, 2)
    assert picks == [(Pick(FLAG, A_FLAG),)]
    qtbot.keyClick(view.table, Key.Key_L)
    assert rows(view)[2] == ("flag", "flag", "locked")
    qtbot.keyClick(view.table, Key.Key_Delete)
    assert rows(view)[2] == ("flag", "flag", "linked")
    qtbot.keyClick(view.table, Key.Key_X)
    assert ("flag", "flag", "forbidden") in rows(view)
    qtbot.keyClick(view.table, Key.Key_Down)
    assert picks[-1][0].object is not None


def test_the_table_sorts(qtbot: QtBot) -> None:
    view = table(qtbot)
    head = view.table.horizontalHeader()
    at = head.sectionViewportPosition(2) + head.sectionSize(2) // 2
    qtbot.mouseClick(head.viewport(), LEFT, pos=QPoint(at, head.height() // 2))
    weights = [e.similarity for e in view.entries() if e.state == "linked"]
    assert weights == sorted(weights) or weights == sorted(weights, reverse=True)
    qtbot.mouseClick(head.viewport(), LEFT, pos=QPoint(at, head.height() // 2))
    assert [e.similarity for e in view.entries() if e.state == "linked"] == weights[::-1]


def test_a_selection_from_elsewhere_is_marked_and_not_told_again(qtbot: QtBot) -> None:
    view = table(qtbot)
    picks = heard(view.selected)
    view.select(Pick(SHUTTLE, A_SHUTTLE))
    entry = view.current()
    assert entry is not None and entry.pick == Pick(SHUTTLE, A_SHUTTLE)
    view.select(Pick(phrase=ORANGE_SUIT))
    entry = view.current()
    assert entry is not None and entry.b == ORANGE_SUIT
    view.select(None)
    assert view.current() is None
    assert not picks


def test_soft_links_show_their_share(qtbot: QtBot) -> None:
    scene = make_scene()
    params = replace(REGISTRY["attention"].params(), temperature=0.5)
    match = solve(scene, "attention", params)
    session = replace(matched(), matchings=(NamedMatch(1, 1, match),))
    view = table(qtbot, session)
    assert not view.table.isColumnHidden(3)
    weight = match.captions[0].matching.weights[0, 0]
    assert view.sorted.index(0, 3).data() == f"{100 * weight:.0f} %"


def test_a_comparison_lists_the_other_links(qtbot: QtBot) -> None:
    view = table(qtbot, compared())
    assert ("face", "woman", "other") in rows(view)
    assert [e.object for e in view.entries() if e.alone] == ["person"]


# -- matchings -------------------------------------------------------------------------------------


def test_matchings_stand_side_by_side(qtbot: QtBot) -> None:
    view = MatchingsPanel(opened(compared()))
    shown(qtbot, view, 260, 200)
    first, second = view.list.rows()
    assert (first.text, first.figure, first.figure_role) == ("Assignment", "3.35", "good")
    assert second.text.startswith("Sinkhorn ε 0.05") and second.toggle is True
    assert "Only Assignment: person ↔ woman" in view.difference.text()
    assert f"Only {second.text}: face ↔ woman" in view.difference.text()
    activated, ended = heard(view.activated), heard(view.compare_requested)
    click_row(qtbot, view.list, 1)
    assert activated == [(2,)]
    qtbot.mouseClick(view.list.viewport(), LEFT, pos=view.list.toggle_rect(1).center())
    assert ended == [(None,)]


def test_a_matching_is_compared_by_keys(qtbot: QtBot) -> None:
    document = opened(replace(compared(), compared=None))
    view = MatchingsPanel(document)
    shown(qtbot, view, 260, 200)
    assert not view.difference.isVisible()
    asked, gone = heard(view.compare_requested), heard(view.removed)
    view.list.setFocus()
    qtbot.keyClick(view.list, Key.Key_Down)
    qtbot.keyClick(view.list, Key.Key_Space)
    assert asked == [(2,)]
    qtbot.keyClick(view.list, Key.Key_Delete)
    assert gone == [(2,)]
    document.look(compared=2)
    assert view.difference.isVisible()


# -- the list of pictures --------------------------------------------------------------------------


def pictures(folder: Path, count: int = 8) -> Session:
    """Pictures that exist: the first checked, the next two matched."""
    import cv2

    from syncline.media.pictures import open_picture

    scenes: list[Scene] = []
    named: list[NamedMatch] = []
    for k in range(count):
        path = folder / f"picture {k}.png"
        cv2.imwrite(str(path), np.full((60, 80, 3), (0, 0, 200) if k % 2 else (0, 200, 0), np.uint8))
        scene = replace(make_scene(k + 1, checked=k == 0), picture=open_picture(path))
        scenes.append(scene)
        if k < 3:
            named.append(NamedMatch(k + 1, k + 1, solve(scene)))
    return Session(scenes=tuple(scenes), scene=2, caption=10, matchings=tuple(named), shown_match=2)


@pytest.fixture
def pairs(qtbot: QtBot, tmp_path: Path) -> Iterator[PairsList]:
    view = PairsList(opened(pictures(tmp_path)))
    shown(qtbot, view, 260, 400)
    yield view
    view.stop()


def place(view: PairsList, row: int) -> QPoint:
    return view.list.visualRect(view.model.index(row)).center()


def test_pictures_have_a_state(pairs: PairsList) -> None:
    assert [i.state for i in pairs.items()] == ["checked", "matched", "matched", *["untouched"] * 5]
    assert pairs.items()[1].links == 4
    assert pairs.count.text() == "1/8"
    assert "4 links" in pairs.model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert pairs.list.selectionModel().isSelected(pairs.model.index(1))


def test_small_pictures_are_read_off_the_window(qtbot: QtBot, pairs: PairsList) -> None:
    arrived = heard(pairs.thumbnails.arrived)
    qtbot.waitUntil(
        lambda: all(pairs.thumbnails.get(i.scene.picture) is not None for i in pairs.items()), timeout=60_000
    )
    assert len(arrived) <= 8
    image = pairs.list.viewport().grab().toImage()
    ratio = image.devicePixelRatio()
    for row, colour in ((0, QColor(0, 200, 0)), (1, QColor(200, 0, 0))):
        rect = pairs.list.visualRect(pairs.model.index(row))
        seen = image.pixelColor(int((rect.left() + 20) * ratio), int(rect.center().y() * ratio))
        assert abs(seen.red() - colour.red()) + abs(seen.green() - colour.green()) < 12


def test_a_picture_that_is_gone_is_marked(qtbot: QtBot) -> None:
    view = PairsList(opened(matched()))
    shown(qtbot, view, 260, 200)
    scene = view.items()[0].scene
    qtbot.waitUntil(lambda: view.thumbnails.failed(scene.picture), timeout=60_000)
    assert view.thumbnails.get(scene.picture) is None
    view.stop()


def test_pictures_are_chosen_checked_and_removed(qtbot: QtBot, pairs: PairsList) -> None:
    chosen, checked, removed = heard(pairs.chosen), heard(pairs.check_toggled), heard(pairs.removed)
    qtbot.mouseClick(pairs.list.viewport(), LEFT, pos=place(pairs, 4))
    assert chosen == [(5,)]
    # Only the document says which one is in hand.
    assert pairs.list.selectionModel().isSelected(pairs.model.index(1))
    pairs.list.setFocus()
    qtbot.keyClick(pairs.list, Key.Key_Up)
    qtbot.keyClick(pairs.list, Key.Key_Return)
    assert chosen[-1] == (4,)
    qtbot.keyClick(pairs.list, Key.Key_Space)
    qtbot.keyClick(pairs.list, Key.Key_Home)
    qtbot.keyClick(pairs.list, Key.Key_Space)
    assert checked == [(True, 4), (False, 1)]
    qtbot.keyClick(pairs.list, Key.Key_Delete)
    assert removed == [(1,)]


def test_pictures_are_filtered(qtbot: QtBot, pairs: PairsList) -> None:
    assert pairs.search.isVisible()
    qtbot.keyClicks(pairs.search, "TURE 6")
    assert [i.scene.id for i in pairs.items()] == [7]
    pairs.search.clear()
    pairs.only.setFocus()
    qtbot.keyClick(pairs.only, Key.Key_Down)
    assert [i.state for i in pairs.items()] == ["untouched"] * 5
    qtbot.keyClick(pairs.only, Key.Key_Down)
    assert [i.state for i in pairs.items()] == ["matched"] * 2
    pairs.search.setFocus()
    qtbot.keyClicks(pairs.search, "nowhere to be found")
    assert not pairs.list.isVisible()


def test_the_next_unchecked_picture_is_asked_for(qtbot: QtBot, pairs: PairsList) -> None:
    asked, batch = heard(pairs.next_requested), heard(pairs.match_all_requested)
    qtbot.mouseClick(pairs.next, LEFT)
    qtbot.mouseClick(pairs.match_all, LEFT)
    assert len(asked) == len(batch) == 1
    document = pairs._document  # pyright: ignore[reportPrivateUsage]
    done = tuple(replace(s, checked=True) for s in document.session.scenes)
    document.replace(replace(document.session, scenes=done), "Check all")
    assert not pairs.next.isEnabled() and not pairs.match_all.isEnabled()


def test_a_thousand_pictures_leave_the_window_awake(qtbot: QtBot) -> None:
    scenes = tuple(make_scene(k, f"{k}.png") for k in range(1, 5001))
    document = opened(Session(scenes=scenes, scene=1))
    view = PairsList(document)
    shown(qtbot, view, 260, 400)
    qtbot.waitUntil(lambda: view.thumbnails.failed(scenes[0].picture), timeout=60_000)
    began = time.thread_time()
    document.replace(document.session.with_scene(replace(scenes[7], checked=True)), "Check")
    view.grab()
    assert time.thread_time() - began < LONGEST
    # Only what was in sight was asked for.
    assert not view.thumbnails.failed(scenes[3000].picture)
    view.stop()


# -- check next ------------------------------------------------------------------------------------


def test_the_least_sure_come_first_until_they_are_known(qtbot: QtBot) -> None:
    document = opened(matched())
    view = CheckNext(document)
    shown(qtbot, view, 300, 200)
    asked = heard(view.check_requested)
    qtbot.mouseClick(view.ask, LEFT)
    assert len(asked) == 1
    view.show_list([(0.04, 1, FACE, None), (0.04, 1, PERSON, WOMAN), (0.5, 1, FLAG, A_FLAG), (0.6, 99, 1, 2)])
    assert [(r.text, r.figure) for r in view.list.rows()] == [
        ("face ↔ unmatched", "margin 0.04 →"), ("person ↔ woman", "margin 0.04 →"), ("flag ↔ flag", "margin 0.50 →"),
    ]  # fmt: skip
    chosen = heard(view.chosen)
    click_row(qtbot, view.list, 1)
    assert chosen == [(1, Pick(PERSON, WOMAN))]
    locked = replace(document.session.scenes[0], constraints=LinkConstraints(frozenset({(PERSON, WOMAN)})))
    document.replace(document.session.with_scene(locked), "Lock")
    assert [r.text for r in view.list.rows()] == ["face ↔ unmatched", "flag ↔ flag"]
    assert all(r.muted for r in view.list.rows())
    document.undo()
    assert not any(r.muted for r in view.list.rows())
    document.replace(document.session.with_scene(replace(document.session.scenes[0], checked=True)), "Checked")
    assert not view.list.rows()


# -- the result ------------------------------------------------------------------------------------


def test_the_result_of_an_assignment(qtbot: QtBot) -> None:
    view = MatchResultPanel(opened(matched()))
    shown(qtbot, view, 280, 400)
    assert view.figures.values["Total weight"].text() == "3.35"
    assert view.figures.values["Linked"].text() == "4/5 objects · 4/4 phrases"
    assert view.figures.values["Optimal"].text() == "proved"
    assert not view.truth.isVisible() and not view.warning.isVisible()


def test_a_plan_that_says_nothing_is_said_to(qtbot: QtBot) -> None:
    scene = make_scene()
    match = solve(scene, "sinkhorn", replace(REGISTRY["sinkhorn"].params(), epsilon=50.0))
    view = MatchResultPanel(opened(replace(matched(), matchings=(NamedMatch(1, 1, match),))))
    shown(qtbot, view, 280, 400)
    assert "says next to nothing" in view.warning.sentence()
    assert view.figures.values["From uniform"].text() == "0 %"
    assert float(view.figures.values["Entropy"].text()) == pytest.approx(np.log(20), abs=0.01)
    assert view.figures.values["Marginal error"].text()


def test_what_is_right_is_counted(qtbot: QtBot) -> None:
    errors = MatchErrors(4, 4, 3, 3, 4, 3)
    others = MatchErrors(2, 1, 1, 1, 2, 1)
    one, two = make_scene(1), make_scene(2)
    session = Session(
        scenes=(one, two), scene=1, caption=10, shown_match=1,
        matchings=(NamedMatch(1, 1, solve(one, errors=errors)), NamedMatch(2, 2, solve(two, errors=others))),
    )  # fmt: skip
    view = MatchResultPanel(opened(session))
    shown(qtbot, view, 280, 500)
    assert view.truth.values["F1"].text() == "0.750" and view.truth.values["AER"].text() == "0.250"
    assert view.whole.values["Precision"].text() == f"{4 / 5:.3f}" and view.whole.values["Recall"].text() == f"{4 / 6:.3f}"
    assert view.whole.values["Phrases judged"].text() == "6"


# -- the recipe ------------------------------------------------------------------------------------


def recipe_panel(qtbot: QtBot) -> tuple[Document, MatchRecipePanel]:
    document = opened(matched())
    view = MatchRecipePanel(document)
    sources = {n: SOURCES[n] for n in SOURCES.names()}
    solvers = {n: REGISTRY[n] for n in REGISTRY.names()}
    view.set_methods(sources, solvers, (SimilarityTerm("text"), SimilarityTerm("attributes", 0.4)))
    view.recipe_changed.connect(
        lambda recipe: document.replace(replace(document.session, match_recipe=recipe), "Change recipe")
    )
    shown(qtbot, view, 300, 600)
    return document, view


def recipe_of(document: Document) -> MatchRecipe:
    return document.session.match_recipe


def choose(qtbot: QtBot, panel: MatchRecipePanel, text: str) -> None:
    panel._fill_menu()  # pyright: ignore[reportPrivateUsage]
    action = next(a for a in panel.add.menu().actions() if a.text() == text)
    action.trigger()


def test_sources_are_added_weighed_and_removed(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    assert "0.4 ×" in view._chosen.text()
    choose(qtbot, view, "Change the automatic choice")
    assert [(t.name, t.weight) for t in recipe_of(document).terms] == [("text", 1.0), ("attributes", 0.4)]
    field = view._terms[1].weight
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.7")
    qtbot.keyClick(field, Key.Key_Return)
    assert recipe_of(document).terms[1].weight == 0.7
    choose(qtbot, view, SOURCES["nearby"].title)
    assert [t.name for t in recipe_of(document).terms] == ["text", "attributes", "nearby"]
    qtbot.mouseClick(view._terms[0].remove, LEFT)
    assert [t.name for t in recipe_of(document).terms] == ["attributes", "nearby"]
    qtbot.mouseClick(view.automatic, LEFT)
    assert recipe_of(document).terms == ()
    for _ in range(5):
        document.undo()
    assert recipe_of(document).terms == () and view._chosen.isVisible()


def test_parameters_come_of_the_method(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    assert not view.masses.isVisible()
    view.method.setFocus()
    view.method.setCurrentIndex(view.method.findData("sinkhorn"))
    view.method.activated.emit(view.method.currentIndex())
    assert recipe_of(document).method == "sinkhorn"
    assert view.masses.isVisible() and view.form is not None
    field = view.form.fields["epsilon"]
    field.setFocus()
    field.selectAll()  # pyright: ignore[reportAttributeAccessIssue]
    qtbot.keyClicks(field, "0.2")
    qtbot.keyClick(field, Key.Key_Return)
    assert recipe_of(document).params.epsilon == 0.2
    view.threshold.setFocus()
    view.threshold.selectAll()
    qtbot.keyClicks(view.threshold, "0.6")
    qtbot.keyClick(view.threshold, Key.Key_Return)
    assert recipe_of(document).threshold == 0.6
    view.masses.setFocus()
    qtbot.keyClick(view.masses, Key.Key_Down)
    assert recipe_of(document).masses == "confidence"
    asked = heard(view.match_requested)
    qtbot.mouseClick(view.match, LEFT)
    assert len(asked) == 1


def test_a_method_that_is_gone_is_named(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    gone = MatchRecipe(method="from a plugin")
    document.replace(replace(document.session, match_recipe=gone), "Open")
    assert "from a plugin" in view.trouble.sentence()
    assert not view.match.isEnabled()


# -- all of them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MatchMatrix, MatchesTable, MatchingsPanel, CheckNext, MatchResultPanel, PairsList])
def test_hostile_names_are_only_ever_text(qtbot: QtBot, kind: Any) -> None:
    hostile = '<img src="file:///etc/passwd">&b\u202e\n'
    session = compared()
    scene = session.scenes[0]
    objects = tuple(replace(o, label=hostile) for o in scene.objects)
    named = replace(session.matchings[0], name=hostile)
    session = replace(session.with_scene(replace(scene, objects=objects)), matchings=(named, session.matchings[1]))
    view = kind(opened(session))
    shown(qtbot, view, 300, 300)
    if isinstance(view, CheckNext):
        view.show_list([(0.1, 1, PERSON, WOMAN)])
    view.grab()
    for words in view.findChildren(QLabel):
        assert words.textFormat() == Qt.TextFormat.PlainText or words.text() == ""
    if isinstance(view, PairsList):
        view.stop()
