"""Media, paths, anchors and errors from plain parts; `codec` writes them.

Every function raises `Damaged` for what is not whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..model import Anchor, AudioStream, Errors, Forbidden, Lock, Sequence, VideoStream, WarpingPath
from .record import Damaged, Record

__all__ = [
    "ReadArray",
    "read_anchor",
    "read_audio",
    "read_errors",
    "read_forbidden",
    "read_lock",
    "read_path",
    "read_sequence",
    "read_video",
]

ReadArray = Callable[[Record, str, str, "int | None"], "NDArray[Any]"]
"""``array(record, field, kinds, columns)``: read-only, of NumPy kinds such as ``"fi"``, one axis for None, 0: any."""


# -- media ----------------------------------------------------------------------------------------


def read_video(outer: Record, array: ReadArray) -> VideoStream | None:
    """The pictures of a medium, None where it has none."""
    if outer.get("video") is None:
        return None
    r = Record(outer.get("video"))
    times, pts, keys = array(r, "times", "f", None), array(r, "pts", "i", None), array(r, "keys", "i", None)
    base = r.list("time_base")
    if len(times) < 1 or len(pts) != len(times) or len(base) != 2 or (times[1:] <= times[:-1]).any():
        raise Damaged
    if not all(isinstance(v, int) and 0 < v < 1 << 31 for v in base) or r.whole("rotation") not in (
        0,
        90,
        180,
        270,
    ):
        raise Damaged
    return VideoStream(
        r.whole("index", -1),
        r.text("codec"),
        r.whole("width", 1),
        r.whole("height", 1),
        times,
        r.number("last_duration"),
        r.number("rate"),
        r.flag("varies"),
        r.whole("rotation"),
        r.flag("mirrored"),
        r.whole("bit_depth", 1),
        r.number("start"),
        pts,
        keys,
        (base[0], base[1]),
    )


def read_audio(outer: Record) -> AudioStream | None:
    """The sound of a medium, None where it has none."""
    if outer.get("audio") is None:
        return None
    r = Record(outer.get("audio"))
    return AudioStream(
        r.whole("index", -1),
        r.text("codec"),
        r.whole("rate", 1),
        r.whole("channels", 1),
        r.whole("samples"),
        r.number("start"),
    )


def read_sequence(outer: Record, array: ReadArray) -> Sequence | None:
    """The rows of a feature file, None for any other medium."""
    if outer.get("sequence") is None:
        return None
    r = Record(outer.get("sequence"))
    times = array(r, "times", "f", None)
    if len(times) < 1 or (times[1:] <= times[:-1]).any():
        raise Damaged
    return Sequence(times, r.whole("channels", 1), r.texts("names"), r.text("key"), r.flag("explicit_times"))


# -- alignments -----------------------------------------------------------------------------------


def read_path(r: Record, array: ReadArray) -> WarpingPath:
    """A path; raises `ParameterError` too, where its numbers are whole but make no path."""
    pairs = array(r, "pairs", "i", 2).astype(np.intp, copy=False)
    breaks = None
    if r.get("breaks") is not None:
        breaks = array(r, "breaks", "i", None).astype(np.intp, copy=False)
        ends = np.r_[-1, breaks, len(pairs) - 1]
        if len(breaks) and (ends[1:] <= ends[:-1]).any():
            raise Damaged
    a_times, b_times = array(r, "a_times", "f", None), array(r, "b_times", "f", None)
    views = None
    if r.get("a_view") is not None:
        # What canonical time warping found cannot be told from the features alone.
        a, b = (array(r, f"{n}_view", "f", 0) for n in "ab")
        if (len(a), len(b)) != (len(a_times), len(b_times)) or a.shape[1] != b.shape[1]:
            raise Damaged
        if not all((np.abs(v) <= np.finfo(np.float32).max).all() for v in (a, b)):
            raise Damaged
        a, b = a.astype(np.float32), b.astype(np.float32)
        for side in (a, b):
            side.setflags(write=False)
        views = a, b
    cost, normalised = r.number("cost"), r.maybe_number("normalised")
    return WarpingPath(pairs, a_times, b_times, cost, normalised, breaks, views=views)


def read_anchor(r: Record) -> Anchor:
    """An anchor, with its other end if it is a jump."""
    kind = r.text("kind")
    if kind not in ("warp", "jump"):
        raise Damaged
    a_end, b_end = r.maybe_number("a_end"), r.maybe_number("b_end")
    word: Literal["warp", "jump"] = "jump" if kind == "jump" else "warp"
    return Anchor(r.whole("id"), r.number("a"), r.number("b"), word, a_end, b_end, r.text("note"))


def read_lock(r: Record, array: ReadArray) -> Lock:
    """A locked stretch, whose times never fall."""
    times = array(r, "times", "f", 2)
    if not len(times) or (times[1:] < times[:-1]).any():
        raise Damaged
    return Lock(r.whole("id"), times, r.text("note"))


def read_forbidden(r: Record) -> Forbidden:
    """A forbidden zone."""
    sides = [r.number(n) for n in ("a0", "a1", "b0", "b1")]
    return Forbidden(r.whole("id"), *sides, note=r.text("note"))


def read_errors(value: object) -> Errors | None:
    """Errors against a truth, None where none was known."""
    if value is None:
        return None
    r = Record(value)
    within: dict[str, float] = {}
    for entry in r.list("within"):
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
            raise Damaged
        within[entry[0]] = Record({"share": entry[1]}).number("share")
    return Errors(
        r.whole("count"),
        r.number("mean_ms"),
        r.number("median_ms"),
        r.number("p90_ms"),
        r.number("max_ms"),
        r.maybe_number("mean_frames"),
        r.maybe_number("median_frames"),
        r.maybe_number("p90_frames"),
        within,
    )
