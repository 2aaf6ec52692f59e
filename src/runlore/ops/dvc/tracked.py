"""What DVC tracks in a project, by the `.dvc` files and `dvc.lock`s among the run's code."""

import os
from collections.abc import Iterator

from runlore.capture.config import MAX_VALUES_BYTES
from runlore.capture.dvc.outs import LOCK, PIPELINE, SUFFIX, Out, of_file, of_lock
from runlore.capture.dvc.traces import FOLDER
from runlore.errors import CorruptError
from runlore.records import tree
from runlore.store.objects import Objects
from runlore.store.paths import Paths

_MOST = 1000
"""Files of DVC's that are read for one run: those first whose names say that they are about an input."""


class Tracked:
    """The files and folders that one DVC project tracks."""

    def __init__(self, objects: Objects, code: str | None, root: str) -> None:
        """``code`` is the run's code tree, ``root`` the folder of the DVC project, from the top."""
        self._objects = objects
        self._paths = Paths(objects, code)
        self._root = root
        self._left = _MOST
        self._done: set[tuple[str, bytes]] = set()
        self._above: set[str] = set()
        self.outs: dict[str, Out] = {}
        """By path, as far as they were looked for."""

    def look_at(self, path: str) -> None:
        """Find what the `.dvc` files track that bear the name of the file or folder at ``path``, or of one above it."""
        at = self._root
        for name in path.removeprefix(self._root).strip("/").split("/"):
            self._above.add(at)
            self._read(at, os.fsencode(name + SUFFIX))
            at = f"{at}/{name}" if at else name

    def look_around(self) -> None:
        """Find what else is tracked by files in the folders on the way to what was looked at."""
        for folder in sorted(self._above):
            self._read_all(folder)

    def look_below(self, folder: str) -> None:
        """Find everything that is tracked by files in the folder or below it."""
        waiting = [folder]
        while waiting and self._left > 0:
            at = waiting.pop()
            self._read_all(at)
            entries = self._paths.folder(os.fsencode(at)).values()
            below = [os.fsdecode(entry.name) for entry in entries if entry.kind == tree.FOLDER]
            waiting += [f"{at}/{name}" if at else name for name in below if name != FOLDER]

    def above(self, path: str) -> Out | None:
        """What was found that is the file or folder at ``path``, or a folder that it lies in."""
        while path:
            if (out := self.outs.get(path)) is not None:
                return out
            path = os.path.dirname(path)
        return None

    def below(self, path: str) -> list[Out]:
        """What was found in the folder at ``path``."""
        return [out for name, out in self.outs.items() if name.startswith(path + "/")]

    def _read_all(self, folder: str) -> None:
        for name in self._paths.folder(os.fsencode(folder)):
            if name == LOCK.encode() or name.endswith(SUFFIX.encode()):
                self._read(folder, name)

    def _read(self, folder: str, name: bytes) -> None:
        entries = self._paths.folder(os.fsencode(folder))
        entry = entries.get(name)
        if (folder, name) in self._done or entry is None or entry.kind in {tree.FOLDER, tree.SYMLINK}:
            return
        self._done.add((folder, name))
        for out in self._outs(folder, name, entry, entries.get(PIPELINE.encode())):
            self.outs.setdefault(out.path, out)

    def _outs(self, folder: str, name: bytes, entry: tree.Entry, pipeline: tree.Entry | None) -> Iterator[Out]:
        if self._left <= 0:
            return iter(())
        self._left -= 1
        if name == LOCK.encode():
            return of_lock(self._blob(entry), self._blob(pipeline), folder, self._root)
        return of_file(self._blob(entry), folder, self._root)

    def _blob(self, entry: tree.Entry | None) -> bytes:
        if entry is None or entry.size > MAX_VALUES_BYTES or entry.kind in {tree.FOLDER, tree.SYMLINK}:
            return b""
        try:
            return self._objects.blob(entry.digest)
        except CorruptError:
            return b""
