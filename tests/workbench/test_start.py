"""The window answers from the moment it is shown, while all that it will need is loaded (promise 16)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from syncline.progress import Monitor
from syncline_workbench import warming
from workbench.watchdog import Count, Gap, longest

START = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from syncline_workbench import app
from syncline_workbench.collector import Collector
from syncline_workbench.main_window import MainWindow
from workbench.watchdog import Watchdog
show, settle, dog = MainWindow.show, Collector.settle, Watchdog()
def shown(window):
    show(window)
    # The first gap is the window's own first picture.
    QTimer.singleShot(0, dog.start)
def settled(collector):
    settle(collector)
    QTimer.singleShot(300, QApplication.quit)
MainWindow.show, Collector.settle = shown, settled
app.run([])
loaded = [name for name in ("av", "cv2", "soundfile", "numba", "pyqtgraph") if name in sys.modules]
print(repr((tuple(dog.stop()), loaded)), flush=True)
"""


def start(tmp_path: Path) -> tuple[Gap, list[str]]:
    """The program's own start in a process of its own, until all is loaded; the longest gap and what there is."""
    tests = Path(__file__).resolve().parent.parent
    # Loops lie beside their sources as in all tests: here it is the second start that is looked at.
    env = {**os.environ, "NUMBA_CACHE_DIR": "", "PYTHONPATH": str(tests), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", START], env=env, capture_output=True, text=True, check=True, timeout=200
    )
    gap, loaded = ast.literal_eval(done.stdout.strip().splitlines()[-1])
    return Gap(*gap), loaded


def test_the_window_hears_from_its_first_picture_on(
    tmp_path: Path, count: Count, promise: Callable[[int, str], None]
) -> None:
    gaps: list[Gap] = []
    for _ in range(3):
        gap, loaded = start(tmp_path)
        # Curves of learning are drawn by pyqtgraph: who opens no such dialog does not load it.
        assert loaded == ["av", "cv2", "soundfile", "numba"]
        gaps.append(gap)
        if gap.own <= longest(count):
            break
    best = min(gaps, key=lambda gap: gap.own)
    promise(16, f"from the first picture until decoders and loops are loaded: longest gap {best}")
    assert best.own <= longest(count), gaps


def test_libraries_are_read_whole_before_they_are_loaded() -> None:
    read = warming.read_ahead(Monitor())
    import av
    import cv2

    # What this very process has mapped of FFmpeg and OpenCV came from files that were read.
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        pytest.skip("Linux only: what is mapped is read from /proc")
    mapped = {line.split(maxsplit=5)[5] for line in maps.read_text().splitlines() if line.count("/")}
    homes = [str(Path(module.__file__).parent.parent) for module in (av, cv2)]
    ours = {f for f in mapped if any(f.startswith(f"{h}/{n}") for h in homes for n in ("av", "cv2", "opencv"))}
    listed = {str(f) for name in warming.LIBRARIES for f in warming._shared(name)}
    assert len(ours) > 10 and ours - listed == set()
    assert read == sum(Path(f).stat().st_size for f in listed)
