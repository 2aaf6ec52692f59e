"""What of the index the work tree still has, found without git comparing anything.

A row of the index whose times, inode, owner and size are those of the file is believed; of any other
file, and of one as young as the index itself (git calls these racy), the bytes are read and hashed
as git would.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable
from typing import NamedTuple

from runlore.capture import blob
from runlore.capture.conversion import Conversion
from runlore.capture.plumbing import STAT, IndexRow, Settings

REGULAR, EXECUTABLE, SYMLINK = 0o100644, 0o100755, 0o120000

Convert = Callable[[list[bytes]], dict[bytes, Conversion]]
"""From paths to what git would do to the bytes of those to which it would do anything."""

_SECOND = 1_000_000_000
# Two ticks of the slowest usual kernel clock (100 Hz); where times are whole seconds, the two seconds of FAT.
_TICK, _COARSE = 20_000_000, 2 * _SECOND
_SKIP_WORKTREE = 1 << 30
_WORD = 0xFFFFFFFF
_EVERYBODY_READS = 0o444
_EMPTY_BLOBS = frozenset(
    (
        b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        b"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    )
)
_KINDS = {stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}


_MODE_BITS = 0o170100
_PLAIN_MODES = {0o100000: b"100644", 0o100100: b"100755", 0o120100: b"120000"}
_DEVICE = re.compile(rb"dev: \d+\t")


class Row(NamedTuple):
    """A file of the project: path relative to the top with ``/``, its lstat, and whether git tracks it."""

    path: bytes
    stat: os.stat_result
    tracked: bool


class Skipped(NamedTuple):
    """A path that cannot be captured: it is a ``fifo``, a ``socket``, a ``device`` or ``unreadable``."""

    path: bytes
    kind: str


class Difference(NamedTuple):
    """A tracked path whose bytes or mode are not the index's: its mode (0: gone) and what git would convert."""

    path: bytes
    mode: int
    conversion: Conversion | None


class Comparison(NamedTuple):
    """The work tree beside the index. ``gitlinks`` maps a submodule's path to the commit recorded for it."""

    rows: list[Row]
    differences: list[Difference]
    gitlinks: dict[bytes, str]
    skipped: list[Skipped]


class _Suspect(NamedTuple):
    path: bytes
    stat: os.stat_result
    mode: int
    oid: str
    resized: bool


class Beliefs(NamedTuple):
    """What decides which rows of the index are believed.

    ``written`` is the index's own mtime in nanoseconds, ``blocked`` the tracked folders that are
    none any more: a symlink stands there, and what lies behind it is not the project's.
    """

    written: int
    settings: Settings
    blocked: frozenset[bytes]


def compare(top: str, index: Iterable[IndexRow], beliefs: Beliefs, convert: Convert) -> Comparison:
    """The files of the index that the work tree has, and which of them differ."""
    folder = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        work = _Work(folder, beliefs)
        work.look(index)
        work.settle(convert)
    finally:
        os.close(folder)
    return work.found


def unfit(path: bytes, mode: int, folder: int | None = None) -> str | None:
    """What keeps a path from being captured, as `Skipped` names it; ``None`` for a file that can be read."""
    # The kernel is asked only where not everybody may read.
    if mode & _EVERYBODY_READS == _EVERYBODY_READS and stat.S_ISREG(mode):
        return None
    if (kind := _KINDS.get(stat.S_IFMT(mode))) or stat.S_ISLNK(mode):
        return kind
    return None if os.access(path, os.R_OK, dir_fd=folder) else "unreadable"


