"""`mlrun status`."""

import json
import os

from tests.cli.place import Place


def test_status_before_any_run_writes_nothing(place: Place) -> None:
    place.write("train.py", "print(1)\n")
    result = place.mlrun("status")
    assert (result.status, result.err) == (0, "")
    assert "none yet; the first run makes it" in result.out
    assert "1 file" in result.out
    assert os.listdir(place.folder) == ["train.py"]


def test_status_as_json(place: Place) -> None:
    document = json.loads(place.mlrun("status", "--json").out)
    assert document["schema"] == "status/1"
    assert document["data"]["top"] == place.folder
    assert document["data"]["newest"] is None
