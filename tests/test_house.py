"""The walls of the house: no Qt below, a light start, three names in the wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_of_core_imports_without_qt() -> None:
    code = """
import importlib, pkgutil, sys, syncline
for m in pkgutil.walk_packages(syncline.__path__, "syncline."):
    if not m.name.endswith("__main__"):
        importlib.import_module(m.name)
print([m for m in sys.modules if m.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph", "syncline_workbench")])
"""
    assert run(code).strip() == "[]"


def test_importing_syncline_is_light() -> None:
    heavy = "numba scipy cv2 av soundfile librosa sklearn h5py matplotlib onnxruntime defusedxml"
    code = f"import sys, syncline; syncline.align; print([m for m in {heavy!r}.split() if m in sys.modules])"
    assert run(code).strip() == "[]"


def test_every_public_name_is_there() -> None:
    run("import syncline\nfor name in syncline.__all__: getattr(syncline, name)")


def test_export_stays_a_function_once_its_folder_was_imported() -> None:
    run(
        "import syncline as sl, syncline.export\nfrom syncline.export import REGISTRY\nassert sl.export.__module__ == 'syncline.pipeline'"
    )


def test_the_wheel_holds_three_packages_and_the_resources(tmp_path: Path) -> None:
    def call(*words: str) -> None:
        done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr

    call("hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    call("check_wheel_contents", str(next(tmp_path.glob("*.whl"))))
