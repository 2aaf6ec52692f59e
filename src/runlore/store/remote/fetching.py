"""Objects on their way from a remote: whole packs or ranges of them, each object verified before it is kept."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from runlore.errors import RemoteDamagedError, RemoteMissingError
from runlore.records import tree
from runlore.store.pack import BLOB, TREE
from runlore.store.remote import names
from runlore.store.remote.crew import crew
from runlore.store.remote.known import Where
from runlore.store.remote.manifest import LEAST_SEGMENT, MOST_SEGMENT, Blob
from runlore.store.remote.pace import Pace
from runlore.store.remote.port import Remote

_GAP = 64 << 10
"""Bytes that are read in vain rather than asked for around: a request costs more."""
_LONGEST = 16 << 20
"""Bytes of one request, and with the workers what is in memory."""
_AT_ONCE = 4
_MOST_PACKED = 48 << 20
"""Bytes of a tree with a million entries. A longer object would not fit into memory."""
_TOGETHER = 64 << 20
"""Bytes of packs that are asked for at once; a single object may be longer."""


class Placed(Protocol):
    """Who knows where objects lie on the remote."""

    def places(self, digests: Iterable[bytes]) -> Iterator[Where]:
        """Where those of the objects lie that lie in packs."""

    def blob(self, digest: bytes) -> Blob | None:
        """A large blob that is there."""


class Sink(Protocol):
    """What objects are brought into, which verifies them."""

    def add_object(self, kind: bytes, digest: bytes, data: bytes) -> bool:
        """Keep an object; False if it has not the id it should have."""

    def add_pieces(self, digest: bytes, pieces: Iterable[bytes]) -> bool:
        """Keep a large blob that comes in pieces; otherwise as `add_object`."""


class _Range(NamedTuple):
    """A part of a pack that is asked for at once, and the objects that lie in it."""

    pack: bytes
    start: int
    length: int
    objects: tuple[Where, ...]


def fetch(
    remote: Remote,
    known: Placed,
    wanted: Mapping[tuple[bytes, bytes], int],
    writer: Sink,
    on_bytes: Callable[[int], None],
) -> list[tuple[bytes, bytes]]:
    """Bring objects, each its kind and id, into the batch ``writer``; those that the remote does not have.

    That its index says so and the file is gone is the same: the others come.

    ``wanted`` says how long each is, 0 where that is not known: what a stranger says of it is not believed.

    Raises:
        RemoteDamagedError: what it gives for one of them is not that object.
        RemoteError: as `Remote.read`.
    """
    left = set(wanted)
    kinds = {digest: kind for kind, digest in left}
    found = [each for each in known.places(kinds) if kinds[each.digest] == each.kind]
    for each in found:
        if each.length > _MOST_PACKED:
            raise _wrong(each.digest)
    pace = Pace(remote, on_bytes)
    with crew(remote, _AT_ONCE) as pool:
        for some in _few(list(_ranges(found))):
            flying = [(part, pool.submit(_read, remote, part)) for part in some]
            for part in some:
                pace.begin(part.length)
            for part, future in flying:
                data = pace.wait(future)
                pace.end(part.length)
                if data is None:
                    continue
                _unpack(part, data, writer)
                left -= {(each.kind, each.digest) for each in part.objects}
        for kind, digest in sorted(left):
            blob = known.blob(digest) if kind == BLOB else None
            if blob is not None:
                if wanted[kind, digest] not in {0, blob.size}:
                    raise _wrong(digest)
                with contextlib.suppress(RemoteMissingError):
                    _fetch_large(remote, blob, writer, pool, pace)
                    left.discard((kind, digest))
    return sorted(left)


def _ranges(found: Iterable[Where]) -> Iterator[_Range]:
    """The requests by which these objects are had: neighbours together."""
    for digest, group in groupby(sorted(found, key=attrgetter("pack", "offset")), key=attrgetter("pack")):
        some: list[Where] = []
        for each in group:
            if some and (each.offset > _end(some) + _GAP or each.offset + each.length - some[0].offset > _LONGEST):
                yield _range(digest, some)
                some = []
            some.append(each)
        yield _range(digest, some)


def _end(some: Sequence[Where]) -> int:
    return some[-1].offset + some[-1].length


def _range(digest: bytes, some: Sequence[Where]) -> _Range:
    return _Range(digest, some[0].offset, _end(some) - some[0].offset, tuple(some))


def _few(ranges: Sequence[_Range]) -> Iterator[Sequence[_Range]]:
    some: list[_Range] = []
    size = 0
    for each in ranges:
        if some and (len(some) == _AT_ONCE or size + each.length > _TOGETHER):
            yield some
            some, size = [], 0
        some.append(each)
        size += each.length
    if some:
        yield some


def _read(remote: Remote, wanted: _Range) -> bytes | None:
    """``None`` if the pack is gone."""
    try:
        return remote.read(names.pack(wanted.pack), wanted.start, wanted.length)
    except RemoteMissingError:
        return None


def _unpack(wanted: _Range, data: bytes, writer: Sink) -> None:
    for each in wanted.objects:
        at = each.offset - wanted.start
        if each.kind == TREE:
            _check_tree(each.digest, data[at : at + each.length])
        if not writer.add_object(each.kind, each.digest, data[at : at + each.length]):
            raise _wrong(each.digest)


def _check_tree(digest: bytes, data: bytes) -> None:
    """An id stands for any bytes: a stranger's need not be a folder."""
    try:
        tree.decode(data)
    except tree.MalformedTreeError as error:
        raise _wrong(digest, str(error)) from error


def _fetch_large(remote: Remote, blob: Blob, writer: Sink, pool: ThreadPoolExecutor, pace: Pace) -> None:
    def pieces() -> Iterator[bytes]:
        parts = blob.parts
        left = blob.size
        for at in range(0, len(parts), _AT_ONCE):
            flying = [pool.submit(_segment, remote, part) for part in parts[at : at + _AT_ONCE]]
            about = min(left, MOST_SEGMENT * len(flying)) // len(flying)
            for _ in flying:
                pace.begin(about)
            for future in flying:
                piece = pace.wait(future)
                left -= len(piece)
                if left < 0 or (left and len(piece) < LEAST_SEGMENT):
                    raise _wrong(blob.digest)
                pace.end(about)
                yield piece

    if not writer.add_pieces(blob.digest, pieces()):
        raise _wrong(blob.digest)


def _segment(remote: Remote, digest: bytes) -> bytes:
    """A segment, or a blob that is whole; the whole is verified by who puts it together."""
    name = names.blob(digest)
    found = remote.stat(name)
    if found is None:
        raise RemoteMissingError(f'"{name}" is missing on the remote')
    if found.size > MOST_SEGMENT:
        raise _wrong(digest)
    return remote.read(name, 0, found.size)


def _wrong(digest: bytes, why: str = "") -> RemoteDamagedError:
    hint = "nothing of it was kept; mlrun fsck REMOTE shows what else is damaged"
    return RemoteDamagedError(f"object {digest.hex()} on the remote is damaged{why and ': '}{why}", hint=hint)
