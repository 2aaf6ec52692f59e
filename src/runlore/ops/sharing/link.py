"""Which remote is meant, and the connection to it."""

import contextlib
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from runlore.errors import FormatError, NoSuchRemoteError, RemoteError, RemoteMissingError
from runlore.ops.counted import Progress
from runlore.records.hashing import blob_digest
from runlore.records.phrases import named
from runlore.records.portions import portions
from runlore.store import settings
from runlore.store.remote import cleaning, manifest, names
from runlore.store.remote.cleaning import Mark
from runlore.store.remote.crew import crew
from runlore.store.remote.known import Known
from runlore.store.remote.opening import connect
from runlore.store.remote.port import Remote, Stat
from runlore.store.remote.url import SSH, Address, parse
from runlore.store.store import Store

VERSION = 1
FORMAT = b"runlore-remote = 1\nhash = blake3\nmust-understand =\nmay-ignore =\n"
_ORIGIN = "origin"
_LONGEST_FORMAT = 4096
_LONGEST_NAME = 40
_AT_ONCE = 16
"""Index files that are fetched together."""


class Link(NamedTuple):
    """An open remote: what it is called here, where it is, and what is known of it."""

    name: str
    address: Address
    remote: Remote
    known: Known


def remotes(store: Store) -> dict[str, str]:
    """The URLs of the remotes by name."""
    values = settings.read(store.layout)
    section = settings.REMOTE + "."
    return {key.removeprefix(section): text for key, text in sorted(values.items()) if key.startswith(section)}


def choose(store: Store, name: str | None) -> tuple[str, Address]:
    """The remote of that name; without one the only remote there is, or `origin`.

    Raises:
        NoSuchRemoteError: none is meant.
    """
    found = remotes(store)
    if not found:
        raise NoSuchRemoteError("no remote is set up", hint="mlrun remote add origin URL")
    if name is None:
        if len(found) > 1 and _ORIGIN not in found:
            raise NoSuchRemoteError("several remotes are set up", hint=f"choose one with -r: {', '.join(found)}")
        name = _ORIGIN if _ORIGIN in found else next(iter(found))
    if name not in found:
        raise NoSuchRemoteError(f'no remote is named "{name}"', hint=f"there are {named(list(found))}")
    return name, parse(found[name], os.path.dirname(store.layout.root))


@contextlib.contextmanager
def linked(store: Store, name: str, address: Address, environ: Mapping[str, str]) -> Iterator[Link]:
    """The connection to a remote."""
    remote = connect(address, environ, ask=has_terminal())
    known = Known(store.layout, address.url)
    try:
        yield Link(name, address, remote, known)
    finally:
        known.close()
        remote.close()


def has_terminal() -> bool:
    """Whether ssh could ask somebody for a passphrase: it opens the terminal by itself, whatever our streams are."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def say_asking(link: Link, progress: Progress) -> None:
    """Say that the remote is asked what it has. Of ssh at a terminal nothing: it may have to ask somebody."""
    name = link.name if len(link.name) <= _LONGEST_NAME else "the remote"
    progress("" if link.address.scheme == SSH and has_terminal() else f"asking {name}", 0, 0)


def look(link: Link, *, may_be_new: bool) -> dict[str, Stat]:
    """What is in the remote's index now, by name.

    Raises:
        FormatError: it was written by a newer mlrun, or is no remote of ours.
        RemoteError: nothing was ever pushed there, unless it ``may_be_new``.
    """
    there = {each.name: each for each in link.remote.names(names.INDEX) if names.digest_of(each.name)}
    found = link.remote.stat(names.FORMAT)
    if found is None and may_be_new:
        return {}
    if found is None:
        hint = "see whether the URL is right; the first mlrun push fills it"
        raise RemoteError(f"nothing was pushed to {link.address.url} yet", hint=hint)
    check_format(link.remote.read(names.FORMAT, 0, min(found.size, _LONGEST_FORMAT)), link.address.url)
    return there


def check_format(data: bytes, url: str) -> None:
    """Return if this version can read and write the remote; raises `FormatError`."""
    lines = data.decode("ascii", "replace").splitlines()
    fields = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    version = fields.get("runlore-remote", "")
    if not re.fullmatch("[0-9]{1,9}", version):
        raise FormatError(f"{url} is not a remote of ours: its format file says something else")
    if int(version) > VERSION or fields.get("hash", "blake3") != "blake3" or fields.get("must-understand"):
        raise FormatError(f"{url} needs a newer mlrun", hint="pip install --upgrade runlore")


def learn(link: Link, there: Mapping[str, Stat]) -> None:
    """Take in the index files that are new, so that it is known which objects and runs the remote has.

    What a push that was interrupted has sent is asked for file by file: no index file says that it is still there,
    and the remote may have been emptied or be another one since.
    """
    sent = link.known.noted_files()
    if sent:
        with crew(link.remote) as pool:
            if not all(pool.map(link.remote.stat, sent)):
                link.known.forget_noted()
    present = set(there)
    fresh = [there[name] for name in link.known.agree(present)]
    for mark in read_marks(link, fresh):
        link.known.take_mark(mark)
    stale = link.known.stale(there)
    index = [each for each in fresh if names.is_index(each.name)]
    for name, data in fetched(link.remote, index, manifest.MOST_INDEX, stale):
        link.known.take(name, manifest.decode(name, data), present, stale)


def read_marks(link: Link, files: Iterable[Stat]) -> Iterator[Mark]:
    """Those of the files that are marks, read."""
    marks = {each.name: each for each in files if names.is_mark(each.name)}
    for name, data in fetched(link.remote, list(marks.values()), cleaning.MOST):
        yield Mark(name, marks[name].written, cleaning.decode(name, data))


class Stale:
    """The files that marks list, as `cleaning.stale`; the marks are read when that is first asked."""

    def __init__(self, link: Link, there: Mapping[str, Stat]) -> None:
        self._link = link
        self._there = there
        self._found: set[str] | None = None

    def __contains__(self, name: object) -> bool:
        if self._found is None:
            self._found = cleaning.stale(read_marks(self._link, self._there.values()), self._there)
        return name in self._found


def fetched(remote: Remote, files: list[Stat], most: int, stale: Container[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Name and verified bytes of files in the remote's index, in their order. What goes meanwhile is left out.

    So is what is damaged of those that are ``stale``: a mark lists them, and what was in them was sent again.

    Raises:
        RemoteDamagedError: one has not the bytes of its name, or more than ``most``.
    """
    for each in files:
        if each.size > most and each.name not in stale:
            raise manifest.damaged(each.name)
    files = [each for each in files if each.size <= most]
    with crew(remote) as pool:
        # So many at a time that they fit into memory together.
        for some in portions(files, attrgetter("size"), manifest.MOST_INDEX, count=_AT_ONCE):
            for each, data in zip(some, pool.map(lambda one: _read(remote, one), some), strict=True):
                if data is None:
                    continue
                if blob_digest(data) == names.digest_of(each.name):
                    yield each.name, data
                elif each.name not in stale:
                    raise manifest.damaged(each.name)


def _read(remote: Remote, each: Stat) -> bytes | None:
    try:
        return remote.read(each.name, 0, each.size)
    except RemoteMissingError:
        return None  # somebody is cleaning: what was in it is in a newer file
