"""One git work tree, without those nested in it: its files, and how they differ from HEAD."""

import os
from collections.abc import Iterable
from typing import NamedTuple

from runlore.capture import plumbing
from runlore.capture.blob import LFS
from runlore.capture.conversion import Conversion, conversion
from runlore.capture.git import GitUnusableError, ask, common_folder, git_folder, refusal, tell
from runlore.capture.plumbing import Blob, Head, IndexRow, Settings
from runlore.capture.worktree import Beliefs, Comparison, Row, Skipped, compare, unfit
from runlore.records.run import Warn

NOTHING = Blob(0, "")


class Change(NamedTuple):
    """A tracked path that differs from HEAD.

    ``new`` is what it is now: ``mode`` 0 if it is gone, and an empty ``oid`` where its bytes are only
    in the work tree, to be read through ``conversion``.
    """

    path: bytes
    old: Blob
    new: Blob
    conversion: Conversion | None = None


class Part(NamedTuple):
    """A work tree. Paths are relative to its top; ``untracked`` ends in ``/`` for a nested repository.

    ``objects`` is the folder of its objects and ``digits`` the length of their names; ``gitlinks``
    maps a submodule's path to what HEAD and the index record for it.
    """

    head: Head
    settings: Settings
    objects: str
    digits: int
    rows: list[Row]
    changes: list[Change]
    gitlinks: dict[bytes, tuple[Blob, Blob]]
    untracked: list[bytes]
    skipped: list[Skipped]
    warnings: list[Warn]


def read(top: str) -> Part:
    """What git and the files of this work tree say.

    Raises:
        GitUnusableError: no git, or not a work tree that git would work in.
    """
    folder = git_folder(top)
    written = _modified(os.path.join(folder, "index"))
    head_answer, index_answer, untracked_answer, config_answer, staged_answer = ask(
        top, plumbing.HEAD, plumbing.INDEX, plumbing.UNTRACKED, plumbing.SETTINGS, plumbing.STAGED
    )
    for answer in (index_answer, untracked_answer):
        if answer.code:
            raise refusal(top, answer)
    head = _head(top, folder, plumbing.head(head_answer.out))
    settings = plumbing.settings(config_answer.out)
    common = common_folder(folder)
    if settings.bare and os.path.samefile(folder, common):
        raise GitUnusableError("git-unreadable", f'the repository in "{top}" is bare: it has no work tree')

    index = [row for row in plumbing.index_rows(index_answer.out) if not (b".mlrun/" in row[3] and _in_store(row[3]))]
    untracked = plumbing.paths(untracked_answer.out)
    odd = _Surroundings(top, index, untracked)
    attributes = _Attributes(top, settings)
    comparison = compare(top, index, Beliefs(written, settings, frozenset(odd.blocked)), attributes.conversions)
    warnings = attributes.warnings
    if not head.commit:
        staged = {row[3]: NOTHING for row in index}
    elif staged_answer.code:
        warnings = [*warnings, refusal(top, staged_answer).warn]
        staged = {}
    else:
        staged = plumbing.staged(staged_answer.out)
    changes, gitlinks = _changes(index, staged, comparison)
    return Part(
        head=head,
        settings=settings,
        objects=os.path.join(common, "objects"),
        digits=len(index[0][1]) if index else len(head.commit),
        rows=comparison.rows,
        changes=changes,
        gitlinks=gitlinks,
        untracked=untracked,
        skipped=sorted({*comparison.skipped, *odd.skipped()}),
        warnings=warnings,
    )


