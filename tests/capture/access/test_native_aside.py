"""What a run overwrites and had before is set aside by the native observer, and nothing else is."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.native.watched import Seen, compiler, watch

from runlore.capture.access import touch
from runlore.capture.access.touch import Touch
from runlore.capture.content import state_of

PYTHON = (sys.executable, "-I", "-S", "-B", "-c")
OLD = b"what was there before\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "old").write_bytes(OLD)
    return folder


def run(project: Path, code: str, *, later: float = 3600, limit: int = 1 << 20) -> Seen:
    """A run that takes everything that was written until now for older than itself."""
    seen = watch((*PYTHON, "import os\n" + code), str(project.parent), str(project), later=later, limit=limit)
    assert seen.status == 0, seen.output
    return seen


def aside(seen: Seen) -> list[Touch]:
    return [each for each in seen.touches if each.kind == touch.SAVED]


WAYS = {
    "written anew": "open('old', 'w').write('new')",
    "written to": "open('old', 'r+').write('new')",
    "appended to": "open('old', 'a').write('new')",
    "truncated": "os.truncate('old', 2)",
    "emptied by a reader": "os.open('old', os.O_RDONLY | os.O_TRUNC)",
    "unlinked": "os.unlink('old')",
    "unlinked below a folder": "os.unlink('old', dir_fd=os.open('.', os.O_RDONLY))",
    "replaced": "open('t', 'w').write('new'); os.replace('t', 'old')",
    "written through a link": "os.symlink('old', 'link'); open('link', 'w')",
}


@pytest.mark.parametrize("way", WAYS)
def test_the_old_content_is_kept_once(way: str, project: Path) -> None:
    before = state_of(os.stat(project / "old"))
    seen = run(project, f"open('old')\n{WAYS[way]}")
    (one,) = aside(seen)
    assert one.path == os.fsencode(project / "old")
    assert one.state == before
    assert Path(seen.saved, os.fsdecode(one.other)).read_bytes() == OLD
    assert os.listdir(seen.saved) == [os.fsdecode(one.other)]


@pytest.mark.parametrize("function", ["remove", "fopen"])
def test_it_is_kept_from_the_c_library_as_well(function: str, project: Path) -> None:
    call = 'remove("old")' if function == "remove" else 'fclose(fopen("old", "w"))'
    (project / "x.c").write_text(f"#include <stdio.h>\nint main(void) {{ return {call}; }}")
    subprocess.run((*compiler(), "-w", "-o", "x", "x.c"), cwd=project, check=True)
    seen = watch(("./x",), str(project.parent), str(project), later=3600)
    (one,) = aside(seen)
    assert Path(seen.saved, os.fsdecode(one.other)).read_bytes() == OLD


def test_what_the_run_itself_made_is_not_kept(project: Path) -> None:
    (project / "old").unlink()
    code = "for _ in range(3): open('x', 'w').write('x')\nos.unlink('x')"
    assert aside(run(project, code, later=-3600)) == []


def test_what_is_only_read_is_not_kept(project: Path) -> None:
    seen = run(project, "open('old'); os.chmod('old', 0o600); os.rename('old', 'other')")
    assert aside(seen) == []
    assert os.listdir(seen.saved) == []


def test_one_larger_than_the_limit_is_said_not_to_be_kept(project: Path) -> None:
    if _can_share_blocks(project):
        pytest.skip("the filesystem keeps it for nothing")
    seen = run(project, "open('old', 'w')", limit=len(OLD) - 1)
    assert [each.other for each in aside(seen)] == [b""]
    assert os.listdir(seen.saved) == []


def test_all_copies_together_have_a_limit(project: Path) -> None:
    if _can_share_blocks(project):
        pytest.skip("the filesystem keeps them for nothing")
    for number in range(20):
        (project / str(number)).write_bytes(bytes(100))
    seen = run(project, "for n in range(20): open(str(n), 'w')", limit=100)
    assert [bool(each.other) for each in aside(seen)] == [True] * 16 + [False] * 4


def test_one_that_goes_is_kept_by_a_link_whatever_its_size(project: Path) -> None:
    inode = os.stat(project / "old").st_ino
    seen = run(project, "os.unlink('old')", limit=1)
    (one,) = aside(seen)
    assert os.stat(f"{seen.saved}/{os.fsdecode(one.other)}").st_ino == inode


def test_one_with_two_names_is_copied_as_the_other_name_may_be_written_to(project: Path) -> None:
    os.link(project / "old", project / "twin")
    seen = run(project, "os.unlink('old'); open('twin', 'w').write('new')")
    assert Path(seen.saved, os.fsdecode(aside(seen)[0].other)).read_bytes() == OLD


def test_when_nothing_happens_the_file_is_as_it_was(project: Path) -> None:
    (project / "folder").mkdir()
    code = (
        "os.chmod('.', 0o500) if os.geteuid() else None\n"
        "for call in (lambda: os.rename('folder', 'old'), lambda: os.rename('none', 'old')):\n"
        " try: call()\n"
        " except OSError: pass\n"
        "print(os.stat('old').st_nlink)\n"
        "os.chmod('.', 0o700)\n"
    )
    seen = run(project, code)
    assert (seen.output, aside(seen), os.listdir(seen.saved)) == ("1\n", [], [])


def test_code_caches_and_git_are_not_kept(project: Path) -> None:
    paths = (".git/index", "site-packages/x.py", "__pycache__/x", "x.pyc", ".mlrun/index")
    for each in paths:
        (project / each).parent.mkdir(exist_ok=True)
        (project / each).write_text("x")
    assert aside(run(project, f"for n in {paths}: open(n, 'w'); os.unlink(n)")) == []


def test_locks_of_the_program_survive(project: Path) -> None:
    """A process that closes any descriptor of a file loses its locks on it, so no file that is locked is opened."""
    code = (
        "import fcntl, subprocess, sys\nf = os.open('old', os.O_RDONLY)\nfcntl.lockf(f, fcntl.LOCK_SH)\n"
        "w = os.open('old', os.O_WRONLY)\n"
        "test = 'import fcntl, os\\nfcntl.lockf(os.open(\"old\", os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)'\n"
        "env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}\n"
        "print(subprocess.run([sys.executable, '-I', '-S', '-c', test], env=env, capture_output=True).returncode)\n"
    )
    seen = run(project, code)
    assert seen.output == "1\n"
    assert [each.other for each in aside(seen)] == [b""]


def test_the_time_of_the_last_access_stays(project: Path) -> None:
    os.utime(project / "old", ns=(1, 2))
    seen = run(project, "os.close(os.open('old', os.O_WRONLY)); print(os.stat('old').st_atime_ns)")
    assert seen.output == "1\n"
    assert len(aside(seen)) == 1


def test_a_saved_folder_that_is_gone_is_survived(project: Path) -> None:
    seen = run(project, "import shutil; shutil.rmtree('../run/saved'); open('old', 'w'); os.unlink('old')")
    assert [each.other for each in aside(seen)] == [b""]


def _can_share_blocks(folder: Path) -> bool:
    with open(folder / "old", "rb") as one, open(folder / "other", "wb") as two:
        try:
            fcntl.ioctl(two, 0x40049409, one.fileno())
        except OSError:
            return False
        return True
