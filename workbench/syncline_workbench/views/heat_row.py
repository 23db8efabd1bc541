"""Heat maps over the time axis: a row for each channel, the mean or maximum of what a pixel covers as a colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from syncline.heat_tiles import HeatTiles
from syncline.model import Features
from syncline.tile_levels import TileKey, TileLevels

from ..jobs import Job, Jobs
from .colour_maps import colour_table
from .feed import Feed
from .pixel_row import PixelRow
from .pixel_tiles import PixelTiles
from .time_axis import TimeAxis

__all__ = ["FeatureRow", "HeatRow"]

SMALL = 200_000
"""Values that are surveyed at once: that takes less time than a job would."""


class HeatRow(PixelRow):
    """Shows `HeatTiles`."""

    def __init__(
        self, axis: TimeAxis, jobs: Jobs, tiles: HeatTiles, name: str, height: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(axis, name, height, parent)
        self.tiles, self._jobs = tiles, jobs
        self._survey: Job | None = None
        self._feed: Feed | None = None
        self.set_tiles(tiles)
        axis.changed.connect(self._ask)

    def set_tiles(self, tiles: HeatTiles) -> None:
        """Show something else."""
        self.stop()
        self.tiles = tiles
        self.pixels.forget()
        title = self.tr("Drawing %1").replace("%1", self.name)
        self._feed = Feed(self._jobs, title, tiles, self)
        self._feed.arrived.connect(self._arrive)
        if tiles.values.size <= SMALL:
            tiles.survey()
            self._ask()
        else:
            job = self._survey = self._jobs.submit(title, tiles.survey, quiet=True)
            job.succeeded.connect(lambda _answer: self._surveyed(job))
            job.failed.connect(self._fail)
        self.update()

    def stop(self) -> None:
        if self._survey is not None:
            self._survey.cancel()
            self._survey = None
        if self._feed is not None:
            self._feed.close()
            self._feed.deleteLater()
            self._feed = None

    # -- pixels ------------------------------------------------------------------------------------

    def columns(self, edges: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Codes of pixels, uint8 (n, rows), between the seconds `edges` (n + 1,); 0 outside."""
        places = (edges - self.tiles.start) / self.tiles.step
        level = self.tiles.level_for(float(places[1] - places[0]))
        places = places / (1 << level)
        if places[1] - places[0] < 1:
            # A pixel is of the frame under its middle.
            first = last = np.floor((places[1:] + places[:-1]) / 2).astype(np.intp)
        else:
            first = np.floor(places[:-1] + 1e-6).astype(np.intp)
            last = np.maximum(np.ceil(places[1:] - 1e-6).astype(np.intp) - 1, first)
        lowest = int(first[0])
        codes = self.tiles.look(level, lowest, int(last[-1]) + 1)
        found = codes[first - lowest]
        if first is not last:
            others = (codes[np.minimum(first + 1, last) - lowest], codes[last - lowest])
            if self.tiles.probability:
                return np.maximum(np.maximum(found, others[0]), others[1])
            # The last column lies in the next pixel as well, so that it counts little.
            return ((found.astype(np.uint16) + others[0]) >> 1).astype(np.uint8)
        return found

    def rows_of(self, height: int) -> NDArray[np.intp]:
        """The row that each line of pixels is of, (height,), from the top."""
        return (np.arange(height) * 2 + 1) * self.tiles.rows // (2 * height)

    # -- what is to be computed --------------------------------------------------------------------

    def _surveyed(self, job: Job) -> None:
        if self._survey is job:
            self._survey = None
            self.pixels.forget()
            self._ask()
            self.update()

    def _fail(self, error: BaseException) -> None:
        raise error

    def _ask(self) -> None:
        if self._feed is None or self._survey is not None:
            return
        pixel = self.axis.per_pixel / self.devicePixelRatioF() / self.tiles.step
        level = self.tiles.level_for(pixel)
        wide = self.tiles.step * (1 << level)
        lo, hi = ((t - self.tiles.start) / wide for t in (self.axis.start, self.axis.end))
        side = PixelTiles.WIDE * pixel / (1 << level)
        keys = self.tiles.missing(level, int(lo - side), int(hi + side) + 2)
        middle = (lo + hi) / 2 / TileLevels.TILE - 0.5
        keys.sort(key=lambda key: abs(key.tile - middle))
        self._feed.want(keys)

    def _arrive(self, key: TileKey) -> None:
        wide = self.tiles.step * (1 << key.level) * TileLevels.TILE
        self.pixels.forget(self.tiles.start + key.tile * wide, self.tiles.start + (key.tile + 1) * wide)
        self.update()


class FeatureRow(HeatRow):
    """Feature vectors: the first channel at the bottom, every channel spread over its own range."""

    def __init__(
        self, axis: TimeAxis, jobs: Jobs, features: Features, name: str, parent: QWidget | None = None
    ) -> None:
        self.features = features
        super().__init__(axis, jobs, HeatTiles.of_features(features), name, 90, parent)
        self.pixels.set_table(np.array(colour_table("viridis", 0.0, 1.0), np.uint32))
        self.setAccessibleDescription(
            self.tr("{n} channels, each from its lowest values, dark, to its highest, yellow").format(
                n=features.values.shape[1]
            )
        )

    def draw(self, edges: NDArray[np.float64], height: int) -> NDArray[np.uint8]:
        codes, rows = self.columns(edges).T[::-1], self.tiles.rows
        if rows <= height:
            return codes[self.rows_of(height)]
        starts = np.arange(height) * rows // height
        sums = np.add.reduceat(codes, starts, axis=0, dtype=np.uint32)
        return (sums // np.diff(np.append(starts, rows))[:, None]).astype(np.uint8)

    def words_at(self, time: float, y: float) -> str:
        count = len(self.tiles.shown)
        channel = min(max(int((1 - y / max(self.height(), 1)) * count), 0), count - 1)
        names = self.features.channels
        name = names[channel] if names else self.tr("channel {k}").format(k=channel + 1)
        return f"{name}: {float(self.tiles.values_at(time)[channel]):.4g}"
