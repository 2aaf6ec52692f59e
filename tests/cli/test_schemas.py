"""What the real program prints with `--json`, by every command and of odd runs, is what the schemas say."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.cli.place import Place
from tests.present.schemas import NAMES, validator

from runlore.cli.verbs import VERBS

_TRAIN = """
import runlore, sys
open("data.csv").read()
runlore.log(loss=float("nan"), score=float("inf"), step=1)
runlore.log(loss=0.5, score=-float("inf"), step=2)
runlore.log(loss=float("nan"), step=3)
runlore.params(found=float("nan"))
ids = list(range(100))
runlore.samples(ids, target=[n % 3 for n in ids], prediction=[n % 3 if n % 5 else 9 for n in ids], split="test",
                five=[n % 5 for n in ids], confidence=[0.5 + n / 200 for n in ids],
                loss=[float("nan")] + [n / 7 for n in ids[1:]])
open("scores.csv", "w").write("target,prediction,x\\n" + "".join(f"{n % 3},{n % 2},{n}\\n" for n in range(60)))
open("model.bin", "w").write(sys.argv[1])
"""
_RUNS = ("nogit", "other", "dirty", "failed", "crashed", "bytes")

_OF_A_RUN = {
    "show": "run",
    "metrics": "metrics",
    "lineage": "lineage",
    "diff nogit": "diff",
    "note": "note-list",
    "reproduce --check": "reproduce",
    "plot": "plot",
    "environment lock": "environment-lock",
    "samples": "samples",
}
_SCHEMAS: Mapping[str, str] = {
    "list": "run-list",
    "list -n 0 --where state=failed": "run-list",
    "list --where name=nobody": "run-list",
    "status": "status",
    "metrics nogit other --metric loss": "metrics",
    "metrics nogit --last": "metrics",
    "plot nogit other": "plot",
    "samples nogit --depth 3 -n 3 --least-slice 5": "samples",
    "samples nogit --file scores.csv": "samples",
    "samples nogit other": "samples-diff",
    "samples nogit other --file scores.csv --most-loss 0.1": "samples-diff",
    "lineage model.bin": "lineage",
    "diff nogit other": "diff",
    "diff nogit nogit": "diff",
    "why scored rescored --dry-run": "why",
    "why scored scored": "why",
    "bisect scored rescored --runs": "bisect",
    "bisect committed recommitted": "bisect",
    "bisect committed recommitted --dry-run": "bisect",
    "why scored rescored": "why",
    "why scored rescored --budget 0": "why",
    "diff nogit dirty --stat": "diff",
    "diff crashed failed --only code": "diff",
    "reproduce plain": "reproduce",
    "reproduce nogit --env current": "reproduce",
    "reproduce other --set lr=9 --env current": "reproduce",
    "reproduce failed --env current": "reproduce",
    "checkout dirty OUT": "checkout",
    "checkout crashed OUT --outputs": "checkout",
    "get nogit:model.bin -o OUT": "get",
    "tag": "tag-list",
    "tag best nogit": "tag-list",
    "tag --delete spoilt": "tag-list",
    "note nogit hello": "note-list",
    "rm spare": "removed",
    "environment vendor plain": "environment-vendor",
    "init": "init",
    "config": "config",
    "config code.file-limit": "config",
    "config code.file-limit 1MiB": "config",
    "fsck": "fsck",
    "fsck --quick": "fsck",
    "doctor": "doctor",
    "remote": "remote-list",
    "remote add usb OUT": "remote-list",
    "push -r share": "push",
    "push -r share --dry-run nogit": "push",
    "pull -r share": "pull",
    "clone ../share OUT": "clone",
    "fsck share": "fsck",
    "gc": "gc",
    "gc --keep-last 3 --dry-run": "gc",
    "gc share --dry-run": "gc-remote",
    **{f"{verb} {run}": schema for verb, schema in _OF_A_RUN.items() for run in _RUNS},
    **dict.fromkeys(("plot failed", "plot crashed", "plot bytes"), "error"),
    **dict.fromkeys(("samples failed", "samples crashed", "samples bytes"), "error"),
    **dict.fromkeys(("environment lock crashed", "environment lock bytes"), "error"),
}
"""Command lines, and what they print."""
_ERRORS = {
    "list --where junk": "usage",
    "show nobody": "no-such-run",
    "get nogit:nothing": "no-such-file",
    "metrics nogit --metric none": "no-such-metric",
    "samples failed": "no-samples",
    "samples nogit --file none.csv": "no-such-file",
    "samples nogit --target none": "usage",
    "samples nogit --split none": "no-samples",
    "samples nogit --exit-code": "usage",
    "config nothing": "config",
    "checkout nogit .": "refused",
    "exec": "usage",
    "nothing": "usage",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Runs without git, of a dirty tree, with NaN, that failed, that crashed, and with names that are no text."""
    folder = tmp_path_factory.mktemp("schemas")
    for name in ("project", "home"):
        (folder / name).mkdir()
    made = Place(os.fspath(folder / "project"), os.fspath(folder / "home"))
    venv.create(folder / "empty", symlinks=True)
    made.write("data.csv", "1,2\n")
    made.write("train.py", _TRAIN)
    made.mlrun("exec", "-n", "plain", "--", "python", "-c", "", env={"VIRTUAL_ENV": os.fspath(folder / "empty")})
    for name, rate in (("nogit", "1"), ("other", "2"), ("spare", "4")):
        assert made.mlrun("exec", "-q", "-n", name, "train.py", f"--lr={rate}").status == 0
    made.write("score.sh", "printf '{\"loss\": %s}' $1 > metrics.json\n")
    for name, loss in (("scored", "1"), ("rescored", "2")):
        assert made.mlrun("exec", "-q", "-n", name, "--", "sh", "score.sh", loss).status == 0
    made.sign("Ann")
    made.write("train.py", _TRAIN + "\n")
    subprocess.run(("git", "add", "train.py"), cwd=made.folder, env=made.env, check=True)
    subprocess.run(("git", "commit", "-q", "-m", "first"), cwd=made.folder, env=made.env, check=True)
    for name, loss in (("committed", "1"), ("recommitted", "2")):
        made.write("loss.sh", f"printf '{{\"loss\": {loss}}}' > metrics.json\n")
        for words in (("add", "loss.sh"), ("commit", "-q", "-m", name)):
            subprocess.run(("git", *words), cwd=made.folder, env=made.env, check=True)
        assert made.mlrun("exec", "-q", "-n", name, "--", "sh", "loss.sh").status == 0
    made.write("train.py", _TRAIN + "\nprint('dirty')\n")
    assert made.mlrun("exec", "-q", "-n", "dirty", "-t", "v1", "train.py", "--lr=3").status == 0
    assert made.mlrun("exec", "-q", "-n", "failed", "--", sys.executable, "-c", "raise SystemExit(3)").status == 3
    assert made.mlrun(b"exec", b"-q", b"-n", b"bytes", b"touch", b"caf\xe9", b"\x1b[2J").status == 0
    assert made.mlrun("tag", "spoilt", "nogit").status == 0
    _crash(made)
    assert made.mlrun("remote", "add", "share", "../share").status == 0
    assert made.mlrun("push").status == 0
    return made


