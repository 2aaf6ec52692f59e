"""What goes wrong with buckets and with the way to them; what must hold of all remotes is in `test_conformance.py`."""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("obstore")

from tests.store.remote import s3_servers
from tests.store.remote.buckets import LYING
from tests.store.remote.meddling import CutError, answering, meddling
from tests.store.remote.s3_servers import KEYS, Server

from runlore.errors import MlrunError, RemoteError, RemoteRefusedError, UnreachableError
from runlore.store.remote import url
from runlore.store.remote.bucket import Bucket, Times

_QUICK = Times(connect=1.0, stall=1.0, send=1.0)


def _bucket(
    endpoint: str, bucket: str, times: Times | None = None, environ: dict[str, str] | None = None, more: str = ""
) -> Bucket:
    address = url.parse(f"s3://{bucket}/top?endpoint={endpoint}{more}", "/")
    return Bucket(address, {**KEYS, "HOME": "/proc/self/nobody", **(environ or {})}, times)


@pytest.mark.parametrize("server", [s3_servers.moto, s3_servers.rclone, s3_servers.ceph])
@pytest.mark.parametrize("size", [2000, 3 << 20])
def test_bytes_that_change_on_their_way_are_no_success(server: Callable[[], Server], size: int) -> None:
    at = server()
    bucket = at.bucket()
    data = (b"x" * 994 + b"NEEDLE") * (size // 1000)
    with meddling(at.port, there=lambda piece: piece.replace(b"NEEDLE", b"NEEDLF")) as endpoint:
        changed = _bucket(endpoint, bucket)
        with pytest.raises(UnreachableError, match=r"other bytes arrived|SHA256Mismatch"):
            changed.write("packs/a", data)
        changed.write("packs/b", b"nothing to change")
        assert changed.proves


def test_where_etags_are_no_sums_it_is_said_that_nothing_is_proven() -> None:
    at = s3_servers.moto()
    data = b"some bytes"
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest().encode()
    with meddling(at.port, back=lambda piece: piece.replace(etag, b"0" * 31 + b"1")) as endpoint:
        remote = _bucket(endpoint, at.bucket())
        remote.write("packs/a", data)
        assert not remote.proves
        assert remote.read("packs/a") == data


def _unsigned(seen: list[int]) -> Callable[[bytes], bytes]:
    """What counts the requests that were signed without the sum of what they send."""

    def look(piece: bytes) -> bytes:
        seen.extend([1] * piece.count(b"UNSIGNED-PAYLOAD"))
        return piece

    return look


def test_only_a_large_file_is_signed_without_its_sum() -> None:
    at, seen = s3_servers.moto(), list[int]()
    with meddling(at.port, there=_unsigned(seen)) as endpoint:
        remote = _bucket(endpoint, at.bucket())
        remote.write("format", b"some bytes")
        assert not seen
        remote.write("packs/a", bytes(2 << 20))
        assert len(seen) == 1


def test_where_etags_are_no_sums_all_is_signed_with_one() -> None:
    at, seen = s3_servers.moto(), list[int]()
    etag = hashlib.md5(b"some bytes", usedforsecurity=False).hexdigest().encode()
    back = lambda piece: piece.replace(etag, b"0" * 31 + b"1")  # noqa: E731 - as short as that
    with meddling(at.port, there=_unsigned(seen), back=back) as endpoint:
        remote = _bucket(endpoint, at.bucket())
        remote.write("packs/a", b"some bytes")
        remote.write("packs/b", bytes(2 << 20))
        assert not remote.proves
    assert not seen


def test_a_server_that_wants_all_sums_signed_gets_them() -> None:
    at, seen = s3_servers.moto(), list[int]()
    refused = 0

    def refuse(piece: bytes) -> bytes:
        nonlocal refused
        if len(seen) > refused and piece.startswith(b"HTTP/1.1 200 OK"):
            refused += 1
            return piece.replace(b"200 OK", b"403 NO", 1)
        return piece

    data = os.urandom(2 << 20)
    with meddling(at.port, there=_unsigned(seen), back=refuse) as endpoint:
        remote = _bucket(endpoint, at.bucket())
        remote.write("packs/a", data)
        remote.write("packs/b", data)
        assert remote.read("packs/b") == data
        assert remote.proves
    assert refused == len(seen) == 1


def test_a_file_that_is_cut_short_is_unreachable() -> None:
    at = s3_servers.moto()
    bucket = at.bucket()
    data = os.urandom(3 << 20)
    _bucket(at.endpoint, bucket).write("packs/a", data)
    seen = 0

    def cut(piece: bytes) -> bytes:
        nonlocal seen
        seen += len(piece)
        if seen > 1 << 20:
            raise CutError
        return piece

    with meddling(at.port, back=cut) as endpoint, pytest.raises(UnreachableError):
        _bucket(endpoint, bucket).read("packs/a")
    seen = 0
    with meddling(at.port, back=cut) as endpoint, pytest.raises(UnreachableError):
        _bucket(endpoint, bucket).read("packs/a", 5, 2 << 20)


def test_an_answer_that_stops_coming_is_given_up() -> None:
    at = s3_servers.moto()
    bucket = at.bucket()
    _bucket(at.endpoint, bucket).write("packs/a", os.urandom(3 << 20))
    on = threading.Event()

    def hold(piece: bytes) -> bytes:
        on.wait()
        return piece

    try:
        with meddling(at.port, back=hold) as endpoint:
            remote = _bucket(endpoint, bucket, _QUICK)
            began = time.monotonic()
            for ask in (lambda: remote.read("packs/a"), lambda: remote.write("packs/b", b"few")):
                with pytest.raises(UnreachableError, match="in time"):
                    ask()
            assert time.monotonic() - began < 60
    finally:
        on.set()


def test_a_large_file_gets_more_time_when_there_was_too_little() -> None:
    at = s3_servers.moto()

    def slow(piece: bytes) -> bytes:
        time.sleep(len(piece) / (1 << 20))
        return piece

    with meddling(at.port, there=slow) as endpoint:
        remote = _bucket(endpoint, at.bucket(), _QUICK)
        data = os.urandom(5 << 20)
        for _ in range(6):
            try:
                remote.write("packs/a", data)
            except UnreachableError:
                continue
            break
        assert remote.read("packs/a") == data


@pytest.mark.parametrize("server", [s3_servers.moto, s3_servers.rclone, s3_servers.ceph])
def test_a_bucket_that_is_not_there_is_no_empty_one(server: Callable[[], Server]) -> None:
    remote = _bucket(server().endpoint, "bucket-none")
    for ask in (
        lambda: list(remote.names("index")),
        lambda: remote.write("format", b""),
        lambda: remote.read("format"),
    ):
        with pytest.raises(RemoteRefusedError, match='there is no bucket "bucket-none"'):
            ask()


@pytest.mark.parametrize("server", [s3_servers.rclone, s3_servers.ceph])
def test_wrong_keys_are_refused(server: Callable[[], Server]) -> None:
    at = server()
    bucket = at.bucket()
    for environ in ({"AWS_ACCESS_KEY_ID": "nobody"}, {"AWS_SECRET_ACCESS_KEY": "wrong"}):
        remote = _bucket(at.endpoint, bucket, environ=environ)
        with pytest.raises(RemoteRefusedError) as caught:
            list(remote.names("index"))
        assert caught.value.hint
        with pytest.raises(RemoteRefusedError):
            remote.write("a", b"")
        with pytest.raises(RemoteRefusedError):
            remote.stat("a")


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (403, "AccessDenied", RemoteRefusedError, "may not"),
        (403, "SignatureDoesNotMatch", RemoteRefusedError, "secret key"),
        (400, "ExpiredToken", RemoteRefusedError, "the session has ended"),
        (403, "RequestTimeTooSkewed", RemoteRefusedError, "clock"),
        (507, "XMinioStorageFull", RemoteRefusedError, "it is full"),
        (507, "", RemoteRefusedError, "it is full"),
        (400, "InvalidRequest", RemoteRefusedError, "InvalidRequest"),
        (500, "InternalError", UnreachableError, "InternalError"),
        (503, "SlowDown", UnreachableError, "SlowDown"),
        (429, "", UnreachableError, "429"),
        (400, "RequestTimeout", UnreachableError, "RequestTimeout"),
        (409, "ConditionalRequestConflict", UnreachableError, "ConditionalRequestConflict"),
    ],
)
def test_what_a_server_says_is_understood(status: int, code: str, kind: type[RemoteError], words: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>" if code else ""
    with answering(status, body) as endpoint:
        remote = _bucket(endpoint, "bucket")
        asks: tuple[Callable[[], object], ...] = (
            lambda: list(remote.names("index")),
            lambda: remote.read("packs/a"),
            lambda: remote.write("packs/a", b""),
            lambda: remote.create("packs/a", b""),
            lambda: remote.delete(["packs/a"]),
        )
        for ask in asks:
            with pytest.raises(MlrunError, match=words) as caught:
                ask()
            assert type(caught.value) is kind


def test_the_region_of_a_bucket_is_said() -> None:
    body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>"
    with answering(400, body) as endpoint, pytest.raises(RemoteRefusedError, match="not in region us-east-1") as caught:
        _bucket(endpoint, "bucket").write("a", b"")
    assert caught.value.hint == "?region=eu-west-3"
    with answering(301) as endpoint, pytest.raises(RemoteRefusedError, match="not in region") as caught:
        _bucket(endpoint, "bucket").stat("a")


def test_a_server_that_refuses_conditions_is_written_to_without() -> None:
    class Server:
        refused = 0

    at = s3_servers.moto()

    def refuse(piece: bytes) -> bytes:
        if b"if-none-match" in piece.lower():
            Server.refused += 1
        return piece

    def answer(piece: bytes) -> bytes:
        return piece.replace(b"412 PRECONDITION FAILED", b"501 NOT IMPLEMENTED    ")

    with meddling(at.port, there=refuse, back=answer) as endpoint:
        remote = _bucket(endpoint, at.bucket())
        assert remote.create("gc/a", b"first")
        assert remote.create("gc/a", b"second")
        assert remote.read("gc/a") == b"second"
    assert Server.refused == 2


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnreachableError, match="refused"):
        _bucket(f"http://127.0.0.1:{port}", "bucket").stat("a")
    with pytest.raises(UnreachableError):
        _bucket("http://no.such.host.invalid", "bucket").stat("a")
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"https://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(UnreachableError):
            _bucket(endpoint, "bucket", _QUICK).stat("a")


