"""What fsspec opens and what it is not asked for; what must hold of all remotes is in `test_conformance.py`."""

import importlib.util
import os
from pathlib import Path

import pytest

pytest.importorskip("fsspec")

from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from tests.store.remote.meddling import answering

from runlore.errors import MlrunError, NoSuchRemoteError, RemoteError, RemoteRefusedError, UnreachableError, UsageError
from runlore.store.remote import filesystem, opening, url
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


def test_a_page_of_the_web_can_be_read_and_not_written() -> None:
    pytest.importorskip("aiohttp")
    with answering(200, "some bytes") as endpoint:
        remote = _open(f"{endpoint}/top")
        assert remote.read("packs/a") == b"some bytes"
        for ask in (lambda: remote.write("a", b""), lambda: remote.create("b", b""), lambda: remote.delete(["a"])):
            with pytest.raises(RemoteRefusedError, match="only be read"):
                ask()


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
    remote = filesystem.connect(url.parse(f"shelf:/{tmp_path}/top?colour=red", "/"))
    remote.write("packs/a", b"some")
    assert (tmp_path / "top" / "packs" / "a").read_bytes() == b"some"
    with pytest.raises(UsageError, match="option too many or too few"):
        filesystem.connect(url.parse(f"shelf:/{tmp_path}/top", "/"))
