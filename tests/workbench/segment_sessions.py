"""A sentence cut in two ways, made by hand: no file is read and nothing is solved."""

from __future__ import annotations

from dataclasses import replace

from syncline.model import (
    Media,
    NamedSegments,
    Pin,
    Recording,
    Segment,
    SegmentConstraints,
    SegmentRecipe,
    Session,
    Tier,
    Tiers,
    Word,
)
from syncline.solvers.segment import REGISTRY
from workbench.sessions import sound

WORDS = ("a", "woman", "is", "throwing", "a", "frisbee")
STARTS = (0.046, 0.172, 0.552, 0.741, 1.310, 1.437)
ENDS = (0.108, 0.487, 0.677, 1.246, 1.373, 1.879)
SURE = (0.97, 0.88, 0.79, 0.41, 0.91, 0.82)


def frisbee() -> Media:
    """1.9 s of sound; the file does not exist."""
    return sound("frisbee.wav", 22_050, 1, 1.9)


def words(shift: float = 0.0) -> Tier:
    """The words of the sentence, each `shift` seconds later."""
    rows = zip(STARTS, ENDS, WORDS, SURE, strict=True)
    return Tier("words", tuple(Segment(round(a + shift, 3), round(b + shift, 3), w, p) for a, b, w, p in rows))


def letters() -> Tier:
    """One piece a letter, evenly within its word."""
    made: list[Segment] = []
    for a, b, word, p in zip(STARTS, ENDS, WORDS, SURE, strict=True):
        step = (b - a) / len(word)
        made += [Segment(a + k * step, a + (k + 1) * step, c, p) for k, c in enumerate(word)]
    return Tier("labels", tuple(made))


def spoken(number: int = 1, shift: float = 0.0, pins: tuple[Pin, ...] = (), name: str = "") -> NamedSegments:
    """The sentence laid onto the recording."""
    held = SegmentConstraints(pins)
    recipe = SegmentRecipe("ctc")
    return NamedSegments(
        number, 1, recipe, recipe, "CTC alignment with what is heard.", held, held, tuple(map(Word, WORDS)),
        Tiers((words(shift), letters()), 0.0, 1.9), {"log_prob": -14.2, "path_log_prob": -15.1}, 0.0006, name=name,
    )  # fmt: skip


def changes(number: int = 2, count: int = 12, penalty: float = 1.0) -> NamedSegments:
    """As many changes, evenly."""
    edges = [1.9 * k / count for k in range(count + 1)]
    pieces = tuple(Segment(edges[k], edges[k + 1], str(k + 1)) for k in range(count))
    recipe = SegmentRecipe("changepoints", REGISTRY["changepoints"].params(penalty=penalty))
    figures = {"changes": count - 1.0, "cost": 31.5, "penalty": 7.3}
    tiers = Tiers((Tier("changes", pieces),), 0.0, 1.9)
    return NamedSegments(number, 1, recipe, recipe, tiers=tiers, figures=figures, seconds=0.011)


def truth() -> Tiers:
    """Words a few milliseconds from where they were found."""
    return Tiers((replace(words(0.012), name="word"),), 0.0, 1.9)


def segmented(*, judged: bool = False) -> Session:
    """Two recordings; the first, in hand, has a transcript and two segmentations, the first shown."""
    first = Recording(
        1,
        frisbee(),
        tuple(map(Word, WORDS)),
        own=(Tier("notes", (Segment(0.2, 0.9, "camera noise"), Segment(1.4, 1.5, ""))),),
        truth=truth() if judged else None,
    )
    second = Recording(2, sound("a very long name of a lecture recorded on a tuesday.flac", 44_100, 2, 5025.0))
    return Session(
        recordings=(first, second), recording=1, segmentations=(spoken(), changes()), shown_segments=1,
        segment_recipe=SegmentRecipe("ctc"),
    )  # fmt: skip


def long(pieces: int = 40_000) -> Session:
    """An hour of it, with a name and a probability for each piece."""
    made = tuple(Segment(k * 0.09, k * 0.09 + 0.08, f"w{k % 977}", (k % 101) / 100) for k in range(pieces))
    media = sound("hour.wav", 16_000, 1, 3600.0)
    named = replace(spoken(), tiers=Tiers((Tier("words", made),), 0.0, 3600.0), transcript=())
    return Session(recordings=(Recording(1, media),), recording=1, segmentations=(named,), shown_segments=1)


__all__ = ["WORDS", "changes", "frisbee", "letters", "long", "segmented", "spoken", "truth", "words"]
