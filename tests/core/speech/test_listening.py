"""Long recordings in windows, against the whole at once; words laid onto real speech; spelling; what is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from syncline import speech
from syncline._hearing import emissions_of, refined
from syncline.errors import Cancelled, MediaError, ParameterError
from syncline.media import open_media
from syncline.progress import Monitor
from syncline.segmentation import segment
from syncline.speech import How, Phonemes, Sound, listen, pronounced, refine

extra = pytest.mark.skipif(not speech.available(), reason="the extra “speech” is not installed")
RATE, FRAME, LABELS = 1000, 20, ("_", "a", "b", "c")


class Stub:
    """Hears label k where the sound is k, `late` frames too late; at either edge of what it is given it hears nonsense."""

    name, rate, frame, blank, labels = "stub", RATE, FRAME, 0, LABELS
    word_lag, phonemes = 0.0, False

    def __init__(self, late: int = 0, edge: int = 20) -> None:
        self.lag, self.late, self.edge, self.longest = late * FRAME / RATE, late, edge, 0

    def hear(self, samples: np.ndarray, monitor: Monitor) -> np.ndarray:
        self.longest = max(self.longest, len(samples))
        heard = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).mean(1).round().astype(int)
        heard = np.concatenate([np.zeros(self.late, int), heard])[: len(heard)]
        if len(heard) > 2 * self.edge:
            heard[: self.edge], heard[len(heard) - self.edge :] = 3, 3
        return np.where(heard[:, None] == np.arange(4), -0.01, -6.0).astype(np.float32)


def sound(seconds: float) -> np.ndarray:
    """Runs of a and b of random lengths, 0.1 to 0.4 s, nothing between them."""
    random = np.random.default_rng(7)
    runs = [
        np.full(FRAME * int(n), k, np.float32) for n in random.integers(5, 20, 1000) for k in (0, random.integers(1, 3))
    ]
    return np.concatenate(runs)[: round(seconds * RATE)]


def blocks(samples: np.ndarray, start: float, size: int = 777) -> Iterator[tuple[float, np.ndarray]]:
    for at in range(0, len(samples), size):
        yield start + at / RATE, samples[at : at + size]


@pytest.mark.parametrize("seconds", [0.02, 3.0, 19.98, 20.5, 36.02, 61.3])
def test_windows_give_what_the_whole_gives(seconds: float) -> None:
    samples, stub = sound(seconds), Stub(late=3)
    found = listen(stub, blocks(samples, 1.5), seconds)
    count = len(samples) // FRAME
    assert len(found) == count and found.start == pytest.approx(1.5)
    assert found.log_probs.argmax(1).tolist() == samples[: count * FRAME : FRAME].astype(int).tolist()
    assert stub.longest <= 20 * RATE


def test_silence_in_and_strange_answers_are_said() -> None:
    with pytest.raises(MediaError, match="no sound"):
        listen(Stub(), iter(()), 0.0)
    stub = Stub()
    stub.frame = 50
    with pytest.raises(MediaError, match="how long a frame lasts"):
        listen(stub, blocks(sound(3.0), 0.0), 3.0)


@extra
def test_words_and_phones_of_real_speech_lie_where_they_are(data: Path) -> None:
    truth = json.loads((data / "speech" / "ss0880.align.json").read_text())
    media = open_media(data / "speech" / "ss0880.wav")
    heard = emissions_of(media)
    tiers = segment(heard, "ctc", transcript=pronounced([w["word"] for w in truth["words"]])).tiers
    fine = refined(tiers, media).tier("words")
    assert fine is not None
    assert [s.label for s in fine.segments] == truth["transcript"].split()
    times = np.array([(w["start"], w["end"]) for w in truth["words"]])
    off = np.abs(np.array([(s.start, s.end) for s in fine.segments]) - times).ravel()
    assert np.median(off) <= 0.02 and np.percentile(off, 90) <= 0.05


@extra
def test_cancelled_while_it_listens(data: Path) -> None:
    monitor = Monitor(lambda _, fraction: monitor.cancel())
    with pytest.raises(Cancelled):
        emissions_of(open_media(data / "speech" / "ss0930.wav"), monitor=monitor)


@extra
def test_consonants_are_those_of_a_pronouncing_dictionary(data: Path) -> None:
    found = json.loads((data / "speech" / "ss0930.align.json").read_text())
    alike = {"HH": "h", "M": "m", "T": "t", "V": "v", "N": "n", "B": "b", "D": "d", "L": "l", "S": "s", "F": "f"}
    true = [alike[p["phone"]] for p in found["phones"] if p["phone"] in alike]
    spelled = [p for word, said in pronounced(found["transcript"].split()) if word for p in said if p in alike.values()]
    assert spelled == true


@extra
def test_contractions_and_possessives() -> None:
    found = dict(pronounced(["I", "don’t", "I'll", "flame", "’s", "church's", "cat's"]))
    assert found["I"] == ("aɪ",) and found["don’t"] == ("d", "oʊ", "n", "t") and found["I'll"] == ("aɪ", "l")
    assert found["’s"] == ("z",) and found["church's"][-2:] == ("ə", "z") and found["cat's"] == ("k", "æ", "t", "s")
    assert [w for w, _ in pronounced(["flame", "'s", "up"])] == ["flame", "'s", "", "up"]
    with pytest.raises(ParameterError, match="write it out"):
        pronounced(["in", "1811"])


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hama", None)
    for ask in (Phonemes, lambda: pronounced(["new-word"])):
        speech.phonemes._speller.cache_clear()
        with pytest.raises(ParameterError, match=r"pip install 'syncline\[speech\]'"):
            ask()
    assert not speech.available()


def test_nothing_is_done_where_there_are_no_words() -> None:
    from syncline.model.segments import Tier, Tiers

    look = Sound()
    look.update(np.zeros(16000, np.float32), 0.0)
    tiers = Tiers((Tier("units"),), end=1.0)
    assert refine(tiers, look.finish(), how=How()) is tiers
