"""What an encoder makes of other features: trained on a pair, or from a person's anchors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..embedding import Encoder, embed, kept, load_encoder
from ..errors import ParameterError
from ..model import Features
from ..registry import text
from . import register
from ._choice import parse
from ._combine import joined

__all__ = ["Learned", "LearnedParams"]


@dataclass(frozen=True)
class LearnedParams:
    """Parameters of `Learned`."""

    encoder: str = text("", "Encoder", "Which of the project's trained encoders, by its digest.", named=True)
    file: str = text("", "File", "An encoder that was saved as .npz, instead.")


@register("learned", "Learned embedding", LearnedParams, kinds=("video", "audio", "features"))
class Learned:
    """The embedding of a trained encoder, which reads the features it was trained on.

    Raises
    ------
    ParameterError
        No encoder is named, it is not at hand, or it was trained on numbers of unknown origin.
    MediaError
        The file can't be read.
    """

    def __init__(self, params: LearnedParams) -> None:
        self.encoder = _found(params)
        if not self.encoder.base:
            raise ParameterError("This encoder was trained on numbers that no feature is named for; train one here.")
        self.bases = parse(self.encoder.base).terms

    def derive(self, *features: Features) -> Features:
        """Embeddings at the times of the term that leads, of the features of `bases`."""
        return embed(self.encoder, joined(features, [1.0] * len(features), self.encoder.leader))


def _found(params: LearnedParams) -> Encoder:
    if params.file:
        return load_encoder(Path(params.file))
    if not params.encoder:
        raise ParameterError("No encoder is chosen: learn one from this pair (Align menu), or name a file of one.")
    encoder = kept(params.encoder)
    if encoder is None:
        raise ParameterError("The encoder of this recipe is not in the project: learn one again, or leave it out.")
    return encoder
