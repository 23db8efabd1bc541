"""The same bytes in every country; old projects open, newer ones are left alone (promises 24 and 25)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest

from core.project.sessions import rich_session
from syncline.errors import ProjectError
from syncline.project import load_project, save_project, state_digest

pytestmark = pytest.mark.endurance

Promise = Callable[[int, str], None]

HERE = Path(__file__).resolve().parent
OLD = HERE.parent / "data" / "projects"

SAVE = """
import locale, sys, time
from pathlib import Path
if sys.argv[2] == "past":
    time.time = lambda: 1.0
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    print("no such locale here")
from PySide6.QtCore import QLocale
QLocale.setDefault(QLocale(sys.argv[3]))
from core.project.sessions import rich_session
from syncline.project import save_project
from syncline.atomic import replacing
from syncline.export import ExportJob
from syncline.export.path_csv import PathCsvParams, write
from syncline.progress import Monitor
folder = Path(sys.argv[1])
session = rich_session(folder, 2, mtime_ns=10**18)
save_project(session, folder / "p.syncline")
with replacing(folder / "path.csv") as temporary:
    write(ExportJob(session.alignments[0], None, None), temporary, PathCsvParams(), Monitor())
"""


def test_the_same_everywhere(tmp_path: Path, promise: Promise) -> None:
    places = {
        "C": {"LC_ALL": "C", "TZ": "UTC"},
        "de_DE, Tokyo": {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo"},
        "clock set back": {"LC_ALL": "C.UTF-8", "TZ": "America/New_York"},
    }
    seen: set[tuple[bytes, bytes]] = set()
    missing = ""
    for k, (name, words) in enumerate(places.items()):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        environment = os.environ | words | {"PYTHONPATH": str(HERE.parent), "SYNCLINE_STATE": str(folder / "state")}
        clock = "past" if name == "clock set back" else "now"
        language = "de_DE" if "de" in name else "en_GB"
        call = [sys.executable, "-c", SAVE, str(folder), clock, language]
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        missing = "; de_DE not installed here: German by QLocale only" if "no such" in done.stdout else missing
        seen.add(((folder / "p.syncline").read_bytes(), (folder / "path.csv").read_bytes()))
    assert len(seen) == 1
    promise(24, f"{len(places)} locales, zones and clocks: project and table byte-identical{missing}")


def test_old_projects_open(tmp_path: Path) -> None:
    kept = sorted(OLD.glob("v*.syncline"))
    names = [f"v{k}.syncline" for k in (1, 2, 3, 4)]
    assert [p.name for p in kept] == names, "one project of every version is kept for ever"
    project = tmp_path / "p.syncline"
    project.write_bytes(kept[0].read_bytes())
    loaded = load_project(project)
    # Its media are not kept with it; what was done with them is.
    assert {p.kind for p in loaded.problems} == {"missing", "plugin"}
    one = loaded.session.alignments[0]
    assert [(k.id, k.kind) for k in one.constraints.anchors] == [(1, "warp"), (2, "jump")]
    assert len(one.constraints.locks[0].times) == 3
    assert one.path is not None
    assert tuple(one.path.pairs[-1]) == (49, 59)
    assert one.name == "mine"
    assert loaded.digest == state_digest(loaded.session)
    assert project.read_bytes() == kept[0].read_bytes()


def test_old_pictures_open(tmp_path: Path) -> None:
    project = tmp_path / "p.syncline"
    project.write_bytes((OLD / "v2.syncline").read_bytes())
    loaded = load_project(project)
    assert {p.kind for p in loaded.problems} == {"missing", "plugin"}
    session = loaded.session
    assert [s.id for s in session.scenes] == [1, 5]
    assert session.scene == 5
    assert [(m.id, m.name, m.match.recipe.method) for m in session.matchings] == [
        (3, "0", "assignment"), (4, "1", "sinkhorn"), (5, "2", "attention"),
    ]  # fmt: skip
    shown = session.match
    assert shown is not None
    assert [(x.a, x.b, x.locked) for x in shown.links] == [(1, 6, True)]
    assert session.match_recipe.method == "no_such"
    assert loaded.digest == state_digest(session)


def test_old_encoders_open(tmp_path: Path) -> None:
    project = tmp_path / "p.syncline"
    project.write_bytes((OLD / "v3.syncline").read_bytes())
    loaded = load_project(project)
    assert {p.kind for p in loaded.problems} == {"missing"}
    (encoder,) = loaded.session.encoders
    assert encoder.label == "mine 1"
    assert loaded.session.recipe.features.terms[0].params.encoder == encoder.digest
    assert loaded.session.alignments[0].path is not None
    assert loaded.digest == state_digest(loaded.session)


def test_old_recordings_open(tmp_path: Path) -> None:
    project = tmp_path / "p.syncline"
    project.write_bytes((OLD / "v4.syncline").read_bytes())
    loaded = load_project(project)
    assert {p.kind for p in loaded.problems} == {"missing", "plugin"}
    session = loaded.session
    talk, first = session.recordings[0], session.segmentations[0]
    assert [r.id for r in session.recordings] == [3, 8]
    assert [t.name for t in talk.own] == ["own", "marks", "empty"]
    assert talk.transcript[1].labels == ("a", "b")
    assert talk.truth is not None and len(talk.truth.tiers[0].segments) == 20
    assert talk.emissions is not None and talk.emissions.blank == "<pad>"
    assert [(p.tier, p.piece, p.end) for p in first.constraints.pins] == [("words", 2, True), ("units", -1, False)]
    assert first.resolved is not None and first.resolved.params.k == 7
    assert [len(t.segments) for t in first.tiers.tiers] == [20, 20]
    assert loaded.digest == state_digest(session)


@pytest.mark.parametrize("version", [5, 6, 0x7FFFFFFF])
def test_newer_projects_are_refused_and_never_written(tmp_path: Path, version: int, promise: Promise) -> None:
    project = tmp_path / "p.syncline"
    save_project(rich_session(tmp_path), project)
    data = bytearray(project.read_bytes())
    data[60:64] = version.to_bytes(4)
    project.write_bytes(data)
    before = (blake2b(data).digest(), project.stat().st_mtime_ns, sorted(tmp_path.iterdir()))
    with pytest.raises(ProjectError, match="newer Syncline") as error:
        load_project(project)
    assert str(version) in str(error.value)
    assert (blake2b(project.read_bytes()).digest(), project.stat().st_mtime_ns, sorted(tmp_path.iterdir())) == before
    if version == 5:
        promise(25, "the kept projects of formats 1 to 4 open; 5, 6 and the highest are refused, 0 bytes written")
