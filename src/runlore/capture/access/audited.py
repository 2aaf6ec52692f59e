"""The third rung: every Python of the run tells what it opens itself, by its audit events."""

import binascii
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from runlore.capture.access import touch
from runlore.capture.access.observer import Place
from runlore.capture.access.touch import Touch
from runlore.capture.content import state_of

LOG = "audit"
"""The name of the log in the run's folder, as `runlore.probe.audit` knows it."""
_KINDS = {
    b"r": touch.READ,
    b"w": touch.WRITE,
    b"u": touch.UPDATE,
    b"l": touch.LIST,
    b"m": touch.RENAME,
    b"k": touch.LINK,
    b"s": touch.SAVED,
    b"x": touch.EXEC,
    b"b": touch.START,
    b"c": touch.CONNECT,
    b"d": touch.RESOLVE,
}
_NAMES_NO_FILE = frozenset((touch.CONNECT, touch.RESOLVE))
_CHECK = 8
_FIELDS = 10
_BILLION = 1_000_000_000
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


class Audited:
    """The run as its Python interpreters see it."""

    name = "python"
    blind: tuple[str, ...] = (
        "files opened by compiled libraries",
        "programs other than Python",
        "Python started with -I, -S or -E",
        "files named relative to a descriptor",
        "a few failed opens, taken for real ones",
    )

    def __init__(self, place: Place, started_at: int, program: str = "") -> None:
        """``started_at`` is nanoseconds since 1970; ``program`` is what the command runs."""
        self.place = place
        self._log = os.path.join(place.folder, LOG)
        self._started_at = started_at
        self._program = program

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """With the variable that tells the probe where to write."""
        os.makedirs(self.place.saved, exist_ok=True)
        os.close(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        saved = os.path.relpath(self.place.saved, self.place.folder)
        return {**environ, "RUNLORE_AUDIT": f"{self._started_at}:{self.place.limit}:{saved}:{self.place.folder}"}

    def command(self, argv: Sequence[str]) -> tuple[str, ...]:
        """As it was."""
        return tuple(argv)

    def touches(self) -> Iterator[Touch]:
        """What was noted, in the order in which it was done."""
        if not os.path.lexists(self._log):  # made before the run
            yield Touch(touch.LOST, 0, 0, b"the log of the Python probe is gone")
        real = _Real()
        for line in self._lines():
            if line == b"\n":
                continue
            if (each := _parse(line)) is None:
                yield Touch(touch.LOST, 0, 0, b"the log of the Python probe is not whole")
            elif each.kind in _NAMES_NO_FILE or each.kind == touch.START:
                yield each
            elif each.kind in {touch.RENAME, touch.LINK}:
                yield each._replace(path=real.above(each.path), other=real.above(each.other))
            else:
                yield each._replace(path=real.path(each.path))

    def unobserved(self, processes: Iterable[Touch]) -> tuple[str, ...]:
        """The programs that were started and are no Python that told of itself."""
        told, started = set(), {os.fsencode(os.path.realpath(self._program))} if self._program else set()
        for each in processes:
            if each.kind == touch.START:
                told.add(each.path)
            elif each.kind == touch.EXEC:
                started.add(each.path)
        return tuple(os.fsdecode(path) for path in sorted(started - told))

    def _lines(self) -> Iterator[bytes]:
        try:
            with open(self._log, "rb") as file:
                yield from file
        except OSError:
            return


class _Real:
    """Paths without links; what was asked lately is not asked again."""

    def __init__(self) -> None:
        self._folders: dict[bytes, bytes] = {}

    def above(self, path: bytes) -> bytes:
        """Without links but for the last name."""
        folder, name = os.path.split(path.rstrip(b"/"))
        if name in {b".", b".."}:
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    def path(self, path: bytes) -> bytes:
        """Without any link."""
        path = self.above(path)
        return os.path.realpath(path) if os.path.islink(path) else path


def _parse(line: bytes) -> Touch | None:
    """The touch on a line; ``None`` if it fails its check or means nothing: processes of the user write it."""
    text = line[_CHECK + 1 : -1]
    if line[-1:] != b"\n" or line[: _CHECK + 1] != b"%08x " % binascii.crc32(text):
        return None
    fields = text.split(b" ", _FIELDS - 1)
    try:
        kind, pid, at, fresh, mode, size, mtime, ctime, inode = (_KINDS[fields[0]], *map(int, fields[1:9]))
        path, _, other = fields[9].partition(b"\0")
    except (KeyError, ValueError, IndexError):
        return None
    if b"\\" in path or b"\\" in other:
        path, other = (_ESCAPE.sub(_unescape, each) for each in (path, other))
    if (not path.startswith(b"/") and kind not in _NAMES_NO_FILE) or not (0 <= mode < 1 << 32 and 0 <= size < 1 << 63):
        return None
    state = b""
    if mode and kind != touch.EXEC:
        found = os.stat_result(
            (mode, inode, 0, 0, 0, 0, size, 0, mtime // _BILLION, ctime // _BILLION),
            {"st_mtime_ns": mtime, "st_ctime_ns": ctime},
        )
        state = state_of(found)
    return Touch(kind, pid, at, path, other, state, bool(fresh))


def _unescape(found: re.Match[bytes]) -> bytes:
    return b"\n" if found[1] == b"n" else found[1]
