"""The ways to watch a run, each put before a real command."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from runlore.capture.access import touch
from runlore.capture.access.ladder import observer_of, pick
from runlore.capture.access.observer import Observer, Place
from runlore.capture.access.touch import Touch
from runlore.capture.content import size_of
from runlore.errors import UsageError
from runlore.probe.path import child_pythonpath

RUNGS = ("native", "strace", "python")
LIMIT = 1 << 16


@dataclass(frozen=True)
class Watched:
    """A command that has ended, and who watched it."""

    observer: Observer
    status: int
    out: str
    touches: tuple[Touch, ...]

    def paths(self, kind: str) -> list[bytes]:
        return [each.path for each in self.touches if each.kind == kind]


@dataclass(frozen=True)
class Run:
    """A folder to work in, and one for the observer's files."""

    work: Path
    folder: Path

    @property
    def place(self) -> Place:
        return Place(str(self.folder), str(self.folder / "saved"), LIMIT)

    def environ(self) -> dict[str, str]:
        journal = self.folder / "journal"
        journal.touch()
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.work),
            "LC_ALL": "C.UTF-8",
            "RUNLORE_JOURNAL": str(journal),
            "PYTHONPATH": child_pythonpath(None),
        }

    def start(self, how: str, *argv: str) -> tuple[Observer, Sequence[str], dict[str, str]]:
        """Who watches, what to start instead of ``argv``, and with which variables; skips what cannot be here."""
        environ = self.environ()
        if how != "python":
            time.sleep(0.01)  # what was made before is older than the run, by the filesystem's own clock
        try:
            rung = pick(how, argv[0], environ).rung
        except UsageError as error:
            pytest.skip(error.message)
        observer = observer_of(rung, self.place, time.time_ns(), program=argv[0], environ=environ)
        assert observer.name == how
        return observer, observer.command(argv), observer.environ(environ)

    def watch(self, how: str, *argv: str) -> Watched:
        """What is seen of ``argv``; the first word is the path of a program."""
        observer, command, environ = self.start(how, *argv)
        done = subprocess.run(
            command,
            cwd=self.work,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        return Watched(observer, done.returncode, done.stdout, tuple(observer.touches()))

    def script(self, how: str, source: str) -> Watched:
        """What is seen of a Python script."""
        script = self.folder / "script.py"
        script.write_text(source)
        return self.watch(how, sys.executable, str(script))

    def facts(self, watched: Watched) -> set[tuple[str, ...]]:
        """What was seen of the working folder: reads and writes and the like, with relative names."""
        found = {fact for each in watched.touches for fact in _facts(each)}
        return {names for names in (self._below(fact) for fact in found) if names is not None}

    def _below(self, fact: tuple[str, bytes, bytes]) -> tuple[str, ...] | None:
        top = os.fsencode(os.path.realpath(self.work)) + b"/"
        kind, path, other = fact
        if not (path + b"/").startswith(top):
            return None
        return (kind, *(os.fsdecode((each + b"/")[len(top) : -1]) for each in (path, other) if each))


def _facts(each: Touch) -> list[tuple[str, bytes, bytes]]:
    if each.kind == touch.SAVED:
        return []
    if each.kind == touch.UPDATE:
        reads = [("read", each.path, b"")] if each.state and size_of(each.state) else []
        return [*reads, ("write", each.path, b"")]
    return [(each.kind, each.path, each.other if each.kind in {touch.RENAME, touch.LINK} else b"")]
