"""Standard input, output or error may be closed: for us, and then for the command too."""

import pathlib
import shlex
import subprocess
import sys

import pytest
from tests.execute.supervised import LONG

SEE = """
import os
def name(n):
    try: return os.readlink(f'/proc/self/fd/{n}')
    except FileNotFoundError: return 'closed'
names = ' '.join(map(name, range(3)))
open('seen', 'w').write(names)
for n in (1, 2):
    try: os.write(n, b'written %d\\n' % n)
    except OSError: pass
"""


def mlrun(folder: pathlib.Path, closed: str, *args: str) -> subprocess.CompletedProcess[bytes]:
    line = shlex.join((sys.executable, "-m", "runlore", *args))
    return subprocess.run(
        ("/bin/sh", "-c", f"{line} {closed}"),
        cwd=folder, capture_output=True, check=False, timeout=LONG, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("closed", ["", "<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_what_is_closed_for_us_is_closed_for_the_command(tmp_path: pathlib.Path, closed: str) -> None:
    result = mlrun(tmp_path, closed, "exec", "-q", sys.executable, "-c", SEE)
    assert result.returncode == 0
    seen = (tmp_path / "seen").read_text().split()
    assert [name == "closed" for name in seen] == ["<" in closed, " >&-" in f" {closed}", "2>" in closed]
    assert result.stdout == (b"" if " >&-" in f" {closed}" else b"written 1\n")
    assert result.stderr == (b"" if "2>" in closed else b"written 2\n")
    log = mlrun(tmp_path, "", "show", "--log").stdout
    assert sorted(log.splitlines()) == sorted((result.stdout + result.stderr).splitlines())
    fsck = mlrun(tmp_path, "", "fsck")
    assert (fsck.returncode, fsck.stderr) == (0, b"")


@pytest.mark.parametrize("args", [["--version"], ["list"], ["--help"]])
def test_a_command_of_ours_needs_no_standard_output(tmp_path: pathlib.Path, args: list[str]) -> None:
    (tmp_path / "x").write_text("x")
    mlrun(tmp_path, "", "init")
    assert mlrun(tmp_path, ">&-", *args).returncode == 0
    assert mlrun(tmp_path, "<&- >&- 2>&-", *args).returncode == 0
