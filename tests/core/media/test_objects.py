"""Boxes and captions from every format: worked examples, and files that mean harm."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from syncline.errors import MediaError
from syncline.media.objects import Annotations, load_annotations
from syncline.model import Picture

SIZE = (200, 100)
PICTURE = Picture(Path("dogs.jpg"), "00", *SIZE)


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def rows(found: Annotations, name: str = "dogs.jpg") -> list[tuple[object, ...]]:
    item = found.of(name)
    assert item is not None
    return [(o.label, o.box.corners, o.score, o.entities) for o in item.objects]


COCO = {
    "images": [{"id": 7, "file_name": "a/dogs.jpg", "width": 200, "height": 100}, {"id": 8, "file_name": "empty.jpg"}],
    "categories": [{"id": 18, "name": "dog"}],
    "annotations": [
        {"image_id": 7, "category_id": 18, "bbox": [10, 20, 30.5, 40]},
        {"image_id": 7, "category_id": 99, "bbox": [0, 0, 5, 5], "score": 0.25},
        {"image_id": 7, "category_id": 18, "bbox": [0, 0, 200, 100], "iscrowd": 1},
        {"image_id": 7, "category_id": 18, "bbox": [10, 20, 0, 40]},
        {"image_id": 7, "category_id": 18, "bbox": [10, 20]},
        {"image_id": 7, "caption": " Two dogs . "},
        "nonsense",
    ],
}


def test_coco(tmp_path: Path) -> None:
    found = load_annotations(written(tmp_path, "c.json", json.dumps(COCO)))
    assert rows(found) == [("dog", (10, 20, 40.5, 60), None, ()), ("class 99", (0, 0, 5, 5), 0.25, ())]
    item = found.of("/elsewhere/dogs.jpg")
    assert item is not None and (item.width, item.height) == SIZE
    assert [c.text for c in item.captions] == ["Two dogs ."]
    assert found.of("empty.jpg") is not None and found.of("other.jpg") is None
    assert len(found.notes) == 3
    scene = item.scene(PICTURE)
    assert [o.id for o in scene.objects] == [1, 2] and scene.objects[0].origin == "imported" and scene.truth == ()
    with pytest.raises(MediaError, match="200 × 100"):
        item.scene(replace(PICTURE, width=100))


def test_coco_results_are_named_by_labels(tmp_path: Path) -> None:
    results = [{"image_id": "dogs", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]
    found = load_annotations(written(tmp_path, "r.json", json.dumps(results)), labels=["cat", "dog"])
    assert rows(found) == [("dog", (1, 2, 4, 6), 0.5, ())]


def test_yolo(tmp_path: Path) -> None:
    text = "0 0.5 0.5 0.1 0.2\n\n1 0.25 0.5 0.5 1 0.75\n7 0.1 0.1 0.2 0.1 0.15 0.3\n"
    file = written(tmp_path, "labels/dogs.txt", text)
    written(tmp_path, "classes.txt", "dog\nsmall cat\n")
    found = load_annotations(file, size=SIZE)
    want = [(90, 40, 110, 60), (0, 0, 100, 100), (20, 10, 40, 30)]
    assert [r[0] for r in rows(found)] == ["dog", "small cat", "class 7"]
    for row, corners in zip(rows(found), want, strict=True):
        assert row[1] == pytest.approx(corners)
    assert [r[2] for r in rows(found)] == [None, 0.75, None] and "class" in found.notes[0]
    with pytest.raises(MediaError, match="together with its picture"):
        load_annotations(file)
    with pytest.raises(MediaError, match="Line 2"):
        load_annotations(written(tmp_path, "bad.txt", "0 0.5 0.5 0.1 0.2\n0 0.5 x 0.1 0.2"), size=SIZE)


XML = """<annotation><filename>dogs.jpg</filename><size><width>200</width><height>100</height><depth>3</depth></size>
<object><name>1</name><name>2</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>16</xmax><ymax>16</ymax></bndbox></object>
<object><name>1</name><bndbox><xmin>21</xmin><ymin>31</ymin><xmax>40</xmax><ymax>50</ymax></bndbox></object>
<object><name>3</name><scene>1</scene><nobndbox>0</nobndbox></object></annotation>"""
SENTENCES = "[/EN#1/animals Two dogs] on [/EN#3/scene the road] .\n[/EN#2/animals A dog] and [/EN#0/notvisual who] .\n"


@pytest.mark.parametrize("place", ["Annotations/dogs.txt", "Sentences/dogs.txt"])
def test_flickr30k_entities(tmp_path: Path, place: str) -> None:
    file = written(tmp_path, "Annotations/dogs.xml", XML)
    assert [r[0] for r in rows(load_annotations(file))] == ["", ""]
    written(tmp_path, place, SENTENCES)
    found = load_annotations(file)
    assert rows(found) == [
        ("animals", (0, 0, 16, 16), None, ("1", "2")), ("animals", (20, 30, 40, 50), None, ("1",)),
    ]  # fmt: skip
    item = found.of("dogs.jpg")
    assert item is not None
    scene = item.scene(PICTURE)
    truth = {scene.phrase_text(g.phrase): [b.corners for b in g.boxes] for g in scene.truth}
    assert truth == {
        "Two dogs": [(0, 0, 16, 16), (20, 30, 40, 50)],
        "the road": [],
        "A dog": [(0, 0, 16, 16)],
        "who": [],
    }


def test_pascal_voc(tmp_path: Path) -> None:
    text = XML.replace("<name>1</name><name>2</name>", "<name>dog</name>").replace("<name>1</name>", "<name>cat</name>")
    found = load_annotations(written(tmp_path, "v.xml", text))
    assert [r[0] for r in rows(found)] == ["dog", "cat"]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("label,x0,y0,x1,y1\ndog,1,2,3,4\n", [("dog", (1, 2, 3, 4), None, ())]),
        ("x1;y1;x2;y2;class;confidence\n1,5;2;3;4;dog;0,25\n", [("dog", (1.5, 2, 3, 4), 0.25, ())]),
        ("name\tx\ty\twidth\theight\n'=dog\t1\t2\t3\t4\n", [("=dog", (1, 2, 4, 6), None, ())]),
        ("image,label,xmin,ymin,xmax,ymax\ndogs.jpg,dog,1,2,3,4\nother.jpg,cat,1,2,3,4\n", [("dog", (1, 2, 3, 4), None, ())]),
    ],
)  # fmt: skip
def test_tables(tmp_path: Path, text: str, want: list[tuple[object, ...]]) -> None:
    assert rows(load_annotations(written(tmp_path, "t.csv", text))) == want


def test_tables_of_captions_and_plain_ones(tmp_path: Path) -> None:
    found = load_annotations(written(tmp_path, "c.csv", 'image,caption\ndogs.jpg#0,"A dog, asleep"\ndogs.jpg#1,Two\n'))
    item = found.of("dogs.jpg")
    assert item is not None and [c.text for c in item.captions] == ["A dog, asleep", "Two"]
    item = load_annotations(written(tmp_path, "c.txt", "A dog.\n\n[/EN#1/animals Two dogs] .\n")).of("any.jpg")
    assert item is not None and [(c.text, len(c.phrases)) for c in item.captions] == [("A dog.", 0), ("Two dogs .", 1)]


def test_the_shared_captions_with_their_boxes(data: Path) -> None:
    found = load_annotations(data / "images" / "captions_boxes.json")
    assert len(found.pictures) == 3
    item = found.of("us_gov_two_dogs.jpg")
    assert item is not None
    scene = item.scene(Picture(Path("us_gov_two_dogs.jpg"), "00", 906, 600))
    truth = {scene.phrase_text(g.phrase): (len(g.boxes), g.label) for g in scene.truth}
    assert truth["red shoes"] == (2, "") and truth["golden retriever"] == (1, "dog") and len(truth) == 10
    assert sorted(o.label for o in scene.objects if o.label) == ["dog", "dog", "person"]


def test_phrases_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    phrases = [{"first_word": a, "last_word": b, "boxes_xyxy": [[0, 0, 9, 9]]} for a, b in ((0, 1), (1, 2), (3, 9))]
    text = json.dumps({"images": [{"file": "x.jpg", "captions": [{"text": "a red ball", "phrases": phrases}]}]})
    found = load_annotations(written(tmp_path, "g.json", text))
    assert [c.of(p) for c in found.pictures[0].captions for p in c.phrases] == ["a red"]
    assert [n for n in found.notes if n.startswith("2 phrases of “g.json”")]


HOSTILE = {
    "bomb.xml": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><annotation>&b;</annotation>',
    "outside.xml": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>',
    "deep.xml": "<a>" * 100_000,
    "deep-closed.xml": "<a>" * 5000 + "</a>" * 5000,
    "wide.xml": "<annotation " + " ".join(f'a{k}="1"' for k in range(2000)) + "/>",
    "cut.xml": XML[:300],
    "empty.xml": "<annotation/>",
    "nothing.json": "{}",
    "list.json": "[]",
    "numbers.json": "[1, 2, 3]",
    "wrong.json": json.dumps({"annotations": [{"bbox": "x", "image_id": {}}, {"bbox": [None] * 4}, {"bbox": [True, "a", [], {}]}]}),
    "wrong-images.json": json.dumps({"images": [{"id": [], "file_name": {}, "captions": [{"phrases": [{"first_word": 1}]}]}]}),
    "infinite.json": '{"annotations": [{"image_id": 1, "bbox": [1e999, 0, 1, 1]}]}',
    "huge.json": '{"annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1e300, 1]}]}',
    "deep.json": "[" * 100_000,
    "text.csv": "a,b\nc,d\n",
    "noboxes.csv": "label,x0,y0,x1,y1\ndog,a,b,c,d\n",
    "blank.txt": "\n\n \n",
    "picture.bmp": "BM",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaError) as error:
        load_annotations(written(tmp_path, name, HOSTILE[name]), size=SIZE)
    assert name in str(error.value) and "\n" not in str(error.value)


def test_mutated_annotations_never_crash(
    tmp_path: Path, count: Callable[[int, int], int], promise: Callable[[int, str], None]
) -> None:
    rng, times = random.Random(6), count(200, 4000)
    originals = {
        "m.json": json.dumps(COCO), "m.xml": XML, "m.txt": "0 0.5 0.5 0.1 0.2\n" * 5, "s.txt": SENTENCES,
        "m.csv": "label,x0,y0,x1,y1,score\ndog,1,2,3,4,0.5\n" * 3,
    }  # fmt: skip
    refused: list[str] = []
    for _ in range(times):
        name, text = rng.choice(list(originals.items()))
        raw = bytearray(text.encode())
        for _ in range(rng.choice([1, 2, 20])):
            raw[rng.randrange(len(raw))] = rng.choice(b'\0\xff"<>[]{},.0123456789eE-+ \n')
        file = tmp_path / name
        file.write_bytes(raw)
        try:
            found = load_annotations(file, size=SIZE)
            for item in found.pictures:
                item.scene(replace(PICTURE, width=item.width or 200, height=item.height or 100))
        except MediaError as error:
            refused.append(str(error))
    assert 0 < len(refused) < times and not any("\n" in sentence for sentence in refused)
    promise(10, f"{times} mutated annotations: {len(refused)} refused in a sentence, 0 crashes")