def _crash(place: Place) -> None:
    """A run whose mlrun is killed."""
    words = (sys.executable, "-m", "runlore", "exec", "-q", "-n", "crashed", "--", "sleep", "60")
    with subprocess.Popen(words, cwd=place.folder, env=place.env, stdin=subprocess.DEVNULL) as process:
        while not place.mlrun("list", "--where", "name = crashed and state = running", "--json").data()["runs"]:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert place.mlrun("show", "crashed", "--json").data()["state"] == "crashed"


def test_every_command_that_has_json_is_tried_here() -> None:
    commands = {verb: importlib.import_module(f"runlore.cli.commands.{verb}").command for verb in VERBS}
    with_json = {verb for verb, each in commands.items() if any("--json" in param.opts for param in each.params)}
    assert {line.split()[0] for line in _SCHEMAS} == with_json
    assert set(VERBS) - with_json == {"exec", "completion", "help"}
    assert {*_SCHEMAS.values(), "progress"} == set(NAMES)  # of work that takes long: test_progress.py


@pytest.mark.parametrize("line", _SCHEMAS)
def test_what_a_command_prints_is_as_its_schema_says(place: Place, tmp_path: Path, line: str) -> None:
    if line.startswith("samples"):
        pytest.importorskip("duckdb")
    done = place.mlrun(*_words(line, tmp_path), "--json")
    printed = done.out or done.err.splitlines()[-1]
    document = json.loads(printed if printed.startswith("{\n") else printed.splitlines()[-1])
    name = document["schema"].removesuffix("/1")
    assert name == _SCHEMAS[line]
    validator(name).validate(document)


@pytest.mark.parametrize(("line", "code"), _ERRORS.items())
def test_an_error_is_one_object_on_standard_error(place: Place, line: str, code: str) -> None:
    if line.startswith("samples"):
        pytest.importorskip("duckdb")
    done = place.mlrun(*line.split(), "--json")
    document = json.loads(done.err)
    validator("error").validate(document)
    assert (done.out, document["error"]["code"]) == ("", code)


@pytest.mark.parametrize("line", ["list", "tag", "fsck", "status"])
def test_a_store_without_runs_prints_what_the_schema_says(tmp_path: Path, line: str) -> None:
    empty = Place(os.fspath(tmp_path), os.fspath(tmp_path))
    assert empty.mlrun("init").status == 0
    document = json.loads(empty.mlrun(line, "--json").out)
    validator(document["schema"].removesuffix("/1")).validate(document)


def test_exec_writes_the_run_of_the_schema(place: Place, tmp_path: Path) -> None:
    record = tmp_path / "run.json"
    assert place.mlrun("exec", "-q", "--record", os.fspath(record), "--", "true").status == 0
    validator("run").validate(json.loads(record.read_text()))


def test_what_is_removed_comes_back_as_the_schema_says(tmp_path: Path) -> None:
    here = Place(os.fspath(tmp_path), os.fspath(tmp_path))
    run = here.record()
    assert here.mlrun("rm", run).status == 0
    validator("run-list").validate(json.loads(here.mlrun("list", "--json").out))
    validator("removed").validate(json.loads(here.mlrun("rm", "--undo", run, "--json").out))


def _words(line: str, folder: Path) -> Sequence[str]:
    return [os.fspath(folder / "out") if word == "OUT" else word for word in line.split()]
