"""How many requests a server gets: a relay in front of it that reads along.

``python bench/counting.py FILE PROGRAM [WORD ...]`` stands before an SFTP server, and appends the type of each request
to FILE.
"""

import contextlib
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from types import TracebackType
from typing import Self

_REQUEST = re.compile(rb"(GET|PUT|HEAD|POST|DELETE) /[^ \r\n]* HTTP/1\.1\r\n")
_SFTP = {1: "init", 3: "open", 4: "close", 5: "read", 6: "write", 7: "lstat", 8: "fstat", 11: "opendir", 12: "readdir",
         13: "remove", 14: "mkdir", 16: "realpath", 17: "stat", 18: "rename", 200: "extended"}  # fmt: skip
_PIECE = 1 << 16


class Counting:
    """Listens at ``port`` of loopback, passes HTTP on to ``target``, and counts requests by method."""

    def __init__(self, target: int) -> None:
        """``target`` is a port of loopback."""
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.seen: Counter[str] = Counter()

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._forth, args=(near, far), daemon=True).start()
                threading.Thread(target=_back, args=(far, near), daemon=True).start()

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        """Each request begins at the start of a piece: no client here sends one before the last was answered."""
        with contextlib.suppress(OSError):
            while piece := near.recv(_PIECE):
                if found := _REQUEST.match(piece):
                    self.seen[found[1].decode()] += 1
                far.sendall(piece)
            far.shutdown(socket.SHUT_WR)


def _back(far: socket.socket, near: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := far.recv(_PIECE):
            near.sendall(piece)
        near.shutdown(socket.SHUT_WR)


def sftp_requests(path: str) -> Counter[str]:
    """What the relay for SFTP has written there; without the greeting."""
    with open(path, encoding="ascii") as file:
        return Counter(word for word in file.read().split() if word != "init")


def _relay(path: str, words: list[str]) -> int:
    """Be an SFTP server by another one, whose requests are written down."""
    with subprocess.Popen(words, stdin=subprocess.PIPE) as server, open(path, "a", encoding="ascii") as log:
        assert server.stdin is not None
        while len(head := sys.stdin.buffer.read(5)) == 5:
            rest = sys.stdin.buffer.read(int.from_bytes(head[:4], "big") - 1)
            print(_SFTP.get(head[4], head[4]), file=log, flush=True)
            server.stdin.write(head + rest)
            server.stdin.flush()
        server.stdin.close()
        return server.wait()


if __name__ == "__main__":
    sys.exit(_relay(sys.argv[1], sys.argv[2:]))
