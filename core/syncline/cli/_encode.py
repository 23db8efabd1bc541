"""``syncline encode`` and ``syncline sync``: an encoder from a pair, and many recordings on one clock."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import ParameterError
from ._options import assignments
from ._outputs import writable
from ._terminal import say, say_json, watching

__all__ = ["encode", "encode_options", "sync", "sync_options"]


def _common(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--features", default="auto", metavar="RECIPE", help="what is compared, as for “syncline align”")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="any parameter; may be repeated")
    add("--json", action="store_true", help="print the result as JSON")
    add("-q", "--quiet", action="store_true", help="no progress bar")


def encode_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline encode``."""
    add = parser.add_argument
    add("a", metavar="A")
    add("b", metavar="B")
    add(
        "-o",
        "--output",
        required=True,
        metavar="OUT.npz",
        help="the encoder; use it by --features learned:file=OUT.npz",
    )
    add(
        "--anchors",
        metavar="FILE",
        help="learn from these corrections instead of by cycle consistency; written only if it helps held-out ones",
    )
    add("--name", default="", metavar="WORDS", help="what lists shall call the encoder")
    _common(parser)


def sync_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline sync``."""
    add = parser.add_argument
    add("media", nargs="+", metavar="FILE", help="two recordings or more")
    add("-o", "--output", required=True, metavar="OUT.csv", help="a table: seconds of the clock and of every recording")
    add(
        "--reference",
        default="barycentre",
        metavar="WHICH",
        help="whose clock: a number from 1, “medoid” (the one nearest to all), or “barycentre” (their average); "
        "default: barycentre",
    )
    add(
        "--method",
        default="dtw",
        metavar="NAME",
        help="how each is laid on the reference; for a clock of their own dtw (their average) or gctw; default: dtw",
    )
    add(
        "--moments",
        metavar="FILE.csv",
        help="what is known beforehand: a table like the output, a line a moment, seconds of every recording, empty "
        "where it is not known",
    )
    _common(parser)


def _target(word: str, suffix: str, inputs: list[str]) -> Path:
    """The output, refused before any work if it can't be written."""
    target = Path(word)
    if target.suffix.lower() != suffix:
        raise ParameterError(f"The output must end in {suffix}, not be “{word}”.")
    return writable(target, inputs)


def encode(arguments: argparse.Namespace) -> int:
    """Train, and write the encoder."""
    from .. import pipeline
    from .._correcting import learn_metric
    from .._encoding import learn_embedding
    from ..embedding import save_encoder

    inputs = [arguments.a, arguments.b, *([arguments.anchors] if arguments.anchors else [])]
    target = _target(arguments.output, ".npz", inputs)
    params = assignments(arguments.set, "--set")
    constraints = pipeline.load_anchors(arguments.anchors) if arguments.anchors else None
    with watching(arguments.quiet) as monitor:
        pair = pipeline.open_pair(arguments.a, arguments.b, monitor=monitor.part(0.0, 0.1, "Opening"))
        if constraints is None:
            encoder = learn_embedding(
                pair, features=arguments.features, params=params, name=arguments.name, monitor=monitor.part(0.1, 1.0)
            )
            helps, sentence = True, ""
            for note in encoder.notes:
                monitor.warn(note)
        else:
            before = pipeline.align(
                pair, features=arguments.features, constraints=constraints, monitor=monitor.part(0.1, 0.4)
            )
            lesson = learn_metric(before, params, name=arguments.name, monitor=monitor.part(0.4, 1.0))
            encoder, helps, sentence = lesson.encoder, lesson.helps, lesson.sentence
        if helps:
            save_encoder(encoder, target)
    if arguments.json:
        head, _ = encoder.to_plain()
        said: dict[str, Any] = {**head, "digest": encoder.digest, "helps": helps, "warnings": list(monitor.warnings)}
        say_json({**said, "output": str(target) if helps else None})
    else:
        figures = ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in encoder.figures.items())
        say(f"learned   from {encoder.base}: {encoder.width} channels to {encoder.dimensions}")
        say(f"figures   {figures}")
        if sentence:
            say(f"result    {sentence}")
        if helps:
            say(f"wrote     {target}; use it by --features learned:file={target}")
    return 0 if helps else 1


def sync(arguments: argparse.Namespace) -> int:
    """Lay recordings on one clock, and write the table."""
    from .._moments import load_moments
    from .._together import align_many, save_together

    known = [arguments.moments] if arguments.moments else []
    target = _target(arguments.output, ".csv", [*arguments.media, *known])
    moments = load_moments(arguments.moments, len(arguments.media)) if arguments.moments else []
    reference: int | str = arguments.reference
    if arguments.reference.isdecimal():
        reference = int(arguments.reference) - 1
        if not 0 <= reference < len(arguments.media):
            raise ParameterError(f"The reference is a number from 1 to {len(arguments.media)}, not {reference + 1}.")
    with watching(arguments.quiet) as monitor:
        found = align_many(
            arguments.media,
            reference=reference,
            features=arguments.features,
            method=arguments.method,
            params=assignments(arguments.set, "--set") or None,
            moments=moments,
            monitor=monitor,
        )
        save_together(found, target)
    own = "their average" if found.costs else "their common course"
    whose = own if found.reference is None else found.media[found.reference].name
    if arguments.json:
        say_json(
            {
                "media": [str(m.path) for m in found.media],
                "reference": None if found.reference is None else found.reference + 1,
                "features": found.recipe.label(),
                "reason": found.reason,
                "rows": len(found.clock),
                "costs": list(found.costs),
                "moments": len(found.moments),
                "output": str(target),
                "warnings": list(monitor.warnings),
            }
        )
    else:
        say(f"laid      {len(found.media)} recordings on the clock of {whose}")
        say(f"features  {found.recipe.label()}{f' ({found.reason.rstrip(chr(46))})' if found.reason else ''}")
        if len(found.moments):
            say(f"moments   {len(found.moments)}, all of them met")
        if found.costs:
            say(f"cost      {found.costs[0]:.6g} to {found.costs[-1]:.6g} in {len(found.costs)} rounds")
        say(f"wrote     {target}: {len(found.clock)} rows, a column for each")
    return 0
