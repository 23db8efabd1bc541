"""One file, one method: how the families of syncline find their members.

A family (features, warp solvers, exporters) is a folder with a `Registry`. Each member is one file with a
frozen parameters dataclass, and a function or class under ``@register(...)``. The registry imports
every file of its folder, then the entry points of its group; one that fails to load is recorded in
`Registry.failures` and shown, never fatal.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import math
import pkgutil
import threading
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .errors import ParameterError

__all__ = ["Method", "Registry", "build", "choice", "describe", "number", "parse_value", "switch", "text"]

T = TypeVar("T")


def number(
    default: float | int | None,
    label: str,
    help: str = "",
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    advanced: bool = False,
    needs: tuple[str, tuple[str, ...]] | None = None,
) -> Any:
    """Dataclass field for a number; the recipe panel and the command line are drawn from it.

    `needs` names another field, and the values of it under which this one does anything.
    """
    meta = {"label": label, "help": help, "low": low, "high": high, "unit": unit, "advanced": advanced}
    return dataclasses.field(default=default, metadata=meta | ({"needs": [needs[0], list(needs[1])]} if needs else {}))


def choice(
    default: str,
    choices: Sequence[str],
    label: str,
    help: str = "",
    advanced: bool = False,
) -> Any:
    """Dataclass field for one of several words."""
    meta = {"label": label, "help": help, "choices": tuple(choices), "advanced": advanced}
    return dataclasses.field(default=default, metadata=meta)


def switch(default: bool, label: str, help: str = "", advanced: bool = False) -> Any:
    """Dataclass field for yes or no."""
    return dataclasses.field(default=default, metadata={"label": label, "help": help, "advanced": advanced})


def text(default: str, label: str, help: str = "", advanced: bool = False, named: bool = False) -> Any:
    """Dataclass field for free text; if `named`, it stands for something whose name is shown instead."""
    known = {"label": label, "help": help, "advanced": advanced}
    return dataclasses.field(default=default, metadata=known | ({"named": True} if named else {}))


@dataclass(frozen=True)
class Method(Generic[T]):
    """A registered member of a family.

    Attributes
    ----------
    name
        The word used on the command line and in project files.
    title
        What a person reads.
    params
        The frozen dataclass of its parameters; every field has a default and metadata made by `number`,
        `choice`, `switch` or `text`.
    call
        The function or class itself; each family's ``__init__`` says its signature.
    kinds
        Media kinds it works on (subset of ``{"video", "audio", "features"}``), or for exporters the suffixes.
    version
        Raised whenever the same input gives a different output; part of cache keys.
    """

    name: str
    title: str
    params: type[Any]
    call: T
    kinds: frozenset[str]
    version: int
    help: str

    def filled(self, params: Any = None) -> Any:
        """Parameters with nothing left open, from None, a dict, or a parameters object, which is taken as it is.

        Raises
        ------
        ParameterError
            Neither of these, or what `build` refuses.
        """
        if params is None or isinstance(params, Mapping):
            return build(self.params, params)
        if not isinstance(params, self.params):
            raise ParameterError(f"The parameters of {self.name} must be a dict or {self.params.__name__}.")
        return params


def describe(params: type[Any]) -> list[dict[str, Any]]:
    """Return one dict a parameter: name, type, default, label, help, and what else `number` and the like were told."""
    hints = typing.get_type_hints(params)
    return [
        {"name": f.name, "type": hints[f.name], "default": f.default, **f.metadata} for f in dataclasses.fields(params)
    ]


def parse_value(hint: Any, word: str) -> Any:
    """Turn a word of the command line into a value of the annotated type."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = [k for k in typing.get_args(hint) if k is not type(None)]
        if word.lower() in ("", "none", "auto") and type(None) in typing.get_args(hint):
            return None
        return parse_value(kinds[0], word)
    if hint is bool:
        if word.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
            raise ParameterError(f"“{word}” is not yes or no.")
        return word.lower() in ("1", "true", "yes", "on")
    if hint in (int, float):
        try:
            return hint(word)
        except ValueError:
            raise ParameterError(f"“{word}” is not a number.") from None
    return word


def build(params: type[Any], values: Mapping[str, Any] | None = None) -> Any:
    """Make a parameters object from plain values, checking names, types, ranges and choices.

    Raises
    ------
    ParameterError
        Unknown name, wrong type, out of range, or not one of the choices.
    """
    values = dict(values or {})
    checked: dict[str, Any] = {}
    for d in describe(params):
        name, hint = d["name"], d["type"]
        if name not in values:
            continue
        value = values.pop(name)
        if isinstance(value, str) and hint is not str:
            value = parse_value(hint, value)
        if isinstance(value, int) and not isinstance(value, bool) and hint is float:
            value = float(value)
        if d.get("choices") and value not in d["choices"]:
            raise ParameterError(f"{name} is “{value}”, but must be one of {', '.join(d['choices'])}.")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            low, high = d.get("low"), d.get("high")
            if math.isnan(value) or (low is not None and value < low) or (high is not None and value > high):
                span = f"from {low if low is not None else '−∞'} to {high if high is not None else '∞'}"
                raise ParameterError(f"{name} is {value}, but must be {span}.")
        checked[name] = value
    if values:
        known = ", ".join(f.name for f in dataclasses.fields(params)) or "none"
        raise ParameterError(f"Unknown parameter {', '.join(sorted(values))}; known parameters: {known}.")
    return params(**checked)


class Registry(Generic[T]):
    """The members of one family, found on first use.

    Parameters
    ----------
    package
        The folder that holds one file a member, as a dotted name.
    group
        Entry-point group of plugins; each entry point's value is a module that registers on import.
    noun
        What a member is called in messages, e.g. ``"feature"``.
    """

    def __init__(self, package: str, group: str, noun: str) -> None:
        self.package, self.group, self.noun = package, group, noun
        self.failures: dict[str, str] = {}
        self._methods: dict[str, Method[T]] = {}
        self._loaded = False
        self._lock = threading.RLock()

    def register(
        self,
        name: str,
        title: str,
        params: type[Any],
        kinds: Sequence[str] = (),
        version: int = 1,
    ) -> Callable[[T], T]:
        """Decorate the function or class that does the work."""

        def add(call: T) -> T:
            doc = (getattr(call, "__doc__", None) or "").strip().split("\n\n")[0].replace("\n", " ")
            self._methods[name] = Method(name, title, params, call, frozenset(kinds), version, doc)
            return call

        return add

    def _load(self) -> None:
        with self._lock:
            if self._loaded:
                return
            self._loaded = True
            package = importlib.import_module(self.package)
            names = [m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")]
            for name in sorted(names):
                importlib.import_module(f"{self.package}.{name}")
            for point in importlib.metadata.entry_points(group=self.group):
                try:
                    importlib.import_module(point.module)
                except Exception as error:  # noqa: BLE001  (a plugin may fail in any way; it must not stop the program)
                    self.failures[point.name] = f"{type(error).__name__}: {error}"

    def names(self, kind: str | None = None) -> list[str]:
        """Names in alphabetical order, those that work on media of `kind` only if one is given.

        Members whose name begins with an underscore are the program's own and offered to nobody.
        """
        self._load()
        return sorted(
            n for n, m in self._methods.items() if not n.startswith("_") and (kind is None or kind in m.kinds)
        )

    def __getitem__(self, name: str) -> Method[T]:
        self._load()
        try:
            return self._methods[name]
        except KeyError:
            raise ParameterError(f"There is no {self.noun} “{name}”; there are: {', '.join(self.names())}.") from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._methods
