"""The uncommitted changes as one patch, made without touching the user's repository.

Two trees are written into a folder of ours, one with what HEAD has at the changed paths and one with
what is there now, and git compares those: no index is copied, written or refreshed, and the cost is
that of the changes.
"""

import json
import os
import stat
import zlib
from collections.abc import Iterable, Iterator

from runlore.capture import blob
from runlore.capture.conversion import to_git
from runlore.capture.git import GitUnusableError, ask, refusal, tell
from runlore.capture.listing import Base, Listing
from runlore.capture.plumbing import Blob
from runlore.capture.repository import NOTHING, Change
from runlore.capture.worktree import SYMLINK
from runlore.records.run import Warn

LIMIT = 64 << 20
"""Bytes of old and new content together that one patch is made of; git compares in memory."""

_GITLINK, _FOLDER_MODE = 0o160000, b"40000"
_OMITTED = b"# not in this patch: "
_DIFF = (
    *("diff-tree", "-r", "-p", "--binary", "--full-index", "-M", "--no-color", "--no-ext-diff", "--no-textconv"),
    *("--submodule=short", "--ignore-submodules=none"),
)


def make_patch(listing: Listing, *, scratch: str) -> bytes | None:
    """What ``git diff HEAD --binary --full-index -M`` would say, ``None`` if nothing changed.

    Submodules follow with their own changes since the commit checked out in them, under their path.
    Changes are taken up to `LIMIT`, the smallest first; what was left out is named in lines before
    the first diff, where git ignores them and `patch_warnings` finds them. ``scratch`` is an empty
    folder of ours, to be removed afterwards.
    """
    parts: list[bytes] = []
    omitted: list[bytes] = []
    left = LIMIT
    for number, base in enumerate(listing.head_index):
        try:
            made = _Patch(base, os.path.join(scratch, str(number)), left)
            parts.append(made.text())
        except GitUnusableError as error:
            omitted += [_omission(base.prefix + change.path, error.warn.message) for change in base.changes]
            continue
        left -= made.cost
        omitted += made.omitted
    return b"".join((*sorted(omitted), *parts)) or None


def patch_warnings(patch: bytes) -> tuple[Warn, ...]:
    """What a patch of ours says that it lacks: one warning ``patch-incomplete`` for each path."""
    found = []
    for line in patch.splitlines():
        if not line.startswith(_OMITTED):
            break
        path, why = json.loads(line.removeprefix(_OMITTED))
        found.append(Warn(code="patch-incomplete", message=f'"{path}" is not in the patch: {why}'))
    return tuple(found)


def _omission(path: bytes, why: str) -> bytes:
    return _OMITTED + json.dumps([os.fsdecode(path), why]).encode() + b"\n"


