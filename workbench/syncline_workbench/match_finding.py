"""What there is in a picture: objects detected, regions found; the step that puts them into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from syncline.edits import links
from syncline.model import Origin, Scene
from syncline.progress import Monitor

from .document import Document
from .jobs import Job
from .match_editing import MatchEditing
from .operations import Operations

__all__ = ["MatchFinding"]


class MatchFinding(MatchEditing):
    """Finds the objects of the scenes of one document; one that was never matched is matched then."""

    def __init__(self, document: Document, operations: Operations, parent: QObject | None = None) -> None:
        super().__init__(document, operations, parent)
        self.match_when_ready = True

    def match(self) -> Job | None:
        """Match the picture in hand."""
        raise NotImplementedError

    def detect(self, detector: str | Path = "both") -> Job | None:
        """Find the objects of the picture in hand; those drawn or imported stay, and its regions.

        Parameters
        ----------
        detector
            The name of one that comes with the program, or the path of an adapter or an ONNX file.
        """
        scene = self.document.session.active_scene
        if scene is None:
            return None

        def work(monitor: Monitor) -> Scene:
            from syncline.matching import detect

            found: Any = detector
            if isinstance(detector, Path):
                from syncline.detection import open_detector

                found = open_detector(detector)
            return detect(scene, found, threshold=scene.threshold if scene.objects else None, monitor=monitor)

        def put(now: Scene, found: Scene) -> Scene:
            objects = [o for o in found.objects if o.origin == "detected"]
            return links.set_threshold(links.set_detections(now, objects), found.threshold)

        words = self.tr("Detect 1 object"), self.tr("Detect %1 objects")
        return self._run(self.tr("Detecting objects"), work, lambda f: self._take(scene, f, put, "detected", words))

    def find_regions(self, count: int) -> Job | None:
        """Part the picture in hand into so many regions, in the place of those found before; all else stays."""
        scene = self.document.session.active_scene
        if scene is None:
            return None

        def work(monitor: Monitor) -> Scene:
            from syncline.matching import find_regions

            return find_regions(scene, count, monitor=monitor)

        def put(now: Scene, found: Scene) -> Scene:
            return links.set_regions(now, [o for o in found.objects if o.origin == "region"])

        words = self.tr("Find 1 region"), self.tr("Find %1 regions")
        return self._run(self.tr("Finding regions"), work, lambda f: self._take(scene, f, put, "region", words))

    def _take(
        self,
        asked: Scene,
        found: Scene,
        put: Callable[[Scene, Scene], Scene],
        origin: Origin,
        words: tuple[str, str],
    ) -> None:
        """Put what was found into the scene as it is now, as one step."""
        now = self.document.session.find_scene(asked.id)
        if now is None or now.picture is not asked.picture:
            return
        new = put(now, found)
        count = sum(o.origin == origin for o in new.active)
        matched = self.document.session.match_of(asked.id) is not None
        self.commit_scene(new, (words[0] if count == 1 else words[1]).replace("%1", str(count)))
        if not matched and new.phrases and self.match_when_ready and self.document.session.scene == asked.id:
            self.match()

    def _run(self, title: str, work: Callable[[Monitor], Any], done: Callable[[Any], None]) -> Job:
        return self._operations.run(title, work, done)
