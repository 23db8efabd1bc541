"""The panel in which the next segmentation is set, with real clicks, sliding and typing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from syncline.features import REGISTRY as FEATURES
from syncline.model import SegmentRecipe
from syncline.segmentation import term_of
from syncline.solvers.segment import REGISTRY
from syncline_workbench.document import Document
from syncline_workbench.views.segments_recipe import SegmentsRecipePanel, features_read, features_written
from syncline_workbench.views.settled_slider import LogSlider
from workbench.hands import LEFT, heard, opened, shown
from workbench.segment_sessions import changes, frisbee, segmented, spoken

Key = Qt.Key
KNOWN = {n: FEATURES[n] for n in FEATURES.names()}


def recipe_panel(qtbot: QtBot, recipe: SegmentRecipe | None = None) -> tuple[Document, SegmentsRecipePanel]:
    document = opened(replace(segmented(), segment_recipe=recipe or SegmentRecipe()))
    view = SegmentsRecipePanel(document)
    view.set_methods(KNOWN, {n: REGISTRY[n] for n in REGISTRY.names()})
    view.recipe_changed.connect(
        lambda recipe: document.replace(replace(document.session, segment_recipe=recipe), "Change recipe")
    )
    shown(qtbot, view, 300, 600)
    return document, view


def recipe_of(document: Document) -> SegmentRecipe:
    return document.session.segment_recipe


def choose(box: QComboBox, data: str) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def type_number(qtbot: QtBot, field: QWidget, text: str) -> None:
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def grip(slider: LogSlider, at: float) -> QPoint:
    """Where the handle is when it stands at a share of the way."""
    bar = slider.slider
    return QPoint(round(8 + at * (bar.width() - 16)), bar.height() // 2)


def test_what_is_left_open_is_shown_as_it_comes_out(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    assert view.method.currentText() == "Automatic"
    assert view.form is not None and "free_start" in view.form.fields, "there is a transcript"
    assert view._emissions.isVisible() and not view._features.isVisible()
    asked, wanted = heard(view.emissions_requested), heard(view.segment_requested)
    qtbot.mouseClick(view.choose_emissions, LEFT)
    qtbot.mouseClick(view.segment, LEFT)
    assert asked == wanted == [()]
    qtbot.mouseClick(view.form.fields["free_end"], LEFT, pos=QPoint(8, 8))
    assert recipe_of(document).method == "ctc" and recipe_of(document).params.free_end is True
    document.look(recording=2, shown_segments=None)
    document.undo()
    silent = replace(document.session.recordings[0], transcript=())
    document.replace(document.session.with_recording(silent), "Clear")
    assert view.form is not None and "penalty" in view.form.fields, "nothing is said in it"


def test_method_features_and_their_parameters(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    choose(view.method, "units")
    assert recipe_of(document) == SegmentRecipe("units")
    offered = {view.features.itemData(k) for k in range(view.features.count())}
    assert "mfcc" in offered and "appearance" not in offered, "it is sound"
    choose(view.features, "mfcc")
    assert recipe_of(document).features == "mfcc" and view.feature_form is not None
    type_number(qtbot, view.feature_form.fields["hop_ms"], "15")
    assert recipe_of(document).features == "mfcc:hop_ms=15"
    assert view.form is not None
    type_number(qtbot, view.form.fields["k"], "64")
    assert recipe_of(document).params.k == 64 and view.sliders["k"].number == 64
    choose(view.features, "auto")
    assert recipe_of(document).features == "auto" and view.feature_form is None
    document.undo()
    assert view.features.currentData() == "mfcc" and view.feature_form is not None
    gone = SegmentRecipe("from a plugin")
    document.replace(replace(document.session, segment_recipe=gone), "Open")
    assert "from a plugin" in view.trouble.sentence() and not view.segment.isEnabled()


def test_the_penalty_acts_under_the_hand_and_is_one_step(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot, SegmentRecipe("changepoints"))
    document.look(shown_segments=2)
    slider = view.sliders["penalty"]
    assert slider.isVisible() and not view.sliders["k"].isVisible()
    assert slider.number == 1 and slider.words.text() == "1 · 12 pieces"
    previews, before = heard(view.recipe_previewed), len(document.steps)

    def answer(recipe: SegmentRecipe) -> None:
        found = changes(2, max(round(12 / recipe.params.penalty), 1))
        session = replace(document.session, segment_recipe=recipe)
        document.preview(session.with_segments(replace(found, recipe=recipe, resolved=recipe)))

    view.recipe_previewed.connect(answer)
    QTest.mousePress(slider.slider, LEFT, pos=grip(slider, 0.5))
    for share in (0.55, 0.6, 0.65):
        QTest.mouseMove(slider.slider, grip(slider, share))
    penalties = [recipe.params.penalty for (recipe,) in previews]
    assert len(penalties) == 3 and 1 < penalties[0] < penalties[1] < penalties[2]
    assert len(document.steps) == before, "no step yet"
    assert slider.words.text().endswith(f"· {max(round(12 / penalties[2]), 1)} pieces")
    assert view.form is not None and view.form.fields["penalty"].number() == penalties[2]  # type: ignore[attr-defined]
    QTest.mouseRelease(slider.slider, LEFT, pos=grip(slider, 0.65))
    assert len(document.steps) == before + 1 and recipe_of(document).params.penalty == penalties[2]
    document.undo()
    assert slider.number == 1
    type_number(qtbot, view.form.fields["changes"], "4")
    assert not slider.slider.isEnabled(), "the number is given"


def test_keys_slide_too(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogSlider, "REST", 60_000)
    document, view = recipe_panel(qtbot, SegmentRecipe("units"))
    slider, before = view.sliders["k"], len(document.steps)
    previews = heard(view.recipe_previewed)
    slider.slider.setFocus()
    for _ in range(3):
        qtbot.keyClick(slider.slider, Key.Key_PageUp)
    assert len(document.steps) == before and not previews, "clusters are not found under the hand"
    slider._rest.timeout.emit()
    assert len(document.steps) == before + 1 and recipe_of(document).params.k == slider.number > 50
    qtbot.keyClick(slider.slider, Key.Key_Left)
    view.method.setFocus()
    assert len(document.steps) == before + 2, "whoever goes on has chosen"


@pytest.mark.parametrize("recipe", ["auto", "mfcc", "mfcc:hop_ms=12.5,deltas=yes", "log_mel:hop_ms=8"])
def test_features_are_written_as_core_reads_them(recipe: str) -> None:
    name, params = features_read(recipe, KNOWN)
    written = features_written(name, params)
    assert written == recipe
    if recipe != "auto":
        term, mine = term_of(frisbee(), written), params or FEATURES[name].params()
        assert (term.name, term.params) == (name, mine)


def test_a_segmentation_that_was_asked_otherwise_says_nothing_here(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    asked = replace(spoken(), recipe=SegmentRecipe(), reason="CTC alignment with what is heard.")
    document.replace(document.session.with_segments(asked), "Segment")
    assert view._reason.text() == "CTC alignment with what is heard."
    choose(view.method, "changepoints")
    assert not view._reason.isVisible()
