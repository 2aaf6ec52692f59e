"""What a WebDAV server is asked for, and with which password; the rest is in `test_conformance.py`."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.store.remote import other_servers
from tests.store.remote.meddling import meddling
from tests.store.remote.other_servers import PASSWORD, USER

pytest.importorskip("fsspec")

from runlore.errors import ConfigError, RemoteRefusedError, UnreachableError, UsageError
from runlore.store.remote import cleaning, kinds, url
from runlore.store.remote.filesystem import Filesystem


def _open(server: str, folder: str = "", **environ: str) -> Filesystem:
    return kinds.connect(url.parse(f"webdav://server/{folder or uuid4().hex}?base_url={server}", "/"), environ)


@pytest.fixture
def asked() -> list[str]:
    """Methods of all requests that went through `heard`, with what they are to move over."""
    return []


@pytest.fixture
def heard(asked: list[str]) -> Iterator[Filesystem]:
    def hear(data: bytes) -> bytes:
        lines = re.findall(rb"^(?:[A-Z]+(?= /\S* HTTP)|Overwrite: \w)", data, re.MULTILINE)
        asked.extend(each.decode() for each in lines)
        return data

    with meddling(int(other_servers.webdav().rpartition(":")[2]), there=hear) as endpoint:
        remote = _open(endpoint)
        yield remote
        remote.close()


def test_a_file_is_sent_and_renamed_and_nothing_more(heard: Filesystem, asked: list[str]) -> None:
    heard.write("packs/a", b"some")
    asked.clear()
    heard.write("packs/b", b"some")
    assert asked == ["PUT", "MOVE", "Overwrite: F"]


def test_only_the_bytes_that_are_wanted_are_fetched(heard: Filesystem, asked: list[str]) -> None:
    heard.write("packs/a", b"0123456789")
    asked.clear()
    assert heard.read("packs/a", 3, 4) == b"3456"
    assert asked == ["PROPFIND", "GET"]


def test_a_file_that_is_there_already_stays(heard: Filesystem, asked: list[str]) -> None:
    heard.write("packs/a", b"some")
    asked.clear()
    heard.write("packs/a", b"some")
    assert "Overwrite: T" not in asked
    assert [found.name for found in heard.names("packs")] == ["packs/a"]
    assert list(heard.unfinished()) == []


def test_a_damaged_file_is_repaired(heard: Filesystem) -> None:
    heard.write("packs/a", b"bytes that rot")
    heard.write("packs/a", b"bytes as it is")
    assert heard.read("packs/a") == b"bytes as it is"


def test_what_a_killed_writer_left_is_found_by_who_cleans() -> None:
    remote = _open(other_servers.webdav())
    remote.write("packs/.tmp-1-2", b"some")
    remote.write("packs/whole", b"some")
    assert [found.name for found in remote.names("packs")] == ["packs/whole"]
    assert cleaning.litter(remote, float("inf")) == ["packs/.tmp-1-2"]
    remote.close()


def test_a_folder_may_have_any_name() -> None:
    remote = _open(other_servers.webdav(), f"{uuid4().hex}/a%20b%C3%A9+%26")
    remote.write("packs/a", b"some")
    assert [found.name for found in remote.names("packs")] == ["packs/a"]
    assert remote.read("packs/a") == b"some"
    remote.close()


def test_the_password_is_taken_from_where_others_find_it(tmp_path: Path) -> None:
    for variable, name in (("NETRC", "keys"), ("HOME", ".netrc")):
        (tmp_path / name).write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
        where = str(tmp_path / name if variable == "NETRC" else tmp_path)
        remote = _open(other_servers.webdav(closed=True), **{variable: where})
        remote.write("packs/a", b"some")
        assert remote.read("packs/a") == b"some"
        remote.close()


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"machine 127.0.0.1 login {USER} password wrong\n",  # mlrun: made-up
        "machine other login a password b",
    ],
)
def test_who_is_not_let_in_is_told_where_the_password_belongs(tmp_path: Path, line: str) -> None:
    (tmp_path / ".netrc").write_text(line)
    remote = _open(other_servers.webdav(closed=True), HOME=str(tmp_path))
    for ask in (lambda: list(remote.names("packs")), lambda: remote.stat("a"), lambda: remote.write("packs/a", b"")):
        with pytest.raises(RemoteRefusedError, match="401") as caught:
            ask()
        assert caught.value.hint is not None
        assert "~/.netrc" in caught.value.hint
    remote.close()


def test_a_file_of_passwords_that_cannot_be_read_is_not_repeated(tmp_path: Path) -> None:
    other_servers.need("webdav4")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 hidden hidden hidden\n")
    with pytest.raises(ConfigError, match="netrc") as caught:
        _open("http://127.0.0.1:1", HOME=str(tmp_path))
    assert "hidden" not in f"{caught.value.message} {caught.value.hint}"


def test_a_server_that_is_not_there_is_out_of_reach() -> None:
    other_servers.need("webdav4")
    remote = _open("http://127.0.0.1:1")
    for ask in (lambda: list(remote.names("packs")), lambda: remote.write("packs/a", b"")):
        with pytest.raises(UnreachableError):
            ask()
    remote.close()


def test_an_option_that_nobody_knows_is_said() -> None:
    other_servers.need("webdav4")
    with pytest.raises(UsageError, match="option too many"):
        kinds.connect(url.parse("webdav://server/x?nonsense=1", "/"), {})
