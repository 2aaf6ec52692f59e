"""Objects by id, each verified as it is read, from packs or loose files."""

import contextlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.hashing import AUTO_THREADS, blob_hasher
from runlore.store import loose
from runlore.store.bulk import read_objects
from runlore.store.index import Index
from runlore.store.layout import Layout
from runlore.store.pack import BLOB, DIGESTS, RECORD, TREE
from runlore.store.reading import open_plain

_KIND_NAMES = {BLOB: "blob", TREE: "tree", RECORD: "record"}


class Objects:
    """What a store holds."""

    def __init__(self, layout: Layout, index: Index) -> None:
        """``index`` must have been refreshed; a miss refreshes it again."""
        self._layout = layout
        self._index = index
        self._ahead: dict[bytes, bytes] = {}

    def has(self, digest: bytes, kind: bytes) -> bool:
        """Whether the object is here."""
        if self._index.locate(digest, kind) is not None:
            return True
        return kind == BLOB and os.path.exists(loose.path_of(self._layout.objects, digest))

    def present_trees(self, digests: Iterable[bytes]) -> set[bytes]:
        """Those of the trees that are here, asked for at once."""
        return self._index.present(digests, TREE)

    def blob(self, digest: bytes) -> bytes:
        """A blob's bytes.

        Raises:
            CorruptError: missing, or not the bytes that the id stands for.
        """
        return self._read(digest, BLOB)

    def blob_chunks(self, digest: bytes) -> Iterator[bytes]:
        """A blob's bytes in pieces, verified before the first one is given."""
        if self._index.locate(digest, BLOB) is not None:
            yield self._read(digest, BLOB)
            return
        with self._open_loose(digest) as file:
            hasher = blob_hasher(threads=AUTO_THREADS)
            while piece := file.read(loose.PIECE):
                hasher.update(piece)
            if hasher.digest() != digest:
                raise _corrupt(digest, BLOB)
            file.seek(0)
            while piece := file.read(loose.PIECE):
                yield piece

    def unverified_blob(self, digest: bytes) -> bytes | BinaryIO:
        """A blob to copy: its bytes, or of a loose one the open file, which whoever copies it must verify.

        Raises:
            CorruptError: as `blob`.
        """
        place = self._index.locate(digest, BLOB)
        if place is None and os.path.lexists(loose.path_of(self._layout.objects, digest)):
            return self._open_loose(digest)
        return self._read(digest, BLOB, place)

    def open_blob(self, digest: bytes, *, verify: bool = True) -> BinaryIO:
        """A blob as a stream that can seek; a large one is not in memory. Verified, unless that was done before.

        Raises:
            CorruptError: missing, or not the bytes that the id stands for.
        """
        if self._index.locate(digest, BLOB) is not None:
            return io.BytesIO(self._read(digest, BLOB))
        file = self._open_loose(digest)
        if verify and loose.hash_file(file.fileno())[0] != digest:
            file.close()
            raise _corrupt(digest, BLOB)
        file.seek(0)
        return file

    def absent_blobs(self, digests: Sequence[bytes]) -> list[bytes]:
        """Those of the blobs that are not here."""
        packed = self._index.present(digests, BLOB)
        return [
            digest
            for digest in digests
            if digest not in packed and not os.path.exists(loose.path_of(self._layout.objects, digest))
        ]

    def packed(self, wanted: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes, bytes | None]]:
        """Kind, id and bytes of objects, each given by kind and id, in whatever order is quick.

        ``None`` instead of the bytes of a blob that lies in no pack.

        Raises:
            CorruptError: as `blob`.
        """
        by_kind: dict[bytes, list[bytes]] = {}
        for kind, digest in wanted:
            by_kind.setdefault(kind, []).append(digest)
        for kind, digests in by_kind.items():
            seen = set()
            for digest, data in read_objects(self._layout.packs, self._index.places(digests, kind), kind):
                seen.add(digest)
                yield kind, digest, data
            for digest in dict.fromkeys(digests):
                if digest not in seen:
                    place = self._index.locate(digest, kind)
                    alone = kind == BLOB and place is None
                    yield kind, digest, None if alone else self._read(digest, kind, place)

    def packed_trees(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """As `packed_blobs`, of trees."""
        return read_objects(self._layout.packs, self._index.places(digests, TREE), TREE)

    def packed_blobs(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Id and bytes of those blobs that lie whole in packs, in the order in which they lie there."""
        return read_objects(self._layout.packs, self._index.places(digests, BLOB), BLOB)

    def tree(self, digest: bytes) -> tuple[tree.Entry, ...]:
        """A tree's entries; raises `CorruptError`."""
        try:
            return tree.decode(self._read(digest, TREE))
        except tree.MalformedTreeError as error:
            raise _corrupt(digest, TREE) from error

    def tree_data(self, digest: bytes) -> bytes:
        """A tree's bytes, which need not be well-formed; raises `CorruptError`."""
        return self._read(digest, TREE)

    def record(self, digest: bytes) -> bytes:
        """A record's canonical bytes; raises `CorruptError`."""
        return self._ahead.get(digest) or self._read(digest, RECORD)

    @contextlib.contextmanager
    def ahead(self, digests: Iterable[bytes]) -> Iterator[None]:
        """Have these records in memory for a while; together they cost half of one by one."""
        self._ahead = dict(read_objects(self._layout.packs, self._index.places(digests, RECORD), RECORD))
        try:
            yield
        finally:
            self._ahead = {}

    def _read(self, digest: bytes, kind: bytes, place: tuple[str, int, int] | None = None) -> bytes:
        place = place or self._index.locate(digest, kind)
        if place is None or not os.path.lexists(f"{self._layout.packs}/{place[0]}"):
            # It may be new, or gone with a pack that was written anew.
            self._index.refresh_packs(self._layout.packs)
            place = self._index.locate(digest, kind)
        if place is not None:
            data = self._read_packed(*place)
        elif kind == BLOB:
            with self._open_loose(digest) as file:
                data = file.read()
        else:
            raise _missing(digest, kind)
        if DIGESTS[kind](data) != digest:
            raise _corrupt(digest, kind)
        return data

    def _read_packed(self, name: str, offset: int, length: int) -> bytes:
        try:
            file = open_plain(f"{self._layout.packs}/{name}")
        except OSError:
            return b""  # which no id stands for: there are no empty trees or records, and an empty blob is itself
        try:
            return os.pread(file, length, offset)
        except OSError:
            return b""
        finally:
            os.close(file)

    def _open_loose(self, digest: bytes) -> BinaryIO:
        try:
            return open(open_plain(loose.path_of(self._layout.objects, digest)), "rb")
        except FileNotFoundError:
            raise _missing(digest, BLOB) from None
        except OSError as error:
            raise _corrupt(digest, BLOB) from error


def _missing(digest: bytes, kind: bytes) -> CorruptError:
    return CorruptError(
        f"{_KIND_NAMES[kind]} {digest.hex()} is not in the store", hint="mlrun fsck shows what else is missing"
    )


def _corrupt(digest: bytes, kind: bytes) -> CorruptError:
    return CorruptError(f"{_KIND_NAMES[kind]} {digest.hex()} is damaged", hint="mlrun fsck shows what else is affected")
