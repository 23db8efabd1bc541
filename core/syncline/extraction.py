"""Reading both files at once and making features of them, in as few decoding passes as possible."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import Cancelled, MediaError, ParameterError
from .features import REGISTRY, Picture
from .features import _cache as cache
from .features import _choice as choosing
from .features._transposition import settle, untransposed
from .model import FeatureRecipe, Features, FeatureTerm, Media, Pair, Skeleton
from .progress import Monitor
from .threads import single_threaded

__all__ = [
    "AUTOMATIC",
    "Extracted",
    "Signal",
    "both",
    "described",
    "extract",
    "extract_side",
    "extracted",
    "keypoints",
    "signals",
]

AUTOMATIC = FeatureRecipe()
"""Choose by what the two files are."""

T = TypeVar("T")
Signal = tuple[NDArray[np.float32], float]
"""Mono samples (N,) and their rate in Hz."""


class _Side(Monitor):
    """One of two monitors whose common progress is reported by the parent, and which stop together."""

    def __init__(self, parent: Monitor, label: str, shares: list[float], side: int, halt: threading.Event) -> None:
        def report(_: str, fraction: float) -> None:
            shares[side] = fraction
            if parent._report is not None:
                parent._report(label, parent._start + parent._span * sum(shares) / len(shares))

        super().__init__(report)
        self._parent, self._halt = parent, halt
        self._lock, self._warnings = parent._lock, parent._warnings
        self._stop = _Either(parent._stop, halt)


class _Either(threading.Event):
    """Set if one of two others is."""

    def __init__(self, first: threading.Event, second: threading.Event) -> None:
        super().__init__()
        self._first, self._second = first, second

    def is_set(self) -> bool:
        return self._first.is_set() or self._second.is_set()

    def set(self) -> None:
        self._first.set()


def both(monitor: Monitor, label: str, a: Callable[[Monitor], T], b: Callable[[Monitor], T]) -> tuple[T, T]:
    """Run a job for A and one for B in two threads; the first error stops the other and is raised."""
    halt = threading.Event()
    shares = [0.0, 0.0]
    sides = [_Side(monitor, f"{label} of {name}", shares, k, halt) for k, name in enumerate("AB")]

    def guarded(job: Callable[[Monitor], Any], side: Monitor) -> Any:
        try:
            return job(side)
        except BaseException:
            halt.set()
            raise

    with ThreadPoolExecutor(2, "syncline") as pool:
        futures = [pool.submit(guarded, job, side) for job, side in zip((a, b), sides, strict=True)]
    failures = [e for e in (f.exception() for f in futures) if e is not None]
    # The one that was only told to stop is not the one to hear about.
    for failure in sorted(failures, key=lambda e: isinstance(e, Cancelled)):
        raise failure
    return futures[0].result(), futures[1].result()


@dataclass(frozen=True)
class Extracted:
    """Both sides, ready to be compared.

    Attributes
    ----------
    a, b
        With the same number of columns if both sides have the same features; else each is scaled by itself.
    recipe
        With every parameter filled in.
    reason
        What was chosen and why, in a sentence, and in another one that B is transposed; empty if there is neither.
    method
        The solver that suits what was chosen; empty: the usual one.
    params
        Parameters of the solver that suit what was chosen; None: the usual ones.
    """

    a: Features
    b: Features
    recipe: FeatureRecipe
    reason: str = ""
    method: str = ""
    params: dict[str, Any] | None = None


def extract(
    pair: Pair, recipe: FeatureRecipe = AUTOMATIC, monitor: Monitor | None = None
) -> tuple[Features, Features, FeatureRecipe, str]:
    """Describe both sides by numbers that can be compared.

    Both files are decoded once, at the same time, whatever the number of terms; what was extracted before comes
    from the cache on disk. If the choice is left to the program and two videos show different views, they are
    decoded once more for what these have in common.

    Parameters
    ----------
    recipe
        What to compare; without terms it is chosen by what the two files are.

    Returns
    -------
    features_a, features_b : Features
        With the same number of columns if both sides have the same features; else each is scaled by itself, for methods
        that map each side by itself (``ctw``, ``gctw``).
    resolved : FeatureRecipe
        The recipe with every parameter filled in.
    reason : str
        What was chosen and why, in a sentence, and in another one that B is transposed; empty if there is neither.
    """
    found = extracted(pair, recipe, monitor)
    return found.a, found.b, found.recipe, found.reason


def extracted(
    pair: Pair, recipe: FeatureRecipe = AUTOMATIC, monitor: Monitor | None = None, method: str = ""
) -> Extracted:
    """`extract`, with the method that suits what was chosen; `method` is the one that somebody asked for."""
    from .features._combine import alone, combine
    from .features._once import once

    found = described(pair, recipe, monitor, method)
    apart = any(x.values.shape[1] != y.values.shape[1] for x, y in zip(found.a, found.b, strict=True))
    # LAPACK's threads wait for one another far longer than matrices of this size take.
    with single_threaded():
        if apart:
            how = found.weights, found.leader, found.recipe.components
            a, b = alone(found.a, *how), alone(found.b, *how)
        else:
            a, b = combine(found.a, found.b, found.weights, found.leader, found.recipe.components)
    suits = found.method or ("ctw" if apart else "")
    return Extracted(once(a), once(b), found.recipe, found.reason, suits, found.params)


@dataclass(frozen=True)
class Described:
    """The terms of a recipe on both sides, not yet put together; `leader` is the one whose times count."""

    a: list[Features]
    b: list[Features]
    weights: list[float]
    leader: int
    recipe: FeatureRecipe
    reason: str
    method: str
    params: dict[str, Any] | None


def described(
    pair: Pair, recipe: FeatureRecipe = AUTOMATIC, monitor: Monitor | None = None, method: str = ""
) -> Described:
    """What `extracted` puts together, term by term."""
    monitor = monitor or Monitor()
    choice = choosing.automatic(pair, method) if recipe.automatic else choosing.Choice(recipe, "")
    while True:
        components = recipe.components or choice.recipe.components
        resolved = choosing.complete(pair, replace(choice.recipe, components=components))
        parts_a, parts_b = _parts(pair, (*resolved.terms, *choice.looks), monitor)
        seen = [parts[len(parts) - len(choice.looks) :] for parts in (parts_a, parts_b)]
        glance = choosing.Glance(*seen, stills=lambda media: _stills(media, monitor))
        other = choice.reconsider(glance) if choice.reconsider is not None else None
        if other is None:
            break
        choice = other
    parts_a, parts_b = (parts[: len(parts) - len(choice.looks)] for parts in (parts_a, parts_b))
    weights, reason = [t.weight for t in resolved.terms], choice.reason
    if len(parts_a) != len(weights) or len(parts_b) != len(weights):
        # Unlike files, each with the terms that suit it: what one lacks can't be scaled together with the other.
        parts_a, parts_b = ([_alone(m, p, resolved)] for m, p in ((pair.a, parts_a), (pair.b, parts_b)))
        weights = [1.0]
    else:
        parts_b, terms, said = settle(parts_a, parts_b, resolved.terms)
        resolved, reason = replace(resolved, terms=tuple(terms)), f"{choice.reason} {said}".strip()
    video = [k for k, t in enumerate(resolved.terms[: len(weights)]) if "video" in REGISTRY[t.name].kinds]
    leader = video[0] if video else int(np.argmax([len(f) for f in parts_a]))
    return Described(parts_a, parts_b, weights, leader, resolved, reason, choice.method, choice.params)


def _alone(media: Media, parts: list[Features], recipe: FeatureRecipe) -> Features:
    """The terms of a recipe that work on one of two unlike files, put together."""
    from .features._combine import alone

    if len(parts) == 1:
        return parts[0]
    kinds = choosing.usable(media)
    weights = [t.weight for t in recipe.terms if kinds & REGISTRY[t.name].kinds]
    with single_threaded():
        return alone(parts, weights, int(np.argmax([len(f) for f in parts])), recipe.components)


def _parts(pair: Pair, terms: tuple[FeatureTerm, ...], monitor: Monitor) -> tuple[list[Features], list[Features]]:
    """Those of the terms that work on each side, in their order."""

    def side(media: Media) -> Callable[[Monitor], list[Features]]:
        kinds = choosing.usable(media)
        return lambda m: extract_side(media, [untransposed(t) for t in terms if kinds & REGISTRY[t.name].kinds], m)

    with single_threaded():
        return both(monitor, "Extracting features", side(pair.a), side(pair.b))


def _stills(media: Media, monitor: Monitor, count: int = 8, side: int = 512) -> list[NDArray[np.uint8]]:
    """Some BGR pictures spread over a video, where decoding may start if there are enough of those."""
    import cv2

    from .media import VideoReader

    assert media.video is not None
    video = media.video
    keys = np.searchsorted(video.pts, video.keys).clip(0, video.frames - 1)
    # Not the first and last ones, which are often black.
    places = keys if len(keys) >= 2 * count else np.arange(video.frames)
    chosen = np.unique(places[((np.arange(count) + 0.5) / count * len(places)).astype(int)])
    pictures: list[NDArray[np.uint8]] = []
    with VideoReader(media) as reader:
        for index in chosen:
            monitor.check()
            picture = cv2.cvtColor(reader.frame(int(index)), cv2.COLOR_BGRA2BGR)
            pictures.append(_fitted(np.asarray(picture, np.uint8), Picture(side, False), Picture(side, False)))
    return pictures


def extract_side(media: Media, terms: list[FeatureTerm], monitor: Monitor) -> list[Features]:
    """Extract every term from one medium, in one decoding pass of its pictures and one of its sound."""
    from .media.opening import check_unchanged

    check_unchanged(media)
    stream = {"video": media.video, "audio": media.audio}
    # What several terms are made of is extracted once, and kept: what they make of it costs next to nothing.
    wanted = list(terms)
    extractors: list[Any] = []
    for term in wanted:
        extractors.append(REGISTRY[term.name].call(term.params))
        origins: tuple[FeatureTerm, ...] = getattr(extractors[-1], "bases", ())
        for origin in origins:
            if not choosing.usable(media) & REGISTRY[origin.name].kinds:
                raise ParameterError(f"“{term.name}” is made of “{origin.name}”, which “{media.name}” can't give.")
        wanted += [o for o in origins if all((t.name, t.params) != (o.name, o.params) for t in wanted)]
    # What a term sees is reduced from the one picture that serves all: that picture is part of what it is known by,
    # so that a recipe gives the same numbers whatever was in the cache.
    wishes = [e.picture for e in extractors if hasattr(e, "picture")]
    base = Picture(max((w.side for w in wishes), default=0), all(w.grey for w in wishes))
    done: dict[int, Features] = {}
    todo: dict[str, list[tuple[int, Any, str]]] = {"video": [], "audio": []}
    for k, (term, extractor) in enumerate(zip(wanted, extractors, strict=True)):
        if hasattr(extractor, "bases"):
            continue
        method = REGISTRY[term.name]
        kind = next(kind for kind in ("features", "video", "audio") if kind in method.kinds & choosing.usable(media))
        if kind == "features":
            from .media import load_sequence

            given = load_sequence(media)
            extractor.update(given.values, given.times, given.channels)
            done[k] = extractor.finish()
            continue
        index = getattr(stream[kind], "index", 0)
        # An extractor that reads a file beside its parameters says which.
        source = f"{kind} {index} {base if kind == 'video' else ''}{getattr(extractor, 'known_by', '')}"
        name = cache.key(media.digest, method, term.params, source)
        known = cache.load(name)
        if known is not None:
            done[k] = known
        else:
            todo[kind].append((k, extractor, name))
    passes = [(kind, jobs) for kind, jobs in todo.items() if jobs]
    for n, (kind, jobs) in enumerate(passes):
        part = monitor.part(n / len(passes), (n + 1) / len(passes))
        waiting = [extractor for _, extractor, _ in jobs]
        for extractor in waiting:
            if hasattr(extractor, "monitor"):
                extractor.monitor = part
        if kind == "video":
            _feed_pictures(media, waiting, base, part)
        else:
            _feed_sound(media, waiting, part)
        for k, extractor, name in jobs:
            monitor.check()
            done[k] = _of(media, extractor.finish)
            if trouble := cache.store(name, done[k]):
                monitor.warn(trouble)

    def derived(k: int) -> Features:
        if k not in done:
            made_of = [(o.name, o.params) for o in extractors[k].bases]
            sources = [derived(next(i for i, t in enumerate(wanted) if (t.name, t.params) == o)) for o in made_of]
            done[k] = _of(media, lambda: extractors[k].derive(*sources))
        return done[k]

    found = [derived(k) for k in range(len(terms))]
    monitor.advance(1, 1)
    return found


def _of(media: Media, make: Callable[[], Features]) -> Features:
    """What `make` gives; that a recording can't be described is said with its name."""
    try:
        return make()
    except MediaError as error:
        raise MediaError(f"“{media.name}”: {error}") from error


