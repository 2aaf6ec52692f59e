"""`mlrun gc`, beside the program that records."""

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest
from tests.cli.place import AT, SECOND, Place

DATA = 'import pathlib\nprint(len(pathlib.Path("data/x").read_bytes()))\n'


def collected(place: Place, *args: str) -> dict[str, object]:
    found: dict[str, object] = place.mlrun("gc", "--json", *args).data()
    return found


def test_removed_runs_are_erased_and_it_says_what_that_freed(place: Place, runs: list[str]) -> None:
    assert "mlrun gc erases it after 14 days" in place.mlrun("rm", "@", "first").err
    waits = place.mlrun("gc")
    assert (waits.status, waits.out) == (0, "nothing to collect\n")
    assert "2 removed runs can still be brought back; mlrun gc --now erases them too" in waits.err
    done = place.mlrun("gc", "--now")
    assert done.status == 0
    assert done.out.startswith("".join(f"erased {run[:8]}\n" for run in sorted((runs[0], runs[2]))))
    assert "; 1 run kept\n  records " in done.out
    assert [run["id"] for run in place.mlrun("list", "--json").data()["runs"]] == [runs[1]]
    undo = place.mlrun("rm", "--undo", runs[0])
    assert (undo.status, "was erased by mlrun gc" in undo.err) == (12, True)
    assert place.mlrun("gc", "--now").out == "nothing to collect\n"
    fsck = place.mlrun("fsck")
    assert (fsck.status, "warning" in fsck.out) == (0, False)


def test_rules_and_their_refusal(place: Place, runs: list[str]) -> None:
    refused = place.mlrun("gc", "--keep-last", "1")
    assert (refused.status, refused.out) == (17, "")
    assert "2 runs would be erased for good" in refused.err
    assert "--yes goes on without asking" in refused.err
    assert collected(place, "--keep-last", "1", "-n")["removed"] == runs[:0:-1]
    assert collected(place, "--keep-best", "loss:1", "-n")["removed"] == [runs[2], runs[0]]
    assert collected(place, "--keep-best", "loss:1:max", "-n")["removed"] == [runs[1], runs[0]]
    assert collected(place, "--keep-last", "0", "-e", "ablation", "-n")["removed"] == [runs[1]]
    place.mlrun("tag", "best", "first")
    assert collected(place, "--keep-tagged", "-n")["removed"] == [runs[1], runs[0]]
    assert collected(place, "--keep-newer-than", "1h", "-n")["removed"] == [runs[1], runs[0]]
    assert place.mlrun("gc", "--keep-last", "0", "-y").status == 0
    assert [run["id"] for run in place.mlrun("list", "--json").data()["runs"]] == [runs[2]]


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (("--keep-best", "loss"), 2),
        (("--keep-best", "thing:1"), 2),
        (("--keep-best", "thing:1:max"), 12),
        (("--keep-last", "-1"), 2),
        (("--keep-newer-than", "soon"), 2),
        (("--grace", "0"), 2),
        (("--grace", "1d", "--now"), 2),
        (("-e", "ablation"), 2),
        (("--no-lineage",), 2),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Place, runs: list[str], args: tuple[str, ...], status: int) -> None:
    done = place.mlrun("gc", *args)
    assert (done.status, done.out) == (status, "")
    assert "error: " in done.err
    assert len(place.mlrun("list", "--json").data()["runs"]) == len(runs)


def test_without_a_store_there_is_nothing_to_collect(place: Place) -> None:
    assert place.mlrun("gc").status == 10


def test_data_that_went_with_a_run_is_stored_again_by_the_next(place: Place) -> None:
    place.write("train.py", DATA)
    place.write("data/x", "x" * 300_000)
    place.write("data/sub/y", "small")
    args = ("exec", "-q", "-d", "data", "train.py")
    assert place.mlrun(*args).status == 0
    time.sleep(0.05)  # what has just changed is read again
    assert place.mlrun(*args).status == 0
    assert place.mlrun("rm", "@", "@~1").status == 0
    place.mlrun("gc", "--now")
    assert os.listdir(os.path.join(place.folder, ".mlrun", "packs")) == []
    assert place.mlrun(*args).status == 0
    assert place.mlrun("fsck").out.startswith("the store is sound")
    for name, size in (("x", 300_000), ("sub/y", 5)):
        assert place.mlrun("get", f"@:data/{name}", "-o", "back").status == 0
        assert os.path.getsize(os.path.join(place.folder, "back")) == size
        os.unlink(os.path.join(place.folder, "back"))


