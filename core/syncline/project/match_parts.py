"""Scenes, matchings and what was trained as plain parts, and back.

Kept is what can't be computed again: the picture's place and digest, objects, captions, phrases, constraints, fees,
recipes, links with their weights, and the similarities they were found by, which may come from a matrix or a model
that is not here any more. Left out are what each source said, certificates, and what the solver was asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..model import (
    Box,
    Caption,
    CaptionMatch,
    Fees,
    Grounding,
    KeptScorer,
    LinkConstraints,
    MatchErrors,
    Matching,
    MatchRecipe,
    NamedMatch,
    Outline,
    Phrase,
    Picture,
    Ring,
    Scene,
    SceneMatch,
    SceneObject,
    Similarity,
    SimilarityTerm,
)
from ..registry import Registry
from .parts import loose
from .record import Damaged, Record

__all__ = [
    "read_matching",
    "read_picture",
    "read_recipe",
    "read_scene",
    "read_trained",
    "write_matching",
    "write_recipe",
    "write_scene",
    "write_trained",
]

WriteArray = Callable[["NDArray[Any]"], str]
ReadArray = Callable[[Record, str, int | None], "NDArray[Any]"]
ReadParams = Callable[[Registry[Any], str, Record], Any]
_ORIGINS = ("detected", "drawn", "imported")
"""As every program knows them: a region is written as drawn, with a mark that older ones pass over."""


# -- scenes ---------------------------------------------------------------------------------------


def write_scene(scene: Scene) -> dict[str, Any]:
    """Everything of a scene but where its picture lies."""
    p = scene.picture
    return {
        "picture": {
            "name": p.path.name,
            "digest": p.digest,
            "width": p.width,
            "height": p.height,
            "size": p.size,
            "frame": p.frame,
            **({} if p.time is None else {"time": p.time}),
            "notes": p.notes,
        },
        "objects": [
            {
                "id": o.id,
                "label": o.label,
                "box": o.box.corners,
                "score": o.score,
                **({"origin": "drawn", "region": True} if o.origin == "region" else {"origin": o.origin}),
                "entities": o.entities,
                **({"outline": o.outline.rings} if o.outline is not None else {}),
            }
            for o in scene.objects
        ],
        "captions": [
            {
                "id": c.id,
                "text": c.text,
                "stop": sorted(c.stop),
                "phrases": [
                    {"id": f.id, "start": f.start, "end": f.end, "kind": f.kind, "entity": f.entity} for f in c.phrases
                ],
            }
            for c in scene.captions
        ],
        "constraints": _write_constraints(scene.constraints),
        "threshold": scene.threshold,
        "checked": scene.checked,
        "truth": [
            {"phrase": g.phrase, "boxes": [b.corners for b in g.boxes], "label": g.label} for g in scene.truth
        ],
        "next_id": scene.next_id,
    }  # fmt: skip


def _write_constraints(c: LinkConstraints) -> dict[str, Any]:
    def fees(side: Fees) -> dict[str, Any]:
        return {"default": side.default, "own": sorted(side.own.items())}

    return {
        "locked": sorted(c.locked),
        "forbidden": sorted(c.forbidden),
        "a_fees": fees(c.a_fees),
        "b_fees": fees(c.b_fees),
    }


def read_picture(r: Record, path: Path, mtime_ns: int) -> Picture:
    """The picture of a scene, which lies at `path`."""
    p = Record(r.get("picture"))
    frame = None if p.get("frame") is None else p.whole("frame")
    size = p.whole("width", 1), p.whole("height", 1)
    return Picture(
        path, p.text("digest"), *size, p.whole("size"), mtime_ns, frame, p.texts("notes"), p.maybe_number("time")
    )


def read_scene(r: Record, id: int, picture: Picture) -> tuple[Scene, tuple[str, ...]]:
    """A scene, and the names of those of its parts that are damaged and were left out."""
    lost: list[str] = []

    def some(name: str, read: Callable[[Record], Any], what: str) -> tuple[Any, ...]:
        found: list[Any] = []
        try:
            entries = r.list(name)
        except Damaged:
            entries = [None]
        for entry in entries:
            try:
                found.append(read(Record(entry)))
            except (Damaged, ParameterError):
                lost.append(what)
        return tuple(found)

    objects = _once(some("objects", _read_object, "an object"), set())
    captions = some("captions", _read_caption, "a caption")
    seen = {o.id for o in objects}
    captions = tuple(replace(c, phrases=_once(c.phrases, seen)) for c in _once(captions, seen))
    ids = [x.id for x in (*objects, *captions, *(p for c in captions for p in c.phrases))]
    next_id = r.get("next_id")
    highest = max(ids, default=0)
    next_id = next_id if isinstance(next_id, int) and highest < next_id < 1 << 53 else highest + 1
    try:
        constraints = _read_constraints(Record(r.get("constraints")))
    except (Damaged, ParameterError):
        lost.append("the locked and forbidden links")
        constraints = LinkConstraints()
    truth = some("truth", _read_truth, "the truth about a phrase")
    try:
        threshold, checked = r.number("threshold"), r.flag("checked")
    except Damaged:
        lost.append("the threshold")
        threshold, checked = 0.4, False
    scene = Scene(id, picture, objects, captions, constraints, threshold, checked, truth, next_id)
    return scene, tuple(dict.fromkeys(lost))


def _once(items: tuple[Any, ...], seen: set[int]) -> tuple[Any, ...]:
    """Those whose id was not seen before."""
    kept: list[Any] = []
    for item in items:
        if item.id not in seen:
            seen.add(item.id)
            kept.append(item)
    return tuple(kept)


def _read_box(value: object) -> Box:
    if not isinstance(value, list) or len(cast("list[object]", value)) != 4:
        raise Damaged
    corner = Record(dict(zip(("x0", "y0", "x1", "y1"), cast("list[object]", value), strict=True)))
    return Box(*(corner.number(n) for n in ("x0", "y0", "x1", "y1")))


def _read_object(r: Record) -> SceneObject:
    origin = r.text("origin")
    if origin not in _ORIGINS:
        raise Damaged
    return SceneObject(
        r.whole("id", 1),
        r.text("label"),
        _read_box(r.get("box")),
        r.maybe_number("score"),
        "region" if "region" in r.names() and r.flag("region") else origin,
        r.texts("entities"),
        Outline(tuple(map(_read_ring, r.list("outline")))) if "outline" in r.names() else None,
    )


def _read_ring(value: object) -> Ring:
    if not isinstance(value, list):
        raise Damaged
    return tuple(_read_corner(corner) for corner in cast("list[object]", value))


def _read_corner(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(cast("list[object]", value)) != 2:
        raise Damaged
    corner = Record(dict(zip("xy", cast("list[object]", value), strict=True)))
    return corner.number("x"), corner.number("y")


def _read_caption(r: Record) -> Caption:
    phrases = [Record(p) for p in r.list("phrases")]
    return Caption(
        r.whole("id", 1),
        r.text("text"),
        tuple(
            Phrase(p.whole("id", 1), p.whole("start"), p.whole("end"), p.text("kind"), p.text("entity"))
            for p in phrases
        ),
        frozenset(_pairs(r, "stop")),
    )


def _pairs(r: Record, name: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for entry in r.list(name):
        if not isinstance(entry, list) or len(cast("list[object]", entry)) != 2:
            raise Damaged
        pair = Record({"a": entry[0], "b": entry[1]})
        found.append((pair.whole("a"), pair.whole("b")))
    return found


def _read_constraints(r: Record) -> LinkConstraints:
    def fees(name: str) -> Fees:
        side = Record(r.get(name))
        own: dict[int, float | None] = {}
        for entry in side.list("own"):
            if not isinstance(entry, list) or len(cast("list[object]", entry)) != 2:
                raise Damaged
            one = Record({"id": entry[0], "fee": entry[1]})
            own[one.whole("id", 1)] = one.maybe_number("fee")
        return Fees(side.maybe_number("default"), own)

    locked, forbidden = _pairs(r, "locked"), _pairs(r, "forbidden")
    return LinkConstraints(frozenset(locked), frozenset(forbidden), fees("a_fees"), fees("b_fees"))


def _read_truth(r: Record) -> Grounding:
    return Grounding(r.whole("phrase", 1), tuple(map(_read_box, r.list("boxes"))), r.text("label"))


# -- recipes --------------------------------------------------------------------------------------


def write_recipe(recipe: MatchRecipe, plain: Callable[[object], dict[str, Any] | None]) -> dict[str, Any]:
    """A recipe with the parameters as `plain` has them."""
    return {
        "terms": [{"name": t.name, "weight": t.weight, "params": plain(t.params)} for t in recipe.terms],
        "method": recipe.method,
        "params": plain(recipe.params),
        "threshold": None if recipe.threshold is None else loose(recipe.threshold),
        "masses": recipe.masses,
        "own_masses": sorted(recipe.own_masses.items()),
    }


def read_recipe(r: Record, params: ReadParams) -> MatchRecipe:
    """A recipe; `params` reads the parameters of a member of a family."""
    from ..similarity import REGISTRY as SOURCES
    from ..solvers.match import REGISTRY as SOLVERS

    terms: list[SimilarityTerm] = []
    for entry in r.list("terms"):
        t = Record(entry)
        terms.append(SimilarityTerm(t.text("name"), t.number("weight"), params(SOURCES, t.text("name"), t)))
    masses: dict[int, float] = {}
    for entry in r.list("own_masses"):
        if not isinstance(entry, list) or len(cast("list[object]", entry)) != 2:
            raise Damaged
        one = Record({"id": entry[0], "mass": entry[1]})
        masses[one.whole("id", 1)] = one.number("mass")
    threshold = None if r.get("threshold") is None else r.loose_number("threshold")
    method = r.text("method")
    return MatchRecipe(tuple(terms), method, params(SOLVERS, method, r), threshold, r.text("masses"), masses)


# -- matchings ------------------------------------------------------------------------------------


def write_matching(
    named: NamedMatch, plain: Callable[[object], dict[str, Any] | None], array: WriteArray
) -> dict[str, Any]:
    """A matching but for the scene it was asked; `array` takes an array and returns its name."""
    match = named.match
    values = match.similarity.values
    closed = ~np.isfinite(values)
    return {
        "scene": named.scene,
        "name": named.name,
        "recipe": write_recipe(match.recipe, plain),
        "a_ids": match.similarity.a_ids,
        "b_ids": match.similarity.b_ids,
        "a_names": match.similarity.a_names,
        "b_names": match.similarity.b_names,
        "top": match.similarity.top,
        "values": array(np.where(closed, 0.0, values)),
        "closed": array(np.argwhere(closed)) if closed.any() else None,
        "threshold": loose(match.threshold),
        "levels": dict(match.levels),
        "notes": match.notes,
        "seconds": match.seconds,
        "errors": None
        if match.errors is None
        else {f.name: getattr(match.errors, f.name) for f in fields(MatchErrors)},
        "captions": [_write_caption(c, array) for c in match.captions],
    }


def _write_caption(part: CaptionMatch, array: WriteArray) -> dict[str, Any]:
    m = part.matching
    cells = np.argwhere(m.weights != 0)
    return {
        "caption": part.caption,
        "method": m.method,
        "cells": array(cells),
        "weights": array(m.weights[cells[:, 0], cells[:, 1]]),
        "pairs": array(m.pairs),
        "locked": array(m.locked.astype(np.int64)),
        "objective": loose(m.objective),
        "free_a": array(m.free_a),
        "free_b": array(m.free_b),
        "figures": {name: loose(float(value)) for name, value in m.figures.items()},
        "notes": m.notes,
    }


def read_matching(r: Record, id: int, scene: Scene, params: ReadParams, array: ReadArray) -> NamedMatch:
    """A matching of `scene` (as it was asked).

    Parameters
    ----------
    array
        ``array(record, field, columns)`` gives a read-only array of so many columns, or of one axis for None.

    Raises
    ------
    Damaged
        It is not whole.
    """
    try:
        values = array(r, "values", len(r.list("b_ids"))).copy()
        if r.get("closed") is not None:
            closed = _inside(array(r, "closed", 2), values.shape)
            values[closed[:, 0], closed[:, 1]] = -np.inf
        similarity = Similarity(
            values,
            r.number("top"),
            a_ids=_ids(r, "a_ids"),
            b_ids=_ids(r, "b_ids"),
            a_names=r.texts("a_names"),
            b_names=r.texts("b_names"),
        )
        captions = _read_captions(r, scene, similarity, array)
        match = SceneMatch(
            scene,
            read_recipe(Record(r.get("recipe")), params),
            similarity,
            captions,
            r.loose_number("threshold"),
            r.loose_numbers("levels"),
            r.texts("notes"),
            r.number("seconds"),
            _read_errors(r.get("errors")),
        )
    except (ParameterError, IndexError, ValueError) as error:
        raise Damaged from error
    return NamedMatch(id, scene.id, match, r.text("name"))


def _ids(r: Record, name: str) -> tuple[int, ...]:
    return tuple(Record({"id": value}).whole("id", 1) for value in r.list(name))


def _inside(cells: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.intp]:
    if len(cells) and ((cells < 0).any() or (cells >= shape).any()):
        raise Damaged
    return cells.astype(np.intp)


def _read_captions(r: Record, scene: Scene, similarity: Similarity, array: ReadArray) -> tuple[CaptionMatch, ...]:
    entries = r.list("captions")
    if len(entries) != len(scene.captions) or similarity.b_ids != tuple(p.id for p in scene.phrases):
        raise Damaged
    done: list[CaptionMatch] = []
    start = 0
    for entry, caption in zip(entries, scene.captions, strict=True):
        c = Record(entry)
        stop = start + len(caption.phrases)
        part = replace(
            similarity,
            values=similarity.values[:, start:stop],
            b_ids=similarity.b_ids[start:stop],
            b_names=similarity.b_names[start:stop],
        )
        start = stop
        n, m = part.shape
        cells, pairs = _inside(array(c, "cells", 2), (n, m)), _inside(array(c, "pairs", 2), (n, m))
        weights = np.zeros((n, m))
        weights[cells[:, 0], cells[:, 1]] = array(c, "weights", None)
        locked, free_a, free_b = (array(c, name, None) for name in ("locked", "free_a", "free_b"))
        if c.whole("caption", 1) != caption.id or (len(locked), len(free_a), len(free_b)) != (len(pairs), n, m):
            raise Damaged
        figures: Mapping[str, float] = c.loose_numbers("figures")
        matching = Matching(
            c.text("method"),
            part,
            weights,
            pairs,
            locked.astype(np.bool_),
            c.loose_number("objective"),
            free_a.copy(),
            free_b.copy(),
            None,
            figures,
            c.texts("notes"),
        )
        done.append(CaptionMatch(caption.id, part, matching, None, matching, ()))
    return tuple(done)


def _read_errors(value: object) -> MatchErrors | None:
    if value is None:
        return None
    r = Record(value)
    counts = [r.whole(name) for name in ("phrases", "links", "right", "found", "sure", "right_sure")]
    return MatchErrors(*counts, iou=r.number("iou"))


# -- what was trained -----------------------------------------------------------------------------


def write_trained(trained: KeptScorer, array: WriteArray) -> dict[str, Any]:
    """All of a scorer or an encoder; its arrays lie flat, for those of a file have two sides at most."""
    head, arrays = trained.to_plain()
    kept = {name: {"array": array(a.reshape(-1)), "shape": a.shape} for name, a in arrays.items()}
    return {"head": head, "arrays": kept}


def read_trained(r: Record, noun: str, digest: str, array: ReadArray) -> KeptScorer:
    """The scorer or the encoder of that digest, put at hand for recipes that name it.

    Raises
    ------
    Damaged
        It is not whole, or another one.
    ParameterError
        It is not one that this program can use; says why.
    """
    from .. import embedding, learning

    arrays: dict[str, NDArray[Any]] = {}
    inner = Record(r.get("arrays"))
    for name in inner.names():
        one = Record(inner.get(name))
        shape = [Record({"side": s}).whole("side") for s in one.list("shape")]
        flat = array(one, "array", None)
        if math.prod(shape) != len(flat):
            raise Damaged
        arrays[name] = flat.reshape(shape)
    kind = {"scorer": learning.Scorer, "encoder": embedding.Encoder}[noun]
    trained = kind.from_plain(r.get("head"), arrays)
    if trained.digest != digest:
        raise Damaged
    if isinstance(trained, learning.Scorer):
        learning.keep(trained)
    else:
        embedding.keep(trained)
    return trained
