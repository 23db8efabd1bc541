"""A transcript as labels of emissions, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..model.emissions import Emissions
from ..model.recordings import Word
from ..progress import Monitor
from ..segmentation import spell

__all__ = ["Said", "Speller"]

I64 = NDArray[np.int64]

_POSSESSIVE = "'s"


@dataclass(frozen=True, eq=False)
class Said:
    """The labels of a transcript.

    Attributes
    ----------
    words
        The transcript; empty where labels were read without one.
    columns
        int64 (L,): of the emissions, in order.
    owner
        int64 (L,): number of the word, −1 for what is heard between words (and everywhere without a transcript).
    """

    words: tuple[Word, ...]
    columns: I64
    owner: I64

    @cached_property
    def shown(self) -> I64:
        """int64 (K,): those labels that are pieces of the tier ``labels``."""
        return np.flatnonzero(self.owner >= 0) if self.words else np.arange(len(self.owner))

    @cached_property
    def rank(self) -> I64:
        """int64 (L,): number of the piece of each label; of one that is none, of the next that is."""
        inside = np.zeros(len(self.owner) + 1, np.int64)
        inside[self.shown + 1] = 1
        return np.cumsum(inside)[:-1]

    @cached_property
    def begins(self) -> NDArray[np.bool_]:
        """Bool (L,): with which labels a word begins."""
        return (self.owner >= 0) & (np.diff(self.owner, prepend=-2) != 0)

    @cached_property
    def ends(self) -> NDArray[np.bool_]:
        """Bool (L,): with which labels a word ends."""
        return (self.owner >= 0) & (np.diff(self.owner, append=-2) != 0)

    @cached_property
    def spoken(self) -> I64:
        """int64 (W,): numbers of the words of which anything is spoken, that is of pieces of the tier ``words``."""
        return self.owner[self.begins]

    @cached_property
    def firsts(self) -> I64:
        """int64 (W,): first label of each spoken word."""
        return np.flatnonzero(self.begins)

    @cached_property
    def lasts(self) -> I64:
        """int64 (W,): last label of each spoken word."""
        return np.flatnonzero(self.ends)

    @cached_property
    def needs(self) -> I64:
        """int64 (L + 1,): the first frame in which each label can be; at the end, frames that all need."""
        again = np.zeros(len(self.columns), np.int64)
        again[1:] = self.columns[1:] == self.columns[:-1]
        found = np.arange(len(self.columns)) + np.cumsum(again)
        return np.append(found, found[-1] + 1 if len(found) else 0)

    def piece_of_word(self, word: int) -> int | None:
        """Number of the piece of a word, None if nothing of it is spoken."""
        k = int(np.searchsorted(self.spoken, word))
        return k if k < len(self.spoken) and self.spoken[k] == word else None


class Speller:
    """Spells transcripts for some emissions; what was spelled is not spelled again.

    Parameters
    ----------
    phonemes
        Whether the labels are those of `speech.pronounced`; else they are letters, or words of their own.
    """

    def __init__(self, emissions: Emissions, phonemes: bool) -> None:
        self._emissions, self._phonemes = emissions, phonemes
        self._known = {name: k for k, name in enumerate(emissions.labels)}
        self._spelled: dict[tuple[Word, str], tuple[int, ...]] = {}
        if phonemes:
            from ..speech.phonemes import BETWEEN

            self._between = self._known.get(BETWEEN)
        else:
            self._between = next((self._known[s] for s in ("|", "▁", "<space>", " ") if s in self._known), None)

    def read(self, columns: Sequence[int] | I64) -> Said:
        """Labels that were read without a transcript."""
        return Said((), np.asarray(columns, np.int64), np.full(len(columns), -1, np.int64))

    def spelled(self, words: tuple[Word, ...], monitor: Monitor) -> Said:
        """Labels of a transcript, with the one that is heard between words between them.

        Raises
        ------
        ParameterError
            A word that can't be spelled.
        Cancelled
            The monitor was told to stop.
        """
        columns: list[int] = []
        owner: list[int] = []
        before = Word("")
        for k, word in enumerate(words):
            if k % 100 == 0:
                monitor.advance(k, len(words))
            possessive = self._phonemes and word.labels is None and _plain(word.text) == _POSSESSIVE and bool(columns)
            found = self._columns(word, before if possessive else None)
            if columns and found and self._between is not None and not possessive:
                columns.append(self._between)
                owner.append(-1)
            columns += found
            owner += [k] * len(found)
            before = word
        if words and not columns:
            raise ParameterError("Nothing of the transcript is spoken.")
        return Said(words, np.array(columns, np.int64), np.array(owner, np.int64))

    def _columns(self, word: Word, before: Word | None) -> tuple[int, ...]:
        key = word, "" if before is None else repr(before)
        found = self._spelled.get(key)
        if found is None:
            names = word.labels if word.labels is not None else self._names(word.text, before)
            for name in names:
                if name not in self._known:
                    raise ParameterError(
                        f"“{word.text}” is spelled with “{name}”, which is none of the {len(self._known)} labels of "
                        "the emissions; respell it."
                    )
            found = self._spelled[key] = tuple(self._known[name] for name in names)
        return found

    def _names(self, text: str, before: Word | None) -> tuple[str, ...]:
        if not self._phonemes:
            return spell([text], self._emissions)[0][1]
        from ..speech import pronounced
        from ..speech.phonemes import possessive

        if before is None:
            return pronounced([text])[-1][1]
        return possessive(before.labels if before.labels is not None else pronounced([before.text])[-1][1])


def _plain(text: str) -> str:
    return text.lower().replace("’", "'").replace("‘", "'")
