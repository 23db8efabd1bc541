"""Say in words and numbers what a file is."""

from __future__ import annotations

from typing import Any

from ..files import shown
from ..model.media import Media

__all__ = ["as_text", "describe"]


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


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:06.3f}" if hours else f"{minutes}:{rest:06.3f}"


def as_text(facts: dict[str, Any]) -> str:
    """The facts of `describe` for a terminal: one line a fact, two aligned columns."""
    lines: list[tuple[str, str]] = [("file", facts["name"]), ("kind", facts["kind"])]
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
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in lines)
