"""Pictures whose links only those know who were told: to learn from in tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from match_scenes import scene
from syncline.model import Grounding, LinkConstraints

LABELS = [
    "dog",
    "bicycle",
    "umbrella",
    "banana",
    "laptop",
    "horse",
    "bottle",
    "chair",
    "kite",
    "sandwich",
    "train",
    "clock",
]
NAMES = [
    "wizard",
    "senator",
    "violin",
    "glacier",
    "tax",
    "poem",
    "robot",
    "anchor",
    "lantern",
    "comet",
    "pillow",
    "ledger",
]
"""What each label is called, which no embedding of the label tells."""


def code_scenes(count, seed=0):
    random = np.random.default_rng(seed)
    for k in range(count):
        some = random.permutation(len(LABELS))[:4]
        objects = [(LABELS[j], (100.0 * i, 0.0, 100.0 * i + 90, 90.0)) for i, j in enumerate(some)]
        said = " and ".join(f"a [{NAMES[j]}]" for j in random.permutation(some))
        made = replace(scene(objects, said), id=k + 1)
        boxes = {NAMES[LABELS.index(o.label)]: o for o in made.objects}
        truth = tuple(Grounding(p.id, (boxes[made.phrase_text(p.id)].box,)) for p in made.phrases)
        locks = frozenset((boxes[made.phrase_text(p.id)].id, p.id) for p in made.phrases)
        yield replace(made, truth=truth), locks


COLOURS = {"dog": (40, 40, 220), "ball": (220, 120, 30), "tree": (40, 180, 40)}


def painted(seed):
    """A picture of three coloured boxes on grey, with its scene, all links locked."""
    random = np.random.default_rng(seed)
    pixels = random.integers(110, 140, (200, 400, 3)).astype(np.uint8)
    objects = []
    for k, column in enumerate(random.permutation(4)[:3]):
        label = list(COLOURS)[k]
        x, y = 100 * int(column) + 5, int(random.integers(5, 95))
        pixels[y : y + 90, x : x + 90] = COLOURS[label]
        objects.append(("thing", (x, y, x + 90, y + 90)))
    made = scene(objects, "A [dog], a [ball] and a [tree].")
    made = replace(made, id=seed + 1, picture=replace(made.picture, digest=f"painted {seed}"))
    locks = frozenset((o.id, p.id) for o, p in zip(made.objects, made.phrases, strict=True))
    return pixels, made, locks


def locked_scenes(count, seed=0):
    """The same as `code_scenes`, the links locked."""
    return [replace(s, constraints=LinkConstraints(locked=locks)) for s, locks in code_scenes(count, seed)]
