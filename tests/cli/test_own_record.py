"""What a run does to its own record while it is made: it goes on and ends as without us, and what is lost is said."""

import os
import shutil
from typing import Any

import pytest
from tests.cli.place import Place

import runlore

_SCRIPT = """
import os, resource, runlore, shutil, sys, time
folder = os.path.dirname(os.environ["RUNLORE_JOURNAL"])
store = os.path.dirname(os.path.dirname(folder))
open("in.txt").read()
{}
open("out.txt", "w").write("made")
print("went on")
sys.exit(3)
"""


def attack(place: Place, how: str, *options: str) -> str:
    """Run a script that does this to its record; what was said of it."""
    place.write("in.txt", "read")
    place.write("attack.py", _SCRIPT.format(how))
    done = place.mlrun("exec", *options, "attack.py")
    assert done.status == 3, done.err
    assert done.out == "went on\n"
    with open(os.path.join(place.folder, "out.txt"), encoding="ascii") as file:
        assert file.read() == "made"
    return done.err


def codes(run: dict[str, Any]) -> set[str]:
    return {each["code"] for each in run["warnings"]}


@pytest.mark.parametrize(
    "how",
    [
        "os.unlink(folder + '/journal')",
        "os.unlink(folder + '/journal'); os.mkdir(folder + '/journal')",
        "os.unlink(folder + '/journal'); os.mkfifo(folder + '/journal')",
        "os.unlink(folder + '/journal'); os.symlink('/dev/full', folder + '/journal')",
    ],
    ids=["removed", "folder", "fifo", "link"],
)
def test_without_its_journal_a_run_still_has_its_end_and_its_files(place: Place, how: str) -> None:
    attack(place, how)
    run = place.mlrun("show", "--json").data()
    assert (run["state"], run["exit_code"]) == ("failed", 3)
    assert "journal-incomplete" in codes(run)
    assert "out.txt" in [each["path"] for each in run["outputs"]]


def test_use_that_could_not_be_noted_is_said_once(place: Place) -> None:
    attack(place, "os.unlink(folder + '/journal'); time.sleep(1.1)")
    run = place.mlrun("show", "--json").data()
    assert [each["code"] for each in run["warnings"]].count("usage-incomplete") == 1
    assert run["state"] == "failed"


@pytest.mark.parametrize(("rung", "log"), [("native", "trace"), ("strace", "strace"), ("python", "audit")])
def test_a_trace_that_was_removed_is_said_to_be_gone(place: Place, rung: str, log: str) -> None:
    place.write("probe.py", "")
    if place.mlrun("exec", "--trace", rung, "probe.py").status == 2:
        pytest.skip(f"{rung} cannot be used here")
    attack(place, f"os.unlink(folder + '/{log}')", "--trace", rung)
    run = place.mlrun("show", "--json").data()
    assert "trace-incomplete" in codes(run)
    assert (run["state"], run["exit_code"]) == ("failed", 3)


def test_a_store_that_was_removed_is_said_to_be_gone_and_not_made_anew(place: Place) -> None:
    said = attack(place, "shutil.rmtree(store)")
    assert "the store" in said
    assert "was removed while the command ran: nothing of this run is on record" in said
    assert not os.path.lexists(os.path.join(place.folder, ".mlrun"))


def test_a_run_that_removes_its_own_record_leaves_the_others_alone(place: Place) -> None:
    place.write("other.py", "")
    assert place.mlrun("exec", "other.py").status == 0
    assert "the record of the run" in attack(place, "shutil.rmtree(folder)")
    assert len(place.mlrun("list", "--json").data()["runs"]) == 1
    assert place.mlrun("fsck").status == 0


def test_a_supervisor_that_can_open_nothing_more_ends_as_its_command(place: Place) -> None:
    # It looks at processes, notes what they use and writes the end: all of that fails.
    limit = "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))"
    said = attack(place, f"{limit}; time.sleep(1.1)")
    assert "cannot write" in said
    run = place.mlrun("show", "--json").data()
    assert run["state"] == "crashed"


def test_an_mlrun_that_is_removed_while_it_runs_takes_nothing_from_the_command(place: Place) -> None:
    # It is upgraded meanwhile, say. The rules for secrets, and what writes the end, are loaded when first needed.
    installed = os.path.join(os.path.dirname(place.folder), "installed")
    shutil.copytree(os.path.dirname(runlore.__file__), installed + "/runlore")
    place.env["PYTHONPATH"] = installed
    place.write(
        "print.py",
        f"""
import shutil, sys
shutil.rmtree({installed!r})
for each in range(20000): print("api_key =", "x7" * 20, each)
sys.exit(3)
""",
    )
    done = place.mlrun("exec", "print.py")
    assert done.out.count("\n") == 20000
    assert done.status == 3
    assert "cannot write the record of the run" in done.err


def test_a_record_that_may_not_become_so_large_changes_nothing_for_the_command(place: Place) -> None:
    limit = "resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (0, 0))"
    assert "cannot write" in attack(place, f"{limit}; time.sleep(1.1)")
