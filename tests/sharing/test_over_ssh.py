"""The same over SSH: nothing but the address is another."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers import Sshd, sshd
from tests.sharing.people import Person, files

from runlore.errors import RemoteRefusedError

CODE = {"train.py": b"print('hello')\n"}
LARGE = os.urandom(1 << 20) * 40


@pytest.fixture
def server(tmp_path: Path, ann: Person, ben: Person) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as running:
        for person in (ann, ben):
            person.env["PATH"] = f"{os.path.dirname(running.program)}:{person.env['PATH']}"
            person.share("far:remote")
        yield running


@pytest.mark.usefixtures("server")
def test_a_run_comes_back_byte_for_byte_over_ssh(ann: Person, ben: Person) -> None:
    run = ann.make(CODE, data={"data/x.csv": b"1,2\n" * 50_000}, outputs={"model.bin": LARGE})
    assert ann.push().runs == (run,)
    assert ann.push().runs == ()
    assert ben.pull().runs == (run,)
    done = ben.mlrun("checkout", run, "again", "--outputs")
    assert done.status == 0
    assert files(f"{ben.folder}/again") == {**CODE, "data/x.csv": b"1,2\n" * 50_000, "model.bin": LARGE}
    assert ben.problems() == []


def test_a_push_to_an_unknown_host_leaves_nothing_there(ann: Person, server: Sshd) -> None:
    ann.make(CODE)
    server.known_hosts.write_text("")
    with pytest.raises(RemoteRefusedError, match="is not known"):
        ann.push()
    done = ann.mlrun("push")
    assert done.status == 14
    assert "hint: ssh far once, and compare the key" in done.err
    assert list(server.home.iterdir()) == []
