"""What the program ships with: icons and the demo."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["demo_paths"]


def demo_paths() -> tuple[Path, Path, Path]:
    """The demo: clip A, clip B, and the file of their true correspondence."""
    folder = Path(str(files(__name__) / "demo"))
    return folder / "balance.mp4", folder / "balance_retimed.mp4", folder / "truth.csv"
