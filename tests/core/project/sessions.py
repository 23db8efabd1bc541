"""Made-up sessions, and a comparison of sessions that knows nothing of how they are stored."""

from __future__ import annotations

import dataclasses
import os
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from syncline.matching import match
from syncline.model import (
    Alignment,
    Anchor,
    AudioStream,
    Box,
    Caption,
    Constraints,
    EmissionSource,
    Errors,
    FeatureRecipe,
    Features,
    FeatureTerm,
    Fees,
    Forbidden,
    Grounding,
    Held,
    LinkConstraints,
    Lock,
    MatchRecipe,
    Media,
    NamedMatch,
    NamedSegments,
    Outline,
    Pair,
    Phrase,
    Picture,
    Pin,
    Recipe,
    Recording,
    Scene,
    SceneObject,
    Segment,
    SegmentConstraints,
    SegmentRecipe,
    Session,
    SimilarityTerm,
    Tier,
    Tiers,
    Truth,
    VideoStream,
    WarpingPath,
    Word,
)
from syncline.solvers.segment.units import UnitsParams

LEFT_OUT = {"features_a", "features_b", "blocks", "mtime_ns", "parts", "asked", "answer", "columns", "certificate"}


def difference(x: Any, y: Any, where: str = "session") -> str:
    """Name the first place where two sessions differ, "" if nowhere; features and blocks are not compared."""
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        same = isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.dtype == y.dtype
        return "" if same and x.shape == y.shape and (x == y).all() else where
    if type(x) is not type(y):
        return f"{where}: {type(x).__name__} and {type(y).__name__}"
    if dataclasses.is_dataclass(x):
        for f in dataclasses.fields(x):
            if f.name not in LEFT_OUT:
                found = difference(getattr(x, f.name), getattr(y, f.name), f"{where}.{f.name}")
                if found:
                    return found
        return ""
    if isinstance(x, (tuple, list)):
        if len(x) != len(y):
            return f"{where}: {len(x)} and {len(y)} entries"
        for k, (p, q) in enumerate(zip(x, y, strict=True)):
            if found := difference(p, q, f"{where}[{k}]"):
                return found
        return ""
    if isinstance(x, dict):
        # Tolerances have an order of their own, options and parameters have not.
        if x.keys() != y.keys() or (where.endswith(".within") and list(x) != list(y)):
            return where
        return next((d for k in x if (d := difference(x[k], y[k], f"{where}[{k!r}]"))), "")
    return "" if x == y else f"{where}: {x!r} and {y!r}"


def video(path: Path, frames: int = 50, rate: float = 25.0, seed: int = 0) -> Media:
    """A medium with uneven frame times; the file is made, its content is no video."""
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rng.bytes(500 + seed))
    times = np.cumsum(rng.uniform(0.5, 1.5, frames) / rate)
    times -= times[0]
    pts = (times * 90_000).astype(np.int64)
    info = path.stat()
    return Media(
        path,
        "video",
        float(times[-1] + 0.04),
        blake2b(path.read_bytes(), digest_size=32).hexdigest(),
        info.st_size,
        info.st_mtime_ns,
        VideoStream(
            0, "h264", 1920, 1080, times, 0.04, rate, True, 90, False, 10, -0.5, pts, pts[::12].copy(), (1, 90_000)
        ),
        AudioStream(1, "aac", 44_100, 2, 88_200, 0.021),
        notes=("2 frames are damaged",),
    )


def staircase(n: int, m: int, rng: np.random.Generator) -> np.ndarray:
    """A random monotone path from (0, 0) to (n - 1, m - 1)."""
    i = j = 0
    pairs = [(0, 0)]
    while (i, j) != (n - 1, m - 1):
        step = rng.integers(3)
        i, j = min(i + (step != 1), n - 1), min(j + (step != 0), m - 1)
        if pairs[-1] != (i, j):
            pairs.append((i, j))
    return np.array(pairs, np.intp)