class _Patch:
    """The patch of one work tree in the making; ``objects`` is our folder for what git lacks."""

    __slots__ = ("base", "cost", "limit", "objects", "omitted")

    def __init__(self, base: Base, objects: str, limit: int) -> None:
        self.base = base
        self.objects = objects
        self.limit = limit
        self.cost = 0
        self.omitted: list[bytes] = []

    def text(self) -> bytes:
        """The patch; sets ``cost`` and ``omitted``."""
        old: dict[bytes, Blob] = {}
        new: dict[bytes, Blob] = {}
        for change in self._affordable():
            try:
                now = change.new if change.new.oid or not change.new.mode else self._write_file(change)
            except OSError as error:
                self._omit(change, f"it cannot be read ({error.strerror})")
                continue
            if change.old.mode:
                old[change.path] = change.old
            if now.mode:
                new[change.path] = now
        if old == new:
            return b""
        trees = [self._write_tree(old), self._write_tree(new)]
        path = os.fsdecode(self.base.prefix)
        prefixes = (f"--src-prefix=a/{path}", f"--dst-prefix=b/{path}")
        environment = {
            "GIT_OBJECT_DIRECTORY": self.objects,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(os.path.abspath(self.base.objects)),
        }
        (answer,) = ask(self.base.top, (*_DIFF, *prefixes, *trees), environment=environment)
        if answer.code:
            raise refusal(self.base.top, answer)
        return answer.out

    def _affordable(self) -> Iterator[Change]:
        sizes = self._sizes()
        costs = [(sum(sizes.get(key, 0) for key in _contents(change)), change) for change in self.base.changes]
        costs.sort(key=lambda each: each[0])
        for cost, change in costs:
            if self.cost + cost > self.limit:
                self._omit(change, f"its {cost} bytes before and after are too many")
            else:
                self.cost += cost
                yield change

    def _sizes(self) -> dict[str | bytes, int]:
        """Bytes of each object that git has, by name, and of each file to be read, by path."""
        sizes: dict[str | bytes, int] = {}
        for change in self.base.changes:
            if change.new.mode and not change.new.oid:
                try:
                    sizes[change.path] = os.lstat(_place(self.base, change)).st_size
                except OSError:
                    continue  # gone meanwhile: reading it will say so
        names = {key for change in self.base.changes for key in _contents(change) if isinstance(key, str)}
        # Content that only moved is not compared.
        names -= {change.old.oid for change in self.base.changes if change.new == NOTHING} & {
            change.new.oid for change in self.base.changes if change.old == NOTHING
        }
        if names:
            command = ("cat-file", "--batch-check=%(objectname) %(objectsize)")
            answer = tell(self.base.top, command, "".join(f"{name}\n" for name in sorted(names)).encode())
            for line in answer.out.decode().splitlines():
                name, _, size = line.partition(" ")
                if size.isdecimal():
                    sizes[name] = int(size)
        return sizes

    def _omit(self, change: Change, why: str) -> None:
        self.omitted.append(_omission(self.base.prefix + change.path, why))

    def _write_file(self, change: Change) -> Blob:
        place = _place(self.base, change)
        if stat.S_ISLNK(os.lstat(place).st_mode):
            return Blob(change.new.mode, self._write(b"blob", os.readlink(place)))
        data = b"".join(blob.pieces(place))
        if change.conversion and change.new.mode != SYMLINK:
            keep = change.conversion.text == "auto" and self._has_crlf(change.old, data)
            data = to_git(data, change.conversion, keep_line_ends=keep)
        return Blob(change.new.mode, self._write(b"blob", data))

    def _has_crlf(self, old: Blob, data: bytes) -> bool:
        if not old.oid or b"\r\n" not in data:
            return False
        return b"\r\n" in tell(self.base.top, ("cat-file", "blob", old.oid), b"").out

    def _write_tree(self, blobs: dict[bytes, Blob]) -> str:
        """The name of a tree with these blobs at their paths, written with all trees in it."""
        rows: list[tuple[bytes, bytes, str]] = []
        below: dict[bytes, dict[bytes, Blob]] = {}
        for path, (mode, oid) in blobs.items():
            name, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(name, {})[rest] = Blob(mode, oid)
            else:
                rows.append((name, b"%o" % mode, oid))
        for name, inside in below.items():
            rows.append((name + b"/", _FOLDER_MODE, self._write_tree(inside)))
        return self._write(b"tree", b"".join(_tree_rows(sorted(rows))))

    def _write(self, kind: bytes, data: bytes) -> str:
        """The name of a loose object with this content, written into our folder (gitformat-loose)."""
        name = blob.name(data, self.base.digits, kind)
        folder = os.path.join(self.objects, name[:2])
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name[2:]), "wb") as file:
            file.write(zlib.compress(b"%s %d\0" % (kind, len(data)) + data, 1))
        return name


def _contents(change: Change) -> Iterable[str | bytes]:
    """What git would read to compare: objects by name, the file by path; nothing if only the mode changed."""
    if change.old.oid == change.new.oid:
        return
    if change.old.oid and change.old.mode != _GITLINK:
        yield change.old.oid
    if change.new.mode and change.new.mode != _GITLINK:
        yield change.new.oid or change.path


def _tree_rows(rows: Iterable[tuple[bytes, bytes, str]]) -> Iterator[bytes]:
    for name, mode, oid in rows:
        yield b"%s %s\0%s" % (mode, name.removesuffix(b"/"), bytes.fromhex(oid))


def _place(base: Base, change: Change) -> bytes:
    return os.path.join(os.fsencode(base.top), change.path)


def _quoted(path: str) -> str:
    # The variable is a list with colons between; an entry in double quotes may hold any byte.
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
