"""What to compare in two sounds: notes where there is a scale, as in music, else the spectrum, as in speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model import FeatureRecipe, Features, FeatureTerm, Pair
from ..registry import build
from . import REGISTRY, register
from ._pitch import Scale
from ._spectrum import RATE, Spectra
from ._video import Choice, Glance

__all__ = ["MUSIC", "TONALITY", "Tonality", "TonalityParams", "choose"]

TONALITY = "_tonality"
MUSIC = 0.2
"""Strength of the scale, mean of both sides, from which sound counts as music. The shared music reached 0.42 to 0.84,
with noise at half its level 0.22 to 0.55, speech 0.03 to 0.17, drums and noise 0.02, sung notes with a vibrato of a
semitone 0.22."""


@dataclass(frozen=True)
class TonalityParams:
    """It has none."""


@register(TONALITY, "Tonality", TonalityParams, kinds=("audio",))
class Tonality:
    """One number for a whole recording: how strongly the peaks of its spectra keep to one scale (`Scale.strength`)."""

    rate = RATE

    def __init__(self, params: TonalityParams) -> None:
        self.params = params
        self._scale = Scale(2048)

        def look(power: NDArray[np.float32]) -> NDArray[np.float32]:
            self._scale.update(power)
            return power[:, :1]

        self._spectra = Spectra(2048, 1024, look)

    def update(self, samples: NDArray[np.float32], time: float) -> None:
        """Take the next block of samples."""
        self._spectra.update(samples, time)

    def finish(self) -> Features:
        """Return float32 (1, 1)."""
        _, times = self._spectra.finish(RATE)
        return Features(np.full((1, 1), self._scale.strength, np.float32), times[:1])


def choose(pair: Pair) -> Choice:
    """Begin with the notes; whether there are any is known once the sound was heard."""
    # Ten milliseconds while that is affordable; hours of sound get wider steps.
    longer = max(pair.a.duration, pair.b.duration)
    hop = next((h for h in (10.0, 20.0, 40.0) if longer / h * 1000 <= 40_000), 80.0)
    hops = {"hop_ms": hop}
    which = "Both files are" if pair.a.kind == pair.b.kind == "audio" else "Both files have"

    def reconsider(glance: Glance) -> Choice | None:
        if float(glance.a[0].values[0, 0] + glance.b[0].values[0, 0]) / 2 >= MUSIC:
            return None
        return Choice(
            FeatureRecipe((_term("mfcc", 1.0, hops), _term("log_mel", 1.0, hops))),
            f"{which} sound that keeps to no scale of notes, as speech does: "
            "the spectrum and its shape are compared, each without its recording's mean, as voices differ.",
        )

    return Choice(
        FeatureRecipe(
            (
                _term("chroma", 1.0, {**hops, "window_ms": 92.9}),
                _term("onset", 1.0, hops),
                _term("log_mel", 0.5, hops),
            )
        ),
        f"{which} sound that keeps to a scale of notes, as music does: "
        "the notes, their beginnings and the spectrum are compared.",
        looks=(FeatureTerm(TONALITY, 1.0, TonalityParams()),),
        reconsider=reconsider,
    )


def _term(name: str, weight: float, values: dict[str, Any]) -> FeatureTerm:
    return FeatureTerm(name, weight, build(REGISTRY[name].params, values))
