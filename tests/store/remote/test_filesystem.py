"""What fsspec opens and what it is not asked for; what must hold of all remotes is in `test_conformance.py`."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fsspec")

from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from tests.store.remote import other_servers
from tests.store.remote.meddling import answering

from runlore.errors import (
    MlrunError,
    NoSuchRemoteError,
    RemoteError,
    RemoteMissingError,
    RemoteRefusedError,
    UnreachableError,
    UsageError,
)
from runlore.store.remote import kinds, opening, url
from runlore.store.remote.filesystem import Filesystem
from runlore.store.remote.port import Remote


def _open(text: str) -> Remote:
    return opening.connect(url.parse(text, "/"), {})


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("gs://bucket/x", "gcsfs"),
        ("gcs://bucket/x", "gcsfs"),
        ("az://container/x", "adlfs"),
        ("abfs://container/x", "adlfs"),
        ("webdav://host/x", "webdav4"),
        ("smb://host/share/x", "smbprotocol"),
    ],
)
def test_the_package_that_is_missing_is_named(text: str, package: str) -> None:
    if importlib.util.find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    with pytest.raises(NoSuchRemoteError, match="a package is missing") as caught:
        _open(text)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(f'pip install "{package}')


@pytest.mark.parametrize("text", ["memory://x/y", "zip://x/y", "simplecache://x", "dir://x", "data://x", "s3a://x/y"])
def test_what_keeps_nothing_is_no_remote(text: str) -> None:
    with pytest.raises(NoSuchRemoteError, match="no place to keep runs"):
        _open(text)


def test_a_kind_that_nobody_knows_is_no_remote() -> None:
    with pytest.raises(NoSuchRemoteError, match="nonsense://"):
        _open("nonsense://host/x")


@pytest.mark.parametrize("option", ["token", "password", "account_key", "sas_token", "secret", "connection_string"])
def test_credentials_in_the_url_are_refused_and_not_repeated(option: str) -> None:
    with pytest.raises(UsageError, match="credentials") as caught:
        _open(f"az://container/x?{option}=hidden")
    assert "hidden" not in f"{caught.value.message} {caught.value.hint}"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Remote]:
    """A remote that somebody has filled, over the web."""
    other_servers.need("aiohttp")
    for name, data in (("packs/a", b"0123456789"), ("objects/ab/c", b"some"), ("index/empty", b"")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with other_servers.web(str(tmp_path)) as endpoint:
        yield kinds.connect(url.parse(endpoint, "/"), {})


def test_a_page_of_the_web_is_read_also_where_it_gives_no_parts(page: Remote) -> None:
    assert page.read("packs/a") == b"0123456789"
    assert page.read("packs/a", 3, 4) == b"3456"
    with pytest.raises(UnreachableError):
        page.read("packs/a", 5, 6)
    with pytest.raises(RemoteMissingError):
        page.read("packs/b")


def test_sizes_and_times_are_known_where_a_page_lists_only_names(page: Remote, tmp_path: Path) -> None:
    # As Apache lists: the page itself in another order, the folder above, and what is in it.
    links = ("?C=N;O=D", "/", "a")
    (tmp_path / "packs" / "index.html").write_text("".join(f'<a href="{each}">{each}</a>' for each in links))
    (found,) = page.names("packs")
    assert (found.name, found.size) == ("packs/a", 10)
    assert found.written == int((tmp_path / "packs" / "a").stat().st_mtime)
    assert [(each.name, each.size) for each in page.names("objects")] == [("objects/ab/c", 4)]
    assert [(each.name, each.size) for each in page.names("index")] == [("index/empty", 0)]
    assert list(page.names("gc")) == []


def test_a_page_of_the_web_cannot_be_written(page: Remote) -> None:
    for ask in (lambda: page.write("a", b""), lambda: page.create("b", b""), lambda: page.delete(["a"])):
        with pytest.raises(RemoteRefusedError, match="only be read"):
            ask()


@pytest.mark.parametrize(("status", "kind"), [(403, RemoteRefusedError), (400, RemoteError)])
def test_a_page_that_does_not_answer_is_not_an_empty_one(status: int, kind: type[MlrunError]) -> None:
    other_servers.need("aiohttp")
    with answering(status) as endpoint, pytest.raises(kind):
        list(_open(f"{endpoint}/top").names("packs"))
    unreachable = kinds.connect(url.parse("http://127.0.0.1:1/top", "/"), {})
    with pytest.raises(UnreachableError):
        list(unreachable.names("packs"))


def test_options_that_a_page_cannot_have_are_refused() -> None:
    other_servers.need("aiohttp")
    with pytest.raises(UsageError, match="takes no options"):
        _open("http://host/top?signature=1")


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_use_googles_bucket_is_told_of_its_credentials(
    status: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    other_servers.need("gcsfs")
    body = f'{{"error": {{"code": {status}, "message": "Anonymous caller may not look"}}}}'
    with answering(status, body, (("Content-Type", "application/json"),)) as endpoint:
        for name, value in other_servers.google_variables(endpoint).items():
            monkeypatch.setenv(name, value)
        remote = _open("gs://bucket/top")
        for ask in (lambda: list(remote.names("packs")), lambda: remote.write("packs/a", b"")):
            with pytest.raises(RemoteRefusedError, match=r"Anonymous caller|Forbidden") as caught:
                ask()
            assert caught.value.hint is not None
            assert "GOOGLE_APPLICATION_CREDENTIALS" in caught.value.hint
    assert capfd.readouterr().err == ""


def test_a_bucket_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in other_servers.google_variables(other_servers.google()).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RemoteMissingError, match="no such place as gs://nobodys/top") as caught:
        _open("gs://nobodys/top").write("packs/a", b"")
    assert caught.value.hint is not None
    assert "no buckets" in caught.value.hint


def test_a_container_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", other_servers.azure())
    with pytest.raises(RemoteMissingError, match="no such place as az://nobodys/top"):
        _open("az://nobodys/top").write("packs/a", b"")


def test_who_may_not_use_azures_container_is_told_of_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = other_servers.azure().replace("AccountKey=Eby8", "AccountKey=AAAA")
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", wrong)
    remote = _open(f"az://{other_servers.azure_container()}/top")
    for ask in (lambda: list(remote.names("packs")), lambda: remote.write("packs/a", b"")):
        with pytest.raises(RemoteRefusedError) as caught:
            ask()
        assert caught.value.hint is not None
        assert "AZURE_STORAGE_CONNECTION_STRING" in caught.value.hint


def test_an_azure_account_that_nobody_named_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    other_servers.need("adlfs")
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountKey=hidden")
    with pytest.raises(RemoteRefusedError) as caught:
        _open("az://container/top")
    assert "account_name=NAME" in (caught.value.hint or "")
    assert "hidden" not in f"{caught.value.message} {caught.value.hint}"


class _Failing(MemoryFileSystem):  # type: ignore[misc] # fsspec has no types
    """Raises what libraries raise."""

    cachable = False
    error: BaseException = OSError()

    def info(self, path: str, **_: object) -> dict[str, object]:  # noqa: ARG002 - as fsspec has it
        raise self.error


class HttpError(Exception):
    """As gcsfs has it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code


