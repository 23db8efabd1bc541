"""The path as csv, json and npz, read back by the standard readers."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from export_made import job

from syncline.errors import ExportError, ParameterError
from syncline.export import exporter_for, run, suffixes
from syncline.model import Media


@pytest.fixture
def written(tmp_path, alignment):
    def write(name):
        run(job(alignment), tmp_path / name)
        return tmp_path / name

    return write


def test_csv_names_the_nearest_frames_and_keeps_every_bit_of_the_times(written, alignment):
    file = written("path.csv")
    assert b"\r" not in file.read_bytes()
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    path = alignment.path
    assert [(int(r["a_frame"]), int(r["b_frame"])) for r in rows] == [tuple(p) for p in path.pairs.tolist()]
    assert [(float(r["a_time"]), float(r["b_time"])) for r in rows] == [tuple(t) for t in path.times.tolist()]


def test_csv_frames_are_the_videos_own_when_the_rows_are_coarser(tmp_path, alignment, clips):
    a, _b = clips
    coarse = replace(
        alignment.path,
        pairs=np.array([[0, 0], [1, 1]]),
        a_times=np.array([0.0, a.video.times[17] + 0.001]),
        b_times=np.array([0.0, 30 / 25 - 0.004]),
    )
    run(job(replace(alignment, path=coarse)), tmp_path / "p.csv")
    last = (tmp_path / "p.csv").read_text().splitlines()[-1].split(",")
    assert (last[0], last[2]) == ("17", "30")


def test_json_holds_path_recipe_constraints_and_media(written, alignment, clips):
    value = json.loads(written("path.json").read_text("ascii"))
    assert value["pairs"] == alignment.path.pairs.tolist()
    assert value["times"] == alignment.path.times.tolist()
    assert (value["cost"], value["normalised_cost"]) == (2.5, None)
    assert value["a"]["name"] == "a.mp4" and value["b"]["digest"] == clips[1].digest
    assert value["recipe"]["method"] == alignment.recipe.method
    assert [x["kind"] for x in value["constraints"]["anchors"]] == ["warp", "jump"]
    assert value["constraints"]["locks"][0]["times"] == [[0.1, 0.1], [0.15, 0.2]]
    # A result may be passed on: it tells nothing about the machine.
    assert str(clips[0].path.parent) not in json.dumps(value)


def test_npz_loads_without_pickle_and_has_no_dates(written, alignment):
    file = written("path.npz")
    with np.load(file, allow_pickle=False) as arrays:
        assert (arrays["pairs"] == alignment.path.pairs).all()
        assert (arrays["times"] == alignment.path.times).all()
        assert (arrays["frames"] == alignment.path.pairs).all()
        assert arrays["cost"] == 2.5 and np.isnan(arrays["normalised_cost"])
        assert json.loads(arrays["meta"].tobytes())["constraints"]["forbidden"][0]["b1"] == 0.7
    with zipfile.ZipFile(file) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("suffix", [".csv", ".json", ".npz", ".png", ".svg", ".pdf"])
def test_the_same_alignment_gives_the_same_bytes(tmp_path, alignment, suffix, monkeypatch):
    run(job(alignment), tmp_path / f"one{suffix}")
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12345")
    run(job(alignment), tmp_path / f"two{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_breaks_are_kept(tmp_path, alignment):
    cut = replace(alignment, path=replace(alignment.path, breaks=np.array([3, 9])))
    run(job(cut), tmp_path / "p.json")
    run(job(cut), tmp_path / "p.npz")
    assert json.loads((tmp_path / "p.json").read_text())["breaks"] == [3, 9]
    assert np.load(tmp_path / "p.npz")["breaks"].tolist() == [3, 9]


def test_every_promised_ending_has_an_exporter():
    assert {".csv", ".json", ".npz", ".mp4", ".wav", ".flac", ".png", ".svg", ".pdf"} <= set(suffixes())
    assert exporter_for(".CSV").name == "path_csv"
    with pytest.raises(ParameterError, match=r"“\.docx”.*\.csv"):
        exporter_for(".docx")
    with pytest.raises(ParameterError, match="figure"):
        exporter_for(".csv", "figure")


def test_an_input_is_never_written_to(tmp_path, alignment, clips):
    b: Media = clips[1]
    before = b.path.read_bytes()
    link = tmp_path / "link.mp4"
    link.symlink_to(b.path)
    for target in (b.path, link):
        with pytest.raises(ExportError, match="input"):
            run(job(alignment), target)
    assert b.path.read_bytes() == before


def test_without_a_path_there_is_nothing_to_export(tmp_path, alignment):
    with pytest.raises(ExportError, match="align"):
        run(job(replace(alignment, path=None)), tmp_path / "p.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "values"), [("v.mp4", {"crf": 99}), ("v.mp4", {"colour": 1}), ("w.wav", {"channels": "c"})]
)
def test_wrong_parameters_are_refused_before_anything_is_made(tmp_path, alignment, name, values):
    with pytest.raises(ParameterError):
        run(job(alignment), tmp_path / name, params=values)
    assert not list(tmp_path.iterdir())
