"""Sentences of Flickr30k Entities (Plummer et al. 2015): ``[/EN#12/people A man] in [/EN#14/clothing a hat] .``

The number names what is meant; phrases of one picture with the same number mean the same, and the boxes of its XML file
bear it too. 0 stands for what can't be seen. A word may have several types: ``[/EN#9/vehicles/scene the subway]``.
Square brackets of the text itself are written ``-LSB-`` and ``-RSB-``, as the Penn Treebank does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..errors import ParameterError
from ..model import Caption, Phrase

__all__ = ["dump_sentences", "load_sentences", "read_sentence", "write_sentence"]

_MARK = re.compile(r"\[/EN#([^/\s\]]{1,40})((?:/[^/\s\]]{0,40})*)[ \t]([^\[\]]*)\]")
_BREAKS = re.compile("[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_MOST_LETTERS = 100_000
_MOST_SENTENCES = 1000
_DEFAULT_KIND = "other"


def read_sentence(line: str) -> Caption:
    """A caption with phrases from one sentence; ids 0, `entity` and `kind` of phrases as they are written.

    What is no proper mark stays text. Marks around nothing are left out.

    Raises
    ------
    ParameterError
        Longer than 100,000 letters.
    """
    line = line.strip()
    if len(line) > _MOST_LETTERS:
        raise ParameterError(f"A sentence has {len(line)} letters; {_MOST_LETTERS} are allowed.")
    text, at = "", 0
    phrases: list[Phrase] = []
    for mark in _MARK.finditer(line):
        text += _unescaped(line[at : mark.start()])
        entity, kinds, words = mark.groups()
        words = _unescaped(words.strip())
        if words:
            phrases.append(Phrase(0, len(text), len(text) + len(words), kinds.strip("/"), entity))
        text += words
        at = mark.end()
    text += _unescaped(line[at:])
    return Caption(0, text, tuple(phrases))


def write_sentence(caption: Caption, entities: Mapping[int, str] | None = None) -> str:
    """One line for a caption; `read_sentence` gives it back, stop words apart.

    Parameters
    ----------
    entities
        Entity by id of the phrase, e.g. that of the object it is linked to; others have their own, or, if they have
        none, a number that no phrase of this caption has.
    """
    entities = entities or {}
    numbers = [entities.get(p.id, p.entity) for p in caption.phrases]
    free = 1 + max((int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 18), default=0)
    line, at = "", 0
    for phrase, number in zip(caption.phrases, numbers, strict=True):
        if not number:
            number, free = str(free), free + 1
        kind = "/".join(_word(k) for k in (phrase.kind or _DEFAULT_KIND).split("/"))
        line += _escaped(caption.text[at : phrase.start])
        line += f"[/EN#{_word(number)}/{kind} {_escaped(caption.of(phrase))}]"
        at = phrase.end
    return line + _escaped(caption.text[at:])


def load_sentences(text: str) -> tuple[Caption, ...]:
    """The captions of a sentence file, one a line; empty lines are left out.

    Raises
    ------
    ParameterError
        More than 1,000, or one that is too long.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > _MOST_SENTENCES:
        raise ParameterError(f"The sentence file has {len(lines)} lines; {_MOST_SENTENCES} are allowed.")
    return tuple(map(read_sentence, lines))


def dump_sentences(captions: Sequence[Caption], entities: Mapping[int, str] | None = None) -> str:
    """A sentence file of several captions of one picture; `entities` as in `write_sentence`."""
    return "".join(write_sentence(c, entities) + "\n" for c in captions)


def _escaped(text: str) -> str:
    return _BREAKS.sub(" ", text).replace("[", "-LSB-").replace("]", "-RSB-")


def _unescaped(text: str) -> str:
    return text.replace("-LSB-", "[").replace("-RSB-", "]")


def _word(text: str) -> str:
    """Without what would end a mark."""
    return re.sub(r"[\s/\[\]]", "_", text)[:40] or _DEFAULT_KIND
