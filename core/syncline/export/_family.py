"""What the two families of exporters share: members chosen by the ending of a file, and inputs that stay."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from ..errors import ParameterError
from ..registry import Method, Registry

__all__ = ["Exporters", "is_same_file"]

T = TypeVar("T")


class Exporters(Registry[T]):
    """A family that writes files; the kinds of a member are the suffixes it writes, with their dots."""

    def suffixes(self) -> list[str]:
        """All file suffixes that can be written, in alphabetical order."""
        return sorted({kind for name in self.names() for kind in self[name].kinds})

    def exporter_for(self, suffix: str, format: str | None = None) -> Method[T]:
        """The exporter that writes `suffix` (``".csv"``), or the one named `format`.

        Of several that write the same suffix the one is taken that is named after it (``…_json``).

        Raises
        ------
        ParameterError
            Nothing writes that suffix, or `format` does not.
        """
        suffix = suffix.lower()
        if format is not None:
            method = self[format]
            if suffix not in method.kinds:
                raise ParameterError(
                    f"The {self.noun} “{format}” writes {', '.join(sorted(method.kinds))}, not “{suffix}”; "
                    "change the name."
                )
            return method
        names = sorted(self.names(suffix), key=lambda name: (not name.endswith(suffix[1:]), name))
        if not names:
            what = f"“{suffix}”" if suffix else "a name without an ending"
            raise ParameterError(
                f"No {self.noun} writes {what}; name the file with one of: {', '.join(self.suffixes())}."
            )
        return self[names[0]]


def is_same_file(target: Path, source: Path) -> bool:
    """True if writing `target` would overwrite `source`; a hard or symbolic link counts."""
    try:
        return target.samefile(source)
    except OSError:
        # One of them is not there (any more).
        return False