def keypoints(media: Media, monitor: Monitor | None = None) -> Skeleton:
    """Find a person's joints in every picture of a video, or take them from the cache where `pose` has left them.

    At most 60 pictures a second are looked at, and 6000 of a long recording.

    Raises
    ------
    MediaError
        `media` is no video, or was changed since it was opened.
    Cancelled
        The monitor was told to stop.
    """
    if media.video is None:
        raise MediaError(f"“{media.name}” has no pictures; choose a video.")
    from .features.keypoints import KeypointsParams, affordable_rate

    term = FeatureTerm("keypoints", 1.0, KeypointsParams(affordable_rate(media.duration)))
    with single_threaded():
        found = extract_side(media, [term], monitor or Monitor())[0]
    points = found.values.reshape(len(found), -1, 3).copy()
    points[..., :2] *= max(media.video.width, media.video.height)
    return Skeleton(found.times, points)


def _feed_pictures(media: Media, extractors: list[Any], base: Picture, monitor: Monitor) -> None:
    from .media import VideoReader

    assert media.video is not None
    total = media.video.frames
    wanted = {e.picture for e in extractors}
    waiting: list[tuple[NDArray[np.uint8], float]] = []
    seen = False

    def work() -> None:
        for want in wanted:
            pictures = [(_fitted(picture, want, base), shown) for picture, shown in waiting]
            for extractor in extractors:
                if extractor.picture == want:
                    for picture, shown in pictures:
                        monitor.check()
                        extractor.update(picture, shown)
        waiting.clear()

    # Both sides are worked on at once, so decoding ahead in more threads would gain nothing. Several frames at a
    # time: after decoding one, neither the extractors' code nor their tables are in the processor's cache any more.
    with VideoReader(media) as reader:
        for index, shown, picture in reader.frames(max_side=base.side, grey=base.grey, ahead=False):
            monitor.advance(index, total)
            seen = True
            waiting.append((picture, shown))
            if len(waiting) == 32:
                work()
        work()
        for sentence in reader.warnings:
            monitor.warn(sentence)
    if not seen:
        raise MediaError(f"No picture of “{media.path}” can be decoded; the file is damaged.")


