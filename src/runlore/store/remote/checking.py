"""Check the packs and large blobs of a remote: that each is there, and what its name says. Writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from runlore.errors import RemoteDamagedError, RemoteMissingError
from runlore.records import tree
from runlore.records.hashing import blob_digest, blob_hasher
from runlore.store import pack
from runlore.store.pack import BLOB, DIGESTS, TREE, Place
from runlore.store.problem import ERROR, WARNING, Problem
from runlore.store.remote import cleaning, names
from runlore.store.remote.cleaning import Mark
from runlore.store.remote.crew import crew
from runlore.store.remote.manifest import Blob, Manifest, places
from runlore.store.remote.pace import Pace
from runlore.store.remote.port import Remote

AGAIN = "mlrun push sends it again, if the run is here; else, where it is: mlrun fsck REMOTE, mlrun push"
_AT_ONCE = 4
_MOST = 64 << 20
"""Bytes of a pack, or of a segment."""


class FileCheck:
    """One look at all packs and large blobs that index files name. Afterwards it knows which objects are there."""

    def __init__(
        self,
        remote: Remote,
        checked: Counter[str],
        on_file: Callable[[int], None],
        expect: Callable[[int], None],
        *,
        quick: bool,
    ) -> None:
        """Counts packs and objects in ``checked``; ``quick`` reads none of them.

        ``expect`` is told how many bytes will be read, and ``on_file`` of them as they are.
        """
        self.lost: set[str] = set()
        """Files that are missing or damaged, those among them that are to go."""
        self._remote = remote
        self._checked = checked
        self._expect = expect
        self._pace = Pace(remote, on_file)
        self._quick = quick
        self._sizes: dict[str, int] = {}
        self.there: set[tuple[bytes, bytes]] = set()
        """Kind and id of each object that is there and, if it was read, whole."""
        self.trees: dict[bytes, tuple[tree.Entry, ...]] = {}
        """The entries of all folders, where they were read."""

    def check(self, manifests: Mapping[str, Manifest], marks: Iterable[Mark]) -> Iterator[Problem]:
        """Every problem with a pack or a large blob; but of those that ``marks`` list, and that are to go."""
        files = {each.name: each for folder in (names.PACKS, names.OBJECTS) for each in self._remote.names(folder)}
        self._sizes = {name: each.size for name, each in files.items()}
        stale = cleaning.stale(marks, files)
        for problem in self._problems(manifests):
            if problem.severity == WARNING:
                yield problem
            else:
                self.lost.add(problem.path)
                if problem.path not in stale:
                    yield problem

    def _problems(self, manifests: Mapping[str, Manifest]) -> Iterator[Problem]:
        tables = {blob_digest(table): (name, table) for name, each in manifests.items() for table in each.tables}
        blobs = {blob.digest: blob for each in manifests.values() for blob in each.blobs}
        named = {names.pack(digest) for digest in tables}
        named.update(name for blob in blobs.values() for name in blob.files)
        self._expect(0 if self._quick else sum(self._sizes.get(name, 0) for name in named))
        with crew(self._remote, _AT_ONCE) as pool:
            yield from self._packs(tables, pool)
            for digest in sorted(blobs):
                yield from self._blob(blobs[digest], pool)
        left = [name for name in self._sizes if name not in named and names.digest_of(name)]
        if left:
            message = f"no push that was finished names {len(left):,} files, {left[0]} among them"
            yield Problem("leftover", WARNING, "", message, "mlrun gc REMOTE frees them after a while")

    def _packs(self, tables: Mapping[bytes, tuple[str, bytes]], pool: ThreadPoolExecutor) -> Iterator[Problem]:
        readable = []
        for digest, (index, table) in sorted(tables.items()):
            name = names.pack(digest)
            try:
                rows = places(index, table)
            except RemoteDamagedError as error:
                yield Problem("index-corrupt", ERROR, index, error.message, AGAIN)
                continue
            self._checked["packs"] += 1
            self._checked["objects"] += len(rows)
            if problem := self._size_problem(name, pack.whole_size(table)):
                yield problem
            else:
                readable.append((name, rows))
        if self._quick:
            self.there.update((row.kind, row.digest) for _, rows in readable for row in rows)
            return
        for at in range(0, len(readable), _AT_ONCE):
            some = readable[at : at + _AT_ONCE]
            for (name, rows), data in zip(some, self._contents_of([each[0] for each in some], pool), strict=True):
                yield from self._contents(name, rows, data)

    def _size_problem(self, name: str, wanted: int) -> Problem | None:
        size = self._sizes.get(name)
        if size is None:
            return Problem("object-missing", ERROR, name, "it is named and not there", AGAIN)
        if size != wanted or size > _MOST:
            return Problem("pack-corrupt", ERROR, name, f"it has {size:,} bytes, and should have {wanted:,}", AGAIN)
        return None

    def _contents_of(self, some: Sequence[str], pool: ThreadPoolExecutor) -> Iterator[bytes | None]:
        """The bytes of these files, in their order; ``None`` for one that went."""
        flying = [(self._sizes[name], pool.submit(self._read, name)) for name in some]
        for size, _ in flying:
            self._pace.begin(size)
        for size, future in flying:
            yield self._pace.wait(future)
            self._pace.end(size)

    def _read(self, name: str) -> bytes | None:
        try:
            return self._remote.read(name, 0, self._sizes[name])
        except RemoteMissingError:
            return None

    def _contents(self, name: str, rows: Iterable[Place], data: bytes | None) -> Iterator[Problem]:
        if data is None:
            yield Problem("object-missing", ERROR, name, "it went while it was looked at", "check again")
            return
        for row in rows:
            found = data[row.offset : row.offset + row.length]
            if DIGESTS[row.kind](found) != row.digest:
                message = f"object {row.digest.hex()} is damaged"
                yield Problem("pack-object-corrupt", ERROR, name, message, AGAIN)
                continue
            self.there.add((row.kind, row.digest))
            if row.kind == TREE:
                try:
                    self.trees[row.digest] = tree.decode(found)
                except tree.MalformedTreeError as error:
                    yield Problem("tree-malformed", ERROR, name, f"tree {row.digest.hex()}: {error}", AGAIN)

    def _blob(self, blob: Blob, pool: ThreadPoolExecutor) -> Iterator[Problem]:
        self._checked["objects"] += 1
        parts = blob.files
        gone = [part for part in parts if part not in self._sizes]
        yield from (Problem("object-missing", ERROR, part, "it is named and not there", AGAIN) for part in gone)
        total = sum(self._sizes.get(part, 0) for part in parts)
        if gone:
            return
        if total != blob.size or any(self._sizes[part] > _MOST for part in parts):
            message = f"blob {blob.digest.hex()} has {total:,} bytes, and should have {blob.size:,}"
            yield Problem("object-corrupt", ERROR, parts[0], message, AGAIN)
            return
        if not self._quick:
            hasher = blob_hasher()
            for at in range(0, len(parts), _AT_ONCE):
                for data in self._contents_of(parts[at : at + _AT_ONCE], pool):
                    hasher.update(data or b"")
            if hasher.digest() != blob.digest:
                self.lost.update(parts)  # whichever of them it is
                message = f"blob {blob.digest.hex()} is damaged"
                yield Problem("object-corrupt", ERROR, parts[0], message, AGAIN)
                return
        self.there.add((BLOB, blob.digest))
