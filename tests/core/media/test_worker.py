"""RELIABILITY §2: whatever a file does to the parser of HDF5 and MATLAB, here it is one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import h5py
import numpy as np
import psutil
import pytest
import scipy.io
import soundfile as sf

from clips import clicks, make_video
from syncline.errors import Cancelled, MediaError
from syncline.media import _foreign, _worker, as_text, describe, list_keys, load_sequence, open_media
from syncline.media._worker import Worker
from syncline.progress import Monitor

X = np.random.default_rng(0).standard_normal((200, 6))
posix = pytest.mark.skipif(os.name != "posix", reason="address space is limited on POSIX only")


@pytest.fixture
def loaders(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import worker_loaders

    return worker_loaders


@pytest.fixture
def h5(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("g/x", data=X, compression="gzip")
    return path


@pytest.fixture
def worker():
    made: list[Worker] = []

    def make(**limits):
        made.append(Worker(**limits))
        return made[-1]

    yield make
    for one in made:
        one.close()


def gone(pid: int, seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("name", ["segfault", "abort", "leave"])
def test_a_crash_is_one_sentence_and_the_next_file_is_read(worker, loaders, h5, name, promise):
    one = worker()
    for _ in range(3):
        with pytest.raises(MediaError, match=r"^The file “x\.h5” made the reader crash; .*\.$"):
            one.call(getattr(loaders, name), h5)
        assert np.array_equal(one.call(_foreign.load, h5, "h5", ["g/x"])["g/x"], X)
    promise(10, f"reader brought down by {name}: one sentence, the next file is read")


def test_a_worker_can_start_while_another_thread_imports_opencv(worker, h5, monkeypatch):
    """OpenCV has its own folder in `sys.path` until it is imported."""
    monkeypatch.setattr(sys, "path", [sys.path[0], str(Path(cv2.__file__).parent), *sys.path[1:]])
    assert np.array_equal(worker().call(_foreign.load, h5, "h5", ["g/x"])["g/x"], X)


@posix
@pytest.mark.parametrize("name", ["hoard", "hoard_natively"])
def test_a_memory_blow_up_is_one_sentence(worker, loaders, h5, name, promise):
    one = worker(memory=1 << 30)
    before = psutil.Process().memory_info().rss
    with pytest.raises(MediaError, match=r"made the reader (take too much memory|crash)"):
        one.call(getattr(loaders, name), h5)
    assert psutil.Process().memory_info().rss - before < 64 << 20
    assert np.array_equal(one.call(_foreign.load, h5, "h5", ["g/x"])["g/x"], X)
    promise(17, f"reader that takes all memory ({name}): one sentence at its limit")


@pytest.mark.parametrize("name", ["spin", "hang_natively"])
def test_a_parser_that_never_ends_is_stopped(worker, loaders, h5, name):
    began = time.monotonic()
    with pytest.raises(MediaError, match=r"kept the reader busy for more than 1 s; .*\.$"):
        worker(seconds=1.0).call(getattr(loaders, name), h5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["spin", "hang_natively"])
def test_cancelling_ends_the_process(worker, loaders, h5, tmp_path, name, promise):
    note, monitor, moment = tmp_path / "pid", Monitor(), []

    def stop():
        while not note.exists() or not note.read_text():
            time.sleep(0.005)
        moment.append(time.monotonic())
        monitor.cancel()

    helper = threading.Thread(target=stop)
    helper.start()
    threads = threading.active_count()
    with pytest.raises(Cancelled):
        worker().call(getattr(loaders, name), h5, str(note), monitor=monitor)
    wait = time.monotonic() - moment[0]
    helper.join()
    assert wait < 1.0
    assert threading.active_count() < threads
    assert gone(int(note.read_text()))
    promise(15, f"reading HDF5 or MATLAB ({name}): cancelled after {wait * 1000:.0f} ms")


def test_who_waits_for_other_files_can_be_cancelled(loaders, h5, tmp_path):
    notes, monitors, threads = [tmp_path / "0", tmp_path / "1"], [Monitor(), Monitor()], []

    def busy(k):
        with pytest.raises(Cancelled):
            _worker.call(loaders.spin, h5, str(notes[k]), monitor=monitors[k])

    # Workers that run already do not know where these loaders are.
    _worker._close_all()
    for k in range(2):
        threads.append(threading.Thread(target=busy, args=(k,)))
        threads[k].start()
    while not all(note.exists() for note in notes):
        time.sleep(0.005)
    third = Monitor()
    threading.Timer(0.1, third.cancel).start()
    with pytest.raises(Cancelled):
        _worker.call(_foreign.shapes, h5, "h5", monitor=third)
    for monitor, thread in zip(monitors, threads, strict=True):
        monitor.cancel()
        thread.join()


def test_closing_ends_a_call_under_way(worker, loaders, h5, tmp_path):
    one, note = worker(), tmp_path / "pid"
    ended = threading.Event()

    def busy():
        with pytest.raises(MediaError):
            one.call(loaders.spin, h5, str(note))
        ended.set()

    threading.Thread(target=busy).start()
    while not note.exists():
        time.sleep(0.005)
    one.close()
    assert ended.wait(3)


_PARENT = """
import sys, threading
from pathlib import Path
import worker_loaders
from syncline.media import _worker, _foreign
path, name, note = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if name == "idle":
    _worker.call(_foreign.shapes, path, "h5")
    Path(note).write_text(str(_worker._workers[-1]._process.pid))
    sys.stdin.read()
