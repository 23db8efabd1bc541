"""Recordings of speech: opened, listened to, and the boundaries that a transcript got made finer."""

from __future__ import annotations

import os
from collections.abc import Iterable

from .errors import MediaError
from .media import AudioReader
from .model import Media
from .model.emissions import Emissions
from .model.segments import Tiers
from .progress import Monitor
from .speech import Acoustic, Look, Sound, acoustic_of, listen, refine
from .threads import single_threaded

__all__ = ["emissions_of", "looked_at", "refined"]


def emissions_of(
    media: Media,
    model: Acoustic | str | os.PathLike[str] | None = None,
    monitor: Monitor | None = None,
) -> Emissions:
    """What an acoustic model hears in every frame of a recording or of a video's sound.

    Parameters
    ----------
    model
        None: the phoneme model of the extra ``speech``. A file: the adapter of an ONNX model (`speech.load_acoustic`).

    Raises
    ------
    ParameterError
        The extra is not installed.
    MediaError
        There is no sound, or the model can't be used.
    Cancelled
        The monitor was told to stop.
    """
    monitor = monitor or Monitor()
    acoustic = acoustic_of(model, monitor)
    with single_threaded(), AudioReader(media) as reader:
        try:
            found = listen(acoustic, reader.blocks(5.0, acoustic.rate), media.duration, monitor)
        except MediaError as error:
            raise MediaError(f"“{media.name}”: {error}") from error
        for sentence in reader.warnings:
            monitor.warn(sentence)
    return found


def refined(
    tiers: Tiers,
    media: Media,
    keep: Iterable[float] = (),
    word_lag: float | None = None,
    monitor: Monitor | None = None,
) -> Tiers:
    """Move the boundaries of words and labels to where the sound changes, and end words where it falls silent.

    Parameters
    ----------
    tiers
        ``words`` and ``labels`` as the method ``ctc`` gives them for `emissions_of` the recording.
    keep
        Seconds of boundaries that a person has set: they stay.
    word_lag
        Of the model, see `Acoustic`; None: the phoneme model's.

    Raises
    ------
    MediaError
        There is no sound.
    Cancelled
        The monitor was told to stop.
    """
    monitor = monitor or Monitor()
    return refine(tiers, looked_at(media, monitor.part(0.0, 0.5)), keep, word_lag, monitor.part(0.5, 1.0))


def looked_at(media: Media, monitor: Monitor | None = None) -> Look:
    """The spectra of a recording, by which boundaries are made finer.

    Raises
    ------
    MediaError
        There is no sound.
    Cancelled
        The monitor was told to stop.
    """
    monitor = monitor or Monitor()
    sound = Sound()
    with single_threaded(), AudioReader(media) as reader:
        for time, block in reader.blocks(5.0, sound.rate):
            monitor.advance(time, media.duration)
            sound.update(block, time)
    return sound.finish()
