"""What the touches of a run mean: which files it read as they were before, and which it made.

A file counts as read if it was before the run itself wrote it; one that it wrote first and read later is
its own. A file that got another name is followed, and one that is gone in the end was passing.
"""

import os
import re
import stat
from collections.abc import Iterable
from typing import NamedTuple

from runlore.capture.access import touch
from runlore.capture.access.ground import ENVIRONMENT, NOISE, OUTSIDE, PROJECT, Ground
from runlore.capture.access.hosts import others, plain
from runlore.capture.access.renamed import other_names
from runlore.capture.access.touch import Touch
from runlore.capture.access.walked import walked
from runlore.capture.content import size_of, state_of

_BYTECODE = re.compile(rb"(.*/)__pycache__/([^/]+?)\.[\w-]+(?:\.opt-\w+)?\.pyc")


_LIBRARY = re.compile(rb"\.so(?:\.[\d.]+)?\Z")
"""A compiled library: outside the project it belongs to some installed program."""


class Seen(NamedTuple):
    """A file that a run read or made.

    ``state`` is that at the moment it was first read, of what was made that at the end. The bytes are found
    at ``where``: at ``path``, or where they were set aside before they were written over; empty if nowhere.
    ``reread`` is whether the run read what it had made, ``added`` whether it left in the file what was there before,
    ``keeps`` whether it would have.
    """

    path: bytes
    state: bytes
    where: bytes
    reread: bool = False
    added: bool = False
    keeps: bool = False


class Meaning(NamedTuple):
    """What a run did, by path and sorted.

    ``packages`` are the files of the environment that were read, from which follows what was imported;
    ``folders`` those outside the environment whose entries were listed, `walked`; ``network`` the hosts; ``lost`` says
    why the observer missed things, if it did. ``processes`` are the touches of those kinds as they came.
    """

    inputs: tuple[Seen, ...]
    outputs: tuple[Seen, ...]
    packages: tuple[bytes, ...]
    folders: tuple[bytes, ...]
    network: tuple[str, ...]
    lost: tuple[str, ...]
    processes: tuple[Touch, ...]


def understand(touches: Iterable[Touch], ground: Ground, saved: bytes) -> Meaning:
    """What ``touches`` mean on this ``ground``; what was set aside lies in the folder ``saved``."""
    story = _Story()
    for each in touches:
        story.take(each)
    ground = ground.with_interpreters(story.files)
    for path in {each.path for each in story.processes if each.kind == touch.EXEC}:
        if ground.kind(path) == PROJECT:  # elsewhere a program is part of the machine; a script is read as well
            story.run(path)
    story.find_other_names(ground)
    holders = {os.path.dirname(path) for path in story.files}
    inputs, outputs, packages = [], [], []
    for path, file in sorted(story.files.items()):
        kind = ground.kind(path)
        if kind == ENVIRONMENT or (kind == OUTSIDE and _LIBRARY.search(path)):
            packages.append(path)
            continue
        if kind == NOISE:
            continue
        now = _state(path)
        # What is gone, was not looked at and held files was a folder: it is opened like a file to be deleted.
        if file.read is not None and (file.read or now or path not in holders):
            inputs.append(Seen(path, file.read, _where(path, file, now, saved)))
        if now and file.written and now != file.untouched:
            added = bool(file.untouched) and file.read is None
            outputs.append(Seen(path, now, path, file.reread, added, file.keeps))
    modules = {os.path.dirname(path) for path in story.files if path.endswith(b".py")}  # importing lists the folder
    folders = {path for path in story.folders - modules if ground.kind(path) not in {ENVIRONMENT, NOISE}}
    return Meaning(
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        packages=tuple(packages),
        folders=tuple(sorted(walked(folders - {ground.top}))),
        network=others(story.hosts, story.addresses),
        lost=tuple(dict.fromkeys(map(plain, story.lost))),
        processes=tuple(story.processes),
    )


class _File:
    """The story of one path.

    ``untouched`` is its state if it was opened for writing and then perhaps left alone, ``opened`` the one that it was
    in when that was done last. ``keeps`` is whether no open to write has emptied it.
    """

    __slots__ = ("keeps", "opened", "read", "reread", "saved", "untouched", "written")

    def __init__(self) -> None:
        self.read: bytes | None = None
        self.reread = self.written = self.keeps = False
        self.saved = self.untouched = self.opened = b""


