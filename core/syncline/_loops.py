"""Keeps compiled loops on disk from outliving their sources.

Numba looks at the file of a function only, by time and size: not at the loops of other files that were compiled into
it, and files unpacked from a wheel may all bear one time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["renew"]


def renew(members: Mapping[str, Any], *sources: str | None) -> None:
    """Forget compiled loops that were made from other sources; call it at the end of a module of loops.

    Parameters
    ----------
    members
        The module's ``globals()``.
    sources
        Files that its loops are made of; in a frozen program, whose sources never change, they are not there.
    """
    name = members["__name__"]
    caches = [v._cache for v in members.values() if hasattr(v, "py_func") and v.__module__ == name]
    # Without a place to keep loops in there is nothing that could be outdated.
    with suppress(OSError):
        digest = hashlib.blake2b(b"\0".join(Path(s or "").read_bytes() for s in sources)).hexdigest()
        for mark in {Path(c.cache_path) / f"{name}.sources" for c in caches if hasattr(c, "cache_path")}:
            if not (mark.is_file() and mark.read_text("ascii", "replace") == digest):
                for cache in caches:
                    cache.flush()
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.write_text(digest, "ascii")
