"""Values of options."""

import pytest
import typer

from runlore.cli.options import column_names, seconds
from runlore.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("2d", 172_800), (" 5 ", 5), ("0.5", 0.5)],
)
def test_a_time_is_seconds_or_has_a_unit(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "0", "0s", "-5", "5 m", "1h30m", "5w", "nan", "inf", "1e3", "٣"])
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="90, 90s, 10m or 2h"):
        seconds(text)


def test_columns_are_separated_by_commas() -> None:
    assert column_names("id, params.lr,metrics.a.max,") == ("id", "params.lr", "metrics.a.max")
    assert column_names("") == ()
    with pytest.raises(UsageError, match="colour"):
        column_names("id,colour")