def _fitted(picture: NDArray[np.uint8], want: Picture, base: Picture) -> NDArray[np.uint8]:
    """The picture that one extractor wants, from the one that serves all."""
    import cv2

    given = np.ascontiguousarray(picture)
    if want.grey and not base.grey:
        given = cv2.cvtColor(given, cv2.COLOR_BGR2GRAY)
    scale = want.side / max(given.shape[:2])
    if scale < 1:
        size = [max(1, round(s * scale)) for s in given.shape[1::-1]]
        given = cv2.resize(given, size, interpolation=cv2.INTER_AREA)
    return np.asarray(given, np.uint8)


def _feed_sound(media: Media, extractors: list[Any], monitor: Monitor) -> None:
    from .media import AudioReader

    rates = sorted({e.rate for e in extractors})
    for n, rate in enumerate(rates):
        part = monitor.part(n / len(rates), (n + 1) / len(rates))
        with AudioReader(media) as reader:
            for start, samples in reader.blocks(seconds=5.0, rate=rate, mono=True):
                part.advance(start, media.duration)
                for extractor in extractors:
                    if extractor.rate == rate:
                        extractor.update(np.ravel(samples), start)


def signals(pair: Pair, monitor: Monitor) -> tuple[Signal, Signal]:
    """Sound of both sides, mono at one rate; long recordings at a lower one, so that they fit into memory."""
    from .media import AudioReader

    rate = 16000 if max(pair.a.duration, pair.b.duration) < 1800 else 4000

    def whole(media: Media) -> Signal:
        pieces: list[NDArray[np.float32]] = []
        with AudioReader(media) as reader:
            for start, samples in reader.blocks(seconds=10.0, rate=rate, mono=True):
                monitor.check()
                if not pieces:
                    # Sample 0 is second 0 of the medium's clock, where the sound of a video need not begin.
                    pieces.append(np.zeros(max(0, round(start * rate)), np.float32))
                    samples = samples[max(0, round(-start * rate)) :]
                pieces.append(np.ravel(samples).astype(np.float32, copy=False))
        return (np.concatenate(pieces) if pieces else np.zeros(1, np.float32)), float(rate)

    return whole(pair.a), whole(pair.b)
