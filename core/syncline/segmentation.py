"""The third pipeline: a recording into labelled pieces.

>>> found = segment("talk.wav", "changepoints")
>>> save_tiers(found.tiers, "talk.TextGrid")
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .errors import ParameterError
from .extraction import extract_side
from .features._choice import parse, usable
from .media import load_emissions, load_labels, open_media
from .model import Features, FeatureTerm, Media
from .model.emissions import Emissions
from .model.segments import Segment, Tier, Tiers
from .progress import Monitor
from .registry import build
from .segment_quality import BoundaryErrors, UnitErrors, boundaries_of, compare_boundaries, compare_units, frames_of
from .solvers.segment import REGISTRY, SegmentProblem
from .tiers import Frames, load_tiers, save_tiers

__all__ = [
    "Judgement",
    "Segmented",
    "boundaries",
    "examples",
    "judge_tiers",
    "load_emissions",
    "load_labels",
    "load_tiers",
    "save_tiers",
    "segment",
    "segment_speech",
    "spell",
    "tier_of",
    "transcript_words",
]

_SUITED = {"features": "given", "audio": "mfcc:deltas=yes", "video": "appearance"}
"""What is cut when nobody says."""

_NEEDS = {"video": "pictures", "audio": "sound"}

_ALSO = {"words": ("word",), "labels": ("phones", "phone", "letters"), "units": ("phones", "phone")}
"""What a tier is compared with where the truth has none of its name."""


@dataclass(frozen=True, eq=False)
class Segmented:
    """What `segment` found.

    Attributes
    ----------
    tiers
        Segments in seconds on the recording's own clock.
    figures
        Named numbers of the method.
    reason
        What was cut, and by what, in one sentence.
    features
        The rows that were cut, or None.
    """

    tiers: Tiers
    figures: dict[str, float]
    reason: str
    features: Features | None = None


def segment(
    source: str | os.PathLike[str] | Media | Features | Emissions,
    method: str | None = None,
    params: Any = None,
    *,
    features: str = "auto",
    transcript: Sequence[tuple[str, tuple[str, ...]]] | None = None,
    boundaries: Iterable[float] = (),
    examples: Iterable[Segment] = (),
    key: str | None = None,
    rate: float | None = None,
    monitor: Monitor | None = None,
) -> Segmented:
    """Cut a recording, a sequence of features or emissions into labelled pieces.

    Parameters
    ----------
    source
        A file (video, sound, features), an open medium, its features, or emissions (`load_emissions`).
    method
        None: ``"ctc"`` for emissions, ``"examples"`` where some are given, else ``"changepoints"``.
    params
        None, a dict, or the method's parameters object.
    features
        A recipe of one feature, such as ``"mfcc:hop_ms=20"``; ``"auto"`` takes what suits the kind and the method.
    transcript
        Words with the labels that spell each, see `spell`.
    boundaries
        Seconds at which a segment has to begin.
    examples
        Named segments of the recording, for the method ``"examples"``, which keeps them as they are.
    key, rate
        As in `pipeline.open_media`.

    Raises
    ------
    MediaError, ParameterError, Infeasible, OverBudget, Cancelled
        One sentence each.
    """
    monitor = monitor or Monitor()
    emissions: Emissions | None = None
    known = tuple(examples)
    name = method or ("ctc" if isinstance(source, Emissions) else "examples" if known else "changepoints")
    member = REGISTRY[name]
    filled = member.filled(params)
    rows: Features | None = None
    end, what = 0.0, "emissions"
    if isinstance(source, Emissions):
        emissions = source
        if "emissions" not in member.kinds:
            rows = Features(
                np.exp(emissions.log_probs),
                emissions.start + (np.arange(len(emissions), dtype=np.float64) + 0.5) * emissions.step,
                emissions.labels,
            )
        end = emissions.start + emissions.duration
    elif isinstance(source, Features):
        rows, what = source, "the features given"
    else:
        media = source if isinstance(source, Media) else open_media(source, key=key, rate=rate)
        term = term_of(media, features, name)
        rows = extract_side(media, [term], monitor.part(0.0, 0.6, "Describing"))[0]
        end, what = media.duration, term.name
        monitor = monitor.part(0.6, 1.0)
    words = None if transcript is None else tuple(transcript)
    problem = SegmentProblem(rows, emissions, words, tuple(boundaries), known)
    found = member.call(problem, filled, monitor.part(0.0, 1.0, member.title))
    tiers = Tiers(found.tiers, end=end, notes=found.notes)
    return Segmented(tiers, dict(found.figures), f"{member.title} on {what}.", rows)


def segment_speech(
    source: str | os.PathLike[str] | Media,
    words: Sequence[str],
    params: Any = None,
    *,
    model: str | os.PathLike[str] | None = None,
    boundaries: Iterable[float] = (),
    monitor: Monitor | None = None,
) -> Segmented:
    """Lay a transcript onto speech: words and phonemes by CTC, boundaries settled where the spectrum changes.

    Parameters
    ----------
    source
        A file with sound, or an open medium.
    words
        What is said, word by word.
    params
        Of the method ``"ctc"``.
    model
        An adapter (.json) of an acoustic model of one's own; None: the phoneme model of the extra ``speech``.
    boundaries
        Seconds at which a word or phoneme has to begin.

    Raises
    ------
    ParameterError
        The extra is not installed, a word that can't be spelled, no sound.
    MediaError, Infeasible, OverBudget, Cancelled
        One sentence each.
    """
    from ._hearing import emissions_of, refined
    from .speech import acoustic_of, pronounced

    monitor = monitor or Monitor()
    if not words:
        raise ParameterError("The transcript holds no words.")
    media = source if isinstance(source, Media) else open_media(source)
    keep = tuple(boundaries)
    acoustic = acoustic_of(model, monitor.part(0.0, 0.1))
    emissions = emissions_of(media, model=acoustic, monitor=monitor.part(0.1, 0.7))
    spelled = pronounced(words, monitor) if acoustic.phonemes else spell(words, emissions)
    found = segment(emissions, "ctc", params, transcript=spelled, boundaries=keep, monitor=monitor.part(0.7, 0.8))
    tiers = refined(found.tiers, media, keep=keep, word_lag=acoustic.word_lag, monitor=monitor.part(0.8, 1.0))
    return Segmented(tiers, found.figures, f"{REGISTRY['ctc'].title} of {len(words)} words with what is heard.")


def term_of(media: Media, recipe: str, method: str = "changepoints") -> FeatureTerm:
    """The feature that a method cuts, with its parameters.

    Parameters
    ----------
    recipe
        One feature; ``"auto"`` takes what suits the method, or what kind of recording it is.

    Raises
    ------
    ParameterError
        Several features, or one, or a method, that does not work on such a recording.
    """
    from .features import REGISTRY as FEATURES

    kinds, wanted = usable(media), REGISTRY[method].kinds
    if wanted and wanted <= set(_NEEDS) - kinds:
        raise ParameterError(f"“{method}” needs {_NEEDS[min(wanted)]}, which “{media.name}” does not have.")
    if recipe == "auto":
        suited = next(_SUITED[kind] for kind in ("features", "audio", "video") if kind in kinds)
        recipe = getattr(REGISTRY[method].params, "suits", suited)
    terms = parse(recipe).terms
    if len(terms) != 1:
        raise ParameterError(f"A segmentation takes one feature, not “{recipe}”.")
    member = FEATURES[terms[0].name]
    if not member.kinds & kinds:
        raise ParameterError(f"“{member.name}” does not work on “{media.name}”; syncline methods says what does.")
    params = terms[0].params
    return FeatureTerm(member.name, 1.0, build(member.params, None) if params is None else params)


def spell(words: Iterable[str], emissions: Emissions) -> list[tuple[str, tuple[str, ...]]]:
    """Spell words by labels that are characters, or that the words themselves name.

    A word that is a label stands for itself; else each character does, as it is or in the case that the labels have.
    Where there is a label for the space (``|``, ``▁``, ``<space>``) it stands between words.

    Raises
    ------
    ParameterError
        A character that no label stands for.
    """
    known = set(emissions.labels)
    space = next((s for s in ("|", "▁", "<space>", " ") if s in known), None)
    spelled: list[tuple[str, tuple[str, ...]]] = []
    for word in words:
        if word in known:
            names: tuple[str, ...] = (word,)
        else:
            found: list[str] = []
            for c in word:
                label = next((x for x in (c, c.lower(), c.upper()) if x in known), None)
                if label is not None:
                    found.append(label)
                elif c.isalnum():
                    raise ParameterError(f"No label of the emissions stands for “{c}” in “{word}”; respell the word.")
            names = tuple(found)
        if space is not None and spelled and names:
            spelled.append(("", (space,)))
        spelled.append((word, names))
    return spelled


def boundaries(file: str | os.PathLike[str], frames: Frames | None = None) -> tuple[float, ...]:
    """Seconds at which the segments of a file of tiers begin (all of its tiers), for `segment`; as `load_tiers`."""
    found = load_tiers(file, frames)
    return tuple(sorted({s.start for t in found.tiers for s in t.segments if s.start > found.start}))


def examples(file: str | os.PathLike[str], frames: Frames | None = None) -> tuple[Segment, ...]:
    """Named segments of a file of tiers (all of its tiers), for `segment`; points in time are none."""
    return tuple(s for t in load_tiers(file, frames).tiers for s in t.segments if s.label.strip() and s.end > s.start)


@dataclass(frozen=True)
class Judgement:
    """How good a tier is: its boundaries, and its labels as units where they are."""

    tier: str
    truth: str
    boundaries: BoundaryErrors
    units: UnitErrors | None


def judge_tiers(found: Tiers, truth: Tiers, tolerance: float = 0.02) -> list[Judgement]:
    """Compare each tier with the true one of its name, or with the only true one there is.

    The first and the last boundary of the recording, which nobody had to find, are left out on both sides.

    Raises
    ------
    ParameterError
        No tier has a counterpart.
    """
    judged: list[Judgement] = []
    for tier in found.tiers:
        names = (tier.name, *_ALSO.get(tier.name, ()))
        other = next((t for t in map(truth.tier, names) if t is not None), None)
        if other is None and len(truth.tiers) == 1:
            other = truth.tiers[0]
        if other is None or not other.segments:
            continue
        true = boundaries_of(other)
        mine = boundaries_of(_joined(tier) if tier.name == "pieces" else tier)
        first, last = found.start + tolerance, max(found.end, truth.end) - tolerance
        inner = [b[(b > first) & (b < last)] for b in (mine, true)]
        units = None
        if tier.name == "units":
            times = np.arange(truth.start + 0.005, truth.end, 0.01)
            mine_at, true_at = frames_of(tier, times), frames_of(other, times)
            both = [(a, b) for a, b in zip(mine_at, true_at, strict=True) if a and b]
            units = compare_units([a for a, _ in both], [b for _, b in both]) if both else None
        if len(inner[1]):
            judged.append(Judgement(tier.name, other.name, compare_boundaries(inner[0], inner[1], tolerance), units))
    if not judged:
        names = ", ".join(f"“{t.name}”" for t in truth.tiers)
        raise ParameterError(f"The truth has no tier that could be compared with; it has {names}.")
    return judged


def _joined(tier: Tier) -> Tier:
    """Pieces that touch and are called alike are one: examples end in the midst of what they are examples of."""
    found: list[Segment] = []
    for s in tier.segments:
        if found and found[-1].end == s.start and found[-1].label == s.label:
            found[-1] = replace(found[-1], end=s.end)
        else:
            found.append(s)
    return replace(tier, segments=tuple(found))


def tier_of(tiers: Tiers, name: str | None) -> Tiers:
    """Only the tier of that name; all if none is named.

    Raises
    ------
    ParameterError
        There is no such tier.
    """
    if name is None:
        return tiers
    found: Tier | None = tiers.tier(name)
    if found is None:
        raise ParameterError(f"There is no tier “{name}”; there are {', '.join(t.name for t in tiers.tiers)}.")
    return tiers.with_tiers([found])


def transcript_words(file: str | os.PathLike[str]) -> list[str]:
    """Words of a text file, marks around them left out."""
    from .files import read_text
    from .words import is_word, tokens_of

    text, _ = read_text(Path(os.path.abspath(file)), 16 << 20, "split it")  # noqa: PTH100
    return [t.text for t in tokens_of(text) if is_word(t)]