class _Story:
    """Touches one after the other."""

    def __init__(self) -> None:
        self.files: dict[bytes, _File] = {}
        self.folders: set[bytes] = set()
        self.hosts: set[bytes] = set()
        self.addresses: set[bytes] = set()
        self.lost: list[bytes] = []
        self.processes: list[Touch] = []

    def take(self, each: Touch) -> None:
        """What happened next."""
        kind = each.kind
        if kind in touch.OF_PROCESSES:
            self.processes.append(each)
        elif kind == touch.READ:
            source = _source(each.path)
            self._read(source, each.state if source == each.path else b"")
        elif kind in {touch.WRITE, touch.UPDATE}:
            self._write(each)
        elif kind in {touch.RENAME, touch.LINK}:
            (self._rename if kind == touch.RENAME else self._link)(each)
        elif kind == touch.SAVED:
            file = self._file(each.path)
            file.saved = file.saved or each.other
        elif kind == touch.LIST:
            self.folders.add(each.path)
        elif kind == touch.RESOLVE:
            self.hosts.add(each.path)
        elif kind == touch.CONNECT:
            self.addresses.add(each.path)
        elif kind == touch.LOST:
            self.lost.append(each.path)

    def find_other_names(self, ground: Ground) -> None:
        """Take in the names that files got unseen."""
        made = {path: file.opened for path, file in self.files.items() if file.written}
        for source, target in other_names(made, ground.temporary):
            file = self._file(target)
            file.written, file.untouched = True, b""
            file.reread |= self.files[source].reread

    def run(self, path: bytes) -> None:
        """A program counts as read, though nobody opened it."""
        self._read(path, b"")

    def _file(self, path: bytes) -> _File:
        return self.files.setdefault(path, _File())

    def _read(self, path: bytes, state: bytes) -> None:
        file = self._file(path)
        if file.written and not file.untouched:
            file.reread = True
        elif file.read is None:
            file.read = state

    def _write(self, each: Touch) -> None:
        file = self._file(each.path)
        # What it held before is still in it. Only if it can be read does the run depend on it: a log to which
        # each run adds its lines would make every run another experiment.
        if not (file.written or each.fresh) and each.state and size_of(each.state):
            file.untouched = each.state
            if each.kind == touch.UPDATE and file.read is None:
                file.read = each.state
        elif file.written and each.kind == touch.UPDATE and not each.fresh:
            file.reread = True
        else:
            file.untouched = b""
        file.keeps = each.keeps and (file.keeps or not file.written)
        file.written = True
        file.opened = each.state

    def _rename(self, each: Touch) -> None:
        """The file, or all files below the folder, have another name now; what had it before is gone."""
        source, target = each.path, each.other
        below = source + b"/"
        moved = [source] if source in self.files else [path for path in self.files if path.startswith(below)]
        for path in moved or [source]:
            before, name = self.files.pop(path, None), target + path[len(source) :]
            after = self._file(name)
            after.written, after.untouched, after.keeps = True, b"", False
            if before is not None:
                after.reread |= before.reread
                after.opened = before.opened
            if before is not None and before.read is not None and not before.written:
                # It was there before the run, and was read: under its old name, where it can no longer be found.
                self._file(path).read = before.read
                self._file(path).saved = before.saved

    def _link(self, each: Touch) -> None:
        """The file has one more name now: an output, and if the run did not make the file, that is an input."""
        before, after = self.files.get(each.path), self._file(each.other)
        after.written, after.untouched, after.opened = True, b"", each.state
        if before is not None and before.written and not before.untouched:
            after.reread |= before.reread
        elif before is not None or os.path.lexists(each.path):  # a file that has no name can get one as well
            self._file(each.path).read = b""  # a link that comes or goes looks like a change of the file


def _source(path: bytes) -> bytes:
    """The module's source for what was compiled from it."""
    found = _BYTECODE.fullmatch(path)
    return path if found is None else found[1] + found[2] + b".py"


def _where(path: bytes, file: _File, now: bytes, saved: bytes) -> bytes:
    """Where the bytes that were read can be found."""
    if now and (now == file.read or not (file.written and now != file.untouched)):
        return path  # if somebody else changed it meanwhile, its state tells
    return saved + b"/" + file.saved if file.saved else b""


def _state(path: bytes) -> bytes:
    """The state of a regular file; nothing for anything else."""
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError:
        return b""
    return state_of(found) if stat.S_ISREG(found.st_mode) else b""
