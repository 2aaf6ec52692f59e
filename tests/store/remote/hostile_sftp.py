"""An SFTP server that means harm, or has gone mad. Started in the place of `ssh`, it speaks over the same pipes."""

import struct
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

_FILE, _FOLDER = 0o100644, 0o040755
_NAMES = (
    b"..",
    b".",
    b"../../up",
    b"a/b",
    b"/etc/passwd",
    b"line\nend",
    b"\x1b[2J",
    b"",
    b"n" * 300,
    b"nul\0",
    b"good",
)


def _text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _names(names: Iterator[bytes] | tuple[bytes, ...], mode: int) -> bytes:
    entries = [_text(name) + _text(b"") + struct.pack(">IQI", 0x5, 7, mode) for name in names]
    return struct.pack(">I", len(entries)) + b"".join(entries)


def _status(code: int) -> tuple[int, bytes]:
    return 101, struct.pack(">I", code) + _text(b"words \x1b[31m of a server") + _text(b"")


def _usual(kind: int, _fields: bytes, _count: int) -> tuple[int, bytes]:
    """What a server says that has any file, of ten bytes."""
    if kind in {3, 11}:
        return 102, _text(b"handle")
    if kind in {7, 17}:
        return 105, struct.pack(">IQI", 0x5, 10, _FILE)
    return _status(0 if kind == 4 else 1)


def _listing(kind: int, fields: bytes, count: int) -> tuple[int, bytes]:
    return (104, _names(_NAMES, _FILE)) if kind == 12 and count < 4 else _usual(kind, fields, count)


def _folders(kind: int, fields: bytes, count: int) -> tuple[int, bytes]:
    names = (b"%d-%d" % (count, number) for number in range(1000))
    return (104, _names(names, _FOLDER)) if kind == 12 else _usual(kind, fields, count)


def _cut(kind: int, fields: bytes, count: int) -> tuple[int, bytes]:
    return (104, struct.pack(">I", 0xFFFFFFFF)) if kind == 12 else _usual(kind, fields, count)


def _too_much(kind: int, fields: bytes, count: int) -> tuple[int, bytes]:
    return (103, _text(bytes(100_000))) if kind == 5 else _usual(kind, fields, count)


def _boasting(kind: int, fields: bytes, count: int) -> tuple[int, bytes]:
    return (105, struct.pack(">IQI", 0x5, 1 << 62, _FILE)) if kind == 17 else _usual(kind, fields, count)


def _drop_by_drop(kind: int, fields: bytes, count: int) -> tuple[int, bytes]:
    """Three bytes at a time, which SFTP allows."""
    if kind != 5:
        return _usual(kind, fields, count)
    start, length = struct.unpack_from(">QI", fields, 4 + len(b"handle"))
    found = b"0123456789"[start:][: min(3, length)]
    return (103, _text(found)) if found else _status(1)


def _refusing(kind: int, fields: bytes, count: int) -> tuple[int, bytes]:
    return _status(4) if kind != 3 else _usual(kind, fields, count)


_HABITS: dict[str, Callable[[int, bytes, int], tuple[int, bytes]]] = {
    "listing": _listing,
    "folders": _folders,
    "cut": _cut,
    "too-much": _too_much,
    "boasting": _boasting,
    "drop-by-drop": _drop_by_drop,
    "refusing": _refusing,
}


def _main(habit: str, source: BinaryIO, drain: BinaryIO) -> None:
    if habit == "chatty":
        sys.stderr.write("a banner without end\n" * 500_000)
    count = 0
    while head := source.read(5):
        length, kind = struct.unpack(">IB", head)
        rest = source.read(length - 1)
        if kind == 1:
            answer = struct.pack(">IBI", 5, 2, 3)
        elif habit == "huge":
            answer = b"\xff\xff\xff\xff" + bytes(100)
        else:
            number = int.from_bytes(rest[:4]) + (habit == "wrong-number")
            answers, body = _HABITS.get(habit, _usual)(kind, rest[4:], count)
            answer = struct.pack(">IBI", 5 + len(body), answers, number) + body
            count += kind == 12
        drain.write(answer)
        drain.flush()


if __name__ == "__main__":
    _main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
