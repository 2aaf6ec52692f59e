"""Runs that ended badly, data that is gone, machines that are others: a clear verdict or error, nothing left behind."""

import os
import resource
import shutil
import subprocess
import sys
import time
from typing import Any

import pytest
from tests.ops.rebuilding import record
from tests.reproduction.small import Small, kill, said

from runlore.store.store import Store


def test_a_run_of_which_mlrun_itself_was_killed_is_run_again_and_there_is_little_to_compare(small: Small) -> None:
    small.write("train.sh", "echo step 1; test -e $HOME/once && exit 0; echo > $HOME/once; exec sleep 60")
    process = small.start("exec", "--", "sh", "train.sh")
    while not (small.folder / "home/once").exists():
        time.sleep(0.02)
    kill(process)
    process.wait()
    found = small.reproduce(status=1)
    assert found["verdict"] == "different"
    assert said(found, "end") == [("not-comparable", "succeeded; how the first one ended is not on record")]
    assert ("uncertain", "its end is not on record: there is little to compare with") in said(found, "record")


def test_a_command_that_was_killed_and_ends_this_time_is_different(small: Small) -> None:
    small.train("test -e $HOME/once && exit 0; echo > $HOME/once; kill -9 $$", status=137)
    found = small.reproduce(status=1)
    assert said(found, "end") == [("different", "killed by signal 9 then, succeeded now")]


def test_a_command_that_is_killed_this_time_has_failed(small: Small) -> None:
    small.train("test -e $HOME/once && kill -9 $$; echo > $HOME/once; echo trained")
    found = small.reproduce(status=137)
    assert (found["verdict"], found["signal"], found["exit_code"]) == ("failed", 9, None)


def test_a_command_that_fails_as_it_did_is_identical_and_one_that_fails_otherwise_failed(small: Small) -> None:
    small.train("echo no; exit 3", status=3)
    assert small.reproduce()["verdict"] == "identical"
    small.train("test -e $HOME/once && exit 4; echo > $HOME/once; exit 3", status=3)
    assert small.reproduce(status=4)["verdict"] == "failed"


@pytest.mark.parametrize(("script", "verdict"), [("echo hello", "identical"), ("od -N9 /dev/urandom", "different")])
def test_of_a_run_that_made_nothing_what_it_printed_is_compared(small: Small, script: str, verdict: str) -> None:
    small.train(script)
    found = small.reproduce(status=0 if verdict == "identical" else 1)
    assert found["verdict"] == verdict
    assert said(found, "outputs") == [("identical", "neither made any")]


def test_data_that_was_not_stored_and_has_changed_cannot_be_had_and_other_data_can_stand_in(small: Small) -> None:
    small.place.mlrun("init")
    small.place.mlrun("config", "trace.file-limit", "1KiB")
    data = small.write("data/x.txt", "1" * 5000)
    small.write(".gitignore", "data/\n")
    small.place.sign("Ann")
    small.train("cksum data/x.txt > out.txt")
    data.write_text("2" * 5000)
    found = small.reproduce(status=15)
    assert (found["verdict"], found["rerun"]) == ("not-reproducible", None)
    assert said(found, "inputs")[0] == ("impossible", 'neither in the store nor unchanged on the disk: "data/x.txt"')
    assert small.reproduce("--check", status=1)["grade"] == "impossible"
    data.unlink()
    assert small.reproduce(status=15)["grade"] == "impossible"
    small.write("other.txt", "1" * 5000)
    assert small.reproduce("--data", "data/x.txt=other.txt")["verdict"] == "identical"
    data.write_text("1" * 5000)
    assert small.reproduce()["verdict"] == "identical"


def test_an_interpreter_that_is_not_here_is_named(small: Small) -> None:
    from runlore.records.environment import decode_environment, encode_environment  # noqa: PLC0415 - here alone

    small.write("train.py", "print(1)")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", small.folder / "venv"], check=True)
    small.place.env["PATH"] = f"{small.folder}/venv/bin:{os.environ['PATH']}"
    small.exec("python", "train.py")
    shutil.rmtree(small.folder / "venv")
    run = small.place.mlrun("show", "--json").data()
    with Store(os.fspath(small.top / ".mlrun")) as store, store.writer() as writer:
        environment = decode_environment(store.objects.record(bytes.fromhex(run["environment"]["id"])))
        oid = writer.add_record(encode_environment(environment._replace(python="3.99.1")))
    small.again(recipe={"environment": oid})
    assert small.reproduce("--check")["grade"] == "uncertain"
    done = small.refused(status=15)
    assert "no cpython 3.99 is on this machine" in done.err


def test_another_operating_system_is_a_doubt_and_no_obstacle(small: Small) -> None:
    small.train("echo hello")
    small.again(hardware={"system": "Darwin", "machine": "arm64"})
    found = small.reproduce()
    assert ("uncertain", "it ran on Darwin, and this is Linux") in said(found, "machine")


