"""The options of every sub-command; a solver's own come from the fields of its parameters."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ..errors import ParameterError

__all__ = ["assignments", "chosen_parameters", "parser"]

_EPILOG = """\
exit codes: 0 done, 1 could not be done, 2 wrong usage, 3 no path obeys the constraints,
4 would need more memory than allowed, 70 a fault of the program, 130 stopped by Ctrl-C
"""
_OUT = "file to write; its ending says what: .csv .json .npz .mp4 .wav .flac .png .svg .pdf"
_GENERATED = "parameter_"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; {self.prog} --help shows the usage.", file=sys.stderr)
        raise SystemExit(2)


def assignments(words: Sequence[str], option: str) -> dict[str, str]:
    """``["name=value", …]`` as a dict.

    Raises
    ------
    ParameterError
        One of them has no equals sign.
    """
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"{option} takes name=value, not “{word}”.")
        values[name.strip().replace("-", "_")] = value.strip()
    return values


def chosen_parameters(arguments: argparse.Namespace) -> dict[str, str]:
    """Solver parameters that were given, by their own options or by ``--set``."""
    own = {
        name.removeprefix(_GENERATED): value
        for name, value in vars(arguments).items()
        if name.startswith(_GENERATED) and value is not None
    }
    return {**own, **assignments(arguments.set, "--set")}


def _defaults(of: dict[str, Any]) -> str:
    """What a field is by itself, method by method where they differ."""

    def said(value: object) -> str:
        if isinstance(value, bool):  # 1.0 and 0 equal True and False, but are numbers
            return "yes" if value else "no"
        return "automatic" if value is None else str(value)

    words = {method: said(value) for method, value in of.items()}
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return ", ".join(f"{word} for {method}" for method, word in words.items())


def _solver_options(parser: argparse.ArgumentParser) -> None:
    """Add one option for every field of every solver's parameters; solvers that share a name share the option."""
    from ..registry import describe
    from ..solvers.warp import REGISTRY

    defaults: dict[str, dict[str, Any]] = {}
    fields: dict[str, dict[str, Any]] = {}
    for method in REGISTRY.names():
        for field in describe(REGISTRY[method].params):
            defaults.setdefault(field["name"], {})[method] = field["default"]
            fields.setdefault(field["name"], field)
    group = parser.add_argument_group("parameters of the method", "in brackets: the methods that have it")
    taken = {word for action in parser._actions for word in action.option_strings}
    for name, field in fields.items():
        option = f"--{name.replace('_', '-')}"
        if option in taken:
            continue
        text = ". ".join(part.rstrip(".") for part in (field.get("label"), field.get("help")) if part)
        if field.get("unit"):
            text += f" ({field['unit']})"
        if field.get("choices"):
            text += f": {', '.join(field['choices'])}"
        text = f"{text}; default {_defaults(defaults[name])} [{', '.join(defaults[name])}]".replace("%", "%%")
        dest = _GENERATED + name
        if field["type"] is bool:
            # Two flags rather than one with a value, which would swallow the file name after it.
            group.add_argument(option, dest=dest, action="store_const", const="yes", help=text)
            group.add_argument(f"--no-{option[2:]}", dest=dest, action="store_const", const="no", help="the opposite")
        else:
            word = "WORD" if field.get("choices") else "VALUE"
            group.add_argument(option, dest=dest, default=None, metavar=word, help=text)