_worker.call(getattr(worker_loaders, name), path, note)
"""


@pytest.mark.parametrize("name", ["idle", "spin"])
def test_the_worker_dies_with_its_parent(loaders, h5, tmp_path, name):
    note = tmp_path / "pid"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, h5, name, note], stdin=subprocess.PIPE, env=environment
    ) as parent:
        while not note.exists() or not note.read_text():
            assert parent.poll() is None
            time.sleep(0.01)
        parent.kill()
    assert gone(int(note.read_text()))


def test_a_script_that_guards_nothing_runs_once(h5):
    script = h5.with_name("script.py")
    script.write_text(
        "import sys\nfrom syncline.media import load_sequence, open_media\nprint('once')\n"
        "print(load_sequence(open_media(sys.argv[1])).values.shape)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, script, h5], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    assert done.stdout.split("\n") == ["once", "(200, 6)", ""]
    assert done.stderr == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_a_worker_of_its_own(h5):
    script = (
        "import os, sys\nfrom syncline.media import list_keys\nfirst = list_keys(sys.argv[1])\n"
        "child = os.fork()\nsame = all(list_keys(sys.argv[1]) == first for _ in range(50))\n"
        "if not child:\n    os._exit(not same)\n"
        "assert same and os.waitpid(child, 0)[1] == 0\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, h5], check=True, env=environment, timeout=60)


def test_arrays_arrive_as_they_were_made(worker, loaders, h5):
    expected = loaders.kinds(h5)
    got = worker().call(loaders.kinds, h5)
    assert got.keys() == expected.keys()
    for key, array in expected.items():
        if isinstance(array, np.ndarray):
            assert got[key].dtype == array.dtype
            assert got[key].shape == array.shape
            assert np.array_equal(got[key], array)
        else:
            assert got[key] == array


def test_what_a_parser_prints_is_no_answer(worker, loaders, h5):
    assert np.array_equal(worker().call(loaders.chatter, h5)["x"], np.arange(3))


def test_only_numbers_are_taken_from_the_worker(worker, loaders, h5):
    with pytest.raises(MediaError):
        worker().call(loaders.objects, h5)


def test_a_fault_of_ours_stays_one(worker, loaders, h5):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        worker().call(loaders.fault, h5)


def test_files_read_from_many_threads_are_equal(h5, tmp_path):
    mat = tmp_path / "y.mat"
    scipy.io.savemat(mat, {"y": X * 2, "rate": 50.0}, do_compression=True)
    failed: list[object] = []

    def work(k):
        path, factor = (h5, 1) if k % 2 else (mat, 2)
        for _ in range(5):
            if not np.array_equal(load_sequence(open_media(path)).values, (X * factor).astype(np.float32)):
                failed.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert open_media(mat).sequence.times[1] == 1 / 50
    assert list_keys(mat) == [("y", (200, 6)), ("rate", (1, 1))]


def test_complex_numbers_of_matlab_are_refused(tmp_path):
    path = tmp_path / "z.mat"
    scipy.io.savemat(path, {"z": X + 1j})
    with pytest.raises(MediaError, match="plain numbers"):
        open_media(path)


def test_a_chunk_larger_than_its_array_is_refused(tmp_path):
    """The library unpacks a chunk whole."""
    path = tmp_path / "chunk.h5"
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((10, 4), (h5py.h5s.UNLIMITED, 4))
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((1 << 27, 4))
        h5py.h5d.create(file.id, b"x", h5py.h5t.IEEE_F32LE, space, plan)
    with pytest.raises(Exception, match=r"2\.0 GiB"):
        open_media(path)


@pytest.fixture
def isolated_look(monkeypatch):
    """As in the window, which calls `warm_up`."""
    monkeypatch.setattr(_worker, "_warmed", True)


@pytest.mark.parametrize("name", ["a.mp4", "b.mkv", "c.ts", "d.avi", "e.gif", "f.wav", "g.mp3", "h.flac"])
def test_what_a_worker_sees_is_what_is_there(tmp_path, name, request):
    path, rate = tmp_path / name, 8000
    if name[0] in "abcd":
        sound = (clicks(rate, 0.7, [0.2], 2), rate)
        make_video(path, 40, size=(96, 64), audio=sound, audio_codec="aac" if name[0] in "abc" else "pcm_s16le")
    elif name == "e.gif":
        make_video(path, 10, size=(64, 48), codec="gif", pixels="rgb8")
    else:
        sf.write(path, clicks(rate, 0.7, [0.2, 0.5]), rate)
    here = open_media(path)
    request.getfixturevalue("isolated_look")
    seen: list[float] = []
    there = open_media(path, monitor=Monitor(lambda _, fraction: seen.append(fraction)))
    assert as_text(describe(there)) == as_text(describe(here))
    for side in ("video", "audio"):
        ours, theirs = (getattr(media, side) for media in (here, there))
        assert (ours is None) == (theirs is None)
        if ours is not None:
            for key, value in vars(ours).items():
                other = getattr(theirs, key)
                assert type(other) is type(value)
                assert np.array_equal(other, value), key
                assert not isinstance(other, np.ndarray) or not other.flags.writeable
    assert seen == sorted(seen)
    if name[0] in "abc":
        assert any(0.5 < fraction < 1 for fraction in seen)


def test_what_is_no_video_is_said_by_a_worker_in_the_same_words(tmp_path, isolated_look, monkeypatch):
    path = tmp_path / "x.mp4"
    path.write_bytes(b"no video" * 100)
    with pytest.raises(MediaError) as there:
        open_media(path)
    monkeypatch.setattr(_worker, "_warmed", False)
    with pytest.raises(MediaError) as here:
        open_media(path)
    assert str(here.value) == str(there.value)


def test_warming_up_starts_both_workers_and_looks_there_from_then_on(tmp_path):
    script = (
        "import sys, time\nfrom syncline.media import _worker, open_media, warm_up\nwarm_up()\n"
        "end = time.monotonic() + 30\n"
        "while not all(w._process and w._process.poll() is None for w in _worker._workers) and time.monotonic() < end:\n"
        "    time.sleep(0.01)\n"
        "print(open_media(sys.argv[1]).video.frames, 'av' in sys.modules, len({w._process.pid for w in _worker._workers}))\n"
    )
    path = make_video(tmp_path / "x.mp4", 12)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    assert done.stdout == "12 False 2\n"
    assert done.stderr == ""
