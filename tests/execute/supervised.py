"""A supervisor in a process of its own, to send signals to, to kill, and to ask how its command ended."""

import json
import os
import pathlib
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

DRIVER = os.path.join(os.path.dirname(__file__), "driver.py")
LONG = 60.0
"""Seconds after which a test gives up: far more than anything takes, on a machine under load too."""


def until(condition: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 - whatever the condition gives
    """The first true value of ``condition``."""
    end = time.monotonic() + LONG
    while not (value := condition()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.005)
    return value


def alive(pid: int) -> bool:
    """Whether a process runs: it is there, and has not ended without anybody waiting for it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in {b"Z", b"X"}
    except OSError:
        return False


def state(pid: int) -> str:
    """The state letter of a process."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[0].decode()


def read_until(descriptor: int, wanted: bytes, shown: bytes = b"") -> bytes:
    """Everything read from ``descriptor`` after ``shown``, up to ``wanted`` at least."""
    end = time.monotonic() + LONG
    while wanted not in shown:
        ready, _, _ = select.select([descriptor], (), (), max(0.0, end - time.monotonic()))
        assert ready, f"waited in vain for {wanted!r}, got {shown[-2000:]!r}"
        try:
            data = os.read(descriptor, 1 << 16)
        except OSError:  # Linux ends a terminal that nobody holds with EIO
            data = b""
        assert data, f"ended before {wanted!r}, with {shown[-2000:]!r}"
        shown += data
    return shown


class Lab:
    """A folder in which commands are supervised."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.log_path = folder / "log"
        self._outcome = folder / "outcome"

    def line(self, *argv: str, **options: Any) -> list[str]:  # noqa: ANN401 - numbers and texts
        """The command line of a supervisor that runs ``argv``."""
        given = {"log": str(self.log_path), "outcome": str(self._outcome), **options}
        return [sys.executable, DRIVER, json.dumps(given), *argv]

    def start(self, *argv: str, options: dict[str, Any] | None = None, **given: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - as Popen takes them
        """A supervisor with no terminal; ``given`` is for its own Popen."""
        given = {"stdin": subprocess.DEVNULL, "start_new_session": True, "cwd": self.folder, **given}
        return subprocess.Popen(self.line(*argv, **(options or {})), **given)

    def run(self, *argv: str, data: bytes | None = None, **given: Any) -> subprocess.CompletedProcess[bytes]:  # noqa: ANN401 - as Popen takes them
        """Supervise to the end, with ``data`` on standard input."""
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **given}
        if data is not None:
            given["stdin"] = subprocess.PIPE
        with self.start(*argv, **given) as process:
            try:
                out, err = process.communicate(data, LONG)
            finally:
                process.kill()
        return subprocess.CompletedProcess(argv, process.returncode, out, err)

    @property
    def outcome(self) -> dict[str, Any]:
        """What the supervisor said in the end."""
        return dict(json.loads(self._outcome.read_text("ascii")))

    @property
    def outcome_rows(self) -> list[list[Any]]:
        """What it said meanwhile of the run's use."""
        return list(json.loads((self.folder / "outcome.rows").read_text("ascii")))

    @property
    def warnings(self) -> list[str]:
        """The codes of its warnings."""
        return [code for code, _ in self.outcome["warnings"]]

    @property
    def log(self) -> bytes:
        return self.log_path.read_bytes()

    def patch(self, *lines: str) -> str:
        """A PYTHONPATH with which a supervisor runs these lines first."""
        place = self.folder / "patch"
        place.mkdir()
        (place / "sitecustomize.py").write_text("\n".join(lines) + "\n")
        return os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH"))))

    def wait_for(self, name: str) -> str:
        """What a process wrote into the file ``name``, once there is a whole line in it."""
        path = self.folder / name
        return str(until(lambda: path.exists() and path.read_text().endswith("\n") and path.read_text(), name)).strip()


def script(*lines: str) -> Sequence[str]:
    """A Python program as a command."""
    return (sys.executable, "-IS", "-c", "\n".join(lines))
