"""The command and the application round the window."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from syncline.progress import Monitor
from syncline_workbench import __main__ as command
from syncline_workbench.app import Crashes
from syncline_workbench.collector import Collector
from syncline_workbench.jobs import Jobs
from syncline_workbench.settings import Settings

HEAVY = "scipy numba cv2 av soundfile librosa sklearn h5py pyqtgraph miniaudio"


def test_the_window_is_built_without_heavy_libraries() -> None:
    code = f"""
import sys
from syncline_workbench.settings import Settings
from syncline_workbench.app import create_application
settings = Settings()
app = create_application(settings)
from syncline_workbench.main_window import MainWindow
window = MainWindow(settings)
window.show()
app.processEvents()
print([m for m in {HEAVY!r}.split() if m in sys.modules])
window.close_down()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_sub_commands_never_import_qt() -> None:
    code = (
        "import sys; from syncline_workbench.__main__ import main; main(['methods']); print('PySide6' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.strip().endswith("False"), done.stderr


def test_qt_calls_do_not_use_up_none(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for k in range(1000):
        label.setText(str(k))
    assert sys.getrefcount(None) > before - 100


def test_without_a_display_the_demo_runs_headless_and_a_window_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only X11 and Wayland can be missing")
    from syncline import cli

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    asked: list[list[str]] = []

    def run(words: list[str]) -> int:
        asked.append(words)
        return 7

    monkeypatch.setattr(cli, "main", run)
    assert command.main(["demo", "-o", "somewhere"]) == 7
    assert asked == [["demo", "--headless", "-o", "somewhere"]]
    assert "no display" in capsys.readouterr().err
    assert command.main(["a.mp4", "b.mp4"]) == 1
    assert "no display" in capsys.readouterr().err
    assert command.main(["--nonsense"]) == 2
    assert command.main(["a", "b", "c"]) == 2


def test_a_defect_shows_one_dialog_from_any_thread_and_is_logged(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    crashes = Crashes(tmp_path / "syncline.log")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    crashes.install()

    def fail() -> None:
        raise RuntimeError("broken \udcff <b>name</b>")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: crashes.dialog is not None)
    qtbot.wait(20)
    boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
    assert boxes == [crashes.dialog]
    assert crashes.count == 2
    assert crashes.dialog is not None
    assert str(tmp_path / "syncline.log") in crashes.dialog.informativeText()
    assert len(caplog.records) == 2
    assert caplog.text.isascii()
    assert "in fail" in caplog.text
    crashes.dialog.close()
    qtbot.waitUntil(lambda: crashes.dialog is None)


class Node:
    """Refers to itself: only the collector can take it away."""

    def __init__(self) -> None:
        self.me = self


def test_garbage_of_workers_is_collected_by_the_window_thread(qtbot: QtBot) -> None:
    threads: set[int] = set()

    def note(phase: str, _info: dict[str, int]) -> None:
        threads.add(threading.get_ident())

    def litter(monitor: Monitor) -> weakref.ref[Node]:
        first = weakref.ref(Node())
        for _ in range(20_000):
            monitor.check()
            Node()
        return first

    jobs, collector = Jobs(workers=2), Collector()
    collector.settle()
    gc.callbacks.append(note)
    try:
        answers: list[weakref.ref[Node]] = []
        for job in [jobs.submit("Litter", litter) for _ in range(4)]:
            job.succeeded.connect(answers.append)
        qtbot.waitUntil(lambda: len(answers) == 4 and all(ref() is None for ref in answers))
    finally:
        gc.callbacks.remove(note)
        collector.stop()
        jobs.close()
    assert threads == {threading.get_ident()}
    assert gc.isenabled()


def test_no_worker_collects_garbage_from_the_first_event_to_the_aligned_demo() -> None:
    code = """
import gc, threading
from PySide6.QtCore import QTimer
from syncline_workbench.app import create_application, run
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings
threads, kept = set(), []
def note(phase, info):
    threads.add(threading.current_thread().name)
def begin():
    gc.callbacks.append(note)
def look():
    windows = [w for w in app.topLevelWidgets() if isinstance(w, MainWindow)]
    if windows and windows[0].document.session.alignment is not None and not windows[0].jobs.active:
        # The collector begins once everything is loaded, and as soon as there is something to look at.
        kept.extend([] for _ in range(1000))
        if threads:
            windows[0].close_down()
            app.exit()
app = create_application(Settings())
QTimer.singleShot(0, begin)
timer = QTimer(interval=50)
timer.timeout.connect(look)
timer.start()
run(["--demo"])
print(sorted(threads))
"""
    # The loops that other tests compiled already: an empty cache would cost half a minute.
    env = {**os.environ, "NUMBA_CACHE_DIR": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120, env=env
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['MainThread']"


def test_settings_come_back_as_they_were_and_nonsense_is_the_default(tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "s.ini"
    one = Settings(file)
    one.theme, one.geometry, one.overlay_opacity, one.solver_mb = "light", bytes(range(256)), 0, 2048
    for k in range(20):
        one.add_recent(f"/films/{k % 15}, “ä” %1.mp4")
    one.sync()
    two = Settings(file)
    assert (two.theme, two.geometry, two.overlay_opacity, two.solver_mb) == ("light", bytes(range(256)), 0.0, 2048)
    assert two.recent == one.recent
    assert two.recent[0] == "/films/4, “ä” %1.mp4"
    assert len(two.recent) == len(set(two.recent)) == 12
    two.add_recent(os.fsdecode(b"/films/\xff.mp4"))
    assert two.recent == one.recent
    for text in ("", "[1", '"purple"', "7", "{}", "null"):
        two._store.setValue("theme", text)
        two._store.setValue("memory/solver", text)
        two._store.setValue("window/geometry", text)
        assert (two.theme, two.solver_mb, two.geometry) == ("system", 1024, b"")


def test_after_a_crash_the_window_offers_the_work_and_brings_it_back(qtbot: QtBot, tmp_path: Path) -> None:
    from syncline_workbench.dialogs.recover import RecoverDialog
    from syncline_workbench.main_window import MainWindow

    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", np.random.default_rng(1).normal(size=(60, 3)))
    code = f"""
import os
from syncline.media import open_media
from syncline.model import Session
from syncline_workbench.settings import Settings
from syncline_workbench.app import create_application
settings = Settings()
app = create_application(settings)
from syncline_workbench.main_window import MainWindow
window = MainWindow(settings)
a, b = (open_media({str(tmp_path)!r} + "/" + n + ".npy", rate=10) for n in "ab")
window.document.replace(Session(a, b), "Open A, B")
assert window.projects.journal.flush()
os._exit(9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 9, done.stderr
    window = MainWindow(Settings())
    qtbot.addWidget(window)
    window.show()
    window.projects.look_for_recoverable()

    def offers() -> list[RecoverDialog]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, RecoverDialog) and w.isVisible()]

    qtbot.waitUntil(lambda: len(offers()) == 1)
    offers()[0].restore.click()
    qtbot.waitUntil(lambda: window.document.session.pair is not None)
    assert [m.name for m in (window.document.session.a, window.document.session.b) if m] == ["a.npy", "b.npy"]
    assert window.document.dirty
    qtbot.waitUntil(lambda: not window.projects.journal.pending)
    qtbot.wait(50)
    # It is in this window's journal now: the old one is offered no more.
    from syncline.project import find_recoverable

    assert find_recoverable() == []
    window.close_down()
