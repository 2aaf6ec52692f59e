"""At a terminal, ssh asks the person itself: for a host key that it does not know, say."""

import contextlib
import os
import pty
import select
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers import Sshd, sshd

_WRITES = """
import os, sys
from runlore.store.remote import url
from runlore.store.remote.ssh import Ssh
from runlore.store.remote.tunnel import Call
remote = Ssh(Call(url.parse(sys.argv[1], "/"), os.environ, program=sys.argv[2], ask=True))
remote.write("packs/a", b"some")
print("it is written", flush=True)
remote.write("packs/b", bytes(int(sys.argv[3])))
remote.close()
"""
_WITHIN = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as running:
        yield running


class _Terminal:
    """A program at a terminal of its own."""

    def __init__(self, *args: str) -> None:
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execv(sys.executable, [sys.executable, "-c", *args])  # noqa: S606 - no shell is wanted
        self.before = termios.tcgetattr(self.terminal)
        self.shown = b""

    def until(self, words: bytes) -> None:
        """Wait for these words; for none, until the program has ended."""
        end = time.monotonic() + _WITHIN
        with contextlib.suppress(OSError):  # Linux ends a terminal that nobody holds with EIO
            while not words or words not in self.shown:
                ready, _, _ = select.select([self.terminal], [], [], max(0.0, end - time.monotonic()))
                assert ready, self.shown
                self.shown += os.read(self.terminal, 65536)
        assert words in self.shown, self.shown

    def type(self, text: bytes) -> None:
        os.write(self.terminal, text)

    def end(self) -> int:
        """Its exit status."""
        self.until(b"")
        _, status = os.waitpid(self.child, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


def _at_terminal(server: Sshd, size: int = 0) -> _Terminal:
    return _Terminal(_WRITES, f"ssh://127.0.0.1:{server.port}/~/remote", server.program, str(size))


def test_a_host_key_that_the_person_accepts_is_accepted(server: Sshd) -> None:
    terminal = _at_terminal(server)
    terminal.until(b"(yes/no/[fingerprint])?")
    assert not (server.home / "remote").exists()
    terminal.type(b"yes\n")
    terminal.until(b"it is written")
    assert terminal.end() == 0
    assert "127.0.0.1" in server.known_hosts.read_text()
    assert (server.home / "remote/packs/a").read_bytes() == b"some"


def test_a_host_key_that_the_person_does_not_accept_is_refused(server: Sshd) -> None:
    terminal = _at_terminal(server)
    terminal.until(b"(yes/no/[fingerprint])?")
    terminal.type(b"no\n")
    assert terminal.end() == 1
    assert b"RemoteRefusedError: the host key of" in terminal.shown
    assert not (server.home / "remote").exists()


def test_ctrl_c_at_the_question_ends_it_and_gives_the_terminal_back(server: Sshd) -> None:
    terminal = _at_terminal(server)
    terminal.until(b"(yes/no/[fingerprint])?")
    terminal.type(b"\x03")
    terminal.until(b"KeyboardInterrupt")
    assert termios.tcgetattr(terminal.terminal)[3] == terminal.before[3]
    assert terminal.end() != 0
    assert not (server.home / "remote").exists()


def test_ctrl_c_during_a_transfer_ends_it(server: Sshd) -> None:
    server.known_hosts.write_text(server.known_hosts.read_text().replace("far ", f"[127.0.0.1]:{server.port} ", 1))
    terminal = _at_terminal(server, size=1 << 30)
    terminal.until(b"it is written")
    terminal.type(b"\x03")
    terminal.until(b"KeyboardInterrupt")
    assert terminal.end() != 0
    assert not (server.home / "remote/packs/b").exists()
