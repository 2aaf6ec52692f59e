"""`mlrun show`."""

import json
import subprocess
import sys

import pytest
from tests.cli.place import Place


def test_show_is_about_the_newest_run_and_its_warnings_come_first(place: Place, runs: list[str]) -> None:
    result = place.mlrun("show")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[:2] == [f"run {runs[0]}", "warning: the disk was slow [made-up]"]
    assert "failed with exit status 3 after 2.1 s" in result.out


@pytest.mark.parametrize(("name", "which"), [("@", 0), ("@~2", 2), ("first", 2)])
def test_show_takes_any_name_of_a_run(place: Place, runs: list[str], name: str, which: int) -> None:
    assert place.mlrun("show", name, "--json").data()["id"] == runs[which]
    assert place.mlrun("show", runs[which][:6], "--json").data()["id"] == runs[which]


@pytest.mark.usefixtures("runs")
def test_show_as_json_is_a_whole_run(place: Place) -> None:
    document = json.loads(place.mlrun("show", "--json").out)
    assert document["schema"] == "run/1"
    assert document["data"]["params"] == {"lr": 0.3, "seed": 1}
    assert document["data"]["inputs"] == []
    assert document["data"]["exit_code"] == 3


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("option", "expected"),
    [("--patch", b"--- a/x\n+++ b/x\n+caf\xe9 \x1b[2J\n"), ("--log", b"\x1b[32mepoch 1\x1b[0m\n\xff\n")],
)
def test_show_gives_the_very_bytes_of_patch_and_log_to_a_pipe(place: Place, option: str, expected: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runlore", "show", option],
        cwd=place.folder,
        env=place.env,
        capture_output=True,
        check=True,
    )
    assert done.stdout == expected


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("option", ["--patch", "--log"])
def test_show_of_a_patch_or_log_there_is_not_is_empty(place: Place, option: str) -> None:
    result = place.mlrun("show", "first", option)
    assert (result.status, result.out) == (0, "")


@pytest.mark.usefixtures("runs")
def test_show_of_a_run_that_does_not_exist_is_status_12(place: Place) -> None:
    result = place.mlrun("show", "ffffff", "--json")
    assert (result.status, result.out) == (12, "")
    assert json.loads(result.err)["error"]["code"] == "no-such-run"