def path_of(a: Media, b: Media, seed: int = 0, breaks: bool = False) -> WarpingPath:
    """A random path between two media on their frame times."""
    rng = np.random.default_rng(seed)
    x, y = (m.frame_times if m.frame_times is not None else np.arange(0, m.duration, 0.02) for m in (a, b))
    pairs = staircase(len(x), len(y), rng)
    cut = np.array([len(pairs) // 2], np.intp) if breaks else None
    return WarpingPath(pairs, x.copy(), y.copy(), float(rng.uniform(0, 100)), float(rng.uniform()), cut, object())


def constraints_of(seed: int) -> Constraints:
    """Anchors of both kinds, a lock, a rectangle."""
    rng = np.random.default_rng(seed)
    t = np.sort(rng.uniform(0, 2, (8, 2)), axis=0)
    return Constraints(
        (
            Anchor(1, float(t[0, 0]), float(t[0, 1]), note="Größe ≥ 3 \udcff"),
            Anchor(2, float(t[1, 0]), float(t[1, 1]), "jump", float(t[2, 0]), None),
        ),
        (Lock(5, t[3:6].copy(), "locked"),),
        (Forbidden(7, 0.1, 0.2, 0.30000000000000004, 1e-300),),
        next_id=int(rng.integers(8, 100)),
    )


def pair_session(folder: Path, seed: int = 0, mtime_ns: int | None = None) -> Session:
    """A pair with everything in it; `mtime_ns` dates its files."""
    a, b = video(folder / "a:b.mp4", seed=seed), video(folder / "clips" / "~ü 2.mp4", 60, seed=seed + 1)
    if mtime_ns is not None:
        for m in (a, b):
            os.utime(m.path, ns=(mtime_ns, mtime_ns))
        a, b = dataclasses.replace(a, mtime_ns=mtime_ns), dataclasses.replace(b, mtime_ns=mtime_ns)
    truth = Truth(np.array([[0.0, 0.1], [1.0, 1.1]]), "truth.csv")
    pair = Pair(a, b, truth)
    c = constraints_of(seed)
    errors = Errors(2, 1.5, 1.0, 2.0, 3.0, None, 0.5, None, {"1 frame": 0.5, "50 ms": 1.0})
    features = Features(np.zeros((50, 2), np.float32), np.arange(50.0))
    recipe = Recipe(
        FeatureRecipe((FeatureTerm("no_such_feature", 0.5, {"grid": 6, "name": "x"}),), 3), "no_such", {"q": 1.5}
    )
    first = Alignment(
        1, pair, recipe, recipe, "because", c, features, features, path_of(a, b, seed), c, 1.25, errors, "", "mine"
    )
    second = Alignment(4, pair, constraints=c, path=path_of(a, b, seed + 1, True), solved=Constraints(), stale="old")
    third = Alignment(9, Pair(b, a))
    return Session(a, b, truth, recipe, (first, second, third), 4, frozenset({1, 9}))


def tier_of(name: str, seed: int, count: int = 600, scored: bool = True) -> Tier:
    """Pieces that touch, mostly, with labels of all kinds; some nobody is sure about."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, 0.3, count + 1)).tolist()
    labels = rng.choice(["", "AH", "ü\udcff", "two\nlines"], count).tolist()
    scores = [x if x < 0.9 and scored else None for x in rng.uniform(0, 1, count).tolist()]
    ends = [t - 0.001 if k % 5 == 0 else t for k, t in enumerate(times[1:])]
    return Tier(name, tuple(map(Segment, times, ends, labels, scores)))


def segment_session(folder: Path, session: Session | None = None, seed: int = 0) -> Session:
    """Two recordings with everything in them, one of them A of the session if that has one, and three segmentations."""
    session = session or Session()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("emissions.npy", "labels.txt"):
        (folder / name).write_bytes(name.encode())
    source = EmissionSource(
        str(folder / "emissions.npy"),
        str(folder / "labels.txt"),
        "<pad>",
        0.02,
        digest=blake2b(b"emissions.npy", digest_size=32).hexdigest(),
    )
    words = (Word("Größe"), Word("\udcff", ("a", "b")), Word("", ()), *(Word(f"w{k}") for k in range(700)))
    marks = Tier("marks", (Segment(0.5, 0.5, "x"), Segment(0.25, 0.25)), points=True)
    truth = Tiers((tier_of("words", seed, 40, scored=False),), -1.0, 500.0, ("a note",))
    own = (tier_of("own", seed + 1), marks, Tier("empty"))
    talk = Recording(3, session.a or video(folder / "talk:1.mp4", seed=seed), words, source, own, truth)
    other = Recording(8, video(folder / "clips" / "~dance.mp4", 40, seed=seed + 2))
    constraints = SegmentConstraints(
        (Pin("words", 0.30000000000000004, 2, True), Pin("units", 1e-300, moved=0.5, until=0.75)),
        (Held("units", Segment(1.0, 1.5, "step", 0.5)), Held("units", Segment(2.0, 2.5), nothing=True)),
    )
    recipe = SegmentRecipe("no_such", {"k": 1.5, "name": "x"}, "mfcc:hop_ms=20")
    found = Tiers((tier_of("words", seed + 3, 700), tier_of("labels", seed + 4, 3000)))
    first = NamedSegments(
        2, 3, recipe, SegmentRecipe("units", UnitsParams(k=7)), "because", constraints, constraints, words, found,
        {"log p": -np.inf, "k": 7.0}, 1.25, "old", "mine",
    )  # fmt: skip
    second = NamedSegments(
        5, 3, constraints=constraints, solved=SegmentConstraints(), transcript=words[:2], tiers=truth
    )
    third = NamedSegments(6, 8)
    return dataclasses.replace(
        session,
        recordings=(talk, other),
        recording=3,
        segment_recipe=recipe,
        segmentations=(first, second, third),
        shown_segments=5,
        compared_segments=2,
    )


def rich_session(folder: Path, seed: int = 0, mtime_ns: int | None = None) -> Session:
    """A session with everything of Warp and Segment in it; `mtime_ns` dates its files."""
    session = segment_session(folder, pair_session(folder, seed, mtime_ns), seed)
    if mtime_ns is not None:
        other = session.recordings[1]
        os.utime(other.media.path, ns=(mtime_ns, mtime_ns))
        dated = dataclasses.replace(other, media=dataclasses.replace(other.media, mtime_ns=mtime_ns))
        session = session.with_recording(dated)
    return session


OUTLINE = Outline((((0.0, 0.0), (9.25, 0.0), (3.0, 8.0)), ((1.0, 1.0), (2.0, 2.0), (3.0, 1.0))))
TEXT = "Zwei „Hunde“ \U0001f415 and a man \udcff ."


def scene_of(path: Path, id: int, mtime_ns: int | None = None) -> Scene:
    """A scene with everything in it; its file is made, its content is no picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture" * id)
    if mtime_ns is not None:
        os.utime(path, ns=(mtime_ns, mtime_ns))
    info = path.stat()
    digest = blake2b(path.read_bytes(), digest_size=32).hexdigest()
    picture = Picture(path, digest, 640, 480, info.st_size, info.st_mtime_ns, None, ("two pages",))
    scene = Scene(id, picture, threshold=0.25, checked=id % 2 == 0)
    scene = scene.with_objects(
        [
            SceneObject(0, "dog", Box(1.5, 2.0, 300.0, 400.25), 0.875, "detected", ("9",)),
            SceneObject(0, "hund\udcff", Box(-3.0, 0.0, 3.0, 3.0), None, "drawn"),
            SceneObject(0, "", Box(10.0, 20.0, 30.0, 40.0), 0.1, "detected"),
            SceneObject(0, "blue top", Box(0.0, 0.0, 9.25, 8.0), None, "region", (), OUTLINE),
            SceneObject(0, "sky", Box(0.0, 0.0, 9.25, 8.0), None, "drawn", (), OUTLINE),
        ]
    )
    phrases = (Phrase(0, 6, 11, "animals/people", "9"), Phrase(0, 21, 24))
    scene = scene.with_captions([Caption(0, TEXT, phrases, frozenset({(15, 18)})), Caption(0, "")])
    a, b = [o.id for o in scene.objects], [p.id for p in scene.phrases]
    constraints = LinkConstraints(
        frozenset({(a[0], b[0])}), frozenset({(a[1], b[1])}), Fees(None, {a[2]: 0.25}), Fees(0.5, {b[1]: None})
    )
    truth = (Grounding(b[0], (Box(0.0, 0.0, 300.0, 400.0),), "dog"), Grounding(b[1], ()))
    return dataclasses.replace(scene, constraints=constraints, truth=truth)


def match_session(folder: Path, mtime_ns: int | None = None) -> Session:
    """Two pictures, three matchings of three methods, one of them asked before an edit."""
    scenes = [scene_of(folder / name, k, mtime_ns) for name, k in (("a:b.png", 1), ("pictures/~ü 2.png", 5))]
    terms = (SimilarityTerm("words"), SimilarityTerm("no_such_source", 0.5, {"grid": 6}))
    recipe = MatchRecipe(terms, "no_such", {"q": 1.5}, -np.inf, "area", {2: 0.5})
    session = Session(scenes=tuple(scenes), match_recipe=recipe).with_active(5)
    for k, (scene, method) in enumerate(((scenes[0], "assignment"), (scenes[1], "sinkhorn"), (scenes[1], "attention"))):
        session = session.with_match(
            NamedMatch(k + 3, scene.id, match(scene, similarity="words", method=method), f"{k}")
        )
    edited = dataclasses.replace(scenes[0], constraints=LinkConstraints())
    return dataclasses.replace(session.with_scene(edited), shown_match=4, compared=5)
