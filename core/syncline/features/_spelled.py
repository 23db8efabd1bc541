"""Feature recipes in their short form."""

from __future__ import annotations

import dataclasses

from ..model import FeatureRecipe

__all__ = ["spelled"]


def spelled(recipe: FeatureRecipe) -> str:
    """The short form of a recipe, which `_choice.parse` reads back: only parameters that differ from the defaults."""
    words: list[str] = []
    for term in recipe.terms:
        options: list[str] = []
        for field in dataclasses.fields(term.params) if term.params is not None else ():
            value = getattr(term.params, field.name)
            if value != field.default:
                options.append(f"{field.name}={'none' if value is None else value}")
        weight = "" if term.weight == 1 else f"{term.weight!r}*"
        words.append(weight + term.name + (":" + ",".join(options) if options else ""))
    return "+".join(words) + (f"@{recipe.components}" if recipe.components else "")
