"""What strace writes, read back: the system calls of a run become touches.

A line is ``PID SECONDS.MICROS call(arguments) = result``, cut in two where another process came between. Names stand
between quotation marks, those that descriptors have between angle brackets, both escaped as in C. Processes of the
user decide what is in it: a line that means nothing is passed over.
"""

import os
import re
from collections.abc import Iterable, Iterator

from runlore.capture.access import touch
from runlore.capture.access.touch import Touch

_TEXT = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
_AT = rb"(?:AT_FDCWD|-?\d+)(?:<([^>]*)>)?(?:\(deleted\))?, "
_LINE = rb"(\d{1,10}) +(\d{1,12}\.\d{6}) "
"""How a line begins. Numbers have no more digits than strace gives them: Python converts no number of thousands."""
_OPEN = re.compile(
    _LINE + rb"(open|openat|openat2|creat)"
    rb"\((?:" + _AT + rb")?" + _TEXT + rb', ([^"<]*)\) += \d+<(/[^>]*)>(\(deleted\))?'
)
_CALL = re.compile(_LINE + rb"(\w+)\((.*)\n?", re.DOTALL)
_RESUMED = re.compile(rb"(\d{1,10}) +\d+\.\d{6} <\.\.\. \w+ resumed> ?(.*)", re.DOTALL)
_CUT = re.compile(rb" ?<(?:unfinished|pid changed to \d+) \.\.\.>\n")
_ENDED = re.compile(rb"(\d{1,10}) +\d+\.\d{6} \+\+\+ (exited|killed|superseded)")
_NAME = re.compile(rb"(?:" + _AT + rb")?" + _TEXT)
_RESULT = re.compile(rb"\) += (-?\d{1,20})(?:<([^>]*)>)?(?:\(deleted\))?(?: (E[A-Z0-9]+) [^=]*)?\n?\Z")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}
_ADDRESS = re.compile(
    rb'\d+<([^>]*)>, \{sa_family=AF_INET6?, .*?htons\((\d+)\),.*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([\da-fA-F:.]+)"'
)
_HERE = re.compile(rb"127\.|0\.0\.0\.0\Z|::1?\Z|::ffff:127\.")
_MANY = 1 << 16


class _Process:
    """A process, shared by its threads; ``folder`` is the one it works in, empty while that is not known."""

    __slots__ = ("folder", "pid")

    def __init__(self, pid: int, folder: bytes) -> None:
        self.pid = pid
        self.folder = folder


