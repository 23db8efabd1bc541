from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from syncline.cli import main

BOXES = "label,x0,y0,x1,y1\ndog,0,0,40,40\ndog,100,0,180,80\ncar,10,60,60,90\n"


@pytest.fixture
def folder(tmp_path):
    picture = np.full((100, 200, 3), 120, np.uint8)
    picture[:40, :40] = (40, 40, 200)
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    (tmp_path / "boxes.csv").write_text(BOXES)
    return tmp_path


def run(capsys, *words):
    code = main(["match", *map(str, words), "-q"])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_picture_a_caption_and_boxes_make_links_and_files(folder, capsys):
    given = [folder / "a.png", "--caption", "A red dog and a dog near a car.", "--boxes", folder / "boxes.csv"]
    out = [x for name in ("l.json", "l.csv", "l.pharaoh", "l.png", "l.html") for x in ("-o", folder / name)]
    code, said, _ = run(capsys, *given, *out)
    assert code == 0 and "red dog" in said and "text 1.00" in said and said.count("wrote ") == 5
    assert (folder / "l.pharaoh").read_text() == "0-1 0-2 1-5 2-8\n"
    code, said, _ = run(capsys, *given, "--lock", "1-2", "--forbid", "2-0:8", "--json")
    (picture,) = json.loads(said)["pictures"]
    ids = [o["id"] for o in picture["objects"]]
    first, second, car = picture["captions"][0]["phrases"]
    assert {(x["object"], x["phrase"], x["locked"]) for x in picture["links"]} == {
        (ids[1], first["id"], True),
        (ids[0], second["id"], False),
    }
    assert picture["unmatched"] == {"objects": [ids[2]], "phrases": [car["id"]]}
    code, said, _ = run(capsys, *given, "--lock", "2-6", "--json")  # “near”, which was no phrase
    assert "near" in [p["text"] for p in json.loads(said)["pictures"][0]["captions"][0]["phrases"]]


