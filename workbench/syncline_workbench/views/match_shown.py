"""What the panels beside the picture draw: the objects and phrases of the caption in hand, and the links between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from syncline.model import Caption, CaptionMatch, Link, Part, Scene, SceneMatch, Session

from .scene_tags import object_names

__all__ = ["Shown", "part_of"]


def part_of(match: SceneMatch | None, caption: Caption | None) -> CaptionMatch | None:
    """The links of a caption in a matching, which may be of an older state of the scene."""
    if match is None or caption is None:
        return None
    return next((c for c in match.captions if c.caption == caption.id), None)


@dataclass(frozen=True, eq=False)
class Shown:
    """A caption of a scene, and how it is matched; objects and phrases that are gone since are left out."""

    scene: Scene
    caption: Caption
    part: CaptionMatch | None
    other: CaptionMatch | None

    @classmethod
    def of(cls, session: Session) -> Shown | None:
        """What is in hand; None without a picture or caption."""
        scene, caption = session.active_scene, session.active_caption
        if scene is None or caption is None:
            return None
        return cls(scene, caption, part_of(session.match, caption), part_of(session.other_match, caption))

    # -- names ---------------------------------------------------------------------------------------

    @cached_property
    def objects(self) -> dict[int, str]:
        """Names of the objects that show, by id and in the order of the scene."""
        names = object_names(self.scene)
        return {o.id: names[o.id] for o in self.scene.active}

    @cached_property
    def phrases(self) -> dict[int, str]:
        """Words of the phrases by id, in the order of the caption."""
        return {p.id: self.caption.of(p) for p in self.caption.phrases}

    def pair(self, a: int, b: int) -> str:
        """What a pair is called."""
        return f"{self.objects.get(a, '?')} ↔ {self.phrases.get(b, '?')}"

    # -- rows and columns ------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """Ids of the objects that were compared and are still there."""
        return () if self.part is None else tuple(a for a in self.part.similarity.a_ids if a in self.objects)

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """Ids of the phrases that were compared and are still there."""
        return () if self.part is None else tuple(b for b in self.part.similarity.b_ids if b in self.phrases)

    @cached_property
    def _where(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        assert self.part is not None
        s = self.part.similarity
        at_a, at_b = ({k: i for i, k in enumerate(ids)} for ids in (s.a_ids, s.b_ids))
        return np.array([at_a[a] for a in self.rows], np.intp), np.array([at_b[b] for b in self.columns], np.intp)

    def layer(self, name: str) -> NDArray[np.float64]:
        """float64 (rows, columns): ``"similarity"``, ``"cost"`` or ``"plan"``."""
        if self.part is None:
            return np.zeros((0, 0))
        s, m = self.part.similarity, self.part.matching
        return self._cut({"similarity": s.values, "cost": s.costs, "plan": m.weights}[name])

    def parts(self) -> list[tuple[Part, NDArray[np.float64]]]:
        """What the similarity is made of, each with its float64 (rows, columns)."""
        return [] if self.part is None else [(p, self._cut(p.values)) for p in self.part.similarity.parts]

    def _cut(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        i, j = self._where
        return values[np.ix_(i, j)]

    # -- links -----------------------------------------------------------------------------------------

    @cached_property
    def links(self) -> Mapping[tuple[int, int], Link]:
        """Those that hold, by (object, phrase)."""
        return self._links(self.part)

    @cached_property
    def others(self) -> Mapping[tuple[int, int], Link]:
        """Those of the matching that is compared."""
        return self._links(self.other)

    @property
    def differing(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Links that only the one shown has, and that only the one compared has; both empty without a comparison."""
        if self.other is None:
            return [], []
        return sorted(self.links.keys() - self.others.keys()), sorted(self.others.keys() - self.links.keys())

    def _links(self, part: CaptionMatch | None) -> dict[tuple[int, int], Link]:
        found = () if part is None else part.matching.links
        return {(x.a, x.b): x for x in found if x.a in self.objects and x.b in self.phrases}

    def locked(self, a: int, b: int) -> bool:
        """The user holds the link."""
        return (a, b) in self.scene.constraints.locked

    def forbidden(self, a: int, b: int) -> bool:
        """The user rules the link out."""
        return (a, b) in self.scene.constraints.forbidden

    def value(self, layer: str, a: int, b: int) -> float:
        """Of a pair; NaN if it was not compared."""
        if a not in self.rows or b not in self.columns:
            return float("nan")
        return float(self.layer(layer)[self.rows.index(a), self.columns.index(b)])
