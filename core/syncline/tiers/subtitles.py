"""SubRip and WebVTT subtitles, by pysubs2; times are whole milliseconds."""

from __future__ import annotations

import html
from pathlib import Path

from ..errors import ExportError
from ..files import guarded, read_text
from ..model.segments import Segment, Tier, Tiers

__all__ = ["read", "write"]

_MOST = 64 << 20


def read(path: Path) -> Tiers:
    """Read one tier, called after the file; mark-up is left out."""
    import pysubs2

    text, notes = read_text(path, _MOST, "split it")
    with guarded(path, "as subtitles"):
        # What is no mark-up of subtitles is text, such as a word in angle brackets.
        found = pysubs2.SSAFile.from_string(text, format_=_format(path), keep_unknown_html_tags=True)
        said = html.unescape if _format(path) == "vtt" else str
        segments = [Segment(e.start / 1000, e.end / 1000, said(e.plaintext)) for e in found.events if not e.is_comment]
    if not segments:
        notes = (*notes, "The file holds no subtitles.")
    return Tiers((Tier(path.stem, tuple(segments)),), notes=notes)


def write(tiers: Tiers, target: Path) -> tuple[str, ...]:
    """Write one tier; of several those that hold segments must be one."""
    import pysubs2

    full = [t for t in tiers.tiers if t.segments]
    if len(full) > 1:
        names = ", ".join(f"“{t.name}”" for t in full)
        raise ExportError(f"Subtitles hold one tier, and there are {len(full)} ({names}): say which one to write.")
    if any(s.start < 0 for t in full for s in t.segments):
        raise ExportError("Subtitles can't begin before 0 s; shift the segments first.")
    out = pysubs2.SSAFile()
    for s in full[0].segments if full else ():
        event = pysubs2.SSAEvent(round(s.start * 1000), round(s.end * 1000))
        # An empty line ends a subtitle, and mark-up would be taken for that.
        text = "\n".join(line for line in s.label.splitlines() if line.strip())
        event.plaintext = html.escape(text, quote=False) if _format(target) == "vtt" else text
        out.append(event)
    target.write_text(out.to_string(_format(target)), encoding="utf-8", newline="\n")
    return ()


def _format(path: Path) -> str:
    return path.suffix[1:].lower()
