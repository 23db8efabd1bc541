"""What the program ships with: icons, models, the demo, pictures and a spoken sentence to try."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["demo_paths", "example_pictures", "example_speech"]


def demo_paths() -> tuple[Path, Path, Path]:
    """The demo: clip A, clip B, and the file of their true correspondence."""
    folder = Path(str(files(__name__) / "demo"))
    return folder / "balance.mp4", folder / "balance_retimed.mp4", folder / "truth.csv"


def example_pictures() -> Path:
    """The data set of example pictures: a COCO file with the pictures beside it."""
    return Path(str(files(__name__) / "pictures")) / "examples.json"


def example_speech() -> tuple[Path, str, Path]:
    """A spoken sentence: the recording, what is said, and words and phones as a person marked them."""
    folder = Path(str(files(__name__) / "speech"))
    return folder / "mary.wav", "Mary rolled the barrel", folder / "mary.TextGrid"
