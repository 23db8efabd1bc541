"""The ``syncline`` command: sub-commands go to the command line before Qt is imported, all else opens the window."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

USAGE = """usage: syncline [A B | PICTURE… | FOLDER | FILE.syncline | --demo]
       syncline {commands} …   (each with --help)

Opens the window: empty, with two files, with pictures, with a saved project, or with the demo.
"""


def _display() -> bool:
    """True if a window can be shown."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _pictures(words: Sequence[str]) -> bool:
    from syncline.media.pictures import PICTURE_SUFFIXES

    return all(word.lower().endswith(PICTURE_SUFFIXES) for word in words)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    from syncline import cli

    if words[:1] == ["demo"] and cli.wants_window(words):
        if not _display():
            sys.stderr.write("There is no display: the demo runs without a window.\n")
            return cli.main(["demo", "--headless", *words[1:]])
        words = ["--demo", *words[1:]]
    if words and words[0] in cli.COMMANDS:
        # Otherwise the interpreter looks through everything the compiler loaded once more before it ends: 0.2 s.
        atexit.register(gc.freeze)
        return cli.main(words)
    if words[:1] in (["-h"], ["--help"]):
        return cli.main(["--help"])
    if words[:1] == ["--version"]:
        from syncline import __version__

        sys.stdout.write(f"syncline {__version__}\n")
        return 0
    unknown = [w for w in words if w.startswith("--") and w != "--demo"]
    if unknown or (len(words) > 2 and not _pictures(words)):
        sys.stderr.write(USAGE.format(commands="|".join(sorted(cli.COMMANDS))))
        return 2
    if not _display():
        sys.stderr.write(
            "There is no display to open a window on; try “syncline align A B -o OUT” or “syncline demo”.\n"
        )
        return 1
    from .app import run

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
