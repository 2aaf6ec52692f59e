"""What is not code although git neither tracks nor ignores it: environments, caches, other tools' records.

`.mlrunignore` at the top (gitignore syntax) adds to the rules, and a ``!`` in it takes one back.
"""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from warnings import catch_warnings, simplefilter

from runlore.records.run import Warn

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".mlrunignore"
COUNTED = 5_000
"""Files looked at per listing to say how much was left out; beyond them sizes are partial."""

CACHE, EDITOR = "cache", "editor or desktop file"
"""Reasons to leave something out that nobody misses: whoever made it makes it again."""

_IGNORE_FILE_LIMIT = 1 << 20
_ENVIRONMENT, _PACKAGES = "virtual environment", "installed packages"
_HISTORY, _RECORDS = "another version control system", "another tool's records"
_NAMES = {
    **dict.fromkeys((b".venv", b".conda", b".pixi", b".tox", b".nox"), _ENVIRONMENT),
    **dict.fromkeys((b"site-packages", b"node_modules", b"__pypackages__", b".eggs"), _PACKAGES),
    **dict.fromkeys((b"__pycache__", b".ipynb_checkpoints", b".mypy_cache", b".pytest_cache", b".ruff_cache"), CACHE),
    **dict.fromkeys((b".pytype", b".hypothesis", b".import_linter_cache"), CACHE),
    **dict.fromkeys((b".DS_Store", b"Thumbs.db", b".idea"), EDITOR),
    **dict.fromkeys((b".hg", b".svn", b".bzr", b".jj", b"CVS"), _HISTORY),
    **dict.fromkeys((b"mlruns", b"mlartifacts", b"mlflow.db", b"wandb", b".guild", b".aim"), _RECORDS),
    **dict.fromkeys((b".neptune", b".smt", b"lightning_logs"), _RECORDS),
}
_SUFFIXES = {b".pyc": CACHE, b".pyo": CACHE, b".egg-info": _PACKAGES, b".swp": EDITOR}
_BELOW = {(b".dvc", b"cache"): CACHE, (b".dvc", b"tmp"): CACHE}
_UNFINISHED = b".mlrun-checkout-"
"""What the folders begin with in which `checkout` makes things before they are put in their place."""
_STAR, _CHARACTERS = "[^/]*", re.compile(r"(?:\\.|\[\^/\]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\/()\[\]*+?{|])*")
"""A star in pathspec's regular expressions, and what matches so many characters of a name, one after the other."""
_DEEP, _WIDE = 3, 20
"""How many ``**`` a pattern may have, and stars that are the last in their folder."""
_MARKS = (b"pyvenv.cfg", b"conda-meta")


class LeftOut(NamedTuple):
    """A path, or ``**/NAME`` for several of a name, that is not part of the code, and why.

    ``bytes`` is the size of ``files`` files; where ``partial``, there are more than were counted.
    """

    path: str
    reason: str
    files: int
    bytes: int
    partial: bool


class _Hit(NamedTuple):
    """The outermost folder or file that a rule left out; an empty ``root`` for none."""

    root: bytes
    reason: str


_KEPT = _Hit(b"", "")


