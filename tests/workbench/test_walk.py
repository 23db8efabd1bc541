"""The walk through a method's states: what is kept, what is made again, and what is left after a failure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from syncline.errors import ParameterError
from syncline.progress import Monitor
from syncline_workbench.views.explain.sheet import Sheet
from syncline_workbench.views.explain.walk import Walk


def test_of_too_many_states_the_oldest_are_made_again() -> None:
    made: list[int] = []

    class State:
        def __init__(self, k: int) -> None:
            self.k, self.load = k, np.zeros(1000)

    def start() -> Iterator[State]:
        for k in range(100):
            made.append(k)
            yield State(k)

    walk = Walk(start, budget=20 * 8500)
    walk.reach(1000, Monitor())
    assert walk.end == 99 and walk.states[99].k == 99
    assert len(walk.states) <= 21
    assert 5 not in walk.states and 0 in walk.states
    walk.reach(5, Monitor())
    assert walk.states[5].k == 5
    assert made == [*range(100), *range(6)]
    walk.reach(7, Monitor())
    assert made[-2:] == [6, 7]


def test_a_walk_that_fails_keeps_what_came_before() -> None:
    def start() -> Iterator[object]:
        yield Sheet(np.zeros((1, 1)), ("a",), ("b",))
        raise ParameterError("No way.")

    walk = Walk(start)
    walk.look_ahead(1, Monitor())
    assert walk.end == 0 and 0 in walk.states
    assert str(walk.error) == "No way."
