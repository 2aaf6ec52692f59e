"""How a tool behaves around the command: exit status, terminal, signals, what is on record of a run that went wrong."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

from measure import Command, run
from peers.peer import Peer
from peers.place import WRITES, Place, Script, unharmed
from peers.table import Table
from peers.turns import Effort

_TIMEOUT = 120
_PATIENCE = 10
_FAILS = Script("import sys", "sys.exit(3)")
_LOOKS = "with open({seen!r}, 'w') as file:\n    file.write(str(sys.stdout.isatty()))\n"
_WAITS = (
    "with open({pid!r}, 'w') as file:\n    file.write(str(os.getpid()))\nfor each in range(600):\n    time.sleep(0.1)\n"
)
_WORKS = Script("import time", f"time.sleep(0.5)\n{WRITES}print('trained')")
ROWS = (
    "the script exits with 3: exit status",
    "the script exits with 3: on record",
    "the script sees a terminal",
    "SIGTERM to the wrapper: the script",
    "SIGTERM to the wrapper: on record",
    "4 runs at once in a new folder",
    "4 at once where one has run",
)


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    del effort
    columns = {peer.title: _column(peer, f"{folder}/{peer.name}") for peer in peers}
    lines = [(text, *(column[at] for column in columns.values())) for at, text in enumerate(ROWS)]
    yield Table("Behaviour", ("", *columns), lines)


def _column(peer: Peer, folder: str) -> list[str]:
    cells: list[str] = []
    for number, trial in enumerate((_failing, _terminal, _terminated, _first, _later)):
        print(f"  {peer.name}, {trial.__name__[1:]}", file=sys.stderr, flush=True)
        try:
            cells += trial(peer, f"{folder}/{number}")
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            cells += [" ".join(str(error).split())[-80:]] * (2 if trial in (_failing, _terminated) else 1)
        unharmed(peer.name)
    return cells


def _project(peer: Peer, folder: str, script: Script) -> Place:
    place = peer.project(folder, peer.script(script))
    peer.set_up(place)
    return place


def _failing(peer: Peer, folder: str) -> list[str]:
    place = _project(peer, folder, _FAILS)
    with _started(peer, place) as process:
        return [str(process.wait(_TIMEOUT)), _states(peer, place)]


def _terminal(peer: Peer, folder: str) -> list[str]:
    seen = f"{folder}/seen"
    place = _project(peer, folder, Script("import sys, time", WRITES + _LOOKS.format(seen=seen)))
    run(Command(peer.track(place), place.top, place.variables, terminal=True))
    with open(seen, encoding="ascii") as file:
        return ["yes" if file.read() == "True" else "no"]


def _terminated(peer: Peer, folder: str) -> list[str]:
    noted = f"{folder}/pid"
    place = _project(peer, folder, Script("import os, time", _WAITS.format(pid=noted)))
    with _started(peer, place) as process:
        child = _child(noted, process)
        try:
            time.sleep(1)
            os.kill(process.pid, signal.SIGTERM)
            return [_fate(child, process), _states(peer, place)]
        finally:
            for kill, number in ((os.kill, child), (os.killpg, process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    kill(number, signal.SIGKILL)


def _child(noted: str, process: "subprocess.Popen[bytes]") -> int:
    """The process that trains, once it has said so."""
    until = time.monotonic() + _TIMEOUT
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(FileNotFoundError, ValueError), open(noted, encoding="ascii") as file:
            return int(file.read())
        time.sleep(0.05)
    raise RuntimeError("the script did not start")


def _fate(child: int, process: "subprocess.Popen[bytes]") -> str:
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        return "goes on, and so does the wrapper"
    if child == process.pid:
        return "ends: it is the same process"
    until = time.monotonic() + 2
    while time.monotonic() < until:
        if not _alive(child):
            return "ends"
        time.sleep(0.05)
    return "goes on, an orphan"


def _alive(process: int) -> bool:
    """Whether it runs; one that only waits to be collected does not."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _first(peer: Peer, folder: str) -> list[str]:
    return _together(peer, _project(peer, folder, _WORKS))


def _later(peer: Peer, folder: str) -> list[str]:
    """The first run makes the store; what can go wrong then is left out."""
    place = _project(peer, folder, _WORKS)
    place.call(*peer.track(place))
    return _together(peer, place)


def _together(peer: Peer, place: Place) -> list[str]:
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(_started(peer, place)) for _ in range(4)]
        statuses = [process.wait(_TIMEOUT) for process in processes]
    return [f"{statuses.count(0)} exit with 0; on record: {_states(peer, place)}"]


def _states(peer: Peer, place: Place) -> str:
    try:
        found = Counter(peer.states(place))
    except (RuntimeError, sqlite3.Error):
        return "the store cannot be read"
    return ", ".join(f"{count} {state}" if count > 1 else state for state, count in found.items()) or "nothing"


def _started(peer: Peer, place: Place) -> "subprocess.Popen[bytes]":
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        peer.track(place), cwd=place.top, env=place.variables, stdin=quiet, stdout=quiet, stderr=quiet,
        start_new_session=True,
    )  # fmt: skip
