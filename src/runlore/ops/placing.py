"""A folder made complete where nobody looks, and then put in its place: at once, or into what is there already."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple, Self

from runlore.capture import repository
from runlore.capture.git import GitUnusableError, find_work_tree
from runlore.errors import RefusedError
from runlore.store.durable import fresh_name, write_synced
from runlore.store.lock import remove

_PREFIX = ".mlrun-checkout-"
_IGNORED = frozenset((".mlrun",))
"""What may lie in a folder that counts as empty: a store that was moved alone."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE = 1 << 20
_SHOWN = 5
NEW, SAME, DIFFERENT, BLOCKED = "new", "same", "different", "blocked"


def is_vacant(folder: str) -> bool:
    """Whether there is nothing at ``folder``, or an empty folder; a store and what was left unfinished do not count."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return True
    return all(name in _IGNORED or name.startswith(_PREFIX) for name in names)


class Staging:
    """A folder, ``folder``, in which to make what shall be at ``target``; whatever happens nothing of it is left over.

    It lies beside the target, or in it if that exists; what a killed process left there is removed first.
    """

    def __init__(self, target: str) -> None:
        """``target`` is absolute, without links."""
        self._target = target
        above, rest = target, list[str]()
        while not os.path.lexists(above):
            above, name = os.path.split(above)
            rest.append(name)
        self._above = above
        self._first = rest.pop() if rest else None
        self._own = os.path.join(above, _PREFIX + fresh_name())
        self._lock = -1
        self._new = self._own + "/new"
        self.folder = os.path.join(self._new, *rest[::-1])

    def __enter__(self) -> Self:
        try:
            _sweep(self._above)
            self._lock = _claim(self._own)
            write_synced(self._own + "/.gitignore", b"*\n", mode=0o644)  # who lists the project does not see it
            os.makedirs(self.folder)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave()

    def _leave(self) -> None:
        remove(self._own)
        if self._lock >= 0:
            os.close(self._lock)

    def place(self, *, overwrite: bool) -> None:
        """Put what was made in its place.

        Raises:
            RefusedError: something else is there; nothing was changed.
            OSError: the disk does not take it.
        """
        if self._first is None:
            _merge(self._new, self._target, overwrite=overwrite)
            return
        try:
            os.rename(self._new, os.path.join(self._above, self._first))
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                raise
            raise RefusedError(f'"{self._target}" has appeared meanwhile') from error


def _claim(own: str) -> int:
    """Make the folder; the descriptor whose lock says that somebody still works there."""
    while True:
        os.mkdir(own, 0o700)
        lock = os.open(own, _FOLDER)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(own):  # or a sweep came before the lock
            return lock
        os.close(lock)


def _sweep(above: str) -> None:
    """Remove what killed processes left."""
    for name in os.listdir(above):
        if not name.startswith(_PREFIX):
            continue
        path = os.path.join(above, name)
        try:
            lock = os.open(path, _FOLDER)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(path)
        except OSError:
            continue  # somebody works there
        finally:
            os.close(lock)


class _Met(NamedTuple):
    """A file or folder that was made, and what is at its place: by name in open folders, and by path."""

    what: str
    path: str
    name: bytes
    made: int
    there: int


def _merge(made: str, target: str, *, overwrite: bool) -> None:
    """Put everything in ``made`` into the folder ``target``, or nothing if it meets with what may not be lost."""
    met = [(each.what, each.path) for each in _meetings(made, target)]
    different = [path for what, path in met if what == DIFFERENT]
    blocked = [path for what, path in met if what == BLOCKED]
    if blocked or (different and not overwrite):
        hint = "choose another folder, or, to replace files: --overwrite" if not blocked else "choose another folder"
        raise RefusedError(f'"{target}" has other files of these names: {_named(blocked + different)}', hint=hint)
    if lost := _uncommitted(target, different):
        raise RefusedError(
            f'"{target}" has changes that are not committed in {_named(lost)}', hint="commit them, or move them away"
        )
    for each in _meetings(made, target):
        if each.what == NEW:
            _move_new(each)
        elif each.what == DIFFERENT:
            if not overwrite or each.path not in different:
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
    ours, theirs = os.open(made, _FOLDER), os.open(target, _FOLDER)
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
            yield _Met(NEW, os.fsdecode(where), name, made, there)
            continue
        if not (stat.S_ISDIR(ours.st_mode) and stat.S_ISDIR(theirs.st_mode)):
            yield _Met(_beside(made, there, name, (ours, theirs)), os.fsdecode(where), name, made, there)
            continue
        below, beside = os.open(name, _FOLDER, dir_fd=made), os.open(name, _FOLDER, dir_fd=there)
        try:
            yield from _compare(below, beside, where)
        finally:
            os.close(below)
            os.close(beside)


def _beside(made: int, there: int, name: bytes, about: tuple[os.stat_result, os.stat_result]) -> str:
    """How a file or link of ours is to what has its name there."""
    ours, theirs = (each.st_mode for each in about)
    if not (stat.S_ISREG(theirs) or stat.S_ISLNK(theirs)) or stat.S_ISDIR(ours):
        return BLOCKED
    if stat.S_IFMT(ours) != stat.S_IFMT(theirs) or (stat.S_ISREG(ours) and (ours ^ theirs) & stat.S_IXUSR):
        return DIFFERENT
    if stat.S_ISLNK(ours):
        return SAME if os.readlink(name, dir_fd=made) == os.readlink(name, dir_fd=there) else DIFFERENT
    return SAME if about[0].st_size == about[1].st_size and _same_bytes(made, there, name) else DIFFERENT


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


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(f'"{path}"' for path in paths[:_SHOWN]) + more
