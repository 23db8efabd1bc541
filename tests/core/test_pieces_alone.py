"""A boundary that moves alone, where two pieces touch."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncline.edits.pieces import Move, apply
from syncline.model import Media, NamedSegments, Pin, Recording, Segment, Tier, Tiers

WORDS = Tier("words", (Segment(0.2, 0.8, "is"), Segment(0.8, 1.4, "on"), Segment(1.4, 1.6, "a")))
LABELS = Tier(
    "labels",
    (
        Segment(0.2, 0.5, "i"),
        Segment(0.5, 0.8, "s"),
        Segment(0.8, 1.0, "o"),
        Segment(1.0, 1.4, "n"),
        Segment(1.4, 1.6, "a"),
    ),
)
RECORDING = Recording(1, Media(Path("/nowhere/a.wav"), "audio", 2.0, "a.wav", 1, 0))
FOUND = NamedSegments(1, 1, tiers=Tiers((WORDS, LABELS), end=2.0))


def spans(found: NamedSegments | None, name: str) -> list[tuple[float, float]]:
    assert found is not None
    tier = found.tiers.tier(name)
    assert tier is not None
    return [(s.start, s.end) for s in tier.segments]


@pytest.mark.parametrize(("tier", "piece"), [("words", 1), ("labels", 2)])
def test_a_word_begins_later_and_the_one_before_stays(tier: str, piece: int) -> None:
    _, found = apply(RECORDING, FOUND, Move(tier, piece, False, 0.9, alone=True))
    assert spans(found, "words") == [(0.2, 0.8), (0.9, 1.4), (1.4, 1.6)]
    assert spans(found, "labels") == [(0.2, 0.5), (0.5, 0.8), (0.9, 1.0), (1.0, 1.4), (1.4, 1.6)]
    assert found is not None
    assert found.constraints.pins == (Pin("words", 0.9, 1, False),)


def test_a_word_ends_earlier_with_its_labels_pushed_together() -> None:
    _, found = apply(RECORDING, FOUND, Move("words", 1, True, 0.9, alone=True))
    assert spans(found, "words") == [(0.2, 0.8), (0.8, 0.9), (1.4, 1.6)]
    labels = spans(found, "labels")
    assert labels[:2] + labels[4:] == [(0.2, 0.5), (0.5, 0.8), (1.4, 1.6)]
    assert labels[2][0] == 0.8
    assert labels[2][1] == labels[3][0] < labels[3][1] == 0.9
    # Of its own place nothing is left, but no more is taken from others.
    _, found = apply(RECORDING, FOUND, Move("words", 1, True, 0.1, alone=True))
    assert spans(found, "words")[0] == (0.2, 0.8)
    assert 0.8 < spans(found, "words")[1][1] < 0.81
