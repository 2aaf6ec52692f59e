"""A folder of a stranger is safe to look at and to record: nothing that it names or holds is executed or imported."""

import os
import pathlib
import shutil
import sys

import pytest
from tests.capture.gitrepo import Repo
from tests.cli.place import Place
from tests.hostile.folder import HostileFolder

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="system calls are seen by strace")

_PYTHON = os.path.realpath(sys.executable)
_STRACE = os.path.realpath(shutil.which("strace") or "strace")
_SHELL = os.path.realpath("/bin/sh")
_GIT = (os.path.realpath("/usr/bin/git"), "/usr/lib/git-core/")
LOOKING: dict[str, tuple[str, ...]] = {
    "list": ("list", "--json"),
    "show": ("show",),
    "show --patch": ("show", "--patch"),
    "show --log": ("show", "--log"),
    "diff": ("diff", "@~1", "@"),
    "fsck": ("fsck",),
    "lineage": ("lineage", "model"),
    "metrics": ("metrics", "@", "--csv"),
    "samples": ("samples", "@"),
    "doctor": ("doctor",),
}


@pytest.fixture
def hostile(place: Place, tmp_path: pathlib.Path, repo: Repo) -> HostileFolder:
    found = HostileFolder(place, tmp_path)
    found.make(repo)
    return found


def _is_ours(program: str) -> bool:
    return program == _PYTHON or program.startswith(_GIT)


def _is_recordings(program: str) -> bool:
    """A shell waits for the end of ours, to end what a killed one leaves (`execute/guardian.py`); strace is tried."""
    return _is_ours(program) or program in (_SHELL, _STRACE)


def test_what_is_planted_would_be_noticed(hostile: HostileFolder) -> None:
    hostile.bare((sys.executable, "-c", "import json, rich"))
    hostile.bare((str(hostile.top / "git"),))
    assert hostile.sang.read_text().split() == ["json.py", "rich.py", "program-git"]


def test_recording_and_looking_execute_and_import_nothing_of_the_folder(hostile: HostileFolder) -> None:
    command = (sys.executable, "train.py")
    hostile.bare(command)
    assert not hostile.sang.exists(), hostile.sang.read_text()
    for options in ((), ("--trace", "python")):
        did = hostile.traced("exec", *options, *command)
        assert did.status == 0, did.said
        assert not hostile.sang.exists(), hostile.sang.read_text()
        assert {each for each in did.executed if not _is_recordings(each)} == set()
    hostile.poison_store()
    for name, words in LOOKING.items():
        did = hostile.traced(*words)
        assert did.status in (0, 1, 12), (name, did.said)
        assert {each for each in did.executed if not _is_ours(each)} == set(), name
        assert {each for each in did.opened if not f"{each}/".startswith(".mlrun/")} <= {"model"}, name
    did = hostile.traced("status")
    assert did.status == 0, did.said
    assert {each for each in did.executed if not _is_ours(each)} == set()
    assert not hostile.sang.exists(), hostile.sang.read_text()
