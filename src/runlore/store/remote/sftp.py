"""A conversation with an SFTP server: many requests on their way at once, each answer put to its request.

Whatever the server says may be hostile: lengths are bounded before anything is allocated.
"""

import struct
import threading
from collections import deque
from collections.abc import Iterable, Iterator

from runlore.errors import UnreachableError
from runlore.store.remote.packets import LIMITS, OK, Answer, Kind, Request, code, extended, limits, not_sftp, strings
from runlore.store.remote.tunnel import Tunnel

_ON_THE_WAY = 64
"""Requests that are not answered yet, as `sftp` has them."""
_LEAST, _MOST = 32 << 10, 255 << 10
"""Bytes in one request to read or write: what every server takes, and what OpenSSH's takes."""
_LONGEST = 256 << 10
"""Bytes of an answer."""


class Session:
    """One conversation. Several threads may have it: each `ask` is one thread's until it is answered."""

    def __init__(self, tunnel: Tunnel) -> None:
        """Raises `RemoteError` if what is at the other end is not SFTP; else as `Tunnel.move`."""
        self._tunnel = tunnel
        self._lock = threading.RLock()
        self._out: deque[memoryview] = deque()
        self._number = 0
        self._left: set[int] = set()
        self.users = 0
        self.closed = False
        self.piece = _LEAST
        try:
            self._extensions = self._greet()
            tunnel.answered()
            if self.has(LIMITS):
                self._learn_limits()
        except BaseException:
            self.close()
            raise

    def _greet(self) -> frozenset[tuple[bytes, bytes]]:
        """The extensions that the server has, each with its version."""
        self._out.append(memoryview(struct.pack(">IBI", 5, Kind.INIT, 3)))
        kind, body = self._packet()
        if kind != Kind.VERSION or len(body) < 4:  # noqa: PLR2004 - the version's four bytes
            raise not_sftp()
        words = list(strings(body[4:]))
        return frozenset(zip(words[::2], words[1::2], strict=False))

    def has(self, extension: bytes) -> bool:
        """Whether the server has this extension."""
        return (extension, b"1") in self._extensions

    def _learn_limits(self) -> None:
        (answer,) = self.ask([extended(LIMITS)])
        if (found := limits(answer)) is not None:
            packet, read, write = found
            self.piece = min(_MOST, max(_LEAST, min(packet - 1024, read or _MOST, write or _MOST)))

    def ask(self, requests: Iterable[Request], *, all_of_them: bool = False) -> list[Answer]:
        """The answers, in the order of the requests. After one that says no the rest is not asked, unless told to."""
        with self._lock:
            if self.closed:
                raise UnreachableError("the connection has been closed")
            try:
                return self._ask(iter(requests), all_of_them=all_of_them)
            except BaseException:
                self.close()  # what is still on its way would be taken for the answer to something else
                raise

    def _ask(self, requests: Iterator[Request], *, all_of_them: bool) -> list[Answer]:
        answers: list[Answer | None] = []
        waiting: dict[int, int] = {}
        ended = False
        while True:
            while not ended and len(waiting) < _ON_THE_WAY:
                if (request := next(requests, None)) is None:
                    ended = True
                else:
                    waiting[self._send(request)] = len(answers)
                    answers.append(None)
            if not waiting:
                return [answer for answer in answers if answer is not None]
            kind, body = self._packet()
            number = int.from_bytes(body[:4])
            if number in self._left:
                self._left.remove(number)
                continue
            if (place := waiting.pop(number, None)) is None:
                raise not_sftp()
            answers[place] = answer = Answer(kind, body[4:])
            ended = ended or (not all_of_them and kind == Kind.STATUS and code(answer) != OK)

    @property
    def moved(self) -> int:
        """Bytes that have come and gone."""
        return self._tunnel.moved

    def leave(self, request: Request) -> None:
        """Ask this together with what is asked next. Nobody cares for the answer."""
        with self._lock:
            self._left.add(self._send(request))

    def _send(self, request: Request) -> int:
        self._number = (self._number + 1) & 0xFFFFFFFF
        length = 5 + len(request.fields) + len(request.data)
        self._out.append(memoryview(struct.pack(">IBI", length, request.kind, self._number) + request.fields))
        if request.data:
            self._out.append(memoryview(request.data))
        return self._number

    def _packet(self) -> tuple[int, memoryview]:
        """The next packet: its kind, and what follows."""
        length = int.from_bytes(self._received(4))
        if not 1 <= length <= _LONGEST:
            raise not_sftp()
        packet = self._received(length)
        return packet[0], packet[1:]

    def _received(self, length: int) -> memoryview:
        whole = view = memoryview(bytearray(length))
        while view:
            view = view[self._tunnel.move(self._out, view) :]
        return whole

    def close(self) -> None:
        """End it. A thread that still waits for an answer gets an error."""
        self.closed = True
        self._tunnel.end()
        with self._lock:
            self._tunnel.close()