class ServiceRequestError(Exception):
    """As Azure's packages have it."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (HttpError(403), RemoteRefusedError),
        (HttpError(503), UnreachableError),
        (HttpError(400), RemoteError),
        (ServiceRequestError("dns"), UnreachableError),
        (TimeoutError(), UnreachableError),
        (ConnectionResetError(), UnreachableError),
        (PermissionError("no"), RemoteRefusedError),
        (ValueError("odd"), RemoteError),
    ],
)
def test_what_a_library_raises_is_understood(error: Exception, kind: type[MlrunError]) -> None:
    system = _Failing()
    system.error = error
    remote = Filesystem(system, "/top", url="x://top", whole=True, read_only=False)
    with pytest.raises(kind) as caught:
        remote.stat("a")
    assert type(caught.value) is kind


class _Dark(LocalFileSystem):  # type: ignore[misc] # fsspec has no types
    """One of whose folders cannot be looked into."""

    cachable = False

    def ls(self, path: str, detail: bool = False, **_: object) -> list[object]:
        if path.endswith("dark"):
            raise OSError(5, "Input/output error")
        found: list[object] = super().ls(path, detail=detail)
        return found


def test_files_that_cannot_be_seen_are_not_left_out(tmp_path: Path) -> None:
    for name in ("light", "dark"):
        (tmp_path / "packs" / name).mkdir(parents=True)
        (tmp_path / "packs" / name / "a").write_bytes(b"some")
    remote = Filesystem(_Dark(), str(tmp_path), url="x://top", whole=False, read_only=False)
    with pytest.raises(UnreachableError, match="Input/output"):
        list(remote.names("packs"))


class _Full(LocalFileSystem):  # type: ignore[misc] # fsspec has no types
    """A disk that is full after a part of a file."""

    cachable = False

    def pipe_file(self, path: str, value: bytes, **_: object) -> None:
        with open(path, "wb") as file:
            file.write(value[:3])
        raise OSError(28, "No space left on device")


def test_what_could_not_be_written_wholly_leaves_nothing(tmp_path: Path) -> None:
    remote = Filesystem(_Full(), str(tmp_path), url="x://top", whole=False, read_only=False)
    with pytest.raises(RemoteError, match="No space left"):
        remote.write("packs/a", b"some bytes")
    assert os.listdir(tmp_path / "packs") == []
    assert list(remote.names("packs")) == []


def test_a_url_is_opened_with_its_options(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")

    class Shelf(LocalFileSystem):  # type: ignore[misc] # fsspec has no types
        protocol = "shelf"

        def __init__(self, *, colour: str, **options: object) -> None:
            super().__init__(**options)
            self.colour = colour

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return path.removeprefix("shelf:/")

    fsspec.register_implementation("shelf", Shelf, clobber=True)
    remote = kinds.connect(url.parse(f"shelf:/{tmp_path}/top?colour=red", "/"), {})
    remote.write("packs/a", b"some")
    assert (tmp_path / "top" / "packs" / "a").read_bytes() == b"some"
    with pytest.raises(UsageError, match="option too many or too few"):
        kinds.connect(url.parse(f"shelf:/{tmp_path}/top", "/"), {})
