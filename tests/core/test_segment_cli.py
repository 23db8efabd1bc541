"""``syncline segment`` and ``syncline transfer``, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from syncline.cli import main
from syncline.errors import MediaError
from syncline.media import load_emissions, load_labels
from syncline.tiers import Segment, Tier, Tiers, load_tiers, save_tiers

SPOKEN = "øøcaatøøaaøcøø"


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    labels = "øact"
    p = np.full((len(SPOKEN), 4), 0.02)
    p[np.arange(len(SPOKEN)), [labels.index(c) for c in SPOKEN]] = 0.94
    np.save(tmp_path / "e.npy", np.log(p))
    (tmp_path / "labels.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")
    (tmp_path / "said.txt").write_text("Cat, ac!", encoding="utf-8")
    return tmp_path


def run(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([w.replace("@", str(folder) + "/") for w in words]) == 0
    return capsys.readouterr().out


def test_a_transcript_is_laid_onto_emissions(spoken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(
        spoken, capsys, "segment", "--emissions", "@e.npy", "--labels", "@labels.txt", "--transcript", "@said.txt",
        "--step", "0.1", "--json", "-o", "@out.json",
    )  # fmt: skip
    found = load_tiers(spoken / "out.json")
    assert [(s.label, round(s.start, 6), round(s.end, 6)) for s in found.tiers[0].segments] == [
        ("Cat", 0.2, 0.6),
        ("ac", 0.8, 1.2),
    ]
    assert [s.label for s in found.tiers[1].segments] == list("catac")
    assert json.loads(out)["figures"]["labels"] == 5
    # A boundary that is set is where a label begins, and the rest gives way.
    save_tiers(Tiers((Tier("b", (Segment(0.4, 0.5, "x"),)),)), spoken / "b.csv")
    run(
        spoken, capsys, "segment", "--emissions", "@e.npy", "--labels", "@labels.txt", "--transcript", "@said.txt",
        "--step", "0.1", "--boundaries", "@b.csv", "-o", "@out.json",
    )  # fmt: skip
    assert [round(s.start, 6) for s in load_tiers(spoken / "out.json").tiers[1].segments][:3] == [0.2, 0.4, 0.5]


@pytest.mark.parametrize("named", ["said.txt", "labels.txt"])
def test_what_is_read_is_never_written_to(spoken: Path, capsys: pytest.CaptureFixture[str], named: str) -> None:
    before = (spoken / named).read_bytes()
    words = [
        "segment",
        "--emissions",
        "@e.npy",
        "--labels",
        "@labels.txt",
        "--transcript",
        "@said.txt",
        "-o",
        f"@{named}",
    ]
    assert main([w.replace("@", f"{spoken}/") for w in words]) == 1
    assert "is an input" in capsys.readouterr().err
    assert (spoken / named).read_bytes() == before


def test_without_a_transcript_it_is_read(spoken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(spoken, capsys, "segment", "--emissions", "@e.npy", "--labels", "@labels.txt", "--json")
    assert [s["label"] for s in json.loads(out)["tiers"][0]["segments"]] == list("catac")


def test_change_points_of_a_table_against_a_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", np.repeat([0.0, 4.0, 1.0], [40, 30, 50])[:, None] + rng.normal(0, 0.5, (120, 2)))
    save_tiers(Tiers((Tier("t", tuple(Segment(a, b, "s") for a, b in ((0, 4), (4, 7), (7, 12)))),)), tmp_path / "t.csv")
    out = run(tmp_path, capsys, "segment", "@x.npy", "--rate", "10", "--truth", "@t.csv", "--tolerance", "60", "--json")
    found = json.loads(out)
    assert found["figures"]["changes"] == 2
    assert found["errors"][0]["boundaries"]["f1"] == 1.0


def test_corrections_are_made_one_after_the_other(spoken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edits = [
        {"do": "move", "tier": "words", "piece": 1, "end": False, "time": 0.83},
        {"do": "relabel", "tier": "words", "at": 0.4, "label": "tac"},
        {"do": "add_tier", "name": "notes"},
        {"do": "insert", "tier": "notes", "start": 0, "end": 1, "label": "noise"},
    ]
    (spoken / "edits.json").write_text(json.dumps(edits), encoding="utf-8")
    words = ["segment", "--emissions", "@e.npy", "--labels", "@labels.txt", "--transcript", "@said.txt"]
    words += ["--step", "0.1", "--check", "--json"]
    plain = json.loads(run(spoken, capsys, *words))
    assert plain["doubts"] == sorted(plain["doubts"], key=lambda d: d["confidence"])
    save_tiers(Tiers((Tier("t", (Segment(0, 0.4), Segment(0.4, 1))),)), spoken / "b.csv")
    found = json.loads(run(spoken, capsys, *words, "--edits", "@edits.json", "--boundaries", "@b.csv"))
    tiers = {t["name"]: t["segments"] for t in found["tiers"]}
    assert [s["label"] for s in tiers["words"]] == ["tac", "ac"]
    assert [s["label"] for s in tiers["labels"]] == list("tacac")
    assert tiers["words"][1]["start"] == 0.83
    assert [s["label"] for s in tiers["notes"]] == ["noise"]
    assert main([w.replace("@", f"{spoken}/") for w in [*words, "--edits", "@labels.txt"]]) == 2
    assert "not valid JSON" in capsys.readouterr().err


def test_recordings_share_their_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    middles = np.array([0.0, 10.0, 20.0])
    for name, order in (("a", [0, 1, 2]), ("b", [2, 0, 1])):
        x = np.repeat(middles[order], 10)[:, None] + rng.normal(0, 0.1, (30, 1))
        np.save(tmp_path / f"{name}.npy", x)
    common = ["--method", "units", "--set", "k=3", "--rate", "10", "--json"]
    a = json.loads(run(tmp_path, capsys, "segment", "@a.npy", "--with", "@b.npy", *common))
    assert a["figures"]["units"] == 3
    assert a["figures"]["inertia"] == pytest.approx(60 * 0.01 / 33.3, rel=0.9)
    assert [round(s["end"]) for s in a["tiers"][0]["segments"]] == [1, 2, 3]


def test_subtitles_are_carried_along_a_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    t = np.arange(101) / 10
    rows = "\n".join(f"{k},{a!r},{k},{2 * a + 1!r}" for k, a in enumerate(t.tolist()))
    (tmp_path / "path.csv").write_text(f"a_frame,a_time,b_frame,b_time\n{rows}\n")
    save_tiers(Tiers((Tier("s", (Segment(1.25, 2.5, "hello"), Segment(4, 5, "there"))),)), tmp_path / "a.srt")
    run(tmp_path, capsys, "transfer", "@path.csv", "@a.srt", "-o", "@b.srt")
    assert [(s.start, s.end) for s in load_tiers(tmp_path / "b.srt").tiers[0].segments] == [(3.5, 6.0), (9.0, 11.0)]
    run(tmp_path, capsys, "transfer", "@path.csv", "@b.srt", "--to", "a", "-o", "@back.srt")
    assert (tmp_path / "back.srt").read_text() == (tmp_path / "a.srt").read_text()


def test_kinds_of_emissions_are_told_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (6, 3))
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    for name, values in (("logits", logits), ("p", p), ("logs", np.log(p))):
        np.save(tmp_path / f"{name}.npy", values)
        found = load_emissions(tmp_path / f"{name}.npy", ["a", "<blank>", "b"])
        assert found.blank == 1
        assert np.allclose(found.log_probs, np.log(p), atol=1e-5)
    np.savez(tmp_path / "e.npz", emissions=logits, step=0.04)
    found = load_emissions(tmp_path / "e.npz", ["x", "y", "z"], blank="z")
    assert (found.blank, found.step) == (2, 0.04)
    (tmp_path / "e.csv").write_text("ø,a\n0.5,0.5\n1,0\n")
    assert load_emissions(tmp_path / "e.csv").labels == ("ø", "a")
    (tmp_path / "l.json").write_text('{"b": 1, "a": 0}')
    assert load_labels(tmp_path / "l.json") == ("a", "b")
    np.save(tmp_path / "bad.npy", np.array([[0.0, np.nan]]))
    for file, labels, says in (
        ("bad.npy", ["a", "b"], "frame 0"),
        ("p.npy", ["a"], "3 columns"),
        ("p.npy", None, "labels"),
    ):
        with pytest.raises(MediaError, match=says):
            load_emissions(tmp_path / file, labels)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["segment"], "Name a recording"),
        (["segment", "@x.npy", "--transcript", "@said.txt", "--method", "units"], "units"),
        (["segment", "--emissions", "@e.npy", "--labels", "@labels.txt", "-o", "@x.mp4"], "x.mp4"),
        (["segment", "--emissions", "@e.npy", "--labels", "@labels.txt", "--method", "none"], "none"),
        (["segment", "--emissions", "@e.npy"], "labels"),
        (["transfer", "@e.npy", "@said.txt", "-o", "@o.srt"], "path"),
    ],
)
def test_what_is_missing_is_said(spoken: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    assert main([w.replace("@", str(spoken) + "/") for w in words]) in (1, 2)
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


def test_words_of_read_speech(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("hama", reason="the extra speech is not installed")
    speech = data / "speech"
    out = run(
        tmp_path, capsys, "segment", str(speech / "ss0930.wav"), "--transcript", str(speech / "ss0930.txt"),
        "--truth", str(speech / "ss0930.align.json"), "--json", "-o", "@words.TextGrid",
    )  # fmt: skip
    errors = {e["tier"]: e["boundaries"] for e in json.loads(out)["errors"]}
    assert errors["words"]["median_ms"] < 30
    tier = load_tiers(tmp_path / "words.TextGrid").tier("words")
    assert tier is not None
    said = json.loads((speech / "ss0930.align.json").read_text())["words"]
    assert [s.label.lower() for s in tier.segments] == [w["word"] for w in said]
