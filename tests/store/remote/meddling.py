"""Networks and servers that do harm: a proxy that changes, cuts or holds what passes, and a server with one answer."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PIECE = 1 << 16


class CutError(Exception):
    """Raised by a meddler: the connection is closed without another byte."""


@contextlib.contextmanager
def meddling(
    port: int,
    *,
    there: Callable[[bytes], bytes] = lambda data: data,
    back: Callable[[bytes], bytes] = lambda data: data,
) -> Iterator[str]:
    """The endpoint of a proxy before ``port``; ``there`` and ``back`` may change pieces on their way, or raise."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, port, there, back), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _accept(
    listening: socket.socket, port: int, there: Callable[[bytes], bytes], back: Callable[[bytes], bytes]
) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, _ = listening.accept()
            threading.Thread(target=_join, args=(near, port, there, back), daemon=True).start()


def _join(near: socket.socket, port: int, there: Callable[[bytes], bytes], back: Callable[[bytes], bytes]) -> None:
    with near, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as far:
        answers = threading.Thread(target=_pass, args=(far, near, back), daemon=True)
        answers.start()
        _pass(near, far, there)
        answers.join()


def _pass(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with contextlib.suppress(OSError, CutError):
        while data := source.recv(_PIECE):
            target.sendall(change(data))
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def answering(status: int, body: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Iterator[str]:
    """The endpoint of a server that has one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _answer  # noqa: N815 - http.server's own names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
