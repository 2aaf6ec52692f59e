"""What a command costs: the CPU of a whole process and all it started, the time it took, its peak memory.

Commands that are compared run by turns (A B C A B C ...) after one round to warm up, and the medians are
compared: what slows the machine for a while then slows all of them.
"""

import contextlib
import ctypes
import fcntl
import os
import pty
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple, NoReturn

PYTHON = sys.executable
MLRUN = os.path.join(os.path.dirname(sys.executable), "mlrun")
_PR_SET_CHILD_SUBREAPER = 36
_ROWS, _COLUMNS = 50, 160


class Cost(NamedTuple):
    """Seconds of CPU (user and system, of the process and everything it started), seconds until its end, bytes."""

    cpu: float
    wall: float
    memory: int


class Command(NamedTuple):
    """Something to run. With ``terminal`` its three streams are a real terminal; ``before`` is not measured."""

    argv: Sequence[str]
    folder: str
    environ: Mapping[str, str]
    terminal: bool = False
    before: Callable[[], object] | None = None


class Row(NamedTuple):
    """A line of the table: our cost, what it is compared with, how many times that is, and the limit if there is one.

    With ``least`` the limit is the smallest ratio allowed, otherwise the largest.
    """

    what: str
    ours: str
    beside: str = ""
    ratio: float | None = None
    limit: float | None = None
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the limit is kept; without one it is."""
        if self.limit is None or self.ratio is None:
            return True
        return self.ratio >= self.limit if self.least else self.ratio <= self.limit


def run(command: Command) -> Cost:
    """Run a command to its end and the end of all it started.

    Raises:
        RuntimeError: it failed; the message holds what it printed on standard error.
    """
    if command.before is not None:
        command.before()
    servers = _children()
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process, screen = _start(command, errors)
        for _ in _read(screen):
            pass
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command.argv)}: exit status {process.returncode}\n{errors.read().decode()}")
    orphans = list(_orphans(servers))
    cpu = sum(each.ru_utime + each.ru_stime for each in (used, *orphans))
    return Cost(cpu, wall, used.ru_maxrss * 1024)


def compare(commands: Mapping[str, Command], *, rounds: int) -> dict[str, Cost]:
    """The median cost of each command, all of them run by turns after one round to warm up."""
    for command in commands.values():
        run(command)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(run(command))
    return {name: Cost._make(map(statistics.median, zip(*found, strict=True))) for name, found in costs.items()}


def environ(home: str) -> dict[str, str]:
    """Variables of somebody who works in the virtual environment of this Python and configured nothing else."""
    return {
        "PATH": os.path.dirname(PYTHON) + ":" + os.environ.get("PATH", os.defpath),
        "VIRTUAL_ENV": sys.prefix,
        "HOME": home,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        "RESTIC_PASSWORD": "none",
    }


def bare_start(folder: str, variables: Mapping[str, str]) -> Command:
    """The measure of all start-up: a Python that does nothing."""
    return Command((PYTHON, "-c", "pass"), folder, variables)


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """A folder for everything a benchmark makes, gone afterwards; ``TMPDIR`` says on which disk."""
    with tempfile.TemporaryDirectory(prefix="mlrun-bench-") as folder:
        yield folder


def milliseconds(seconds: float) -> str:
    """A short time, for the table."""
    return f"{seconds * 1000:.1f} ms"


def table(rows: Sequence[Row]) -> str:
    """The rows, readable as they are and as Markdown."""
    cells = [("what", "mlrun", "beside it", "ratio", "limit", "")] + [_cells(row) for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(6)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def finish(rows: Sequence[Row]) -> NoReturn:
    """Print the table and end; the exit status is 1 if a limit was missed."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(table(rows))
    sys.exit(not all(row.met for row in rows))


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    limit = "" if row.limit is None else f"{'>=' if row.least else '<='} {row.limit:g}"
    return row.what, row.ours, row.beside, ratio, limit, ("ok" if row.met else "MISSED") if limit else ""


def _start(command: Command, errors: BinaryIO) -> tuple["subprocess.Popen[bytes]", int | None]:
    """The running process, and our side of its terminal if it has one."""
    _adopt_orphans()
    common = {"args": command.argv, "cwd": command.folder, "env": command.environ}
    if not command.terminal:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(**common, stdin=quiet, stdout=quiet, stderr=errors), None  # type: ignore[call-overload]
    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        return subprocess.Popen(**common, **streams, start_new_session=True), ours  # type: ignore[call-overload]
    finally:
        os.close(theirs)


def _read(screen: int | None) -> Iterator[bytes]:
    """What appears on the terminal until nobody has it open any more."""
    if screen is None:
        return
    with contextlib.suppress(OSError):  # the way Linux says that the other side is closed
        while piece := os.read(screen, 1 << 16):
            yield piece
    os.close(screen)


def _adopt_orphans() -> None:
    """Let whatever outlives the process that started it become our child: its CPU counts too."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _orphans(servers: set[int]) -> Iterator[resource.struct_rusage]:
    """What each process left behind has used, when it has ended; ``servers`` were there before and stay."""
    while left := _children() - servers:
        yield os.wait4(min(left), 0)[2]


def _children() -> set[int]:
    found: set[int] = set()
    for thread in os.listdir("/proc/self/task"):
        # A thread may end meanwhile.
        with (
            contextlib.suppress(FileNotFoundError),
            open(f"/proc/self/task/{thread}/children", encoding="ascii") as file,
        ):
            found.update(map(int, file.read().split()))
    return found
