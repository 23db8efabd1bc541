"""How many threads the libraries may take while both sides are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import cv2
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from syncline.threads import single_threaded


def blas() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def in_a_thread(work: Callable[[], None]) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def two() -> Iterator[None]:
    """BLAS of two threads, set by the main thread, as whoever imported us may have done."""
    if not blas():
        pytest.skip("no BLAS here whose threads can be counted")
    with threadpool_limits(2, user_api="blas"):
        assert blas() == {2}
        yield


def test_one_thread_each_whichever_thread_asks(two: None) -> None:
    before = cv2.getNumThreads()

    def job() -> None:
        with single_threaded():
            assert blas() == {1}
            assert cv2.getNumThreads() == 1
        assert blas() == {2}

    for run in (job, lambda: in_a_thread(job), job, lambda: in_a_thread(job)):
        run()
    assert cv2.getNumThreads() == before


def test_the_last_to_leave_gives_the_threads_back(two: None) -> None:
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with single_threaded():
            inside.set()
            assert leave.wait(10)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    with single_threaded():
        leave.set()
        thread.join()
        assert blas() == {1}
    assert blas() == {2}


def test_others_may_limit_afterwards(two: None) -> None:
    with single_threaded():
        pass

    def other() -> None:
        with threadpool_limits(1, user_api="blas"):
            assert blas() == {1}

    in_a_thread(other)
