"""One environment, one folder: made once, used whole, whoever else is at it and whatever is killed."""

import fcntl
import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from tests.execute.rebuilding import TINY, Project, id_of, said, started
from tests.execute.wheels import wheel


def test_a_second_rebuild_finds_the_first_and_starts_nothing(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    first = project.rebuild(recorded)
    second = project.rebuild(recorded, environ={"PATH": "/nowhere"})
    assert (first.fresh, second.fresh) == (True, False)
    assert second[:2] == first[:2]
    assert second.findings == first.findings


def test_a_package_that_somebody_installs_into_a_rebuilt_environment_has_it_made_again(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    wheel(project.machine.wheels, "other", "1.0", {"other.py": ""})
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    first = project.rebuild(recorded)
    project.machine.install(Path(first.python), "other")
    second = project.rebuild(recorded)
    assert second.fresh
    assert id_of(second.python, project.machine.environ) == recorded.environment


def test_two_processes_make_it_once(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    both = [started(project, recorded), started(project, recorded)]
    said_by = [json.loads(process.communicate()[0]) for process in both]
    assert sorted(fresh for _, fresh in said_by) == [False, True]
    assert len({python for python, _ in said_by}) == 1


@pytest.mark.crash
def test_a_killed_build_is_never_used_and_is_swept(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY)
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    envs = project.folder / ".mlrun" / "envs"
    seen = set()
    for number in range(8):
        process = started(project, recorded)
        while process.poll() is None and not list(envs.glob("*/")):
            time.sleep(0.005)
        time.sleep(number * 0.04)
        process.kill()
        process.communicate()
        whole = list(envs.glob("*/complete.json"))
        seen.add((bool(list(envs.glob("*/"))), bool(whole)))
        if not whole and list(envs.glob("*/")):
            wait_until_nobody_is_at_it(envs)
            assert "not whole" in project.place.mlrun("fsck").out
        rebuilt = project.rebuild(recorded)
        assert rebuilt.fresh == (not whole)
        assert id_of(rebuilt.python, project.machine.environ) == recorded.environment
        assert said(rebuilt.python, "import tiny; print(tiny.VALUE)") == "1"
        shutil.rmtree(rebuilt.prefix)
    assert (True, False) in seen, "no kill came in the middle"


def wait_until_nobody_is_at_it(envs: Path) -> None:
    """What the killed process had started goes on until its own end, and holds the lock so long."""
    (lock,) = envs.glob("*.lock")
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def test_what_another_process_left_half_made_is_swept_by_the_next_build(project: Project) -> None:
    recorded = project.record("print('x')")
    left = project.folder / ".mlrun" / "envs" / ("0" * 64)
    (left / "bin").mkdir(parents=True)
    assert project.place.mlrun("fsck").out.count("an environment that is not whole") == 1
    project.rebuild(recorded)
    assert not left.exists()


def test_a_store_that_was_moved_has_its_environments_made_again(project: Project) -> None:
    wheel(project.machine.wheels, "tiny", "1.0", TINY, scripts="tiny = tiny:main")
    project.machine.install(project.python, "tiny")
    recorded = project.record("import tiny")
    first = project.rebuild(recorded)
    moved = project.folder.parent / "moved"
    project.folder.rename(moved)
    project.folder = moved
    second = project.rebuild(recorded)
    assert second.fresh
    assert second.prefix != first.prefix
    assert (
        subprocess.run([second.prefix + "/bin/tiny"], capture_output=True, text=True, check=True).stdout == "tiny 1\n"
    )
