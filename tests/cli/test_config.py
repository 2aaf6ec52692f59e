"""`mlrun config`."""

import json

from tests.cli.place import Place


def test_settings_are_shown_changed_and_reset(place: Place) -> None:
    place.mlrun("init")
    key = place.mlrun("config", "--json").data()["settings"][0]["key"]
    default = place.mlrun("config", key).out
    assert place.mlrun("config", key, "7MiB").out == "7MiB\n"
    assert place.mlrun("config", key).out == "7MiB\n"
    assert [row.split()[:3] for row in place.mlrun("config").out.splitlines() if row.startswith(key)] == [
        [key, "7MiB", "store"]
    ]
    assert place.mlrun("config", "--unset", key).out == default


def test_a_setting_that_does_not_exist_is_status_16(place: Place) -> None:
    place.mlrun("init")
    result = place.mlrun("config", "no.such", "--json")
    assert (result.status, result.out) == (16, "")
    assert json.loads(result.err)["error"]["code"] == "config"
