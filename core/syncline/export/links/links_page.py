"""One HTML page with every picture, its links and their reasons; needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from ...model.matches import CaptionMatch, SceneMatch
from ...progress import Monitor
from ...registry import number
from . import LinkJob, register
from ._drawing import clean, draw, svg
from ._record import program

__all__ = ["LinksPageParams", "write"]


@dataclass(frozen=True)
class LinksPageParams:
    """How the page looks."""

    side: int = number(900, "Size of pictures", "Their longer side.", low=200, high=3000, unit="pixels")


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: 1100px; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #d0d7de; overflow-wrap: anywhere; }
td.n, th.n { text-align: right; } p.note { color: #6e7781; }
.fade { opacity: .12; } .box, .link, .chip, .word { transition: opacity .15s; }
"""

_SCRIPT = """
for (const drawing of document.querySelectorAll("svg")) {
  const links = [...drawing.querySelectorAll(".link")];
  const marks = [...drawing.querySelectorAll(".box, .link, .chip")];
  const show = (mark) => {
    if (!mark) { marks.forEach((m) => m.classList.remove("fade")); return; }
    const mine = links.filter((l) => l === mark || (mark.classList.contains("box") && l.dataset.a === mark.dataset.a)
      || (mark.classList.contains("chip") && l.dataset.b === mark.dataset.b));
    const kept = new Set([mark, ...mine]);
    for (const m of marks) {
      if (m.classList.contains("box") && mine.some((l) => l.dataset.a === m.dataset.a)) kept.add(m);
      if (m.classList.contains("chip") && mine.some((l) => l.dataset.b === m.dataset.b)) kept.add(m);
    }
    marks.forEach((m) => m.classList.toggle("fade", !kept.has(m)));
  };
  drawing.addEventListener("mouseover", (e) => show(e.target.closest(".box, .link, .chip")));
  drawing.addEventListener("mouseleave", () => show(null));
}
"""


@register("links_page", "Page to look at", LinksPageParams, kinds=(".html", ".htm"))
def write(job: LinkJob, target: Path, params: LinksPageParams, monitor: Monitor) -> None:
    """Every picture with boxes, words and curves, and a table of links with each source's share.

    One file that loads nothing: its Content-Security-Policy allows its own pictures and its own script, known by its
    hash, and nothing else. Names and captions are escaped wherever they stand.
    """
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>Objects and words</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Objects and words</h1>\n"
        )
        for k, found in enumerate(job.matches):
            file.write(_section(found, job, params))
            monitor.advance(k + 1, len(job.matches))
        file.write(f"<p class=note>Made by {clean(program())}.</p>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n")


def _section(found: SceneMatch, job: LinkJob, params: LinksPageParams) -> str:
    scene = found.scene
    name = scene.picture.name
    drawing = svg(draw(found, float(params.side)), job.pixels(scene.picture), name)
    parts = [p.name for p in found.similarity.parts]
    heads = "".join(f"<th class=n>{clean(p)}" for p in parts)
    rows = "".join(_row(found, part, k, parts) for part in found.captions for k in range(len(part.matching.links)))
    linked_a, linked_b = {x.a for x in found.links}, {x.b for x in found.links}
    alone = [clean(o.label or "object") for o in scene.active if o.id not in linked_a]
    unsaid = [f"“{clean(c.of(p))}”" for c in scene.captions for p in c.phrases if p.id not in linked_b]
    rest = ", ".join([*alone, *unsaid])
    errors = found.errors
    judged = (
        f"<p class=note>F1 {errors.f1:.2f}, precision {errors.precision:.2f}, recall {errors.recall:.2f}, "
        f"AER {errors.aer:.2f} over {errors.phrases} phrases of the truth</p>"
        if errors is not None
        else ""
    )
    return (
        f"<section>\n<h2>{clean(name)}</h2>\n{drawing}"
        f"<table><thead><tr><th>Object<th>Words<th class=n>Similarity<th class=n>Weight{heads}<th>"
        f"<tbody>{rows}</table>\n"
        + (f"<p class=note>Unmatched: {rest}</p>\n" if rest else "")
        + "".join(f"<p class=note>{clean(note)}</p>\n" for note in found.notes)
        + judged
        + "</section>\n"
    )


def _row(found: SceneMatch, part: CaptionMatch, k: int, parts: list[str]) -> str:
    link, scene = part.matching.links[k], found.scene
    i, j = part.matching.pairs[k]
    thing = scene.object(link.a)
    shares = {p.name: p.values[i, j] for p in part.similarity.parts}
    cells = "".join(f"<td class=n>{shares[p]:.2f}" for p in parts)
    return (
        f"<tr><td>{clean((thing.label if thing else '') or 'object')}<td>{clean(scene.phrase_text(link.b))}"
        f"<td class=n>{link.similarity:.2f}<td class=n>{link.weight:.2f}{cells}<td>{'locked' if link.locked else ''}"
    )
