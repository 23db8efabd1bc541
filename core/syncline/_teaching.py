"""From corrected links to a scorer, and from a scorer to where words look."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._scenes import Pixels, pixels_of
from .errors import MediaError, ParameterError
from .match_quality import true_links
from .model import Picture, Scene, Session
from .model.matches import SceneMatch
from .progress import Monitor

if TYPE_CHECKING:
    from .learning import Live, Scorer
    from .similarity.learned import Lessons, WordMaps

__all__ = ["learn", "lessons_of", "look"]


def lessons_of(known: Session | Iterable[SceneMatch | Scene], *, truth: bool = False) -> Lessons:
    """What was corrected: locked and forbidden links, and of pictures that are checked all links.

    Parameters
    ----------
    known
        A session, whose pictures are taken with the links that stand for each; or matchings, and scenes beside them
        that were not matched yet, which get ids of their own.
    truth
        Pictures that have a truth teach that instead: for its phrases it names all objects there are, of others
        nothing is known.

    Returns
    -------
    Lessons
        Pictures, the links of those that are checked, and how many teach.
    """
    from .similarity.learned import Lessons

    if isinstance(known, Session) and truth:
        known = known.scenes
    if isinstance(known, Session):
        named = {s.id: m for s in known.scenes if s.checked and (m := known.match_of(s.id)) is not None}
        return Lessons(known.scenes, {k: _pairs(m.match) for k, m in named.items()})
    scenes: list[Scene] = []
    links: dict[int, frozenset[tuple[int, int]]] = {}
    for k, one in enumerate(known, 1):
        scene = replace(one.scene if isinstance(one, SceneMatch) else one, id=k)
        if truth and scene.truth:
            judged = {g.phrase for g in scene.truth if g.boxes}
            captions = (c.with_phrases(p for p in c.phrases if p.id in judged) for c in scene.captions)
            scene, links[k] = replace(scene, captions=tuple(captions), checked=True), true_links(scene)
        elif isinstance(one, SceneMatch) and scene.checked:
            links[k] = _pairs(one)
        scenes.append(scene)
    return Lessons(tuple(scenes), links)


def _pairs(found: SceneMatch) -> frozenset[tuple[int, int]]:
    return frozenset((link.a, link.b) for link in found.links)


def learn(
    known: Session | Lessons | Iterable[SceneMatch | Scene],
    method: str = "contrastive",
    params: Any = None,
    *,
    name: str = "",
    pixels: Callable[[Picture], NDArray[np.uint8] | None] | None = None,
    monitor: Monitor | None = None,
    live: Live | None = None,
) -> Scorer:
    """Train a scorer from corrected links; recipes name it by its digest: ``learned:scorer=…``.

    Parameters
    ----------
    known
        As `lessons_of`, or what it gave.
    method, params
        ``"contrastive"``, ``"joint"`` or ``"gate"``, and a dict or its parameters object.
    name
        What lists shall call it.
    pixels
        Gives pictures, uint8 (h, w, 3) BGR, None for one that can't be had; by default their files are read. Without
        pixels boxes are known by label and place alone.
    monitor
        Progress and cancellation; pictures that can't be read become warnings.
    live
        Called with every `learning.Epoch`, from this thread.

    Returns
    -------
    Scorer
        With its curve, figures and notes; kept at hand for recipes, and written to a file by `save_scorer`.

    Raises
    ------
    ParameterError
        Too few corrected links, or nothing to tell them from; one sentence.
    OverBudget
        An attention gate of too many pictures.
    SynclineError
        The text model can't be used.
    Cancelled
        The monitor was told to stop; nothing is left behind.
    """
    from .similarity import learned
    from .threads import single_threaded

    monitor = monitor or Monitor()
    lessons = known if isinstance(known, learned.Lessons) else lessons_of(known)

    def seen(picture: Picture) -> NDArray[np.uint8] | None:
        try:
            return pixels_of(picture)
        except MediaError as error:
            monitor.warn(str(error))
            return None

    # Its products are small: a second thread costs more than it gives, and adds numbers up in another order.
    with single_threaded():
        return learned.learn(
            lessons.scenes,
            method,
            params,
            links=lessons.links,
            pixels=pixels or seen,
            name=name,
            monitor=monitor,
            live=live,
        )


def look(
    scorer: Scorer,
    scene: Scene,
    caption: int | None = None,
    *,
    pixels: Pixels | None = None,
    monitor: Monitor | None = None,
) -> WordMaps:
    """Where each word of a caption looks in the picture, by a trained attention gate.

    Parameters
    ----------
    caption
        Its id; None for the first.
    pixels
        Gives the picture; None reads its file.

    Returns
    -------
    WordMaps
        The caption's words (T) and their attention: weights (T, 10, 10), those of a word adding up to 1, and entropy
        (T,) in nats.

    Raises
    ------
    ParameterError
        The scorer is no gate, or there is no such caption.
    MediaError
        The picture can't be read.
    SynclineError
        The text model can't be used.
    """
    from .similarity.learned import look as look_at

    said = scene.captions[0] if caption is None and scene.captions else scene.caption(caption or 0)
    if said is None:
        raise ParameterError("There is no such caption to look by; give the picture one.")
    shown = pixels() if pixels is not None else pixels_of(scene.picture, monitor)
    if shown is None:
        raise MediaError(f"“{scene.picture.path.name}” can't be read, so there is nothing to look at; locate it.")
    return look_at(scorer, said.text, shown, monitor)
