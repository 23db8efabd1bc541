"""Times as people read and type them."""

from __future__ import annotations

import math
import re

__all__ = ["format_delta", "format_seconds", "format_time", "parse_time"]

_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001}
_PLAIN = re.compile(r"([+-]?)(?:(\d+):)?(?:(\d+):)?(\d+(?:\.\d*)?|\.\d+)(s|ms|)")


def format_time(seconds: float) -> str:
    """``0:04.200``, from one hour on ``1:02:03.004``; rounded to the millisecond."""
    if not math.isfinite(seconds):
        return "–"
    ms = round(abs(seconds) * 1000)
    sign = "−" if seconds < 0 and ms else ""
    minutes, ms = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{sign}{clock}:{ms // 1000:02d}.{ms % 1000:03d}"


def format_delta(seconds: float) -> str:
    """A difference, always with its sign: ``+0.920``."""
    if not math.isfinite(seconds):
        return "–"
    text = f"{abs(seconds):.3f}"
    return ("−" if seconds < 0 and float(text) else "+") + text


def format_seconds(seconds: float) -> str:
    """A duration for reading at a glance: ``2.1 ms``, ``10.0 s``, ``12 min 05 s``, ``1 h 02 min``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.0995 else f"{seconds * 1000:.0f} ms"
    if seconds < 119.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def parse_time(text: str) -> float:
    """Read ``0:04.200``, ``1:02:03``, ``4.2``, ``4,2``, ``4.2 s``, ``4200 ms``, with a sign if need be.

    Raises
    ------
    ValueError
        With one sentence that says what would be understood.
    """
    word = re.sub(r"\s+", "", text).replace(",", ".").replace("−", "-").replace("–", "-").lower()
    match = _PLAIN.fullmatch(word)
    # Digits of other scripts match \d as well; a time is typed in ASCII.
    if match is None or not word.isascii():
        raise ValueError(f"“{text.strip()}” is not a time; write 0:04.200 or 4.2.")
    sign, first, second, rest, unit = match.groups()
    above = [int(p) for p in (first, second) if p is not None]
    tail = float(rest)
    if above and (unit == "ms" or tail >= 60 or (len(above) == 2 and above[1] >= 60)):
        raise ValueError(f"“{text.strip()}” is not a time; minutes and seconds go up to 59.")
    total = tail * _UNITS[unit]
    for power, part in enumerate(reversed(above), start=1):
        total += part * 60**power
    if not math.isfinite(total):
        raise ValueError(f"“{text.strip()[:20]}…” is too long a time.")
    return -total if sign == "-" else total
