"""What is to go from a remote, said long before it goes. Section 12.1 of the store format."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from runlore.errors import UnreachableError
from runlore.records.hashing import blob_digest
from runlore.store.remote import names
from runlore.store.remote.manifest import damaged
from runlore.store.remote.port import Remote, Stat

_MAGIC = b"RLMARK1\n"
MOST = 64 << 20
"""Bytes of a mark file."""


class Mark(NamedTuple):
    """A mark file: when it was written, by the remote's clock, and the names that are to go."""

    name: str
    written: float
    doomed: frozenset[str]


@runtime_checkable
class Littered(Protocol):
    """A remote on which killed writers leave something behind."""

    def unfinished(self) -> Iterator[str]:
        """What that is, by name."""


def encode(doomed: Iterable[str]) -> tuple[bytes, bytes]:
    """Id and bytes of the mark file that lists these names."""
    data = _MAGIC + b"".join([each.encode("ascii") + b"\n" for each in sorted(doomed)])
    return blob_digest(data), data


def decode(name: str, data: bytes) -> frozenset[str]:
    """The names that a mark file lists; of those that no file of ours has none.

    Raises:
        RemoteDamagedError: it is none; ``name`` is what it is called in the message.
    """
    if not data.startswith(_MAGIC) or not data.endswith(b"\n"):
        raise damaged(name)
    found = data[len(_MAGIC) :].decode("ascii", "replace").splitlines()
    return frozenset(each for each in found if names.digest_of(each) is not None and not names.is_mark(each))


def stale(marks: Iterable[Mark], there: Mapping[str, Stat]) -> set[str]:
    """The names that some mark lists, but for files that are ``there`` and were sent again since it was written."""
    found: set[str] = set()
    for mark in marks:
        found.update(name for name in mark.doomed if name not in there or there[name].written < mark.written)
    return found


def clock(remote: Remote) -> float:
    """What time it is there, in seconds since 1970.

    Raises:
        RemoteError: as `Remote.write`.
    """
    name = names.clock(os.urandom(16))
    remote.write(name, b"\n")
    found = remote.stat(name)
    remote.delete([name])
    if found is None:
        raise UnreachableError(f'"{name}" on {remote.url} was written and is not there')
    return found.written


def litter(remote: Remote, before: float) -> list[str]:
    """What killed writers and cleaners left there before that time, and no list of files shows."""
    left = [*(remote.unfinished() if isinstance(remote, Littered) else ())]
    old = [each for name in left if (each := remote.stat(name)) is not None]
    return [each.name for each in (*old, *remote.names(names.TRIALS)) if each.written < before]


def in_order(doomed: Iterable[str]) -> list[list[str]]:
    """The names in the steps in which they go: what says that something is there before it goes itself."""
    every = sorted(doomed)
    records = [each for each in every if names.is_records(each)]
    index = [each for each in every if names.is_index(each)]
    rest = [each for each in every if not each.startswith(names.INDEX + "/")]
    return [step for step in (records, index, rest) if step]
