"""The second rung: strace follows the run, static programs as well. It must be installed, and allowed to trace."""

import os
import stat
import struct
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from runlore.capture.access import touch
from runlore.capture.access.observer import NO_PROC, Place
from runlore.capture.access.touch import Touch
from runlore.capture.content import state_of

if TYPE_CHECKING:
    from runlore.capture.access.syscalls import Reader

LOG = "strace"
"""The name of strace's file in the run's folder."""
_CALLS = (
    *("open", "openat", "openat2", "creat", "truncate", "rename", "renameat", "renameat2", "link", "linkat"),
    *("execve", "execveat", "chdir", "fchdir", "clone", "clone3", "fork", "vfork", "socket", "connect"),
)
_ENDS = (
    *("hup", "int", "quit", "ill", "trap", "abrt", "bus", "fpe", "kill", "usr1", "segv", "usr2", "pipe", "alrm"),
    *("term", "xcpu", "xfsz", "sys"),
)
"""The signals by which a process can end."""
_OPTIONS = (
    "-f",
    "--seccomp-bpf",  # only the calls asked for stop a process: three times cheaper
    "-DDD",  # the command stays our own child, and the tracer is out of reach of its terminal and its signals
    *("-y", "-ttt", "-s", "1", "-a", "0"),
    "--quiet=attach,personality",
    *("-e", "signal=" + ",".join(_ENDS)),
    *("-e", "trace=" + ",".join(f"?{call}" for call in _CALLS)),  # not every processor has all of them
)
_SHELL = "/bin/sh"
_HEAD = 80
_PATIENCE = 0.5
"""Seconds that strace may take to write of an end that we know of already."""
_PAUSE = 0.005
_CWD, _NO_FOLLOW, _BIRTH, _SIZE, _AT = -100, 0x100, 0x800, 256, 80
"""Of ``statx(2)``: arguments, the size of its answer, and where the time of birth is in it."""


def find(environ: Mapping[str, str]) -> str | None:
    """The strace that PATH finds."""
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, "strace")
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def available(environ: Mapping[str, str]) -> str | None:
    """Why strace cannot watch here; ``None`` if it can. Tries it, which takes about ten milliseconds."""
    program = find(environ)
    if program is None:
        return "strace is not installed"
    if not os.path.exists("/proc/self/fd"):
        return NO_PROC  # strace asks there what a name is relative to
    command = (program, *_OPTIONS, "-o", os.devnull, "--", program, "-V")
    try:
        tried = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=dict(environ),
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"strace does not run: {error}"
    said = tried.stderr.decode(errors="replace").strip()
    if tried.returncode == 0 and not said:
        return None
    if "option" in said:
        return "this strace is too old"
    return (
        "tracing is not permitted here ("
        + (said.splitlines() or ["no reason given"])[-1].removeprefix("strace: ")
        + ")"
    )


class Straced:
    """The run under strace."""

    name = "strace"
    blind: tuple[str, ...] = (
        "what a file held before it was overwritten",
        "names that were looked up",
        "input and output through io_uring",
        "datagrams",
    )

    def __init__(self, place: Place, started_at: int, environ: Mapping[str, str] | None = None) -> None:
        """``started_at`` is nanoseconds since 1970; ``environ`` says where strace is."""
        self.place = place
        self._log = os.path.join(place.folder, LOG)
        self._started_at = started_at
        self._strace = find(environ or {}) or "strace"

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """As it was."""
        return dict(environ)

    def command(self, argv: Sequence[str]) -> tuple[str, ...]:
        """With strace in front, unless strace could not start it."""
        head = _head(argv[0])
        if head.startswith(b"#!") and not os.path.exists(_interpreter(head)):
            return tuple(argv)  # it will not start, and that must be said as it is without strace
        shell = () if head.startswith((b"\x7fELF", b"#!")) or b"\0" in head else (_SHELL,)
        return (self._strace, *_OPTIONS, "-o", self._log, "--", *shell, *argv)

    def touches(self) -> Iterator[Touch]:
        """What was seen, in the order in which it was done."""
        from runlore.capture.access.syscalls import Reader  # noqa: PLC0415 - its patterns take 4 ms, and this is afterwards

        reader = Reader()
        yield from _with_states(reader.read(self._lines(reader)), self._started_at)
        if not reader.ended:
            why = (
                b"strace ended before the command"
                if os.path.exists(self._log)
                else b"strace did not start, or its log is gone"
            )
            yield Touch(touch.LOST, 0, time.time_ns(), why)

    def unobserved(self, processes: Iterable[Touch]) -> tuple[str, ...]:  # noqa: ARG002 - of whichever
        """None: whatever runs is traced."""
        return ()

    def _lines(self, reader: "Reader") -> Iterator[bytes]:
        """Whole lines, until the end of the first process has been read, or should have been."""
        until = time.monotonic() + _PATIENCE
        try:
            with open(self._log, "rb") as file:
                part = b""
                while True:
                    part += file.readline()
                    if part.endswith(b"\n"):
                        yield part
                        part = b""
                    elif reader.ended or time.monotonic() > until:
                        return
                    else:
                        time.sleep(_PAUSE)
        except OSError:
            return


def _with_states(touches: Iterator[Touch], started_at: int) -> Iterator[Touch]:
    """Touches with the states that can still be known: of what was not changed since before the run."""
    found: dict[bytes, tuple[bool, bytes]] = {}
    written: set[bytes] = set()
    for each in touches:
        if each.kind not in {touch.READ, touch.UPDATE}:
            written.add(each.other if each.kind in {touch.RENAME, touch.LINK} else each.path)
            yield each
            continue
        if each.path not in found:
            found[each.path] = _as_it_was(each.path, started_at)
        is_folder, state = found[each.path]
        if each.kind == touch.UPDATE:
            if not state and not each.fresh and each.path not in written and _born(each.path) < started_at:
                yield each._replace(kind=touch.READ)
            written.add(each.path)
        yield each._replace(kind=touch.LIST if is_folder else each.kind, state=state)


def _as_it_was(path: bytes, started_at: int) -> tuple[bool, bytes]:
    """Whether it is a folder, and the state of a file that is as it was when the run began."""
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError:
        return False, b""
    old = found.st_ctime_ns < started_at and stat.S_ISREG(found.st_mode)
    return stat.S_ISDIR(found.st_mode), state_of(found) if old else b""


def _born(path: bytes) -> int:
    """When the file was made, in nanoseconds since 1970; a time to come if nobody knows."""
    import ctypes  # noqa: PLC0415 - only for a file that was opened to be read and written, and was changed

    answer = ctypes.create_string_buffer(_SIZE)
    try:
        failed = ctypes.CDLL(None).statx(_CWD, path, _NO_FOLLOW, _BIRTH, answer)
    except (AttributeError, OSError):
        return 1 << 63
    if failed or not struct.unpack_from("=I", answer)[0] & _BIRTH:
        return 1 << 63
    seconds, nanoseconds = struct.unpack_from("=qI", answer, _AT)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def _head(program: str) -> bytes:
    try:
        with open(program, "rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b"\0"


def _interpreter(head: bytes) -> bytes:
    """What stands after ``#!``."""
    return (head[2:].split(b"\n")[0].split() or [b""])[0]
