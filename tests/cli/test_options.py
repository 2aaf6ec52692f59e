"""Values of options."""

import pytest

from runlore.cli.options import column_names, most, seconds
from runlore.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("2d", 172_800), (" 5 ", 5), ("0.5", 0.5)],
)
def test_a_time_is_seconds_or_has_a_unit(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "0", "0s", "-5", "5 m", "1h30m", "5w", "nan", "inf", "1e3", "٣"])
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match=f'--timeout cannot be "{text}"') as error:
        seconds(text)
    assert error.value.hint == "write 90, 90s, 10m or 2h"


def test_how_many_at_most_is_a_whole_number() -> None:
    assert (most("0"), most("250"), most(20)) == (0, 250, 20)
    for text in ("", "-1", "x", "1.5", "1e3", "٣", "9" * 5000):
        with pytest.raises(UsageError, match="--limit cannot be"):
            most(text)


def test_columns_are_separated_by_commas() -> None:
    assert column_names("id, params.lr,metrics.a.max,") == ("id", "params.lr", "metrics.a.max")
    assert column_names("") == ()
    with pytest.raises(UsageError, match="colour"):
        column_names("id,colour")
