"""Run mlrun with every call that changes something counted, and one of them, or all from one on, gone wrong.

As a script: ``injector.py HOW N LOG ARGUMENT…``. HOW is ``before`` (the process kills itself before the N-th
call), ``torn`` (in the middle of the N-th write), ``short-once`` or ``short-from`` (the N-th write, or each from it
on, takes a part only, and says so), ``NAME-once`` or ``NAME-from`` (the N-th call, or all from it on, fails with that
errno). After ``count-`` nothing goes wrong. Each call that counts is a line of LOG: the function, what it is about,
and for two names the second, separated by tabs. Failures and short writes are given to calls inside a store only; of
those that need no space a full disk fails none, a disk that cannot be written no lock. The variable CRASH_MUTANT names
one of `mutants`, which runs in the place of mlrun.
"""

import errno
import fcntl
import os
import runpy
import signal
import sys
from collections.abc import Callable
from typing import Any

_CHANGES = (
    *("write", "pwrite", "ftruncate", "fsync", "utime"),
    *("link", "rename", "replace", "unlink", "mkdir", "rmdir", "symlink"),
)
_TWO_NAMES = ("link", "rename", "replace", "symlink")
_NEED_NO_SPACE = ("unlink", "rmdir", "flock", "utime", "ftruncate")
_NEED_NO_DISK = ("flock",)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_ERROR = ("before", "torn", "short")
_STORE = "/.mlrun"


class Injector:
    """Stands before the functions of `os` and `fcntl`."""

    def __init__(self, how: str, number: int, log: int) -> None:
        self._quiet = how.startswith("count-")
        self._how, _, self._span = how.removeprefix("count-").partition("-")
        self._number = number
        self._log = log
        self._count = 0
        self._paths: dict[int, str] = {}
        self._write = os.write
        self._pwrite = os.pwrite
        self._error = 0 if self._how in _NO_ERROR else int(getattr(errno, self._how))

    def install(self) -> None:
        for name in _CHANGES:
            setattr(os, name, self._around(name, getattr(os, name)))
        fcntl.flock = self._around("flock", fcntl.flock)
        os.open = self._around_open(os.open)
        os.close = self._around_close(os.close)  # type: ignore[assignment]  # its argument has a name there

    def _around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the function it stands before
            if self._meet(name, "\t".join(map(self._about, args[: 2 if name in _TWO_NAMES else 1])), args):
                args = (args[0], memoryview(args[1])[: max(1, len(args[1]) // 2)], *args[2:])
            return call(*args, **options)

        return wrapped

    def _around_open(self, call: Callable[..., int]) -> Callable[..., int]:
        def wrapped(path: Any, flags: int, *args: Any, **options: Any) -> int:  # noqa: ANN401 - as os.open
            where = self._about(path)
            if flags & (os.O_CREAT | os.O_TRUNC) or flags & os.O_ACCMODE != os.O_RDONLY:
                self._meet("open", where, ())
            file = call(path, flags, *args, **options)
            self._paths[file] = where
            return file

        return wrapped

    def _around_close(self, call: Callable[[int], None]) -> Callable[[int], None]:
        def wrapped(file: int) -> None:
            self._paths.pop(file, None)
            call(file)

        return wrapped

    def _about(self, what: object) -> str:
        if isinstance(what, int):
            return self._paths.get(what, f"descriptor {what}")
        return os.fsdecode(what)  # type: ignore[arg-type]  # a path, as the functions take it

    def _counts(self, name: str, about: str) -> bool:
        if self._how == "torn":
            return name in {"write", "pwrite"}
        if self._how == "short":
            return name in {"write", "pwrite"} and _STORE in about
        if self._error == 0:
            return True
        spared = _NEED_NO_SPACE if self._error in _FULL else _NEED_NO_DISK
        return _STORE in about and name not in spared

    def _meet(self, name: str, about: str, args: tuple[Any, ...]) -> bool:
        """Whether a write takes only a part."""
        if not self._counts(name, about):
            return False
        self._count += 1
        self._write(self._log, f"{name}\t{about}\n".encode(errors="surrogateescape"))
        if not self._quiet and (self._count == self._number or (self._span == "from" and self._count > self._number)):
            if self._how == "short":
                return True
            self._act(about, args)
        return False

    def _act(self, about: str, args: tuple[Any, ...]) -> None:
        if self._error:
            raise OSError(self._error, os.strerror(self._error), about)
        if self._how == "torn":
            half = memoryview(args[1])[: len(args[1]) // 2]
            if len(args) > 2:
                self._pwrite(args[0], half, args[2])
            else:
                self._write(args[0], half)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    how, number, log_path = sys.argv[1:4]
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    sys.argv[1:] = sys.argv[4:]
    del sys.path[0]  # this folder is none of the program's
    Injector(how, int(number), log).install()
    if name := os.environ.get("CRASH_MUTANT"):
        runpy.run_path(os.path.join(os.path.dirname(__file__), "mutants.py"))["apply"](name)

    from runlore.__main__ import main

    main()
