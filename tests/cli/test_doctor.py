"""`mlrun doctor`."""

import json

from tests.cli.place import Place


def test_doctor_checks_the_machine_with_and_without_a_store(place: Place) -> None:
    for _ in range(2):
        result = place.mlrun("doctor")
        assert result.status == 0, result.out
        assert {row.split()[0] for row in result.out.splitlines()} <= {"ok", "warn", "hint:"}
        place.mlrun("init")


def test_doctor_as_json(place: Place) -> None:
    document = json.loads(place.mlrun("doctor", "--json").out)
    assert document["schema"] == "doctor/1"
    assert {"name", "status", "detail", "hint"} == set(document["data"]["checks"][0])
