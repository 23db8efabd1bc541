"""Made clips that say which frame they show, and alignments of them with a path written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clips import make_video
from syncline.export import ExportJob
from syncline.media import AudioReader, VideoReader, open_media
from syncline.model import Alignment, Anchor, Constraints, Features, Forbidden, Lock, Media, Pair, WarpingPath


def video(
    path: Path,
    times: NDArray[np.float64],
    size: tuple[int, int] = (112, 64),
    sound: tuple[NDArray[np.float32], int] | None = None,
    **more: Any,
) -> Media:
    """A clip whose frame k spells k and is shown from times[k] on, with sound (N,) at a rate if given."""
    pixels = "yuv420p" if not (size[0] % 2 or size[1] % 2) else "yuv444p"
    options = {"crf": "8", **more.pop("options", {})}
    return open_media(
        make_video(path, len(times), size=size, times=times, audio=sound, pixels=pixels, options=options, **more)
    )


def clicks(times: NDArray[np.float64], seconds: float, rate: int) -> NDArray[np.float32]:
    """Short bursts of noise at `times` in silence."""
    out = np.zeros(round(seconds * rate), np.float32)
    burst = np.random.default_rng(1).uniform(-0.8, 0.8, round(0.002 * rate)).astype(np.float32)
    for t in times:
        at = round(t * rate)
        out[at : at + len(burst)] = burst
    return out


def heard(samples: NDArray[np.float32], rate: int, least: float = 0.2) -> NDArray[np.float64]:
    """Seconds at which bursts begin in `samples` (N,)."""
    hot = np.flatnonzero(np.abs(samples) > least)
    return hot[np.r_[True, np.diff(hot) > 0.02 * rate]] / rate if len(hot) else np.zeros(0)


def aligned(
    a: Media,
    b: Media,
    pairs: Any,
    a_times: Any = None,
    b_times: Any = None,
    breaks: Any = None,
    constraints: Constraints | None = None,
) -> Alignment:
    """An alignment with that path; rows are frames unless times are given."""
    ta = np.array(a.frame_times if a_times is None else a_times, np.float64)
    tb = np.array(b.frame_times if b_times is None else b_times, np.float64)
    path = WarpingPath(
        np.array(pairs, np.intp), ta, tb, cost=2.5, normalised=None,
        breaks=None if breaks is None else np.array(breaks, np.intp),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    x = Features(rng.standard_normal((len(ta), 3)).astype(np.float32), ta.copy())
    y = Features(rng.standard_normal((len(tb), 3)).astype(np.float32), tb.copy())
    return Alignment(1, Pair(a, b), path=path, features_a=x, features_b=y, constraints=constraints or Constraints())


def job(alignment: Alignment, window: Any = None) -> ExportJob:
    sides = {"a": alignment.pair.a, "b": alignment.pair.b}
    return ExportJob(
        alignment,
        lambda side: VideoReader(sides[side]),
        lambda side: AudioReader(sides[side]) if sides[side].audio is not None else None,
        window,
    )


def edits() -> Constraints:
    return Constraints(
        anchors=(Anchor(1, 0.2, 0.3), Anchor(2, 0.5, 0.6, "jump", 0.7, 0.6, note="cut")),
        locks=(Lock(3, np.array([[0.1, 0.1], [0.15, 0.2]])),),
        forbidden=(Forbidden(4, 0.0, 0.1, 0.5, 0.7),),
        next_id=5,
    )
