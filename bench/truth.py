"""What a command reads and makes, by plain ``strace`` and a reader that shares nothing with mlrun's."""

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

_CALLS = "open,openat,openat2,creat,rename,renameat,renameat2,link,linkat,truncate,execve,execveat,chdir"
_CALL = re.compile(r"(\d+) +(\w+)\((.*)\) += (\d+)(?:<(.*?)>)?(?:\(deleted\))?\s*$")
_UNFINISHED = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)$")
_HERE = re.compile(r"AT_FDCWD<(.*?)>")
_AT = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>.*?)>, )?"(?P<name>(?:[^"\\]|\\.)*)"')

_ELSEWHERE = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev", "/run", "/var")
_CACHES = frozenset(("__pycache__", ".git", "site-packages", "dist-packages"))
_PERSONAL = (".cache", ".config", ".local", ".ipython", ".jupyter")


class Truth(NamedTuple):
    """Absolute paths of what was read as it was before the run, and of what the run has made; how it ended."""

    inputs: frozenset[str]
    outputs: frozenset[str]
    status: int


class Bounds(NamedTuple):
    """Below ``root`` lies all that a run may change, with its ``home``; ``prefixes`` are those of its interpreter."""

    root: str
    home: str
    prefixes: Sequence[str]

    def is_data(self, path: str) -> bool:
        """Whether the path can be part of a project, or data: not of the environment, and no cache."""
        personal = any(_below(path, os.path.join(self.home, name)) for name in _PERSONAL)
        folders = (*_ELSEWHERE, *self.prefixes)
        return not (personal or _CACHES & set(path.split("/")) or any(_below(path, each) for each in folders))


def truth(argv: Sequence[str], *, folder: str, environ: Mapping[str, str], bounds: Bounds) -> Truth:
    """Run the command, bare but for strace."""
    before = {path for path in _files(bounds.root) if bounds.is_data(path)}
    log = bounds.root + ".strace"
    command = ["strace", "-f", "-y", "-qq", "-s", "9999", "-e", "signal=none", "-e", f"trace={_CALLS}", "-o", log]
    started = time.time_ns()
    done = subprocess.run([*command, *argv], cwd=folder, env=environ, stdin=subprocess.DEVNULL, check=False,
                          stdout=sys.stderr, timeout=600)  # fmt: skip
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        told = _Told(folder, file)
    read = {path for path in told.read if path in before or not _below(path, bounds.root)}
    made = {path for path in told.written if _is_file(path) and _changed_since(path, started)}
    return Truth(
        frozenset(path for path in read if bounds.is_data(path) and (path in before or _is_file(path))),
        frozenset(path for path in made if bounds.is_data(path)),
        done.returncode,
    )


class _Told:
    """Files that were read before they were written, and those that were written, from the lines of a log."""

    def __init__(self, folder: str, lines: Iterable[str]) -> None:
        self.read: set[str] = set()
        self.written: set[str] = set()
        self._folder = folder
        self._folders: dict[str, str] = {}
        for pid, name, arguments, result in _calls(lines):
            if here := _HERE.search(arguments):
                self._folders[pid] = here[1]
            self._take(pid, name, arguments, result)

    def _take(self, pid: str, name: str, arguments: str, result: str) -> None:
        if name in {"open", "openat", "openat2", "creat"}:
            self._open(result, "O_WRONLY|O_CREAT|O_TRUNC" if name == "creat" else arguments)
            return
        names = [self._path(pid, found) for found in _AT.finditer(arguments)]
        if name == "chdir":
            self._folders[pid] = os.path.realpath(names[0])
        elif name.startswith("exec"):
            self._reads(os.path.realpath(names[0]))
        elif name == "truncate":
            self.written.add(os.path.realpath(names[0]))
        elif name.startswith(("rename", "link")):
            self._moved(names[0], names[1])

    def _open(self, path: str, arguments: str) -> None:
        if "O_PATH" in arguments or "O_TMPFILE" in arguments or "O_DIRECTORY" in arguments:
            return
        if "O_WRONLY" not in arguments and "O_TRUNC" not in arguments:
            self._reads(path)
        if "O_WRONLY" in arguments or "O_RDWR" in arguments or "O_TRUNC" in arguments:
            self.written.add(path)

    def _reads(self, path: str) -> None:
        if path not in self.written:
            self.read.add(path)

    def _moved(self, source: str, target: str) -> None:
        self.written |= {target + path[len(source) :] for path in self.written if _below(path, source)}
        self.written.add(target)

    def _path(self, pid: str, found: re.Match[str]) -> str:
        """Absolute, with the links of its folders followed."""
        folder, name = os.path.split(
            os.path.join(self._folders.get(pid, self._folder), found["folder"] or "", _plain(found["name"]))
        )
        return os.path.join(os.path.realpath(folder), name)


def _calls(lines: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """Process, name, arguments and path of each call that succeeded, a call that was interrupted put together."""
    begun: dict[str, str] = {}
    for line in lines:
        text = line.rstrip("\n")
        if found := _UNFINISHED.match(text):
            begun[found[1]] = text[: found.end(2)]
            continue
        if found := _RESUMED.match(text):
            text = begun.pop(found[1], "") + found[2]
        if found := _CALL.match(text):
            yield found[1], found[2], found[3], _plain(found[5] or "")


def _plain(text: str) -> str:
    """A name as it is, from how strace quotes it."""
    return text.encode("latin-1", "surrogateescape").decode("unicode_escape") if "\\" in text else text


def _files(folder: str) -> Iterator[str]:
    for at, _, names in os.walk(folder):
        yield from (os.path.join(at, name) for name in names if _is_file(os.path.join(at, name)))


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _changed_since(path: str, moment: int) -> bool:
    return os.lstat(path).st_ctime_ns >= moment - 20_000_000 and os.lstat(path).st_mtime_ns >= moment - 20_000_000


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
