"""`mlrun get`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.place import Place
from tests.ops.rebuilding import record

from runlore.store.store import Store


@pytest.fixture
def made(place: Place) -> Place:
    with Store.create(os.path.join(place.folder, ".mlrun")) as store:
        record(store, {b"train.py": b"print(1)\n"}, outputs={"out/m.bin": b"\xff\x00\n"}, inputs={"data.csv": b"1\n"})
    return place


def test_a_file_comes_back(made: Place) -> None:
    done = made.mlrun("get", "@:out/m.bin")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("out/m.bin (output, 3 B) of run ")
    assert Path(made.folder, "m.bin").read_bytes() == b"\xff\x00\n"
    assert made.mlrun("get", "@:train.py", "-o", "x", "--json").data() | {"run": ""} == {
        "run": "",
        "path": "train.py",
        "role": "code",
        "target": os.path.join(made.folder, "x"),
        "files": 1,
        "bytes": 9,
        "missing": [],
        "dvc": {"cache": [], "remotes": {}, "failures": []},
    }


def test_the_very_bytes_come_out_of_a_pipe(made: Place) -> None:
    command = [sys.executable, "-m", "runlore", "get", "@:out/m.bin", "-o", "-"]
    assert (
        subprocess.run(command, cwd=made.folder, env=made.env, capture_output=True, check=True).stdout == b"\xff\x00\n"
    )


@pytest.mark.parametrize("word", ["@", "@:", ":train.py", "train.py"])
def test_what_is_no_file_of_a_run_is_a_usage_error(made: Place, word: str) -> None:
    done = made.mlrun("get", word)
    assert done.status == 2
    assert "RUN:PATH" in done.err


def test_errors_have_their_statuses(made: Place) -> None:
    assert made.mlrun("get", "nothing:x").status == 12
    done = made.mlrun("get", "@:trian.py")
    assert (done.status, "did you mean train.py" in done.err) == (12, True)
    assert made.mlrun("get", "@:out", "-o", "-").status == 2
    assert made.mlrun("get", "@:train.py", "-o", "-", "--json").status == 2
    made.write("data.csv", "mine")
    assert made.mlrun("get", "@:data.csv").status == 17


def test_a_run_and_its_files_are_completed(made: Place) -> None:
    lines = made.mlrun("complete", "--", "get", "@").out.splitlines()
    assert lines[0].split("\t")[:2] == ["plain", "@:"]
    lines = made.mlrun("complete", "--", "get", "@:o").out.splitlines()
    assert [line.split("\t")[1] for line in lines] == ["@:out/m.bin"]
    assert made.mlrun("complete", "--", "get", "nothing:o").out == ""
