"""``syncline match``: objects in pictures and words of their captions."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError
from ._options import assignments
from ._outputs import writable
from ._terminal import say, watching

if TYPE_CHECKING:
    from ..detection import Detector
    from ..model import Phrase, Scene
    from ..model.matches import MatchErrors, MatchRecipe, SceneMatch
    from ..progress import Monitor

__all__ = ["detected", "input_options", "match", "opened", "options"]


def input_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which pictures, captions and objects there are."""
    add = parser.add_argument
    add("--caption", action="append", default=[], metavar="TEXT", help="a sentence about the picture; may be repeated")
    add("--caption-file", metavar="FILE", help="captions: .txt, one a line, or .json .csv .xml that names pictures")
    add("--boxes", metavar="FILE", help="objects: COCO .json, YOLO .txt, Flickr30k or VOC .xml, .csv")
    add("--labels", metavar="FILE", help="names of the classes that --boxes numbers, one a line")
    add("--detect", action="store_true", help="detect objects also where boxes are given")
    add(
        "--detector",
        default="both",
        metavar="NAME",
        help="both, nanodet or ssd, which come with the program, or an .onnx of yours with its labels in a .txt of the "
        "same name, or the .json that describes one; default both",
    )
    add(
        "--regions",
        nargs="?",
        const=True,
        type=int,
        metavar="N",
        help="part the picture into N regions (sky, grass, road), 12 if no number is given: objects instead of "
        "detected ones; with --detect, beside them",
    )
    add("--score", type=float, metavar="X", help="detections from this score on; default: the detector's own")


def options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``syncline match``."""
    add = parser.add_argument
    add(
        "input",
        metavar="IMAGE",
        help="a picture, a frame of a video as clip.mp4#25, a folder of pictures, "
        "or a data set's .json .csv .xml beside them",
    )
    add(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="OUT",
        help="file to write; its ending says what: .json .jsonl .csv .txt .xml .pharaoh .png .svg .html; {name} in it "
        "stands for the picture's name; may be repeated",
    )
    input_options(parser)
    add(
        "--similarity",
        default="auto",
        metavar="RECIPE",
        help="what is compared: auto, or e.g. text+0.5*attributes:position=no+given:file=W.csv; text+2*learned:file="
        "S.npz takes a scorer that “syncline learn” wrote",
    )
    add("--method", default="assignment", metavar="NAME", help="how links are found; default assignment")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the method; may be repeated")
    add(
        "--threshold",
        metavar="X",
        help="similarity from which a pair is a link; “none” matches everybody; default: where the sources say yes",
    )
    for word, text in (("lock", "keep the link"), ("forbid", "rule out the link")):
        add(
            f"--{word}",
            action="append",
            default=[],
            metavar="I-J",
            help=f"{text} of object I and word J of the caption, both counted from 0, as the table and .pharaoh files "
            "have them; I-C:J is word J of caption C; may be repeated",
        )
    add("--truth", metavar="FILE", help="captions whose phrases mean boxes, to judge the links by")
    add("--classes-only", action="store_true", help="judge only phrases whose truth names a class")
    add("--export-set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the exporter")
    add("--format", metavar="NAME", help="exporter where several write the same ending, e.g. coco")
    add("--json", action="store_true", help="print the result as JSON")
    add("-q", "--quiet", action="store_true", help="no progress bar")


def match(arguments: argparse.Namespace) -> int:
    """Link objects to words, judge, write."""
    from .. import matching

    targets = _targets(arguments)
    recipe = _recipe(arguments)
    with watching(arguments.quiet) as monitor:
        scenes = opened(arguments, monitor.part(0.0, 0.1, "Opening"))
        if not any(scene.phrases for scene in scenes):
            raise ParameterError("There are no words to match; give --caption or --caption-file.")
        if len(scenes) > 1 and (arguments.lock or arguments.forbid):
            raise ParameterError("--lock and --forbid are about one picture.")
        scenes = detected(scenes, arguments, monitor.part(0.1, 0.7))
        scenes = [_constrained(scene, arguments) for scene in scenes]
        corpus = matching.corpus_of(scenes)
        found: list[SceneMatch] = []
        for k, scene in enumerate(scenes):
            part = monitor.part(0.7 + 0.2 * k / len(scenes), 0.7 + 0.2 * (k + 1) / len(scenes), "Matching")
            result = matching.match(scene, recipe=recipe, corpus=corpus, monitor=part)
            if scene.truth and arguments.classes_only:
                result = replace(result, errors=matching.judge(result, classes_only=True))
            for note in (*scene.picture.notes, *result.notes, *(n for c in result.captions for n in c.matching.notes)):
                monitor.warn(note)
            found.append(result)
        written: list[Path] = []
        for k, target in enumerate(targets):
            part = monitor.part(0.9 + 0.1 * k / len(targets), 0.9 + 0.1 * (k + 1) / len(targets))
            written += matching.export_match(
                found, target, format=_format(arguments, target), params=_own(arguments, target), monitor=part
            )
    errors = _all(found)
    if arguments.json:
        _say_json(found, errors, written, monitor)
    else:
        say(_text(found, errors, written))
    return 0


# -- what was asked -------------------------------------------------------------------------------


def _recipe(arguments: argparse.Namespace) -> MatchRecipe:
    from .. import matching
    from ..model.matches import MatchRecipe
    from ..registry import build
    from ..solvers.match import REGISTRY

    solver = REGISTRY[arguments.method]
    threshold = arguments.threshold
    if threshold is not None:
        try:
            threshold = float("-inf") if threshold.lower() == "none" else float(threshold)
        except ValueError:
            raise ParameterError(f"--threshold takes a number or “none”, not “{threshold}”.") from None
    return MatchRecipe(
        matching.parse_similarity(arguments.similarity),
        arguments.method,
        build(solver.params, assignments(arguments.set, "--set")),
        threshold,
    )


def _format(arguments: argparse.Namespace, target: Path) -> str | None:
    """The exporter that was named, for those targets whose ending it writes."""
    from ..export.links import REGISTRY

    name = arguments.format
    return name if name is not None and target.suffix.lower() in REGISTRY[name].kinds else None


def _own(arguments: argparse.Namespace, target: Path) -> dict[str, str]:
    from ..export.links import exporter_for
    from ..registry import describe

    names = {d["name"] for d in describe(exporter_for(target.suffix, _format(arguments, target)).params)}
    return {k: v for k, v in assignments(arguments.export_set, "--export-set").items() if k in names}


def _targets(arguments: argparse.Namespace) -> list[Path]:
    """The outputs, refused before any work if they can't be written."""
    from ..export.links import exporter_for

    targets = [Path(word) for word in arguments.output]
    settings = set(assignments(arguments.export_set, "--export-set"))
    for target in targets:
        exporter_for(target.suffix, _format(arguments, target))
        settings -= set(_own(arguments, target))
        writable(target, (arguments.input, arguments.caption_file, arguments.boxes, arguments.labels, arguments.truth))
    if settings:
        raise ParameterError(f"No output has a parameter {', '.join(sorted(settings))}.")
    if arguments.format is not None and targets and not any(_format(arguments, t) for t in targets):
        raise ParameterError(f"“{arguments.format}” writes none of the outputs.")
    return targets


