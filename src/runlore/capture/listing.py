"""Which files are the project's code.

In a git work tree these are the files git tracks and those it neither tracks nor ignores, with all
submodules and nested repositories; without git every file there is. Of what git does not track,
`capture.leftout` says what is no code.
"""

import os
import stat
from operator import itemgetter
from typing import NamedTuple

from runlore.capture import repository
from runlore.capture.git import GitUnusableError
from runlore.capture.leftout import LeftOut, Sieve
from runlore.capture.plumbing import Blob
from runlore.capture.repository import Change, Part
from runlore.capture.worktree import Row, unfit
from runlore.records.git import GitFacts
from runlore.records.run import Warn

__all__ = ["Base", "LeftOut", "Listing", "Row", "list_code"]

_GITLINK = 0o160000
_NEVER = frozenset((b".git", b".mlrun"))
_KINDS = {"fifo": "a FIFO", "socket": "a socket", "device": "a device", "unreadable": "unreadable"}


class Base(NamedTuple):
    """What the uncommitted patch of one work tree is made from; ``prefix`` is ``b""`` or ends in ``/``."""

    top: str
    prefix: bytes
    objects: str
    digits: int
    changes: tuple[Change, ...]


class Listing(NamedTuple):
    """The project's files, sorted by path, and what git says about them.

    ``left_out`` was not listed because it is no code, ``skipped`` because it has no content or may
    not be read. ``head_index`` is for `capture.patch`. ``author`` is git's ``Name <email>``.
    """

    top: str
    rows: list[Row]
    left_out: tuple[LeftOut, ...]
    skipped: tuple[Warn, ...]
    git: GitFacts | None
    author: str | None
    head_index: tuple[Base, ...]
    warnings: tuple[Warn, ...]


def list_code(top: str) -> Listing:
    """The code of the project in the folder ``top``, which is the top of a work tree or a plain folder.

    Git that is missing, refuses or cannot read its repository is a warning, and the folder then plain.

    Raises:
        OSError: the folder itself cannot be read.
    """
    top = os.path.abspath(top)
    gathering = _Gathering(top)
    found = gathering.folder(b"")
    if found is None and _is_bare_repository(top):
        message = f'"{top}" is a bare git repository: what is recorded as code are the files of git itself'
        gathering.warnings.append(Warn(code="git-bare", message=message))
    gathering.rows.sort(key=itemgetter(0))
    return Listing(
        top=top,
        rows=gathering.rows,
        left_out=gathering.sieve.report(),
        skipped=tuple(gathering.skipped),
        git=None if found is None else found[0],
        author=None if found is None else found[1].settings.author or None,
        head_index=tuple(gathering.bases),
        warnings=(*gathering.sieve.warnings, *gathering.warnings),
    )


def _is_bare_repository(folder: str) -> bool:
    """Whether git would take the folder itself for a repository (gitrepository-layout(5))."""
    return os.path.isfile(f"{folder}/HEAD") and all(os.path.isdir(f"{folder}/{name}") for name in ("objects", "refs"))


