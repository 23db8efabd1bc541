"""``syncline segment`` and ``syncline transfer``: a recording into pieces, and pieces onto another recording."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError
from ._edited import edited
from ._options import assignments
from ._outputs import writable
from ._penalties import penalty_target, write_penalties
from ._terminal import say, say_json, watching

if TYPE_CHECKING:
    from ..recutting import Doubt
    from ..tiers import Frames

__all__ = ["segment", "segment_options", "transfer", "transfer_options"]

_ENDINGS = ".TextGrid .eaf .srt .vtt .txt .csv .tsv .json"


def segment_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline segment``."""
    add = parser.add_argument
    add(
        "file",
        metavar="FILE",
        nargs="?",
        help="the recording or features; not needed with --emissions",
    )
    add(
        "--method",
        metavar="NAME",
        help="ctc, changepoints, units, examples, silences, shots, …; default: ctc with emissions, examples "
        "where some are given, else changepoints",
    )
    add(
        "--features",
        default="auto",
        metavar="RECIPE",
        help="what is cut, e.g. mfcc:hop_ms=20; default: what suits it",
    )
    add("--emissions", metavar="FILE", help="log-probabilities, probabilities or logits (.npy .npz .csv)")
    add("--labels", metavar="FILE", help="names of the columns of the emissions, one a line (.txt .json)")
    add("--blank", metavar="LABEL", help="which label is the blank; default: the usual names, else the first")
    add("--step", type=float, metavar="SECONDS", help="how long a frame of the emissions lasts; default 0.02")
    add("--transcript", metavar="FILE", help="what is said: words and phonemes are found")
    add(
        "--model",
        metavar="FILE",
        help="adapter of an acoustic model of your own (.json), instead of the extra “speech”",
    )
    add("--boundaries", metavar="FILE", help=f"segments whose starts are kept as boundaries ({_ENDINGS})")
    add("--edits", metavar="FILE", help="corrections to be made one after the other, each solved (.json)")
    add(
        "--with",
        dest="others",
        action="append",
        default=[],
        metavar="FILE",
        help="another recording that shares the units; may be repeated",
    )
    add("--check", action="store_true", help="also say which boundaries are least sure")
    add("--examples", metavar="FILE", help="named segments of the recording that say what others are to be called")
    add("--truth", metavar="FILE", help="true segments to judge the result by; a table may count frames (start_frame)")
    add("--tolerance", type=float, default=20.0, metavar="MS", help="how near a boundary must be to count; default 20")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the method; may be repeated")
    add(
        "--penalties",
        metavar="OUT",
        help="also write all segmentations that are best for some penalty, as a table (.csv .tsv); changepoints only",
    )
    add(
        "--between",
        nargs=2,
        type=float,
        default=(0.1, 10.0),
        metavar=("LOW", "HIGH"),
        help="the penalties of --penalties, as multiples of what noise alone asks for; default 0.1 10",
    )
    add("--key", metavar="KEY", help="which array of an npz, mat or h5 file")
    add("--rate", type=float, metavar="HZ", help="rows a second, where the file has no times")
    add(
        "-o", "--output", action="append", default=[], metavar="OUT", help=f"file to write: {_ENDINGS}; may be repeated"
    )
    add("--tier", metavar="NAME", help="write this tier only, for files that hold one")
    add("--json", action="store_true", help="print the result as JSON")
    add("-q", "--quiet", action="store_true", help="no progress bar")


