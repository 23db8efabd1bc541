"""Figures open in independent readers and hold the matrix, the path and the edits."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from export_made import job

from syncline.export import run
from syncline.export.figure import reduced_cost
from syncline.model import LocalCost
from syncline.progress import Monitor


def test_png_has_the_size_asked_for(tmp_path, alignment):
    run(job(alignment), tmp_path / "f.png", params={"width": 5, "height": 4, "dpi": 100})
    picture = cv2.imdecode(np.frombuffer((tmp_path / "f.png").read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (400, 500, 3)
    blue, green, red = np.moveaxis(picture.astype(int), 2, 0)
    reddish = (red > 170) & (red - green > 50) & (red - blue > 50)
    # A goes right and B up, so the path lies between lower left and upper right.
    y, x = np.nonzero(reddish[:, 100:400])
    assert len(x) > 300 and np.corrcoef(x, y)[0, 1] < -0.9


def test_svg_holds_the_path_as_vertices_in_both_pieces(tmp_path, alignment):
    straight = replace(alignment, path=replace(alignment.path, breaks=np.array([30])))
    run(job(straight), tmp_path / "f.svg")
    root = ElementTree.parse(tmp_path / "f.svg").getroot()
    space = {"s": "http://www.w3.org/2000/svg"}
    drawn = [g.find("s:path", space).get("d") for g in root.iterfind(".//s:g[@id='warping-path']", space)]
    vertices = [np.array(re.findall(r"[ML] ([\d.]+) ([\d.]+)", d), float) for d in drawn]
    # The corners of a staircase are what is left when a line is simplified.
    assert 40 < sum(map(len, vertices)) <= len(straight.path)
    for v in vertices:
        assert (np.diff(v[:, 0]) >= -1e-6).all()
        assert (np.diff(v[:, 1]) <= 1e-6).all()  # SVG's y points down: B goes up
    assert len(vertices) == 2
    for name, number in (("anchor", 2), ("lock", 1), ("forbidden", 1)):
        assert len(root.findall(f".//s:g[@id='{name}']", space)) == number


def test_pdf_opens_and_ends(tmp_path, alignment):
    run(job(alignment), tmp_path / "f.pdf")
    data = (tmp_path / "f.pdf").read_bytes()
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")
    assert b"CreationDate" not in data


def test_the_window_is_shaded(tmp_path, alignment):
    n, m = 40, 60
    window = (np.zeros(n, np.intp), np.full(n, m, np.intp))
    half = (np.zeros(n, np.intp), np.full(n, m // 2, np.intp))
    for name, bounds in (("all", window), ("half", half)):
        run(job(alignment, bounds), tmp_path / f"{name}.png", params={"dpi": 60})
    one, two = (cv2.imread(str(tmp_path / f"{name}.png")).astype(int) for name in ("all", "half"))
    rows = np.flatnonzero(np.abs(one - two).sum(axis=(1, 2)))
    assert len(rows) and rows.max() < one.shape[0] * 0.6  # only the upper half differs: late B


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize(("n", "m", "most"), [(37, 53, (10, 7)), (5, 3, (100, 100)), (300, 9000, (33, 20))])
def test_reduction_is_the_mean_over_groups(n, m, most, metric):
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(n)
    x, y = (rng.standard_normal((k, 4)).astype(np.float32) for k in (n, m))
    got = reduced_cost(LocalCost(x, y, metric), most, Monitor())
    full = cdist(x, y, metric)
    rows = np.unique(np.linspace(0, n, min(n, most[0]) + 1).round().astype(int))
    columns = np.unique(np.linspace(0, m, min(m, most[1]) + 1).round().astype(int))
    want = [[full[a:b, c:d].mean() for c, d in itertools.pairwise(columns)] for a, b in itertools.pairwise(rows)]
    np.testing.assert_allclose(got, want, rtol=2e-4)


def test_a_title_with_signs_the_font_lacks_and_dollars(tmp_path, alignment):
    run(job(alignment), tmp_path / "f.png", params={"title": "$a_b^ \U0001f600 \n%03d", "dpi": 60})
    assert (tmp_path / "f.png").stat().st_size > 1000
