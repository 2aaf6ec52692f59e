"""The files of kept distributions, put into an environment that is being made.

A tree may come from a stranger: names are checked when it is read, and no link is followed on the way down.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Mapping

from runlore.errors import CorruptError
from runlore.execute.environment.editable import Editable
from runlore.execute.environment.scripts import entry_points, with_interpreter
from runlore.records import tree
from runlore.records.canonical import Json
from runlore.store.durable import write_all
from runlore.store.objects import Objects
from runlore.store.reading import FOLDER_ALONE

_SITE, _PREFIX = b"site", b"prefix"
"""What lies in the folder of packages, and what lies beside it below the environment's prefix."""
_NO_FOLDER = frozenset((errno.ENOTDIR, errno.ELOOP))
_MOST_REWRITTEN = 4 << 20


class Placer:
    """Puts kept distributions into the environment at ``prefix`` with the folder of packages ``site``."""

    def __init__(self, objects: Objects, prefix: str, site: str) -> None:
        """Both folders are there."""
        self._objects = objects
        self._prefix = prefix
        self._site = site

    def place(self, kept: Mapping[str, Json]) -> None:
        """All files of one distribution, with its scripts, and the sources of an editable one.

        Raises:
            CorruptError: something of it is not in the store.
        """
        editable = Editable(kept["roots"], f"{self._prefix}/sources/{kept['tree'][:16]}")
        for root, folder in editable.placed():
            os.makedirs(folder, exist_ok=True)
            self._into(folder, bytes.fromhex(root), None)
        for entry in self._objects.tree(bytes.fromhex(kept["tree"])):
            if entry.kind != tree.FOLDER:
                continue
            if entry.name == _SITE:
                self._into(self._site, entry.digest, editable if kept["roots"] else None)
                self._scripts(entry.digest)
            elif entry.name == _PREFIX:
                self._into(self._prefix, entry.digest, None)

    def _into(self, folder: str, digest: bytes, editable: Editable | None) -> None:
        at = os.open(folder, FOLDER_ALONE)
        try:
            self._fill(at, digest, editable)
        finally:
            os.close(at)

    def _fill(self, at: int, digest: bytes, editable: Editable | None) -> None:
        """The entries of a tree in the open folder ``at``; ``editable`` rewrites files directly in it."""
        for entry in self._objects.tree(digest):
            if entry.kind == tree.FOLDER:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(entry.name, dir_fd=at)
                below = _open_below(entry.name, at)
                try:
                    self._fill(below, entry.digest, None)
                finally:
                    os.close(below)
                continue
            _make_way(entry.name, at)
            if entry.kind == tree.SYMLINK:
                os.symlink(self._objects.blob(entry.digest), entry.name, dir_fd=at)
            else:
                self._file(at, entry, editable)

    def _file(self, at: int, entry: tree.Entry, editable: Editable | None) -> None:
        mode = 0o777 if entry.kind == tree.EXECUTABLE else 0o666
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(entry.name, flags, mode, dir_fd=at)
        try:
            if entry.size <= _MOST_REWRITTEN:
                data = self._objects.blob(entry.digest)
                data = editable.rewritten(entry.name, data) if editable else data
                is_script = entry.kind == tree.EXECUTABLE and editable is None
                write_all(file, with_interpreter(data, self._prefix + "/bin") if is_script else data)
            else:
                for piece in self._objects.blob_chunks(entry.digest):
                    write_all(file, piece)
        finally:
            os.close(file)

    def _scripts(self, site: bytes) -> None:
        """The programs that its entry points name."""
        for entry in self._objects.tree(site):
            if entry.kind != tree.FOLDER or not entry.name.endswith(b".dist-info"):
                continue
            for each in self._objects.tree(entry.digest):
                if each.name == b"entry_points.txt" and each.kind == tree.FILE:
                    text = self._objects.blob(each.digest).decode("utf-8", "replace")
                    for name, script in entry_points(text, self._prefix + "/bin").items():
                        self._script(name, script)

    def _script(self, name: str, script: str) -> None:
        at = os.open(self._prefix + "/bin", FOLDER_ALONE)
        try:
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
                    os.unlink(name, dir_fd=at)
            with contextlib.suppress(FileExistsError):  # the interpreter itself is a link, and stays
                file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777, dir_fd=at)
                try:
                    write_all(file, script.encode())
                finally:
                    os.close(file)
        finally:
            os.close(at)


def _open_below(name: bytes, at: int) -> int:
    try:
        return os.open(name, FOLDER_ALONE, dir_fd=at)
    except OSError as error:
        if error.errno in _NO_FOLDER:
            raise _in_the_way(name) from error
        raise


def _make_way(name: bytes, at: int) -> None:
    """What an earlier distribution has put there goes."""
    try:
        os.unlink(name, dir_fd=at)
    except FileNotFoundError:
        return
    except IsADirectoryError as error:
        raise _in_the_way(name) from error


def _in_the_way(name: bytes) -> CorruptError:
    message = f'"{os.fsdecode(name)}" is a folder in one of the kept packages, and none in another'
    return CorruptError(message, hint="mlrun fsck shows whether the store is whole")
