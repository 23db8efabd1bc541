"""Constraints as JSON text, to be kept beside media, edited by hand and shared.

``{"format": "syncline-anchors", "version": 1,
"anchors": [{"a": 4.2, "b": 5.12, "kind": "warp" | "jump", "a_end": …, "b_end": …, "note": "…"}],
"locks": [{"times": [[a, b], …], "note": "…"}],
"forbidden": [{"a0": …, "a1": …, "b0": …, "b1": …, "note": "…"}]}``

Times are seconds on each medium's own clock. Lists may be missing; `kind` is "warp" and `note` empty unless given;
an end is only for jumps. Ids are not stored: they are given anew when a file is read.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn, cast

import numpy as np

from ..errors import ParameterError
from ..model import Constraints, Lock
from .constraints import add_anchor, forbid

__all__ = ["FORMAT", "VERSION", "dumps", "loads"]

FORMAT, VERSION = "syncline-anchors", 1
_MOST = 1_000_000
"""Numbers a file may hold; a larger one is not a person's work."""


def dumps(constraints: Constraints) -> str:
    """Write constraints as text; `loads` gives them back equal, ids apart."""
    anchors: list[dict[str, Any]] = []
    for k in constraints.anchors:
        item: dict[str, Any] = {"a": k.a, "b": k.b, "kind": k.kind}
        if k.kind == "jump":
            item |= {"a_end": k.end[0], "b_end": k.end[1]}
        anchors.append(_noted(item, k.note))
    document = {
        "format": FORMAT,
        "version": VERSION,
        "anchors": anchors,
        "locks": [_noted({"times": k.times.tolist()}, k.note) for k in constraints.locks],
        "forbidden": [_noted({"a0": k.a0, "a1": k.a1, "b0": k.b0, "b1": k.b1}, k.note) for k in constraints.forbidden],
    }
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def loads(text: str, first_id: int = 1) -> Constraints:
    """Read constraints from text; ids count from `first_id`.

    Raises
    ------
    ParameterError
        One sentence: what is wrong and where in the file.
    """

    def refuse(word: str) -> NoReturn:
        raise ParameterError(f"The anchor file holds {word}, which is not a number; mend it.")

    try:
        document = json.loads(text, parse_constant=refuse)
    except ParameterError:  # a ValueError too
        raise
    except RecursionError:
        raise ParameterError("The anchor file is nested too deeply to be one.") from None
    except json.JSONDecodeError as error:
        raise ParameterError(f"The anchor file is not valid JSON: {error.msg} in line {error.lineno}.") from None
    except ValueError:
        raise ParameterError("The anchor file holds a number that is too long.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ParameterError(f"This is not an anchor file; one says “format”: “{FORMAT}”.")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ParameterError("The anchor file does not say its version.")
    if version > VERSION:
        raise ParameterError(f"The anchor file has version {version}; this program reads up to {VERSION}. Update it.")
    c = Constraints(next_id=first_id)
    for where, item in _items(document, "anchors"):
        ends = {name: _number(item, name, where) for name in ("a_end", "b_end") if item.get(name) is not None}
        kind = item.get("kind", "warp")
        a, b, note = _number(item, "a", where), _number(item, "b", where), _note(item, where)
        try:
            c, _ = add_anchor(c, a, b, kind, **ends, note=note)
        except ParameterError as error:
            raise ParameterError(f"In the anchor file, {where}: {error}") from None
    locks: list[Lock] = []
    for where, item in _items(document, "locks"):
        rows = item.get("times")
        if not isinstance(rows, list) or not 0 < len(rows) <= _MOST:
            raise ParameterError(f"In the anchor file, {where}: “times” must be a list of pairs.")
        times = np.array([_pair(row, where) for row in cast("list[Any]", rows)])
        if (np.diff(times, axis=0) < 0).any():
            raise ParameterError(f"In the anchor file, {where}: the stretch goes back in time.")
        locks.append(Lock(c.next_id + len(locks), times, _note(item, where)))
    c = Constraints(c.anchors, tuple(locks), (), c.next_id + len(locks))
    for where, item in _items(document, "forbidden"):
        corners = [_number(item, name, where) for name in ("a0", "a1", "b0", "b1")]
        c = forbid(c, *corners, note=_note(item, where))
    return c


def _noted(item: dict[str, Any], note: str) -> dict[str, Any]:
    return item | {"note": note} if note else item


def _items(document: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    items = document.get(name, [])
    if not isinstance(items, list) or len(items) > _MOST:
        raise ParameterError(f"In the anchor file, “{name}” must be a list.")
    for k, item in enumerate(items):
        if not isinstance(item, dict):
            raise ParameterError(f"In the anchor file, item {k + 1} of “{name}” must be an object with named fields.")
    return [(f"item {k + 1} of “{name}”", cast("dict[str, Any]", item)) for k, item in enumerate(items)]


def _number(item: dict[str, Any], name: str, where: str) -> float:
    if name not in item:
        raise ParameterError(f"In the anchor file, {where}: “{name}” is missing.")
    return _finite(item[name], f"{where}: “{name}”")


def _finite(value: Any, where: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e12:
        number = float(value)
        if math.isfinite(number):
            return number
    raise ParameterError(f"In the anchor file, {where} must be a finite number of seconds.")


def _pair(row: Any, where: str) -> tuple[float, float]:
    if not isinstance(row, list) or len(cast("list[Any]", row)) != 2:
        raise ParameterError(f"In the anchor file, {where}: every entry of “times” must be a pair.")
    return _finite(row[0], where), _finite(row[1], where)


def _note(item: dict[str, Any], where: str) -> str:
    note = item.get("note", "")
    if not isinstance(note, str):
        raise ParameterError(f"In the anchor file, {where}: the note must be text.")
    # A lone surrogate is legal in JSON but can be stored nowhere.
    return note.encode("utf-8", "replace").decode("utf-8")
