"""A picture matched by made-up similarities, and what the window does with an edit of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from syncline.model import (
    Box,
    Caption,
    CaptionMatch,
    LinkConstraints,
    MatchErrors,
    MatchRecipe,
    NamedMatch,
    Part,
    Phrase,
    Picture,
    Scene,
    SceneMatch,
    SceneObject,
    Session,
    Similarity,
)
from syncline.progress import Monitor
from syncline.solvers.match import REGISTRY, MatchProblem
from syncline_workbench.document import Document

TEXT = "A woman in an orange suit smiles before a flag and a shuttle ."
LABELS = ("person", "suit", "flag", "shuttle", "face")
PERSON, SUIT, FLAG, SHUTTLE, FACE = 1, 2, 3, 4, 5
WOMAN, ORANGE_SUIT, A_FLAG, A_SHUTTLE = 11, 12, 13, 14
VALUES = np.array(
    [[0.81, 0.35, 0.05, 0.10], [0.30, 0.92, 0.12, 0.08], [0.02, 0.10, 0.88, 0.20], [0.05, 0.07, 0.22, 0.74],
     [0.77, 0.15, 0.03, 0.06]]
)  # fmt: skip


def make_scene(number: int = 1, name: str = "astronaut.png", **fields: Any) -> Scene:
    """Five objects, a caption of four phrases; the picture does not exist."""
    boxes = [Box(60, 10, 250, 300), Box(70, 150, 260, 300), Box(0, 0, 60, 130), Box(230, 0, 300, 190),
             Box(100, 35, 165, 120)]  # fmt: skip
    objects = tuple(
        SceneObject(k + 1, label, box, 0.9 - k / 100, "drawn" if label == "suit" else "detected")
        for k, (label, box) in enumerate(zip(LABELS, boxes, strict=True))
    )
    spans = [(TEXT.index(w), TEXT.index(w) + len(w)) for w in ("woman", "suit", "flag", "shuttle")]
    caption = Caption(10, TEXT, tuple(Phrase(11 + k, *span) for k, span in enumerate(spans)))
    picture = Picture(Path("/nowhere") / name, f"{number}", 300, 300)
    return Scene(number, picture, objects, (caption,), next_id=20, **fields)


def solve(
    scene: Scene, method: str = "assignment", params: Any = None, errors: MatchErrors | None = None
) -> SceneMatch:
    """The scene matched by made-up similarities of two sources."""
    values = np.array(VALUES)
    noise = np.linspace(-0.02, 0.02, 20).reshape(5, 4)
    parts = (Part("text", values + noise, 0.75), Part("nearby", values - 3 * noise, 0.25))
    ids: Any = {"a_ids": tuple(range(1, 6)), "b_ids": tuple(range(11, 15))}
    similarity = Similarity(values, 1.0, parts, **ids)
    solver = REGISTRY[method]
    problem = MatchProblem(similarity, scene.constraints)
    chosen = solver.params() if params is None else params
    answer = solver.call(problem, chosen, Monitor())
    part = CaptionMatch(10, similarity, answer, problem, answer, tuple((j,) for j in range(4)))
    recipe = MatchRecipe(method=method, params=chosen)
    return SceneMatch(scene, recipe, similarity, (part,), 0.5, seconds=0.0001, errors=errors)


def matched(constraints: LinkConstraints | None = None) -> Session:
    """One picture, matched."""
    scene = make_scene(constraints=constraints or LinkConstraints())
    return Session(scenes=(scene,), scene=1, caption=10, matchings=(NamedMatch(1, 1, solve(scene)),), shown_match=1)


def compared() -> Session:
    """The same with a second matching beside it, under which face has the woman."""
    session = matched()
    scene = replace(make_scene(), constraints=LinkConstraints(forbidden=frozenset({(PERSON, WOMAN)})))
    other = replace(solve(scene, "sinkhorn"), scene=session.scenes[0])
    return replace(session, matchings=(*session.matchings, NamedMatch(2, 1, other)), compared=2)


def obey(document: Document, widget: Any) -> None:
    """Do what the window does with an edit: match again, and make a step."""

    def take(scene: Scene, label: str) -> None:
        session = document.session.with_scene(scene)
        named = session.named_match
        assert named is not None
        document.replace(session.with_match(replace(named, match=solve(scene))), label)

    widget.scene_committed.connect(take)


def label_of(document: Document) -> str:
    return document.steps[document.position].label
