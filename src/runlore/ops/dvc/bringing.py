"""Data that is nowhere here, brought from DVC's remotes into the store. Only what a run's record names is kept."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from runlore.capture.dvc.listing import MOST, files_in
from runlore.capture.dvc.project import names_of
from runlore.capture.dvc.settings import DvcRemote
from runlore.errors import MlrunError, RemoteMissingError
from runlore.ops.counted import Progress
from runlore.ops.dvc.kept import Kept
from runlore.ops.dvc.places import opened
from runlore.ops.outside import Elsewhere
from runlore.ops.own import is_own
from runlore.ops.rebuilt import UNCHANGED, FromDvc
from runlore.records import tree
from runlore.records.phrases import quoted
from runlore.records.portions import portions
from runlore.records.run import FileRef
from runlore.store.pack import BLOB
from runlore.store.remote.port import Remote
from runlore.store.store import Store
from runlore.store.whole import lacking
from runlore.store.writer import LOOSE_FROM, ObjectWriter

_PIECE = 16 << 20
_AT_ONCE = 4
_NAMED = 3
"""Files that a line names."""
_BATCH = 256 << 20
"""Bytes after which what has come is made durable."""


class Brought:
    """What came from which remote, by path, and what went wrong, in words."""

    def __init__(self) -> None:
        self.remotes: dict[str, list[str]] = {}
        self.failures: list[str] = []


def from_dvc(cached: Sequence[str], spoilt: Iterable[str], brought: Brought) -> FromDvc:
    """What is to be said of it: the files that its cache had, those of the cache that are others, what was brought."""
    failures = [f'"{path}" in DVC\'s cache has other bytes' for path in spoilt]
    remotes = {name: tuple(paths) for name, paths in brought.remotes.items()}
    return FromDvc(tuple(cached), remotes, (*failures, *brought.failures))


def at_hand(elsewhere: Elsewhere, spares: Iterable[str], kept: Kept, ref: FileRef) -> bool:
    """Whether the very bytes of a file lie at its path below one of the folders ``spares``, or in DVC's cache."""
    paths = [os.path.join(top, ref.path) for top in spares]
    return any(elsewhere.status(path, ref) == UNCHANGED for path in paths) or in_cache(elsewhere, kept, ref)


def in_cache(elsewhere: Elsewhere, kept: Kept, ref: FileRef) -> bool:
    """Whether DVC's cache has the very bytes."""
    digest = bytes.fromhex(ref.oid)
    return ref.kind != "d" and any(elsewhere.status(path, ref) == UNCHANGED for path in kept.paths(digest))


def nowhere(store: Store, kept: Kept, refs: Iterable[FileRef], spares: Sequence[str]) -> list[FileRef]:
    """The files among these inputs that neither the store has, nor the project, nor DVC's cache."""
    if not kept.origins:
        return []
    elsewhere = Elsewhere(store)
    inside = (ref for ref in refs if not ref.path.startswith("/"))
    gone = [each for ref in inside for each in lacking(store.objects, ref) if each.kind != tree.FOLDER.decode()]
    return [each for each in gone if not at_hand(elsewhere, spares, kept, each)]


def bring(
    store: Store, kept: Kept, wanted: Sequence[FileRef], environ: Mapping[str, str], progress: Progress
) -> Brought:
    """Bring the ``wanted`` files from DVC's remotes, the default one first, as far as they are there.

    A store that somebody else made does not say whom we connect to. What fails is in ``failures``.
    """
    brought = Brought()
    left = {bytes.fromhex(each.oid): each for each in wanted}
    for root in dict.fromkeys(origin.root for origin in kept.origins) if is_own(store, environ) else ():
        for remote in kept.project(root).settings.remotes:
            if not any(kept.may_have(root, digest) for digest in left):
                break
            try:
                _Bringing(store, kept, root, remote, brought).run(left, environ, progress)
            except MlrunError as error:
                brought.failures.append(f'DVC\'s remote "{remote.name}": {error.message}')
    return brought


