"""A killed run gets the end that its journal holds, and only one that mlrun wrote."""

import binascii
import json
import pathlib

import pytest
from tests.crash.project import Project

END = {
    "kind": "ended", "state": "succeeded", "exit_code": 0, "signal": None, "ended_at": 10**18, "duration": 1.5,
    "usage": {}, "log_bytes": 3, "warnings": [["code", "message"]],
}  # fmt: skip


def sealed(folder: pathlib.Path, *entries: object) -> str:
    """The state of a run that was killed with these journal entries, after the next one."""
    project = Project.create(folder / "project")
    begun = next(number for number, call in enumerate(calls(project), 1) if call.endswith("/log"))
    project.injected("before", begun + 1, ["exec", "train.py"])
    (run,) = (project.store / "runs").iterdir()
    with (run / "journal").open("wb") as file:
        for entry in entries:
            text = json.dumps(entry).encode()
            file.write(b"%08x %s\n" % (binascii.crc32(text), text))
    done = project.mlrun("exec", "train.py")
    assert (done.status, done.out, "warning" in done.err) == (7, "trained\n", False), done.err
    assert project.problems() == []
    return project.runs()[run.name].state


def calls(project: Project) -> list[str]:
    other = project.copy(project.folder.with_name("other"))
    other.injected("count-before", 0, ["exec", "train.py"])
    return other.calls()


def test_the_end_in_the_journal_counts(tmp_path: pathlib.Path) -> None:
    assert sealed(tmp_path, END) == "succeeded"


def test_a_run_without_an_end_in_its_journal_has_crashed(tmp_path: pathlib.Path) -> None:
    assert sealed(tmp_path) == "crashed"


@pytest.mark.parametrize(
    "change",
    [{"state": "splendid"}, {"state": []}, {"ended_at": "now"}, {"warnings": None}, {"warnings": [1]}, {"usage": 5},
     {"duration": "long"}, {"exit_code": "0"}],
)  # fmt: skip
def test_an_end_that_a_process_of_the_run_made_up_is_none(tmp_path: pathlib.Path, change: dict[str, object]) -> None:
    assert sealed(tmp_path, {"kind": "ended"}, [], {**END, **change}) == "crashed"


def test_the_journal_is_read_once_for_each_purpose_at_the_end(tmp_path: pathlib.Path) -> None:
    project = Project.create(tmp_path / "project")
    seen = tmp_path / "seen"
    (project.folder / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def watch(event, args):\n"
        "    if event == 'open' and str(args[0]).endswith('/journal') and args[2] & os.O_ACCMODE == os.O_RDONLY:\n"
        f"        os.write(os.open({str(seen)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND), b'x')\n"
        "sys.addaudithook(watch)\n"
    )
    done = project.mlrun("exec", "true", env={"PYTHONPATH": str(project.folder)})
    assert done.status == 0, done.err
    assert seen.read_bytes() == b"xx"  # once for what was said, once for the points of metrics
