"""Phonemes as they are heard and as words are spelled, by the networks of the package `hama` (Apache-2.0).

Its acoustic model is a CTC network on 16 kHz sound with 188 phonemes (IPA), a label between words and a blank, 50
frames a second; its other one spells words. Both come with the package, nothing is fetched.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from functools import lru_cache
from importlib import resources
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..network import stoppable
from ..progress import Monitor
from .acoustic import Words

__all__ = ["BETWEEN", "LAG", "WORD_LAG", "Phonemes", "available", "possessive", "pronounced"]

BETWEEN = "<wb>"
"""What the model hears between words."""

LAG, WORD_LAG = 0.070, 0.025
"""Seconds between the true beginning of a phoneme and that of the frame in which it is heard, and those that come to
it for the first one of a word: rounded means on ss0870 of the shared speech alone (tests/EVALUATION-SPEECH.md has those
of the other files)."""

_BLANK = "<blank>"
_LONGEST = 48
_MARKS = frozenset(" ‿,%~ˈˌ")
"""Put out by the speller, but not spoken."""

_KNOWN = {
    "i": "aɪ", "i'm": "aɪ m", "i'll": "aɪ l", "i'd": "aɪ d", "i've": "aɪ v", "don't": "d oʊ n t", "won't": "w oʊ n t",
    "can't": "k æ n t", "'tis": "t ɪ z", "'twas": "t w ɑ z", "o'clock": "ə k l ɑ k", "ma'am": "m æ m",
    "o'er": "ɔ ɹ", "e'er": "ɛ ɹ", "ne'er": "n ɛ ɹ",
}  # fmt: skip
"""English words that the speller gets wrong."""
_ENDINGS = {"'m": ("m",), "'ll": ("l",), "'d": ("d",), "'ve": ("v",), "'re": ("ɹ",)}
_HISSING, _VOICELESS = frozenset(["s", "z", "ʃ", "ʒ", "t͡ʃ", "d͡ʒ"]), frozenset(["p", "t", "k", "f", "θ"])


@contextlib.contextmanager
def _package() -> Generator[None]:
    try:
        yield
    except ImportError:
        raise ParameterError(_MISSING) from None


_MISSING = (
    "Listening to speech needs the package “hama”, which is not installed: run  pip install 'syncline[speech]'  "
    "(Linux and macOS), or name an acoustic model of your own."
)


def available() -> bool:
    """Whether the package is there, with an engine for this machine."""
    try:
        from hama import _engine
    except ImportError:
        return False
    return bool(_engine.available())


def _engine() -> Any:
    with _package():
        from hama import _engine as engine
    if not engine.available():
        raise ParameterError(
            "The package “hama”, by which speech is heard, has no engine for this machine (it has for Linux and macOS "
            "on x86-64 and ARM); name an acoustic model of your own."
        )
    return engine


def _labels() -> tuple[str, ...]:
    with _package():
        from hama import Vocabulary
    return (*Vocabulary.load().decoder, BETWEEN, _BLANK)


class Phonemes:
    """The phoneme model, an `Acoustic`. One thread at a time.

    Parameters
    ----------
    lag, word_lag
        Seconds, see `LAG`.

    Raises
    ------
    ParameterError
        The package is not there, or not for this machine.
    """

    rate, frame, phonemes = 16000, 320, True

    def __init__(self, lag: float = LAG, word_lag: float = WORD_LAG) -> None:
        engine = _engine()
        self.name, self.lag, self.word_lag = "hama", lag, word_lag
        self.labels = _labels()
        self.blank = len(self.labels) - 1
        self._session = engine.AsrSession((resources.files("hama.assets") / "asr_waveform.hama").read_bytes())

    def hear(self, samples: NDArray[np.float32], monitor: Monitor) -> NDArray[np.float32]:
        """Log-probabilities float32 (T, 191) of samples (N,) at 16 kHz, T = N / 320 or one more."""
        feeds = {"waveform": np.clip(samples, -1.0, 1.0)}
        # The engine can't be told to stop; a window that nobody waits for any more is heard to its end.
        (found,) = stoppable(lambda: self._session.run(["log_probs"], feeds), lambda: None, monitor)
        return np.asarray(found[0], np.float32)


_spelling = Lock()


@lru_cache(maxsize=1)
def _speller() -> Any:
    _engine()
    from hama import G2PModel

    return G2PModel(max_input_len=_LONGEST, max_output_len=2 * _LONGEST)


@lru_cache(maxsize=20_000)
def _spelled(word: str) -> tuple[str, ...]:
    """Phonemes of a lower-case word with straight apostrophes."""
    if word in _KNOWN:
        return tuple(_KNOWN[word].split())
    if word.endswith("n't") and len(word) > 3:
        return (*_spelled(word[:-3]), "ə", "n", "t")
    for ending, said in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return (*_spelled(word[: -len(ending)]), *said)
    if word.endswith("'s") and len(word) > 2:
        stem = _spelled(word[:-2])
        return (*stem, *possessive(stem))
    if len(word) > _LONGEST:
        raise ParameterError(f"“{word[:40]}…” is too long to be a word; put a space into it.")
    with _spelling:
        found = [a.phoneme for a in _speller().predict(word.strip("'"), split_delimiter=None).alignments]
    return tuple(p for p in found if p not in _MARKS and not p.startswith("<"))


def possessive(stem: Sequence[str]) -> tuple[str, ...]:
    """Phonemes of a possessive ’s behind a word's."""
    last = stem[-1] if stem else ""
    if last in _HISSING:
        return ("ə", "z")
    return ("s",) if last in _VOICELESS else ("z",)


def pronounced(words: Sequence[str], monitor: Monitor | None = None) -> Words:
    """Spell words by the labels of the phoneme model, with its label between words between them.

    A possessive ’s that stands alone belongs to the word before it.

    Raises
    ------
    ParameterError
        The package is not there; a word is a number, or has nothing that is spoken.
    Cancelled
        The monitor was told to stop.
    """
    monitor = monitor or Monitor()
    found: Words = []
    for k, word in enumerate(words):
        monitor.advance(k, len(words))
        plain = word.lower().replace("’", "'").replace("‘", "'").replace("‐", "-").replace("‑", "-")
        if any(c.isdigit() for c in plain):
            raise ParameterError(f"How “{word}” is said is not known: write it out in the transcript, as it is spoken.")
        if plain == "'s" and found:
            found.append((word, possessive(found[-1][1])))
            continue
        said = _spelled(plain)
        if not said:
            raise ParameterError(f"How “{word}” is said is not known; respell it in the transcript.")
        if found:
            found.append(("", (BETWEEN,)))
        found.append((word, said))
    return found
