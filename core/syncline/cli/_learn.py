"""``syncline learn``: from corrected links to a scorer that ``syncline match`` and the window can use."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ParameterError
from ._match import detected, input_options, opened
from ._options import assignments
from ._outputs import writable
from ._terminal import say, watching

if TYPE_CHECKING:
    from ..learning import Scorer
    from ..progress import Monitor
    from ..similarity.learned import Lessons

__all__ = ["learn", "options"]


def options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline learn``."""
    add = parser.add_argument
    add(
        "input",
        metavar="INPUT",
        help="a .syncline project, whose locked and forbidden links and checked pictures teach; or a picture, folder "
        "or data set as for “syncline match”, whose truth teaches",
    )
    add("-o", "--output", required=True, metavar="OUT.npz", help="the scorer to write")
    add("--method", default="contrastive", metavar="NAME", help="contrastive, joint or gate; default contrastive")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the method; may be repeated")
    add("--name", default="", metavar="WORDS", help="what lists shall call the scorer")
    add("--truth", metavar="FILE", help="captions whose phrases mean boxes; default: those of the data set")
    input_options(parser)
    add("--json", action="store_true", help="print the result as JSON, with the loss of every epoch")
    add("-q", "--quiet", action="store_true", help="no progress bar")


def learn(arguments: argparse.Namespace) -> int:
    """Train, and write the scorer."""
    from .. import learning, matching
    from ..registry import build

    target = _target(arguments)
    params = build(learning.REGISTRY[arguments.method].params, assignments(arguments.set, "--set"))
    with watching(arguments.quiet) as monitor:
        lessons = _lessons(arguments, monitor.part(0.0, 0.4))
        if not lessons.pairs:
            raise ParameterError(
                "Nothing here teaches: give --truth, or a project in which links are locked or pictures checked."
            )
        scorer = matching.learn(lessons, arguments.method, params, name=arguments.name, monitor=monitor.part(0.4, 1.0))
        learning.save_scorer(scorer, target)
    if arguments.json:
        _say_json(scorer, target, monitor)
    else:
        say(_text(scorer, lessons, target))
    return 0


def _target(arguments: argparse.Namespace) -> Path:
    """The output, refused before any work if it can't be written."""
    target = Path(arguments.output)
    if target.suffix.lower() != ".npz":
        raise ParameterError(f"A scorer is written to a .npz file, not “{target}”.")
    return writable(target)


def _lessons(arguments: argparse.Namespace, monitor: Monitor) -> Lessons:
    from .. import matching

    if Path(arguments.input).suffix.lower() != ".syncline":
        scenes = opened(arguments, monitor.part(0.0, 0.2, "Opening"))
        return matching.lessons_of(detected(scenes, arguments, monitor.part(0.2, 1.0)), truth=True)
    given = [o for o in ("caption", "caption_file", "boxes", "truth", "detect") if getattr(arguments, o)]
    if given:
        raise ParameterError(f"A project has its own pictures and links; leave out --{given[0].replace('_', '-')}.")
    from ..project import load_project

    loaded = load_project(arguments.input, monitor)
    for problem in loaded.problems:
        monitor.warn(problem.sentence)
    return matching.lessons_of(loaded.session)


# -- what is said ---------------------------------------------------------------------------------


def _text(scorer: Scorer, lessons: Lessons, target: Path) -> str:
    from ..learning import REGISTRY

    f = scorer.figures
    held = f"{f['held_out_pictures']:.0f} of them held out" if f["held_out_pictures"] else "none held out"
    epochs = len(scorer.curve) - 1
    best = scorer.curve[int(f["best_epoch"])] if 0 <= f["best_epoch"] <= epochs else scorer.curve[-1]
    lines = [
        f"{REGISTRY[scorer.method].title}: {lessons.pairs} links of {len(lessons.counts)} pictures, {held}",
        f"  best of {epochs + 1} epochs: {best[0]:.0f}, loss {best[1]:.3f}"
        + ("" if best[2] != best[2] else f", held-out loss {best[2]:.3f}"),
    ]
    if "held_out_right" in f:
        right = round(f["held_out_right"] * f["held_out_phrases"])
        lines.append(f"  held-out phrases whose best object is right: {right} of {f['held_out_phrases']:.0f}")
    lines += [f"  {note}" for note in scorer.notes]
    lines += [f"wrote {target}", f"use it: syncline match PICTURE --similarity text+2*learned:file={target}"]
    return "\n".join(lines)


def _say_json(scorer: Scorer, target: Path, monitor: Monitor) -> None:
    import json

    head, _ = scorer.to_plain()
    value = {**head, "digest": scorer.digest, "output": str(target), "warnings": list(monitor.warnings)}
    print(json.dumps(value, indent=1, allow_nan=False))
