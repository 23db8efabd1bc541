"""The per-user state folder: where backups, journals and the list of known media lie."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path

from ..atomic import replacing
from ..errors import ExportError
from ..model import Media

__all__ = ["is_known", "known", "remember", "state_folder"]

KEPT = 2000
_guard = threading.Lock()


def state_folder(*parts: str) -> Path:
    """Return the state folder, or a folder inside it, made if need be.

    ``SYNCLINE_STATE`` overrides the platform's place.

    Raises
    ------
    OSError
        It can't be made.
    """
    base = os.environ.get("SYNCLINE_STATE")
    if not base:
        import platformdirs

        base = platformdirs.user_state_dir("syncline", appauthor=False)
    folder = Path(base, *parts)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _key(digest: str, size: int) -> str:
    return f"{digest}:{size}"


def _read() -> dict[str, list[str]]:
    try:
        value = json.loads((state_folder() / "known.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        # A lost list costs a question to the user, never data.
        return {}
    if not isinstance(value, dict):
        return {}
    return {
        str(key): [p for p in paths if isinstance(p, str)] for key, paths in value.items() if isinstance(paths, list)
    }


def remember(*media: Media) -> None:
    """Keep where these media lie, so that a project that moved finds them again.

    Only files that are at this moment what the medium says are kept: the list also says what the user agreed
    to open outside a project's folder (RELIABILITY §2), and what merely stands in a project does not count.
    """
    with _guard:
        old = _read()
        new = dict(old)
        for m in media:
            try:
                stat = m.path.stat()
            except (OSError, ValueError):
                continue
            if (stat.st_size, stat.st_mtime_ns) != (m.size, m.mtime_ns):
                continue
            key, path = _key(m.digest, m.size), os.path.realpath(m.path)
            paths = [path, *(p for p in new.pop(key, []) if p != path)][:8]
            new[key] = paths
        if new == old:
            return
        new = dict(list(new.items())[-KEPT:])
        try:
            with replacing(state_folder() / "known.json") as temporary:
                temporary.write_text(json.dumps(new), "utf-8")
        except (ExportError, OSError):
            # The list only saves the user a question; a full state disk must not fail what called us.
            return


def known(media: Media) -> list[Path]:
    """Paths where the content of `media` was seen, newest first."""
    with _guard:
        return [Path(p) for p in _read().get(_key(media.digest, media.size), [])]


def is_known(path: Path) -> bool:
    """True if the user once opened or saved a medium at this real path."""
    real = os.path.realpath(path)
    with _guard:
        return any(real in paths for paths in _read().values())


def short(text: str) -> str:
    """A file-name-safe digest of `text`."""
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
