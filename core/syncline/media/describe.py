"""Say in words and numbers what a file is."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from ..files import shown
from ..model import Picture, WarpingPath
from ..model.media import Media, Pair
from .path_files import load_path
from .pictures import is_picture, open_still, open_with_header

__all__ = ["as_text", "describe", "describe_path", "describe_picture"]


def describe(media: Media) -> dict[str, Any]:
    """Facts about `media` as plain JSON values; what does not apply is left out. Times in seconds, sizes in bytes."""
    facts: dict[str, Any] = {
        "name": shown(media.path),
        "kind": media.kind,
        "duration": media.duration,
        "bytes": media.size,
    }
    streams: list[str] = []
    if media.video is not None:
        v = media.video
        facts |= {
            "frames": v.frames,
            "rate": v.rate,
            "varies": v.varies,
            "width": v.width,
            "height": v.height,
            "rotation": v.rotation,
            "mirrored": v.mirrored,
            "codec": v.codec,
            "bit_depth": v.bit_depth,
            "start": v.start,
        }
        streams.append(f"video {v.codec}")
    if media.audio is not None:
        a = media.audio
        facts["audio"] = {
            "codec": a.codec,
            "rate": a.rate,
            "channels": a.channels,
            "samples": a.samples,
            "start": a.start,
        }
        streams.append(f"audio {a.codec}")
    if media.sequence is not None:
        s = media.sequence
        n = len(s.times)
        facts |= {"frames": n, "shape": [n, s.channels], "explicit_times": s.explicit_times}
        if n > 1:
            steps = s.times[1:] - s.times[:-1]
            facts["rate"] = (n - 1) / float(s.times[-1])
            facts["varies"] = bool(abs(steps - steps.mean()).max() > 1e-6 * steps.mean())
        if s.key:
            facts["key"] = s.key
        if s.names:
            facts["channels"] = list(s.names)
        streams.append("features")
    return facts | {"streams": streams, "digest": media.digest, "notes": list(media.notes)}


def describe_picture(file: str | os.PathLike[str]) -> dict[str, Any]:
    """Facts about a picture file, or a frame of a video (``clip.mp4#25``), as plain JSON values.

    Width and height are as it is to be seen; ``orientation`` counts as EXIF does, and ``rotation`` and ``mirrored`` say
    what that comes to.

    Raises
    ------
    MediaError, ParameterError
        See `open_still`.
    """
    if not is_picture(file):
        return _still(open_still(file))
    picture, header = open_with_header(file)
    rotation, mirrored = header.turn
    stored = {
        "codec": header.kind,
        "orientation": header.orientation,
        "rotation": rotation,
        "mirrored": mirrored,
        "stored": [header.width, header.height],
    }
    return _still(picture, stored)


def _still(picture: Picture, stored: dict[str, Any] | None = None) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": picture.name, "kind": "picture", "width": picture.width, "height": picture.height}
    if picture.frame is not None:
        facts |= {"frame": picture.frame, "time": picture.time}
    facts |= stored or {}
    return facts | {"bytes": picture.size, "digest": picture.digest, "notes": list(picture.notes)}


def describe_path(file: str | os.PathLike[str]) -> dict[str, Any]:
    """Facts about a warping path that was exported, as plain JSON values; times in seconds.

    Raises
    ------
    MediaError
        See `load_path`.
    """
    path, pair = load_path(file)
    return {
        "name": shown(file),
        "kind": "path",
        "steps": len(path),
        "breaks": 0 if path.breaks is None else len(path.breaks),
        "a": _side(path, pair, 0),
        "b": _side(path, pair, 1),
        "bytes": Path(file).stat().st_size,
    }


def _side(path: WarpingPath, pair: Pair, side: int) -> dict[str, Any]:
    media, times = (pair.a, pair.b)[side], path.times[:, side]
    length = media.duration if math.isfinite(media.duration) else None
    return {"name": media.name, "duration": length, "from": float(times[0]), "to": float(times[-1])}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:06.3f}" if hours else f"{minutes}:{rest:06.3f}"


def as_text(facts: dict[str, Any]) -> str:
    """The facts of `describe` for a terminal: one line a fact, two aligned columns."""
    lines: list[tuple[str, str]] = [("file", facts["name"])]
    if facts["kind"] == "path":
        return _columns(lines + _path_lines(facts))
    if facts["kind"] == "picture":
        return _columns(lines + _picture_lines(facts))
    lines.append(("kind", facts["kind"]))
    lines.append(("duration", f"{_clock(facts['duration'])} ({facts['duration']:.3f} s)"))
    if "frames" in facts:
        lines.append(("frames", f"{facts['frames']}"))
    if "rate" in facts:
        what = "rows/s" if "shape" in facts else "fps"
        lines.append(("rate", f"{facts['rate']:.6g} {what}" + (", varies" if facts["varies"] else ", constant")))
    if "width" in facts:
        lines.append(("size", f"{facts['width']} × {facts['height']}"))
        mirrored = ", mirrored" if facts["mirrored"] else ""
        lines.append(("rotation", f"{facts['rotation']}°{mirrored}"))
        lines.append(("codec", f"{facts['codec']}, {facts['bit_depth']} bit"))
        lines.append(("start", f"{facts['start']:.6g} s"))
    if "shape" in facts:
        lines.append(("shape", " × ".join(map(str, facts["shape"]))))
        lines.append(("times", "given" if facts["explicit_times"] else "from the rate"))
    if "key" in facts:
        lines.append(("key", facts["key"]))
    if "channels" in facts:
        lines.append(("channels", ", ".join(facts["channels"][:12]) + (", …" if len(facts["channels"]) > 12 else "")))
    if "audio" in facts:
        a = facts["audio"]
        start = f", starts at {a['start']:.4f} s" if a["start"] else ""
        lines.append(("sound", f"{a['codec']}, {a['rate']} Hz, {a['channels']} ch, {a['samples']} samples{start}"))
    lines.append(("streams", ", ".join(facts["streams"])))
    lines.append(("digest", facts["digest"]))
    lines += [("note", note) for note in facts["notes"]]
    return _columns(lines)


def _picture_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    lines = [("kind", "picture"), ("size", f"{facts['width']} × {facts['height']}")]
    if "frame" in facts:
        lines.append(("frame", f"{facts['frame']} at {_clock(facts['time'])}"))
    if "orientation" in facts:
        turned = f"turned by {facts['rotation']}°" if facts["rotation"] else ""
        done = " and ".join(filter(None, ["mirrored" if facts["mirrored"] else "", turned]))
        lines.append(("orientation", f"{facts['orientation']} ({done or 'as stored'})"))
        lines.append(("codec", facts["codec"]))
    return [*lines, ("digest", facts["digest"]), *(("note", note) for note in facts["notes"])]


def _path_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    lines = [("kind", "warping path"), ("steps", f"{facts['steps']}")]
    if facts["breaks"]:
        lines.append(("jumps", f"{facts['breaks']}"))
    for side in ("a", "b"):
        about = facts[side]
        length = "" if about["duration"] is None else f", of {about['duration']:.3f} s"
        lines.append((side.upper(), f"{about['name']}: {about['from']:.3f} to {about['to']:.3f} s{length}"))
    return lines


def _columns(lines: list[tuple[str, str]]) -> str:
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in lines)
