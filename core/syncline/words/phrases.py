"""Noun phrases of English captions: word classes from a lexicon, mended for captions, then one grammar.

Captions speak in the present tense of things nobody introduced, which the lexicon (that of Brill's tagger, 1992) was
not made for; `_mended` says what that needs. Phrases begin after their article, and what “of” joins is one phrase
(“group of people”, “back of a truck”), as in Flickr30k Entities. In other languages nothing may be found; people make
phrases by hand then.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Caption, Phrase, Token
from .lexicon import word_class
from .tokens import is_word, tokens_of

__all__ = ["find_phrases", "head"]

_MOST_TOKENS = 2000


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ARTICLES = _set(
    "a an the this that these those its his her my your our their some any another each every no both either neither"
)
_SINGULAR = _set("a an another this that each every one")
_BE = _set("is are was were be being been am 's")
_PREPOSITIONS = _set(
    "past near toward towards behind beside besides between beneath below above across along alongside against "
    "among amongst around at atop before by down during for from in inside into like of off on onto opposite out "
    "outside over through throughout to under underneath until up upon via with within without while as than"
)
_QUANTITIES = _set(
    "group groups set pair pairs couple bunch crowd herd flock pack team row rows line lines pile piles stack "
    "stacks lot lots number variety collection series piece pieces slice slices type types kind kinds sort sorts "
    "handful hundreds dozens thousands plenty bouquet closeup close-up picture pictures photo photos image view"
)
_PRONOUNS = _set(
    "i you he she it we they me him us them himself herself itself themselves one's who whom whose which what "
    "that something someone somebody anything everything nothing everyone everybody each other others there here"
)
_BEFORE_ED = _set("in with of on from near behind beside between for to into through past along across")
_BEFORE_ING = _set("with of")
_ING = _set(
    "building ceiling railing painting clothing clearing wedding evening morning string ring king wing swing "
    "thing earring awning crossing landing drawing sibling siding icing pudding stuffing covering lighting "
    "topping opening beijing ping dressing wiring scaffolding bedding frosting parking flooring paving tubing "
    "spring sling outing meeting"
)
"""Things, not doings."""
_AND = _set("and or &")
_CLAUSES = _set("while as and , when where because but .")
_PLACES = _set("front top order addition case spite favor favour place")
"""After a preposition and before “of” or “to” they are part of it: “in front of”, “on top of”, “in order to”."""
_PLURAL_FIRST = _set(
    "sports arms goods clothes glasses sales goggles jeans mens womens kids girls boys ladies series species"
)
"""Plurals that stand before another noun."""
_JOINED = _set("covered lined filled colored coloured shaped sized topped trimmed clad patterned themed framed painted")
_ALWAYS_NOUNS = _set("bear net")


def find_phrases(text: str) -> tuple[Phrase, ...]:
    """Noun phrases of an English caption, ascending, without articles; ids 0.

    Only the first 2,000 words are looked at.
    """
    tokens = tokens_of(text)[:_MOST_TOKENS]
    classes = _mended(tokens)
    found: list[Phrase] = []
    at = 0
    while at < len(tokens):
        end = _chunk(classes, at)
        if end == at:
            at += 1
            continue
        first = at
        while first < end and tokens[first].text.lower() in _ARTICLES:
            first += 1
        found.append(Phrase(0, tokens[first].start, tokens[end - 1].end))
        at = end
    return tuple(found)


def head(caption: Caption, phrase: Phrase) -> Token | None:
    """The word that says what a phrase is about: its last noun, before any “of” or other preposition.

    Of a quantity it is what there is of it: “people” in “group of people”. None where the phrase has no word, or only
    excluded ones.
    """
    inside = [t for t in tokens_of(caption.text) if phrase.start <= t.start and t.end <= phrase.end]
    words = [t for t in inside if is_word(t) and t.span not in caption.stop]
    first = 0
    for k, token in enumerate(words):
        if k <= first or token.text.lower() not in _PREPOSITIONS:
            continue
        if token.text.lower() != "of" or words[k - 1].text.lower() not in _QUANTITIES or k + 1 == len(words):
            return words[k - 1]
        first = k + 1
    return words[-1] if words else None


_NONE = "-"


def _mended(tokens: Sequence[Token]) -> list[str]:
    """Word classes, corrected where a caption's other words say better than the lexicon."""
    words = [t.text.lower() for t in tokens]
    mended = [
        _class(word) if is_word(t) else ("," if word == "," else _NONE) for t, word in zip(tokens, words, strict=True)
    ]
    for k, word in enumerate(words):
        before, after = (mended[k - 1] if k else _NONE), (mended[k + 1] if k + 1 < len(words) else _NONE)
        last, following = (words[k - 1] if k else ""), (words[k + 1] if k + 1 < len(words) else "")
        tag = mended[k]
        if tag == "N" and word.endswith("ing") and word not in _ING and (last in _BE or before in ("N", "S")):
            # “are loading cotton”, “a man fishing in”
            mended[k] = "V"
        elif last in _ARTICLES and (
            after == "O" or (tag in "VBGEJ" and after not in ("N", "S", "J", "G", "E", "&", ",", "C"))
        ):
            # “a set of”, “the back of”, “a swing”, “into the net”
            mended[k] = "N"
        elif tag == "B" and last in _ARTICLES and after in ("N", "S"):
            # “a stop sign”
            mended[k] = "J"
        elif tag == "S" and (
            before == "S" or (before == "N" and (after in ("S", "D") or _subject(words, mended, k, after)))
        ):
            # “a man in a blue jersey rides past”: one thing can't be several; “a girl with long hair blows bubbles”
            mended[k] = "V"
        elif tag == "N" and before == "S" and last not in _PLURAL_FIRST and after not in ("N", "S", "O", "&", ","):
            # “three people walk on”, “passengers board a bus”
            mended[k] = "V"
        elif tag == "E" and before == "N" and after in ("N", "S") and word in _JOINED:
            # “snow covered mountains”
            mended[k] = "N"
        elif tag in ("E", "G") and last in (_BEFORE_ED if tag == "E" else _BEFORE_ING) and after in ("N", "S"):
            # “with painted faces”, “row of parked cars”
            mended[k] = "J"
        elif word in _PLACES and last in ("in", "on", "at") and following in ("of", "to"):
            mended[k] = _NONE
    return mended


