from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring, parse

from match_scenes import scene
from syncline import matching
from syncline.errors import ExportError, ParameterError
from syncline.export.links import REGISTRY, safe_name
from syncline.model import LinkConstraints
from syncline.words import load_sentences

EVIL = '"><script>alert(1)</script><img src=x onerror=y>&\x1b(0m\x00\ud800'
TARGETS = [(f"f{suffix}", name) for name in REGISTRY.names() for suffix in sorted(REGISTRY[name].kinds)]


def pixels(picture):
    return np.full((picture.height, picture.width, 3), 90, np.uint8)


def found(*captions, label="dog"):
    captions = captions or ("A [dog], two [cats].", "[cats] & a [cow]")
    boxes = [(label, (0.5, 0, 100, 100), 0.9), ("cat", (100, 50, 300, 200)), ("cat", (300, -5, 500, 200))]
    made = scene(boxes, *captions)
    if made.phrases:
        made = replace(made, constraints=LinkConstraints(frozenset({(made.objects[0].id, made.phrases[0].id)})))
    return matching.match(made, similarity="words+0.5*confidence", pixels=lambda: None)


def write(matches, target, **options):
    return matching.export_match(matches, target, pixels=pixels, **options)


@pytest.mark.parametrize(("name", "format"), TARGETS)
def test_every_exporter_takes_any_scene_and_gives_the_same_bytes(tmp_path, name, format):
    for k, case in enumerate([found(), found(f"[{EVIL}]", label=EVIL), found(label=""), found("nothing")]):
        first, second = tmp_path / f"{k}{name}", tmp_path / "again" / f"{k}{name}"
        second.parent.mkdir(exist_ok=True)
        write(case, first, format=format)
        write(case, second, format=format)
        assert first.read_bytes() == second.read_bytes()
        assert second.stat().st_size > 0
    assert len(list(tmp_path.iterdir())) == 5


def test_json_has_offsets_boxes_and_shares(tmp_path):
    case = found()
    write([case, found("a [cow]")], tmp_path / "l.json")
    whole = json.loads((tmp_path / "l.json").read_text())
    assert whole["format"] == "syncline-links" and len(whole["pictures"]) == 2
    record = whole["pictures"][0]
    assert record["objects"][0]["box"] == [0.5, 0, 100, 100] and record["objects"][0]["score"] == 0.9
    text = record["captions"][0]["text"]
    dog, cats = record["captions"][0]["phrases"]
    assert (text[dog["start"] : dog["end"]], dog["words"], cats["words"]) == ("dog", [1], [3])
    first = record["links"][0]
    assert (first["object"], first["phrase"], first["locked"]) == (record["objects"][0]["id"], dog["id"], True)
    weights = {t["name"]: t["weight"] for t in record["recipe"]["similarity"]}
    share = sum(first["parts"][n] * weights[n] for n in weights) / sum(weights.values())
    assert first["similarity"] == pytest.approx(share)
    assert [p["id"] for p in record["captions"][1]["phrases"] if p["text"] == "cow"] == record["unmatched"]["phrases"]
    write([case, found("a [cow]")], tmp_path / "l.jsonl")
    assert [json.loads(x) for x in (tmp_path / "l.jsonl").read_text().splitlines()] == whole["pictures"]


