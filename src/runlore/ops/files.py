"""The files of a run by their paths: what it made, what it read, its config files, its code."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from runlore.errors import NoSuchFileError
from runlore.ops.names import candidates
from runlore.ops.parts import Parts
from runlore.records import tree
from runlore.records.run import FileRef
from runlore.store.objects import Objects
from runlore.store.whole import entry_of

OUTPUT, INPUT, CONFIG, CODE = "output", "input", "config", "code"
_MOST = 20_000
"""Files and folders that are looked through for one like it."""


class Piece(NamedTuple):
    """A file or folder of a run; ``below`` is its path below what was asked for, empty if it is that."""

    role: str
    entry: tree.Entry
    below: bytes


class Files:
    """The files of one run. Where several have the same path, those that were made come first, the code last."""

    def __init__(self, objects: Objects, parts: Parts, *, made: bool = True) -> None:
        """Without ``made`` what the run made is left out."""
        config = {each["path"] for each in parts.recipe.config}
        self._objects = objects
        self._refs = [
            *((OUTPUT, ref) for ref in (parts.outputs if made else ())),
            *((CONFIG if ref.path in config else INPUT, ref) for ref in parts.inputs),
        ]
        code = parts.recipe.code
        self._code = None if code is None else tree.Entry(b"", tree.FOLDER, bytes.fromhex(code), 0)

    def find(self, path: str) -> list[Piece]:
        """What is at ``path``: one file, or all the pieces of a folder; nothing if nothing is.

        Raises:
            CorruptError: a tree on the way is damaged.
        """
        found = [piece for role, ref in self._refs if (piece := self._meet(role, ref, path)) is not None]
        code = None if path.startswith("/") else self._code
        if code is not None and (entry := self._below(code, "" if path == "." else path)) is not None:
            found.append(Piece(CODE, entry, b""))
        exact = next((piece for piece in found if not piece.below), None)
        if exact is not None and exact.entry.kind != tree.FOLDER:
            return [exact]
        return [piece for piece in found if piece.below or piece.entry.kind == tree.FOLDER]

    def _meet(self, role: str, ref: FileRef, path: str) -> Piece | None:
        """The file or folder of ``ref`` if it is at or below ``path``, or what of it is there."""
        if ref.path == path:
            return Piece(role, entry_of(ref), b"")
        if (rest := _rest(path, ref.path)) is not None:
            entry = self._below(entry_of(ref), rest)
            return None if entry is None else Piece(role, entry, b"")
        below = _rest(ref.path, path)
        return None if below is None else Piece(role, entry_of(ref), _bytes(below))

    def _below(self, entry: tree.Entry, path: str) -> tree.Entry | None:
        for name in path.split("/") if path else ():
            if entry.kind != tree.FOLDER:
                return None
            wanted = _bytes(name)
            found = next((each for each in self._objects.tree(entry.digest) if each.name == wanted), None)
            if found is None:
                return None
            entry = found
        return entry

    def unknown(self, path: str, run: str) -> NoSuchFileError:
        """The error for a path that the run does not have, with those that are like it."""
        paths = list(dict.fromkeys(self._paths()))
        same = [each for each in paths if os.path.basename(each).lower() == os.path.basename(path).lower()]
        hint = candidates(path, same or paths, ()) or f"mlrun show {run[:12]} lists what there is"
        if same:
            hint = f"did you mean {', '.join(same[:5])}"
        return NoSuchFileError(f'run {run[:12]} has no file "{path}"', hint=hint)

    def _paths(self) -> Iterator[str]:
        left = _MOST
        waiting = [(ref.path, entry_of(ref)) for _, ref in reversed(self._refs)]
        if self._code is not None:
            waiting.insert(0, ("", self._code))
        while waiting and left:
            path, entry = waiting.pop()
            left -= 1
            if entry.kind != tree.FOLDER:
                yield path
                continue
            inside = f"{path}/" if path else ""
            waiting += [(inside + os.fsdecode(each.name), each) for each in self._objects.tree(entry.digest)]


def _rest(path: str, folder: str) -> str | None:
    """``path`` below ``folder``; ``None`` if it is not there. Both are relative to the top, or absolute."""
    if folder == ".":
        return None if path.startswith("/") or path == "." else path
    prefix = folder.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else None


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape") if _can_be(path) else b"\0"


def _can_be(path: str) -> bool:
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False  # no file can be named so
    return True
