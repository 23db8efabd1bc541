"""``syncline align … --confidence``."""

import json
from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from syncline.cli import main


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(0)
    walk = rng.standard_normal((120, 4)).cumsum(0).astype(np.float32)
    walk[40:80] = walk[40]
    np.save(tmp_path / "a.npy", walk)
    np.save(tmp_path / "b.npy", walk + 0.1 * rng.standard_normal(walk.shape).astype(np.float32))
    return tmp_path / "a.npy", tmp_path / "b.npy"


def test_the_table_holds_what_python_says(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = files
    out = tmp_path / "sure.csv"
    rates = ["--rate-a", "20", "--rate-b", "20"]
    assert main(["align", str(a), str(b), *rates, "--confidence", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["confidence"]
    table = np.genfromtxt(out, delimiter=",", names=True)
    al = sl.align(sl.open_pair(sl.open_media(a, rate=20), sl.open_media(b, rate=20)))
    sure = sl.confidence(al)
    for column, values in {
        "a_time": sure.times,
        "b_low": sure.low,
        "b_high": sure.high,
        "confidence": sure.sure,
    }.items():
        assert table[column] == pytest.approx(values)
    assert said["check_next"][0]["a"] == sl.check_next(al)[0].a
    assert 40 / 20 <= said["check_next"][0]["a"] < 80 / 20
    assert said["verdict"]["aligns"] is True
    assert said["unsure"] == pytest.approx((sure.sure < 0.5).mean())


def test_a_name_that_cannot_be_is_refused_before_the_work(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = map(str, files)
    for name, word in ((tmp_path / "x.json", "no .csv"), (tmp_path / "none/x.csv", "does not exist")):
        assert main(["align", a, b, "--confidence", str(name)]) != 0
        assert word in capsys.readouterr().err
    path = tmp_path / "path.csv"
    assert main(["align", a, b, "-o", str(path), "--confidence", str(path)]) != 0
    assert "already" in capsys.readouterr().err
    assert not path.exists()


def test_what_is_worse_than_a_stretch_is_said_unasked(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two affine views of one curve: by its channels DTW is 1.6 s off, one constant stretch 0.14 s."""
    a, b = tmp_path / "x.npy", tmp_path / "y.npy"
    with np.load(data / "toy/ctw_spirals.npz") as toy:
        np.save(a, toy["x1"])
        np.save(b, toy["y1"])
        np.savetxt(tmp_path / "truth.csv", toy["path1"] / 30, delimiter=",")
    rates = ["-q", "--rate-a", "30", "--rate-b", "30"]
    assert main(["align", str(a), str(b), *rates, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["verdict"]
    assert said["aligns"] is False and f"z = {said['z']:.1f}" in said["sentence"]
    assert main(["align", str(a), str(b), *rates]) == 0
    assert f"verdict   {said['sentence']}" in capsys.readouterr().out
    assert main(["align", str(a), str(b), *rates, "--truth", str(tmp_path / "truth.csv"), "--json"]) == 0
    path, line = json.loads(capsys.readouterr().out)["verdict"]["errors_ms"]
    assert path > 5 * line
    # Nothing to complain of: one recording, and a copy that lingers here and hurries there.
    x = np.random.default_rng(0).standard_normal((120, 4)).cumsum(0)
    np.save(a, x)
    np.save(b, x[np.r_[0:20:2, np.repeat(np.arange(20, 70), 2), 70:120:3]])
    assert main(["align", str(a), str(b), *rates]) == 0
    assert "verdict" not in capsys.readouterr().out


def test_another_method_that_meets_the_anchors_is_offered(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = tmp_path / "x.npy", tmp_path / "y.npy"
    with np.load(data / "toy/ctw_spirals.npz") as toy:
        np.save(a, toy["x7"])
        np.save(b, toy["y7"])
        anchors = toy["path7"][[60, 120]] / 30
    pins = tmp_path / "pins.json"
    pairs = [{"a": x, "b": y} for x, y in anchors.tolist()]
    pins.write_text(json.dumps({"format": "syncline-anchors", "version": 1, "anchors": pairs}))
    out = str(tmp_path / "sure.csv")
    asked = ["align", str(a), str(b), "-q", "--rate-a", "30", "--rate-b", "30", "--method", "dtw", "--json"]
    assert main([*asked, "--anchors", str(pins), "--confidence", out]) == 0
    offer = json.loads(capsys.readouterr().out)["confidence"]["offer"]
    assert offer["method"] in ("ctw", "gctw")
    assert "meets your 2 anchors within" in offer["sentence"]
    # Taken, it is offered no more.
    assert main([*asked, "--anchors", str(pins), "--try-methods", "--confidence", out]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["method"] == offer["method"]
    assert said["confidence"]["offer"] is None
