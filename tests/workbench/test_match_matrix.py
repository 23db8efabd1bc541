"""The matrix beside the picture, with real clicks and keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from pytestqt.qtbot import QtBot

from syncline.model import (
    Caption,
    CaptionMatch,
    LinkConstraints,
    MatchRecipe,
    NamedMatch,
    Phrase,
    SceneMatch,
    Session,
    Similarity,
)
from syncline.progress import Monitor
from syncline.solvers.match import REGISTRY, MatchProblem
from syncline_workbench.document import Document
from syncline_workbench.theme import theme
from syncline_workbench.views.match_matrix import MatchMatrix
from syncline_workbench.views.scene_pick import Pick
from workbench.hands import LEFT, heard, opened, shown
from workbench.match_sessions import (
    A_FLAG,
    FACE,
    FLAG,
    PERSON,
    SHUTTLE,
    SUIT,
    VALUES,
    WOMAN,
    compared,
    label_of,
    make_scene,
    matched,
    obey,
)

Key = Qt.Key


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


def crowded(count: int, constraints: LinkConstraints) -> Session:
    """Five objects and many phrases."""
    words = ["amber", "bronze", "copper", "denim", "emerald", "fuchsia", "golden", "hazel", "indigo", "jade", "khaki"]
    text = " ".join(words[:count])
    phrases = tuple(Phrase(30 + k, text.index(w), text.index(w) + len(w)) for k, w in enumerate(words[:count]))
    scene = replace(make_scene(constraints=constraints), captions=(Caption(10, text, phrases),), next_id=50)
    ids: Any = {"a_ids": tuple(range(1, 6)), "b_ids": tuple(p.id for p in phrases)}
    similarity = Similarity(np.random.default_rng(4).random((5, count)), 1.0, **ids)
    problem = MatchProblem(similarity)
    answer = REGISTRY["assignment"].call(problem, REGISTRY["assignment"].params(), Monitor())
    part = CaptionMatch(10, similarity, answer, problem, answer, tuple((j,) for j in range(count)))
    match = SceneMatch(scene, MatchRecipe(), similarity, (part,), 0.5)
    return Session(scenes=(scene,), scene=1, matchings=(NamedMatch(1, 1, match),), shown_match=1)


def test_the_sign_of_a_lock_leaves_the_figure_legible(qtbot: QtBot) -> None:
    for count in (4, 6, 7):
        seen: list[list[str]] = []
        for locked in ((), ((1, 31),)):
            view = MatchMatrix(opened(crowded(count, LinkConstraints(frozenset(locked)))))
            shown(qtbot, view, 300, 300)
            box, colour = view.grid.cell(0, 1).adjusted(0, 0, -2, -2), image_of(view)
            font = view.grid.font()
            font.setPixelSize(view.grid.fontInfo().pixelSize() - 2)
            m = QFontMetricsF(font)
            wide, high = m.horizontalAdvance("0.00") / 2, m.capHeight() / 2
            assert box.width() > 2 * wide, "the figure is shown"
            xs = np.arange(box.center().x() - wide, box.center().x() + wide, 0.5)
            ys = np.arange(box.center().y() - high, box.center().y() + high, 0.5)
            seen.append([colour(x, y).name() for x in xs for y in ys])
            corner = [colour(box.right() - x, box.top() + y) for x in np.arange(12) for y in np.arange(12)]
            # Neither cells nor frames are this warm.
            assert any(c.red() > c.blue() + 60 for c in corner) == bool(locked), "and so is the lock"
        assert seen[0] == seen[1], f"{count} phrases"


def test_many_phrases_stand_on_end_and_have_no_figures(qtbot: QtBot) -> None:
    session = crowded(11, LinkConstraints())
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
