"""Edits of pieces as JSON text: what was done in the window by hand can be done by a script.

``{"format": "syncline-edits", "version": 1, "edits": [
{"do": "move", "tier": "words", "piece": 3, "end": false, "time": 1.25},
{"do": "split", "tier": "words", "time": 2.5, "labels": ["ice", "cream"]},
{"do": "merge", "tier": "changes", "piece": 4},
{"do": "relabel", "tier": "labels", "piece": 12, "label": "ə"},
{"do": "insert", "tier": "words", "start": 3.1, "end": 3.4, "label": "the"},
{"do": "remove", "tier": "words", "piece": 7},
{"do": "lock", "tier": "words", "piece": 2, "end": null, "on": true},
{"do": "transcript", "words": ["ice", {"text": "42", "labels": ["f", "ɔ"]}]},
{"do": "add_tier", "name": "notes", "points": false}, {"do": "rename_tier", "name": "notes", "to": "remarks"},
{"do": "remove_tier", "name": "remarks"},
{"do": "take_tiers", "tiers": [{"name": "scenes", "points": false, "segments": [{"start": 0, "end": 2, "label": "a"}]}]}
]}``

Pieces are numbered from 0 as they stand when the edit is done; instead of `piece` there may be `at`, seconds within it.
Edits are done one after the other. A file may also be the bare list.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from ..errors import ParameterError
from ..model.recordings import NamedSegments, Recording, Word
from ..model.segments import Segment, Tier, Tiers
from . import pieces
from ._piece_tools import after
from .pieces import Edit

__all__ = ["FORMAT", "VERSION", "Written", "dumps", "loads"]

FORMAT, VERSION = "syncline-edits", 1
_MOST = 100_000
"""Edits that a file may hold; more are not a person's work."""

_KINDS: dict[str, type[Any]] = {
    "move": pieces.Move,
    "split": pieces.Split,
    "merge": pieces.Merge,
    "relabel": pieces.Relabel,
    "insert": pieces.Insert,
    "remove": pieces.Remove,
    "lock": pieces.Lock,
    "transcript": pieces.Transcript,
    "add_tier": pieces.AddTier,
    "remove_tier": pieces.RemoveTier,
    "rename_tier": pieces.RenameTier,
    "take_tiers": pieces.TakeTiers,
}


@dataclass(frozen=True)
class Written:
    """An edit as a file has it.

    Attributes
    ----------
    at
        Seconds within the piece that is meant, or None: the number in `edit` says it.
    """

    edit: Edit
    at: float | None = None

    def meant(self, recording: Recording, segments: NamedSegments | None) -> Edit:
        """The edit of the piece that lies there now.

        Raises
        ------
        ParameterError
            None does.
        """
        if self.at is None or not hasattr(self.edit, "piece"):
            return self.edit
        name: str = getattr(self.edit, "tier")  # noqa: B009
        found = None if segments is None else segments.tiers.tier(name)
        tier = found or next((t for t in recording.own if t.name == name), None)
        piece = -1 if tier is None else after(tier, self.at) - 1
        if tier is None or piece < 0 or self.at > tier.segments[piece].end:
            raise ParameterError(f"There is no piece at {self.at:g} s in a tier “{name}”.")
        return dataclasses.replace(cast("Any", self.edit), piece=piece)


def dumps(edits: Sequence[Edit]) -> str:
    """Write edits as text; `loads` gives them back equal."""
    items = [_plain(edit) for edit in edits]
    lines = ",\n".join(" " + json.dumps(item, allow_nan=False, ensure_ascii=False) for item in items)
    return f'{{"format": "{FORMAT}", "version": {VERSION}, "edits": [\n{lines}\n]}}\n'


def _plain(edit: Edit) -> dict[str, Any]:
    item: dict[str, Any] = {"do": next(name for name, kind in _KINDS.items() if isinstance(edit, kind))}
    for f in dataclasses.fields(edit):
        value = getattr(edit, f.name)
        if f.default is not dataclasses.MISSING and value == f.default:
            continue
        if isinstance(edit, pieces.Transcript):
            value = [w.text if w.labels is None else {"text": w.text, "labels": list(w.labels)} for w in edit.words]
        elif isinstance(value, Tiers):
            value = [
                {
                    "name": t.name,
                    "points": t.points,
                    "segments": [{"start": s.start, "end": s.end, "label": s.label} for s in t.segments],
                }
                for t in value.tiers
            ]
        item[f.name] = value
    return item


