"""What can go wrong, each as one sentence a user can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = [
    "Cancelled",
    "ExportError",
    "Infeasible",
    "MediaError",
    "OverBudget",
    "ParameterError",
    "ProjectError",
    "SynclineError",
]


class SynclineError(Exception):
    """Base of every error meant for a user; ``str(error)`` is one complete sentence."""


class ParameterError(SynclineError, ValueError):
    """An argument is outside what the function accepts."""


class MediaError(SynclineError):
    """A file from outside can't be used: says which file, what is wrong and what to do."""


class ProjectError(SynclineError):
    """A project file can't be read or written."""


class ExportError(SynclineError):
    """A result can't be written."""


class OverBudget(SynclineError):
    """A request needs more memory than allowed; refused before anything is allocated.

    Parameters
    ----------
    message
        One sentence with the estimate and what would fit.
    needed, budget
        Bytes.
    """

    def __init__(self, message: str, needed: int = 0, budget: int = 0) -> None:
        super().__init__(message)
        self.needed = needed
        self.budget = budget


class Infeasible(SynclineError):
    """No warping path obeys all constraints.

    Parameters
    ----------
    message
        One sentence: the reason and what would work.
    smallest
        The smallest parameter values that would work, by name, e.g. ``{"radius": 12}``.
    culprits
        Ids of the constraints that contradict each other (`model.constraints`), most telling first.
    """

    def __init__(
        self,
        message: str,
        smallest: Mapping[str, float] | None = None,
        culprits: Sequence[int] = (),
    ) -> None:
        super().__init__(message)
        self.smallest = dict(smallest or {})
        self.culprits = tuple(culprits)


class Cancelled(Exception):
    """Unwinds a long computation after `progress.Monitor.cancel`."""