def _detector(name: str) -> Detector | str:
    from ..detection import open_detector

    return open_detector(name) if name.lower().endswith((".json", ".onnx")) else name


def opened(arguments: argparse.Namespace, monitor: Monitor) -> list[Scene]:
    """The pictures that were named, with their captions, objects and truth."""
    from .. import matching
    from ..detection import load_labels

    return matching.open_scenes(
        arguments.input,
        captions=arguments.caption,
        caption_file=arguments.caption_file,
        boxes=arguments.boxes,
        labels=load_labels(Path(arguments.labels)) if arguments.labels else (),
        truth=arguments.truth,
        monitor=monitor,
    )


def detected(scenes: Sequence[Scene], arguments: argparse.Namespace, monitor: Monitor) -> list[Scene]:
    """The same, with objects found where there are none, or everywhere if that was asked for, and with regions."""
    from .. import matching

    detector = _detector(arguments.detector)
    done: list[Scene] = []
    for k, scene in enumerate(scenes):
        part = monitor.part(k / len(scenes), (k + 1) / len(scenes), "Detecting")
        if arguments.detect or (arguments.regions is None and not scene.objects):
            scene = matching.detect(scene, detector, threshold=arguments.score, monitor=part.part(0.0, 0.8))
        if arguments.regions is not None:
            count = None if arguments.regions is True else arguments.regions
            scene = matching.find_regions(scene, count, monitor=part.part(0.8, 1.0))
        done.append(scene)
    return done


def _constrained(scene: Scene, arguments: argparse.Namespace) -> Scene:
    """The scene with the links that were locked or forbidden; a word that is in no phrase becomes one."""
    pairs: dict[str, set[tuple[int, int]]] = {"lock": set(), "forbid": set()}
    for word, chosen in pairs.items():
        for text in getattr(arguments, word):
            parts = re.fullmatch(r"(\d+)-(?:(\d+):)?(\d+)", text)
            if parts is None:
                raise ParameterError(f"--{word} takes I-J or I-C:J, not “{text}”.")
            i, c, j = (int(x or 0) for x in parts.groups())
            if i >= len(scene.active) or c >= len(scene.captions):
                raise ParameterError(
                    f"--{word} {text}: there are {len(scene.active)} objects and {len(scene.captions)} captions, "
                    "counted from 0."
                )
            scene, phrase = _phrase_at(scene, c, j, f"--{word} {text}")
            chosen.add((scene.active[i].id, phrase.id))
    known = scene.constraints
    return replace(
        scene,
        constraints=replace(
            known,
            locked=known.locked | frozenset(pairs["lock"]),
            forbidden=known.forbidden | frozenset(pairs["forbid"]),
        ),
    )


