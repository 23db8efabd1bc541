"""What each sub-command does. Each is a function of the parsed arguments and returns the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ExportError, ParameterError
from ..model import Alignment, Errors, Media, Pair, Session, WarpingPath
from ..model.paths import Offset
from ..progress import Monitor
from ._confidence import confidence_target, examined, judgement
from ._options import assignments, chosen_parameters
from ._outputs import writable
from ._terminal import say, say_json, watching

if TYPE_CHECKING:
    from .._rivals import MethodTrial
    from ..jumps import JumpSearch

__all__ = ["align", "cache", "demo", "errors_text", "export", "info", "methods", "opened_pair"]

_PROJECT = ".syncline"


# -- outputs ---------------------------------------------------------------------------------------


def _checked_outputs(
    outputs: Sequence[str],
    inputs: Sequence[str | Path],
    format: str | None,
    settings: dict[str, str],
    project: bool,
) -> list[Path]:
    """The outputs as paths, refused before hours of work if they can't be written.

    Raises
    ------
    ParameterError
        An ending nobody writes, the same file twice, or a setting no exporter here has.
    ExportError
        The folder does not exist, or an input would be overwritten.
    """
    from ..export import exporter_for
    from ..registry import build, describe

    targets = [Path(word) for word in outputs]
    unused = set(settings)
    for target in targets:
        suffix = target.suffix.lower()
        if suffix == _PROJECT:
            if not project:
                raise ParameterError(f"“{target}” would be a project; export writes results only.")
        else:
            method = exporter_for(suffix, format)
            own = {field["name"] for field in describe(method.params)} & set(settings)
            build(method.params, {name: settings[name] for name in own})
            unused -= own
        writable(target, inputs)
    real = [target.resolve() for target in targets]
    if len(set(real)) < len(real):
        raise ParameterError("The same output is named twice.")
    if unused:
        raise ParameterError(f"No output has a parameter {', '.join(sorted(unused))}; see syncline methods.")
    return targets


def _write(
    alignment: Alignment,
    targets: Sequence[Path],
    format: str | None,
    settings: dict[str, str],
    monitor: Monitor,
    session: Session | None = None,
) -> None:
    from .. import pipeline
    from ..export import exporter_for
    from ..registry import describe

    for k, target in enumerate(targets):
        part = monitor.part(k / len(targets), (k + 1) / len(targets))
        if target.suffix.lower() == _PROJECT:
            from ..project import save_project

            save_project(session or _session(alignment), target, part)
            continue
        names = {field["name"] for field in describe(exporter_for(target.suffix, format).params)}
        own = {name: value for name, value in settings.items() if name in names}
        pipeline.export(alignment, target, format=format, params=own, monitor=part)


def _session(alignment: Alignment) -> Session:
    pair = alignment.pair
    return Session(pair.a, pair.b, pair.truth, alignment.recipe, (alignment,), alignment.id)


# -- text ------------------------------------------------------------------------------------------


def _plain_errors(errors: Errors | None) -> dict[str, Any] | None:
    return None if errors is None else {**vars(errors), "within": dict(errors.within)}


def errors_text(errors: Errors) -> str:
    """Errors and shares in two lines."""

    def line(word: str, ms: float, frames: float | None) -> str:
        return f"{word} {ms:.1f} ms" + ("" if frames is None else f" ({frames:.2f} frames)")

    parts = [
        line("median", errors.median_ms, errors.median_frames),
        line("mean", errors.mean_ms, errors.mean_frames),
        line("90 %", errors.p90_ms, errors.p90_frames),
    ]
    text = f"errors    {', '.join(parts)} over {errors.count} points of the truth"
    if errors.within:
        text += "\n          within " + ", ".join(f"{word}: {share:.0%}" for word, share in errors.within.items())
    return text


def _path(alignment: Alignment) -> WarpingPath:
    if alignment.path is None:
        raise ExportError("There is no path; align the two files first.")
    return alignment.path


def _summary(alignment: Alignment, targets: Sequence[Path]) -> str:
    path = _path(alignment)
    known = alignment.resolved or alignment.recipe
    both, only_a, only_b = path.shares()
    cost = f"{path.cost:.6g}" + ("" if path.normalised is None else f", normalised {path.normalised:.6g}")
    pattern = getattr(known.params, "step_pattern", "")
    lines = [
        f"aligned   {alignment.pair.a.name} with {alignment.pair.b.name}, solved in {alignment.seconds * 1000:.1f} ms",
        f"features  {known.features.label()}{f' ({alignment.reason.rstrip(chr(46))})' if alignment.reason else ''}",
        f"method    {known.method}{f', {pattern}' if pattern else ''}",
        f"path      {len(path)} steps: {both:.0%} both move, {only_a:.0%} A alone, {only_b:.0%} B alone",
        f"cost      {cost}",
    ]
    if isinstance(path.blocks, Offset):
        found = path.blocks
        sure = f", confidence {found.confidence:.2f} (1 is a guess, above 1.5 is sure)"
        lines.append(f"shift     {found.shift:+.4f} s, by {found.source}{'' if found.source == 'anchors' else sure}")
    if alignment.errors is not None:
        lines.append(errors_text(alignment.errors))
    lines.extend(f"wrote     {target}" for target in targets)
    return "\n".join(lines)


def _result(alignment: Alignment, targets: Sequence[Path], monitor: Monitor) -> dict[str, Any]:
    from ..export._common import plain

    path = _path(alignment)
    known = alignment.resolved or alignment.recipe
    return {
        "a": str(alignment.pair.a.path),
        "b": str(alignment.pair.b.path),
        "features": plain(known.features),
        "reason": alignment.reason,
        "method": known.method,
        "params": plain(known.params),
        "steps": len(path),
        "shares": dict(zip(("both", "a", "b"), path.shares(), strict=True)),
        "cost": plain(path.cost),
        "normalised_cost": plain(path.normalised),
        **({"offset": plain(path.blocks)} if isinstance(path.blocks, Offset) else {}),
        "seconds": alignment.seconds,
        "errors": plain(_plain_errors(alignment.errors)),
        "outputs": [str(target) for target in targets],
        "warnings": list(monitor.warnings),
    }


def opened_pair(arguments: argparse.Namespace, monitor: Monitor) -> Pair:
    """A and B with their keys and rates, and the truth if there is one."""
    from .. import pipeline

    a = pipeline.open_media(
        arguments.a, key=arguments.key_a, rate=arguments.rate_a, monitor=monitor.part(0.0, 0.5, "Opening A")
    )
    b = pipeline.open_media(
        arguments.b, key=arguments.key_b, rate=arguments.rate_b, monitor=monitor.part(0.5, 1.0, "Opening B")
    )
    return pipeline.open_pair(a, b, arguments.truth)


# -- commands --------------------------------------------------------------------------------------


def align(arguments: argparse.Namespace) -> int:
    """Align two files and write the results."""
    from .. import pipeline

    settings = assignments(arguments.export_set, "--export-set")
    inputs = [arguments.a, arguments.b, *(f for f in (arguments.anchors, arguments.truth) if f)]
    targets = _checked_outputs(arguments.output, inputs, arguments.format, settings, project=True)
    table = confidence_target(arguments.confidence, [*inputs, *targets])
    params = chosen_parameters(arguments)
    constraints = pipeline.load_anchors(arguments.anchors) if arguments.anchors else None
    share = 0.6 if targets else 1.0
    with watching(arguments.quiet) as monitor:
        pair = opened_pair(arguments, monitor.part(0.0, 0.1, "Opening"))
        alignment = pipeline.align(
            pair,
            features=arguments.features,
            method=arguments.method,
            params=params or None,
            constraints=constraints,
            monitor=monitor.part(0.1, share),
        )
        tried = None
        if arguments.try_methods:
            from .._rivals import try_methods

            tried = try_methods(alignment, monitor=monitor.part(share, share))
            alignment = tried.alignment or alignment
        jumps = None
        if arguments.jumps is not None:
            alignment, jumps = _with_jumps(alignment, arguments.jumps == "apply", monitor)
        _write(alignment, targets, arguments.format, settings, monitor.part(share, 1.0))
        said = judgement(alignment, monitor)
        found = None if table is None else examined(alignment, table, said, monitor)
    if arguments.json:
        extra = {} if jumps is None else {"jumps": [vars(jump) for jump in jumps.jumps]}
        extra |= {} if found is None else {"confidence": found.plain}
        extra |= {} if tried is None else {"tried": _tried(tried)}
        say_json({**_result(alignment, targets, monitor), "verdict": said.plain, **extra})
    else:
        lines = [] if jumps is None else [f"jumps     {jumps.said}", *(f"          {j.reason}" for j in jumps.jumps)]
        lines += [] if tried is None else [f"tried     {tried.sentence}"]
        say("\n".join([_summary(alignment, targets), *said.lines, *lines, *([] if found is None else found.lines)]))
    return 0


def _tried(trial: MethodTrial) -> dict[str, Any]:
    missed = {name: float(off.mean()) for name, off in trial.missed.items()}
    said = {"odds": trial.odds, "helps": trial.helps, "sentence": trial.sentence, "trouble": trial.trouble}
    return {"missed_s": missed, "best": trial.best, **said}


def _with_jumps(alignment: Alignment, apply: bool, monitor: Monitor) -> tuple[Alignment, JumpSearch]:
    from .. import pipeline
    from ..jumps import apply_jumps, propose_jumps

    jumps = propose_jumps(alignment)
    if apply and jumps.jumps:
        constraints = apply_jumps(alignment.constraints, jumps.jumps)
        alignment = pipeline.realign(alignment, constraints=constraints)
        monitor.check()
    return alignment, jumps


def _chosen(session: Session, name: str | None, project: str) -> Alignment:
    if name is None:
        active = session.alignment or (session.alignments[-1] if session.alignments else None)
        if active is None:
            raise ExportError(f"“{project}” holds no alignment; open it in the window and align.")
        return active
    for alignment in session.alignments:
        if name in (str(alignment.id), alignment.name, alignment.label):
            return alignment
    known = ", ".join(f"{al.id} “{al.label}”" for al in session.alignments) or "none"
    raise ParameterError(f"“{project}” has no alignment “{name}”; it has: {known}.")


def export(arguments: argparse.Namespace) -> int:
    """Write the results of a saved project."""
    from ..project import load_project

    settings = assignments(arguments.export_set, "--export-set")
    targets = _checked_outputs(arguments.output, [arguments.project], arguments.format, settings, project=False)
    with watching(arguments.quiet) as monitor:
        loaded = load_project(arguments.project, monitor.part(0.0, 0.1, "Opening the project"))
        for problem in loaded.problems:
            monitor.warn(problem.sentence)
        alignment = _chosen(loaded.session, arguments.alignment, arguments.project)
        pair = alignment.pair
        _checked_outputs(arguments.output, [pair.a.path, pair.b.path], arguments.format, settings, project=False)
        _write(alignment, targets, arguments.format, settings, monitor.part(0.1, 1.0))
    if arguments.json:
        say_json({"alignment": alignment.id, "outputs": arguments.output, "warnings": list(monitor.warnings)})
    else:
        say("\n".join(f"wrote {target}" for target in targets))
    return 0


def _project_info(file: str, monitor: Monitor) -> dict[str, Any]:
    from ..project import load_project

    loaded = load_project(file, monitor)
    session = loaded.session

    def medium(media: Media | None) -> dict[str, Any] | None:
        return None if media is None else {"name": media.name, "kind": media.kind, "duration": media.duration}

    return {
        "kind": "project",
        "path": file,
        "a": medium(session.a),
        "b": medium(session.b),
        "alignments": [
            {
                "id": al.id,
                "label": al.label,
                "active": al.id == session.active,
                "steps": None if al.path is None else len(al.path),
                "anchors": len(al.constraints.anchors),
            }
            for al in session.alignments
        ],
        "problems": [problem.sentence for problem in loaded.problems],
    }


def _project_text(facts: dict[str, Any]) -> str:
    lines = ["project"]
    for side in ("a", "b"):
        medium = facts[side]
        text = "none" if medium is None else f"{medium['name']} ({medium['kind']}, {medium['duration']:.3f} s)"
        lines.append(f"{side.upper():<12}{text}")
    for al in facts["alignments"]:
        steps = "not solved" if al["steps"] is None else f"{al['steps']} steps"
        active = ", active" if al["active"] else ""
        lines.append(f"alignment   {al['id']} {al['label']}: {steps}, {al['anchors']} anchors{active}")
    lines.extend(f"note        {sentence}" for sentence in facts["problems"])
    return "\n".join(lines)


def _media_info(arguments: argparse.Namespace, monitor: Monitor) -> dict[str, Any]:
    from .. import pipeline
    from ..media import describe, describe_path, describe_picture, is_path, is_picture, names_frame

    file = arguments.file
    if is_picture(file) or names_frame(file):
        return describe_picture(file)
    # Who names an array of it, or says its rate, wants it as features.
    if arguments.key is None and arguments.rate is None and is_path(file):
        return describe_path(file)
    return describe(pipeline.open_media(file, key=arguments.key, rate=arguments.rate, monitor=monitor))


def info(arguments: argparse.Namespace) -> int:
    """Say what a file is."""
    from ..media import as_text

    with watching(arguments.quiet) as monitor:
        if Path(arguments.file).suffix.lower() == _PROJECT:
            facts = _project_info(arguments.file, monitor)
            text = "" if arguments.json else _project_text(facts)
        else:
            facts = _media_info(arguments, monitor)
            text = as_text(facts)
    if arguments.json:
        say_json(facts)
    else:
        say(text)
    return 0


def methods(arguments: argparse.Namespace) -> int:
    """List everything there is to choose from with its parameters."""
    from .. import pipeline
    from ..export._common import plain

    families = pipeline.methods()
    if arguments.json:
        say_json(plain(families))
        return 0
    blocks: list[str] = []
    for family, members in families.items():
        blocks.append(family.replace("_", " ").upper())
        for member in members:
            kinds = f" ({', '.join(member['kinds'])})" if member["kinds"] else ""
            blocks.append(f"  {member['name']}: {member['title']}{kinds}")
            blocks.extend(_parameter_text(field) for field in member["params"])
        blocks.append("")
    say("\n".join(blocks).rstrip())
    return 0


def _parameter_text(field: dict[str, Any]) -> str:
    default = "automatic" if field["default"] is None else "“”" if field["default"] == "" else field["default"]
    text = f"      {field['name']} = {default}"
    text += f"  {field.get('label') or ''}".rstrip()
    if field.get("choices"):
        text += f" ({', '.join(field['choices'])})"
    low, high, unit = field.get("low"), field.get("high"), field.get("unit")
    if low is not None or high is not None:
        text += f" [{'' if low is None else low} … {'' if high is None else high}]"
    return f"{text} {unit}" if unit else text


def demo(arguments: argparse.Namespace) -> int:
    """Align the two clips that come with the program, print the errors, write the path and the video."""
    if not arguments.headless:
        raise ParameterError("The demo's window is opened by the program itself; here say syncline demo --headless.")
    from syncline_resources import demo_paths

    from .. import pipeline

    a, b, truth = demo_paths()
    folder = Path(arguments.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"The folder “{folder}” can't be made ({error.strerror}); name another one with -o."
        ) from error
    targets = [folder / "path.csv", folder / "retimed.mp4"]
    with watching(arguments.quiet) as monitor:
        pair = pipeline.open_pair(a, b, truth, monitor=monitor.part(0.0, 0.1, "Opening"))
        alignment = pipeline.align(pair, monitor=monitor.part(0.1, 0.6))
        _write(alignment, targets, None, {}, monitor.part(0.6, 1.0))
    if arguments.json:
        say_json(_result(alignment, targets, monitor))
    else:
        say(_summary(alignment, targets))
        say(f"\nThe results are in {folder.resolve()}: the path as a table, and B's pictures on A's clock.")
    return 0


def cache(arguments: argparse.Namespace) -> int:
    """Show how much is kept of extracted features, or remove it."""
    from .. import pipeline

    before = pipeline.cache_size()
    freed = pipeline.clear_cache() if arguments.clear else 0
    left = pipeline.cache_size()
    if arguments.json:
        say_json({"bytes": left, "freed": freed})
    elif arguments.clear:
        say(f"removed {before / 1e6:.1f} MB of extracted features")
    else:
        say(f"{before / 1e6:.1f} MB of extracted features are kept; syncline cache --clear removes them")
    return 0
