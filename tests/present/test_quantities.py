"""Numbers with units."""

import math
import time
from collections.abc import Iterator

import pytest

from runlore.present.term.quantities import age, brief_duration, duration, local_time, number, scalar, size
from runlore.records.phrases import counted

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("many", "said"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1434, "1.4 KiB"),
        (10_188, "9.9 KiB"),
        (10_230, "10 KiB"),
        (63_488, "62 KiB"),
        (3 * 2**30, "3.0 GiB"),
        (2**70, "1048576 PiB"),
    ],
)
def test_sizes_use_binary_units(many: int, said: str) -> None:
    assert size(many) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 ms"),
        (0.042, "42 ms"),
        (0.0999, "0.10 s"),
        (0.999, "0.99 s"),
        (2.14, "2.1 s"),
        (59.99, "59.9 s"),
        (60, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (90_000, "1 d 01 h"),
    ],
)
def test_durations_have_at_most_two_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_durations_in_tables_are_shorter_still() -> None:
    assert [brief_duration(each) for each in (2.14, 185, 7500)] == ["2.1s", "3m05s", "2h05m"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7200, "2 h"),
        (86_400 * 5, "5 d"),
        (86_400 * 92, "3 mo"),
        (10**8, "3 y"),
    ],
)
def test_ages_have_one_unit(seconds: int, said: str) -> None:
    assert age(0, seconds * SECOND) == said


def test_a_run_from_the_future_is_new() -> None:
    assert age(5 * SECOND, 0) == "0 s"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.1, "0.1"),
        (1 / 3, "0.333333"),
        (1e-7, "1e-07"),
        (123456789, "123456789"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (0.97222222222, "0.972222"),
    ],
)
def test_numbers_are_exact_where_short_and_rounded_where_long(value: float, said: str) -> None:
    assert number(value) == said


def test_scalars_look_as_in_a_config_file() -> None:
    assert [scalar(each) for each in (None, True, False, 3, 0.5, "text")] == [
        "null",
        "true",
        "false",
        "3",
        "0.5",
        "text",
    ]


def test_counts_agree_with_their_noun() -> None:
    assert [counted(1, "file"), counted(0, "file"), counted(1204, "file"), counted(2, "entry", "entries")] == [
        "1 file",
        "0 files",
        "1,204 files",
        "2 entries",
    ]


@pytest.fixture
def _in_india(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_india")
def test_times_are_shown_on_the_local_clock() -> None:
    assert local_time(0) == "1970-01-01 05:30"
    assert local_time(1_500_000_000, seconds=True) == "1970-01-01 05:30:01"
