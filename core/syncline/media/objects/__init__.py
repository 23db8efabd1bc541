"""Objects and captions that somebody marked: COCO JSON, YOLO txt, Flickr30k Entities and VOC XML, CSV, plain text.

One file a format. What a file says is about one picture or about many, found by name; paths in it are never followed
by themselves (`files.beside` says which may be). Boxes come in pixels of the picture as it is seen.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...errors import MediaError
from ...files import check_file, read_json, shown
from ...progress import Monitor
from . import coco, flickr30k, grounded, plain, table, yolo
from ._labelled import MOST_TEXT, Annotations, Labelled

__all__ = ["Annotations", "Labelled", "load_annotations"]


def load_annotations(
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    labels: Sequence[str] = (),
    monitor: Monitor | None = None,
) -> Annotations:
    """Read objects, captions or both from a file of any known format, which its ending and content tell.

    ========  ==================================================================================================
    ending    what it may be
    ========  ==================================================================================================
    .json     COCO instances, captions, detection results; captions with grounded phrases (``captions_boxes.json``)
    .xml      Flickr30k Entities boxes, Pascal VOC; a sentence file of the same name beside it, or in ``../Sentences``,
              is read too
    .txt      YOLO boxes (then `size` is needed); Flickr30k Entities sentences; captions, one a line
    .csv .tsv a header with names of columns: boxes, or pictures and captions
    ========  ==================================================================================================

    Parameters
    ----------
    size
        Width and height of the picture, for formats whose boxes are fractions of it.
    labels
        Names of the classes, for formats that number them.

    Raises
    ------
    MediaError
        The file can't be used; one sentence says why.
    """
    path, monitor = Path(os.path.abspath(os.fsdecode(path))), monitor or Monitor()  # noqa: PTH100
    suffix = path.suffix.lower()
    check_file(path)
    if suffix == ".json":
        found, notes = read_json(path, MOST_TEXT)
        reader = grounded if grounded.recognises(found) else coco
        return reader.read(path, found, labels, monitor).noting(notes)
    if suffix == ".xml":
        return flickr30k.read(path, monitor)
    if suffix in (".csv", ".tsv"):
        return table.read(path, monitor)
    if suffix == ".txt":
        return yolo.read(path, size, labels) if yolo.recognises(path) else plain.read(path)
    raise MediaError(f"“{shown(path)}” is no file of boxes or captions; choose a .json, .xml, .csv, .tsv or .txt file.")