class _Work:
    """One comparison: a quick look at every row, then the bytes of those that need it."""

    def __init__(self, folder: int, beliefs: Beliefs) -> None:
        self.found = Comparison([], [], {}, [])
        self._folder = folder
        self._written, self._settings, self._blocked = beliefs
        self._suspects: list[_Suspect] = []

    def look(self, index: Iterable[IndexRow]) -> None:
        """Sort the rows into those to believe, those that differ and those to read."""
        last, add, lstat, folder = b"", self.found.rows.append, os.lstat, self._folder
        old, older = (0, 0) if self._blocked else (self._written - _TICK, self._written - _COARSE)
        for row in index:
            mode, _, stage, path, known, _ = row
            if path == last:
                continue  # another side of a conflict
            last = path
            try:
                seen = lstat(path, dir_fd=folder)
            except OSError:
                self._look_closer(row, None, b"")
                continue
            bits, inode, device, _, user, group, size, _, modified, changed = seen
            nanos = seen.st_mtime_ns % _SECOND
            # Nearly every file of nearly every run ends here, so there are no calls. Written the way git
            # prints it, because that is cheaper than reading nine numbers.
            now = STAT % (
                changed,
                seen.st_ctime_ns % _SECOND,
                modified,
                nanos,
                device & _WORD,
                inode & _WORD,
                user,
                group,
                size & _WORD,
            )
            if (
                now == known
                and mode == _PLAIN_MODES.get(bits & _MODE_BITS)
                and seen.st_mtime_ns < (old if nanos else older)
                and size
                and stage == b"0"
            ):
                add(Row(path, seen, True))
            else:
                self._look_closer(row, seen, now)

    def settle(self, convert: Convert) -> None:
        """Read what was not believed, and let git's attributes say what git would have made of it."""
        differing = [each for each in self._suspects if each.resized or self._name(each) != each.oid]
        plain = self.found.differences
        paths = [each.path for each in plain] + [each.path for each in differing]
        conversions = convert(paths) if paths else {}
        plain[:] = [each._replace(conversion=conversions.get(each.path)) for each in plain]
        for each in differing:
            how = conversions.get(each.path)
            if how is None or self._name(each, how) != each.oid:
                plain.append(Difference(each.path, each.mode, how))

    def _look_closer(self, row: IndexRow, seen: os.stat_result | None, shown: bytes) -> None:
        mode, oid, stage, path, known, flags = row
        if mode == b"160000":
            self.found.gitlinks[path] = oid.decode()
        elif seen is None or stat.S_ISDIR(seen.st_mode) or (self._blocked and self._behind(path)):
            # Outside a sparse checkout a file is absent on purpose.
            if not int(flags or b"0", 16) & _SKIP_WORKTREE:
                self.found.differences.append(Difference(path, 0, None))
        elif kind := unfit(path, seen.st_mode, self._folder):
            self.found.skipped.append(Skipped(path, kind))
            if kind != "unreadable":
                self.found.differences.append(Difference(path, 0, None))
        else:
            self.found.rows.append(Row(path, seen, True))
            now = self._mode(seen, row)
            if stage != b"0" or now != int(mode, 8):
                self.found.differences.append(Difference(path, now, None))
            elif not self._believed(row, seen, shown):
                # Git writes 0 where it does not know; any other number was the size of the file it knew.
                size = int(known.rpartition(b" ")[2] or b"0")
                resized = size not in {0, seen.st_size & _WORD}
                self._suspects.append(_Suspect(path, seen, now, oid.decode(), resized))

    def _believed(self, row: IndexRow, seen: os.stat_result, now: bytes) -> bool:
        # All but the device: its number changes with every mount, and git does not look at it either.
        now, known = (_DEVICE.sub(b"", text) for text in (now, row[4]))
        modified = seen.st_mtime_ns
        racy = modified + (_TICK if modified % _SECOND else _COARSE) >= self._written
        # A size of 0 is also git's mark for "changed in the instant it was added".
        return known == now and not racy and (seen.st_size & _WORD != 0 or row[1] in _EMPTY_BLOBS)

    def _mode(self, seen: os.stat_result, row: IndexRow) -> int:
        before = int(row[0], 8)
        if stat.S_ISLNK(seen.st_mode) or (before == SYMLINK and not self._settings.symlinks):
            return SYMLINK
        if not self._settings.executable_bit:
            return REGULAR if before == SYMLINK else before
        return EXECUTABLE if seen.st_mode & stat.S_IXUSR else REGULAR

    def _behind(self, path: bytes) -> bool:
        parts = path.split(b"/")
        return any(b"/".join(parts[:count]) in self._blocked for count in range(1, len(parts)))

    def _name(self, each: _Suspect, how: Conversion | None = None) -> str | None:
        digits = len(each.oid)
        try:
            if how is None:
                return blob.file_name(self._folder, each.path, each.stat, digits)
            return blob.converted_name(self._folder, each.path, each.stat, digits, how)
        except OSError:
            return None  # replaced or taken away while we look: at any rate not what git has
