"""Links as word alignments in Pharaoh format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...progress import Monitor
from . import LinkJob, register
from ._record import words_of

__all__ = ["LinksPharaohParams", "write"]


@dataclass(frozen=True)
class LinksPharaohParams:
    """Nothing to choose."""


@register("links_pharaoh", "Word alignments (Pharaoh)", LinksPharaohParams, kinds=(".pharaoh", ".align"))
def write(job: LinkJob, target: Path, params: LinksPharaohParams, monitor: Monitor) -> None:
    """One line a caption: ``i-j`` for object i (its place in the picture) and word j of the caption, from 0.

    Every word of a linked phrase has its pair, marks are not counted. Word aligners such as fast_align and SimAlign
    write and judge this format.
    """
    with target.open("w", encoding="ascii", newline="\n") as file:
        for k, found in enumerate(job.matches):
            rows = {o.id: i for i, o in enumerate(found.scene.active)}
            for caption, part in zip(found.scene.captions, found.captions, strict=True):
                words = words_of(caption.text)
                pairs: set[tuple[int, int]] = set()
                for link in part.matching.links:
                    phrase = caption.find(link.b)
                    if phrase is not None:
                        pairs |= {
                            (rows[link.a], j) for j, (s, e) in enumerate(words) if s < phrase.end and e > phrase.start
                        }
                file.write(" ".join(f"{i}-{j}" for i, j in sorted(pairs)) + "\n")
            monitor.advance(k + 1, len(job.matches))
