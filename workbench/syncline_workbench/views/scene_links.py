"""The links of one caption as they are to be drawn: found, soft, locked, forbidden, and those of another method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from syncline.model import Caption, CaptionMatch, Scene, SceneMatch

__all__ = ["Strand", "strands", "strongest"]

State = Literal["chosen", "soft", "locked", "forbidden", "other"]


@dataclass(frozen=True)
class Strand:
    """A line between an object and a phrase.

    Attributes
    ----------
    a, b
        Ids of the object and the phrase.
    state
        ``"chosen"``, ``"soft"`` (part of a plan, but no chosen link), ``"locked"`` and ``"forbidden"`` by hand, or
        ``"other"``: what the method compared with would link and this one doesn't.
    strength
        0..1, how thick: the weight as a share of the largest, or the similarity where all weights are 1.
    weight, similarity
        As the solver has them; None where it has not said yet.
    alone
        Compared with another method, which doesn't have this link.
    """

    a: int
    b: int
    state: State
    strength: float = 1.0
    weight: float | None = None
    similarity: float | None = None
    alone: bool = False

    @property
    def pair(self) -> tuple[int, int]:
        """Ids of the object and the phrase."""
        return self.a, self.b


def _of(match: SceneMatch | None, caption: Caption) -> CaptionMatch | None:
    return None if match is None else next((c for c in match.captions if c.caption == caption.id), None)


def strands(
    scene: Scene, caption: Caption, match: SceneMatch | None, other: SceneMatch | None, threshold: float
) -> list[Strand]:
    """All lines of a caption, the forbidden ones first, the chosen ones last.

    Parameters
    ----------
    match, other
        What is shown, and what it is compared with. They may be of the scene before an edit: pairs that are gone are
        left out.
    threshold
        Share of the largest weight from which a pair that is no chosen link shows too.
    """
    objects, phrases = {o.id for o in scene.active}, {p.id for p in caption.phrases}
    known = scene.constraints
    found: dict[tuple[int, int], Strand] = {}
    own, others = _of(match, caption), _of(other, caption)
    theirs = None if others is None else {(x.a, x.b) for x in others.matching.links}
    if own is not None:
        for strand in _found(own, threshold, theirs):
            if strand.pair not in known.forbidden:
                found[strand.pair] = strand
    if theirs is not None:
        for a, b in sorted(theirs):
            if (a, b) not in found or found[a, b].state == "soft":
                found[a, b] = Strand(a, b, "other")
    for a, b in sorted(known.locked):
        old = found.get((a, b))
        found[a, b] = (
            Strand(a, b, "locked") if old is None else Strand(a, b, "locked", old.strength, old.weight, old.similarity)
        )
    for a, b in sorted(known.forbidden):
        found[a, b] = Strand(a, b, "forbidden", 0.0)
    shown = [s for s in found.values() if s.a in objects and s.b in phrases]
    order = {"other": 0, "soft": 1, "forbidden": 2, "chosen": 3, "locked": 4}
    return sorted(shown, key=lambda s: (order[s.state], s.strength))


def _found(match: CaptionMatch, threshold: float, theirs: set[tuple[int, int]] | None) -> list[Strand]:
    matching, similarity = match.matching, match.matching.similarity
    weights, values = matching.weights, similarity.values
    if not weights.size:
        return []
    most = float(weights.max())
    chosen = np.zeros(weights.shape, bool)
    chosen[matching.pairs[:, 0], matching.pairs[:, 1]] = True
    hard = bool((weights[chosen] == 1).all() and not weights[~chosen].any())
    finite = values[np.isfinite(values)]
    low, top = (min(float(finite.min()), 0.0), similarity.top or 0.0) if len(finite) else (0.0, 1.0)
    found: list[Strand] = []
    for i, j in np.argwhere(chosen | (weights > threshold * most if most > 0 else chosen)).tolist():
        share = float((values[i, j] - low) / (top - low)) if top > low else 1.0
        strength = (share if np.isfinite(share) else 0.0) if hard else float(weights[i, j]) / most
        pair = similarity.a_ids[i], similarity.b_ids[j]
        found.append(
            Strand(
                *pair,
                "chosen" if chosen[i, j] else "soft",
                min(max(strength, 0.0), 1.0),
                float(weights[i, j]),
                float(values[i, j]),
                bool(chosen[i, j]) and theirs is not None and pair not in theirs,
            )
        )
    return found


def strongest(found: list[Strand], most: int) -> list[Strand]:
    """Without the weaker ones of more than `most` soft links."""
    soft = sorted((s.strength for s in found if s.state == "soft"), reverse=True)
    least = soft[most] if len(soft) > most else 0.0
    return [s for s in found if s.state != "soft" or s.strength > least]
