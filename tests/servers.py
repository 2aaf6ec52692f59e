"""Real servers for tests, on loopback and in a folder of the test's own."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_SSHD, _SSH, _KEYGEN = "/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/ssh-keygen"
_SERVER = """\
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/id.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PermitRootLogin prohibit-password
StrictModes no
MaxStartups 100
Subsystem sftp {sftp}
"""
_CLIENT = """\
Host far
    HostName 127.0.0.1
    Port {port}
    HostKeyAlias far
Host *
    User {user}
    IdentityFile {folder}/id
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {folder}/known_hosts
    GlobalKnownHostsFile /dev/null
"""
_STARTS_WITHIN = 20.0
_HELD_STARTS_WITHIN = 60.0
_HOLD = """
import subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
sys.stdin.read()
process.terminate()
process.wait()
"""
"""Runs a server until the process that asked for it is gone, however that ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sshd:
    """A running OpenSSH. Its clients know it as ``far``; they land in the folder ``home``."""

    folder: Path
    home: Path
    port: int
    program: str
    """An `ssh` with a configuration of its own, to be called instead of the user's."""
    process: subprocess.Popen[bytes]

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def sessions(self) -> list[int]:
        """The processes that serve somebody now."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(word) for word in found.stdout.split()]


@contextlib.contextmanager
def sshd(folder: Path, *, sftp: str = "internal-sftp -d {home}", **variables: str) -> Iterator[Sshd]:
    """An OpenSSH server; the test is skipped where there is none. ``variables`` are those of the server."""
    for program in (_SSHD, _SSH, _KEYGEN):
        if not os.access(program, os.X_OK):
            pytest.skip(f"{program} is not installed")
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)  # without it sshd does not start as root
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    for name in ("host", "id"):
        make_key(folder / name)
    config = _SERVER.format(folder=folder, sftp=sftp.format(home=home))
    (folder / "sshd_config").write_text(config)
    (folder / "known_hosts").write_text(f"far {(folder / 'host.pub').read_text()}")
    port, process = _start(folder, {**os.environ, **variables})
    client = folder / "ssh_config"
    client.write_text(_CLIENT.format(folder=folder, port=port, user=getpass.getuser()))
    script = folder / "bin" / "ssh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\nexec {_SSH} -F "{client}" "$@"\n')
    script.chmod(0o755)
    try:
        yield Sshd(folder=folder, home=home, port=port, program=str(script), process=process)
    finally:
        process.terminate()
        process.wait()


def make_key(path: Path) -> None:
    """A key pair, the public half beside it."""
    if not path.exists():
        subprocess.run([_KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def _start(folder: Path, environ: dict[str, str]) -> tuple[int, subprocess.Popen[bytes]]:
    """Start it on a free port. Another process may take that port first: then on another."""
    end = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < end:
        port = free_port()
        command = [_SSHD, "-D", "-f", str(folder / "sshd_config"), "-p", str(port), "-E", str(folder / "log")]
        process = subprocess.Popen(command, env=environ)
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as found:
                if found.recv(4) == b"SSH-":
                    return port, process
            time.sleep(0.02)
        process.kill()
        process.wait()
    raise TimeoutError((folder / "log").read_text(errors="replace"))


def free_port() -> int:
    """A port on loopback that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def serve(command: list[str], port: int) -> None:
    """Have a server run as long as this process does; it is there when something listens at ``port`` of loopback."""
    log = Path(tempfile.mkdtemp(prefix="server-")) / "log"
    with open(log, "wb") as file:
        holder = subprocess.Popen(
            [sys.executable, "-c", _HOLD, *command], stdin=subprocess.PIPE, stdout=file, stderr=file
        )
    _HELD.append(holder)
    end = time.monotonic() + _HELD_STARTS_WITHIN
    while time.monotonic() < end and holder.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            shutil.rmtree(log.parent)
            return
    pytest.fail(f"{command} does not start: {log.read_text()}")


_HELD: list[subprocess.Popen[bytes]] = []