def test_a_command_by_its_absolute_path_is_run_and_one_that_is_gone_is_said(small: Small) -> None:
    program = small.folder / "tool"
    program.write_text("#!/bin/sh\necho made > out.txt\n")
    program.chmod(0o755)
    small.exec(os.fspath(program))
    assert small.reproduce()["verdict"] == "identical"
    inside = small.write("inside.sh", "#!/bin/sh\necho made > out.txt\n")
    inside.chmod(0o755)
    small.exec(os.fspath(inside))
    assert small.reproduce()["verdict"] == "identical"


def test_a_run_that_wrote_into_what_it_had_read_begins_where_it_began(small: Small) -> None:
    small.write("state.txt", "1\n")
    small.train("x=$(cat state.txt); echo $((x + 1)) > state.txt")
    small.train("x=$(cat state.txt); echo $((x + 1)) > state.txt")
    assert (small.top / "state.txt").read_text() == "3\n"
    assert small.reproduce()["verdict"] == "identical"
    assert small.reproduce("@~2")["verdict"] == "identical"


def test_a_disk_that_takes_no_more_is_said_and_nothing_stays(small: Small) -> None:
    small.write("data.bin", "x" * 3_000_000)
    small.train("wc -c data.bin")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        done = small.refused(status=15)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be filled" in done.err
    assert small.reproduce()["verdict"] == "identical"


def test_a_full_disk_is_said_and_nothing_stays(small: Small) -> None:
    disk = small.folder / "scratch"
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False).returncode:
        pytest.skip("a small disk needs root, and the right to mount")
    try:
        small.write("data.bin", "x" * 3_000_000)
        small.train("wc -c data.bin")
        assert "the disk is full" in small.refused(status=15).err
        assert os.listdir(disk) == []
        done = small.refused("--into", os.fspath(disk / "kept"), status=15)
        assert "the disk is full" in done.err
        assert os.listdir(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("hostile", ["../out", "a/../../out", ".git/hooks/post-checkout", ".mlrun/config.toml"])
@pytest.mark.parametrize("kind", ["code", "input"])
def test_hostile_names_are_refused(small: Small, hostile: str, kind: str) -> None:
    small.place.mlrun("init")
    code: dict[bytes, Any] = {b"train.sh": b"echo hello"}
    if kind == "code":
        first, *rest = os.fsencode(hostile).split(b"/")
        if b".." in {first, *rest}:
            pytest.skip("such a tree cannot even be written")
        code[first] = {b"/".join(rest): b"x"} if len(rest) == 1 else {rest[0]: {rest[1]: b"x"}}
    with Store(os.fspath(small.top / ".mlrun")) as store:
        run = record(store, code, inputs={hostile: b"x"} if kind == "input" else None)
    before = sorted(os.listdir(small.folder))
    done = small.refused(run, "--trust", status=15)
    assert "cannot be restored" in done.err
    assert sorted(os.listdir(small.folder)) == before


def test_nothing_is_written_through_a_link_of_the_code_that_leads_outside(small: Small) -> None:
    victim = small.folder / "victim"
    victim.mkdir()
    small.place.mlrun("init")
    with Store(os.fspath(small.top / ".mlrun")) as store:
        code: dict[bytes, Any] = {b"train.py": b"print(open('link/x').read())", b"link": ("l", os.fsencode(victim))}
        run = record(store, code, inputs={"link/x": b"x"})
    found = small.reproduce(run, "--trust", status=1)  # what it read lies in a folder in the place of the link
    assert said(found, "end") == [("identical", "succeeded")]
    assert found["first_divergence"]["causes"] == []
    assert list(victim.iterdir()) == []


def test_a_store_that_cannot_be_written_can_be_asked_and_repeats_nothing(small: Small) -> None:
    small.train("echo hello")
    store = small.top / ".mlrun"
    if os.geteuid():
        pytest.skip("needs the right to mount")
    mounted = subprocess.run(["mount", "--bind", store, store], check=False)
    if mounted.returncode or subprocess.run(["mount", "-o", "remount,ro,bind", store], check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        assert small.reproduce("--check")["grade"] == "complete"
        assert "read-only" in small.refused(status=125).err
    finally:
        subprocess.run(["umount", store], check=True)


def test_a_run_that_is_still_running_is_not_repeated(small: Small) -> None:
    small.write("train.sh", "echo > $HOME/once; exec sleep 60")
    process = small.start("exec", "--", "sh", "train.sh")
    try:
        while not (small.folder / "home/once").exists():
            time.sleep(0.02)
        assert "is still running" in small.refused(status=12).err
    finally:
        kill(process)
        process.wait()
