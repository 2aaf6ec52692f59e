"""A store or a repository of somebody else is refused, as git refuses it, whoever looks at it."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest
from tests.capture.gitrepo import Repo
from tests.cli.place import AT, SECOND, Place, Result

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
STRANGER, OTHER = 12345, 54321
RUNS = 2
VERBS = (("list",), ("show",), ("diff", "@~1", "@"), ("status",), ("lineage", "@"), ("metrics", "@"), ("samples", "@"))


def give(folder: str, owner: int) -> None:
    for path, _, names in os.walk(folder):
        for name in ["", *names]:
            os.chown(os.path.join(path, name), owner, owner, follow_symlinks=False)


@pytest.fixture
def open_place() -> Iterator[Place]:
    """A project with two runs that everybody can enter; those of pytest belong to one user alone."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)  # noqa: S103 - others are to look at it
    for name in ("project", "home"):
        os.mkdir(f"{folder}/{name}")
    place = Place(f"{folder}/project", f"{folder}/home")
    Repo(pathlib.Path(place.folder))
    place.write("a", "a\n")
    for number in range(RUNS):
        place.record(at=AT + number * SECOND)
    yield place
    shutil.rmtree(folder)


def as_user(user: int, place: Place, *args: str) -> Result:
    """One command line of that user, who may read everything: the Python that runs the tests can lie in root's home."""
    may = (f"{each}=+dac_read_search" for each in ("--inh-caps", "--ambient-caps"))
    other = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *may)
    done = subprocess.run(
        [*(other if user else ()), sys.executable, "-m", "runlore", *args],
        cwd=place.folder,
        env=place.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stderr.startswith("setpriv"):
        pytest.skip(done.stderr)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("user", [0, OTHER])
def test_a_store_of_somebody_else_is_refused_by_every_verb(open_place: Place, user: int) -> None:
    give(open_place.folder, STRANGER)
    for words in VERBS:
        done = as_user(user, open_place, *words)
        assert (done.status, done.out) == (17, ""), (words, done)
        assert '.mlrun" belongs to another user' in done.err
    checked = as_user(user, open_place, "fsck")
    assert checked.status == 1
    assert "belongs to another user" in checked.out
    assert "checked 0 packs, 0 objects, 0 runs, 0 events" in checked.out
    ran = as_user(user, open_place, "exec", "echo", "ran")
    assert (ran.status, ran.out) == (0, "ran\n")
    assert "belongs to another user" in ran.err
    assert len(os.listdir(f"{open_place.folder}/.mlrun/runs")) == RUNS, "nothing was recorded there"


@pytest.mark.parametrize("user", [0, OTHER])
def test_a_repository_of_somebody_else_is_not_read_though_the_store_is_ones_own(open_place: Place, user: int) -> None:
    give(open_place.folder, STRANGER)
    give(f"{open_place.folder}/.mlrun", user)
    done = as_user(user, open_place, "status", "--json")
    assert done.status == 0, done.err
    assert [each["code"] for each in done.data()["warnings"]] == ["git-refused"]
    assert done.data()["git"] is None
    ran = as_user(user, open_place, "exec", "echo", "ran")
    assert (ran.status, ran.out) == (0, "ran\n")
    assert "somebody else owns it" in ran.err
    assert as_user(user, open_place, "show", "--json").data()["code"]["git"] is None


def test_what_root_made_is_trusted(open_place: Place) -> None:
    done = as_user(OTHER, open_place, "list", "--json")
    assert done.status == 0, done.err
    assert len(done.data()["runs"]) == RUNS
