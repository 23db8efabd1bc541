"""``syncline compare`` and ``syncline evaluate``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import syncline as sl
from syncline.cli import main
from syncline.comparison import STRETCH, evaluate
from syncline.errors import MediaError
from syncline.media import load_path
from syncline.model import Pair
from syncline.quality import judge, path_difference

Run = Callable[..., tuple[int, str, str]]
RATES = ("--rate-a", "20", "--rate-b", "20")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: Any) -> tuple[int, str, str]:
        code = main([str(w) for w in words])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two sequences and the truth, in frames."""
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.standard_normal((60, 3)), axis=0).astype(np.float32)
    rows = np.r_[0:20, np.repeat(np.arange(20, 30), 2), 30:60:2]
    np.save(tmp_path / "a.npy", walk)
    np.save(tmp_path / "b.npy", walk[rows] + 0.05 * rng.standard_normal((len(rows), 3)).astype(np.float32))
    truth = tmp_path / "truth.csv"
    truth.write_text("a_frame,b_frame\n" + "".join(f"{a},{b}\n" for b, a in enumerate(rows)))
    return tmp_path / "a.npy", tmp_path / "b.npy", truth


def test_compare_writes_the_table_and_says_it(run: Run, files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    a, b, truth = files
    outs = [tmp_path / f"t.{end}" for end in ("csv", "html", "json")]
    code, out, _ = run(
        "compare", a, b, *RATES, "--truth", truth, "--features", "given,given@1",
        "--methods", "dtw:step_pattern=symmetric2,metric=cosine,offset", "--methods", "dtw",
        *(w for o in outs for w in ("-o", o)),
    )  # fmt: skip
    assert code == 0
    pair = sl.open_pair(sl.open_media(a, rate=20), sl.open_media(b, rate=20), truth)
    found = sl.compare(pair, ["dtw:step_pattern=symmetric2,metric=cosine", "offset", "dtw"], ["given", "given@1"])
    with outs[0].open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(r["method"], r["features"]) for r in table] == [(r.method, r.features) for r in found.rows]
    assert [float(r["mean_ms"]) for r in table] == [r.figures()["mean_ms"] for r in found.rows]
    assert STRETCH in out
    assert len(json.loads(outs[2].read_text())["rows"]) == 7
    assert outs[1].read_text().startswith("<!DOCTYPE html>")

    code, out, _ = run("compare", a, b, *RATES, "--methods", "dtw:window=sakoe_chiba,radius=0", "--json")
    assert code == 0
    record = json.loads(out)
    assert "radius" in record["rows"][0]["trouble"]
    assert record["rows"][1]["method"] == STRETCH


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--methods", "dwt"), 2, "dtw"),
        (("-o", "t.xlsx"), 2, ".html"),
        (("-o", "nowhere/t.csv"), 1, "does not exist"),
        (("--truth", "absent.csv"), 1, "absent.csv"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    run: Run, files: tuple[Path, Path, Path], words: tuple[str, ...], code: int, says: str
) -> None:
    got, out, err = run("compare", *files[:2], *RATES, *words)
    assert (got, out) == (code, "")
    assert says in err
    assert len(err.splitlines()) == 1