class _Bringing:
    """From one remote."""

    def __init__(self, store: Store, kept: Kept, root: str, remote: DvcRemote, brought: Brought) -> None:
        self._store = store
        self._kept = kept
        self._root = root
        self._name = remote.name
        self._settings = remote
        self._brought = brought
        self._lacking: list[str] = []

    def run(self, left: dict[bytes, FileRef], environ: Mapping[str, str], progress: Progress) -> None:
        """Bring what is ``left``; what has come is left no more."""
        done, total = 0, sum(each.size for each in left.values())
        remote = opened(self._settings, environ)
        try:
            self._learn(remote)
            with ThreadPoolExecutor(max(1, min(remote.workers, _AT_ONCE)), "dvc") as pool:
                known = [each for each in left.items() if self._md5s(each[0])]
                for some in portions(known, lambda each: each[1].size, _BATCH):
                    came = []
                    with self._store.writer() as writer:
                        for digest, ref, is_here in self._few(remote, some, writer, pool):
                            done += ref.size
                            progress(f"from DVC's remote {self._name}", done, total)
                            came += [digest] if is_here else []
                    for digest in came:
                        self._brought.remotes.setdefault(self._name, []).append(left.pop(digest).path)
        finally:
            remote.close()
        if self._lacking:
            said = f'DVC\'s remote "{self._name}" does not have {quoted(self._lacking, _NAMED)}'
            self._brought.failures.append(said)

    def _learn(self, remote: Remote) -> None:
        """Get the listings of folders that the cache does not have."""
        for origin in self._kept.unlisted:
            for name in names_of(origin.md5) if origin.root == self._root else ():
                found = remote.stat(name)
                if found is not None and found.size <= MOST:
                    files = files_in(remote.read(name, 0, found.size), origin.md5)
                    if files is not None:
                        self._kept.learn(origin, files)
                        break

    def _md5s(self, digest: bytes) -> list[str]:
        return [copy.md5 for copy in self._kept.copies.get(digest, ()) if copy.root == self._root]

    def _few(
        self, remote: Remote, some: list[tuple[bytes, FileRef]], writer: ObjectWriter, pool: ThreadPoolExecutor
    ) -> Iterator[tuple[bytes, FileRef, bool]]:
        """Put these into the store; whether each is there now."""
        small = [each for each in some if each[1].size < LOOSE_FROM]
        for at in range(0, len(small), 16 * _AT_ONCE):
            part = small[at : at + 16 * _AT_ONCE]
            read = pool.map(lambda each: _whole(remote, self._md5s(each[0]), each[1].size), part)
            for (digest, ref), data in zip(part, read, strict=True):
                is_here = data is not None and writer.add_object(BLOB, digest, data)
                if not is_here:
                    self._lack(ref, is_wrong=data is not None)
                yield digest, ref, is_here
        for digest, ref in some:
            if ref.size >= LOOSE_FROM:
                name = _found(remote, self._md5s(digest))
                is_here = name is not None and writer.add_pieces(digest, _pieces(remote, name, ref.size, pool))
                if not is_here:
                    self._lack(ref, is_wrong=name is not None)
                yield digest, ref, is_here

    def _lack(self, ref: FileRef, *, is_wrong: bool) -> None:
        if not is_wrong:
            self._lacking.append(ref.path)
            return
        self._brought.failures.append(f'DVC\'s remote "{self._name}" has other bytes for "{ref.path}"')


def _whole(remote: Remote, md5s: Iterable[str], size: int) -> bytes | None:
    for name in (name for md5 in md5s for name in names_of(md5)):
        try:
            return remote.read(name, 0, size)
        except RemoteMissingError:
            continue
    return None


def _found(remote: Remote, md5s: Iterable[str]) -> str | None:
    names = (name for md5 in md5s for name in names_of(md5))
    return next((name for name in names if remote.stat(name) is not None), None)


def _pieces(remote: Remote, name: str, size: int, pool: ThreadPoolExecutor) -> Iterator[bytes]:
    """The bytes of a large file, a few pieces at a time in memory."""
    places = range(0, size, _PIECE)
    for at in range(0, len(places), _AT_ONCE):
        yield from pool.map(
            lambda start: remote.read(name, start, min(_PIECE, size - start)), places[at : at + _AT_ONCE]
        )