def test_a_folder_takes_captions_from_beside_and_writes_one_drawing_a_picture(folder, capsys):
    (folder / "a.txt").write_text("a car\n")
    (folder / "b.txt").write_text("[/EN#1/animals two dogs] , seen\n")
    (folder / "c.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    code, said, err = run(capsys, folder, "--boxes", folder / "boxes.csv", "-o", folder / "{name}.svg", "--json")
    found = json.loads(said)
    assert code == 0 and len(found["pictures"]) == 2
    assert [len(p["links"]) for p in found["pictures"]] == [1, 2]
    assert (folder / "a.svg").is_file() and (folder / "b.svg").is_file()
    assert any("c.png" in w for w in found["warnings"]) and "c.png" in err


def test_a_matrix_of_ones_own_and_the_classical_problem(folder, capsys):
    (folder / "w.csv").write_text("8,25,50\n50,35,75\n22,48,150\n")
    code, said, _ = run(
        capsys, folder / "a.png", "--boxes", folder / "boxes.csv", "--caption", "one cup, a hat and a cow",
        "--similarity", f"given:file={folder / 'w.csv'},scale=costs", "--threshold", "none", "--json",
        "--method", "hungarian",
    )  # fmt: skip
    (picture,) = json.loads(said)["pictures"]
    objects = [o["id"] for o in picture["objects"]]
    phrases = [p["id"] for p in picture["captions"][0]["phrases"]]
    pairs = {(objects.index(x["object"]), phrases.index(x["phrase"])) for x in picture["links"]}
    assert code == 0 and pairs == {(0, 2), (1, 1), (2, 0)}  # ALGORITHMS 3.1


def test_regions_stand_for_objects_or_beside_them(folder, capsys):
    picture = np.full((100, 200, 3), (230, 120, 20), np.uint8)
    picture[60:] = (40, 160, 40)
    picture[20:50, 120:150] = (30, 30, 220)
    cv2.imwrite(str(folder / "field.png"), picture)
    given = [folder / "field.png", "--caption", "a blue sky over green grass", "--json"]
    code, said, _ = run(capsys, *given, "--regions", "-o", folder / "l.json", "-o", folder / "l.svg")
    (found,) = json.loads(said)["pictures"]
    assert code == 0 and [(o["label"], o["origin"]) for o in found["objects"]] == [
        ("blue top", "region"),
        ("green bottom", "region"),
        ("red right", "region"),
    ]
    names = {o["id"]: o["label"] for o in found["objects"]}
    texts = {p["id"]: p["text"] for p in found["captions"][0]["phrases"]}
    assert {(names[x["object"]], texts[x["phrase"]]) for x in found["links"]} == {
        ("blue top", "blue sky"),
        ("green bottom", "green grass"),
    }
    # Drawn by its outline, where a box would be a <rect>.
    assert (folder / "l.svg").read_text().count('<path d="M') == 3
    assert found["objects"][2]["outline"] == [[[120, 20], [150, 20], [150, 50], [120, 50]]]
    code, said, _ = run(capsys, *given, "--regions", "2", "--boxes", folder / "boxes.csv")
    assert (
        code == 0
        and [o["origin"] for o in json.loads(said)["pictures"][0]["objects"]] == ["imported"] * 3 + ["region"] * 2
    )
    code, said, _ = run(capsys, *given, "--regions", "2", "-o", folder / "coco.json", "--format", "coco")
    grass = json.loads((folder / "coco.json").read_text())["annotations"][1]
    (line,) = grass["segmentation"]
    corners = set(zip(line[::2], line[1::2], strict=True))
    assert code == 0 and grass["area"] == 200 * 40 and corners == {(0, 60), (200, 60), (200, 100), (0, 100)}
    for number in ("0", "-1", "999"):
        code, _, err = run(capsys, *given, "--regions", number)
        assert code == 2 and "1 to 200 regions" in err
    code, _, err = run(capsys, *given, "--regions", "few")
    assert code == 2 and "invalid int value" in err


def test_wrong_usage_is_one_sentence(folder, capsys):
    picture, caption, boxes = folder / "a.png", ("--caption", "a dog"), ("--boxes", folder / "boxes.csv")
    for words, code, text in [
        ((picture,), 2, "--caption"),
        ((folder / "x.png", *caption), 1, "not there"),
        ((picture, *caption, *boxes, "--lock", "9-0"), 2, "counted from 0"),
        ((picture, *caption, *boxes, "--lock", "0:1"), 2, "I-J"),
        ((picture, *caption, *boxes, "--lock", "0-1", "--forbid", "0-1"), 3, "locked, but also forbidden"),
        ((picture, *caption, *boxes, "--method", "magic"), 2, "There is no matching method"),
        ((picture, *caption, *boxes, "--similarity", "magic"), 2, "There is no similarity source"),
        ((picture, *caption, *boxes, "-o", picture), 1, "is an input"),
        ((picture, *caption, *boxes, "-o", folder / "x.doc"), 2, "No exporter of links writes"),
        ((folder, *caption, *boxes), 2, "can't be about 2 pictures"),
    ]:
        found, _, err = run(capsys, *words)
        assert (found, text in err, err.count("\n")) == (code, True, 1), (words, err)


def test_the_shared_data_set(data, capsys):
    file = data / "images" / "captions_boxes.json"
    code, said, _ = run(capsys, file, "--classes-only", "--json")
    errors = json.loads(said)["errors"]
    assert code == 0 and errors["phrases"] == 14 and errors["f1"] >= 0.9


def test_nothing_but_a_picture_and_captions(data, capsys):
    images = data / "images"
    code, said, _ = run(
        capsys, images / "us_gov_bus_road.jpg", "--truth", images / "captions_boxes.json", "--classes-only", "--json",
        "--caption", json.loads((images / "captions_boxes.json").read_text())["images"][2]["captions"][0]["text"],
    )  # fmt: skip
    found = json.loads(said)
    assert code == 0 and all(o["origin"] == "detected" for o in found["pictures"][0]["objects"])
    assert found["errors"]["f1"] >= 0.9