def test_evaluate_judges_what_align_wrote(run: Run, files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    a, b, truth = files
    saved = [tmp_path / f"path.{end}" for end in ("csv", "json", "npz")]
    code, out, _ = run(
        "align", a, b, *RATES, "--truth", truth, "--json", *(w for s in saved for w in ("-o", s)),
    )  # fmt: skip
    assert code == 0
    known = json.loads(out)["errors"]
    for path in saved:
        code, out, err = run("evaluate", path, truth, "--json")
        assert (code, err) == (0, "")
        record = json.loads(out)
        shares = {name.removeprefix("within "): v for name, v in record.items() if name.startswith("within")}
        assert shares == pytest.approx(known["within"])
        assert {k: record[k] for k in known if k != "within"} == pytest.approx(
            {k: v for k, v in known.items() if k != "within"}, abs=1e-6
        )
        pairs = np.genfromtxt(truth, delimiter=",", skip_header=1)
        assert record["p_dif"] == pytest.approx(path_difference(load_path(saved[0])[0].pairs, pairs), abs=0.2)
    assert "median" in run("evaluate", saved[0], truth)[1]
    lines = [line.split(",") for line in truth.read_text().splitlines()[1:]]
    other = tmp_path / "other.csv"
    other.write_text("there_frame,here_frame\n" + "".join(f"{b},{a}\n" for a, b in lines))
    record = json.loads(run("evaluate", saved[0], other, "--swap", "--json")[1])
    assert record["mean_ms"] == pytest.approx(known["mean_ms"], abs=1e-6)
    # A path is its own truth, whatever wrote it.
    assert evaluate(saved[1], saved[0]).p_dif == pytest.approx(0, abs=1e-9)


def test_paths_come_back_from_files_as_they_were(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    pair = sl.open_pair(sl.open_media(files[0], rate=20), sl.open_media(files[1], rate=20))
    jump = sl.Constraints(anchors=(sl.Anchor(1, 0.5, 0.5, "jump", 1.2, 0.5),), next_id=2)
    al = sl.align(pair, constraints=jump)
    assert al.path is not None
    t = np.linspace(-1, 4, 201)
    for end in ("json", "npz"):
        sl.export(al, tmp_path / f"p.{end}")
        path, known = load_path(tmp_path / f"p.{end}")
        np.testing.assert_array_equal(path.times, al.path.times)
        np.testing.assert_array_equal(path.breaks, al.path.breaks)
        np.testing.assert_allclose(path.to_b(t), al.path.to_b(t))
        assert known.a.name == "a.npy"
        assert known.b.frame_times is not None
        np.testing.assert_allclose(known.b.frame_times, pair.b.frame_times, atol=0.05)  # type: ignore[arg-type]
    # Of a path that begins and ends in the middle the table knows frames before and between.
    (tmp_path / "p.csv").write_text("a_frame,a_time,b_frame,b_time\n2,0.2,1,0.05\n4,0.4,3,0.15\n")
    path, known = load_path(tmp_path / "p.csv")
    np.testing.assert_allclose(known.a.frame_times, np.arange(5) / 10)  # type: ignore[arg-type]
    np.testing.assert_allclose(known.b.frame_times, np.arange(4) / 20, atol=1e-12)  # type: ignore[arg-type]
    assert judge(path, sl.Truth(np.array([[0.3, 0.12]])), known.b.frame_times).max_ms == pytest.approx(20)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("x.csv", "a,b\n1,2\n", "a_time"),
        ("x.csv", "a_time,b_time\n1,2\n0,3\n", "back in time"),
        ("x.csv", "a_time,b_time\n1,nan\n", "finite"),
        ("x.csv", "a_time,b_time,a_frame,b_frame\n1,1,99999999,1\n", "whole numbers"),
        ("x.json", '{"format": "syncline-path", "times": [[0, "x"]]}', "pairs of times"),
        ("x.json", '{"format": "syncline-path", "times": [[0, 1]], "breaks": [7]}', "breaks"),
        ("x.json", "[1]", "syncline-path"),
        ("x.npz", "PK\3\4 nothing", "x.npz"),
        ("x.txt", "1,2", "no path"),
    ],
)
def test_files_that_are_no_paths_are_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(MediaError, match=says):
        load_path(tmp_path / name)


def test_names_in_a_path_file_are_names_only(tmp_path: Path) -> None:
    about = {"name": "../../etc/passwd", "duration": 1e400, "frames": 10**12}
    text = json.dumps({"format": "syncline-path", "a": about, "b": 3, "times": [[0, 0], [1, 1]]})
    (tmp_path / "x.json").write_text(text.replace("Infinity", "1e300"))
    pair: Pair = load_path(tmp_path / "x.json")[1]
    assert pair.a.frame_times is None
    assert pair.b.frame_times is None
