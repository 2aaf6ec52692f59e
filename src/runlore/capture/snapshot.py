"""Folders of the outside world as trees, with work in proportion to what changed since the last time."""

import os
import stat
from collections.abc import Callable, Sequence
from typing import NamedTuple

from runlore.capture.content import Content, read_content, state_of
from runlore.capture.sink import Sink
from runlore.records import tree
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef, Warn
from runlore.store.checksum import fingerprint
from runlore.store.pack import BLOB, TREE
from runlore.store.statcache import FolderState, StatCache

_NEVER = b"\0" * 16
"""A state that no folder has: its row in the cache serves for its files only."""
_KEPT, _HASHED = b"\1", b"\2"
"""Whether the bytes of a folder's files went into the store with its tree, or only their ids into the tree."""


class File(NamedTuple):
    """A file or link in a folder. ``keep`` is whether its bytes are wanted even if they cost space."""

    name: bytes
    stat: os.stat_result
    keep: bool
    follow: bool = False


class Folder(NamedTuple):
    """A folder as a tree: its id, and how many files and bytes lie below it."""

    digest: bytes
    files: int
    bytes: int


class Snapshot:
    """Trees in the making, put into a sink.

    ``omitted`` and ``warnings`` fill up as folders are added.
    """

    def __init__(
        self,
        stats: StatCache,
        sink: Sink,
        *,
        settled: int,
        prefix: bytes = b"",
        on_read: Callable[[int], None] | None = None,
    ) -> None:
        """What changed at or after ``settled`` (the file system's clock, nanoseconds) is not remembered.

        It may change again within the same time stamp. ``prefix`` is what the keys of the folders begin
        with. ``on_read`` is told the bytes of each file that had to be read.
        """
        self._stats = stats
        self._sink = sink
        self._settled = settled
        self._on_read = on_read
        self._cached = stats.folders(prefix) if prefix else {}
        self._present = sink.present_trees(cached.tree for cached in self._cached.values())
        self.omitted: list[FileRef] = []
        self.warnings: list[Warn] = []

    def folder(self, key: bytes, path: bytes, files: Sequence[File], folders: Sequence[tuple[bytes, Folder]]) -> Folder:
        """The tree of a folder: ``files`` directly in it, ``folders`` below it by name.

        ``key`` names it in the stat cache; ``path`` is where it lies.
        """
        states = [file.name + b"\0" + state_of(file.stat) for file in files]
        seen = b"".join(states) + b"\0".join(name + below.digest for name, below in folders)
        kept = fingerprint(seen + _KEPT)
        state = kept if self._sink.wants_blobs else fingerprint(seen + _HASHED)
        cached = self._cached.get(key)
        wanted = all(file.keep for file in files)
        if cached is not None and cached.state in (kept, state) and wanted and self._is_here(cached.tree):
            return Folder(cached.tree, cached.files, cached.bytes)
        known = self._stats.files(key)
        taken = [self._take(path, file, each, known) for file, each in zip(files, states, strict=True)]
        entries = [each.entry for each in taken if each is not None]
        entries += [tree.Entry(name, tree.FOLDER, below.digest, below.bytes) for name, below in folders]
        digest = self._sink.add_tree(entries)
        count = len(entries) - len(folders) + sum(below.files for _, below in folders)
        made = Folder(digest, count, sum(entry.size for entry in entries))
        remembered = [each.remember for each in taken if each is not None and each.remember is not None]
        settled = len(remembered) == len(files) and all(each is not None and each.as_listed for each in taken)
        self._stats.put_folder(key, FolderState(state if settled and wanted else _NEVER, *made), remembered)
        return made

    def file(self, path: bytes, file: File) -> Content | None:
        """A file on its own, at ``path``; ``None`` if it cannot be read."""
        key, state = b"f:" + path, fingerprint(state_of(file.stat))
        known = self._stats.get(key) or b""
        content = self._recall(known[16:], file) if known[:16] == state else None
        if content is None and (content := self._read(path, file)) is not None and self._is_settled(content):
            self._stats.put(key, fingerprint(state_of(content.stat)) + content.digest)
        return content

    def _is_here(self, digest: bytes) -> bool:
        return digest in self._present or self._sink.has(digest, TREE)

    def _take(self, path: bytes, file: File, state: bytes, known: dict[bytes, bytes]) -> "_Taken | None":
        """One file's row, and what to remember of it; ``None`` if it cannot be read."""
        where = path + b"/" + file.name
        key = fingerprint(state)
        content = self._recall(known[key], file) if key in known else None
        if content is None:
            content = self._read(where, file)
        if content is None:
            return None
        kind = _kind(content.stat)
        if not (content.kept or file.keep):
            oid = ObjectId(content.digest.hex())
            name = os.fsdecode(where)
            self.omitted.append(
                FileRef(path=name, oid=oid, size=content.size, stored=False, how="code", kind=kind.decode())
            )
        now = file.name + b"\0" + state_of(content.stat)
        remember = (fingerprint(now), content.digest) if self._is_settled(content) and not file.follow else None
        return _Taken(tree.Entry(file.name, kind, content.digest, content.size), remember, now == state)

    def _recall(self, digest: bytes, file: File) -> Content | None:
        """A file whose id is remembered, unless its bytes are wanted and missing."""
        kept = self._sink.has(digest, BLOB)
        if self._sink.wants_blobs and file.keep and not kept:
            return None
        return Content(digest, file.stat.st_size, file.stat, kept, stable=True)

    def _read(self, where: bytes, file: File) -> Content | None:
        name = os.fsdecode(where)
        try:
            content = read_content(where, self._sink, keep=file.keep, follow=file.follow)
        except OSError as error:
            if error.filename != where:
                raise  # a full disk is the store's trouble, not the file's
            self.warnings.append(Warn(code="file-unreadable", message=f"{name}: {error.strerror}"))
            return None
        if self._on_read is not None:
            self._on_read(content.size)
        if not content.stable:
            self.warnings.append(Warn(code="file-unstable", message=f"{name} was being written while it was read"))
        return content

    def _is_settled(self, content: Content) -> bool:
        newest = max(content.stat.st_mtime_ns, content.stat.st_ctime_ns)
        return content.stable and newest < self._settled


class _Taken(NamedTuple):
    entry: tree.Entry
    remember: tuple[bytes, bytes] | None
    as_listed: bool


def _kind(found: os.stat_result) -> bytes:
    if stat.S_ISLNK(found.st_mode):
        return tree.SYMLINK
    return tree.EXECUTABLE if found.st_mode & stat.S_IXUSR else tree.FILE
