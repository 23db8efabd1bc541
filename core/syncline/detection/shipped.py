"""The detectors that come with the program."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ..errors import ParameterError
from .adapter import load_adapter
from .detector import Detector

__all__ = ["shipped", "shipped_names"]

_FILES = {
    "both": ("nanodet_g_416.json", "ssd_mobilenetv2_oidv4_300.json"),
    "nanodet": ("nanodet_g_416.json",),
    "ssd": ("ssd_mobilenetv2_oidv4_300.json",),
}


def shipped_names() -> tuple[str, ...]:
    """Names that `shipped` takes, the default first."""
    return tuple(_FILES)


def shipped(name: str = "both", threads: int = 2) -> Detector:
    """A detector that comes with the program: NanoDet-g (80 COCO classes), SSD MobileNetV2 (23 of Open Images) or both.

    Together they find more of what captions speak of than either does; the README beside the models says how much.

    Raises
    ------
    ParameterError
        There is none of that name.
    """
    if name not in _FILES:
        raise ParameterError(
            f"There is no detector “{name}”; there are: {', '.join(_FILES)}, or name a .json or .onnx file."
        )
    folder = Path(str(resources.files("syncline_resources") / "models"))
    return Detector([load_adapter(folder / file) for file in _FILES[name]], "", threads)