class _Tally:
    """How much lies below one root."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.files = 0
        self.bytes = 0
        self.partial = False


class Sieve:
    """Says of each untracked path whether it is code, and keeps account of what is not."""

    def __init__(self, top: str) -> None:
        """Reads `.mlrunignore` of the folder ``top``; all paths are relative to it."""
        self.warnings: list[Warn] = []
        self._top = os.fsencode(top)
        self._spec = _rules(top, self.warnings)
        self._folders: dict[bytes, _Hit] = {b"": _KEPT}
        self._tallies: dict[bytes, _Tally] = {}
        self._looks = COUNTED

    def takes_file(self, path: bytes) -> bool:
        """Whether this file is code; if not, it is counted."""
        hit = self._folder(path.rpartition(b"/")[0])
        if hit is _KEPT:
            hit = self._judge(path, folder=False)
        if hit is _KEPT:
            return True
        self._count(hit, path)
        return False

    def takes_folder(self, path: bytes) -> bool:
        """Whether what is in this folder is code; if not, it is walked to be counted."""
        hit = self._folder(path)
        if hit is _KEPT:
            return True
        for found in self._below(path):
            self._count(hit, found)
        return False

    def report(self) -> tuple[LeftOut, ...]:
        """What was left out so far, one line for each name of cache and the like, however often it occurs."""
        groups: dict[tuple[bytes, str], list[bytes]] = {}
        for root, tally in self._tallies.items():
            groups.setdefault((_pattern(root), tally.reason), []).append(root)
        return tuple(
            LeftOut(
                path=os.fsdecode(roots[0] if len(roots) == 1 else b"**/" + pattern),
                reason=reason,
                files=sum(self._tallies[root].files for root in roots),
                bytes=sum(self._tallies[root].bytes for root in roots),
                partial=any(self._tallies[root].partial for root in roots),
            )
            for (pattern, reason), roots in sorted(groups.items())
        )

    def _folder(self, path: bytes) -> _Hit:
        unknown = []
        while (hit := self._folders.get(path)) is None:
            unknown.append(path)
            path = path.rpartition(b"/")[0]
        for folder in reversed(unknown):
            if hit is _KEPT:
                hit = self._judge(folder, folder=True)
            self._folders[folder] = hit
        return hit

    def _judge(self, path: bytes, *, folder: bool) -> _Hit:
        if self._spec is not None:
            said = self._spec.check_file(os.fsdecode(path) + ("/" if folder else "")).include
            if said is not None:
                return _Hit(path, IGNORE_FILE) if said else _KEPT
        above, _, name = path.rpartition(b"/")
        reason = _NAMES.get(name) or _BELOW.get((above.rpartition(b"/")[2], name))
        reason = reason or _SUFFIXES.get(os.path.splitext(name)[1])
        if reason is None and folder:
            unfinished = "an unfinished checkout" if name.startswith(_UNFINISHED) else None
            reason = unfinished or (_ENVIRONMENT if self._is_environment(path) else None)
        return _Hit(path, reason) if reason else _KEPT

    def _is_environment(self, path: bytes) -> bool:
        return any(os.path.lexists(b"/".join((self._top, path, mark))) for mark in _MARKS)

    def _count(self, hit: _Hit, path: bytes) -> None:
        tally = self._tallies.setdefault(hit.root, _Tally(hit.reason))
        if self._looks <= 0:
            tally.partial = True
            return
        self._looks -= 1
        tally.files += 1
        try:
            tally.bytes += os.lstat(self._top + b"/" + path).st_size
        except OSError:
            tally.partial = True

    def _below(self, path: bytes) -> Iterator[bytes]:
        waiting = [path]
        while waiting and self._looks >= 0:
            folder = waiting.pop()
            try:
                with os.scandir(self._top + b"/" + folder) as entries:
                    for entry in entries:
                        inside = folder + b"/" + entry.name
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(inside)
                        else:
                            yield inside
            except OSError:
                continue


def _pattern(root: bytes) -> bytes:
    name = root.rpartition(b"/")[2]
    suffix = os.path.splitext(name)[1]
    return b"*" + suffix if suffix in _SUFFIXES else name


def _steady(pattern: Any) -> Any:  # noqa: ANN401 - pathspec's
    """The pattern with the same meaning, in a form of which nobody can make one that takes for ever.

    A regular expression tries all ways in which several stars can share the characters of a name; 25 stars have
    more than can be tried. Where between two stars only characters stand, the first place of those will do.

    Raises:
        ValueError: it has so many ``**`` that it would take long all the same.
    """
    if pattern.regex is None:
        return pattern
    first, *rest = pattern.regex.pattern.split(_STAR)
    whole = first
    for at, part in enumerate(rest, 1):
        whole += f"(?>[^/]*?{part})" if at < len(rest) and _CHARACTERS.fullmatch(part) else _STAR + part
    if whole.count(".+") > _DEEP or len(re.findall(r"\[\^/\]\*(?!\?)", whole)) > _WIDE:
        raise ValueError("a pattern has too many stars")
    return type(pattern)(re.compile(whole), pattern.include)


def _rules(top: str, warnings: list[Warn]) -> "GitIgnoreSpec | None":
    path = os.path.join(top, IGNORE_FILE)
    if not os.path.isfile(path):
        return None
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only who has such a file pays for it

    try:
        with open(path, "rb") as file:
            lines = os.fsdecode(file.read(_IGNORE_FILE_LIMIT)).splitlines()
        with catch_warnings():
            simplefilter("ignore")  # of an odd set of characters, which is the user's own affair
            return GitIgnoreSpec([_steady(each) for each in GitIgnoreSpec.from_lines(lines).patterns])
    except (OSError, ValueError, re.error) as error:
        warnings.append(Warn(code="ignore-unreadable", message=f"{IGNORE_FILE} is not used: {error}"))
        return None
