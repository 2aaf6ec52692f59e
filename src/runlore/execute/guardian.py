"""The guardian: a process that outlives a killed supervisor just long enough to end what it left running.

While all is well it is a shell that waits, which costs a twentieth of a Python; only if its supervisor
vanishes does it become this file, run as a script without the rest of the package.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

_ROUNDS = 50
_PAUSE = 0.02
_LOOKS = 5
_FASTEST, _FEW = 100_000, 1000
"""More processes than any machine starts in a second, and how many of them are looked at one by one."""
_WAIT = """trap '' INT TERM HUP QUIT USR1 USR2 TSTP TTIN TTOU
read -r command
read -r end
exec "$1" -I -S "$2" "$3" "$command"
"""


class Guardian:
    """Started before the command; told of it; let go in the end. If its supervisor vanishes it kills the run."""

    def __init__(self, run: str) -> None:
        """``run`` is the value of RUNLORE_RUN that every process of the run carries."""
        self._shell: subprocess.Popen[bytes] | None = None
        # Without a shell or room for one more process the command runs unguarded.
        with contextlib.suppress(OSError):
            watched, self._line = os.pipe()
            try:
                self._shell = subprocess.Popen(
                    ("/bin/sh", "-c", _WAIT, "sh", sys.executable, __file__, run),
                    stdin=watched,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env={},
                    start_new_session=True,
                )
            finally:
                os.close(watched)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the process that waits, if there is one."""
        return () if self._shell is None else (self._shell.pid,)

    def watch(self, command: int) -> None:
        """The command has started, as this process."""
        if self._shell is not None:
            with contextlib.suppress(OSError):
                os.write(self._line, b"%d\n" % command)

    def close(self) -> None:
        """All is well: let the guardian go."""
        if self._shell is not None:
            self._shell.kill()
            self._shell.wait()
            os.close(self._line)


def kill_run(run: str, command: int) -> None:
    """Kill every process of a run until there is none: also those that fork meanwhile."""
    for _ in range(_ROUNDS):
        if not (found := members(run, command)):
            return
        send(found, signal.SIGKILL)
        time.sleep(_PAUSE)


def send(processes: Iterable[int], number: int) -> None:
    """Send a signal to those that are still there."""
    for pid in processes:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def members(run: str, command: int) -> list[int]:
    """The processes of a run that are alive, wherever they went.

    They are those that carry its id in their environment, the command, the members of its process group if
    it leads one, and the descendants of all these: some overwrite their environment to show a title.
    """
    return _among(run, command)


def _among(run: str, command: int, names: Iterable[str] | None = None) -> list[int]:
    """The members of a run among the processes of these numbers, or among all."""
    mark = b"RUNLORE_RUN=" + run.encode()
    alone = {0, 1, os.getpid()}  # no command is one of these, and a supervisor may die before it knows which is
    parents = {}
    found = set()
    for name in _processes() if names is None else names:
        pid = int(name)
        if (kin := _kin(name)) is not None:
            parents[pid], group = kin
            if command in {pid, group} - alone or _carries(name, mark):
                found.add(pid)
    found -= alone
    count = 0
    while count < len(found):
        count = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return sorted(found - alone)


def left(run: str, command: int, age: float) -> list[int]:
    """The processes of a run that are still there, some ``age`` seconds after its command began and now that it ended.

    Of a short run only the numbers that were given out since are looked at: the kernel gives them out in order, and
    comes round to the same ones only after longer. On most runs that are none, which costs a microsecond each.
    """
    newest = _number("/proc/loadavg", 4) if age * _FASTEST < _number("/proc/sys/kernel/pid_max", 0) else 0
    since = map(str, range(command, newest + 1)) if command <= newest <= command + _FEW else None
    found = _among(run, command, since)
    for _ in range(_LOOKS):
        if not found:
            break
        time.sleep(_PAUSE)  # what is about to end has been told so by now: a tracer, a pool's helper
        found = members(run, command)
    return found


def _number(path: str, at: int) -> int:
    """A number of the system, such as that which a process was given last (proc(5)); 0 if it does not say."""
    try:
        with open(path, "rb") as file:
            return int(file.read().split()[at])
    except (OSError, ValueError, IndexError):
        return 0


def _processes() -> list[str]:
    try:
        return [name for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []


def _kin(pid: str) -> tuple[int, int] | None:
    """The parent and the process group of a process that is alive."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            state, parent, group = file.read().rpartition(b")")[2].split()[:3]
    except (OSError, ValueError):
        return None  # it has ended meanwhile
    return None if state in {b"Z", b"X"} else (int(parent), int(group))


def _carries(pid: str, mark: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return mark in file.read().split(b"\0")
    except OSError:
        return False  # it has ended, or is not ours to look at


if __name__ == "__main__":
    kill_run(sys.argv[1], int(sys.argv[2] or 0))
