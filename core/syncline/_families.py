"""Everything there is to choose from, family by family."""

from __future__ import annotations

from typing import Any

from .registry import Method, Registry, describe

__all__ = ["methods"]


def methods() -> dict[str, list[dict[str, Any]]]:
    """Every member of every family with its parameters, as plain values.

    Returns
    -------
    dict
        Keys ``features``, ``methods``, ``exporters``, ``segmenters``, and for pictures ``similarities``, ``matchers``,
        ``learners``, ``link_exporters``; each a list of dicts with name, title, help, kinds, version and params (name,
        type, default, label, help, low, high, unit, choices).
    """
    from .export import REGISTRY as EXPORTERS
    from .export.links import REGISTRY as LINK_EXPORTERS
    from .features import REGISTRY as FEATURES
    from .learning import REGISTRY as LEARNERS
    from .similarity import REGISTRY as SIMILARITIES
    from .solvers.match import REGISTRY as MATCHERS
    from .solvers.segment import REGISTRY as SEGMENTERS
    from .solvers.warp import REGISTRY as METHODS

    families: dict[str, Registry[Any]] = {
        "features": FEATURES,
        "methods": METHODS,
        "exporters": EXPORTERS,
        "segmenters": SEGMENTERS,
        "similarities": SIMILARITIES,
        "matchers": MATCHERS,
        "learners": LEARNERS,
        "link_exporters": LINK_EXPORTERS,
    }
    return {word: [_plain(family[name]) for name in family.names()] for word, family in families.items()}


def _plain(method: Method[Any]) -> dict[str, Any]:
    hints: list[dict[str, Any]] = []
    for field in describe(method.params):
        kind = field["type"]
        lists = {k: list(v) if isinstance(v, tuple) else v for k, v in field.items()}
        hints.append({**lists, "type": kind.__name__ if isinstance(kind, type) else str(kind)})
    return {
        "name": method.name,
        "title": method.title,
        "help": method.help,
        "kinds": sorted(method.kinds),
        "version": method.version,
        "params": hints,
    }
