"""The warping path as NumPy arrays in one zip; the schema is in this folder's README."""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ExportError
from ..progress import Monitor
from . import ExportJob, register
from ._common import describe_alignment, path_of, step_frames

__all__ = ["PathNpzParams", "write"]

_BLOCK = 1 << 22


@dataclass(frozen=True)
class PathNpzParams:
    """Nothing to choose."""


@register("path_npz", "Path as NumPy arrays", PathNpzParams, kinds=(".npz",))
def write(job: ExportJob, target: Path, params: PathNpzParams, monitor: Monitor) -> None:
    """The path as arrays that `numpy.load` reads without pickling.

    Every member is dated 1980 and stored uncompressed: the same alignment gives the same bytes.
    """
    alignment = job.alignment
    path, pair = path_of(alignment), alignment.pair
    a_frames = step_frames(pair.a, path.times[:, 0], path.pairs[:, 0])
    b_frames = step_frames(pair.b, path.times[:, 1], path.pairs[:, 1])
    meta = json.dumps(describe_alignment(alignment), sort_keys=True, allow_nan=False)
    arrays = {
        "pairs": path.pairs.astype("<i8"),
        "times": path.times.astype("<f8"),
        "frames": np.column_stack([a_frames, b_frames]).astype("<i8"),
        "a_times": path.a_times.astype("<f8"),
        "b_times": path.b_times.astype("<f8"),
        "breaks": np.asarray([] if path.breaks is None else path.breaks, "<i8"),
        "cost": np.asarray(path.cost, "<f8"),
        "normalised_cost": np.asarray(math.nan if path.normalised is None else path.normalised, "<f8"),
        "meta": np.frombuffer(meta.encode("ascii"), np.uint8),
    }
    monitor = monitor.part(0.0, 1.0, "Writing the path")
    total = sum(array.nbytes for array in arrays.values())
    done = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3  # otherwise Windows and the rest would write different bytes
            member.external_attr = 0o600 << 16
            with archive.open(member, "w", force_zip64=array.nbytes > 1 << 30) as file:
                header = np.lib.format.header_data_from_array_1_0(array)
                np.lib.format.write_array_header_1_0(file, header)
                data = np.ascontiguousarray(array).tobytes()
                for start in range(0, len(data), _BLOCK):
                    file.write(data[start : start + _BLOCK])
                    monitor.check()
            done += array.nbytes
            monitor.advance(done * 0.9, total)
    with zipfile.ZipFile(target) as archive:
        damaged = archive.testzip()
        names = {n.removesuffix(".npy") for n in archive.namelist()}
    if damaged is not None or names != set(arrays):
        raise ExportError("The npz file can't be read back; try again or choose another folder.")
    monitor.advance(1, 1)
