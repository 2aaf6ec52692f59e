"""`mlrun doctor`."""

import json
import os

import pytest
from tests.cli.place import Place


def test_doctor_checks_the_machine_with_and_without_a_store(place: Place) -> None:
    for _ in range(2):
        result = place.mlrun("doctor")
        assert result.status == 0, result.out
        assert {row.split()[0] for row in result.out.splitlines()} <= {"ok", "warn", "hint:"}
        place.mlrun("init")


def test_little_space_is_told_in_a_unit_that_fits(place: Place) -> None:
    if not os.path.isdir("/proc/self"):
        pytest.skip("there is no file system here that is always full")
    disk = place.mlrun("-C", "/proc", "doctor").out.splitlines()[-2:]
    assert [row.split() for row in disk] == [
        ["warn", "disk", "0", "MiB", "free"],
        ["hint:", "free", "some", "space", "before", "the", "next", "run"],
    ]


def test_doctor_as_json(place: Place) -> None:
    document = json.loads(place.mlrun("doctor", "--json").out)
    assert document["schema"] == "doctor/1"
    assert {"name", "status", "detail", "hint"} == set(document["data"]["checks"][0])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("must-understand = zork plugh", 'it uses "plugh", "zork", which this one does not know'),
        ("runlore-store = 2", "store format 2; this one knows 1"),
        ("hash = sha256", 'its objects are named by "sha256"; this one knows blake3'),
    ],
)
def test_a_store_of_a_newer_mlrun_says_what_is_not_known(place: Place, line: str, why: str) -> None:
    place.mlrun("init")
    path = os.path.join(place.folder, ".mlrun", "format")
    key = line.partition(" ")[0]
    with open(path, encoding="utf-8") as file:
        lines = [line if each.startswith(key) else each for each in file.read().splitlines()]
    place.write(".mlrun/format", "\n".join(lines))
    refused = place.mlrun("list")
    assert refused.status == 16
    assert refused.err == (
        f'error: "{place.folder}/.mlrun" needs a newer mlrun: {why}\n\nhint: pip install --upgrade runlore\n'
    )
    assert why in place.mlrun("doctor").out
    assert "[format-unreadable]" in place.mlrun("fsck").out