def loads(text: str) -> list[Written]:
    """Read edits from text.

    Raises
    ------
    ParameterError
        One sentence: what is wrong and where in the file.
    """

    def refuse(word: str) -> NoReturn:
        raise ParameterError(f"The file of edits holds {word}, which is not a number; mend it.")

    try:
        document = json.loads(text, parse_constant=refuse)
    except ParameterError:  # a ValueError too
        raise
    except RecursionError:
        raise ParameterError("The file of edits is nested too deeply to be one.") from None
    except json.JSONDecodeError as error:
        raise ParameterError(f"The file of edits is not valid JSON: {error.msg} in line {error.lineno}.") from None
    except ValueError:
        raise ParameterError("The file of edits holds a number that is too long.") from None
    items: Any = document
    if isinstance(document, dict):
        fields = cast("dict[str, Any]", document)
        if fields.get("format") != FORMAT:
            raise ParameterError(f"This is not a file of edits; one says “format”: “{FORMAT}”, or is a list.")
        version = fields.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ParameterError("The file of edits does not say its version.")
        if version > VERSION:
            raise ParameterError(
                f"The file of edits has version {version}; this program reads up to {VERSION}. Update it."
            )
        items = fields.get("edits")
    if not isinstance(items, list) or len(cast("list[Any]", items)) > _MOST:
        raise ParameterError("The file of edits must hold a list of edits.")
    return [_read(item, f"edit {k + 1}") for k, item in enumerate(cast("list[Any]", items))]


def _read(item: Any, where: str) -> Written:
    if not isinstance(item, dict):
        raise _wrong(where, "it must be an object with named fields")
    fields = dict(cast("dict[str, Any]", item))
    name = fields.pop("do", None)
    if not isinstance(name, str) or name not in _KINDS:
        raise _wrong(where, f"“do” must be one of {', '.join(_KINDS)}")
    kind = _KINDS[name]
    at = _number(fields.pop("at"), where, "at") if "at" in fields else None
    known = {f.name: f for f in dataclasses.fields(kind)}
    if "piece" in known and at is not None:
        fields.setdefault("piece", 0)
    values: dict[str, Any] = {}
    for key, f in known.items():
        if key in fields:
            values[key] = _value(kind, key, fields.pop(key), where)
        elif f.default is dataclasses.MISSING:
            raise _wrong(where, f"“{key}” is missing")
    if fields:
        raise _wrong(where, f"“{next(iter(fields))}” is unknown; {name} has {', '.join(known)}")
    return Written(kind(**values), at)


def _value(kind: type[Any], key: str, value: Any, where: str) -> Any:
    if key in ("time", "start") or (key == "end" and kind is pieces.Insert):
        return _number(value, where, key)
    if key == "piece":
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9:
            return value
        raise _wrong(where, "“piece” must be a number of a piece, 0 for the first")
    if key in ("on", "points", "alone", "end"):
        if isinstance(value, bool) or (value is None and kind is pieces.Lock and key == "end"):
            return value
        raise _wrong(where, f"“{key}” must be true or false")
    if key == "labels":
        if value is None:
            return None
        found = tuple(_text(x, where, key) for x in cast("list[Any]", value)) if isinstance(value, list) else ()
        if len(found) != 2:
            raise _wrong(where, "“labels” must be two texts")
        return found
    if key == "words":
        return tuple(_word(x, where) for x in _list(value, where, key))
    if key == "tiers":
        return Tiers(tuple(_tier(x, where) for x in _list(value, where, key)))
    return _text(value, where, key)


def _word(value: Any, where: str) -> Word:
    if not isinstance(value, dict):
        return Word(_text(value, where, "words"))
    fields = cast("dict[str, Any]", value)
    labels = fields.get("labels")
    spelled = None if labels is None else tuple(_text(x, where, "labels") for x in _list(labels, where, "labels"))
    return Word(_text(fields.get("text"), where, "text"), spelled)


def _tier(value: Any, where: str) -> Tier:
    if not isinstance(value, dict):
        raise _wrong(where, "“tiers” must be objects with named fields")
    fields = cast("dict[str, Any]", value)
    found: list[Segment] = []
    for s in _list(fields.get("segments", []), where, "segments"):
        if not isinstance(s, dict):
            raise _wrong(where, "“segments” must be objects with named fields")
        one = cast("dict[str, Any]", s)
        start = _number(one.get("start"), where, "start")
        found.append(Segment(start, _number(one.get("end"), where, "end"), _text(one.get("label", ""), where, "label")))
    return Tier(_text(fields.get("name"), where, "name"), tuple(found), fields.get("points") is True)


def _list(value: Any, where: str, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(where, f"“{key}” must be a list")
    return cast("list[Any]", value)


def _text(value: Any, where: str, key: str) -> str:
    if not isinstance(value, str):
        raise _wrong(where, f"“{key}” must be text")
    # A lone surrogate is legal in JSON but can be stored nowhere.
    return value.encode("utf-8", "replace").decode("utf-8")


def _number(value: Any, where: str, key: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e12 and math.isfinite(value):
        return float(value)
    raise _wrong(where, f"“{key}” must be a finite number of seconds")


def _wrong(where: str, what: str) -> ParameterError:
    return ParameterError(f"In the file of edits, {where}: {what}.")
