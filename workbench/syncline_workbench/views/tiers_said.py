"""Pieces and boundaries in words: for the names of steps, and for those who hear the tiers."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from .tiers_shown import Edge, Row, Shown

__all__ = ["boundary_name", "boundary_of", "in_words", "short", "tr"]


def tr(text: str) -> str:
    """Translate in the context of the tiers."""
    return QCoreApplication.translate("TiersView", text)


def short(label: str) -> str:
    """A label as the name of a step has it."""
    line = " ".join(label.split())
    return f"{line[:23]}…" if len(line) > 24 else line or "–"


def boundary_name(row: Row, edge: Edge) -> str:
    """A boundary as the name of a step has it: the labels at either side of it."""
    return boundary_of(row.shown, edge)


def boundary_of(shown: Shown, edge: Edge) -> str:
    """`boundary_name` of a tier that lies in no row."""
    left, right = (edge.piece, edge.piece + 1) if edge.end else (edge.piece - 1, edge.piece)
    pieces = shown.pieces
    if shown.points or left < 0 or right >= len(pieces):
        return short(pieces[edge.piece].label)
    return f"{short(pieces[left].label)}|{short(pieces[right].label)}"


def in_words(row: Row, number: int | None, edge: bool | None) -> str:
    """A piece of a tier as one would say it, with the boundary of it that is chosen; or the tier as a whole."""
    if number is None:
        return tr("{name}, {n} pieces").format(name=row.name, n=len(row.shown.pieces))
    piece = row.shown.pieces[number]
    when = f"{piece.start:.3f}"
    if not row.shown.points:
        when = tr("{a} to {b}").format(a=when, b=f"{piece.end:.3f}")
    said = [piece.label or tr("no label"), tr("{when} seconds").format(when=when), row.name]
    ends = [row.locked(Edge(number, end)) for end in (False, True)]
    if number in row.shown.locked or all(ends):
        said.append(tr("locked"))
    elif any(ends):
        said.append(tr("end locked") if ends[1] else tr("start locked"))
    if row.doubts[number]:
        said.append(tr("unsure"))
    if edge is not None:
        said.append(tr("at its end") if edge else tr("at its start"))
    return ", ".join(said)
