"""``syncline align … --confidence OUT``: how sure the path is, in a table and in a few lines."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ExportError, ParameterError
from ..model import Alignment
from ..progress import Monitor
from ._outputs import writable

__all__ = ["Examined", "confidence_target", "examined", "judgement"]


@dataclass(frozen=True)
class Examined:
    """What is said, as lines and as plain values."""

    lines: list[str]
    plain: dict[str, Any]


def confidence_target(word: str | None, taken: Sequence[str | Path]) -> Path | None:
    """The table to write, refused before the work if it can't be.

    Raises
    ------
    ParameterError
        It is no ``.csv``.
    ExportError
        Its folder does not exist, or it is one of the other files.
    """
    if word is None:
        return None
    target = Path(word)
    if target.suffix.lower() != ".csv":
        raise ParameterError(f"“{word}” is no .csv; confidence is written as a table, name one.")
    writable(target)
    for other in taken:
        same = target.resolve() == Path(other).resolve()
        with contextlib.suppress(OSError):
            same = same or target.samefile(other)
        if same:
            raise ExportError(f"“{word}” is named for something else already; choose another name for the confidence.")
    return target


def judgement(alignment: Alignment, monitor: Monitor) -> Examined:
    """Say if the two don't align, or if one constant stretch would do as well: nobody should have to ask for that."""
    from ..confidence import verdict

    said = verdict(alignment, monitor=monitor)
    lines = [f"verdict   {said.sentence}"] if said.sentence else []
    plain = {key: value for key, value in asdict(replace(said, others=())).items() if key != "others"}
    return Examined(lines, {**plain, "sentence": said.sentence})


def examined(alignment: Alignment, target: Path, said: Examined, monitor: Monitor) -> Examined:
    """Work out the confidence, write it, and say what stands out; the verdict is known already."""
    from .._rivals import LEAST_ANCHORS, judged_by, try_methods
    from ..confidence import look_at, write_confidence

    sure, places = look_at(alignment, monitor=monitor)
    trial = try_methods(alignment, monitor=monitor) if judged_by(alignment) >= LEAST_ANCHORS else None
    write_confidence(sure, target)
    unsure = float(sure.unsure.mean())
    lines = [
        f"unsure    {unsure:.0%} of A in {len(sure.stretches)} places (less than even odds to be right to "
        f"{sure.tolerance * 1000:.0f} ms)",
        *([f"offer     {trial.offer} (--try-methods)"] if trial is not None and trial.helps else []),
        *(f"check     {p.why}" for p in places),
        f"wrote     {target}",
    ]
    plain = {
        "output": str(target),
        "unsure": unsure,
        "tolerance": sure.tolerance,
        "check_next": [{**asdict(p), "why": p.why} for p in places],
        "offer": None if trial is None or not trial.helps else {"method": trial.best, "sentence": trial.offer},
        "verdict": said.plain,
    }
    return Examined(lines, plain)
