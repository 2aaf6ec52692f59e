"""The guardian: a process that outlives a killed supervisor just long enough to end what it left running.

While all is well it is a shell that waits for a line, which costs a twentieth of a Python; only if its
supervisor vanishes does it become this file, run as a script without the rest of the package.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

_ROUNDS = 50
_PAUSE = 0.02
_WAIT = """trap '' INT TERM HUP QUIT TSTP TTIN TTOU
read -r group
read -r end && exit 0
exec "$1" -I -S "$2" "$3" "$group"
"""


class Guardian:
    """Started before the command; told of it; let go in the end. If its supervisor vanishes it kills the run."""

    def __init__(self, run: str) -> None:
        """``run`` is the value of RUNLORE_RUN that every process of the run carries."""
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

    def watch(self, group: int | None) -> None:
        """The command has started; it leads this process group if that is its own."""
        self._say(b"%d\n" % (group or 0))

    def close(self) -> None:
        """All is well: let the guardian go."""
        self._say(b"\nend\n")
        os.close(self._line)
        self._shell.wait()

    def _say(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._line, line)


def kill_marked(run: str) -> None:
    """Kill every process whose environment names this run, until there is none: also those that fork meanwhile."""
    for _ in range(_ROUNDS):
        found = marked(run)
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE)


def marked(run: str) -> list[int]:
    """The processes of a run that are alive, wherever they went: those that carry its id in their environment."""
    mark = b"RUNLORE_RUN=" + run.encode()
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    return [int(name) for name in names if name.isdecimal() and int(name) != os.getpid() and _carries(name, mark)]


def _carries(pid: str, mark: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = file.read().split(b"\0")
        with open(f"/proc/{pid}/stat", "rb") as file:
            state = file.read().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False  # it ended, or is not ours to look at
    return mark in variables and state not in {b"Z", b"X"}


def _kill_run(run: str, group: str) -> None:
    """Kill the command's own group, then every process that carries the run's id, wherever it went."""
    if group.isdecimal() and int(group) > 1:
        with contextlib.suppress(OSError):
            os.killpg(int(group), signal.SIGKILL)
    kill_marked(run)


if __name__ == "__main__":
    _kill_run(*sys.argv[1:3])
