"""Speech: labels heard in every frame by an acoustic model, words spelled by phonemes, boundaries made finer.

The models of the extra ``speech`` (`Phonemes`, `pronounced`), or a user's own (`load_acoustic`).
"""

import os

from ..progress import Monitor
from .acoustic import Acoustic, Words, listen
from .boundaries import Fine, How, Spoken, refine
from .own import AcousticAdapter, OwnModel, load_acoustic
from .phonemes import LAG, WORD_LAG, Phonemes, available, pronounced
from .spectra import Look, Sound

__all__ = [
    "LAG",
    "WORD_LAG",
    "Acoustic",
    "AcousticAdapter",
    "Fine",
    "How",
    "Look",
    "OwnModel",
    "Phonemes",
    "Sound",
    "Spoken",
    "Words",
    "acoustic_of",
    "available",
    "listen",
    "load_acoustic",
    "pronounced",
    "refine",
]


def acoustic_of(model: Acoustic | str | os.PathLike[str] | None = None, monitor: Monitor | None = None) -> Acoustic:
    """The phoneme model if None, the model that an adapter's file describes, or what is given.

    Raises
    ------
    ParameterError
        The extra ``speech`` is not installed.
    MediaError
        The file describes no model that can be used.
    Cancelled
        The monitor was told to stop.
    """
    if model is None:
        return Phonemes()
    if isinstance(model, str | os.PathLike):
        return load_acoustic(os.fspath(model), monitor)
    return model
