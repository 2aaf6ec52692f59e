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
    """A file or link in a folder. ``keep`` is whether its bytes are wanted even if they cost space.

    ``where`` is where its bytes lie, if that is elsewhere; then ``stat`` is of what lies there.
    """

    name: bytes
    stat: os.stat_result
    keep: bool
    follow: bool = False
    where: bytes = b""


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
        states = [state_of(file.stat) for file in files]
        rows = [file.name + b"\0" + state for file, state in zip(files, states, strict=True)]
        seen = b"".join(rows) + b"\0".join(name + below.digest for name, below in folders)
        kept = fingerprint(seen + _KEPT)
        state = kept if self._sink.wants_blobs else fingerprint(seen + _HASHED)
        cached = self._cached.get(key)
        wanted = all(file.keep for file in files)
        if cached is not None and cached.state in (kept, state) and wanted and self._is_here(cached.tree):
            return Folder(cached.tree, cached.files, cached.bytes)
        entries, remembered = self._entries(key, path, files, list(zip(states, rows, strict=True)))
        count = len(entries) + sum(below.files for _, below in folders)
        entries += [tree.Entry(name, tree.FOLDER, below.digest, below.bytes) for name, below in folders]
        made = Folder(self._sink.add_tree(entries), count, sum([entry.size for entry in entries]))
        settled = wanted and len(remembered) == len(files)
        self._stats.put_folder(key, FolderState(state if settled else _NEVER, *made), remembered)
        return made

    def file(self, path: bytes, file: File) -> Content | None:
        """A file on its own, at ``path``; ``None`` if it cannot be read."""
        key, found = b"f:" + path, state_of(file.stat)
        state = fingerprint(found)
        known = self._stats.get(key) or b""
        content = self._recall(known[16:], file, found) if known[:16] == state else None
        if content is None and (content := self._read(path, file, found)) is not None and self._is_settled(content):
            self._stats.put(key, fingerprint(content.state) + content.digest)
        return content

    def _is_here(self, digest: bytes) -> bool:
        return digest in self._present or self._sink.has(digest, TREE)

    def _entries(
        self, key: bytes, path: bytes, files: Sequence[File], listed: Sequence[tuple[bytes, bytes]]
    ) -> tuple[list[tree.Entry], list[tuple[bytes, bytes]]]:
        """The tree's entries for the files that can be read, and what to remember of those that held still."""
        known = self._stats.files(key)
        entries: list[tree.Entry] = []
        remembered: list[tuple[bytes, bytes]] = []
        for file, (state, row) in zip(files, listed, strict=True):
            mark = fingerprint(row)
            content = self._recall(known[mark], file, state) if mark in known else None
            if content is None and (content := self._read(file.where or path + b"/" + file.name, file, state)) is None:
                continue
            kind = _kind(content.stat.st_mode)
            entries.append(tree.Entry(file.name, kind, content.digest, content.size))
            if content.state == state and self._is_settled(content) and not file.follow:
                remembered.append((mark, content.digest))
            if not (content.kept or file.keep):
                self._omit(path + b"/" + file.name, kind, content)
        return entries, remembered

    def _omit(self, path: bytes, kind: bytes, content: Content) -> None:
        """Note a file that the tree names and whose bytes are not kept."""
        oid = ObjectId(content.digest.hex())
        self.omitted.append(
            FileRef(path=os.fsdecode(path), oid=oid, size=content.size, stored=False, how="code", kind=kind.decode())
        )

    def _recall(self, digest: bytes, file: File, state: bytes) -> Content | None:
        """A file whose id is remembered, unless its bytes are wanted and missing."""
        kept = self._sink.has(digest, BLOB)
        if self._sink.wants_blobs and file.keep and not kept:
            return None
        return Content(digest, file.stat.st_size, file.stat, state, kept, stable=True)

    def _read(self, where: bytes, file: File, state: bytes) -> Content | None:
        try:
            content = read_content(where, self._sink, keep=file.keep, follow=file.follow, listed=(file.stat, state))
        except OSError as error:
            if error.filename != where:
                raise  # a full disk is the store's trouble, not the file's
            self._warn("file-unreadable", where, f": {error.strerror}")
            return None
        if self._on_read is not None:
            self._on_read(content.size)
        if not content.stable:
            self._warn("file-unstable", where, " was being written while it was read")
        return content

    def _warn(self, code: str, where: bytes, why: str) -> None:
        self.warnings.append(Warn(code=code, message=os.fsdecode(where) + why))

    def _is_settled(self, content: Content) -> bool:
        found, settled = content.stat, self._settled
        return content.stable and found.st_mtime_ns < settled and found.st_ctime_ns < settled


def _kind(mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return tree.SYMLINK
    return tree.EXECUTABLE if mode & stat.S_IXUSR else tree.FILE
