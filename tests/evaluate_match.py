"""How well the defaults link objects to words on the shared pictures: detections, links, F1.

    python tests/evaluate_match.py            both tables
    python tests/evaluate_match.py --write    and into tests/EVALUATION-MATCH.md

Two ways: from nothing but picture and captions (objects detected, phrases found), and with the true boxes, labelled by
their COCO class alone; a link is right if its box overlaps one of the phrase's true boxes by an IoU of at least 0.5.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from syncline import matching
from syncline.model import Scene, box_array, overlaps
from syncline.model.matches import MatchErrors, SceneMatch

ROOT = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SYNCLINE_DATA", ROOT.parent.parent / "shared" / "data"))


def given(truths: list[Scene]) -> Iterator[Scene]:
    """The true boxes that have a class, under its name; captions with the phrases of the truth."""
    for scene in truths:
        yield scene.with_objects(o for o in scene.objects if o.label)


def detected(truths: list[Scene], detector: str) -> Iterator[Scene]:
    """Picture and text of the captions, nothing else."""
    for truth in truths:
        scene = matching.open_scene(truth.picture.path, [c.text for c in truth.captions])
        yield matching.with_truth(matching.detect(scene, detector), truth)


def detections(scene: Scene) -> str:
    """How many objects, and how many of the true boxes with a class are among them."""
    true = [b for g in scene.truth if g.label for b in g.boxes]
    hit = overlaps(box_array(o.box for o in scene.active), box_array(true)).max(0, initial=0.0) >= 0.5
    return f"{len(scene.active)}, {int(hit.sum())} of {len(true)} true"


def links(found: SceneMatch) -> str:
    """Every link as “words → label”, ✓ or ✗ where the truth says."""
    scene = found.scene
    boxes = {g.phrase: g.boxes for g in scene.truth}
    said: list[str] = []
    for link in found.links:
        thing = scene.object(link.a)
        assert thing is not None
        mark = ""
        if boxes.get(link.b):
            hit = overlaps(box_array([thing.box]), box_array(boxes[link.b])).max() >= 0.5
            mark = " ✓" if hit else " ✗"
        said.append(f"{scene.phrase_text(link.b)} → {thing.label}{mark}")
    return "; ".join(said)


def table(scenes: Iterator[Scene], method: str) -> tuple[list[str], MatchErrors]:
    lines = [
        "| picture | objects | links | F1, phrases with a class | F1, all | s |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    total, whole = MatchErrors(0, 0, 0, 0, 0, 0), MatchErrors(0, 0, 0, 0, 0, 0)
    began = time.perf_counter()
    for scene in scenes:
        found = matching.match(scene, method=method)
        errors, every = matching.judge(found, classes_only=True), matching.judge(found)
        total, whole = total + errors, whole + every
        now = time.perf_counter()
        lines.append(
            f"| {scene.picture.path.name} | {detections(scene)} | {links(found)} | {errors.f1:.2f} | {every.f1:.2f} "
            f"| {now - began:.1f} |"
        )
        began = now
    lines.append(
        f"| in all | | {total.links + 0} links of {total.phrases} phrases | **{total.f1:.2f}** | {whole.f1:.2f} | |"
    )
    lines.append("")
    lines.append(
        f"Phrases with a class: precision {total.precision:.2f}, recall {total.recall:.2f}, F1 {total.f1:.2f}, "
        f"AER {total.aer:.2f}."
    )
    return lines, total


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/EVALUATION-MATCH.md too")
    parser.add_argument("--method", default="assignment", help="another match solver")
    parser.add_argument("--detector", default="both", help="both, nanodet or ssd")
    options = parser.parse_args(argv)
    file = DATA / "images" / "captions_boxes.json"
    if not file.is_file():
        print(f"There is no {file}: set SYNCLINE_DATA.", file=sys.stderr)
        return 1
    truths = matching.open_scenes(file)
    lines = ["## Nothing but picture and captions", ""]
    lines += table(detected(truths, options.detector), options.method)[0]
    lines += ["", "## True boxes, labelled by their class alone", ""]
    more, errors = table(given(truths), options.method)
    lines += more
    print("\n".join(lines))
    if options.write:
        head = (
            "# How well objects are linked to words\n\n"
            "Made by `python tests/evaluate_match.py --write`; default settings, nothing tuned per picture, no network. A\n"
            "link is right (✓) if its box overlaps one of the phrase's true boxes by an IoU of at least 0.5.\n\n"
        )
        (ROOT / "EVALUATION-MATCH.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return 0 if errors.f1 >= 0.9 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
