"""What the Explain dock of Warp can show: lessons by name, and where their states come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from PySide6.QtCore import QT_TRANSLATE_NOOP

from syncline.registry import Method, number

from .views.explain import Teachers
from .views.explain.warp_case import ROUND, WarpCase

__all__ = ["SoftParams", "warp_teachers"]


def _text(words: str) -> str:
    """Mark `words` for translation."""
    return cast(str, QT_TRANSLATE_NOOP("WarpTeachers", words))


@dataclass(frozen=True)
class SoftParams:
    """Where the lesson on soft-DTW begins."""

    gamma: float = number(1.0, "Smoothing γ", low=1e-3, high=10.0)


def _dtw(case: WarpCase, params: Any) -> Iterator[Any]:
    from syncline.solvers.warp import WarpProblem
    from syncline.solvers.warp.steps import steps

    a, b = case.small
    # Both ends of what is on the sheet are those of the pair.
    closed = replace(params, open_begin=False, open_end=False, subsequence=False)
    return steps(WarpProblem(a, b), closed)


def _restricted(case: WarpCase, params: Any) -> Iterator[Any]:
    from syncline.model import LocalCost
    from syncline.solvers.warp.restrictions import restricted
    from syncline.solvers.warp.steps import dense

    a, b = case.small
    yield restricted(dense(LocalCost(a.values, b.values, "euclidean")), params)


def _soft(case: WarpCase, params: SoftParams) -> Iterator[Any]:
    from syncline.model import LocalCost
    from syncline.solvers.warp.steps import dense, soft_steps

    a, b = case.small
    # Three values a decade, down to where nothing is left beside the path of nearly every case.
    gammas = [params.gamma]
    while gammas[-1] > 0.002:
        gammas.append(gammas[-1] / 10 ** (1 / 3))
    return soft_steps(dense(LocalCost(a.values, b.values, "sqeuclidean")), gammas)


def _rounds(case: WarpCase, params: Any) -> Iterator[Any]:
    from syncline.solvers.warp import WarpProblem
    from syncline.solvers.warp.ctw import rounds
    from syncline.threads import single_threaded

    found = rounds(WarpProblem(*case.thinned(ROUND)), params)
    while True:
        # As `solve` does: matrices of this size are not worth a second thread, which would wait and spin.
        with single_threaded():
            state = next(found, None)
        if state is None:
            return
        yield state


def _cycles(case: WarpCase, params: Any) -> Iterator[Any]:
    from syncline.embedding.steps import cycle_steps

    return cycle_steps(*case.moments, params)


_STEPS: Mapping[str, Callable[[WarpCase, Any], Iterator[Any]]] = {
    "dtw": _dtw,
    "restrictions": _restricted,
    "soft_dtw": _soft,
    "ctw": _rounds,
    "cycle": _cycles,
}


def warp_teachers(words: Callable[[str], str]) -> Teachers:
    """Everything the dock needs; `words` translates.

    Call it from a job: methods are imported.
    """
    from syncline.embedding import CycleForm
    from syncline.solvers.warp.ctw import CtwParams
    from syncline.solvers.warp.dtw import DtwParams
    from syncline.solvers.warp.restrictions import Rules

    titles: dict[str, tuple[str, type[Any]]] = {
        "dtw": (_text("Dynamic time warping"), DtwParams),
        "restrictions": (_text("Five restrictions"), Rules),
        "soft_dtw": (_text("Soft-DTW, γ → 0"), SoftParams),
        "ctw": (_text("CTW, round by round"), CtwParams),
        "cycle": (_text("Cycle consistency"), CycleForm),
    }
    made = {
        name: Method(name, words(title), params, _STEPS[name], frozenset[str](), 1, "")
        for name, (title, params) in titles.items()
    }
    return Teachers(made, _STEPS.__getitem__)
