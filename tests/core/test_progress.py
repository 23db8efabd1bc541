"""How long work will take: from its pace, and nothing once it stands still."""

from __future__ import annotations

import pytest

from syncline.progress import Estimate, go_on, held_up, hold_up


def test_the_estimate_counts_down_and_ends_where_work_stands_still() -> None:
    estimate = Estimate(100.0)
    assert estimate.left(100.4) is None
    estimate.note("Extracting", 0.5, 104.0)
    assert estimate.left(104.0) == pytest.approx(4.0)
    assert estimate.left(107.0) == pytest.approx(1.0)
    estimate.note("Extracting", 0.8, 108.0)
    assert estimate.left(108.0) == pytest.approx(2.0)
    # The same told again is no progress.
    estimate.note("Extracting", 0.8, 109.9)
    assert estimate.left(109.9) == pytest.approx(0.1)
    assert estimate.left(110.1) is None and estimate.left(130.0) is None
    # Slower than it seemed: of 120 s two thirds are done.
    estimate.note("Extracting", 0.9, 220.0)
    assert estimate.left(220.0) == pytest.approx(120 / 9)


def test_work_waits_only_for_what_holds_it_up_while_it_stands_still() -> None:
    estimate = Estimate(100.0)
    estimate.note("Extracting", 0.3, 101.0)
    hold_up("Compiling")
    hold_up("Compiling")
    try:
        assert estimate.waits_for(101.1) == ""
        assert estimate.waits_for(102.0) == "Compiling"
        go_on("Compiling")
        assert estimate.waits_for(103.0) == "Compiling"
        estimate.note("Extracting", 0.4, 103.0)
        assert estimate.waits_for(103.1) == ""
    finally:
        go_on("Compiling")
    assert held_up() == "" == estimate.waits_for(200.0)
