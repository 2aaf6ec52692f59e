"""A network that fails: passes a connection on to a server, until it cuts it or lets it hang."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What becomes of one connection after so many bytes in either direction: it is cut, or nothing comes any more."""

    after: int
    stall: bool = False


class Proxy:
    """Listens at ``port``. The first connections meet these faults, one each; those after them none."""

    def __init__(self, target: int, faults: Sequence[Fault | None] = (), *, delay: float = 0.0) -> None:
        """``delay``: seconds by which everything comes later."""
        self._target = target
        self._faults = list(faults)
        self._delay = delay
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # A thread that waits in `accept` is woken by this, not by `close`.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut all connections that there are."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _reset(pair)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                pair = near, socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    self._pairs.append(pair)
                    fault = self._faults.pop(0) if self._faults else None
                    self.connections += 1
                budget = _Budget(fault)
                for source, drain in (pair, pair[::-1]):
                    threading.Thread(target=self._pass_on, args=(source, drain, pair, budget), daemon=True).start()

    def _pass_on(
        self, source: socket.socket, drain: socket.socket, pair: tuple[socket.socket, socket.socket], budget: "_Budget"
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if self._delay:
                    time.sleep(self._delay)
                drain.sendall(data[: budget.take(len(data))])
                if budget.spent:
                    if not budget.stalls:
                        _reset(pair)
                    return
            drain.shutdown(socket.SHUT_WR)


class _Budget:
    """The bytes that a connection still may pass."""

    def __init__(self, fault: Fault | None) -> None:
        self._left = fault.after if fault else None
        self.stalls = fault is not None and fault.stall
        self._lock = threading.Lock()

    @property
    def spent(self) -> bool:
        return self._left == 0

    def take(self, count: int) -> int:
        with self._lock:
            if self._left is None:
                return count
            allowed = min(count, self._left)
            self._left -= allowed
            return allowed


def _reset(pair: tuple[socket.socket, socket.socket]) -> None:
    for each in pair:
        with each, contextlib.suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            each.shutdown(socket.SHUT_RDWR)  # wakes who waits for it


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])
