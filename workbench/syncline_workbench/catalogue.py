"""What there is to choose from, in words; views are handed this, since they know nothing of registries."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from syncline.features import REGISTRY as FEATURES
from syncline.model import AUTO, Alignment, FeatureRecipe, Media, Session
from syncline.registry import Method, Registry
from syncline.solvers.warp import REGISTRY as SOLVERS

from .views.plain import literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FEATURES", "SOLVERS", "add_panel", "after_shown", "exporters", "feature_kinds", "features_words", "memory",
           "method_title", "method_words", "methods", "pick", "pick_others", "segment_words", "window_of"]  # fmt: skip


def methods(registry: Registry[Any], kinds: frozenset[str] | None = None) -> dict[str, Method[Any]]:
    """Members by name; with `kinds`, only those that work on one of them."""
    found = {name: registry[name] for name in registry.names()}
    return found if kinds is None else {n: m for n, m in found.items() if m.kinds & kinds}


def exporters() -> list[Method[Any]]:
    """All exporters."""
    from syncline.export import REGISTRY

    return [REGISTRY[name] for name in REGISTRY.names()]


def feature_kinds(session: Session) -> frozenset[str] | None:
    """Kinds of media that both sides can be compared as; None while nothing is open."""

    def kinds(media: Media) -> set[str]:
        return {str(media.kind)} | ({"audio"} if media.audio is not None else set())

    sides = [kinds(m) for m in (session.a, session.b) if m is not None]
    return frozenset(set.intersection(*sides)) if sides else None


def titles(recipe: FeatureRecipe) -> str:
    """A recipe in the words of its extractors."""
    return " + ".join(FEATURES[t.name].title if t.name in FEATURES else t.name for t in recipe.terms)


def features_words(session: Session) -> str:
    """What the Features button says: what an automatic choice came to, or what was chosen."""
    recipe, al = session.recipe.features, session.alignment
    if not recipe.automatic:
        return titles(recipe)
    if al is not None and al.recipe.features.automatic and al.resolved is not None:
        return titles(al.resolved.features)
    return QCoreApplication.translate("Catalogue", "Automatic")


def method_words(session: Session) -> str:
    """What the Method button says: what an open method came to, or what was chosen."""
    recipe, al = session.recipe, session.alignment
    if recipe.method != AUTO:
        return method_title(recipe.method)
    if al is not None and al.recipe.method == AUTO and al.resolved is not None:
        return method_title(al.resolved.method)
    return QCoreApplication.translate("Catalogue", "Automatic")


def method_title(name: str) -> str:
    """A solver's short name, as lists of alignments write it."""
    if len(name) < 5:
        return name.upper()
    return SOLVERS[name].title if name in SOLVERS else name.replace("_", " ").title()


def segment_words(session: Session) -> tuple[str, str, bool]:
    """What the buttons of Segment say: what is cut, the method by name, and whether the former are emissions.

    What an automatic choice came to is said once it was made.
    """
    recipe, named, recording = session.segment_recipe, session.segments, session.active_recording
    method = recipe.method
    if method == AUTO and named is not None and named.recipe.method == AUTO and named.resolved is not None:
        method = named.resolved.method
    spoken = recording is not None and bool(recording.transcript or recording.emissions)
    if method == "ctc" or (method == AUTO and spoken):
        source = None if recording is None else recording.emissions
        if source is None or recording is None:
            return QCoreApplication.translate("Catalogue", "phoneme model"), method, True
        return Path(source.model or source.path or recording.media.name).name, method, True
    term = recipe.features.split(":")[0]
    if term == AUTO:
        return QCoreApplication.translate("Catalogue", "Automatic"), method, False
    return FEATURES[term].title if term in FEATURES else term, method, False


def window_of(alignment: Alignment) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """The window the solver kept to, for shading."""
    from syncline import pipeline

    return pipeline.window_bounds(alignment)


def pick(menu: QMenu, text: str, on: bool, then: Callable[[], object]) -> QAction:
    """Add an entry with a tick."""
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(on)
    action.triggered.connect(lambda _on=False: then())
    return action


def add_panel(menu: QMenu, panel: QAction) -> None:
    """Add the action of a panel that says more, in workspaces that have it."""
    if panel.isVisible():
        menu.addSeparator()
        menu.addAction(panel)


class Labelled(Protocol):
    """One of several results that stand side by side."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def label(self) -> str:
        """What lists call it."""
        ...


def pick_others(
    menu: QMenu, kept: Sequence[Labelled], shown: int | None, compared: int | None, then: Callable[[int | None], object]
) -> None:
    """Add those of several results that are not shown, with a tick at the one that is compared."""
    others = [x for x in kept if x.id != shown]
    if others:
        menu.addSeparator()
    for x in others:
        on = x.id == compared
        pick(menu, literal(x.label), on, partial(then, None if on else x.id))


def after_shown(ids: Sequence[int], shown: int | None) -> list[int]:
    """The other ones of a list, from the one that is shown on and around."""
    if shown not in ids:
        return list(ids)
    at = ids.index(shown)
    return [*ids[at + 1 :], *ids[:at]]


def memory() -> int | None:
    """Bytes of this process in memory, None where that can't be read cheaply."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * 4096
