"""CSV and TSV with a header: boxes by corners or by corner and size, or captions, of one picture or of many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import MediaError
from ...files import shown
from ...model import Caption
from ...progress import Monitor
from .._tables import read_text_table
from ._labelled import Annotations, Collector, label_of

__all__ = ["read"]

_NAMES = {
    "picture": "picture image file filename file_name image_name path image_path image_id",
    "label": "label class name category class_name object",
    "caption": "caption sentence text comment",
    "score": "score confidence conf probability",
    "x0": "x0 x1 xmin x_min left x",
    "y0": "y0 y1 ymin y_min top y",
    "x1": "x1 x2 xmax x_max right",
    "y1": "y1 y2 ymax y_max bottom",
    "w": "w width bbox_width box_width",
    "h": "h height bbox_height box_height",
}
_ESCAPED = ("'=", "'+", "'-", "'@", "'\t", "'\r")


def read(path: Path, monitor: Monitor) -> Annotations:
    """Read a table. Column names may be those of `_NAMES`; x1 and y1 are the first corner where there is an x2.

    Raises
    ------
    MediaError
        The header has neither boxes nor captions, or a row has no numbers where a box should be.
    """
    table = read_text_table(path, monitor)
    columns = _columns(table.names)
    corners, sized = _both(columns, "x0 y0 x1 y1"), _both(columns, "x0 y0 w h")
    if corners is None and sized is None and "caption" not in columns:
        raise MediaError(
            f"“{shown(path)}” has no columns for boxes (label, x0, y0, x1, y1) or captions (picture, caption); "
            "name them in its first row."
        )
    collector = Collector(path)
    for k in range(len(table.rows)):
        if k % 4096 == 0:
            monitor.advance(k, len(table.rows))
        picture = label_of(_cell(table.rows[k], columns.get("picture")))
        if "caption" in columns:
            # Flickr8k numbers the captions of a picture behind its name.
            collector.caption(picture.split("#")[0], Caption(0, label_of(_cell(table.rows[k], columns["caption"]))))
            continue
        where = corners or sized
        assert where is not None
        a, b, c, d = (table.number(k, n) for n in where)
        score = table.number(k, columns["score"]) if "score" in columns else None
        box = (a, b, c, d) if corners else (a, b, a + c, b + d)
        collector.box(picture, label_of(_cell(table.rows[k], columns.get("label"))), box, score)
    return collector.done(*table.notes)


def _columns(names: Sequence[str]) -> dict[str, int]:
    known = [n.strip().lower().replace(" ", "_") for n in names]
    found: dict[str, int] = {}
    # With x2 about, x1 is the first corner.
    two = "x2" in known
    for meaning, words in _NAMES.items():
        choices = words.split()
        if meaning in ("x0", "y0") and not two:
            choices.remove(meaning[0] + "1")
        if meaning in ("x1", "y1") and two:
            choices.remove(meaning)
        place = next((known.index(w) for w in choices if w in known), None)
        if place is not None:
            found[meaning] = place
    return found


def _both(columns: dict[str, int], names: str) -> tuple[int, ...] | None:
    wanted = names.split()
    return tuple(columns[n] for n in wanted) if all(n in columns for n in wanted) else None


def _cell(row: Sequence[str], column: int | None) -> str:
    cell = row[column] if column is not None and column < len(row) else ""
    # What our own export put before a cell that a spreadsheet would take for a formula.
    return cell[1:] if cell.startswith(_ESCAPED) else cell
