"""The command line: what it writes, what it says, how it ends."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from syncline.cli import COMMANDS, main, wants_window


def curve(count, warp=0.0):
    t = np.linspace(0, 1, count)
    t = t + warp * np.sin(np.pi * t) ** 2
    return np.column_stack([np.sin(9 * t), np.cos(5 * t), t]).astype(np.float32)


@pytest.fixture
def pair(tmp_path):
    """Two short sequences, the second with the same course at another pace."""
    np.save(tmp_path / "a.npy", curve(60))
    np.save(tmp_path / "b.npy", curve(80, 0.2))
    return str(tmp_path / "a.npy"), str(tmp_path / "b.npy")


@pytest.fixture
def run(capsys):
    """``code, out, err = run(...)``"""

    def call(*words):
        code = main([str(w) for w in words])
        out, err = capsys.readouterr()
        return code, out, err

    return call


RATES = ("--rate-a", "20", "--rate-b", "20")


def table(file):
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def one_sentence(err):
    lines = err.strip().splitlines()
    return len(lines) == 1 and "Traceback" not in err and lines[0].startswith("syncline")


def test_what_is_for_the_window():
    for words in ([], ["a.mp4", "b.mp4"], ["p.syncline"], ["demo"], ["./align"]):
        assert wants_window(words), words
    for words in (*([c] for c in COMMANDS - {"demo"}), ["demo", "--headless"], ["--version"], ["-h"], ["demo", "-h"]):
        assert not wants_window(words), words


def test_help_and_info_start_without_the_heavy_libraries(tmp_path, pair):
    code = (
        "import sys; from syncline.cli import main; main(sys.argv[1:]); "
        "print([m for m in ('numba', 'scipy', 'cv2', 'librosa', 'matplotlib', 'sklearn', 'PySide6') "
        "if m in sys.modules])"
    )
    for words in (["--help"], ["info", pair[0], "--rate", "20"]):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]", words


def test_align_writes_every_output_and_prints_json(run, pair, tmp_path):
    outs = [tmp_path / f"o{suffix}" for suffix in (".csv", ".json", ".npz", ".png", ".syncline")]
    code, out, err = run("align", *pair, *RATES, "--json", *(w for o in outs for w in ("-o", o)))
    assert (code, err) == (0, "")
    result = json.loads(out)
    rows = table(tmp_path / "o.csv")
    assert result["steps"] == len(rows) == len(json.loads((tmp_path / "o.json").read_text())["pairs"])
    assert [int(rows[-1][k]) for k in ("a_frame", "b_frame")] == [59, 79]
    assert float(rows[-1]["a_time"]) == pytest.approx(59 / 20)
    assert result["outputs"] == [str(o) for o in outs]
    assert all(o.stat().st_size for o in outs)


def test_a_saved_project_exports_the_same(run, pair, tmp_path):
    assert run("align", *pair, *RATES, "-o", tmp_path / "p.syncline", "-o", tmp_path / "1.csv")[0] == 0
    assert run("align", *pair, *RATES, "-o", tmp_path / "1.png")[0] == 0
    code, out, _ = run("export", tmp_path / "p.syncline", "-o", tmp_path / "2.csv", "-o", tmp_path / "2.png")
    assert code == 0 and "2.csv" in out
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    # The project keeps no features; they are made again for the figure.
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
    code, out, _ = run("info", tmp_path / "p.syncline", "--json")
    assert code == 0 and json.loads(out)["alignments"][0]["active"]
    assert run("export", tmp_path / "p.syncline", "-o", tmp_path / "3.csv", "--alignment", "7")[0] == 2


@pytest.mark.parametrize("suffix", [".npz", ".json", ".csv"])
def test_info_tells_a_path_from_features(run, pair, tmp_path, suffix):
    assert run("align", *pair, *RATES, "-o", tmp_path / "o.csv", "-o", tmp_path / f"path{suffix}")[0] == 0
    steps = len(table(tmp_path / "o.csv"))
    code, out, err = run("info", tmp_path / f"path{suffix}")
    assert (code, err) == (0, "")
    lines = dict(line.split(None, 1) for line in out.splitlines())
    assert (lines["kind"], lines["steps"]) == ("warping path", str(steps))
    facts = json.loads(run("info", tmp_path / f"path{suffix}", "--json")[1])
    assert (facts["kind"], facts["steps"], facts["breaks"]) == ("path", steps, 0)
    assert (facts["a"]["from"], facts["a"]["to"], facts["b"]["to"]) == pytest.approx((0, 59 / 20, 79 / 20))
    if suffix != ".csv":
        assert (facts["a"]["name"], facts["b"]["name"]) == ("a.npy", "b.npy")
    if suffix == ".npz":
        # Whoever names an array of it wants features.
        assert json.loads(run("info", tmp_path / "path.npz", "--key", "times", "--json")[1])["kind"] == "features"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_info_says_what_a_picture_is(run, tmp_path, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    Image.new("RGB", (60, 40)).save(tmp_path / "p.jpg", exif=exif)
    facts = json.loads(run("info", tmp_path / "p.jpg", "--json")[1])
    with Image.open(tmp_path / "p.jpg") as stored:
        seen = ImageOps.exif_transpose(stored)
    assert (facts["kind"], facts["width"], facts["height"]) == ("picture", *seen.size)
    assert (facts["orientation"], facts["stored"]) == (orientation, [60, 40])
    code, out, err = run("info", tmp_path / "p.jpg")
    assert (code, err) == (0, "")
    said = next(line for line in out.splitlines() if line.startswith("orientation"))
    assert said.split(None, 1)[1] == {
        1: "1 (as stored)", 2: "2 (mirrored)", 3: "3 (turned by 180°)", 6: "6 (turned by 90°)",
        8: "8 (turned by 270°)", 4: "4 (mirrored and turned by 180°)", 5: "5 (mirrored and turned by 270°)",
        7: "7 (mirrored and turned by 90°)",
    }[orientation]  # fmt: skip


def test_solver_options_come_from_its_parameters(run, pair, tmp_path):
    code, out, _ = run(
        "align", *pair, *RATES, "--step-pattern", "symmetricP1", "--open-end", "--set", "metric=cityblock", "--json",
        "-o", tmp_path / "o.csv",
    )  # fmt: skip
    params = json.loads(out)["params"]
    assert code == 0
    assert (params["step_pattern"], params["open_end"], params["metric"]) == ("symmetricP1", True, "cityblock")
    code, out, _ = run("align", "--help")
    assert code == 0 and "--step-pattern" in out and "typeIIIc" in out and "--max-shift-s" in out
    said = " ".join(out.split())
    # Numbers are numbers, though 1.0 equals True; methods that differ are told apart.
    assert "default 1.0 [softdtw]" in said and "default 0 [tcc]" in said and "default yes [dtw]" in said
    assert "default symmetric2 for dtw, symmetric1 for tcc [dtw, tcc]" in said


def test_a_constant_shift_is_said_with_how_sure_it_is(run, tmp_path):
    values = np.random.default_rng(3).normal(size=(110, 3)).astype(np.float32)
    np.save(tmp_path / "a.npy", values[:100])
    np.save(tmp_path / "b.npy", values[10:])
    pair = tmp_path / "a.npy", tmp_path / "b.npy"
    code, out, _ = run("align", *pair, *RATES, "--method", "offset", "--json")
    offset = json.loads(out)["offset"]
    assert (code, offset["source"]) == (0, "features")
    assert offset["shift"] == pytest.approx(-0.5, abs=0.01) and offset["confidence"] > 1.5
    code, out, _ = run("align", *pair, *RATES, "--method", "offset")
    assert f"confidence {offset['confidence']:.2f} (1 is a guess" in out


def test_anchors_are_obeyed_and_truth_is_judged(run, pair, tmp_path):
    (tmp_path / "anchors.json").write_text(
        '{"format": "syncline-anchors", "version": 1, "anchors": [{"a": 1.0, "b": 2.5}]}'
    )
    (tmp_path / "truth.csv").write_text("a_time,b_time\n0.0,0.0\n1.0,2.5\n2.95,3.95\n")
    code, out, _ = run(
        "align", *pair, *RATES, "--anchors", tmp_path / "anchors.json", "--truth", tmp_path / "truth.csv",
        "-o", tmp_path / "o.csv",
    )  # fmt: skip
    assert code == 0
    rows = table(tmp_path / "o.csv")
    assert ("20", "50") in [(r["a_frame"], r["b_frame"]) for r in rows]
    assert "over 3 points" in out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["align"], 2, "required"),
        (["nonsense"], 2, "invalid choice"),
        (["align", "A", "B", "--rate-a", "fast"], 2, "rate-a"),
        (["align", "A", "B", "-o", "out.docx"], 2, ".docx"),
        (["align", "A", "B", "-o", "nowhere/out.csv"], 1, "nowhere"),
        (["align", "A", "B", "--method", "magic"], 2, "magic"),
        (["align", "A", "B", "--features", "magic"], 2, "magic"),
        (["align", "A", "B", "--set", "radius"], 2, "name=value"),
        (["align", "A", "B", "--set", "magic=1"], 2, "magic"),
        (["align", "A", "B", "--metric", "magic"], 2, "magic"),
        (["align", "A", "B", "-o", "o.csv", "--export-set", "layout=overlay"], 2, "layout"),
        (["align", "A", "B", "-o", "v.mp4", "--export-set", "layout=magic"], 2, "magic"),
        (["align", "A", "B", "-o", "v.mp4"], 1, "no pictures"),
        (["align", "A", "nothing.npy"], 1, "nothing.npy"),
        (["align", "A", "B", "--anchors", "A"], 1, "a.npy"),
        (["align", "A", "B", "-o", "A"], 2, ".npy"),
        (["align", "A", "B", "-o", "o.csv", "-o", "./o.csv"], 2, "twice"),
        (["align", "A", "B", "--max-shift-s", "0.1"], 3, "at least"),
        (["export", "A", "-o", "o.csv"], 1, "a.npy"),
        (["info", "nothing.mp4"], 1, "nothing.mp4"),
        (["demo"], 2, "--headless"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else None,
)
def test_errors_are_one_sentence_with_a_code(run, pair, tmp_path, monkeypatch, words, code, says):
    monkeypatch.chdir(tmp_path)
    words = [{"A": pair[0], "B": pair[1]}.get(w, w) for w in words]
    if words[0] == "align" and "--rate-a" not in words and len(words) > 1:
        words += RATES
    before = sorted(tmp_path.iterdir())
    got, out, err = run(*words)
    assert (got, out) == (code, ""), err
    assert one_sentence(err) and says in err
    assert sorted(tmp_path.iterdir()) == before


def test_inputs_are_never_written_to(run, tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(f"{k},{np.sin(k / 3)}" for k in range(40)))
    (tmp_path / "b.csv").write_text("\n".join(f"{k},{np.sin(k / 3)}" for k in range(40)))
    (tmp_path / "link.csv").symlink_to(tmp_path / "b.csv")
    before = [(tmp_path / n).read_bytes() for n in ("a.csv", "b.csv")]
    for target in ("a.csv", "link.csv"):
        code, _, err = run("align", tmp_path / "a.csv", tmp_path / "b.csv", "-o", tmp_path / target)
        assert code == 1 and "input" in err
    assert before == [(tmp_path / n).read_bytes() for n in ("a.csv", "b.csv")]


def test_methods_lists_every_family_with_parameters(run):
    code, out, _ = run("methods", "--json")
    families = json.loads(out)
    assert code == 0
    assert {"appearance", "chroma", "given"} <= {m["name"] for m in families["features"]}
    assert {"dtw", "offset"} <= {m["name"] for m in families["methods"]}
    assert {"video_mp4", "figure", "path_csv"} <= {m["name"] for m in families["exporters"]}
    code, text, _ = run("methods")
    assert code == 0 and "step_pattern" in text and "side_by_side" in text


def test_cache_is_counted_and_cleared(run, pair):
    code, out, _ = run("cache", "--clear", "--json")
    assert code == 0 and json.loads(out)["bytes"] == 0


def test_the_demo_meets_its_promise(run, tmp_path):
    code, out, err = run("demo", "--headless", "-o", tmp_path / "demo", "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert result["errors"]["median_frames"] <= 2
    assert result["errors"]["count"] == 130
    with av.open(str(tmp_path / "demo" / "retimed.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 100
    rows = table(tmp_path / "demo" / "path.csv")
    assert (rows[-1]["a_frame"], rows[-1]["b_frame"]) == ("99", "129")


# -- RELIABILITY -----------------------------------------------------------------------------------

NAMES = [
    "emoji \U0001f3ac", "e\u0301", "n" * 246, "line\nbreak", "quo\"t'e", "%03d", "a:b", "http:x", "-dash", "--set",
    os.fsdecode(b"latin \xe9"), "[a]*", "~", "\x1b[31mred",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_goes_in_and_out(run, pair, tmp_path, monkeypatch, name):
    folder = tmp_path / "in"
    folder.mkdir()
    monkeypatch.chdir(folder)
    file = f"{name}.npy"
    Path(file).write_bytes(Path(pair[0]).read_bytes())
    code, text, err = run("align", *RATES, "-q", f"--output=./{name}.csv", f"--output=./{name}.json", "--", file, file)
    assert code == 0, err
    assert "\x1b" not in text and "\x1b" not in err
    assert json.loads((folder / f"{name}.json").read_text())["a"]["name"] == file
    code, text, err = run("align", *RATES, "-o", "x.csv", "--", file, f"no {name}"[:200])
    assert code == 1 and one_sentence(err)


def corpus(folder, clip):
    """Files that are not what they seem."""
    rng = random.Random(7)

    def put(name, data):
        (folder / name).write_bytes(data)
        return folder / name

    import io
    import zipfile

    yield put("empty.mp4", b"")
    yield put("text.mp4", b"ffconcat version 1.0\nfile 'b.mp4'\n")
    yield put("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n")
    yield put("half.mp4", clip[: len(clip) // 2])
    yield put("head.mp4", clip[:40])
    yield put("noise.wav", rng.randbytes(5000))
    yield put("riff.wav", b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(40))
    yield put("empty.npy", b"")
    yield put(
        "pickle.npy",
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }".ljust(117)
        + b"\n"
        + b"cos\nsystem\n.",
    )
    buffer = io.BytesIO()
    np.save(buffer, np.full((5, 2), np.nan))
    yield put("nan.npy", buffer.getvalue())
    yield put(
        "huge.npy",
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999, 9), }".ljust(117)
        + b"\n",
    )
    yield put("words.csv", b"this,is\nnot,a\ntable,of numbers\n")
    yield put("ragged.csv", b"1,2,3\n4,5\n6,7,8,9\n")
    yield put("broken.npz", b"PK\x03\x04" + rng.randbytes(300))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.npy", b"no array")
    yield put("lie.npz", buffer.getvalue())
    yield put("broken.h5", b"\x89HDF\r\n\x1a\n" + rng.randbytes(500))
    yield put("broken.mat", b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + rng.randbytes(300))
    yield put("broken.syncline", b"SQLite format 3\x00" + rng.randbytes(4000))
    yield put("no ending", rng.randbytes(100))
    yield put("what.xyz", rng.randbytes(100))
    (folder / "folder.mp4").mkdir()
    yield folder / "folder.mp4"
    os.mkfifo(folder / "pipe.mp4")
    yield folder / "pipe.mp4"


def small_clip(path):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(12):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), k * 20, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path.read_bytes()


def test_a_bad_file_is_one_clear_sentence(run, pair, tmp_path, count, promise):
    clip = small_clip(tmp_path / "clip.mp4")
    folder = tmp_path / "bad"
    folder.mkdir()
    slowest, number = 0.0, 0
    for file in corpus(folder, clip):
        for words in (["info", file], ["align", pair[0], file, "--rate-a", "20", "-o", tmp_path / "o.csv"]):
            began = time.perf_counter()
            code, out, err = run(*words)
            slowest = max(slowest, time.perf_counter() - began)
            number += 1
            # 4: a header that asks for more memory than there is.
            assert code == (4 if file.name == "huge.npy" else 1), (file.name, code, out, err)
            assert one_sentence(err), (file.name, err)
            assert file.name in err, err
    rng = random.Random(11)
    for _ in range(count(6, 400)):
        data = bytearray(clip)
        for _ in range(rng.randrange(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        (folder / "mutant.mp4").write_bytes(data[: rng.randrange(len(data) // 2, len(data) + 1)])
        began = time.perf_counter()
        code, out, err = run("info", folder / "mutant.mp4")
        slowest = max(slowest, time.perf_counter() - began)
        number += 1
        assert code in (0, 1), err
        assert code == 0 or one_sentence(err), err
    assert not (tmp_path / "o.csv").exists()
    assert slowest < 10
    promise(10, f"command line: {number} bad files, 0 tracebacks, slowest {slowest:.2f} s")


def test_ctrl_c_ends_cleanly_and_a_terminal_sees_a_bar(tmp_path):
    pty = pytest.importorskip("pty")
    rng = np.random.default_rng(0)
    for name in "ab":
        np.save(tmp_path / f"{name}.npy", rng.standard_normal((60_000, 16)).cumsum(0).astype(np.float32))
    words = ["align", "a.npy", "b.npy", *RATES, "-o", "o.csv"]
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "syncline.cli", *words], cwd=tmp_path, stderr=slave, stdout=subprocess.PIPE
    )
    os.close(slave)
    seen = b""
    try:
        while b"%" not in seen or b"Aligning" not in seen:
            seen += os.read(master, 4096)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        while True:
            try:
                chunk = os.read(master, 4096)
            except OSError:  # the other end was closed
                break
            if not chunk:
                break
            seen += chunk
        assert process.wait(10) == 130
        assert time.monotonic() - began < 3
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        os.close(master)
    assert b"[###" in seen or b"[---" in seen or b"[#" in seen
    assert b"Stopped" in seen and b"Traceback" not in seen
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.npy", "b.npy"]


def test_a_pipe_sees_no_bar_and_may_close_early(tmp_path, pair):
    done = subprocess.run(
        [sys.executable, "-m", "syncline.cli", "align", *pair, *RATES], capture_output=True, check=True
    )
    assert done.stderr == b"" and b"steps" in done.stdout
    process = subprocess.Popen(
        [sys.executable, "-m", "syncline.cli", "methods"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_debug_shows_where_an_error_comes_from(run, monkeypatch):
    monkeypatch.setenv("SYNCLINE_DEBUG", "1")
    code, _, err = run("info", "nothing.npy")
    assert code == 1 and "Traceback" in err
