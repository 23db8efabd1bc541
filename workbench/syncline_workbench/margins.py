"""What runs along the matrix: pictures, outlines and curves of both sides, worked out by quiet jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from syncline.errors import SynclineError
from syncline.model import Features, Media
from syncline.progress import Monitor

from .document import Change, Document
from .jobs import Job, Jobs

__all__ = ["Margins"]

PICTURES = 40
PICTURE_SIDE = 76
"""Pixels of the shorter side: enough for a screen of two pixels a point."""
COLUMNS = 4096


class Margins(QObject):
    """Hands the matrix what to draw beside A and B, as soon as it is known.

    Parameters
    ----------
    put
        ``put(side, kind, payload)``; kinds are ``"thumbnails"``, ``"waveform"``, ``"curve"``.
    """

    def __init__(
        self, document: Document, jobs: Jobs, put: Callable[[str, str, Any], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._jobs, self._put = document, jobs, put
        self._media: dict[str, Media | None] = {"a": None, "b": None}
        self._features: dict[str, Features | None] = {"a": None, "b": None}
        self._running: dict[tuple[str, str], Job] = {}
        document.changed.connect(self._on_changed)
        self._on_changed(~Change.NONE)

    def _on_changed(self, change: Change) -> None:
        shown = self._document.session
        if change & Change.INPUTS:
            for side, media in (("a", shown.a), ("b", shown.b)):
                if media is not self._media[side]:
                    self._media[side] = media
                    self._of_media(side, media)
        if change & (Change.FEATURES | Change.INPUTS):
            al = shown.alignment
            for side, features in (("a", al and al.features_a), ("b", al and al.features_b)):
                if features is not self._features[side]:
                    self._features[side] = features
                    self._of_features(side, features)

    def _run(self, side: str, kind: str, title: str, work: Callable[[Monitor], Any]) -> None:
        old = self._running.pop((side, kind), None)
        if old is not None:
            old.cancel()
        job = self._jobs.submit(title, work, quiet=True)
        self._running[side, kind] = job

        def current() -> bool:
            return self._running.get((side, kind)) is job

        def failed(error: BaseException) -> None:
            # The viewers say what is wrong with a file; a margin stays empty.
            if not isinstance(error, SynclineError):
                raise error

        job.succeeded.connect(lambda answer: self._put(side, kind, answer) if current() else None)
        job.failed.connect(failed)
        job.ended.connect(lambda: self._running.pop((side, kind), None) if current() else None)

    def _of_media(self, side: str, media: Media | None) -> None:
        for kind in ("thumbnails", "waveform"):
            job = self._running.pop((side, kind), None)
            if job is not None:
                job.cancel()
            self._put(side, kind, None)
        if media is None or not media.path.exists():
            return
        if media.video is not None:
            times = (np.arange(PICTURES) + 0.5) * media.duration / PICTURES
            # Within bounds: a picture of a pixel by ten thousand is nobody's film.
            height = round(PICTURE_SIDE * min(max(media.video.height / media.video.width, 1), 3))

            def pictures(monitor: Monitor) -> Any:
                from syncline.media import thumbnails

                return thumbnails(media, times, height, monitor)

            self._run(side, "thumbnails", self.tr("Pictures of %1").replace("%1", media.name), pictures)
        elif media.kind == "audio":

            def outline(monitor: Monitor) -> Any:
                from syncline.media import peaks

                return peaks(media, COLUMNS, monitor)

            self._run(side, "waveform", self.tr("Outline of %1").replace("%1", media.name), outline)

    def _of_features(self, side: str, features: Features | None) -> None:
        if features is None:
            self._put(side, "curve", None)
            return

        def curve(_monitor: Monitor) -> Any:
            from syncline import pipeline

            return pipeline.curve(features)

        self._run(side, "curve", self.tr("Curve of %1").replace("%1", side.upper()), curve)