def transfer_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline transfer``."""
    add = parser.add_argument
    add("path", metavar="PATH", help="a path that “syncline align -o” wrote: .csv, .json or .npz")
    add("tiers", metavar="TIERS", help=f"segments or subtitles of one side ({_ENDINGS})")
    add("--to", choices=("a", "b"), default="b", help="whose clock to put them on; default b")
    add("--tier", metavar="NAME", help="take this tier only")
    add("-o", "--output", action="append", required=True, metavar="OUT", help="file to write; may be repeated")
    add("--json", action="store_true", help="print what was written as JSON")


def segment(arguments: argparse.Namespace) -> int:
    """Cut, judge, write."""
    from .. import segmentation as s

    a = arguments
    inputs = [a.file, a.emissions, a.labels, a.transcript, a.model, a.boundaries, a.edits, a.examples, a.truth]
    inputs += a.others
    targets = _targets(a.output, inputs)
    table = penalty_target(a.penalties, inputs)
    params = assignments(arguments.set, "--set") or None
    with watching(arguments.quiet) as monitor:
        frames = _frames(arguments)
        keep = s.boundaries(arguments.boundaries, frames) if arguments.boundaries else ()
        known = s.examples(arguments.examples, frames) if arguments.examples else ()
        words = s.transcript_words(arguments.transcript) if arguments.transcript else None
        if known and (words is not None or arguments.emissions):
            raise ParameterError("Examples say what rows of features are called; leave emissions and transcript out.")
        doubts: list[Doubt] = []
        if arguments.edits or arguments.others or arguments.check:
            found, doubts = edited(arguments, params, words, keep, known, monitor)
        elif arguments.emissions:
            heard = s.load_emissions(
                arguments.emissions, arguments.labels, blank=arguments.blank, step=arguments.step, key=arguments.key
            )
            spelled = None if words is None else s.spell(words, heard)
            found = s.segment(
                heard, arguments.method, params, transcript=spelled, boundaries=keep, monitor=monitor
            )  # fmt: skip
        elif arguments.file is None:
            raise ParameterError("Name a recording, or a file of emissions with --emissions.")
        elif words is not None:
            if arguments.method not in (None, "ctc"):
                raise ParameterError(f"A transcript is laid onto speech by ctc, not by “{arguments.method}”.")
            found = s.segment_speech(
                arguments.file, words, params, model=arguments.model, boundaries=keep, monitor=monitor
            )  # fmt: skip
        else:
            found = s.segment(
                arguments.file, arguments.method, params, features=arguments.features, boundaries=keep,
                examples=known, key=arguments.key, rate=arguments.rate, monitor=monitor,
            )  # fmt: skip
        judged = []
        if arguments.truth:
            judged = s.judge_tiers(found.tiers, s.load_tiers(arguments.truth, frames), arguments.tolerance / 1000)
        if table is not None:
            count = write_penalties(table, found, params, keep, a.between, monitor)
            found.figures["best for some penalty"] = float(count)
        notes = [*found.tiers.notes, *_write(s.tier_of(found.tiers, arguments.tier), targets)]
    written = [*targets, *([table] if table is not None else [])]
    if arguments.json:
        say_json(
            {
                "reason": found.reason,
                "figures": found.figures,
                "tiers": [
                    {"name": t.name, "segments": [dataclasses.asdict(x) for x in t.segments]} for t in found.tiers.tiers
                ],
                "errors": [dataclasses.asdict(j) for j in judged],
                "doubts": [dataclasses.asdict(d) for d in doubts],
                "notes": notes,
                "written": [str(t) for t in written],
            }
        )
        return 0
    say(found.reason)
    for name, value in found.figures.items():
        say(f"{name.replace('_', ' ')}: {value:.6g}")
    for tier in found.tiers.tiers:
        say(f"\n{tier.name}")
        for x in tier.segments:
            sure = "" if x.score is None else f"  {x.score:4.2f}"
            say(f"{x.start:10.3f} {x.end:10.3f}{sure}  {x.label}")
    if doubts:
        say("\nto be checked, the least sure first")
    for d in doubts:
        say(f"{d.time:10.3f}  {d.confidence:4.2f}  {d.tier}: {d.words}")
    for j in judged:
        b = j.boundaries
        say(f"\n{j.tier} against {j.truth}: {b.true} boundaries, {b.found} found")
        within = f"within {arguments.tolerance:g} ms: P {b.precision:.2f}, R {b.recall:.2f}, F1 {b.f1:.2f}"
        say(f"{within}, R-value {b.r_value:.2f}; median {b.median_ms:.1f} ms, 90 % {b.p90_ms:.1f} ms")
        if j.units is not None:
            u = j.units
            say(f"phone purity {u.phone_purity:.2f}, cluster purity {u.cluster_purity:.2f}, PNMI {u.pnmi:.2f}")
    _end(notes, written)
    return 0


def transfer(arguments: argparse.Namespace) -> int:
    """Carry tiers along a path."""
    from ..media.path_files import load_path
    from ..segmentation import load_tiers, tier_of
    from ..tiers import carry

    targets = _targets(arguments.output, [arguments.path, arguments.tiers])
    path, _ = load_path(arguments.path)
    tiers = carry(tier_of(load_tiers(arguments.tiers), arguments.tier), path, arguments.to)
    notes = [*tiers.notes, *_write(tiers, targets)]
    if arguments.json:
        count = sum(len(t.segments) for t in tiers.tiers)
        say_json({"segments": count, "notes": notes, "written": [str(t) for t in targets]})
    else:
        _end(notes, targets)
    return 0


def _frames(a: argparse.Namespace) -> Frames | None:
    """When the frames are that a table may count."""
    from ..media import open_media

    return None if a.file is None else lambda: open_media(a.file, key=a.key, rate=a.rate).frame_edges


def _targets(outputs: list[str], inputs: list[str | None]) -> list[Path]:
    from ..tiers import SUFFIXES

    targets = [Path(word) for word in outputs]
    for target in targets:
        if target.suffix.lower() not in SUFFIXES:
            raise ParameterError(f"Segments are written as {_ENDINGS}, not as “{target.name}”.")
        writable(target, inputs)
    return targets


def _write(tiers: Any, targets: list[Path]) -> list[str]:
    from ..tiers import save_tiers

    return [note for target in targets for note in save_tiers(tiers, target)]


def _end(notes: list[str], targets: list[Path]) -> None:
    for note in notes:
        say(note)
    for target in targets:
        say(f"wrote {target}")
