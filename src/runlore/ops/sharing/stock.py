"""All that a remote has, as its index says and as its files are: for who cleans."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from runlore.errors import UnreachableError
from runlore.ops.sharing.bundle import Contents, unpack
from runlore.ops.sharing.link import Link, fetched, look, read_marks
from runlore.records.hashing import blob_digest
from runlore.store.pack import Place
from runlore.store.remote import cleaning, manifest, names
from runlore.store.remote.cleaning import Mark
from runlore.store.remote.known import Where
from runlore.store.remote.manifest import Blob, Manifest
from runlore.store.remote.port import Stat

_TRIES = 3


class Stock(NamedTuple):
    """What is there: the files of the index, read; and all packs and objects by name."""

    there: dict[str, Stat]
    manifests: dict[str, Manifest]
    records: dict[str, Contents]
    marks: tuple[Mark, ...]
    files: dict[str, Stat]

    @property
    def doomed(self) -> frozenset[str]:
        """The names that some mark lists."""
        return frozenset().union(*(mark.doomed for mark in self.marks))


def take_stock(link: Link) -> Stock:
    """Read it all.

    Raises:
        RemoteError: as `look`, and where others clean at the same time.
    """
    for _ in range(_TRIES):
        there = look(link, may_be_new=False)
        marks = tuple(read_marks(link, there.values()))
        stale = cleaning.stale(marks, there)
        found = Stock(there, {}, {}, marks, {})
        for name, data in fetched(link.remote, _those(there, names.is_index), manifest.MOST_INDEX, stale):
            found.manifests[name] = manifest.decode(name, data)
        for name, data in fetched(link.remote, _those(there, names.is_records), manifest.MOST_RECORDS, stale):
            found.records[name] = unpack(name, data)
        unread = there.keys() - found.manifests.keys() - found.records.keys() - {mark.name for mark in marks}
        if unread <= stale and all(map(link.remote.stat, unread)):  # these are damaged, and have not gone
            for folder in (names.PACKS, names.OBJECTS):
                found.files.update((each.name, each) for each in link.remote.names(folder))
            return found
    raise UnreachableError(f"somebody else is cleaning {link.address.url}", hint="try again in a while")


def _those(there: dict[str, Stat], wanted: Callable[[str], bool]) -> list[Stat]:
    return sorted(each for each in there.values() if wanted(each.name))


class Shelves:
    """Where objects lie on a remote, by index files that were read; files that are to go come last."""

    def __init__(self, manifests: Iterable[tuple[str, Manifest]], doomed: frozenset[str]) -> None:
        """As `Placed`. ``doomed`` are names of files that are to go."""
        self.packs: dict[bytes, list[Place]] = {}
        self.tables: dict[bytes, bytes] = {}
        self.blobs: dict[bytes, Blob] = {}
        for name, each in manifests:
            for table in each.tables:
                digest = blob_digest(table)
                if digest not in self.packs:
                    self.packs[digest], self.tables[digest] = manifest.places(name, table), table
            self.blobs.update((blob.digest, blob) for blob in each.blobs)
        self._where: dict[bytes, Where] = {}
        for digest in sorted(self.packs, key=lambda one: names.pack(one) not in doomed):
            self.put(digest, self.packs[digest])

    def put(self, pack: bytes, rows: Iterable[Place]) -> None:
        """Look for these objects in that pack."""
        self._where.update((row.digest, Where(row.digest, row.kind, pack, row.offset, row.length)) for row in rows)

    def places(self, digests: Iterable[bytes]) -> Iterator[Where]:
        """As `Placed.places`."""
        return (self._where[digest] for digest in digests if digest in self._where)

    def blob(self, digest: bytes) -> Blob | None:
        """As `Placed.blob`."""
        return self.blobs.get(digest)

    def has(self, digest: bytes) -> bool:
        """Whether an object of that id is named, whatever its kind."""
        return digest in self._where or digest in self.blobs

    def where(self, digest: bytes) -> Where | None:
        """The place of an object in a pack."""
        return self._where.get(digest)
