"""Comparing gives each row what `align` gives alone, goes on where one fails, and writes it down safely."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from clips import make_video
from syncline import comparison, extraction
from syncline.comparison import STRETCH, compare, export_comparison, joined, split, stretch
from syncline.errors import Cancelled, ExportError, ParameterError
from syncline.model import Features, Pair, Truth
from syncline.progress import Monitor
from syncline.quality import judge, path_difference

SHOWN = np.r_[0:8, np.repeat(np.arange(8, 16), 2), 16:30:2]
METHODS = ["auto", "dtw", "dtw:step_pattern=symmetricP1,window=slanted,radius=0.4", "offset"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("clips")
    a = make_video(folder / "a.mp4", 30, size=(96, 64))
    b = make_video(folder / "b.mp4", len(SHOWN), size=(96, 64), numbers=SHOWN)
    pair = sl.open_pair(a, b)
    assert pair.a.frame_times is not None
    assert pair.b.frame_times is not None
    return replace(pair, truth=Truth(np.column_stack([pair.a.frame_times[SHOWN], pair.b.frame_times])))


def sequences(folder: Path, name_a: str = "x.npy", name_b: str = "y.npy") -> Pair:
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.standard_normal((50, 2)), axis=0)
    for name, rows in ((name_a, np.arange(50)), (name_b, np.r_[0:20, 20:50:2])):
        with (folder / name).open("wb") as file:
            np.save(file, walk[rows])
    a, b = (sl.open_media(folder / name, rate=10) for name in (name_a, name_b))
    return Pair(a, b)


def test_rows_are_what_align_gives_and_features_are_extracted_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    feed = extraction._feed_pictures
    monkeypatch.setattr(extraction, "_feed_pictures", lambda m, *rest: (decoded.append(m.name), feed(m, *rest)))
    shown: list[comparison.Row] = []
    found = compare(pair, METHODS, ["appearance", "colour"], show=shown.append)
    # Twice each: once for either choice of features, whatever the number of methods.
    assert sorted(decoded) == ["a.mp4", "a.mp4", "b.mp4", "b.mp4"]
    assert tuple(shown) == found.rows
    assert [(r.features, r.method) for r in found.rows[:-1]] == [
        (f, m) for f in ("appearance", "colour") for m in METHODS
    ]
    # A truth of every frame is a path, and its cells are frames; the last one is of A's frame 28.
    truth = joined(np.column_stack([SHOWN, np.arange(len(SHOWN))]).astype(float))
    for row in found.rows[:-1]:
        method, _, options = row.method.partition(":")
        params = dict(word.split("=") for word in options.split(",")) if options else None
        alone = sl.align(pair, features=row.features, method=method, params=params)
        assert row.alignment is not None
        assert row.path is not None
        assert alone.path is not None
        np.testing.assert_array_equal(row.path.pairs, alone.path.pairs)
        assert row.alignment.errors == alone.errors
        assert row.alignment.resolved == alone.resolved
        assert row.alignment.recipe == alone.recipe
        assert row.figures()["cost"] == alone.path.cost
        inside = alone.path.pairs[alone.path.pairs[:, 0] <= 28]
        assert row.p_dif == pytest.approx(path_difference(inside, truth), abs=1e-9)


def test_the_uniform_stretch_is_the_last_row(pair: Pair) -> None:
    found = compare(pair, ["dtw"], ["appearance"])
    row = found.rows[-1]
    assert row.method == STRETCH
    assert row.path is not None
    cells = row.path.pairs
    assert len(cells) == 31
    np.testing.assert_allclose(cells[:, 0], cells[:, 1] * 29 / 30, atol=0.5)
    errors = judge(row.path, pair.truth, pair.b.frame_times)  # type: ignore[arg-type]
    assert row.figures()["mean_ms"] == errors.mean_ms
    assert found.rows[0].figures()["mean_ms"] < errors.mean_ms  # type: ignore[operator]
    # By hand: 3 rows on 5, and the other way round.
    a, b = (Features(np.arange(float(n))[:, None].astype(np.float32), np.arange(float(n))) for n in (3, 5))
    assert stretch(a, b).pairs.tolist() == [[0, 0], [0, 1], [1, 2], [2, 3], [2, 4]]
    assert stretch(a, b).cost == 0 + 1 + 1 + 1 + 2
    assert stretch(b, a).pairs[:, ::-1].tolist() == stretch(a, b).pairs.tolist()


def test_a_row_that_fails_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    pair = sequences(tmp_path)
    far = "dtw:window=sakoe_chiba,radius=0.1"
    found = compare(pair, [far, "dtw"], ["appearance", "given"])
    troubles = [row.trouble for row in found.rows]
    assert "needs" in troubles[0]
    assert troubles[0] == troubles[1]
    assert "radius" in troubles[2]
    assert troubles[3:] == ["", ""]
    assert found.rows[2].tau == found.rows[3].tau
    assert all(value is None for name, value in found.rows[2].figures().items() if name != "tau")
    # Without a truth the first row that has a path is what the others are measured to.
    assert found.against == "dtw, given"
    assert found.rows[3].p_dif == 0
    line = found.rows[4].path
    assert line is not None
    assert found.rows[3].path is not None
    assert found.rows[4].p_dif == pytest.approx(path_difference(line, found.rows[3].path))
    lost = compare(pair, ["dtw"], ["chroma"])
    assert [bool(row.trouble) for row in lost.rows] == [True, True]


def test_what_does_not_exist_is_refused_before_any_work(tmp_path: Path) -> None:
    pair = sequences(tmp_path)
    for methods, features in (
        (["dwt"], ["given"]),
        (["dtw:windw=none"], ["given"]),
        (["dtw"], ["gvien"]),
        ([], ["given"]),
    ):
        with pytest.raises(ParameterError):
            compare(pair, methods, features, monitor=Monitor(lambda *_: pytest.fail("worked already")))
    assert split("dtw, dtw:window=slanted,radius=1,offset") == ["dtw", "dtw:window=slanted,radius=1", "offset"]
    assert split("appearance+motion:grid=6,side=200,chroma@8,") == ["appearance+motion:grid=6,side=200", "chroma@8"]


def test_it_reports_and_can_be_stopped(tmp_path: Path) -> None:
    pair = sequences(tmp_path)
    fractions: list[float] = []
    monitor = Monitor(lambda _label, fraction: fractions.append(fraction))
    rows: list[str] = []

    def show(row: comparison.Row) -> None:
        rows.append(row.method)
        if len(rows) == 2:
            monitor.cancel()

    with pytest.raises(Cancelled):
        compare(pair, ["dtw", "offset"], ["given", "given@1"], show=show, monitor=monitor)
    assert rows == ["dtw", "offset"]
    assert fractions == sorted(fractions)
    assert 0.25 <= fractions[-1] <= 0.5


def test_points_of_a_truth_are_joined() -> None:
    assert joined(np.array([[0.0, 0], [0, 3], [2, 4]])).tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [1, 3.5], [2, 4]]
    assert joined(np.array([[1.0, 2]])).tolist() == [[1, 2]]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_files_hold_every_row_and_hostile_names_do_no_harm(tmp_path: Path) -> None:
    name = "=<img src=x onerror=alert(1)>\"'&.npy"
    found = compare(sequences(tmp_path, name_a=name), ["dtw", "dtw:window=sakoe_chiba,radius=0.1"], ["given", "colour"])
    for suffix in (".csv", ".html", ".json"):
        export_comparison(found, tmp_path / f"t{suffix}")

    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(row["cost"]) if row["cost"] else None for row in table] == [r.figures()["cost"] for r in found.rows]
    assert [row["trouble"] for row in table] == [row.trouble for row in found.rows]

    record = json.loads((tmp_path / "t.json").read_text())
    assert record["a"] == name
    assert [row["p_dif"] for row in record["rows"]] == [row.p_dif for row in found.rows]
    assert record["rows"][0]["recipe"]["params"]["step_pattern"] == "symmetric1"
    assert str(tmp_path) not in (tmp_path / "t.json").read_text()

    page = _Tags()
    page.feed((tmp_path / "t.html").read_text(encoding="utf-8"))
    assert name in "".join(page.text)
    assert not page.tags & {"img", "script", "a", "iframe"}
    assert {"svg", "polyline", "table"} <= page.tags
    with pytest.raises(ExportError, match=r"\.html"):
        export_comparison(found, tmp_path / "t.xlsx")
