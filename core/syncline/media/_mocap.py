"""Motion capture in Acclaim's format: angles of joints (AMC), named by the skeleton (ASF) that lies beside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import read_text, shown
from ..progress import Monitor

__all__ = ["RATE", "Motion", "read_amc"]

RATE = 120.0
"""Frames a second of the CMU Graphics Lab's recordings; the format says nothing of it."""
_MOST_TEXT = 256 << 20
_MOST_SKELETON = 4 << 20
_MOST_CHANNELS = 4096
_POSITIONS = {"tx", "ty", "tz", "l"}
_ROOT = ("tx", "ty", "tz", "rx", "ry", "rz")
_FRAME = re.compile(r"\d{1,9}")


@dataclass
class Motion:
    """What an AMC file holds.

    Attributes
    ----------
    values
        float64 (T, D): angles in degrees, unwrapped, so that none jumps by a whole turn; positions as they are.
    frames
        int64 (T,), ascending.
    names
        Bone and degree of freedom of each channel, such as ``lfemur rx``.
    lines
        Line of the file that each frame begins in, for messages.
    """

    values: NDArray[np.float64]
    frames: NDArray[np.int64]
    names: tuple[str, ...]
    lines: list[int]
    notes: list[str] = field(default_factory=list[str])


def read_amc(path: Path, monitor: Monitor) -> Motion:
    """Read a motion, with the names of ``86.asf`` or ``86_01.asf`` beside ``86_01.amc`` if there is one.

    Raises
    ------
    MediaError
        Not a motion, damaged or cut off; says where.
    """
    text, notes = read_text(path, _MOST_TEXT, "split it")
    rows: list[list[str]] = []
    frames: list[int] = []
    lines: list[int] = []
    bones: list[tuple[str, int]] = []
    radians = False
    row: list[str] = []
    bone = 0

    def wrong(number: int, what: str) -> MediaError:
        return MediaError(f"“{shown(path)}” {what} in line {number}; it is damaged or no motion: choose another file.")

    for number, line in enumerate(text.split("\n"), 1):
        if number % 4096 == 0:
            monitor.check()
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith(":"):
            radians |= words[0].lower() == ":radians"
            continue
        if len(words) == 1 and _FRAME.fullmatch(words[0]):
            if frames and bone != len(bones):
                raise wrong(number, f"has {bone} bones where other frames have {len(bones)}")
            if frames and int(words[0]) <= frames[-1]:
                raise wrong(number, "counts its frames backwards")
            row, bone = [], 0
            frames.append(int(words[0]))
            lines.append(number)
            rows.append(row)
            continue
        if not frames:
            raise wrong(number, "has no number of a frame before what is")
        name, count = words[0], len(words) - 1
        if len(frames) == 1:
            bones.append((name, count))
            if sum(c for _, c in bones) > _MOST_CHANNELS:
                raise wrong(number, f"has more than {_MOST_CHANNELS} channels")
        elif bone >= len(bones) or bones[bone] != (name, count):
            raise wrong(number, "has another bone than the first frame")
        row.extend(words[1:])
        bone += 1
    if not rows or not bones or not sum(c for _, c in bones):
        raise MediaError(f"“{shown(path)}” holds no frames of a motion; choose another file.")
    if bone != len(bones):
        raise wrong(lines[-1], f"is cut off: it has {bone} of {len(bones)} bones in the frame")
    degrees, more = _degrees(path, bones)
    values = np.empty((len(rows), len(degrees)))
    for t, words in enumerate(rows):
        if t % 1024 == 0:
            monitor.advance(t, len(rows))
        try:
            values[t] = words
        except ValueError:
            raise wrong(lines[t], "has something else than numbers in the frame") from None
    angles = [k for k, (_, kind) in enumerate(degrees) if kind not in _POSITIONS]
    turn = 2 * np.pi if radians else 360.0
    finite = np.isfinite(values).all()
    if finite:
        values[:, angles] = np.unwrap(values[:, angles], period=turn, axis=0) * (360.0 / turn)
    names = tuple(f"{bone} {kind}" for bone, kind in degrees)
    return Motion(values, np.array(frames, np.int64), names, lines, [*notes, *more])


def _degrees(path: Path, bones: list[tuple[str, int]]) -> tuple[list[tuple[str, str]], list[str]]:
    """Bone and degree of freedom of each channel; and what to tell the user."""
    skeleton = next((p for p in _skeletons(path) if p.is_file()), None)
    notes: list[str] = []
    known: dict[str, list[str]] = {}
    if skeleton is None:
        notes.append(f"There is no skeleton (.asf) beside “{shown(path)}”; its angles are numbered.")
    else:
        known = _freedoms(skeleton)
    found: list[tuple[str, str]] = []
    for bone, count in bones:
        kinds = known.get(bone)
        if skeleton is not None and (kinds is None or len(kinds) != count):
            notes.append(f"“{shown(skeleton)}” is not the skeleton of “{shown(path)}”; its angles are numbered.")
            skeleton = None
        if skeleton is None or kinds is None:
            kinds = list(_ROOT) if bone == "root" and count == len(_ROOT) else [str(k + 1) for k in range(count)]
        found.extend((bone, kind) for kind in kinds)
    return found, notes


def _skeletons(path: Path) -> list[Path]:
    stems = [path.stem, path.stem.rpartition("_")[0]]
    return [path.with_name(stem + suffix) for stem in stems if stem for suffix in (".asf", ".ASF")]


def _freedoms(path: Path) -> dict[str, list[str]]:
    """Degrees of freedom of each bone of an ASF file, in the order in which a motion lists them."""
    text, _ = read_text(path, _MOST_SKELETON, "choose the skeleton")
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.split("\n"):
        words = line.lower().split()
        if words[:1] == [":root"]:
            name = "root"
        elif words[:1] == ["begin"]:
            name = ""
        elif words[:1] == ["name"] and len(words) == 2:
            # Motions spell bones as the skeleton does.
            name = line.split()[1]
        elif name and words and words[0] == ("order" if name == "root" else "dof"):
            found[name] = words[1:]
    return found
