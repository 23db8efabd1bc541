"""Confidence as a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..atomic import replacing
from ._types import Confidence

__all__ = ["write_confidence"]

COLUMNS = ("a_time", "b_time", "b_low", "b_high", "spread", "confidence")


def write_confidence(confidence: Confidence, target: Path) -> None:
    """Write one row a row of A: its seconds, B's on the path, the band, the standard deviation, and how sure it is.

    UTF-8, seconds so that they read back unchanged; `spread` is in seconds, `confidence` from 0 to 1.

    Raises
    ------
    ExportError
        The folder can't be written to.
    """
    c = confidence
    table = np.column_stack([c.times, c.path, c.low, c.high, c.spread, c.sure])
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        file.writelines(",".join(map(repr, row)) + "\n" for row in table.tolist())