class Reader:
    """Lines in, touches out. ``ended`` is whether the first process was seen to end."""

    def __init__(self) -> None:
        self.ended = False
        self._first = b""
        self._processes: dict[int, _Process] = {}
        self._cut: dict[bytes, bytes] = {}
        self._datagrams: set[bytes] = set()
        self._real: dict[bytes, bytes] = {}

    def read(self, lines: Iterable[bytes]) -> Iterator[Touch]:
        """What the lines say, in the order in which the calls ended."""
        for line in lines:
            if found := _OPEN.match(line):
                yield from self._open(found)
            elif line.endswith(b" ...>\n") and (cut := _CUT.search(line)):
                yield from self._cut_short(line, cut)
            elif found := _RESUMED.match(line):
                if begun := self._cut.pop(found[1], None):
                    yield from self.read((begun + found[2],))
            elif found := _ENDED.match(line):
                self._end(found[1], found[2])
            elif found := _CALL.match(line):
                yield from self._call(found)

    def _open(self, found: re.Match[bytes]) -> Iterator[Touch]:
        pid, at, name, folder, _, flags, path, gone = found.groups()
        process = self._process(pid)
        if folder and found[0].find(b"(AT_FDCWD<", 0, 60) > 0:
            process.folder = folder  # still escaped: hardly ever needed
        if gone:
            return
        kind = touch.WRITE if name == b"creat" else _kind(flags)
        if kind:
            fresh = b"O_EXCL" in flags and b"O_CREAT" in flags
            keeps = kind in {touch.WRITE, touch.UPDATE} and name != b"creat" and not (fresh or b"O_TRUNC" in flags)
            if kind == touch.UPDATE and b"O_CREAT" not in flags:
                # It must have been there; what it held is not known to be left alone.
                yield Touch(touch.READ, process.pid, _nanoseconds(at), _plain(path))
            yield Touch(kind, process.pid, _nanoseconds(at), _plain(path), fresh=fresh, keeps=keeps)

    def _cut_short(self, line: bytes, cut: re.Match[bytes]) -> Iterator[Touch]:
        pid = line.split(None, 1)[0]
        begun = line[: cut.start()]
        if b"<pid changed" in cut[0]:  # a thread becomes another program, which ends all others
            yield from self.read((begun + b") = 0\n",))
        else:
            self._cut[pid] = begun

    def _end(self, pid: bytes, how: bytes) -> None:
        if how == b"superseded":
            return
        self.ended |= pid == self._first
        self._processes.pop(int(pid), None)
        self._cut.pop(pid, None)

    def _call(self, found: re.Match[bytes]) -> Iterator[Touch]:
        pid, at, name, rest = found.groups()
        process = self._process(pid)
        result = _RESULT.search(rest)
        if result is None or (result[1].startswith(b"-") and result[3] != b"EINPROGRESS"):
            return
        call = name.decode()
        if call in {"clone", "clone3", "fork", "vfork"}:
            self._begin(int(result[1]), process, thread=b"CLONE_THREAD" in rest)
        elif call == "socket":
            if b"SOCK_DGRAM" in rest and result[2] and len(self._datagrams) < _MANY:
                self._datagrams.add(result[2])
        elif call == "connect":
            if address := self._address(rest):
                yield Touch(touch.CONNECT, process.pid, _nanoseconds(at), address)
        elif call == "fchdir":
            process.folder = rest.partition(b"<")[2].partition(b">")[0]
        elif names := [self._path(process, each) for each in _NAME.finditer(rest)]:
            yield from _named(call, process, _nanoseconds(at), names)

    def _process(self, pid: bytes) -> _Process:
        number = int(pid)
        if (known := self._processes.get(number)) is None:
            self._first = self._first or pid
            # New, and the call that made it has not come back: the newest such call is taken for it.
            parents = [(int(each), begun) for each, begun in self._cut.items() if _makes_process(begun)]
            parent, begun = parents[-1] if parents else (0, b"")
            made_by = self._processes.get(parent) or _Process(number, self._first_folder())
            known = self._begin(number, made_by, thread=b"CLONE_THREAD" in begun)
        return known

    def _first_folder(self) -> bytes:
        first = self._processes.get(int(self._first))
        return first.folder if first else b""

    def _begin(self, pid: int, parent: _Process, *, thread: bool) -> _Process:
        """The process ``pid``, which is new unless its own lines came first."""
        if pid not in self._processes:
            self._processes[pid] = parent if thread else _Process(pid, parent.folder)
        elif not self._processes[pid].folder:
            self._processes[pid].folder = parent.folder
        return self._processes[pid]

    def _path(self, process: _Process, name: re.Match[bytes]) -> bytes:
        """Absolute and without links but for its last part; empty if its folder is not known, or nobody can have it."""
        folder, path = _plain(name[1] or process.folder), _plain(name[2])
        if b"\0" in folder + path or not (folder.startswith(b"/") or path.startswith(b"/")):
            return b""
        above, last = os.path.split(os.path.join(folder, path).rstrip(b"/"))
        if last in {b"..", b"."}:
            return os.path.realpath(os.path.join(above, last))
        if above not in self._real:
            if len(self._real) >= _MANY:
                self._real.clear()
            self._real[above] = os.path.realpath(above)
        return os.path.join(self._real[above], last)

    def _address(self, rest: bytes) -> bytes:
        found = _ADDRESS.match(rest)
        if found is None or found[1] in self._datagrams or _HERE.match(found[3]):
            return b""
        return (b"[%b]:%b" if b":" in found[3] else b"%b:%b") % (found[3], found[2])


def _named(call: str, process: _Process, at: int, names: list[bytes]) -> Iterator[Touch]:
    """What a call with names did, once it has succeeded."""
    last = names[1] if call.startswith(("rename", "link")) and len(names) > 1 else names[0]
    if call == "chdir":
        process.folder = _escaped(os.path.realpath(last)) if last else b""
    elif not last or not names[0]:
        return
    elif call.startswith("rename"):
        yield Touch(touch.RENAME, process.pid, at, names[0], last)
    elif call.startswith("link"):
        yield Touch(touch.LINK, process.pid, at, names[0], last)
    elif call == "truncate":
        yield Touch(touch.WRITE, process.pid, at, os.path.realpath(last))
    elif call.startswith("exec"):
        program = os.path.realpath(last)
        yield Touch(touch.EXEC, process.pid, at, program)
        yield Touch(touch.START, process.pid, at, program)


def _kind(flags: bytes) -> str:
    """What an open with these flags is; empty for one that reads and writes nothing."""
    if b"O_PATH" in flags or b"O_TMPFILE" in flags:
        return ""
    if b"O_RDWR" in flags and b"O_TRUNC" not in flags:
        return touch.UPDATE
    if b"O_RDWR" in flags or b"O_WRONLY" in flags:
        return touch.WRITE
    return touch.LIST if b"O_DIRECTORY" in flags else touch.READ


def _makes_process(begun: bytes) -> bool:
    found = _CALL.match(begun)
    return found is not None and found[3] in {b"clone", b"clone3", b"fork", b"vfork"}


def _nanoseconds(at: bytes) -> int:
    return int(at.replace(b".", b"")) * 1000


def _plain(text: bytes) -> bytes:
    """The bytes themselves."""
    return _ESCAPE.sub(_unescape, text) if b"\\" in text else text


def _unescape(found: re.Match[bytes]) -> bytes:
    code: bytes = found[1]
    return bytes((int(code, 8) & 255,)) if code.isdigit() and code < b"8" else _LETTERS.get(code, code)


def _escaped(path: bytes) -> bytes:
    return path.replace(b"\\", b"\\\\")
