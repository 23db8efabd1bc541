"""Made films whose cuts, dissolves, fades and flashes are known: of painted scenes, or of the shared clips and pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

SIZE = (96, 72)
TICK = Fraction(1, 90_000)
Pictures = list[np.ndarray]


class Change(NamedTuple):
    """Frames start .. stop, exclusive, belong to both shots; a cut has none."""

    start: int
    stop: int
    kind: str


def painted(seed: int, frames: int) -> Pictures:
    """A scene of soft coloured patches, with a square that moves, and noise."""
    rng = np.random.default_rng(seed)
    w, h = SIZE
    patches = rng.uniform(0, 255, (4, 5, 3)).astype(np.float32)
    ground = cv2.resize(patches, SIZE, interpolation=cv2.INTER_CUBIC)
    out: Pictures = []
    for k in range(frames):
        picture = ground + rng.normal(0, 4, ground.shape)
        x = int((2 * k + 7 * seed) % (w - 14))
        picture[h // 2 : h // 2 + 14, x : x + 14] = patches[0, 0]
        out.append(np.clip(picture, 0, 255).astype(np.uint8))
    return out


def mixed(a: np.ndarray, b: np.ndarray | float, share: float) -> np.ndarray:
    return np.clip(a * (1 - share) + np.asarray(b, np.float64) * share, 0, 255).astype(np.uint8)


def joined(film: Pictures, shot: Pictures, kind: str, frames: int) -> Change:
    """Append a shot, over so many frames; a fade goes to black first."""
    frames = min(frames, len(film) - 5, len(shot) - 5)
    start = len(film)
    if kind == "cut":
        film += shot
        return Change(start, start, kind)
    shares = (np.arange(frames) + 0.5) / frames
    for k, share in enumerate(shares):
        film[start - frames + k] = mixed(film[start - frames + k], shot[k] if kind == "dissolve" else 0.0, share)
    if kind == "dissolve":
        film += shot[frames:]
        return Change(start - frames, start, kind)
    film += [mixed(p, 0.0, 1 - share) for p, share in zip(shot, shares, strict=False)] + shot[frames:]
    return Change(start - frames, start + frames, kind)


def write(path: Path, film: Pictures, times: np.ndarray) -> Path:
    """The film as a file, every frame shown from its time on."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.time_base = TICK
        stream.codec_context.options = {"preset": "ultrafast", "crf": "18"}
        for picture, time in zip(film, times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = round(float(time) / TICK), TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


class Stock:
    """Shots of the shared clips, and of the shared pictures under a camera that stands, pans, zooms or shakes."""

    CLIPS = ("carphone_pristine", "sports2d_gait", "pose2sim_cam01", "pose2sim_cam02")

    def __init__(self, data: Path) -> None:
        from syncline.media import VideoReader, open_media

        self.shots: list[Pictures] = []
        for name in self.CLIPS:
            with VideoReader(open_media(data / f"video/{name}.mp4")) as reader:
                every = 2 if "pose2sim" in name else 1
                self.shots.append([_filled(p) for k, _, p in reader.frames(max_side=220) if k % every == 0])
        self.pictures = [cv2.imread(str(p)) for p in sorted((data / "images").glob("*.jpg"))]

    def shot(self, rng: np.random.Generator, which: int, frames: int) -> Pictures:
        if which < len(self.shots):
            clip = self.shots[which]
            at = int(rng.integers(0, max(1, len(clip) - frames))) + np.arange(frames)
            # Forwards and backwards, if the clip is too short.
            at = np.abs((at + len(clip) - 1) % (2 * (len(clip) - 1)) - (len(clip) - 1))
            turn = -1 if rng.random() < 0.3 else 1
            return [clip[k][:, ::turn] for k in at]
        return self._filmed(rng, self.pictures[which - len(self.shots)], frames)

    def _filmed(self, rng: np.random.Generator, picture: Any, frames: int) -> Pictures:
        h, w = picture.shape[:2]
        way = np.linspace(0, 1, frames)
        centre, move, wide = rng.uniform(0.3, 0.7, 2), np.zeros(2), np.full(frames, 0.5)
        camera = rng.choice(["still", "pan", "zoom", "shake", "fast"])
        shake = np.zeros((frames, 2))
        if camera == "pan":
            move[0] = rng.choice([-1, 1]) * rng.uniform(0.1, 0.4)
        elif camera == "zoom":
            wide = rng.uniform(0.25, 0.9) + (rng.uniform(0.25, 0.9) - 0.5) * way
        elif camera == "shake":
            shake = np.cumsum(rng.normal(0, 0.004, (frames, 2)), 0)
        elif camera == "fast":
            takes = int(rng.integers(8, 20))
            way = np.clip((np.arange(frames) - rng.integers(5, max(6, frames - takes - 5))) / takes, 0, 1)
            centre[0] = rng.choice([0.25, 0.75])
            move[0] = 2 * (0.5 - centre[0])
        out: Pictures = []
        for k in range(frames):
            cw = float(np.clip(wide[k], 0.2, 0.95)) * w
            cw, ch = min(cw, h * SIZE[0] / SIZE[1]), min(cw * SIZE[1] / SIZE[0], h)
            x, y = (centre + move * way[k] + shake[k]) * (w, h)
            x, y = float(np.clip(x, cw / 2, w - cw / 2)), float(np.clip(y, ch / 2, h - ch / 2))
            seen = cv2.resize(
                cv2.getRectSubPix(picture, (int(cw), int(ch)), (x, y)), SIZE, interpolation=cv2.INTER_AREA
            )
            out.append(np.clip(seen + rng.normal(0, 3, seen.shape), 0, 255).astype(np.uint8))
        return out

    def film(self, seed: int, shots: int = 10) -> tuple[Pictures, list[Change], int]:
        """A film, its changes, and how many flashes were fired."""
        rng = np.random.default_rng(seed)
        film: Pictures = []
        changes: list[Change] = []
        flashes, last = 0, -1
        for k in range(shots):
            frames = int(rng.uniform(1.2, 4) * 30)
            kind = str(rng.choice(["cut", "dissolve", "fade"], p=[0.6, 0.25, 0.15]))
            over = int(rng.uniform(0.3, 1.4) * 30)
            every = len(self.shots) + len(self.pictures)
            last = int(rng.choice([s for s in range(every) if s != last]))
            shot = [p.copy() for p in self.shot(rng, last, frames + over)]
            if rng.random() < 0.35 and frames > 2 * over + 40:
                at, flashes = int(rng.integers(over + 15, frames - over - 20)), flashes + 1
                for t in range(at, at + int(rng.integers(1, 5))):
                    shot[t] = mixed(shot[t], 255.0, rng.uniform(0.5, 1))
            if k:
                changes.append(joined(film, shot, kind, over))
            else:
                film += shot
        return film, changes, flashes


def _filled(picture: np.ndarray) -> np.ndarray:
    w, h = SIZE
    scale = max(w / picture.shape[1], h / picture.shape[0])
    size = max(w, round(picture.shape[1] * scale)), max(h, round(picture.shape[0] * scale))
    picture = cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)
    y, x = (size[1] - h) // 2, (size[0] - w) // 2
    return picture[y : y + h, x : x + w]
