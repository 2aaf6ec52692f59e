"""A server that means harm gets nothing but an error."""

import os
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.store.remote import hostile_sftp

from runlore.errors import RemoteDamagedError, RemoteError, UnreachableError
from runlore.store.remote import url
from runlore.store.remote.ssh import Ssh
from runlore.store.remote.tunnel import Call

Opener = Callable[[str], Ssh]
_MEMORY = 100 << 20


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    remotes = []

    def open_one(habit: str) -> Ssh:
        program = tmp_path / "ssh"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{hostile_sftp.__file__}" {habit}\n')
        program.chmod(0o755)
        call = Call(url.parse("far:x", "/"), os.environ, program=str(program), stall=20)
        remotes.append(Ssh(call))
        return remotes[-1]

    tracemalloc.start()
    yield open_one
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for remote in remotes:
        remote.close()
    assert most < _MEMORY


def test_names_that_lead_elsewhere_are_passed_over(opened: Opener) -> None:
    assert {found.name for found in opened("listing").names("packs")} == {"packs/good"}


def test_folders_without_end_are_refused(opened: Opener) -> None:
    with pytest.raises(RemoteDamagedError, match="more folders"):
        list(opened("folders").names("packs"))


@pytest.mark.parametrize("habit", ["huge", "wrong-number", "cut"])
def test_what_is_no_sftp_is_refused(opened: Opener, habit: str) -> None:
    with pytest.raises(RemoteError, match="not SFTP"):
        list(opened(habit).names("packs"))


def test_more_bytes_than_asked_for_are_refused(opened: Opener) -> None:
    with pytest.raises(RemoteError, match="not SFTP"):
        opened("too-much").read("packs/a")


def test_a_size_that_nothing_follows_costs_no_memory(opened: Opener) -> None:
    with pytest.raises(UnreachableError, match="ends too early"):
        opened("boasting").read("packs/a")


def test_a_server_that_gives_a_few_bytes_at_a_time_is_read_to_the_end(opened: Opener) -> None:
    remote = opened("drop-by-drop")
    assert remote.read("packs/a") == b"0123456789"
    assert remote.read("packs/a", 2, 5) == b"23456"
    with pytest.raises(UnreachableError):
        remote.read("packs/a", 2, 9)


def test_a_server_that_talks_without_end_is_listened_to(opened: Opener) -> None:
    assert list(opened("chatty").names("packs")) == []


def test_what_a_server_says_cannot_move_the_cursor(opened: Opener) -> None:
    remote = opened("refusing")
    for do in (remote.stat, remote.read):
        with pytest.raises(RemoteError, match="of a server") as caught:
            do("packs/a")
        assert caught.value.message.isprintable()