def test_a_folder_whose_files_went_is_not_believed_to_be_stored(place: Place) -> None:
    """The run that stays has the folder, too large to be kept; the one that goes had kept what is in it."""
    place.write("train.py", "pass\n")
    place.write(".gitignore", "data\n")
    place.sign("Ann")
    place.write("data/x", "x" * 300_000)
    args = ("exec", "-q", "-d", "data", "train.py")
    place.mlrun("config", "data.store", "none")
    assert place.mlrun(*args).status == 0
    place.mlrun("config", "data.store", "all")
    for _ in range(2):
        assert place.mlrun(*args).status == 0
        time.sleep(0.05)
    # What is read by a run that stays is not taken away, though it was not that run which had kept it.
    place.mlrun("rm", "@", "@~1")
    assert place.mlrun("gc", "--now").status == 0
    assert place.mlrun("get", "@:data/x", "-o", "back").status == 0
    assert place.mlrun(*args).status == 0
    assert place.mlrun("fsck").status == 0


def test_runs_that_go_on_lose_nothing(place: Place) -> None:
    script = """
import pathlib, time, runlore
pathlib.Path("begun").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.01)
runlore.log(loss=0.5)
pathlib.Path("model.bin").write_bytes(b"m" * 200_000)
"""
    place.write("train.py", script)
    command = [sys.executable, "-m", "runlore", "exec", "train.py"]
    running = subprocess.Popen(command, cwd=place.folder, env=place.env, stderr=subprocess.PIPE, text=True)
    while not os.path.exists(os.path.join(place.folder, "begun")):
        time.sleep(0.01)
    assert place.mlrun("rm", "@").status == 17
    assert collected(place, "--now", "--keep-last", "0", "-y")["kept"] == 1
    pathlib.Path(place.folder, "go").touch()
    _, err = running.communicate(timeout=60)
    assert (running.returncode, "warning" in err) == (0, False), err
    assert place.mlrun("show", "--json").data()["metrics"]["loss"]["last"] == 0.5
    assert place.mlrun("get", "@:model.bin", "-o", "back").status == 0
    assert place.mlrun("fsck").out.startswith("the store is sound")


def test_runs_begin_and_end_while_others_are_collected(place: Place) -> None:
    place.write("train.py", "import sys, pathlib\npathlib.Path('out').write_text(sys.argv[1])\n")
    place.write(".gitignore", "out\n")
    place.mlrun("exec", "-q", "train.py", "0")
    command = [sys.executable, "-m", "runlore"]
    quiet = {"cwd": place.folder, "env": place.env, "stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    for _ in range(3):
        busy = [subprocess.Popen([*command, "exec", "train.py", str(number)], **quiet) for number in range(4)]  # type: ignore[call-overload]
        while any(each.poll() is None for each in busy):
            run = place.mlrun("rm", "@~1")
            assert run.status in {0, 12, 17}
            assert place.mlrun("gc", "--now").status == 0
        for each in busy:
            _, err = each.communicate(timeout=60)
            assert (each.returncode, b"cannot" in err) == (0, False), err
    assert place.mlrun("fsck").out.startswith("the store is sound")
    for run in place.mlrun("list", "--json", "-n", "0").data()["runs"]:
        assert place.mlrun("get", f"{run['id']}:train.py", "-o", "back").status == 0
        os.unlink(os.path.join(place.folder, "back"))


def test_a_run_that_was_spared_is_whole_without_the_one_it_reused(place: Place) -> None:
    place.write("train.py", "import pathlib\npathlib.Path('out').write_text('made')\nprint('said')\n")
    place.write(".gitignore", "out\n")
    place.sign("Ann")
    for _ in range(2):  # the packages of the interpreter are known from the second run on
        place.mlrun("exec", "-q", "train.py")
    assert place.mlrun("exec", "--cached", "train.py").status == 0
    assert place.mlrun("show", "--json").data()["state"] == "reused"
    place.mlrun("rm", "@~1", "@~2")
    place.mlrun("gc", "--now")
    shown = place.mlrun("show")
    assert (shown.status, "reused what run" in shown.out) == (0, True)
    assert place.mlrun("show", "--log").out == "said\n"
    assert place.mlrun("get", "@:out", "-o", "back").status == 0
    assert place.mlrun("diff", "@", "@").status == 0
    checks = place.mlrun("reproduce", "@", "--check", "--json").data()["checks"]
    assert {each["part"]: each["status"] for each in checks}["code"] == "ready"


def test_what_is_printed_for_programs_is_one_object(place: Place, runs: list[str]) -> None:
    place.record(at=AT + 900 * SECOND, name="another")
    place.mlrun("rm", runs[0])
    document = json.loads(place.mlrun("gc", "--now", "--json").out)
    assert document["schema"] == "gc/1"
    assert document["data"]["runs"] == [runs[0]]
