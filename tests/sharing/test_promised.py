"""Runs of which only the records are here: what is missing is said to be missing, and what brings it."""

import os
import signal
import subprocess
import sys

import pytest
from tests.sharing.faults import watch
from tests.sharing.people import Person, files

from runlore.errors import UnreachableError
from runlore.store.adopting import ORIGIN
from runlore.store.remote import packing

SCRIPT = """import runlore
print("hello")
for step in range(5):
    runlore.log(loss=1 / (step + 1), step=step)
"""


@pytest.fixture
def shared(ann: Person, ben: Person, remote: str) -> str:
    """A real run of one, of whom the other has pulled the records; its id."""
    for person in (ann, ben):
        person.share(remote)
    ann.sign("ann")
    ann.write("train.py", SCRIPT)
    for words in (["add", "train.py"], ["commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=ann.folder, env=ann.env, check=True)
    ann.write("train.py", SCRIPT + "\n# changed\n")
    assert ann.mlrun("exec", "-n", "theirs", "train.py", env={"WHO": "ann"}).status == 0
    ann.push()
    (run,) = ben.pull().runs
    return run


@pytest.mark.parametrize("line", ["show RUN --patch", "show RUN --log", "metrics RUN", "plot RUN"])
def test_what_is_not_here_yet_is_named_with_what_brings_it(ben: Person, shared: str, line: str) -> None:
    words = [shared if word == "RUN" else word for word in line.split()]
    before = ben.mlrun(*words)
    if words[-1] != "--log":  # short output may be an object that this store has by itself
        assert (before.status, f"mlrun pull {shared[:8]} brings it" in before.err) == (14, True)
    assert "fsck" not in before.err
    assert ben.mlrun("pull", shared).status == 0
    assert ben.mlrun(*words).status == 0


def test_a_comparison_with_a_pulled_run_speaks_of_no_damage(ben: Person, shared: str) -> None:
    ben.write("train.py", SCRIPT)
    assert ben.mlrun("exec", "-n", "mine", "train.py", env={"WHO": "ben"}).status == 0
    found = ben.mlrun("diff", shared, "mine", "--exit-code", "--json")
    data = found.data()
    assert (found.status, data["identical"], data["parts"]["code"]) == (1, False, "different")
    assert f"mlrun pull {shared[:8]}" in data["not_comparable"]["code"]
    assert "fsck" not in found.err
    assert "WHO" not in str(data["environment"]["unkept"])
    assert "each store has its own key" in data["not_comparable"]["environment"]
    ben.mlrun("pull", shared)
    assert "code" not in ben.mlrun("diff", shared, "mine", "--json").data()["not_comparable"]


def test_a_preflight_knows_that_files_are_brought(ben: Person, shared: str) -> None:
    checked = ben.mlrun("reproduce", "--check", "--env", "current", shared, "--json").data()
    assert {each["status"] for each in checked["checks"] if each["part"] == "code"} == {"fetch"}


def test_a_pulled_run_is_not_pushed_elsewhere_without_its_files(ben: Person, remote: str, shared: str) -> None:
    ben.share(f"{remote}2", "backup")
    refused = ben.mlrun("push", "-r", "backup", shared)
    assert (refused.status, f"mlrun pull {shared[:8]} -r origin brings the rest" in refused.err) == (15, True)
    ben.mlrun("pull", "-r", "origin", shared)
    assert ben.mlrun("push", "-r", "backup", shared).status == 0


def test_pulled_runs_do_not_count_as_unpushed(ben: Person, shared: str) -> None:
    assert shared in ben.runs()
    assert ben.mlrun("status", "--json").data()["unpushed"] == {"remote": "origin", "runs": 0}
    assert ben.push().runs == ()


def test_a_remote_that_was_emptied_after_a_push_was_cut_gets_everything(
    ann: Person, ben: Person, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACK", 4096)
    ann.share(remote)
    run = ann.make(
        {"a.py": b"1"}, outputs={"large": os.urandom(1 << 20), **{f"{n}": os.urandom(300) for n in range(40)}}
    )

    def cut(operation: str, name: str) -> None:
        if (operation, name[:6]) == ("write", "index/"):
            raise UnreachableError("the cable was pulled")

    watch(monkeypatch, cut)
    with pytest.raises(UnreachableError):
        ann.push()
    watch(monkeypatch)
    os.rename(remote, f"{remote}-away")
    ann.push()
    ben.share(remote)
    assert ben.pull(run).missing == ()
    os.unlink(f"{ben.root}/runs/{run}/{ORIGIN}")
    assert ben.problems() == []


def test_a_remote_that_is_another_one_now_gets_everything(ann: Person, ben: Person, remote: str) -> None:
    ann.share(remote)
    first = ann.make({"a.py": b"1"}, outputs={"m": b"model"})
    ann.push()
    os.rename(remote, f"{remote}-away")
    ben.share(remote)
    theirs = ben.make({"b.py": b"2"})
    ben.push()
    second = ann.make({"a.py": b"2"}, outputs={"m": b"model"})
    assert set(ann.push().runs) == {first, second}
    assert set(ann.pull().runs) == {theirs}
    assert ben.pull(first, second).missing == ()


def test_a_clone_that_is_interrupted_leaves_nothing(ann: Person, remote: str) -> None:
    ann.share(remote)
    ann.make({"a.py": b"1"})
    ann.push()
    child = (
        "import os, signal, sys\n"
        "from tests.sharing.faults import Watched\n"
        "from runlore.ops.sharing import link\n"
        "connect = link.connect\n"
        "def stop(operation, name):\n"
        "    if operation == 'names': os.kill(os.getpid(), signal.SIGINT)\n"
        "link.connect = lambda *a, **b: Watched(connect(*a, **b), stop, lambda *_: None)\n"
        "from runlore.cli.front_door import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    words = [sys.executable, "-c", child, "clone", remote, "copy"]
    done = subprocess.run(words, cwd=ann.folder, env={**ann.env, "PYTHONPATH": top}, capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (128 + signal.SIGINT, False)
    assert not os.path.exists(f"{ann.folder}/copy")
    assert files(remote)
