"""Lists of labels in files: names of the columns of emissions, tokens of an acoustic model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from .errors import MediaError
from .files import read_json, read_text, shown

__all__ = ["blank_among", "load_labels"]

_BLANKS = ("<blank>", "<blk>", "[blank]", "<eps>", "ø", "∅", "<pad>", "[PAD]", "_", "-", "")
_MOST = 16 << 20


def blank_among(labels: Sequence[str]) -> int:
    """Which label is the blank, by the usual names; the first one if none is."""
    return next((labels.index(b) for b in _BLANKS if b in labels), 0)


def load_labels(file: str | os.PathLike[str]) -> tuple[str, ...]:
    """Read a list of labels: one a line, or JSON, a list or the dict of names to numbers of a tokenizer.

    Raises
    ------
    MediaError
        It is no such list; one sentence.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 — resolve() would follow links
    if path.suffix.lower() == ".json":
        found, _ = read_json(path, _MOST)
        if isinstance(found, dict) and all(type(v) is int for v in found.values()):
            if sorted(found.values()) != list(range(len(found))):
                raise MediaError(f"“{shown(path)}” numbers its {len(found)} labels otherwise than 0, 1, 2, …; mend it.")
            found = sorted(found, key=lambda name: found[name])
        if not isinstance(found, list) or not all(isinstance(v, str) for v in found) or not found:
            raise MediaError(f"“{shown(path)}” holds no list of labels; name a list, or names with their numbers.")
        return tuple(found)
    text, _ = read_text(path, _MOST, "choose another file")
    lines = text.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    # Some lists number their labels.
    numbered = [line.rsplit(maxsplit=1) for line in lines]
    if lines and all(len(c) == 2 and c[1] == str(k) for k, c in enumerate(numbered)):
        lines = [c[0] for c in numbered]
    if not lines:
        raise MediaError(f"“{shown(path)}” holds no labels; write one on each line.")
    return tuple(lines)
