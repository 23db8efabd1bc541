"""Made-up sessions of every shape come back equal."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.project.sessions import difference
from syncline.model import (
    Alignment,
    Anchor,
    AudioStream,
    Constraints,
    Errors,
    FeatureRecipe,
    FeatureTerm,
    Forbidden,
    Lock,
    Media,
    Pair,
    Recipe,
    Session,
    Truth,
    WarpingPath,
)
from syncline.project import load_project, save_project, state_digest

number = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(max_size=6)
scalar = st.one_of(st.none(), st.booleans(), number, st.integers(-(2**70), 2**70), text)
plain = st.dictionaries(text, scalar, max_size=3)
maybe = st.none() | number
some_texts = st.lists(text, max_size=2).map(tuple)


@st.composite
def constraints(draw: st.DrawFn) -> Constraints:
    anchors = draw(
        st.lists(
            st.builds(
                Anchor,
                st.integers(0, 9),
                number,
                number,
                st.sampled_from(["warp", "jump"]),
                st.none() | number,
                st.none() | number,
                text,
            ),
            max_size=3,
        )
    )
    anchors.sort(key=lambda k: k.a)
    times = draw(hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.just(2)), elements=number))
    locks = [Lock(11, np.sort(times, axis=0), draw(text))] if draw(st.booleans()) else []
    forbidden = draw(st.lists(st.builds(Forbidden, st.just(12), number, number, number, number, text), max_size=2))
    return Constraints(tuple(anchors), tuple(locks), tuple(forbidden), draw(st.integers(13, 2**40)))


@st.composite
def paths(draw: st.DrawFn) -> WarpingPath:
    steps = draw(hnp.arrays(np.intp, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 2)))
    pairs = np.cumsum(steps, axis=0)
    a, b = (draw(hnp.arrays(np.float64, int(n) + draw(st.integers(1, 3)), elements=number)) for n in pairs[-1])
    cuts = draw(st.sets(st.integers(0, len(pairs) - 2))) if len(pairs) > 1 else set()
    breaks = draw(st.sampled_from([None, np.array(sorted(cuts), np.intp)]))
    views = None
    if draw(st.booleans()):
        d = draw(st.integers(1, 3))
        left, right = (draw(hnp.arrays(np.float32, (len(t), d), elements=st.floats(-9, 9, width=32))) for t in (a, b))
        views = left, right
    return WarpingPath(pairs, a, b, draw(number), draw(st.none() | number), breaks, views=views)


@st.composite
def sessions(draw: st.DrawFn, folder: Path) -> Session:
    media: list[Media] = []
    for name in "abc":
        path = folder / f"{name}.wav"
        path.write_bytes(name.encode())
        info = path.stat()
        sound = AudioStream(0, draw(text), draw(st.integers(1, 10**6)), draw(st.integers(1, 64)), 7, draw(number))
        media.append(
            Media(
                path,
                "audio",
                draw(number),
                name * 64,
                1,
                info.st_mtime_ns,
                None,
                sound,
                options=draw(st.dictionaries(text, number | text, max_size=2)),
                notes=draw(some_texts),
            )
        )
    truth = Truth(draw(hnp.arrays(np.float64, st.tuples(st.integers(0, 3), st.just(2)), elements=number)), draw(text))
    terms = st.builds(FeatureTerm, text.map("no such {}".format), number, st.none() | plain)
    features = st.builds(FeatureRecipe, st.lists(terms, max_size=2).map(tuple), st.integers(0, 100))
    recipe = st.builds(Recipe, features, text.map("no such {}".format), st.none() | plain)
    errors = st.builds(
        Errors,
        st.integers(0, 9),
        number,
        number,
        number,
        number,
        maybe,
        maybe,
        maybe,
        st.dictionaries(text, number, max_size=3),
    )
    alignments: list[Alignment] = []
    for key in draw(st.sets(st.integers(0, 50), max_size=3)):
        c = draw(constraints())
        pair = Pair(draw(st.sampled_from(media)), draw(st.sampled_from(media)), draw(st.sampled_from([None, truth])))
        alignments.append(
            Alignment(
                key,
                pair,
                draw(recipe),
                draw(st.none() | recipe),
                draw(text),
                c,
                None,
                None,
                draw(st.none() | paths()),
                draw(st.sampled_from([None, c]) | constraints()),
                draw(number),
                draw(st.none() | errors),
                draw(text),
                draw(text),
            )
        )
    ids = [al.id for al in alignments]
    return Session(
        draw(st.sampled_from([None, *media])),
        draw(st.sampled_from([None, *media])),
        draw(st.sampled_from([None, truth])),
        draw(recipe),
        tuple(alignments),
        draw(st.sampled_from([None, *ids])),
        frozenset(draw(st.sets(st.sampled_from(ids)))) if ids else frozenset(),
    )


@settings(max_examples=30, deadline=None, database=None)
@given(st.data())
def test_sessions_of_every_shape_come_back(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        session = data.draw(sessions(folder))
        digest = save_project(session, folder / "p.syncline")
        loaded = load_project(folder / "p.syncline")
        assert [p for p in loaded.problems if p.kind != "plugin"] == []
        assert difference(session, loaded.session) == ""
        assert digest == loaded.digest == state_digest(loaded.session)
