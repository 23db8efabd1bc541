"""Syncline: lay two recordings onto each other, see how they align, correct the path, export the result.

>>> import syncline as sl
>>> pair = sl.open_pair("a.mp4", "b.mp4")
>>> al = sl.align(pair)
>>> sl.export(al, "path.csv")

And the objects in a picture onto the words of its captions:

>>> scene = sl.detect(sl.open_scene("dogs.jpg", ["A small brown dog and a person with red shoes."]))
>>> sl.export_match(sl.match(scene), "links.json")
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ._correcting import Correction, learn_metric
    from ._encoding import learn_embedding, learned_recipe
    from ._rivals import MethodTrial, NextStep, try_methods, what_next
    from ._together import Together, align_many, save_together
    from .comparison import compare, evaluate, export_comparison
    from .confidence import check_next, confidence, verdict
    from .embedding import Encoder, load_encoder, save_encoder
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
    from .extraction import keypoints
    from .jumps import apply_jumps, propose_jumps
    from .learning import Scorer, load_scorer, save_scorer
    from .matching import (
        detect,
        export_match,
        find_regions,
        judge,
        learn,
        lessons_of,
        look,
        match,
        open_scene,
        open_scenes,
        rematch,
    )
    from .model import (
        Alignment,
        Anchor,
        Box,
        Caption,
        Constraints,
        Errors,
        FeatureRecipe,
        Features,
        FeatureTerm,
        Forbidden,
        LinkConstraints,
        LocalCost,
        Lock,
        MatchRecipe,
        Media,
        NamedSegments,
        Pair,
        Recipe,
        Recording,
        Scene,
        SceneMatch,
        SceneObject,
        SegmentRecipe,
        Session,
        SimilarityTerm,
        Truth,
        WarpingPath,
        Word,
    )
    from .pipeline import align, export, extract, open_media, open_pair, realign
    from .progress import Monitor
    from .project import load_project, save_project
    from .recutting import edit_segments, open_recording, prepare, resolve, solve
    from .segmentation import judge_tiers, load_emissions, segment, segment_speech, spell
    from .tiers import Segment, Tier, Tiers, carry, load_tiers, save_tiers

# Names are imported when first used, so that "import syncline" stays under a tenth of a second.
_HOMES = {
    "_correcting": "Correction learn_metric",
    "_encoding": "learn_embedding learned_recipe",
    "_rivals": "MethodTrial NextStep try_methods what_next",
    "_together": "Together align_many save_together",
    "comparison": "compare evaluate export_comparison",
    "confidence": "check_next confidence verdict",
    "embedding": "Encoder load_encoder save_encoder",
    "extraction": "keypoints",
    "jumps": "apply_jumps propose_jumps",
    "errors": "Cancelled ExportError Infeasible MediaError OverBudget ParameterError ProjectError SynclineError",
    "learning": "Scorer load_scorer save_scorer",
    "matching": "detect export_match find_regions judge learn lessons_of look match open_scene open_scenes rematch",
    "model": "Alignment Anchor Box Caption Constraints Errors FeatureRecipe FeatureTerm Features Forbidden "
    "LinkConstraints LocalCost Lock MatchRecipe Media NamedSegments Pair Recipe Recording Scene SceneMatch SceneObject "
    "SegmentRecipe Session SimilarityTerm Truth WarpingPath Word",
    "pipeline": "align export extract open_media open_pair realign",
    "progress": "Monitor",
    "project": "load_project save_project",
    "recutting": "edit_segments open_recording prepare resolve solve",
    "segmentation": "judge_tiers load_emissions segment segment_speech spell",
    "tiers": "Segment Tier Tiers carry load_tiers save_tiers",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Alignment",
    "Anchor",
    "Box",
    "Cancelled",
    "Caption",
    "Constraints",
    "Correction",
    "Encoder",
    "Errors",
    "ExportError",
    "FeatureRecipe",
    "FeatureTerm",
    "Features",
    "Forbidden",
    "Infeasible",
    "LinkConstraints",
    "LocalCost",
    "Lock",
    "MatchRecipe",
    "Media",
    "MediaError",
    "MethodTrial",
    "Monitor",
    "NamedSegments",
    "NextStep",
    "OverBudget",
    "Pair",
    "ParameterError",
    "ProjectError",
    "Recipe",
    "Recording",
    "Scene",
    "SceneMatch",
    "SceneObject",
    "Scorer",
    "Segment",
    "SegmentRecipe",
    "Session",
    "SimilarityTerm",
    "SynclineError",
    "Tier",
    "Tiers",
    "Together",
    "Truth",
    "WarpingPath",
    "Word",
    "__version__",
    "align",
    "align_many",
    "apply_jumps",
    "carry",
    "check_next",
    "compare",
    "confidence",
    "detect",
    "edit_segments",
    "evaluate",
    "export",
    "export_comparison",
    "export_match",
    "extract",
    "find_regions",
    "judge",
    "judge_tiers",
    "keypoints",
    "learn",
    "learn_embedding",
    "learn_metric",
    "learned_recipe",
    "lessons_of",
    "load_emissions",
    "load_encoder",
    "load_project",
    "load_scorer",
    "load_tiers",
    "look",
    "match",
    "open_media",
    "open_pair",
    "open_recording",
    "open_scene",
    "open_scenes",
    "prepare",
    "propose_jumps",
    "realign",
    "rematch",
    "resolve",
    "save_encoder",
    "save_project",
    "save_scorer",
    "save_tiers",
    "save_together",
    "segment",
    "segment_speech",
    "solve",
    "spell",
    "try_methods",
    "verdict",
    "what_next",
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
