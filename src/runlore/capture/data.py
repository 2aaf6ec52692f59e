"""Data that a person named: files and folders, as blobs and trees."""

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from runlore.capture.sink import Sink, TreesOnly
from runlore.capture.snapshot import File, Folder, Snapshot
from runlore.errors import UsageError
from runlore.records.hashing import ObjectId
from runlore.records.paths import is_below
from runlore.records.run import FileRef, Warn
from runlore.store.loose import can_reflink
from runlore.store.settings import Limits
from runlore.store.store import Store

_FOREIGN_CLOCK = 2_000_000_000
"""Nanoseconds for which a time stamp of a file system whose clock we cannot ask is not trusted."""


class _Walked(NamedTuple):
    """A folder found by a walk, with the files in it and the names of the folders below it."""

    path: bytes
    files: list[File]
    folders: list[bytes]


class DataCapture:
    """Takes in declared paths one by one; ``warnings`` fills up meanwhile."""

    def __init__(
        self,
        store: Store,
        writer: Sink,
        limits: Limits,
        *,
        settled: int,
        on_read: Callable[[int], None] | None = None,
    ) -> None:
        """``settled`` is the clock of the store's file system, as for `Snapshot`."""
        self._stats = store.stats
        self._tmp = store.layout.tmp
        self._root = os.path.realpath(store.layout.root)
        self._writer = writer
        self._limits = limits
        self._settled = settled
        self._on_read = on_read
        self.warnings: list[Warn] = []

    def take(self, path: str, *, cwd: str, top: str) -> FileRef:
        """The file or folder at ``path`` (relative to ``cwd``), hashed, and kept if the settings allow.

        Raises:
            UsageError: there is no such path, or it is neither file nor folder.
        """
        where = os.path.normpath(os.path.join(cwd, path))
        try:
            found = os.stat(where)
        except OSError as error:
            hint = "paths are relative to the working folder"
            raise UsageError(f'"{path}": {os.strerror(error.errno or 0).lower()}', hint=hint) from error
        if not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
            raise UsageError(f'"{path}" is neither a file nor a folder')
        real = os.path.realpath(where)
        if is_below(real, self._root):
            raise UsageError(f'"{path}" is the store itself', hint="name the data, not the records of runs")
        take = self._folder if stat.S_ISDIR(found.st_mode) else self._file
        digest, size, stored, kind = take(os.fsencode(real), found)
        name = relative(where, top)
        return FileRef(path=name, oid=ObjectId(digest.hex()), size=size, stored=stored, how="declared", kind=kind)

    def _file(self, path: bytes, found: os.stat_result) -> tuple[bytes, int, bool, str]:
        snapshot = self._snapshot(found.st_dev, blobs=self._limits.data_store != "none")
        content = snapshot.file(path, File(path, found, self._wanted(found.st_size)))
        self.warnings += snapshot.warnings
        if content is None:
            raise UsageError(f'"{os.fsdecode(path)}" cannot be read', hint="check its permissions")
        return content.digest, content.size, content.kept, "x" if found.st_mode & stat.S_IXUSR else "f"

    def _folder(self, path: bytes, found: os.stat_result) -> tuple[bytes, int, bool, str]:
        walked = list(self._walk(path))
        sizes = [file.stat.st_size for folder in walked for file in folder.files]
        stored = self._wanted(sum(sizes))
        if not stored and self._limits.data_store == "auto":
            sample = next((folder.path + b"/" + file.name for folder in walked for file in folder.files), None)
            stored = sample is not None and can_reflink(sample, self._tmp)
        snapshot = self._snapshot(found.st_dev, blobs=stored, prefix=b"d:" + path)
        made: dict[bytes, Folder] = {}
        for folder in walked:
            below = [(name, made.pop(folder.path + b"/" + name)) for name in folder.folders]
            made[folder.path] = snapshot.folder(b"d:" + folder.path, folder.path, folder.files, below)
        self.warnings += snapshot.warnings
        root = made[path]
        return root.digest, root.bytes, stored, "d"

    def _wanted(self, size: int) -> bool:
        """Whether the settings want so many bytes kept even if they cost space."""
        store = self._limits.data_store
        return store == "all" or (store == "auto" and size <= self._limits.data)

    def _snapshot(self, device: int, *, blobs: bool, prefix: bytes = b"") -> Snapshot:
        settled = self._settled
        if device != os.stat(self._tmp).st_dev:
            settled = min(settled, time.time_ns() - _FOREIGN_CLOCK)
        sink = self._writer if blobs else TreesOnly(self._writer)
        return Snapshot(self._stats, sink, settled=settled, prefix=prefix, on_read=self._on_read)

    def _walk(self, path: bytes) -> Iterator[_Walked]:
        """Every folder from ``path`` down, the deepest first. Links to files outside are taken for the files."""
        files, folders = [], []
        own = os.fsencode(self._root)  # the records of runs are no data
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        with contextlib.suppress(FileNotFoundError):  # renamed or removed meanwhile
                            files.append(File(entry.name, entry.stat(follow_symlinks=False), True))
                    elif entry.is_dir(follow_symlinks=False):
                        if entry.path != own:
                            folders.append(entry.name)
                    elif (file := self._link(entry, path)) is not None:
                        files.append(file)
        except OSError as error:
            self._warn("file-unreadable", path, error.strerror or "cannot be read")
        for name in folders:
            yield from self._walk(path + b"/" + name)
        yield _Walked(path, files, folders)

    def _link(self, entry: "os.DirEntry[bytes]", path: bytes) -> File | None:
        """A link; ``None`` for what is neither that nor a file nor a folder."""
        found = entry.stat(follow_symlinks=False)
        if not stat.S_ISLNK(found.st_mode):
            self._warn("file-skipped", entry.path, "neither a file nor a folder")
            return None
        try:
            target = entry.stat()
        except OSError:
            return File(entry.name, found, keep=True)  # dangling: the link itself is what there is
        if stat.S_ISREG(target.st_mode) and not os.path.realpath(entry.path).startswith(path + b"/"):
            return File(entry.name, target, keep=True, follow=True)
        return File(entry.name, found, keep=True)

    def _warn(self, code: str, path: bytes, why: str) -> None:
        self.warnings.append(Warn(code=code, message=f'"{os.fsdecode(path)}": {why}'))


def relative(path: str, top: str) -> str:
    """``path`` as records name it: relative to ``top`` inside it, else absolute as it is."""
    if path == top:
        return "."
    prefix = top.rstrip("/") + "/"
    return path.removeprefix(prefix)
