"""The user's own `ssh` at work, and at its other end a server's SFTP.

ssh reads the user's configuration, speaks to the agent, jumps over hosts, checks host keys and encrypts, all as it does
when it is typed. Nothing here loosens what it asks of a host.
"""

import contextlib
import fcntl
import os
import select
import shlex
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Mapping
from typing import IO, NamedTuple

from runlore.errors import NoSuchRemoteError, RemoteError, RemoteRefusedError, UnreachableError
from runlore.store.durable import reason
from runlore.store.remote.url import Address

STALL = 30.0
"""Seconds without a byte after which a server counts as gone."""
_A_PERSON = 300.0
"""Seconds in which somebody who is asked for a passphrase finds it."""
_FAREWELL = 2.0
_OPTIONS = (
    *("-x", "-a", "-T", "-oClearAllForwardings=yes", "-oPermitLocalCommand=no", "-oRemoteCommand=none"),
    *("-oRequestTTY=no", "-oLogLevel=ERROR", "-oServerAliveInterval=10", "-oServerAliveCountMax=3"),
)
"""As `sftp` starts ssh: nothing is forwarded, nothing of the user's is run. A connection that is dead is noticed."""
_DEAF = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")
"""Starts a program that a Ctrl-C meant for us does not end, and that can still ask at the terminal."""
_PIPE = 1 << 20
_AT_ONCE, _TAIL = 64, 4096


class Call(NamedTuple):
    """Whom to call, and how: ``ask`` says whether somebody is at a terminal who can be asked."""

    address: Address
    environ: Mapping[str, str]
    program: str = "ssh"
    ask: bool = False
    stall: float = STALL


class Tunnel:
    """One `ssh`. It ends when we do, however we end: its standard input is closed then."""

    def __init__(self, call: Call) -> None:
        """Raises `NoSuchRemoteError` if there is no ssh. Whether anybody answers is seen by the first `move`."""
        self._call = call
        self.patience = _A_PERSON if call.ask else 2 * call.stall
        """Seconds without a byte that are borne: until the first answer more, since ssh may be asking somebody."""
        self._tail = b""
        self.moved = 0
        """Bytes that have come and gone."""
        if shutil.which(call.program, path=call.environ.get("PATH")) is None:
            raise _missing(call, "there is no such program")
        try:
            self._process = subprocess.Popen(
                command(call),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=self._call.environ,
                start_new_session=not call.ask,
            )
        except OSError as error:
            raise _missing(call, reason(error)) from error
        self._to, self._from, self._words = map(_descriptor, _pipes(self._process))
        self._poll = select.poll()
        self._poll.register(self._from, select.POLLIN)
        self._poll.register(self._words, select.POLLIN)

    def move(self, out: deque[memoryview], into: memoryview) -> int:
        """Send some of ``out``, which goes from it, or receive some bytes: how many are now in ``into``.

        Raises:
            UnreachableError: nothing came or went for too long, or ssh has ended because of something that may pass.
            RemoteRefusedError: the server, or ssh in its name, says no.
            RemoteError: ssh cannot do it.
        """
        while True:
            with contextlib.suppress(BlockingIOError):
                if count := os.readv(self._from, [into]):
                    self.moved += count
                    return count
                raise self._ended()
            if out:
                with contextlib.suppress(BlockingIOError, BrokenPipeError):  # a broken pipe has an end to be read
                    count = os.writev(self._to, [out[at] for at in range(min(len(out), _AT_ONCE))])
                    self.moved += count
                    _drop(out, count)
                    return 0
            self._wait(writing=bool(out))

    def _wait(self, *, writing: bool) -> None:
        """Until something can be read, or written; what ssh says meanwhile is kept."""
        if writing:
            self._poll.register(self._to, select.POLLOUT)
        end = time.monotonic() + self.patience
        try:
            while (left := end - time.monotonic()) > 0:
                ready = [descriptor for descriptor, _ in self._poll.poll(left * 1000)]
                if self._words in ready:
                    ready.remove(self._words)
                    if not self._listen():
                        self._poll.unregister(self._words)
                if ready:
                    return
        finally:
            if writing:
                self._poll.unregister(self._to)
        raise UnreachableError(f'"{self._call.address.url}" has not answered for {self.patience:.0f} seconds')

    def _listen(self) -> bool:
        """Keep the last of what ssh has to say; False if it will say nothing more."""
        said = os.read(self._words, _TAIL)
        self._tail = (self._tail + said)[-_TAIL:]
        return bool(said)

    def _ended(self) -> RemoteError:
        """Why there is no more: ssh says so last."""
        end = time.monotonic() + _FAREWELL
        last = select.poll()
        last.register(self._words, select.POLLIN)
        while (left := end - time.monotonic()) > 0 and last.poll(left * 1000) and self._listen():
            pass
        return meaning(self._tail.decode("utf-8", "replace"), self._call)

    def answered(self) -> None:
        """Somebody is there: from now on nobody is asked anything."""
        self.patience = self._call.stall

    def end(self) -> None:
        """End ssh, also while another thread is in `move`: that one is told. A terminal is given back as it was."""
        self._process.terminate()
        try:
            self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End ssh, and let go of what leads to it. Nobody may be in `move`."""
        self.end()
        for pipe in _pipes(self._process):
            pipe.close()


def command(call: Call) -> list[str]:
    """The command line. The host comes after ``--``, so that it is no option: some of ssh's run programs."""
    address = call.address
    user = ["-l", address.user] if address.user else []
    port = ["-p", str(address.port)] if address.port is not None else []
    batch = [] if call.ask else ["-oBatchMode=yes"]
    timeout = f"-oConnectTimeout={max(1, int(call.stall))}"
    words = [call.program, *_OPTIONS, timeout, *batch, *user, *port, "-s", "--", address.host, "sftp"]
    return [*_DEAF, *words] if call.ask else words


