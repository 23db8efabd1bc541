"""What to compare, and how, when nobody says: one rule for each kind of pair."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..errors import ParameterError
from ..model import FeatureRecipe, FeatureTerm, Media, Pair
from ..registry import build
from . import REGISTRY
from ._sound import choose as choose_sound
from ._video import Choice, Glance
from ._video import choose as choose_video

__all__ = ["SUITED", "Choice", "Glance", "automatic", "complete", "parse", "usable"]

MAPPING = ("ctw", "gctw")
"""Methods that map each side by itself. Standardised, a channel that hardly moves shows them as much noise as others
show movement: two cameras' key points are 5.3 frames off by ctw then, and 2.1 as they are."""

SUITED: dict[str, dict[str, Any]] = {"dtw": {"metric": "euclidean", "step_pattern": "symmetric1"}}
"""Parameters each method does best with on such features. Where nothing much happens, every step costs nearly
the same: symmetric1 then goes straight on, while symmetric2, where a diagonal weighs as much as two steps aside,
wanders. On every shared pair the straight one comes out ahead (tests/EVALUATION.md)."""


def usable(media: Media) -> frozenset[str]:
    """Kinds of extractors that work on `media`: a video with sound is good for two."""
    kinds = {"video": media.video, "audio": media.audio, "features": media.sequence}
    return frozenset(kind for kind, stream in kinds.items() if stream is not None)


def automatic(pair: Pair, method: str = "") -> Choice:
    """Choose by what the two files are, and by the method where somebody asked for one.

    Raises
    ------
    ParameterError
        The two have nothing in common that could be compared.
    """
    common = usable(pair.a) & usable(pair.b)
    if "video" in common:
        return choose_video(pair)
    if "audio" in common:
        return choose_sound(pair)
    if "features" in common:
        if (
            pair.a.sequence is not None
            and pair.b.sequence is not None
            and pair.a.sequence.channels != pair.b.sequence.channels
        ):
            return Choice(
                FeatureRecipe((_term("given", values={"standardise": False}),)),
                f"Both files are sequences of features, of {pair.a.sequence.channels} and {pair.b.sequence.channels} "
                "channels: a method compares them that maps each into what both share.",
                method="ctw",
            )
        if method in MAPPING:
            return Choice(
                FeatureRecipe((_term("given", values={"standardise": False}),)),
                "Both files are sequences of features: they are compared as they are, channels that move most counting "
                "most; where channels differ in unit, choose to standardise them.",
            )
        return Choice(
            FeatureRecipe((_term("given"),)),
            "Both files are sequences of features: they are compared as they are, each channel standardised.",
        )
    if usable(pair.a) | usable(pair.b) == {"video", "audio"}:
        return _seen_and_heard(pair)
    raise ParameterError(
        f"“{pair.a.name}” ({_words(pair.a)}) and “{pair.b.name}” ({_words(pair.b)}) have nothing in common to compare: "
        "open two videos, two files with sound, or two feature sequences, or choose what to describe each by, such as "
        "motion+onset."
    )


def _seen_and_heard(pair: Pair) -> Choice:
    video = pair.a.video or pair.b.video
    assert video is not None
    # As many rows a second on both sides, so that the bounds of the steps are bounds of the tempo.
    params = build(REGISTRY["activity"].params, {"hop_ms": min(max(1000 / max(video.rate, 1.0), 5.0), 100.0)})
    recipe = FeatureRecipe((FeatureTerm("activity", 1.0, params),))
    sentence = (
        "One file is a video without sound, the other one sound: when something happens and how much is compared, "
        "moves with loudness"
    )
    shorter, longer = sorted((pair.a.duration, pair.b.duration))
    if longer > 1.8 * shorter:
        return Choice(recipe, f"{sentence}.")
    # Between two events nothing tells one moment from another: free steps would let the path drift away there.
    bounds = {"step_pattern": "symmetricP1"}
    return Choice(recipe, f"{sentence}, at no more than twice the speed or half of it.", params=bounds)


def complete(pair: Pair, recipe: FeatureRecipe) -> FeatureRecipe:
    """Give every term its parameters object and check that it works on both files.

    Raises
    ------
    ParameterError
        Unknown extractor, wrong parameters, or a term that neither file, or only one of two alike, can serve.
    """
    a, b = usable(pair.a), usable(pair.b)
    terms: list[FeatureTerm] = []
    for term in recipe.terms:
        method = REGISTRY[term.name]
        if not term.weight > 0:
            raise ParameterError(f"The weight of {term.name} is {term.weight:g}, but must be above 0.")
        for media, kinds in ((pair.a, a), (pair.b, b)):
            if not kinds & method.kinds and a & b:
                raise ParameterError(
                    f"“{term.name}” needs {' or '.join(sorted(method.kinds))}, but “{media.name}” is {_words(media)}: "
                    f"choose from {', '.join(n for k in sorted(kinds) for n in REGISTRY.names(k))}."
                )
        params = term.params
        if params is None or isinstance(params, dict):
            params = build(method.params, params)
        elif not isinstance(params, method.params):
            raise ParameterError(f"The parameters of {term.name} must be {method.params.__name__}.")
        terms.append(replace(term, params=params))
    for media, kinds in ((pair.a, a), (pair.b, b)):
        if not any(kinds & REGISTRY[t.name].kinds for t in terms):
            raise ParameterError(
                f"None of {', '.join(t.name for t in terms)} works on “{media.name}”, which is {_words(media)}."
            )
    return replace(recipe, terms=tuple(terms))


def parse(text: str) -> FeatureRecipe:
    """Read a recipe such as ``appearance+0.5*motion:grid=6,side=200`` or ``chroma+onset@16`` (16 components).

    Raises
    ------
    ParameterError
        What can't be read, or an extractor, parameter or value that doesn't exist.
    """
    body, _, count = text.partition("@")
    if body.strip().lower() in ("", "auto", "automatic"):
        return FeatureRecipe()
    if count and not count.strip().isdecimal():
        raise ParameterError(f"“{count}” after @ is not a number of components.")
    terms: list[FeatureTerm] = []
    # A plus inside a number such as 1e+2 does not separate terms.
    for word in re.split(r"(?<![\deE]e)\+", body):
        head, _, options = word.partition(":")
        weight, star, name = head.rpartition("*")
        if not name.strip():
            raise ParameterError(
                f"“{text.strip()}” lacks a feature beside a + or *; write it as appearance+0.5*motion."
            )
        try:
            factor = float(weight) if star else 1.0
        except ValueError:
            raise ParameterError(f"“{weight}” in “{word.strip()}” is not a weight.") from None
        method = REGISTRY[name.strip()]
        values: dict[str, str] = {}
        for option in filter(None, (o.strip() for o in options.split(","))):
            field_name, equals, value = option.partition("=")
            if not equals:
                raise ParameterError(f"“{option}” in “{word.strip()}” is not of the form name=value.")
            values[field_name.strip()] = value.strip()
        terms.append(FeatureTerm(method.name, factor, build(method.params, values)))
    return FeatureRecipe(tuple(terms), int(count) if count else 0)


def _term(name: str, weight: float = 1.0, values: dict[str, Any] | None = None) -> FeatureTerm:
    return FeatureTerm(name, weight, build(REGISTRY[name].params, values))


def _words(media: Media) -> str:
    if media.kind == "video":
        return "a video" if media.audio is not None else "a video without sound"
    return {"audio": "sound", "features": "a sequence of features"}[media.kind]
