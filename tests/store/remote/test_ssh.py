"""A remote over SSH: whom it trusts, what it says, and what it does when the other end goes away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.servers import Sshd, make_key, sshd
from tests.store.remote.proxy import Fault, Proxy, silent_server

from runlore.errors import (
    MlrunError,
    NoSuchRemoteError,
    RemoteError,
    RemoteRefusedError,
    UnreachableError,
    UsageError,
)
from runlore.store.remote import sessions, url
from runlore.store.remote.ssh import Ssh
from runlore.store.remote.tunnel import STALL, Call, command

Opener = Callable[..., Ssh]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as running:
        yield running


@pytest.fixture
def opened(server: Sshd) -> Iterator[Opener]:
    """Opens remotes by their URL, and closes them."""
    remotes = []

    def open_one(text: str = "far:remote", *, stall: float = STALL, workers: int = 2, program: str = "") -> Ssh:
        call = Call(url.parse(text, "/"), os.environ, program=program or server.program, stall=stall)
        remotes.append(Ssh(call, workers=workers))
        return remotes[-1]

    yield open_one
    for remote in remotes:
        remote.close()


@pytest.mark.parametrize(
    "form", ["far:remote", "far:~/remote", "far:remote/", "ssh://far/~/remote", "{user}@far:remote"]
)
def test_a_path_without_a_slash_is_below_the_home_folder(server: Sshd, opened: Opener, form: str) -> None:
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    opened(form.format(user=user)).write("packs/a", b"some")
    assert (server.home / "remote/packs/a").read_bytes() == b"some"


@pytest.mark.parametrize("form", ["far:{0}", "ssh://far{0}", "sftp://far:{1}{0}/"])
def test_a_path_with_a_slash_is_absolute(server: Sshd, opened: Opener, tmp_path: Path, form: str) -> None:
    place = tmp_path / "some where" / "föld'er"
    opened(form.format(place, server.port)).write("packs/a", b"some")
    assert (place / "packs/a").read_bytes() == b"some"


@pytest.mark.parametrize("text", ["far:~", "far:~other/x", "ssh://far/~other/x"])
def test_another_home_is_not_guessed(text: str) -> None:
    with pytest.raises(UsageError, match="home by name"):
        url.parse(text, "/")


@pytest.mark.parametrize("text", ["ssh://[far/x", "s3://[1/x", "ssh://far:99999/x"])
def test_what_is_no_host_or_port_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="proper"):
        url.parse(text, "/")


def test_an_unknown_host_is_refused_and_not_remembered(server: Sshd, opened: Opener) -> None:
    before = server.known_hosts.read_bytes()
    with pytest.raises(RemoteRefusedError, match="is not known") as caught:
        opened(f"ssh://me@127.0.0.1:{server.port}/x").stat("format")
    assert caught.value.hint == f"ssh -p {server.port} me@127.0.0.1 once, and compare the key"
    assert server.known_hosts.read_bytes() == before


def test_a_host_with_another_key_than_before_is_refused(server: Sshd, opened: Opener, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    server.known_hosts.write_text(f"far {(tmp_path / 'other.pub').read_text()}")
    with pytest.raises(RemoteRefusedError, match="another host key than before") as caught:
        opened().read("format")
    assert caught.value.hint is not None
    assert "ssh-keygen -R far" in caught.value.hint


def test_a_wrong_key_is_refused_with_the_words_of_ssh(server: Sshd, opened: Opener) -> None:
    (server.folder / "id").unlink()
    make_key(server.folder / "id.new")
    (server.folder / "id.new").rename(server.folder / "id")
    with pytest.raises(RemoteRefusedError, match=r"Permission denied \(publickey\)") as caught:
        opened().write("packs/a", b"")
    assert caught.value.hint is not None
    assert "ssh far " in caught.value.hint


def test_a_host_without_a_name_is_no_passing_trouble(opened: Opener) -> None:
    with pytest.raises(RemoteError) as caught:
        opened("ssh://no-such-host.invalid/x").stat("format")
    assert "no-such-host.invalid" in caught.value.message
    assert type(caught.value) in {RemoteError, UnreachableError}  # without any network the resolver says: try again


def test_nobody_listening_is_unreachable(opened: Opener) -> None:
    with pytest.raises(UnreachableError, match="Connection refused"):
        opened("ssh://far:1/x").stat("format")


@pytest.mark.parametrize("ask", [False, True])
def test_a_missing_ssh_is_said(*, ask: bool) -> None:
    with pytest.raises(NoSuchRemoteError, match='"ssh" cannot be started') as caught:
        Ssh(Call(url.parse("far:x", "/"), {"PATH": "/nowhere"}, ask=ask)).stat("format")
    assert caught.value.hint is not None
    assert "openssh-client" in caught.value.hint


def test_a_server_that_takes_no_files_is_said(tmp_path: Path) -> None:
    with sshd(tmp_path / "sshd", sftp="/bin/false") as server, pytest.raises(RemoteError):
        Ssh(Call(url.parse("far:x", "/"), os.environ, program=server.program)).stat("format")


def test_words_instead_of_sftp_are_said(tmp_path: Path) -> None:
    with (
        sshd(tmp_path / "sshd", sftp="/bin/echo Welcome to this host") as server,
        pytest.raises(RemoteError, match="not SFTP") as caught,
    ):
        Ssh(Call(url.parse("far:x", "/"), os.environ, program=server.program)).stat("format")
    assert caught.value.hint is not None


def test_what_ssh_says_cannot_move_the_cursor(opened: Opener, tmp_path: Path) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\nprintf 'first line\\nred \\033[31m alert\\033[2J\\n' >&2\nexit 255\n")
    program.chmod(0o755)
    with pytest.raises(UnreachableError) as caught:
        opened(program=str(program)).stat("format")
    assert caught.value.message.isprintable()
    assert "alert" in caught.value.message
    assert "first line" not in caught.value.message


def test_a_host_is_never_an_option() -> None:
    words = command(Call(url.parse("ssh://me@far:2222/x", "/"), os.environ))
    assert words[-3:] == ["--", "far", "sftp"]
    assert words[words.index("-p") + 1] == "2222"
    assert words[words.index("-l") + 1] == "me"
    assert "-oBatchMode=yes" in words
    assert not any("StrictHostKeyChecking" in word or "UserKnownHostsFile" in word for word in words)


def test_only_where_somebody_is_there_may_ssh_ask() -> None:
    words = command(Call(url.parse("far:x", "/"), os.environ, ask=True))
    assert "-oBatchMode=yes" not in words
    assert words[-3:] == ["--", "far", "sftp"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(server: Sshd, opened: Opener) -> None:
    closed = server.home / "closed"
    closed.mkdir(mode=0o555)
    with pytest.raises(RemoteRefusedError, match="permission denied"):
        opened("far:closed/remote").write("packs/a", b"")


def test_a_server_that_only_reads_refuses_to_write(tmp_path: Path) -> None:
    with sshd(tmp_path / "sshd", sftp="internal-sftp -R -d {home}") as server:
        (server.home / "remote/packs").mkdir(parents=True)
        (server.home / "remote/packs/a").write_bytes(b"some")
        remote = Ssh(Call(url.parse("far:remote", "/"), os.environ, program=server.program))
        assert remote.read("packs/a") == b"some"
        for refused in (
            lambda: remote.write("packs/b", b""),
            lambda: remote.create("other/b", b""),
            lambda: remote.delete(["packs/a"]),
        ):
            with pytest.raises(RemoteRefusedError, match="permission denied"):
                refused()
        remote.close()


def test_a_file_in_the_place_of_a_folder_is_an_error(server: Sshd, opened: Opener) -> None:
    (server.home / "remote").write_bytes(b"")
    with pytest.raises(RemoteError):
        opened().write("packs/a", b"")
    assert opened().stat("packs/a") is None
    assert list(opened().names("packs")) == []


def test_a_full_disk_leaves_nothing_of_the_name(server: Sshd, opened: Opener) -> None:
    place = server.home / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        remote = opened("far:small")
        remote.write("packs/fits", bytes(1 << 20))
        with pytest.raises(RemoteError, match="packs/large") as caught:
            remote.write("packs/large", bytes(8 << 20))
        assert caught.value.hint is not None
        assert "ssh far df small" in caught.value.hint
        assert [found.name for found in remote.names("packs")] == ["packs/fits"]
        assert list(remote.unfinished()) == []
        remote.write("packs/again", b"fits")
        remote.close()
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_links_and_strange_names_are_passed_over(server: Sshd, opened: Opener) -> None:
    packs = server.home / "remote/packs"
    packs.mkdir(parents=True)
    (packs / "good").write_bytes(b"1")
    (packs / "loop").symlink_to(packs)
    (packs / "link").symlink_to(packs / "good")
    os.mkfifo(packs / "pipe")
    for name in (b"line\nend", b"esc\x1b[2J", b"\xff\xfe", "ünï".encode(), b"sp ace"):
        Path(os.fsdecode(os.fsencode(packs) + b"/" + name)).write_bytes(b"")
    (packs / ".tmp-1-2").write_bytes(b"half")
    remote = opened()
    assert [found.name for found in remote.names("packs")] == ["packs/good"]
    assert list(remote.unfinished()) == ["packs/.tmp-1-2"]
    assert remote.stat("packs/link") is None


def test_a_server_that_makes_up_folders_without_end_is_left(server: Sshd, opened: Opener) -> None:
    deep = server.home / "remote/packs"
    for _ in range(6):
        deep = deep / ("d" * 200)
    deep.mkdir(parents=True)
    with pytest.raises(RemoteError, match="more folders"):
        list(opened().names("packs"))


def test_a_connection_that_is_killed_is_unreachable_and_then_made_anew(server: Sshd, opened: Opener) -> None:
    remote = opened()
    remote.write("packs/a", b"some")
    for process in server.sessions():
        os.kill(process, signal.SIGKILL)
    with pytest.raises(UnreachableError):
        remote.read("packs/a")
    assert remote.read("packs/a") == b"some"


@pytest.mark.parametrize("stall", [False, True])
def test_a_transfer_that_is_cut_leaves_no_part_under_its_name(server: Sshd, opened: Opener, *, stall: bool) -> None:
    data = os.urandom(4 << 20)
    with Proxy(server.port, [Fault(after=1 << 20, stall=stall)] * 2) as proxy:
        remote = opened(f"ssh://far:{proxy.port}/~/remote", stall=1.0)
        with pytest.raises(UnreachableError):
            remote.write("packs/a", data)
        assert not (server.home / "remote/packs/a").exists()
        (server.home / "remote/packs/b").write_bytes(data)
        with pytest.raises(UnreachableError):
            remote.read("packs/b")
        remote.write("packs/a", data)
        assert remote.read("packs/b") == data
        assert proxy.connections == 3


def test_a_server_that_says_nothing_is_given_up(opened: Opener) -> None:
    with silent_server() as port:
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            opened(f"ssh://far:{port}/x", stall=1.0).stat("format")
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("a_while", [0.0, 1.0])
def test_many_threads_may_share_it_while_connections_are_cut(
    server: Sshd, opened: Opener, monkeypatch: pytest.MonkeyPatch, a_while: float
) -> None:
    monkeypatch.setattr(sessions, "_A_WHILE", a_while)
    with Proxy(server.port) as proxy:
        remote = opened(f"ssh://far:{proxy.port}/~/remote", workers=3)

        def work(number: int) -> int:
            name, data = f"packs/{number}", bytes([number]) * 200_000
            if number % 10 == 9:
                proxy.cut()
            for _ in range(50):
                try:
                    remote.write(name, data)
                    return int(remote.read(name) == data)
                except UnreachableError:
                    continue
            return 0

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(work, range(40))) == 40
        assert len(list(remote.names("packs"))) == 40


def test_one_connection_serves_all_where_there_may_be_no_more(
    server: Sshd, opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_A_WHILE", 0.0)
    program = tmp_path / "ssh"
    once = tmp_path / "once"
    program.write_text(f'#!/bin/sh\nmkdir "{once}" || exit 255\nexec "{server.program}" "$@"\n')
    program.chmod(0o755)
    remote = opened(program=str(program), workers=4)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: remote.write(f"packs/{number}", bytes(300_000)), range(20)))
    assert len(list(remote.names("packs"))) == 20


def test_another_connection_comes_once_there_is_enough_to_do(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    remote, most = opened(), 0
    for a_while in (3600.0, 0.0):
        monkeypatch.setattr(sessions, "_A_WHILE", a_while)
        with ThreadPoolExecutor(4) as pool:
            pool.map(lambda number: remote.write(f"packs/{number}", bytes(8 << 20)), range(12))
            end = time.monotonic() + 20
            while time.monotonic() < end and (most := len(remote._sessions._open)) < (1 if a_while else 2):
                time.sleep(0.01)
        assert most == (1 if a_while else 2)
    assert len(list(remote.names("packs"))) == 12


def test_nobody_waits_for_another_connection_that_does_not_come(
    opened: Opener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: Sshd
) -> None:
    monkeypatch.setattr(sessions, "_A_WHILE", 0.0)
    program, begun = tmp_path / "ssh", tmp_path / "begun"
    slow = f'mkdir "{begun}.2" && exec sleep 600'
    program.write_text(f'#!/bin/sh\nmkdir "{begun}" 2>/dev/null || {{ {slow}; }}\nexec "{server.program}" "$@"\n')
    program.chmod(0o755)
    remote = opened(program=str(program))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: remote.write(f"packs/{number}", bytes(1 << 20)), range(12)))
    assert len(list(remote.names("packs"))) == 12
    assert Path(f"{begun}.2").exists()
    coming = remote._sessions._coming
    assert coming is not None
    remote.close()
    assert _gone(coming._process.pid)


def _gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


_HOLDS = """
import os, sys, time
from runlore.store.remote import url
from runlore.store.remote.ssh import Ssh
from runlore.store.remote.tunnel import Call
remote = Ssh(Call(url.parse("far:remote", "/"), os.environ, program=sys.argv[1]))
remote.write("packs/a", b"")
print(remote._sessions._open[0]._tunnel._process.pid, flush=True)
while True:
    remote.write("packs/a", bytes(8 << 20))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_ssh_stays_behind_when_we_are_killed(server: Sshd, number: signal.Signals) -> None:
    ours = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, server.program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert ours.stdout is not None
    with ours.stdout as said:
        process = int(said.readline())
    assert not _gone(process)
    ours.send_signal(number)
    ours.wait(30)
    end = time.monotonic() + 30
    while not _gone(process) and time.monotonic() < end:
        time.sleep(0.05)
    assert _gone(process)


def test_errors_say_what_to_type(opened: Opener) -> None:
    with pytest.raises(MlrunError) as caught:
        opened("ssh://far:1/x").stat("format")
    assert caught.value.hint == "see that this works: ssh -p 1 far"