def _align(parser: argparse.ArgumentParser, full: bool) -> None:
    parser.add_argument("a", metavar="A", help="the query; results are on its clock")
    parser.add_argument("b", metavar="B", help="the reference, laid onto A")
    parser.add_argument(
        "-o", "--output", action="append", default=[], metavar="OUT", help=f"{_OUT} .syncline; may be repeated"
    )
    parser.add_argument(
        "--features",
        default="auto",
        metavar="RECIPE",
        help="what is compared: auto, or e.g. appearance+0.5*motion:grid=6 (syncline methods lists them)",
    )
    parser.add_argument(
        "--method", default="auto", metavar="NAME", help="how it is aligned; default: what suits the features"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any parameter of the method; may be repeated"
    )
    parser.add_argument("--anchors", metavar="FILE", help="anchors, locks and forbidden zones to obey (.json)")
    parser.add_argument(
        "--try-methods",
        action="store_true",
        help="hold other methods against the anchors, and take one that meets them clearly better without knowing them",
    )
    parser.add_argument(
        "--jumps",
        choices=("propose", "apply"),
        help="look for pieces that only one side has; propose: list them, apply: align again with jumps there",
    )
    parser.add_argument("--truth", metavar="FILE", help="known correspondences to judge the result by (.csv)")
    parser.add_argument(
        "--confidence",
        metavar="OUT",
        help="say how sure the path is and what to check next, and write a row for every row of A (.csv)",
    )
    parser.add_argument("--key-a", metavar="KEY", help="which array of A's npz, mat or h5 file")
    parser.add_argument("--key-b", metavar="KEY", help="which array of B's")
    parser.add_argument("--rate-a", type=float, metavar="HZ", help="rows a second of A, where the file has no times")
    parser.add_argument("--rate-b", type=float, metavar="HZ", help="rows a second of B")
    _export_options(parser)
    _output_options(parser)
    if full:
        _solver_options(parser)


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--export-set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the exporter, e.g. layout=side_by_side; may be repeated",
    )
    parser.add_argument("--format", metavar="NAME", help="exporter to use where several write the same ending")


def _output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for `argv`; only the command that is used gets options that cost an import."""
    from .. import __version__

    command = argv[0] if argv else ""
    top = _Parser(
        prog="syncline",
        description="Lay two recordings onto each other. Without a command the window opens:\n"
        "  syncline [A B | PICTURE… | FOLDER | PROJECT.syncline | --demo]",
        epilog=_EPILOG,
    )
    top.add_argument("--version", action="version", version=f"syncline {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=_EPILOG)

    _align(add("align", "align two files and write the results"), command == "align")

    sub = add("export", "write the results of a saved project")
    sub.add_argument("project", metavar="PROJECT", help="a .syncline file")
    sub.add_argument("-o", "--output", action="append", required=True, metavar="OUT", help=f"{_OUT}; may be repeated")
    sub.add_argument("--alignment", metavar="NAME", help="name or number of the alignment; default: the active one")
    _export_options(sub)
    _output_options(sub)

    from . import _compare, _encode, _learn, _match, _segment

    _compare.compare_options(add("compare", "run several methods and features on two files, side by side"))
    _compare.evaluate_options(add("evaluate", "judge a path in a file by known correspondences"))
    _encode.encode_options(add("encode", "learn from two recordings what to compare them by"))
    _encode.sync_options(add("sync", "lay two or more recordings on one clock"))
    _match.options(add("match", "link objects in pictures to the words of their captions"))
    _learn.options(add("learn", "train a scorer for “match” from corrected links"))
    _segment.segment_options(add("segment", "cut a recording into labelled pieces, or lay a transcript onto it"))
    _segment.transfer_options(add("transfer", "carry segments or subtitles along a path to the other recording"))

    sub = add("info", "say what a file is")
    sub.add_argument("file", metavar="FILE")
    sub.add_argument("--key", metavar="KEY", help="which array of an npz, mat or h5 file")
    sub.add_argument("--rate", type=float, metavar="HZ", help="rows a second, where the file has no times")
    _output_options(sub)

    sub = add("methods", "list everything there is to choose from with its parameters: features, methods, exporters …")
    sub.add_argument("--json", action="store_true", help="print them as JSON")

    sub = add("demo", "align the two clips that come with the program, in the window")
    sub.add_argument("--headless", action="store_true", help="no window: print the errors, write path and video")
    sub.add_argument("-o", "--output", default="syncline-demo", metavar="DIR", help="default: ./syncline-demo")
    _output_options(sub)

    sub = add("cache", "show how much is kept of extracted features")
    sub.add_argument("--clear", action="store_true", help="remove them; they are extracted again when needed")
    sub.add_argument("--json", action="store_true", help="print it as JSON")
    return top
