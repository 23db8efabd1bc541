"""JSON nobody vouches for, read field by field."""

from __future__ import annotations

import json
import math
import re
from typing import Any, cast

__all__ = ["Damaged", "Record"]


class Damaged(Exception):
    """An item does not hold what it should."""


def _refuse(word: str) -> None:
    raise ValueError(word)


class Record:
    """A JSON object nobody vouches for, read field by field."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise Damaged
        self._value = cast("dict[str, object]", value)

    @classmethod
    def parse(cls, data: bytes) -> Record:
        """Read JSON bytes; no NaN, no infinity."""
        try:
            return cls(json.loads(data, parse_constant=_refuse))
        except (ValueError, RecursionError) as error:
            raise Damaged from error

    def names(self) -> tuple[str, ...]:
        """Of its fields."""
        return tuple(self._value)

    def get(self, name: str) -> object:
        """The field, None where it is missing."""
        return self._value.get(name)

    def number(self, name: str) -> float:
        """A finite float."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Damaged
        try:
            value = float(value)
        except OverflowError as error:
            raise Damaged from error
        if not math.isfinite(value):
            raise Damaged
        return value

    def maybe_number(self, name: str) -> float | None:
        """A finite float or None."""
        return None if self.get(name) is None else self.number(name)

    def loose_number(self, name: str) -> float:
        """A float that may be infinite or NaN, written as a word then."""
        value = self.get(name)
        if isinstance(value, str) and re.fullmatch("-?inf|nan", value):
            return float(value)
        return self.number(name)

    def loose_numbers(self, name: str) -> dict[str, float]:
        """Names and such floats."""
        inner = Record(self.get(name))
        return {key: inner.loose_number(key) for key in inner.names()}

    def whole(self, name: str, low: int = 0) -> int:
        """An int of at least `low` and below 2**63."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value < 1 << 63:
            raise Damaged
        return value

    def text(self, name: str) -> str:
        """A string."""
        value = self.get(name)
        if not isinstance(value, str):
            raise Damaged
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string or None."""
        return None if self.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.get(name)
        if not isinstance(value, bool):
            raise Damaged
        return value

    def list(self, name: str) -> list[Any]:
        """A list."""
        value = self.get(name)
        if not isinstance(value, list):
            raise Damaged
        return cast("list[Any]", value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Strings."""
        value = self.list(name)
        if not all(isinstance(v, str) for v in value):
            raise Damaged
        return tuple(value)

    def plain(self, name: str) -> dict[str, Any]:
        """Names and scalars."""
        value = self.get(name)
        if not isinstance(value, dict):
            raise Damaged
        inner = Record(value)
        for key, entry in inner._value.items():
            if isinstance(entry, (int, float)) and not isinstance(entry, bool):
                inner.number(key)
        return dict(inner._value)
