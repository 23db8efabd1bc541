"""Text into words and marks, by the properties of its characters, with offsets."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from ..model import Token

__all__ = ["is_word", "tokens_of"]

_JOINERS = frozenset("-'’‐‑.&_")
"""Stand within a word: “T-shirt”, “don't”, “U.S”, “R&B”; at its edge they are marks."""
_NUMBER_JOINERS = frozenset(",:/")
_EMOJI = ("Mn", "Mc", "Me", "Cf", "Sk")
"""What follows a symbol and belongs to it: skin tones, joiners, variation selectors."""


def _inner(c: str) -> bool:
    # Vowel signs and accents written apart are marks, not letters.
    return c.isalnum() or unicodedata.category(c)[0] == "M"


def _alone(c: str) -> bool:
    """Scripts without spaces between words of which each character means something: Han, and Kana beside it."""
    return "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff" or c >= "\U00020000"


def is_word(token: Token) -> bool:
    """True for words and numbers, False for marks."""
    return any(map(str.isalnum, token.text))


@lru_cache(maxsize=4096)
def tokens_of(text: str) -> tuple[Token, ...]:
    """Words, numbers and marks of a text, in order; what lies between them is white space.

    A possessive ’s is a token of its own, a character of Chinese or Japanese text too.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        end = at + 1
        c = text[at]
        if c.isspace():
            at = end
            continue
        if _alone(c):
            pass
        elif _inner(c):
            end = _word_end(text, end)
            cut = end - 2
            if cut > at and text[cut:end].lower() in ("'s", "’s"):
                found.append(Token(at, cut, text[at:cut]))
                at = cut
        elif c in "'’" and text[at + 1 : at + 2].lower() == "s" and not _inner(text[at + 2 : at + 3] or " "):
            end = at + 2
        else:
            while end < len(text) and unicodedata.category(text[end]) in _EMOJI:
                end += 1
        found.append(Token(at, end, text[at:end]))
        at = end
    return tuple(found)


def _word_end(text: str, at: int) -> int:
    while at < len(text):
        c = text[at]
        if _inner(c) and not _alone(c):
            at += 1
            continue
        after = text[at + 1 : at + 2]
        within = c in _JOINERS and after and _inner(after) and not _alone(after)
        if not within and not (c in _NUMBER_JOINERS and text[at - 1].isdigit() and after.isdigit()):
            break
        at += 2
    return at
