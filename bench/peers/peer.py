"""What a benchmark asks of a tracker. A tool that has no such thing leaves the method alone: it says ``Absent``."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from peers.contents import files
from peers.environments import Environment
from peers.place import Place, Script, make


class Absent(Exception):  # noqa: N818 - no error: a fact about a tool, shown in the table
    """The tool has nothing of the kind; the message says what it has instead, if anything."""


class Action(NamedTuple):
    """A command to measure, what is done before each time without being measured, and where it is another folder."""

    argv: Sequence[str]
    before: Callable[[], object] | None = None


class Peer:
    """A tracker in its environment. Methods take a place that `place.make` and then `set_up` have made."""

    name: ClassVar[str]
    title: ClassVar[str]
    wraps: ClassVar[bool] = True
    """Whether a command of it starts the script; otherwise the script calls it."""
    imported: ClassVar[bool] = False
    """Whether it runs in the interpreter that trains, which then has to have its packages."""
    many_points: ClassVar[int] = 10_000
    """How many points are logged to know what one costs."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.folder = environment.folder

    def program(self, name: str | None = None) -> str:
        return self.environment.program(name or self.name)

    def project(self, folder: str, text: str, modules: int = 10) -> Place:
        """A new project whose ``train.py`` is ``text``."""
        return make(folder, self.environment, text, modules, imported=self.imported)

    def script(self, script: Script) -> str:
        """The text of ``train.py`` as its users write it."""
        return script.plain()

    def set_up(self, place: Place) -> None:
        """What is done once in a repository, committed if it is meant to be."""

    def track(self, place: Place) -> Sequence[str]:
        """The command of a tracked run of ``train.py``."""
        raise NotImplementedError

    def kept(self, place: Place) -> Iterator[bytes]:
        """Everything that its store holds after a run, unpacked."""
        raise NotImplementedError

    def states(self, place: Place) -> list[str]:
        """What it says of each run on record."""
        raise NotImplementedError

    def help(self) -> Sequence[str]:
        return (self.program(), "--help")

    def data(self, place: Place, *, first: bool) -> Action:
        """Take in ``data/``, as something never seen before or as unchanged."""
        del place, first
        raise Absent

    def many(self, place: Place, count: int) -> None:
        """Put so many runs on record in a project not yet set up, with parameters and metrics where it has them."""
        self.set_up(place)
        for _ in range(count):
            place.call(*self.track(place))

    many_at_once: ClassVar[bool] = False
    """Whether `many` makes a thousand in a minute or so."""

    def list(self, place: Place) -> Sequence[str]:
        """The command that shows all runs."""
        del place
        raise Absent

    def points(self, count: int) -> Script:
        """A script that logs so many points of one metric."""
        del count
        raise Absent

    def push(self, place: Place, remote: str) -> Action:
        """Send what a run kept of ``data/`` to an empty folder."""
        del place, remote
        raise Absent


def below(*folders: str) -> Iterator[bytes]:
    """All files below some folders, unpacked."""
    for folder in folders:
        if os.path.exists(folder):
            yield from files(folder)
