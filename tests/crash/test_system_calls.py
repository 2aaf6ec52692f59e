"""kill -9 at system calls as the kernel sees them, SQLite's included: by strace, where that is installed."""

import collections
import pathlib
import re
import shutil
import sys

import pytest
from tests.crash.project import Done, Project
from tests.crash.scenes import EVERYTHING, Place, check_next_exec, check_sound, place

pytestmark = pytest.mark.crash
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "flock", "link", "mkdir", "rename", "unlink", "ftruncate", "fcntl")
SAMPLE = 2
"""Points of each call that are tried by default."""


def strace(project: Project, *options: str, args: tuple[str, ...]) -> Done:
    """Run mlrun under strace, which follows the supervisor alone."""
    log = f"{project.folder}.strace"
    command = ("strace", "-qq", "-o", log, *options, sys.executable, "-m", "runlore", *args)
    return project.run(*command, check=False)


def counted(made: Place) -> dict[str, int]:
    """How often each call is made that there is on this machine."""
    dry = made.copy("dry")
    if strace(dry, "-e", "trace=" + ",".join(f"?{call}" for call in CALLS), args=tuple(made.args)).status != 7:
        pytest.skip("strace may trace nothing here")
    log = pathlib.Path(f"{dry.folder}.strace").read_text(errors="replace")
    return collections.Counter(re.findall(r"^(\w+)\(", log, re.MULTILINE))


def chosen(total: int) -> list[int]:
    if EVERYTHING or total <= SAMPLE:
        return list(range(1, total + 1))
    return sorted({1 + round(at * (total - 1) / (SAMPLE - 1)) for at in range(SAMPLE)})


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("scene", ["first exec", "exec after others"])
def test_exec_can_be_killed_at_any_system_call(tmp_path: pathlib.Path, scene: str) -> None:
    made = place(scene, tmp_path)
    tried = 0
    for call, total in counted(made).items():
        for number in chosen(total):
            where = f"{call} {number} of {total}"
            project = made.copy(f"{call}{number}")
            done = strace(project, "-e", f"inject={call}:signal=SIGKILL:when={number}", args=tuple(made.args))
            if done.status == -9:  # how often some calls are made differs from run to run
                tried += 1
                check_sound(where, made, project, done)
                check_next_exec(where, project)
            shutil.rmtree(project.folder)
    assert tried > 10
