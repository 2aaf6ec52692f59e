"""mlrun under strace, which kills it at a system call or lets the call fail: SQLite's and the C library's too."""

import os
import pathlib
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.crash.project import Done, Project

_BY_FILE = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "fsync", "fdatasync", "syncfs", "ftruncate",
            "fallocate", "copy_file_range", "sendfile", "fchmod")  # fmt: skip
_BY_NAME = ("open", "openat", "creat", "link", "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rename",
            "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "truncate", "chmod", "fchmodat",
            "utimensat")  # fmt: skip
CALLS = (*_BY_FILE, *_BY_NAME)
NEED_NO_SPACE = ("unlink", "unlinkat", "rmdir", "ftruncate", "truncate", "chmod", "fchmod", "fchmodat", "utimensat")
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")
_ENDED = re.compile(r"^(\d+) +\+\+\+ killed by SIGKILL", re.MULTILINE)
_CREATES = re.compile(r"O_CREAT|O_TRUNC|O_WRONLY|O_RDWR")
_NAMED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_HELD = re.compile(r"<([^<>]*)>")


class Call(NamedTuple):
    """A system call: its name, its number among those of the name in its thread, and the path that it is about."""

    name: str
    number: int
    path: str

    def __str__(self) -> str:
        return f"{self.name} {self.number}: {self.path}"


def check_there(project: Project) -> None:
    """Skips where strace is not or may trace nothing."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if project.run("strace", "-qq", "-o", os.devnull, "true", check=False).status:
        pytest.skip("strace may trace nothing here")


def calls(project: Project, args: tuple[str, ...], *, follow: bool) -> list[Call]:
    """Every call of a complete run that changes something below the folder above the project's.

    ``follow`` its threads and children too.
    """
    done, log = _strace(project, (), args, follow=follow)
    assert log, done
    world = os.fspath(project.folder.parent)
    counts: Counter[tuple[str, str]] = Counter()
    found = dict[tuple[str, int], Call]()
    for thread, name, path in _lines(log):
        counts[thread, name] += 1
        number = counts[thread, name]
        if path.startswith(world):
            found.setdefault((name, number), Call(name, number, path.removeprefix(world)))
    return list(found.values())


def kill(project: Project, call: Call, args: tuple[str, ...]) -> Done | None:
    """Kill mlrun at a call; ``None`` if it has not come to that: how often some are made differs from time to time."""
    done, log = _strace(project, (f"inject={call.name}:signal=SIGKILL:when={call.number}",), args, follow=True)
    if done.status != -9:
        return None
    first = log.split(" ", 1)[0]
    assert first in _ENDED.findall(log), log[-500:]
    return done


def fail(project: Project, call: Call, error: str, args: tuple[str, ...], *, follow: bool) -> Done | None:
    """Let a call fail; with a ``+`` behind the error all of its name from it on. ``None`` if it never came to it."""
    on = "+" if error.endswith("+") else ""
    inject = f"inject={call.name}:error={error.removesuffix('+')}:when={call.number}{on}"
    done, log = _strace(project, (inject,), args, follow=follow)
    hit = [line for line in log.splitlines() if "(INJECTED)" in line]
    world = os.fspath(project.folder.parent)
    if not hit or not any(path.startswith(world) for _, _, path in _lines("\n".join(hit[:1]))):
        return None
    return done


def _strace(project: Project, inject: tuple[str, ...], args: tuple[str, ...], *, follow: bool) -> tuple[Done, str]:
    options = [word for each in (f"trace={','.join(f'?{call}' for call in CALLS)}", *inject) for word in ("-e", each)]
    following = ("-f",) if follow else ()
    with tempfile.NamedTemporaryFile() as log:
        command = ("strace", *following, "-y", "-qq", "-o", log.name, *options, *project.program, *args)
        done = project.run(*command, check=False)
        text = pathlib.Path(log.name).read_text(errors="replace")
    return done, text if follow else re.sub("^", "1 ", text, flags=re.MULTILINE)


def _lines(log: str) -> Iterator[tuple[str, str, str]]:
    """Thread, name and path of each call that changes something."""
    for line in log.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        thread, name, rest = match.groups()
        held = next(iter(_HELD.findall(rest)), "")
        if name in _BY_FILE:
            yield thread, name, held
            continue
        named = _NAMED.search(rest)
        path = named[1] if named else ""
        changes = name not in {"open", "openat"} or _CREATES.search(rest)
        # A call that only reads is counted by strace, too.
        yield thread, name, (path if path.startswith("/") else f"{held}/{path}") if changes else ""