def typed(address: Address) -> str:
    """The ssh that a person would type to get there."""
    port = f"-p {address.port} " if address.port is not None else ""
    return f"ssh {port}{shlex.quote(f'{address.user}@{address.host}' if address.user else address.host)}"


def meaning(said: str, call: Call) -> RemoteError:
    """What ssh's last words mean."""
    address = call.address
    ssh = typed(address)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    why = "".join(c if c.isprintable() else "?" for c in lines[-1][:300]) if lines else "the connection has ended"
    message = f'"{address.url}" cannot be reached: {why}'
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in said:
        name = address.host if address.port in {None, 22} else f"[{address.host}]:{address.port}"
        hint = f"ask whoever runs it; if it has a new key: ssh-keygen -R {shlex.quote(name)}, then {ssh}, and compare"
        return RemoteRefusedError(
            f'"{address.url}" has another host key than before: it may be another host', hint=hint
        )
    if "Host key verification failed" in said:
        return RemoteRefusedError(
            f'the host key of "{address.url}" is not known', hint=f"{ssh} once, and compare the key"
        )
    if "Permission denied (" in said or "Too many authentication failures" in said:
        return RemoteRefusedError(message, hint=f"{ssh} has to work without a question: ssh-add, or see ~/.ssh/config")
    if "subsystem request failed" in said:
        return RemoteError(
            f'"{address.url}" offers no SFTP: {why}', hint="its sshd_config needs a line: Subsystem sftp"
        )
    if any(each in said for each in _LASTING):
        return RemoteError(message, hint=f"see that this works: {ssh}")
    return UnreachableError(message, hint=f"see that this works: {ssh}")


_LASTING = (
    "Name or service not known",
    "No address associated with hostname",
    "Bad configuration option",
    "Bad owner or permissions",
    "Unable to negotiate",
    "command-line: line",
    "usage: ssh",
)
"""What will be the same the next time."""


def _pipes(process: subprocess.Popen[bytes]) -> list[IO[bytes]]:
    return [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None]


def _descriptor(pipe: IO[bytes]) -> int:
    """Never waits, and takes as much at once as this system lets it."""
    os.set_blocking(pipe.fileno(), False)
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
    return pipe.fileno()


def _missing(call: Call, why: str) -> NoSuchRemoteError:
    hint = "install OpenSSH's client: apt-get install openssh-client, or dnf install openssh-clients"
    return NoSuchRemoteError(f'"{call.program}" cannot be started: {why}', hint=hint)


def _drop(out: deque[memoryview], count: int) -> None:
    """Take so many bytes from the front."""
    while count:
        if count < len(out[0]):
            out[0] = out[0][count:]
            return
        count -= len(out.popleft())
