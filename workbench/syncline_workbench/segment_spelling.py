"""How words are spelled by the labels of a recording's emissions, for the dialog that asks what is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncline.errors import ParameterError
from syncline.model import Recording
from syncline.progress import Monitor

if TYPE_CHECKING:
    from syncline.recutting import Prepared

__all__ = ["spelling"]


def spelling(
    recording: Recording, material: Prepared | None, words: Sequence[str], monitor: Monitor
) -> dict[str, tuple[str, ...] | str]:
    """Spell each word by itself: its labels, or in one sentence why there are none; runs on a worker."""
    from syncline.segmentation import load_emissions, spell
    from syncline.speech import acoustic_of, pronounced

    source = recording.emissions
    emissions = None if material is None else material.emissions
    spoken = source is None if material is None else material.phonemes
    if material is None and source is not None:
        if source.model:
            spoken = acoustic_of(source.model, monitor).phonemes
        else:
            file = source.path or recording.media.path
            emissions = load_emissions(file, source.labels or None, blank=source.blank or None, step=source.step)
    found: dict[str, tuple[str, ...] | str] = {}
    for k, word in enumerate(words):
        monitor.advance(k, len(words))
        try:
            if spoken:
                found[word] = pronounced([word])[-1][1]
            elif emissions is not None:
                found[word] = spell([word], emissions)[-1][1]
        except ParameterError as error:
            found[word] = str(error)
    return found
