"""`mlrun fsck`."""

import json
import os

import pytest
from tests.cli.place import Place


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("args", [[], ["--quick"]])
def test_a_sound_store_is_status_0(place: Place, args: list[str]) -> None:
    result = place.mlrun("fsck", *args)
    assert result.status == 0
    assert "the store is sound" in result.out


def test_a_damaged_store_is_status_1_and_the_damage_is_named(place: Place, runs: list[str]) -> None:
    intent = os.path.join(place.folder, ".mlrun", "runs", runs[1], "intent")
    os.chmod(intent, 0o644)
    with open(intent, "r+b") as file:
        file.write(b"X")
    result = place.mlrun("fsck")
    assert result.status == 1
    assert runs[1] in result.out
    assert "in the store" in result.out.splitlines()[-1]
    document = json.loads(place.mlrun("fsck", "--json").out)
    assert document["schema"] == "fsck/1"
    assert document["data"]["sound"] is False
    assert document["data"]["findings"][0]["severity"] == "error"
