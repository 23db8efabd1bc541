"""The pipeline, spelled for a shell. Nothing heavy is imported before a command needs it.

Exit codes: 0 done, 1 could not be done (a file, the disk), 2 wrong usage, 3 no path obeys the constraints,
4 would need more memory than allowed, 70 a fault of the program, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ..errors import Cancelled, Infeasible, OverBudget, ParameterError, SynclineError
from ._terminal import one_line

__all__ = ["COMMANDS", "main", "wants_window"]

COMMANDS = frozenset(
    "align compare evaluate encode export match learn sync segment transfer info methods demo cache".split()  # noqa: SIM905
)
"""First words that are sub-commands; ``./align`` names a file of that name."""

_HELP = frozenset({"-h", "--help"})


def wants_window(argv: Sequence[str]) -> bool:
    """True if these arguments (without the program's name) are for the window, not for `main`."""
    if not argv:
        return True
    if argv[0] == "demo":
        return "--headless" not in argv and not _HELP & set(argv)
    return argv[0] not in COMMANDS | _HELP | {"--version"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command.

    Parameters
    ----------
    argv
        Arguments without the program's name; None: those of the process.

    Returns
    -------
    int
        The exit code. Errors are one sentence on stderr; ``SYNCLINE_DEBUG=1`` shows where they come from.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # File names may hold bytes that are no text; print them escaped rather than fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read our output has gone; a second failure at exit would print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SystemExit as stop:  # argparse leaves this way
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 2
    except (Cancelled, KeyboardInterrupt):
        return _fail("Stopped; nothing was left half-written.", 130)
    except ParameterError as error:
        return _fail(str(error), 2)
    except Infeasible as error:
        return _fail(str(error), 3)
    except OverBudget as error:
        return _fail(str(error), 4)
    except SynclineError as error:
        return _fail(str(error), 1)
    except MemoryError:
        return _fail("There is not enough memory for this; use shorter files or fewer features.", 4)
    except OSError as error:
        name = f"“{error.filename}”: " if error.filename else ""
        return _fail(f"{name}{error.strerror or error}.", 1)
    except Exception as error:  # noqa: BLE001  (the last door: a user never sees a traceback)
        return _fail(
            f"A fault of Syncline ({type(error).__name__}: {error}); please report it with what "
            f"SYNCLINE_DEBUG=1 shows.",
            70,
        )


def _fail(sentence: str, code: int) -> int:
    if os.environ.get("SYNCLINE_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    print(f"syncline: {one_line(sentence)}", file=sys.stderr)
    return code


def _run(argv: list[str]) -> int:
    from . import _commands, _compare, _encode, _learn, _match, _options, _segment

    arguments = _options.parser(argv).parse_args(argv)
    if arguments.command is None:
        _options.parser(argv).print_help()
        return 0
    homes = {_match: "match", _learn: "learn", _compare: "compare evaluate", _encode: "encode sync"}
    homes[_segment] = "segment transfer"
    module = next((m for m, words in homes.items() if arguments.command in words.split()), _commands)
    return getattr(module, arguments.command)(arguments)
