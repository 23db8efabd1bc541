"""Known correspondences of two media from a table."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import shown
from ..model.media import Media, Truth
from ._tables import TextTable, read_text_table, words

__all__ = ["load_truth"]

_FRAME_WORDS = {"frame", "frames"}
_TIME_WORDS = {"s", "sec", "secs", "second", "seconds", "time", "times", "timestamp", "timestamps"}
_MILLI_WORDS = {"ms", "msec", "millisecond", "milliseconds"}
_A_WORDS, _B_WORDS = {"a", "query"}, {"b", "reference", "ref"}
_BEYOND = 1.0
"""Seconds a truth may lie outside a medium (a rendering's tail, say) before it is taken for that of another file."""


def load_truth(path: str | os.PathLike[str], a: Media, b: Media, *, swap: bool = False) -> Truth:
    """Read a csv or tsv file of pairs that belong together.

    With a header, two columns are taken: times in seconds (a word such as ``time``, ``s``, ``ms`` in the name)
    or else frame numbers (``frame``), counted from 0 and mapped by each medium's own frame times. Which is A's is
    told by ``a``/``b`` in the names, or by a word that only one of the two file names has; else the first column
    is A's. Two columns without a header are seconds, A first.

    Parameters
    ----------
    swap
        Exchange the two columns in the end.

    Returns
    -------
    Truth
        In the order of A's times.

    Raises
    ------
    MediaError
        No such two columns, a row without numbers, or places that the media do not have.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 — resolve() would follow links
    table = read_text_table(path)
    first, second, unit = _columns(path, table)
    if table.names and _swapped(table.names[first], table.names[second], a, b):
        first, second = second, first
    if swap:
        first, second = second, first
    times = np.column_stack([_seconds(path, table, first, unit, a), _seconds(path, table, second, unit, b)])
    times = times[np.argsort(times[:, 0], kind="stable")]
    times.setflags(write=False)
    return Truth(times, shown(path))


def _columns(path: Path, table: TextTable) -> tuple[int, int, str]:
    """The two columns and their unit: ``"frames"``, ``"s"`` or ``"ms"``."""
    width = max(len(r) for r in table.rows)
    if not table.names:
        if width != 2:
            raise MediaError(f"“{shown(path)}” has {width} columns and no header; a truth needs two columns.")
        return 0, 1, "s"
    named = [words(n) for n in table.names]
    milli = [i for i, w in enumerate(named) if w & _MILLI_WORDS]
    times = [i for i, w in enumerate(named) if w & _TIME_WORDS and i not in milli]
    frames = [i for i, w in enumerate(named) if w & _FRAME_WORDS]
    for found, unit in ((times, "s"), (milli, "ms"), (frames, "frames")):
        if len(found) == 2:
            return found[0], found[1], unit
    if not (times or milli or frames) and len(table.names) == 2:
        return 0, 1, "s"
    raise MediaError(
        f"“{shown(path)}” has the columns {', '.join(table.names)}; a truth needs just two with times "
        "(for example a_time, b_time) or two with frames (a_frame, b_frame)."
    )


def _swapped(first: str, second: str, a: Media, b: Media) -> bool:
    """True if the first column is B's by its name."""
    x, y = words(first), words(second)
    x, y = x - y, y - x
    told = bool(x & _A_WORDS) + bool(y & _B_WORDS) - bool(x & _B_WORDS) - bool(y & _A_WORDS)
    if told:
        return told < 0
    in_a, in_b = words(a.path.stem), words(b.path.stem)
    in_a, in_b = in_a - in_b, in_b - in_a
    return len(x & in_a) + len(y & in_b) < len(x & in_b) + len(y & in_a)


def _seconds(path: Path, table: TextTable, column: int, unit: str, media: Media) -> NDArray[np.float64]:
    numbers = np.array([table.number(r, column) for r in range(len(table.rows))])

    def where(row: int) -> str:
        return f"row {row + 1} (line {table.lines[row]})"

    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise MediaError(f"“{shown(path)}” has no number in {where(int(bad[0]))}; mend it.")
    if unit != "frames":
        times = numbers / 1000 if unit == "ms" else numbers
        far = np.flatnonzero((times < -_BEYOND) | (times > media.duration + _BEYOND))
        if len(far):
            raise MediaError(
                f"“{shown(path)}” names {times[far[0]]:g} s in {where(int(far[0]))}, but “{shown(media.path)}” lasts "
                f"{media.duration:.2f} s; is it the truth of these two files, or are the sides exchanged?"
            )
        return times
    clock = media.frame_times
    if clock is None:
        raise MediaError(f"“{shown(path)}” counts frames, but “{shown(media.path)}” has none; give times in seconds.")
    far = np.flatnonzero((numbers < 0) | (numbers >= len(clock)) | (numbers != np.rint(numbers)))
    if len(far):
        raise MediaError(
            f"“{shown(path)}” names frame {numbers[far[0]]:g} in {where(int(far[0]))}, but “{shown(media.path)}” has "
            f"frames 0 to {len(clock) - 1}; is it the truth of these two files, or are the sides exchanged?"
        )
    return clock[numbers.astype(np.intp)]
