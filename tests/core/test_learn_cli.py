from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

import syncline as sl
from syncline.cli import main
from syncline.learning import load_scorer
from syncline.model import Session
from taught_scenes import LABELS, NAMES, locked_scenes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project of twelve pictures whose links are locked, and a picture beside it."""
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    cv2.imwrite(str(tmp_path / "a.png"), np.full((200, 400, 3), 120, np.uint8))
    picture = sl.open_scene(tmp_path / "a.png").picture
    scenes = tuple(replace(s, picture=picture) for s in locked_scenes(12))
    sl.save_project(Session(scenes=scenes), tmp_path / "p.syncline")
    rows = [f"{label},{90 * k},0,{90 * k + 80},80" for k, label in enumerate(LABELS[:4])]
    (tmp_path / "boxes.csv").write_text("label,x0,y0,x1,y1\n" + "\n".join(rows) + "\n")
    return tmp_path


def run(capsys, *words):
    code = main([*map(str, words), "-q"])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_scorer_is_trained_from_a_project_and_applied_to_another_picture(folder, capsys):
    scorer = folder / "s.npz"
    code, said, _ = run(capsys, "learn", folder / "p.syncline", "-o", scorer, "--set", "epochs=150", "--name", "codes")
    assert code == 0 and "48 links of 12 pictures, 2 of them held out" in said and "8 of 8" in said
    assert load_scorer(scorer).label == "codes"
    caption = f"a {NAMES[2]}, a {NAMES[0]}, a {NAMES[3]} and a {NAMES[1]}"
    given = ["match", folder / "a.png", "--caption", caption, "--boxes", folder / "boxes.csv", "--json"]
    linked = []
    for similarity in (f"text+2*learned:file={scorer}", "text"):
        code, said, _ = run(capsys, *given, "--similarity", similarity)
        (picture,) = json.loads(said)["pictures"]
        objects = [o["id"] for o in picture["objects"]]
        phrases = [p["id"] for p in picture["captions"][0]["phrases"]]
        linked.append({(objects.index(x["object"]), phrases.index(x["phrase"])) for x in picture["links"]})
    assert code == 0 and linked[0] == {(2, 0), (0, 1), (3, 2), (1, 3)} != linked[1]


def test_the_truth_of_a_data_set_teaches(folder, capsys):
    entities = "".join(f"[/EN#{k}/thing a {NAMES[k]}] , " for k in range(4))
    (folder / "a.txt").write_text(entities + "\n")
    boxes = "".join(
        f"<object><name>{k}</name><bndbox><xmin>{90 * k}</xmin><ymin>1</ymin><xmax>{90 * k + 80}</xmax>"
        "<ymax>80</ymax></bndbox></object>"
        for k in range(4)
    )
    (folder / "a.xml").write_text(
        f"<annotation><filename>a.png</filename><size><width>400</width><height>200</height><depth>3</depth></size>{boxes}"
        "</annotation>"
    )
    code, said, err = run(
        capsys, "learn", folder / "a.png", "--caption-file", folder / "a.txt", "--boxes", folder / "a.xml",
        "--truth", folder / "a.xml", "-o", folder / "s.npz", "--set", "epochs=2", "--json",
    )  # fmt: skip
    found = json.loads(said)
    assert (code, found["figures"]["pairs"], len(found["curve"])) == (0, 4, 3), err


def test_wrong_usage_is_one_sentence(folder, capsys):
    project, out = folder / "p.syncline", ("-o", folder / "s.npz")
    sl.save_project(
        Session(scenes=(replace(locked_scenes(1)[0], constraints=sl.LinkConstraints()),)), folder / "q.syncline"
    )
    for words, code, text in [
        ((project, "-o", folder / "s.json"), 2, ".npz"),
        ((project, "-o", folder / "no" / "s.npz"), 1, "does not exist"),
        ((project, *out, "--method", "magic"), 2, "There is no learner"),
        ((project, *out, "--set", "epochs=0"), 2, "must be from 1"),
        ((project, *out, "--caption-file", folder / "a.txt"), 2, "leave out --caption-file"),
        ((folder / "x.syncline", *out), 1, "does not exist"),
        ((folder / "q.syncline", *out), 2, "Nothing here teaches"),
        ((folder / "a.png", *out, "--boxes", folder / "boxes.csv", "--caption", "a dog"), 2, "give --truth"),
    ]:
        found, _, err = run(capsys, "learn", *words)
        lines = [line for line in err.splitlines() if not line.startswith("syncline: note:")]
        assert (found, text in lines[-1], len(lines)) == (code, True, 1), (words, err)
    assert not (folder / "s.npz").exists()