def _phrase_at(scene: Scene, c: int, j: int, what: str) -> tuple[Scene, Phrase]:
    from ..model import Phrase
    from ..words import is_word, tokens_of

    caption = scene.captions[c]
    words = [t for t in tokens_of(caption.text) if is_word(t)]
    if j >= len(words):
        raise ParameterError(f"{what}: the caption has {len(words)} words, counted from 0.")
    phrase = caption.at(words[j].start)
    if phrase is None:
        scene = scene.with_caption(caption.with_phrases((*caption.phrases, Phrase(0, *words[j].span))))
        phrase = scene.captions[c].at(words[j].start)
        assert phrase is not None
    return scene, phrase


# -- what is said ---------------------------------------------------------------------------------


def _all(found: Sequence[SceneMatch]) -> MatchErrors | None:
    judged = [m.errors for m in found if m.errors is not None]
    total = judged[0] if judged else None
    for errors in judged[1:]:
        assert total is not None
        total += errors
    return total


def _errors_line(errors: MatchErrors) -> str:
    return (
        f"F1 {errors.f1:.2f}  precision {errors.precision:.2f}  recall {errors.recall:.2f}  AER {errors.aer:.2f}  "
        f"over {errors.phrases} phrases, boxes from IoU {errors.iou:g} on"
    )


def _text(found: Sequence[SceneMatch], errors: MatchErrors | None, written: Sequence[Path]) -> str:
    from ..words import is_word, tokens_of

    lines: list[str] = []
    for m in found:
        scene, picture = m.scene, m.scene.picture
        rows = {o.id: k for k, o in enumerate(scene.active)}
        lines += [""] if lines else []
        lines.append(f"{picture.name}  {picture.width} × {picture.height}")
        for c, (caption, part) in enumerate(zip(scene.captions, m.captions, strict=True)):
            lines.append(f"  caption {c}: {caption.text}")
            words = [t.span for t in tokens_of(caption.text) if is_word(t)]
            rest = [p for p in caption.phrases if p.id not in {x.b for x in part.matching.links}]
            for link in part.matching.links:
                thing, phrase = scene.object(link.a), caption.find(link.b)
                if thing is None or phrase is None:
                    continue
                places = [k for k, (s, e) in enumerate(words) if s < phrase.end and e > phrase.start]
                span = f"{places[0]}–{places[-1]}" if len(places) > 1 else f"{places[0]}" if places else ""
                score = "" if thing.score is None else f" {thing.score:.2f}"
                shares = "  ".join(
                    f"{p.name} {p.values[rows[link.a], part.similarity.b_ids.index(link.b)]:.2f}"
                    for p in part.similarity.parts
                )
                lines.append(
                    f"    {rows[link.a]:>3} {(thing.label or 'object') + score:<22} {span:>6} "
                    f"{caption.of(phrase):<28} {link.similarity:.2f}{'  locked' if link.locked else ''}  ({shares})"
                )
            if rest:
                lines.append("        unmatched words: " + ", ".join(caption.of(p) for p in rest))
        linked = {x.a for x in m.links}
        alone = [f"{rows[o.id]} {o.label or 'object'}" for o in scene.active if o.id not in linked]
        if alone:
            more = f" and {len(alone) - 12} more" if len(alone) > 12 else ""
            lines.append(f"  unmatched objects: {', '.join(alone[:12])}{more}")
        if m.errors is not None:
            lines.append(f"  {_errors_line(m.errors)}")
    if errors is not None and len(found) > 1:
        lines += ["", f"in all  {_errors_line(errors)}"]
    lines += [f"wrote {target}" for target in written]
    return "\n".join(lines)


def _say_json(
    found: Sequence[SceneMatch], errors: MatchErrors | None, written: Sequence[Path], monitor: Monitor
) -> None:
    import json

    from ..export.links._record import record

    value: dict[str, Any] = {
        "pictures": [record(m) for m in found],
        "errors": None
        if errors is None
        else {**vars(errors), **{n: getattr(errors, n) for n in ("precision", "recall", "f1", "aer")}},
        "outputs": [str(target) for target in written],
        "warnings": list(monitor.warnings),
    }
    print(json.dumps(value, indent=1, allow_nan=False))
