"""One caption of a scene as an assignment problem, and its answer as links of objects and phrases.

A phrase that means several objects gets as many columns, mentions of the same thing share one, and an object with
several locked links gets a row for each, so that every solver of one-to-one problems can be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .errors import Infeasible
from .model import Caption, LinkConstraints, Matching, Scene, Similarity
from .model.links import Fees
from .model.matches import CaptionMatch, MatchRecipe
from .model.scene import F64
from .progress import Monitor
from .similarity._language import Reading, read_caption
from .solvers.match import REGISTRY as SOLVERS
from .solvers.match import MatchProblem, margins

__all__ = ["MASSES", "bound", "match_caption", "unsure"]

_MOST_COPIES = 24
"""Objects that a plural without a number can mean."""

MASSES = ("uniform", "confidence", "area")
"""What objects may weigh in transport."""


def bound(scene: Scene, caption: Caption) -> LinkConstraints:
    """The constraints that bind a caption."""
    own = {p.id for p in caption.phrases}
    c = scene.constraints
    return replace(
        c,
        locked=frozenset(x for x in c.locked if x[1] in own),
        forbidden=frozenset(x for x in c.forbidden if x[1] in own),
    )


def _masses(scene: Scene, recipe: MatchRecipe, ids: Sequence[int]) -> F64:
    """float64, one an id: what an object or phrase weighs in transport."""
    by_id: dict[int, float] = {}
    if recipe.masses == "confidence":
        by_id = {o.id: 1.0 if o.score is None else o.score for o in scene.active}
    elif recipe.masses == "area":
        by_id = {o.id: o.box.area for o in scene.active}
    by_id.update(recipe.own_masses)
    return np.array([by_id.get(k, 1.0) for k in ids])


@dataclass(frozen=True)
class _Unit:
    """Phrases that mean the same, as columns of their caption, and how many objects they may have."""

    columns: tuple[int, ...]
    count: int | None


def _units(caption: Caption, readings: Sequence[Reading], own: LinkConstraints) -> list[_Unit]:
    """Group the phrases of a caption into what they mean.

    The same entity of a data set is one; so is “the dog” with the last “dog” before it. A phrase that the user locked
    or forbade something stands for itself.
    """
    touched = {b for _, b in own.locked | own.forbidden}
    units: list[_Unit] = []
    for j, (phrase, reading) in enumerate(zip(caption.phrases, readings, strict=True)):
        if phrase.id not in touched:
            for k, unit in enumerate(units):
                first, said = caption.phrases[unit.columns[-1]], readings[unit.columns[-1]]
                entity = phrase.entity not in ("", "0") and phrase.entity == first.entity
                again = reading.definite and (reading.head, reading.count) == (said.head, said.count)
                again = again and not phrase.entity and reading.lemmas == (reading.head,)
                if first.id not in touched and (entity or (again and not reading.colours and not reading.places)):
                    units[k] = replace(unit, columns=(*unit.columns, j))
                    break
            else:
                units.append(_Unit((j,), reading.count))
        else:
            units.append(_Unit((j,), reading.count))
    return units


def match_caption(
    scene: Scene, caption: Caption, similarity: Similarity, recipe: MatchRecipe, threshold: float, monitor: Monitor
) -> CaptionMatch:
    own = bound(scene, caption)
    ids = similarity.b_ids
    active = set(similarity.a_ids)
    locks = [(a, b) for a, b in sorted(own.locked) if a in active and b in set(ids)]
    # Rows: an object once, or once a lock. Columns: what phrases mean, as often as they may have an object.
    rows = [i for i, a in enumerate(similarity.a_ids) for _ in range(max(1, sum(x == a for x, _ in locks)))]
    columns: list[tuple[int, ...]] = []
    values: list[F64] = []
    for unit in _units(caption, read_caption(caption), own):
        joint = np.mean(similarity.values[:, list(unit.columns)], axis=1)
        held = sum(b == ids[unit.columns[0]] for _, b in locks)
        likely = min(int((joint > threshold).sum()), _MOST_COPIES) if unit.count is None else unit.count
        copies = max(1, held, min(likely, len(similarity.a_ids)))
        columns += [unit.columns] * copies
        values += [joint] * copies
    matrix = np.column_stack(values)[rows] if values else np.zeros((len(rows), 0))
    a_ids, b_ids = _new_ids([similarity.a_ids[i] for i in rows]), _new_ids([ids[c[0]] for c in columns])
    asked = Similarity(
        matrix,
        similarity.top,
        a_ids=a_ids,
        b_ids=b_ids,
        a_names=tuple(similarity.a_names[i] for i in rows),
        b_names=tuple(" = ".join(similarity.b_names[j] for j in c) for c in columns),
    )
    constraints = _placed(own, locks, rows, columns, similarity, asked, _fee(recipe, similarity, threshold))
    problem = MatchProblem(
        asked,
        constraints,
        _masses(scene, recipe, [similarity.a_ids[i] for i in rows]) if rows else None,
        _masses(scene, recipe, [ids[c[0]] for c in columns]) if columns else None,
    )
    answer = SOLVERS[recipe.method].call(problem, recipe.params, monitor)
    plain = len(rows) == len(similarity.a_ids) and [(j,) for j in range(len(ids))] == columns
    merged = replace(answer, similarity=similarity) if plain else _merged(similarity, answer, rows, columns, own)
    return CaptionMatch(caption.id, similarity, merged, problem, answer, tuple(columns))


def _new_ids(ids: Sequence[int]) -> tuple[int, ...]:
    """Each id as it is the first time, then numbers below 0."""
    seen: set[int] = set()
    given: list[int] = []
    for k, x in enumerate(ids):
        given.append(-1 - k if x in seen else x)
        seen.add(x)
    return tuple(given)


def _fee(recipe: MatchRecipe, similarity: Similarity, threshold: float) -> tuple[float | None, float | None]:
    """Fees of objects and phrases with which a pair is a link from `threshold` on."""
    if threshold == -np.inf:
        return None, None
    fee = float(similarity.top or 0.0) - threshold
    # Who asks pays: attention compares a link with the fee of that side alone.
    return (fee, 0.0) if getattr(recipe.params, "direction", "") == "objects to words" else (0.0, fee)


def _placed(
    own: LinkConstraints,
    locks: Sequence[tuple[int, int]],
    rows: Sequence[int],
    columns: Sequence[tuple[int, ...]],
    similarity: Similarity,
    asked: Similarity,
    fees: tuple[float | None, float | None],
) -> LinkConstraints:
    """The constraints on the rows and columns that a solver is asked."""
    of_a: dict[int, list[int]] = {}
    of_b: dict[int, list[int]] = {}
    for r, i in enumerate(rows):
        of_a.setdefault(similarity.a_ids[i], []).append(asked.a_ids[r])
    for c, unit in enumerate(columns):
        for j in unit:
            of_b.setdefault(similarity.b_ids[j], []).append(asked.b_ids[c])
    locked: set[tuple[int, int]] = set()
    free_a, free_b = {k: list(v) for k, v in of_a.items()}, {k: list(v) for k, v in of_b.items()}
    for a, b in locks:
        locked.add((free_a[a].pop(0), free_b[b].pop(0)))
    forbidden = {(x, y) for a, b in own.forbidden for x in of_a.get(a, ()) for y in of_b.get(b, ())}

    def spread(side: Fees, of: dict[int, list[int]], fee: float | None) -> Fees:
        mine = {x: value for k, value in side.own.items() for x in of.get(k, ())}
        return Fees(fee if side.default is None else side.default, mine)

    return LinkConstraints(
        frozenset(locked), frozenset(forbidden), spread(own.a_fees, of_a, fees[0]), spread(own.b_fees, of_b, fees[1])
    )


def _merged(
    similarity: Similarity,
    answer: Matching,
    rows: Sequence[int],
    columns: Sequence[tuple[int, ...]],
    own: LinkConstraints,
) -> Matching:
    """What was answered, on the rows and columns of `similarity`."""
    n, m = similarity.shape
    to_a = np.zeros((n, len(rows)))
    to_a[list(rows), range(len(rows))] = 1.0
    to_b = np.zeros((len(columns), m))
    for c, unit in enumerate(columns):
        to_b[c, list(unit)] = 1.0
    weights = to_a @ answer.weights @ to_b
    free_a, free_b = to_a @ answer.free_a, answer.free_b @ to_b
    pairs = sorted({(rows[r], j) for r, c in answer.pairs.tolist() for j in columns[c]})
    return replace(
        answer,
        similarity=similarity,
        weights=weights,
        pairs=np.array(pairs, np.intp).reshape(-1, 2),
        locked=np.array([(similarity.a_ids[i], similarity.b_ids[j]) in own.locked for i, j in pairs], np.bool_),
        free_a=free_a,
        free_b=free_b,
        certificate=None,
    )


def unsure(part: CaptionMatch, monitor: Monitor) -> list[tuple[float, int | None, int | None]]:
    """Margins of one caption by ids, as `matching.check_next` has them."""
    problem: MatchProblem = part.asked
    asked = problem.similarity
    copies: dict[tuple[int, ...], list[int]] = {}
    for c, unit in enumerate(part.columns):
        copies.setdefault(unit, []).append(c)
    found: dict[tuple[int | None, tuple[int, ...] | None], float] = {}
    seen = margins(problem, monitor)
    linked = {part.columns[m.b] for m in seen if m.a >= 0 and m.b >= 0}
    for m in seen:
        a = asked.a_ids[m.a] if m.a >= 0 else None
        unit = part.columns[m.b] if m.b >= 0 else None
        margin = m.margin
        if margin == np.inf or (a is None and unit in linked):
            continue
        if a is not None and unit is not None and len(copies[unit]) > 1:
            # Without this column alone, another one of the same phrase would take its place at no cost.
            margin = _without(problem, a, [asked.b_ids[c] for c in copies[unit]], monitor)
        found[a, unit] = min(margin, found.get((a, unit), np.inf))
    ids = part.similarity.b_ids
    return [
        (margin, a, b)
        for (a, unit), margin in found.items()
        for b in ([None] if unit is None else [ids[j] for j in unit])
        if margin < np.inf
    ]


def _without(problem: MatchProblem, a: int, columns: Sequence[int], monitor: Monitor) -> float:
    """What the best matching without links of `a` to any of `columns` costs more than the best."""
    solver = SOLVERS["assignment"]
    forbidden = problem.constraints.forbidden | {(a, b) for b in columns}
    other = replace(problem, constraints=replace(problem.constraints, forbidden=forbidden))
    try:
        best, rest = (solver.call(p, solver.params(), monitor).objective for p in (problem, other))
    except Infeasible:
        return np.inf
    return max(0.0, rest - best)