def test_a_page_that_is_no_s3_does_not_pass_for_one() -> None:
    with answering(200, "<html>a page</html>") as endpoint:
        remote = _bucket(endpoint, "bucket")
        with pytest.raises(RemoteError):
            remote.write("a", b"some bytes")


def test_names_that_no_remote_of_ours_has_are_refused() -> None:
    boto3 = pytest.importorskip("boto3")
    at = s3_servers.moto()
    bucket = at.bucket()
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=at.endpoint, **keys)
    client.put_object(Bucket=bucket, Key="top/index/", Body=b"")
    client.put_object(Bucket=bucket, Key="top/index/a", Body=b"")
    remote = _bucket(at.endpoint, bucket)
    assert [found.name for found in remote.names("index")] == ["index/a"]
    client.put_object(Bucket=bucket, Key="top/index/b//c", Body=b"")
    with pytest.raises(RemoteError):
        list(remote.names("index"))


def test_nothing_of_the_keys_is_shown_by_an_error(tmp_path: Path) -> None:
    with answering(403, "<Error><Code>AccessDenied</Code></Error>") as endpoint:
        remote = _bucket(endpoint, "bucket", environ={"AWS_SECRET_ACCESS_KEY": "verysecret", "HOME": str(tmp_path)})
        with pytest.raises(RemoteRefusedError) as caught:
            remote.write("a", b"")
    shown = f"{caught.value.message} {caught.value.hint} {caught.value.__cause__}"
    assert "verysecret" not in shown


def test_a_server_with_half_of_s3_serves(tmp_path: Path) -> None:
    with LYING["s3-rclone"](tmp_path) as remote:
        for name in ("packs/a", "packs/b", "index/c"):
            remote.write(name, b"0123456789")
        assert remote.create("packs/a", b"abcdefghij")  # it knows no condition
        assert remote.read("packs/a", 3, 4) == b"defg"  # nor parts of a file
        with pytest.raises(UnreachableError):
            remote.read("packs/a", 8, 4)
        remote.delete(["packs/a", "packs/none"])
        assert [found.name for found in remote.names("packs")] == ["packs/b"]
