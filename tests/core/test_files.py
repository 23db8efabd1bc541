"""What every reader of files from outside relies on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncline.errors import MediaError
from syncline.files import beside, read_json, read_text

MOST = 1 << 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_read_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "t.txt"
    file.write_bytes("Straße\r\nfür\rdich\0\n".encode(encoding))
    assert read_text(file, MOST, "split it") == ("Straße\nfür\ndich\n", ())
    file.write_bytes("Straße".encode("cp1252"))
    text, notes = read_text(file, MOST, "split it")
    assert text == "Straße"
    assert "Windows-1252" in notes[0]
    with pytest.raises(MediaError, match="split it"):
        read_text(file, 3, "split it")


@pytest.mark.parametrize(
    "bad", ["[NaN]", "[Infinity]", "[1e999]", "[-1e999]", "[" * 100_000, "{", '{"a": 1,}', "9" * 5000, ""]
)
def test_what_is_no_proper_json_is_one_sentence(tmp_path: Path, bad: str) -> None:
    file = tmp_path / "f.json"
    file.write_text(bad)
    with pytest.raises(MediaError, match=r"f\.json") as error:
        read_json(file, MOST)
    assert "\n" not in str(error.value)


def test_json_text_can_be_stored(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text(r'{"a\ud800": ["\udc00x", "\u0000", "\ud83d\ude00", 1.5, null]}')
    found, _ = read_json(file, MOST)
    json.dumps(found, ensure_ascii=False).encode()
    assert found == {"a?": ["?x", "", "😀", 1.5, None]}


@pytest.mark.parametrize(
    "name",
    ["../x.jpg", "a/../../x.jpg", "/etc/passwd", "~/x", "file:x", "http://x/y.jpg", "C:\\x.jpg", "\\\\host\\x", "//h/x", "a\0", "", "out/x.jpg"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_not_followed(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "out").symlink_to(tmp_path)
    with pytest.raises(MediaError):
        beside(inside / "f.json", name)


def test_a_name_below_the_folder_is_found(tmp_path: Path) -> None:
    assert beside(tmp_path / "f.json", "sub\\dogs.jpg") == tmp_path.resolve() / "sub" / "dogs.jpg"
    assert beside(tmp_path / "f.json", "..odd.jpg") == tmp_path.resolve() / "..odd.jpg"
