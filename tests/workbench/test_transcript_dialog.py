"""The dialog in which one writes what is said, with real typing: words, their spelling, what stays of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from syncline.model import Word
from syncline.segmentation import transcript_words
from syncline_workbench.dialogs.transcript import TranscriptDialog, carried, words_of
from workbench.hands import LEFT, drop, heard

Key = Qt.Key
KNOWN = {"a": ("ə",), "woman": tuple("wʊmən"), "is": ("ɪ", "z")}
LABELS = tuple("əɪzwʊmnɹfbiθ")


def dialog(qtbot: QtBot, *words: Word, labels: tuple[str, ...] = LABELS) -> TranscriptDialog:
    made = TranscriptDialog("frisbee.wav", words, KNOWN, labels)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.open()
    return made


def spelled(made: TranscriptDialog) -> list[tuple[str, str]]:
    return [(made.model.index(k, 0).data(), made.model.index(k, 1).data()) for k in range(made.model.rowCount())]


def respell(qtbot: QtBot, made: TranscriptDialog, row: int, text: str) -> None:
    made.table.setCurrentIndex(made.model.index(row, 1))
    made.table.setFocus()
    qtbot.keyClick(made.table, Key.Key_F2)
    field = made.table.viewport().findChild(QLineEdit)
    assert field is not None
    # As an input method writes it: there are no keys for these.
    field.selectAll()
    field.insert(text)
    qtbot.keyClick(field, Key.Key_Return)
    qtbot.waitUntil(lambda: made.table.viewport().findChild(QLineEdit) is None)


def test_what_is_typed_becomes_words(qtbot: QtBot) -> None:
    made = dialog(qtbot)
    assert not made.save.isEnabled()
    wanted, taken = heard(made.spelling_wanted), heard(made.taken)
    qtbot.keyClicks(made.field, "A woman is")
    qtbot.keyClick(made.field, Key.Key_Return)
    qtbot.keyClicks(made.field, "throwing, a frisbee.")
    qtbot.waitUntil(lambda: made.count.text() == "6 words")
    assert wanted == [(["A", "frisbee", "throwing"],)], "the others are known"
    made.show_spelling({"A": ("ə",), "frisbee": tuple("fɹɪzbi"), "throwing": "How “throwing” is said is not known."})
    assert spelled(made)[2:5] == [("is", "ɪ z"), ("throwing", "?"), ("a", "ə")]
    assert "“throwing”" in made.trouble.sentence()
    respell(qtbot, made, 3, "θ ɹ ɪ n")
    assert made.trouble.sentence() == "" and spelled(made)[3] == ("throwing", "θ ɹ ɪ n")
    # A word more, typed and saved at once: nothing is lost.
    made.field.moveCursor(made.field.textCursor().MoveOperation.Start)
    qtbot.keyClicks(made.field, "See ")
    qtbot.keyClick(made.field, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    (words,) = taken[0]
    assert [w.text for w in words] == ["See", "A", "woman", "is", "throwing", "a", "frisbee"]
    assert [w.labels for w in words] == [None] * 4 + [("θ", "ɹ", "ɪ", "n")] + [None] * 2
    assert not made.isVisible()


def test_a_word_is_respelled_and_given_back(qtbot: QtBot) -> None:
    made = dialog(qtbot, Word("woman", tuple("wəmən")), Word("is"))
    assert spelled(made)[0] == ("woman", "w ə m ə n")
    respell(qtbot, made, 1, "ɪz")
    assert made.words[1].labels == ("ɪ", "z"), "labels of one character need no spaces"
    respell(qtbot, made, 1, "ɪ zh")
    assert "no label “zh”" in made.trouble.sentence() and made.words[1].labels == ("ɪ", "z")
    made.table.setFocus()
    qtbot.keyClick(made.table, Key.Key_Delete)
    assert made.words[1].labels is None
    made.table.setCurrentIndex(made.model.index(0, 1))
    qtbot.mouseClick(made.reset, LEFT)
    assert made.words == (Word("woman"), Word("is")) and not made.reset.isEnabled()


def test_a_file_is_taken_as_core_reads_it(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "said.txt"
    file.write_text("“Don't,” said R&B’s woman;\nU.S. 3,000 — 山川!", "utf-8")
    made = dialog(qtbot, Word("before"))
    drop(made, str(file))
    assert [w.text for w in made.words] == transcript_words(file) and len(made.words) > 5
    qtbot.keyClick(made.field, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert made.words == (Word("before"),), "it can be undone"
    drop(made, str(tmp_path / "gone.txt"))
    assert "gone.txt" in made.trouble.sentence()


def test_a_transcript_is_removed_or_left(qtbot: QtBot) -> None:
    made = dialog(qtbot, Word("a"))
    taken = heard(made.taken)
    remove = next(b for b in made.findChildren(QPushButton) if b.text() == "Remove transcript")
    qtbot.mouseClick(remove, LEFT)
    assert taken == [((),)]
    other = dialog(qtbot, Word("a"))
    left = heard(other.taken)
    qtbot.keyClicks(other.field, "b ")
    qtbot.keyClick(other, Key.Key_Escape)
    assert not left and not other.isVisible()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a woman is throwing a frisbee", 6), ("a man is throwing a frisbee", 5), ("is throwing a frisbee", 4),
        ("a woman is a frisbee throwing", 5), ("", 0), ("a a woman is throwing a frisbee", 6),
    ],
)  # fmt: skip
def test_words_that_stay_keep_their_spelling(text: str, kept: int) -> None:
    old = [Word(w, (str(k),)) for k, w in enumerate(["a", "woman", "is", "throwing", "a", "frisbee"])]
    new = carried(old, words_of(text))
    assert [w.text for w in new] == text.split()
    known = [w for w in new if w.labels is not None]
    assert len(known) == kept
    assert [w for w in old if w in known] == known, "in their order, each once"
