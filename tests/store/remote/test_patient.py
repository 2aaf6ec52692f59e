"""What is out of reach for a moment is asked again, by way of a network that fails."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers import Sshd, sshd
from tests.store.remote.proxy import Fault, Proxy, silent_server

from runlore.errors import RemoteMissingError, RemoteRefusedError, UnreachableError
from runlore.store.remote import url
from runlore.store.remote.opening import connect
from runlore.store.remote.patient import Patience, Patient
from runlore.store.remote.ssh import Ssh
from runlore.store.remote.tunnel import Call

_QUICK = Patience(first=0.01, more=1.5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as running:
        yield running


def _opened(server: Sshd, port: int, patience: Patience = _QUICK) -> Patient:
    call = Call(url.parse(f"ssh://far:{port}/~/remote", "/"), os.environ, program=server.program, stall=1.0)
    return Patient(Ssh(call, workers=1), patience)


@pytest.mark.parametrize("stall", [False, True])
def test_what_is_cut_is_done_again(server: Sshd, *, stall: bool) -> None:
    data = os.urandom(3 << 20)
    faults = [Fault(after=after, stall=stall) for after in (0, 100, 2000, 1 << 20)]
    with Proxy(server.port, faults) as proxy:
        remote = _opened(server, proxy.port)
        remote.write("packs/a", data)
        assert proxy.connections == 5
        proxy.cut()
        assert remote.read("packs/a") == data
        remote.close()


def test_a_listing_that_is_cut_gives_each_file_once(server: Sshd) -> None:
    packs = server.home / "remote/packs"
    packs.mkdir(parents=True)
    for number in range(2000):
        (packs / f"{number:064}.pack").write_bytes(b"")
    with Proxy(server.port) as proxy:
        remote = _opened(server, proxy.port)
        found = []
        for entry in remote.names("packs"):
            found.append(entry.name)
            if len(found) in {10, 900}:
                proxy.cut()
        assert proxy.connections > 1
        remote.close()
    assert len(found) == len(set(found)) == 2000


def test_after_five_tries_the_error_is_told(server: Sshd) -> None:
    with Proxy(server.port, [Fault(after=0)] * 100) as proxy:
        remote = _opened(server, proxy.port)
        with pytest.raises(UnreachableError):
            remote.stat("format")
        assert proxy.connections == 5


def test_no_try_begins_after_the_budget_is_spent(server: Sshd) -> None:
    with Proxy(server.port, [Fault(after=0)] * 100) as proxy:
        remote = _opened(server, proxy.port, Patience(tries=50, first=0.4, more=1.0, budget=1.0))
        with pytest.raises(UnreachableError):
            remote.read("format")
        assert 1 <= proxy.connections <= 6


def test_a_refusal_is_final(server: Sshd) -> None:
    with Proxy(server.port) as proxy:
        (server.folder / "known_hosts").write_text("")
        remote = _opened(server, proxy.port)
        with pytest.raises(RemoteRefusedError):
            remote.write("packs/a", b"")
        assert proxy.connections == 1


def test_what_is_missing_is_missing_at_once(server: Sshd) -> None:
    remote = _opened(server, server.port, Patience(first=60))
    with pytest.raises(RemoteMissingError):
        remote.read("packs/none")
    assert remote.stat("packs/none") is None
    assert list(remote.names("packs")) == []
    assert remote.create("packs/a", b"")
    assert not remote.create("packs/a", b"")
    remote.delete(iter(["packs/a"]))
    assert remote.stat("packs/a") is None
    remote.close()


def test_whoever_waits_for_the_next_try_is_let_go_when_it_is_closed(server: Sshd) -> None:
    with silent_server() as port:
        remote = _opened(server, port, Patience(first=600, budget=1000))
        ended = threading.Event()

        def wait() -> None:
            with pytest.raises(UnreachableError):
                remote.stat("format")
            ended.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        end = time.monotonic() + 60
        while not ended.is_set() and time.monotonic() < end:
            remote.close()
            time.sleep(0.05)
        waiting.join(60)
        assert ended.is_set()


def test_what_is_on_its_way_when_it_is_closed_is_not_begun_again(server: Sshd) -> None:
    with Proxy(server.port, [Fault(after=1 << 20, stall=True)]) as proxy:
        call = Call(url.parse(f"ssh://far:{proxy.port}/~/remote", "/"), os.environ, program=server.program, stall=30.0)
        remote = Patient(Ssh(call, workers=1), _QUICK)
        failed: list[Exception] = []

        def send() -> None:
            try:
                remote.write("packs/a", bytes(8 << 20))
            except UnreachableError as error:
                failed.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        while remote.moved < 1 << 20:
            time.sleep(0.01)
        remote.close()
        thread.join(20)
        assert (len(failed), proxy.connections) == (1, 1)


def test_all_but_a_folder_are_patient(tmp_path: Path) -> None:
    assert isinstance(connect(url.parse("far:remote", "/"), {}), Patient)
    assert not isinstance(connect(url.parse(str(tmp_path), "/"), {}), Patient)