def _class(word: str) -> str:
    """That of `lexicon.word_class`, with D for articles, O for “of” and & for “and” besides."""
    if word == "of":
        return "O"
    if word in _AND:
        return "&"
    if word in _ARTICLES:
        return "D"
    if word in _PRONOUNS or word in _PREPOSITIONS or word in _BE:
        return _NONE
    return "N" if word in _ALWAYS_NOUNS else word_class(word)


def _subject(words: Sequence[str], classes: Sequence[str], at: int, after: str) -> bool:
    """True if the phrase before `at` is of one thing, or the subject of a clause that has no verb yet."""
    k = at - 1
    while k >= 0 and classes[k] in ("J", "N", "G", "E", "&", ",", "C"):
        k -= 1
    if k < 0:
        return False
    opens = k == 0 or words[k - 1] in _CLAUSES
    return words[k] in _SINGULAR or (classes[k] == "D" and opens and after != "N")


def _chunk(classes: Sequence[str], at: int) -> int:
    """End of the noun phrase that begins at `at`, `at` itself if none does."""
    end = _simple(classes, at, at == 0)
    while end > at and end + 1 < len(classes) and classes[end] == "O":
        further = _simple(classes, end + 1, True)
        if further == end + 1:
            break
        end = further
    return end


def _simple(classes: Sequence[str], at: int, opening: bool) -> int:
    """`_chunk` without “of”; `opening`: it may begin with “smiling” or “parked”."""
    k, n = at, len(classes)
    while k < n and classes[k] == "D":
        k += 1
    modifiers = "CJGE" if opening or k > at else "CJ"
    while k < n and classes[k] in modifiers:
        k += 1
        # “red and blue jersey”, “young , white males”: only between words that describe.
        if k + 1 < n and classes[k] in ("&", ",") and classes[k + 1] in "JE":
            k += 1
        modifiers = "CJGE"
    nouns = k
    while k < n and classes[k] in ("N", "S"):
        k += 1
    return k if k > nouns else at
