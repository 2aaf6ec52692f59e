"""A folder that was made, put into one that is there: what is new, and over other files only what may be."""

import errno
import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from runlore.capture import repository
from runlore.capture.git import GitUnusableError, find_work_tree
from runlore.errors import RefusedError
from runlore.records.phrases import quoted
from runlore.store.reading import FOLDER_ALONE

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE = 1 << 20
_NEW, _SAME, _DIFFERENT, _BLOCKED = "new", "same", "different", "blocked"


class Over(NamedTuple):
    """Whether other files may be replaced, also those that git could not give back; the ``option`` that asks for it."""

    files: bool
    uncommitted: bool
    option: str


class _Met(NamedTuple):
    """A file or folder that was made, and what is at its place: by name in open folders, and by path."""

    what: str
    path: str
    name: bytes
    made: int
    there: int


def merge(made: str, target: str, over: Over) -> None:
    """Put everything in ``made`` into the folder ``target``, or nothing if it meets with what may not be lost."""
    met = [(each.what, each.path) for each in _meetings(made, target)]
    different = [path for what, path in met if what == _DIFFERENT]
    blocked = [path for what, path in met if what == _BLOCKED]
    if blocked or (different and not over.files):
        hint = "choose another place" if blocked else f"choose another place, or, to replace files: {over.option}"
        raise RefusedError(f'"{target}" has other files of these names: {quoted(blocked + different)}', hint=hint)
    if not over.uncommitted and (lost := _uncommitted(target, different)):
        raise RefusedError(
            f'"{target}" has changes that are not committed in {quoted(lost)}', hint="commit them, or move them away"
        )
    for each in _meetings(made, target):
        if each.what == _NEW:
            _move_new(each)
        elif each.what == _DIFFERENT:
            if not over.files or each.path not in different:
                raise RefusedError(f'"{each.path}" has appeared in "{target}" meanwhile')
            os.replace(each.name, each.name, src_dir_fd=each.made, dst_dir_fd=each.there)


def _move_new(each: _Met) -> None:
    """Move to where nothing is: should something have come there, it stays."""
    if stat.S_ISDIR(os.stat(each.name, dir_fd=each.made, follow_symlinks=False).st_mode):
        os.rename(each.name, each.name, src_dir_fd=each.made, dst_dir_fd=each.there)  # over no folder with content
        return
    try:
        os.link(each.name, each.name, src_dir_fd=each.made, dst_dir_fd=each.there, follow_symlinks=False)
    except FileExistsError:
        raise RefusedError(f'"{each.path}" has appeared meanwhile') from None
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}:
            raise
        os.rename(each.name, each.name, src_dir_fd=each.made, dst_dir_fd=each.there)  # no hard links here


def _meetings(made: str, target: str) -> Iterator[_Met]:
    """Everything that was made, beside what is at its place; a folder that is new stands for all in it."""
    ours, theirs = os.open(made, FOLDER_ALONE), os.open(target, FOLDER_ALONE)
    try:
        yield from _compare(ours, theirs, b"")
    finally:
        os.close(ours)
        os.close(theirs)


def _compare(made: int, there: int, path: bytes) -> Iterator[_Met]:
    for name in sorted(map(os.fsencode, os.listdir(made))):
        where = path + b"/" + name if path else name
        ours = os.stat(name, dir_fd=made, follow_symlinks=False)
        try:
            theirs = os.stat(name, dir_fd=there, follow_symlinks=False)
        except FileNotFoundError:
            yield _Met(_NEW, os.fsdecode(where), name, made, there)
            continue
        if not (stat.S_ISDIR(ours.st_mode) and stat.S_ISDIR(theirs.st_mode)):
            yield _Met(_beside(made, there, name, (ours, theirs)), os.fsdecode(where), name, made, there)
            continue
        below, beside = os.open(name, FOLDER_ALONE, dir_fd=made), os.open(name, FOLDER_ALONE, dir_fd=there)
        try:
            yield from _compare(below, beside, where)
        finally:
            os.close(below)
            os.close(beside)


def _beside(made: int, there: int, name: bytes, about: tuple[os.stat_result, os.stat_result]) -> str:
    """How a file or link of ours is to what has its name there."""
    ours, theirs = (each.st_mode for each in about)
    if not (stat.S_ISREG(theirs) or stat.S_ISLNK(theirs)) or stat.S_ISDIR(ours):
        return _BLOCKED
    if stat.S_IFMT(ours) != stat.S_IFMT(theirs) or (stat.S_ISREG(ours) and (ours ^ theirs) & stat.S_IXUSR):
        return _DIFFERENT
    if stat.S_ISLNK(ours):
        return _SAME if os.readlink(name, dir_fd=made) == os.readlink(name, dir_fd=there) else _DIFFERENT
    return _SAME if about[0].st_size == about[1].st_size and _same_bytes(made, there, name) else _DIFFERENT


def _same_bytes(made: int, there: int, name: bytes) -> bool:
    try:
        theirs = os.open(name, _FILE, dir_fd=there)
    except PermissionError:
        return False
    with open(theirs, "rb") as old, open(os.open(name, _FILE, dir_fd=made), "rb") as new:
        while piece := new.read(_PIECE):
            if piece != old.read(_PIECE):
                return False
        return not old.read(1)


def _uncommitted(target: str, paths: list[str]) -> list[str]:
    """Those of the files whose content git could not give back; none where there is no git."""
    found: list[str] = []
    committed: dict[str, set[bytes] | None] = {}
    for path in paths:
        where = os.path.join(target, path)
        top = find_work_tree(os.path.dirname(where))
        if top is None:
            continue
        if top not in committed:
            committed[top] = _committed(top)
        known = committed[top]
        if known is None or os.fsencode(os.path.relpath(where, top)) not in known:
            found.append(path)
    return found


def _committed(top: str) -> set[bytes] | None:
    """The paths of a work tree that are as HEAD has them; ``None`` if git does not say."""
    try:
        part = repository.read(top)
    except GitUnusableError:
        return None
    return {row.path for row in part.rows} - {change.path for change in part.changes}