def test_a_table_holds_no_formula(tmp_path):
    write(found("[=cmd()] and a [cat]", label="+1"), tmp_path / "l.csv")
    rows = list(csv.DictReader((tmp_path / "l.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0]["label"] == "'+1" and rows[0]["text"] == "'=cmd()" and rows[0]["locked"] == "yes"
    assert float(rows[0]["x0"]) == 0.5
    assert [r["text"] for r in rows] == ["'=cmd()", "cat", ""]  # one cat stays alone


def test_coco_links_name_captions_and_stretches(tmp_path):
    write([found(), found("a [cat]")], tmp_path / "c.json", format="coco")
    whole = json.loads((tmp_path / "c.json").read_text())
    captions = {c["id"]: c for c in whole["captions"]}
    names = {c["id"]: c["name"] for c in whole["categories"]}
    for annotation in whole["annotations"]:
        for link in annotation["links"]:
            caption = captions[link["caption_id"]]
            assert caption["image_id"] == annotation["image_id"]
            assert caption["caption"][link["start"] : link["end"]] == link["text"]
    assert [names[a["category_id"]] for a in whole["annotations"]] == ["dog", "cat", "cat"] * 2
    assert whole["annotations"][1]["bbox"] == [100, 50, 200, 150]
    assert whole["images"][1]["caption"] == "a cat" and "caption" not in whole["images"][0]
    assert (
        sum(map(len, (a["tokens_positive"] for a in whole["annotations"][3:]))) == 1
    )  # the locked dog takes its place


def test_flickr30k_entities_come_back(tmp_path):
    case = found()
    write(case, tmp_path / "e.txt")
    write(case, tmp_path / "e.xml")
    captions = load_sentences((tmp_path / "e.txt").read_text())
    assert [c.text for c in captions] == [c.text for c in case.scene.captions]
    dog, cats = captions[0].phrases
    again, cow = captions[1].phrases
    assert cats.entity == again.entity != dog.entity and cow.kind == "other"
    root = parse(tmp_path / "e.xml").getroot()
    boxes = {}
    for thing in root.iter("object"):
        if thing.find("bndbox") is not None:
            for name in thing.findall("name"):
                boxes.setdefault(name.text, []).append([int(x.text) for x in thing.find("bndbox")])
        else:
            assert thing.find("name").text == cow.entity and thing.find("nobndbox").text == "1"
    assert boxes == {dog.entity: [[1, 1, 100, 100]], cats.entity: [[101, 51, 300, 200], [301, 1, 400, 200]]}


def test_pharaoh_counts_words_not_marks(tmp_path):
    write(found("Look: a [big dog], two [cats]!", "nothing"), tmp_path / "l.pharaoh")
    assert (tmp_path / "l.pharaoh").read_text() == "0-2 0-3 1-5 2-5\n\n"


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.scripts = set(), [], []
        self.script = False

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.script = tag == "script"

    def handle_data(self, data):
        if self.script and data.strip():
            self.scripts.append(data)

    def handle_endtag(self, tag):
        self.script = False


def test_a_page_says_hostile_names_and_captions_and_does_nothing_they_ask(tmp_path):
    case = found(f"a [{EVIL}] and <b>[cats]</b> </svg></script>", label=EVIL)
    case = replace(case, notes=(EVIL,))
    write(case, tmp_path / "p.html")
    page = _Page()
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    page.feed(text)
    allowed = (
        "html head meta title style body h1 h2 section svg g rect image path text table thead tbody tr th td p script"
    )
    assert page.tags == set(allowed.split())
    assert not [a for a, _ in page.attributes if a.startswith("on") or a == "src"]
    assert all(v.startswith("data:image/jpeg;base64,") for a, v in page.attributes if "href" in a)
    assert len(page.scripts) == 1 and "alert" not in page.scripts[0]
    policy = next(v for a, v in page.attributes if a == "content" and "default-src" in v)
    assert "default-src 'none'" in policy and "script-src 'sha256-" in policy and "unsafe-inline'; script" in policy
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and not set("\x1b\x00") & set(text)
    write(case, tmp_path / "f.svg")
    drawing = fromstring((tmp_path / "f.svg").read_text(encoding="utf-8"))
    assert {e.tag.split("}")[1] for e in drawing.iter()} == {"svg", "title", "rect", "image", "g", "path", "text"}


def test_pictures_are_never_written_to_and_one_file_shows_one(tmp_path):
    case = found()
    picture = tmp_path / "made.svg"
    picture.write_bytes(b"the picture")
    case = replace(case, scene=replace(case.scene, picture=replace(case.scene.picture, path=picture)))
    with pytest.raises(ExportError, match="never written to"):
        write(case, picture)
    with pytest.raises(ParameterError, match=r"\{name\}\.png"):
        write([case, case], tmp_path / "f.png")
    with pytest.raises(ParameterError, match="No exporter of links writes"):
        write(case, tmp_path / "f.docx")
    assert picture.read_bytes() == b"the picture"
    names = [p.name for p in write([case, case], tmp_path / "{name}.png")]
    assert names == ["made.png", "made 2.png"] and all((tmp_path / n).is_file() for n in names)


@pytest.mark.parametrize(
    ("name", "safe"),
    [("a/b:c.png", "a_b_c.png"), ("../x.png", "_x.png"), ("CON.png", "_CON.png"), ("-rf.png", "rf.png"), ("e\u0301.png", "\xe9.png"), ("\n.png", "_.png")],
)  # fmt: skip
def test_names_any_system_takes(name, safe):
    assert safe_name(name) == safe
    assert len(safe_name("ü" * 300 + ".png").encode()) <= 150


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits on file size are POSIX")
@pytest.mark.parametrize(("name", "format"), TARGETS)
def test_a_limit_on_file_size_loses_nothing(tmp_path, name, format):
    import resource

    target = tmp_path / name
    write(found(), target, format=format)
    size = target.stat().st_size
    target.write_bytes(b"the old file")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in {1, size // 2, size - 1}:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(ExportError) as caught:
                write(found(), target, format=format)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert str(tmp_path) in str(caught.value)
        assert target.read_bytes() == b"the old file" and [f.name for f in tmp_path.iterdir()] == [name]
