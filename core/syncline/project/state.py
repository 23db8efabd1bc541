"""The per-user state folder: where backups, journals and the list of known media lie."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from ..atomic import replacing
from ..errors import ExportError
from ..model import EmissionSource, Media, Picture

__all__ = ["is_known", "known", "known_emissions", "remember", "remember_emissions", "state_folder"]

KEPT = 20_000
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


@lru_cache(maxsize=1)
def _parsed(file: Path, _mtime_ns: int, _size: int) -> tuple[dict[str, list[str]], frozenset[str]]:
    """The list as it stands in the file, and all its paths; a project may ask for those of thousands of pictures."""
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        # A lost list costs a question to the user, never data.
        value = None
    if not isinstance(value, dict):
        return {}, frozenset()
    found = {
        str(key): [p for p in paths if isinstance(p, str)] for key, paths in value.items() if isinstance(paths, list)
    }
    return found, frozenset(path for paths in found.values() for path in paths)


def _read() -> tuple[dict[str, list[str]], frozenset[str]]:
    try:
        file = state_folder() / "known.json"
        stat = file.stat()
    except OSError:
        return {}, frozenset()
    return _parsed(file, stat.st_mtime_ns, stat.st_size)


def remember(*media: Media | Picture) -> None:
    """Keep where these media lie, so that a project that moved finds them again.

    Only files that are at this moment what the medium says are kept: the list also says what the user agreed
    to open outside a project's folder (RELIABILITY §2), and what merely stands in a project does not count.
    """
    entries: list[tuple[str, Path]] = []
    for m in media:
        try:
            stat = m.path.stat()
        except (OSError, ValueError):
            continue
        if (stat.st_size, stat.st_mtime_ns) == (m.size, m.mtime_ns):
            entries.append((_key(m.digest, m.size), m.path))
    _keep(entries)


def remember_emissions(*sources: EmissionSource) -> None:
    """Keep where files of emissions lie, as `remember` does for media; of some the content is not known."""
    entries: list[tuple[str, Path]] = []
    for s in sources:
        for word, digest in ((s.path, s.digest), (s.labels, ""), (s.model, "")):
            with contextlib.suppress(OSError, ValueError):
                if word and Path(word).is_file():
                    entries.append((_key(digest or short(word), 0), Path(word)))
    _keep(entries)


def _keep(entries: Iterable[tuple[str, Path]]) -> None:
    with _guard:
        old, _ = _read()
        new = dict(old)
        for key, place in entries:
            path = os.path.realpath(place)
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


def known(media: Media | Picture) -> list[Path]:
    """Paths where the content of `media` was seen, newest first."""
    with _guard:
        return [Path(p) for p in _read()[0].get(_key(media.digest, media.size), [])]


def known_emissions(digest: str) -> list[Path]:
    """Paths where emissions of that content were seen, newest first."""
    with _guard:
        return [Path(p) for p in _read()[0].get(_key(digest, 0), [])] if digest else []


def is_known(path: Path) -> bool:
    """True if the user once opened or saved a medium at this real path."""
    real = os.path.realpath(path)
    with _guard:
        return real in _read()[1]


def short(text: str) -> str:
    """A file-name-safe digest of `text`."""
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
