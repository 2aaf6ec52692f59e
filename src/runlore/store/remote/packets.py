"""The packets of SFTP version 3: what is asked, and what an answer says.

draft-ietf-secsh-filexfer-02, and the extensions in OpenSSH's ``PROTOCOL``.
"""

import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from runlore.errors import RemoteError


class Kind(IntEnum):
    """The first byte of a packet."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE = range(5)
NO_CONNECTION, CONNECTION_LOST = 6, 7
FSYNC, POSIX_RENAME, LIMITS = b"fsync@openssh.com", b"posix-rename@openssh.com", b"limits@openssh.com"
_READ, _NEW = 0x01, 0x02 | 0x08 | 0x20
"""How a file is opened: to read; to write, made now, and only if there is none."""
_HAS_SIZE, _HAS_OWNER, _HAS_MODE, _HAS_TIMES, _HAS_MORE = 0x1, 0x2, 0x4, 0x8, 0x80000000


class StatusError(Exception):
    """The server has answered with this code, and these words of its own."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


class Request(NamedTuple):
    """What is asked: a kind, its fields, and bytes for a file, which are not copied."""

    kind: Kind
    fields: bytes
    data: bytes | memoryview = b""


class Answer(NamedTuple):
    """What came: a kind, and the bytes after the number of the request."""

    kind: int
    body: memoryview


class Entry(NamedTuple):
    """What the server says of a file; 0 where it says nothing."""

    name: bytes
    size: int
    mode: int
    written: int


def text(value: bytes) -> bytes:
    """A string in a request."""
    return struct.pack(">I", len(value)) + value


def on_path(kind: Kind, path: bytes) -> Request:
    """A request about a path alone; a folder that is made has the server's usual mode."""
    return Request(kind, text(path) + (bytes(4) if kind is Kind.MKDIR else b""))


def on_handle(kind: Kind, handle: bytes) -> Request:
    """A request about an open file or folder alone."""
    return Request(kind, text(handle))


def open_to_read(path: bytes) -> Request:
    """Answered by a handle. OpenSSH opens a folder too, which makes its entries durable by `sync`."""
    return Request(Kind.OPEN, text(path) + struct.pack(">II", _READ, 0))


def open_new(path: bytes) -> Request:
    """The same, for a file that is made now and that nobody writes to afterwards."""
    return Request(Kind.OPEN, text(path) + struct.pack(">III", _NEW, _HAS_MODE, 0o444))


def reading(file: bytes, at: int, length: int) -> Request:
    """Up to so many bytes of an open file."""
    return Request(Kind.READ, text(file) + struct.pack(">QI", at, length))


def writing(file: bytes, at: int, piece: memoryview) -> Request:
    """Bytes for an open file."""
    return Request(Kind.WRITE, text(file) + struct.pack(">QI", at, len(piece)), piece)


def extended(name: bytes, *words: bytes) -> Request:
    """A request of an extension."""
    return Request(Kind.EXTENDED, text(name) + b"".join(map(text, words)))


def code(answer: Answer) -> int:
    """The code of a status."""
    return int.from_bytes(answer.body[:4]) if answer.kind == Kind.STATUS else OK


def check(answers: Sequence[Answer]) -> None:
    """Raises `StatusError` for the first that says no."""
    for answer in answers:
        if code(answer) != OK:
            words = next(strings(answer.body[4:]), b"")
            raise StatusError(code(answer), words[:200].decode("utf-8", "replace"))


def handle(answer: Answer) -> bytes:
    """The handle that is answered; raises `StatusError`."""
    return bytes(data(answer, Kind.HANDLE))


def data(answer: Answer, kind: Kind = Kind.DATA) -> memoryview:
    """The bytes of which an answer consists; raises `StatusError`."""
    check([answer])
    if answer.kind != kind or len(answer.body) < 4 or int.from_bytes(answer.body[:4]) != len(answer.body) - 4:  # noqa: PLR2004 - a length
        raise not_sftp()
    return answer.body[4:]


def attributes(answer: Answer) -> Entry:
    """What is said of one file; raises `StatusError`."""
    check([answer])
    if answer.kind != Kind.ATTRS:
        raise not_sftp()
    return _Fields(answer.body).entry(b"")


def entries(answer: Answer) -> list[Entry]:
    """What is said of the files in a folder; raises `StatusError`."""
    check([answer])
    if answer.kind != Kind.NAME:
        raise not_sftp()
    fields = _Fields(answer.body)
    found = []
    for _ in range(fields.number()):
        name, _ = fields.string(), fields.string()
        found.append(fields.entry(name))
    return found


def limits(answer: Answer) -> tuple[int, int, int] | None:
    """The longest packet, read and write that a server takes; 0 for what it does not say."""
    if answer.kind != Kind.EXTENDED_REPLY or len(answer.body) < 24:  # noqa: PLR2004 - three numbers
        return None
    packet, read, write = struct.unpack_from(">QQQ", answer.body)
    return packet, read, write


class _Fields:
    """Reads an answer field by field."""

    def __init__(self, body: memoryview) -> None:
        self._body = body
        self._at = 0

    def _take(self, length: int) -> memoryview:
        self._at += length
        if self._at > len(self._body):
            raise not_sftp()
        return self._body[self._at - length : self._at]

    def number(self, length: int = 4) -> int:
        return int.from_bytes(self._take(length))

    def string(self) -> bytes:
        return bytes(self._take(self.number()))

    def entry(self, name: bytes) -> Entry:
        flags = self.number()
        size = self.number(8) if flags & _HAS_SIZE else 0
        if flags & _HAS_OWNER:
            self._take(8)
        mode = self.number() if flags & _HAS_MODE else 0
        written = (self.number(), self.number())[1] if flags & _HAS_TIMES else 0
        for _ in range(self.number() if flags & _HAS_MORE else 0):
            self.string(), self.string()
        return Entry(name, size, mode, written)


def strings(body: memoryview) -> Iterator[bytes]:
    """The strings one after the other, as far as they are whole."""
    while len(body) >= 4 and (end := 4 + int.from_bytes(body[:4])) <= len(body):  # noqa: PLR2004 - a length
        yield bytes(body[4:end])
        body = body[end:]


def not_sftp() -> RemoteError:
    """What to raise for an answer that no SFTP server gives."""
    hint = "does a login there print something? ssh HOST true must print nothing"
    return RemoteError("what comes from the server is not SFTP", hint=hint)
