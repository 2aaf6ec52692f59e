"""The files that a run read and made, taken into the store: hashed always, kept by what the settings allow."""

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from runlore.capture.content import state_of
from runlore.capture.data import relative
from runlore.capture.sink import TreesOnly
from runlore.capture.snapshot import File, Folder, Snapshot
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef, Warn
from runlore.store import settings
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

_MANY = 100
"""Entries of one folder above which a tree stands for them."""
_KEY = b"t:"
"""What the keys of folders begin with in the stat cache: only those files are in them that a run touched."""


class Found(NamedTuple):
    """A file to take: its path, the state it must be in (empty: any), where its bytes lie, and its role.

    ``read`` is whether the run read it; else it made it. ``linked`` is whether a link at the path leads to the bytes.
    """

    path: bytes
    state: bytes
    where: bytes
    role: str = "data"
    read: bool = True
    linked: bool = False


class Taker:
    """Takes files in, one batch for what was read and one for what was made; ``warnings`` fill up meanwhile."""

    def __init__(
        self, store: Store, writer: ObjectWriter, top: str, on_read: Callable[[int], None] | None = None
    ) -> None:
        """``top`` is the folder that paths are relative to; ``on_read`` is told of bytes as they are read."""
        self._limits = settings.limits(store.layout)
        self._top = top
        sink = TreesOnly(writer) if self._limits.data_store == "none" else writer
        self._snapshot = Snapshot(store.stats, sink, settled=store.clock(), on_read=on_read)
        self._left = self._limits.trace_total
        self.warnings: list[Warn] = []

    def take(self, files: Iterable[Found]) -> tuple[FileRef, ...]:
        """References to the files, sorted by path; trees in the place of very many in one folder."""
        tree = _Branch()
        for file in files:
            tree.add(file)
        refs = self._refs(b"/", tree)
        self.warnings += self._snapshot.warnings
        self._snapshot.warnings = []
        return tuple(sorted(refs, key=lambda ref: ref.path))

    def _refs(self, path: bytes, branch: "_Branch") -> list[FileRef]:
        """References to what lies below the folder ``path``, or one to all of it."""
        if len(branch.files) + len(branch.folders) > _MANY:
            return [self._folder(path, branch)]
        refs = [ref for file in branch.files if (ref := self._file(file)) is not None]
        for name, below in branch.folders.items():
            refs += self._refs(os.path.join(path, name), below)
        return refs

    def _file(self, found: Found) -> FileRef | None:
        about = self._look(found)
        if about is None:
            return None
        keep = self._wanted(about)
        content = self._snapshot.file(found.where, File(found.where, about, keep))
        if content is None:
            return None
        if found.state and content.state != found.state and (found.where == found.path or found.linked):
            self._changed(found)
        kind = "x" if about.st_mode & stat.S_IXUSR else "f"
        return FileRef(
            path=relative(os.fsdecode(found.path), self._top),
            oid=ObjectId(content.digest.hex()),
            size=content.size,
            stored=content.kept,
            how="traced",
            kind=kind,
            role=found.role,
        )

    def _folder(self, path: bytes, branch: "_Branch") -> FileRef:
        """One reference to a tree of all that was touched below ``path``."""
        made, kept = self._tree(path, branch)
        return FileRef(
            path=relative(os.fsdecode(path), self._top),
            oid=ObjectId(made.digest.hex()),
            size=made.bytes,
            stored=kept,
            how="traced",
            kind="d",
            role=_role(branch),
        )

    def _tree(self, path: bytes, branch: "_Branch") -> tuple[Folder, bool]:
        files, all_kept, below = [], True, []
        for found in branch.files:
            if found.where != found.path and not found.linked:
                self._changed(found)  # what it held before is set aside elsewhere, and not in this tree
            if (about := self._look(found)) is not None:
                keep = self._wanted(about)
                all_kept &= keep
                where = found.where if found.linked else b""
                files.append(File(os.path.basename(found.path), about, keep, where=where))
                if found.state and state_of(about) != found.state:
                    self._changed(found)
        for name, each in branch.folders.items():
            made, kept = self._tree(os.path.join(path, name), each)
            all_kept &= kept
            below.append((name, made))
        folder = self._snapshot.folder(_KEY + path, path, files, below)
        return folder, all_kept and self._limits.data_store != "none"

    def _look(self, found: Found) -> os.stat_result | None:
        """What there is now; ``None`` and a warning if it is gone."""
        try:
            about = os.stat(found.where, follow_symlinks=False)
        except (OSError, ValueError):
            self._changed(found)
            return None
        return about if stat.S_ISREG(about.st_mode) else None

    def _changed(self, found: Found) -> None:
        """What is there now is not what the run read, or left behind."""
        path = relative(os.fsdecode(found.path), self._top)
        when, did = ("went on", "read") if found.read else ("ended", "wrote")
        message = f'"{path}" was changed while the run {when}: what it {did} is not known'
        self.warnings.append(Warn(code="file-changed-during-run", message=message))

    def _wanted(self, about: os.stat_result) -> bool:
        """Whether to keep the bytes even if they cost space; never more than the limits, unless that is free."""
        limits = self._limits
        if limits.data_store != "auto":
            return limits.data_store == "all"
        if about.st_size > limits.trace_file or about.st_size > self._left:
            return False
        self._left -= about.st_size
        return True


def _role(branch: "_Branch") -> str:
    roles = {found.role for found in branch.files} | {_role(below) for below in branch.folders.values()}
    unsure = roles & {"added", "begun"}  # one such file is enough
    return min(unsure or (roles if len(roles) == 1 else {"data"}))


class _Branch:
    """The files that were touched directly in a folder, and the folders below it with more of them."""

    def __init__(self) -> None:
        self.files: list[Found] = []
        self.folders: dict[bytes, _Branch] = defaultdict(_Branch)

    def add(self, found: Found) -> None:
        branch = self
        for name in found.path.split(b"/")[1:-1]:
            branch = branch.folders[name]
        branch.files.append(found)