class _Surroundings:
    """What stands beside the files that git lists: git passes over FIFOs, sockets and folders it cannot open."""

    def __init__(self, top: str, index: Iterable[IndexRow], untracked: Iterable[bytes]) -> None:
        self.blocked: set[bytes] = set()
        self._top = top
        self._odd: dict[bytes, str] = {}
        self._folders = _folders([row[3] for row in index]) | _folders(untracked)
        base = os.fsencode(top) + b"/"
        for folder in sorted(self._folders):
            if folder and folder.rpartition(b"/")[0] in self.blocked:
                self.blocked.add(folder)
            if folder in self.blocked:
                continue
            try:
                with os.scandir(base + folder) as entries:
                    others = [entry for entry in entries if not entry.is_file(follow_symlinks=False)]
                for entry in others:
                    self._note(entry, folder + b"/" + entry.name if folder else entry.name)
            except PermissionError:
                self._odd[folder] = "unreadable"
            except OSError:
                continue  # a tracked folder that is gone, or is a file now

    def skipped(self) -> list[Skipped]:
        """Those of them that git does not ignore."""
        if self._odd:
            # Written as ./PATH, because a path that starts with a colon would be an expression.
            answer = tell(self._top, plumbing.IGNORED, b"".join(b"./" + path + b"\0" for path in self._odd))
            for path in plumbing.paths(answer.out):
                self._odd.pop(path[2:], None)
        return [Skipped(path, kind) for path, kind in self._odd.items()]

    def _note(self, entry: os.DirEntry[bytes], path: bytes) -> None:
        if entry.is_symlink():
            if path in self._folders:
                self.blocked.add(path)
        elif entry.is_dir(follow_symlinks=False):
            if path not in self._folders and not os.access(entry.path, os.R_OK | os.X_OK):
                self._odd[path] = "unreadable"
        elif kind := unfit(entry.path, entry.stat(follow_symlinks=False).st_mode):
            self._odd[path] = kind


class _Attributes:
    """What git's attributes and settings would do to the bytes of a path."""

    def __init__(self, top: str, settings: Settings) -> None:
        self.warnings: list[Warn] = []
        self._top = top
        self._settings = settings

    def conversions(self, paths: list[bytes]) -> dict[bytes, Conversion]:
        """Of those of these paths to which anything would be done."""
        answer = tell(self._top, plumbing.ATTRIBUTES, b"".join(path + b"\0" for path in paths))
        attributes = {} if answer.code else plumbing.attributes(answer.out)
        found: dict[bytes, Conversion] = {}
        for path in paths:
            if how := conversion(attributes.get(path, {}), autocrlf=self._settings.autocrlf):
                found[path] = how
        unseen = {how.filter for how in found.values() if how.filter not in {"", LFS}}
        self.warnings += [
            Warn(code="git-filter", message=f'the filter "{name}" was not run: its files may count as modified')
            for name in sorted(unseen)
        ]
        return found


def _head(top: str, folder: str, head: Head | None) -> Head:
    # A .git that is no repository makes git look further up, and answer for somebody else's.
    if head is None or not os.path.exists(os.path.join(top, head.folder)):
        raise GitUnusableError("git-unreadable", f'git cannot read "{top}"')
    if not os.path.samefile(os.path.join(top, head.folder), folder):
        raise GitUnusableError("git-unreadable", f'"{folder}" is not a git repository')
    if head.commit:
        return head
    (answer,) = ask(top, plumbing.BRANCH)
    ref = os.fsdecode(answer.out.rstrip(b"\n"))
    if answer.code or os.path.exists(os.path.join(common_folder(folder), ref)):
        raise GitUnusableError("git-unreadable", f'HEAD of "{top}" is damaged')
    return head._replace(branch=ref.removeprefix("refs/heads/"))


def _changes(
    index: list[IndexRow], staged: dict[bytes, Blob], comparison: Comparison
) -> tuple[list[Change], dict[bytes, tuple[Blob, Blob]]]:
    differing = {each.path: each for each in comparison.differences}
    wanted = staged.keys() | differing.keys() | comparison.gitlinks.keys()
    indexed = {row[3]: Blob(int(row[0], 8), row[1].decode()) for row in index if row[3] in wanted} if wanted else {}
    gitlinks = {path: (staged.get(path, indexed[path]), indexed[path]) for path in comparison.gitlinks}
    changes = []
    for path in sorted(wanted - gitlinks.keys()):
        if _in_store(path):
            continue
        old = staged[path] if path in staged else indexed[path]
        if path in differing:
            changes.append(Change(path, old, Blob(differing[path].mode, ""), differing[path].conversion))
        else:
            changes.append(Change(path, old, indexed.get(path, NOTHING)))
    return changes, gitlinks


def _in_store(path: bytes) -> bool:
    """Whether somebody committed a file of a store; a store is never code."""
    return b"/.mlrun/" in b"/" + path


def _folders(paths: Iterable[bytes]) -> set[bytes]:
    """The top and every folder on the way to these paths."""
    found, last = {b""}, b""
    for path in paths:
        folder = path.rpartition(b"/")[0]
        if folder != last:
            last = folder
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition(b"/")[0]
    return found


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
