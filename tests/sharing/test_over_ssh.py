"""The same over SSH: nothing but the address is another."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers import Sshd, sshd
from tests.sharing.people import Person, comes_back

from runlore.errors import RemoteRefusedError

CODE = {"train.py": b"print('hello')\n"}


@pytest.fixture
def server(tmp_path: Path, ann: Person, ben: Person) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as running:
        for person in (ann, ben):
            person.env["PATH"] = f"{os.path.dirname(running.program)}:{person.env['PATH']}"
            person.share("far:remote")
        yield running


@pytest.mark.usefixtures("server")
def test_a_run_comes_back_byte_for_byte_over_ssh(ann: Person, ben: Person) -> None:
    comes_back(ann, ben)


def test_a_push_to_an_unknown_host_leaves_nothing_there(ann: Person, server: Sshd) -> None:
    ann.make(CODE)
    server.known_hosts.write_text("")
    with pytest.raises(RemoteRefusedError, match="is not known"):
        ann.push()
    done = ann.mlrun("push")
    assert done.status == 14
    assert "hint: ssh far once, and compare the key" in done.err
    assert list(server.home.iterdir()) == []
