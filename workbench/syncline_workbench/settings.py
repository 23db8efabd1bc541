"""What the program remembers between runs: typed, each value stored as JSON."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from PySide6.QtCore import QObject, QSettings, Signal

__all__ = ["COLOUR_MAPS", "ROUTINGS", "THEMES", "WORKSPACES", "Settings"]

COLOUR_MAPS = ("viridis", "magma", "cividis", "grey")
"""Colour maps the matrix may be drawn in."""
ROUTINGS = ("both", "a", "b", "none")
THEMES = ("system", "dark", "light")
WORKSPACES = ("warp", "match", "segment")
MAX_RECENT = 12


class Settings(QObject):
    """Remembered values; what was written by hand or by another version and does not fit is taken as the default.

    QSettings by itself gives back strings and turns a list of one into a string, so every value is JSON text.

    Parameters
    ----------
    path
        The INI file; None for ``settings.ini`` in the user's configuration folder.
    """

    changed = Signal(str)
    """The name of the value that is another one now."""

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path or user_config_path("syncline", appauthor=False) / "settings.ini"
        self._store = QSettings(str(self._path), QSettings.Format.IniFormat, self)

    def get(self, name: str, default: Any, fits: Callable[[Any], bool] | None = None) -> Any:
        """The stored value, or `default` if there is none, it is of another type or does not satisfy `fits`."""
        text = self._store.value(name, None)
        if not isinstance(text, str):
            return default
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return default
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if default is not None and type(value) is not type(default):
            return default
        return value if fits is None or fits(value) else default

    def set(self, name: str, value: Any) -> None:
        """Remember `value` (anything JSON can hold)."""
        text = json.dumps(value)
        if self._store.value(name, None) != text:
            self._store.setValue(name, text)
            self.changed.emit(name)

    def sync(self) -> None:
        """Write to disk now."""
        self._store.sync()

    def _bytes(self, name: str) -> bytes:
        try:
            return base64.b64decode(self.get(name, ""), validate=True)
        except (binascii.Error, ValueError):
            return b""

    # -- the window --------------------------------------------------------------------------------

    @property
    def geometry(self) -> bytes:
        """`QWidget.saveGeometry` of the window, empty if none was kept."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, value: bytes) -> None:
        self.set("window/geometry", base64.b64encode(value).decode())

    def docks(self, workspace: str) -> bytes:
        """`QMainWindow.saveState` of the panels of a workspace, empty if none was kept."""
        return self._bytes(f"window/{'' if workspace == WORKSPACES[0] else workspace + '_'}docks")

    def keep_docks(self, workspace: str, state: bytes) -> None:
        """Remember where the panels of a workspace are."""
        name = f"window/{'' if workspace == WORKSPACES[0] else workspace + '_'}docks"
        self.set(name, base64.b64encode(state).decode())

    @property
    def workspace(self) -> str:
        """The workspace of an empty window, one of `WORKSPACES`."""
        return self.get("window/workspace", WORKSPACES[0], WORKSPACES.__contains__)

    @workspace.setter
    def workspace(self, value: str) -> None:
        assert value in WORKSPACES
        self.set("window/workspace", value)

    @property
    def splitter(self) -> bytes:
        """`QSplitter.saveState` between viewers and matrix."""
        return self._bytes("window/splitter")

    @splitter.setter
    def splitter(self, value: bytes) -> None:
        self.set("window/splitter", base64.b64encode(value).decode())

    @property
    def theme(self) -> str:
        """One of ``system``, ``dark``, ``light``."""
        return self.get("theme", "system", THEMES.__contains__)

    @theme.setter
    def theme(self, value: str) -> None:
        self.set("theme", value)

    # -- views -------------------------------------------------------------------------------------

    @property
    def colour_map(self) -> str:
        """One of `COLOUR_MAPS`."""
        return self.get("matrix/colour_map", "viridis", COLOUR_MAPS.__contains__)

    @colour_map.setter
    def colour_map(self, value: str) -> None:
        self.set("matrix/colour_map", value)

    @property
    def hold_stroke(self) -> bool:
        """Whether a path drawn by hand is held all along the stroke."""
        return self.get("matrix/hold_stroke", False)

    @hold_stroke.setter
    def hold_stroke(self, value: bool) -> None:
        self.set("matrix/hold_stroke", bool(value))

    @property
    def overlay_opacity(self) -> float:
        """How much of B shows in overlay mode, 0..1."""
        return self.get("viewer/opacity", 0.5, lambda v: 0 <= v <= 1)

    @overlay_opacity.setter
    def overlay_opacity(self, value: float) -> None:
        self.set("viewer/opacity", float(value))

    @property
    def routing(self) -> str:
        """Whose sound is heard: ``both`` (A left, B right), ``a``, ``b``, ``none``."""
        return self.get("sound/routing", "both", ROUTINGS.__contains__)

    @routing.setter
    def routing(self, value: str) -> None:
        self.set("sound/routing", value)

    # -- files -------------------------------------------------------------------------------------

    @property
    def recent(self) -> list[str]:
        """Paths of projects and media opened lately, newest first."""
        return [p for p in self.get("files/recent", [], None) if isinstance(p, str)][:MAX_RECENT]

    def add_recent(self, path: str | Path) -> None:
        """Put `path` at the head of `recent`."""
        # A file name that is no Unicode text can't stand in an INI file; it is opened all the same.
        text = str(path)
        if not text.isprintable():
            return
        self.set("files/recent", [text, *(p for p in self.recent if p != text)][:MAX_RECENT])

    def clear_recent(self) -> None:
        """Forget all recent files."""
        self.set("files/recent", [])

    @property
    def folder(self) -> str:
        """Folder of the last file dialog, empty at first."""
        return self.get("files/folder", "")

    @folder.setter
    def folder(self, value: str) -> None:
        self.set("files/folder", value)

    # -- memory ------------------------------------------------------------------------------------

    @property
    def frame_cache_mb(self) -> int:
        """Decoded frames kept for both viewers together, MiB."""
        return self.get("memory/frames", 256, lambda v: 16 <= v <= 1 << 16)

    @frame_cache_mb.setter
    def frame_cache_mb(self, value: int) -> None:
        self.set("memory/frames", int(value))

    @property
    def solver_mb(self) -> int:
        """What a solver may allocate beyond its input, MiB."""
        return self.get("memory/solver", 1024, lambda v: 64 <= v <= 1 << 17)

    @solver_mb.setter
    def solver_mb(self, value: int) -> None:
        self.set("memory/solver", int(value))
