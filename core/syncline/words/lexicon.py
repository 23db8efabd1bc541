"""What an English word mostly is: a lexicon of the words that their ending does not tell, and rules for all others."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

__all__ = ["by_ending", "word_class"]

_ADJECTIVES = ("able", "al", "ful", "ible", "ient", "ish", "ive", "less", "tic", "ous")
_VERBS = ("ate", "ify", "ise", "ize")


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, str]:
    """Class by word, where `by_ending` is wrong."""
    text = (resources.files("syncline_resources") / "words" / "english.txt").read_text(encoding="ascii")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {word: first for first, *words in lines for word in words}


def by_ending(word: str) -> str:
    """Class of a lower-case word that nothing else is known of, by rules of Pattern (De Smedt & Daelemans 2012)."""
    if any(c.isdigit() for c in word):
        return "C" if word[0].isdigit() else "N"
    if word.endswith(_VERBS):
        return "B"
    if word.endswith("ed"):
        return "E"
    if word.endswith(_ADJECTIVES):
        return "J"
    if word.endswith("s") and not word.endswith(("is", "us", "ss")):
        return "S"
    if word.endswith("ly"):
        return "-"
    return "G" if word.endswith("ing") else "N"


def word_class(word: str) -> str:
    """One letter for a lower-case word.

    N noun, S plural noun, J adjective, C number, G “-ing” form, E “-ed” form, V verb with -s, B base of a verb, -
    anything else. A compound with hyphens is a noun if its last part is one (“T-shirt”), else an adjective
    (“brown-eyed”).
    """
    known = _lexicon().get(word)
    if known is not None:
        return known
    if word.endswith(("n't", "n’t")):
        return "-"
    parts = [p for p in word.split("-") if p]
    if len(parts) > 1:
        last = word_class(parts[-1])
        return last if last in "NS" else "J"
    return by_ending(word)
