"""``syncline encode`` and ``syncline sync``, as a shell sees them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evaluate_tcc
import syncline as sl
from syncline import pipeline
from syncline.cli import main
from syncline.edits import anchor_file
from syncline.embedding import load_encoder


def written(case: evaluate_tcc.Case, folder: Path, anchors: int) -> list[str]:
    """Both sides, and anchors where the truth is."""
    np.save(folder / "a.npy", case.a)
    np.save(folder / "b.npy", case.b)
    rows = ((np.arange(anchors) + 0.5) / anchors * len(case.b)).astype(int)
    pins = tuple(sl.Anchor(k + 1, float(case.places[r]), float(r)) for k, r in enumerate(rows))
    (folder / "anchors.json").write_text(anchor_file.dumps(sl.Constraints(pins, next_id=anchors + 1)))
    return [str(folder / f"{n}.npy") for n in "ab"]


@pytest.fixture
def files(tmp_path: Path, data: Path) -> list[str]:
    return written(evaluate_tcc.retimed(3), tmp_path, 7)


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([*words, "-q"])
    out, err = capsys.readouterr()
    return code, out, err


def test_learn_an_encoder_and_align_by_it(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "e.npz")
    code, text, _ = ran(capsys, "encode", *files, "-o", out, "--set", "epochs=5", "--set", "check=no", "--name", "mine")
    assert code == 0
    assert "from given: 34 channels to 16" in text
    assert load_encoder(out).name == "mine"
    code, text, _ = ran(capsys, "align", *files, "--features", f"learned:file={out}", "--json")
    assert code == 0
    assert json.loads(text)["steps"] > 100


def test_learn_from_corrections(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["encode", *files, "-o", str(tmp_path / "m.npz"), "--anchors", str(tmp_path / "anchors.json"), "--json"]
    code, text, _ = ran(capsys, *words)
    said: Any = json.loads(text)
    assert (code, said["helps"], said["method"]) == (0, True, "metric")
    assert said["figures"]["held_out_after"] < said["figures"]["held_out_before"]
    assert said["notes"][0].startswith("The metric helps elsewhere")
    assert load_encoder(tmp_path / "m.npz").digest == said["digest"]
    # Views turned against each other in space: no map that both share makes them alike.
    (tmp_path / "m.npz").unlink()
    written(evaluate_tcc.spiral(2), tmp_path, 6)
    code, text, _ = ran(capsys, *words)
    assert (code, json.loads(text)["helps"], json.loads(text)["output"]) == (1, False, None)
    assert not (tmp_path / "m.npz").exists()


def test_three_on_one_clock(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "clock.csv"
    code, text, _ = ran(capsys, "sync", *files, files[1], "--reference", "2", "-o", str(out))
    assert code == 0
    assert "3 recordings on the clock of b.npy" in text
    with out.open(newline="") as lines:
        head, *rows = list(csv.reader(lines))
    assert head == ["clock", "a", "b", "b (3)"]
    clock, a, b, again = np.array(rows, float).T
    np.testing.assert_array_equal(clock, b)
    np.testing.assert_allclose(again, b)
    pair = pipeline.align(pipeline.open_pair(files[1], files[0]), method="dtw")
    assert pair.path is not None
    np.testing.assert_allclose(a, pair.path.to_b(clock))
    code, text, _ = ran(capsys, "sync", *files, "-o", str(out), "--json")
    assert json.loads(text)["costs"] == sorted(json.loads(text)["costs"], reverse=True)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["encode", "A", "B", "-o", "e.csv"], 2, "must end in .npz"),
        (["encode", "A", "B", "-o", "nowhere/e.npz"], 1, "does not exist"),
        (["encode", "A", "B", "-o", "e.npz", "--set", "epocs=3"], 2, "Unknown parameter epocs"),
        (["sync", "A", "-o", "c.csv"], 2, "from 2 to 64"),
        (["sync", "A", "B", "-o", "c.csv", "--reference", "3"], 2, "from 1 to 2"),
        (["sync", "A", "B", "-o", "c.csv", "--reference", "middle"], 2, "“middle”"),
    ],
)
def test_one_sentence(
    words: list[str], code: int, sentence: str, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    given = [{"A": files[0], "B": files[1]}.get(w, w) for w in words]
    got, _, err = ran(capsys, *given)
    assert got == code
    assert sentence in err