class _Gathering:
    """Everything found so far on the way down from the top, through work trees and plain folders."""

    def __init__(self, top: str) -> None:
        self.rows: list[Row] = []
        self.skipped: list[Warn] = []
        self.warnings: list[Warn] = []
        self.bases: list[Base] = []
        self.sieve = Sieve(top)
        self._top = top

    def folder(self, path: bytes, *, submodule: bool = True) -> tuple[GitFacts, Part] | None:
        """Take in this folder by its own git if it has one, else by walking it."""
        place = os.path.join(self._top, os.fsdecode(path)) if path else self._top
        if os.path.lexists(os.path.join(place, ".git")):
            try:
                part = repository.read(place)
            except GitUnusableError as error:
                self.warnings.append(error.warn)
            else:
                return self._work_tree(place, path + b"/" if path else b"", part, tracked=submodule), part
        self._walk(path)
        return None

    def _work_tree(self, place: str, prefix: bytes, part: Part, *, tracked: bool) -> GitFacts:
        if prefix or not tracked:
            self.rows += [Row(prefix + row.path, row.stat, tracked) for row in part.rows]
        else:
            self.rows += part.rows
        self.skipped += [_note(prefix + path, kind) for path, kind in part.skipped]
        self.warnings += part.warnings
        at = len(self.bases)
        untracked = self._untracked(prefix, part.untracked)
        links, submodules = self._submodules(prefix, part.gitlinks, tracked=tracked)
        changes = sorted([*part.changes, *links])
        if tracked and changes:
            base = Base(top=place, prefix=prefix, objects=part.objects, digits=part.digits, changes=tuple(changes))
            self.bases.insert(at, base)
        modified = tuple(os.fsdecode(change.path) for change in changes)
        return GitFacts(
            commit=part.head.commit or None,
            branch=part.head.branch or None,
            remotes=part.settings.remotes,
            dirty=bool(modified or untracked) or any(each["dirty"] for each in submodules),
            modified=modified,
            untracked=untracked,
            submodules=tuple(submodules),
            shallow=part.head.shallow,
        )

    def _untracked(self, prefix: bytes, paths: list[bytes]) -> tuple[str, ...]:
        before = len(self.rows)
        for path in paths:
            if not _NEVER.isdisjoint(path.split(b"/")):
                continue
            whole = prefix + path
            if not path.endswith(b"/"):
                self._file(whole)
            elif self.sieve.takes_folder(whole[:-1]):
                self.folder(whole[:-1], submodule=False)
        return tuple(os.fsdecode(row.path[len(prefix) :]) for row in self.rows[before:])

    def _submodules(
        self, prefix: bytes, gitlinks: dict[bytes, tuple[Blob, Blob]], *, tracked: bool
    ) -> tuple[list[Change], list[dict[str, object]]]:
        changes: list[Change] = []
        submodules: list[dict[str, object]] = []
        for path, (committed, recorded) in gitlinks.items():
            found = self._inside(prefix + path, tracked=tracked)
            facts = found if isinstance(found, GitFacts) else None
            now = found if isinstance(found, Blob) else recorded
            if facts and facts.commit:
                now = Blob(_GITLINK, facts.commit)
            if now != committed:
                changes.append(Change(path, committed, now))
            submodules.append(
                {
                    "path": os.fsdecode(path),
                    "commit": facts.commit if facts else None,
                    "recorded": recorded.oid,
                    "dirty": bool(facts and facts.dirty),
                    "modified": facts.modified if facts else (),
                    "untracked": facts.untracked if facts else (),
                }
            )
        return changes, submodules

    def _inside(self, path: bytes, *, tracked: bool) -> GitFacts | Blob | None:
        """Take in a submodule: its facts, ``None`` if it is not checked out, or what stands in its place."""
        place = os.path.join(os.fsencode(self._top), path)
        try:
            seen = os.lstat(place)
        except OSError:
            return repository.NOTHING
        if stat.S_ISDIR(seen.st_mode) and _real(self._top, path):
            found = self.folder(path, submodule=tracked)
            return found[0] if found else None
        self._file(path, tracked=tracked)
        return repository.NOTHING

    def _walk(self, path: bytes) -> None:
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            place = os.path.join(os.fsencode(self._top), folder)
            if folder != path and os.path.lexists(os.path.join(place, b".git")):
                self.folder(folder, submodule=False)
                continue
            try:
                with os.scandir(place) as entries:
                    found = [entry for entry in entries if entry.name not in _NEVER]
            except FileNotFoundError:
                if not folder:
                    raise
                continue  # gone since its parent was read
            except OSError:
                if not folder:
                    raise
                self.skipped.append(_note(folder, "unreadable"))
                continue
            for entry in found:
                inside = folder + b"/" + entry.name if folder else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    self._file(inside)
                elif self.sieve.takes_folder(inside):
                    waiting.append(inside)

    def _file(self, path: bytes, *, tracked: bool = False) -> None:
        place = os.path.join(os.fsencode(self._top), path)
        try:
            seen = os.lstat(place)
        except OSError:
            return  # gone since it was listed
        if stat.S_ISDIR(seen.st_mode) or not (tracked or self.sieve.takes_file(path)):
            return
        if kind := unfit(place, seen.st_mode):
            self.skipped.append(_note(path, kind))
        else:
            self.rows.append(Row(path, seen, tracked))


def _note(path: bytes, kind: str) -> Warn:
    return Warn(code=f"skipped-{kind}", message=f'"{os.fsdecode(path)}" is {_KINDS[kind]} and was not captured')


def _real(top: str, path: bytes) -> bool:
    """Whether no folder on the way is a symlink."""
    return os.path.realpath(os.path.join(os.fsencode(top), path)) == os.path.join(
        os.path.realpath(os.fsencode(top)), path
    )
