"""Syncline: lay two recordings onto each other, see how they align, correct the path, export the result.

>>> import syncline as sl
>>> pair = sl.open_pair("a.mp4", "b.mp4")
>>> al = sl.align(pair)
>>> sl.export(al, "path.csv")
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .errors import (
        Cancelled,
        ExportError,
        Infeasible,
        MediaError,
        OverBudget,
        ParameterError,
        ProjectError,
        SynclineError,
    )
    from .model import (
        Alignment,
        Anchor,
        Constraints,
        Errors,
        FeatureRecipe,
        Features,
        FeatureTerm,
        Forbidden,
        LocalCost,
        Lock,
        Media,
        Pair,
        Recipe,
        Session,
        Truth,
        WarpingPath,
    )
    from .pipeline import align, export, extract, open_media, open_pair, realign
    from .progress import Monitor
    from .project import load_project, save_project

# Names are imported when first used, so that "import syncline" stays under a tenth of a second.
_HOMES = {
    "errors": "Cancelled ExportError Infeasible MediaError OverBudget ParameterError ProjectError SynclineError",
    "model": "Alignment Anchor Constraints Errors FeatureRecipe FeatureTerm Features Forbidden LocalCost Lock "
    "Media Pair Recipe Session Truth WarpingPath",
    "pipeline": "align export extract open_media open_pair realign",
    "progress": "Monitor",
    "project": "load_project save_project",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Alignment",
    "Anchor",
    "Cancelled",
    "Constraints",
    "Errors",
    "ExportError",
    "FeatureRecipe",
    "FeatureTerm",
    "Features",
    "Forbidden",
    "Infeasible",
    "LocalCost",
    "Lock",
    "Media",
    "MediaError",
    "Monitor",
    "OverBudget",
    "Pair",
    "ParameterError",
    "ProjectError",
    "Recipe",
    "Session",
    "SynclineError",
    "Truth",
    "WarpingPath",
    "__version__",
    "align",
    "export",
    "extract",
    "load_project",
    "open_media",
    "open_pair",
    "realign",
    "save_project",
]


class _Package(ModuleType):
    """`export` names a function and a folder: importing the folder must not take the function's place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
