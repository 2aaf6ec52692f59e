"""What holds for every test: it ends."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

_LIMIT, _AGAIN = 600.0, 10.0
"""Seconds until a test that hangs is failed, and until what it still waits for in its ``finally`` is given up too."""


@pytest.fixture(autouse=True)
def _limit() -> Iterator[None]:
    """A test that waits for what never comes fails, and those after it are run."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"the test has not ended within {_LIMIT:.0f} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _LIMIT, _AGAIN)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
