"""A bucket as a remote: S3, and whatever speaks like it (Ceph, MinIO, R2). The only door of obstore."""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from runlore.errors import ConfigError, NoSuchRemoteError, RemoteError, UnreachableError
from runlore.store.remote import answers, aws
from runlore.store.remote.aws import Keys
from runlore.store.remote.aws_login import Login
from runlore.store.remote.port import Stat
from runlore.store.remote.url import Address

try:
    import obstore
    from obstore import exceptions
    from obstore.store import S3Store
except ModuleNotFoundError as error:
    raise NoSuchRemoteError("for a bucket a package is missing", hint='pip install "runlore[s3]"') from error

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Credential

_Result = TypeVar("_Result")
_SMALL = 1 << 20
_ASIDE = 4
"""Threads for what the main thread asks: one of them may be stuck with what was interrupted."""
_PAGE = 1000
"""Names of a listing for which S3 is asked at once."""
_NO_CONDITIONS = 501
"""What a server says that does not know `If-None-Match` and does not pass over it: not implemented."""
_UNSATISFIABLE = 416
_REFUSED = frozenset((400, 403, 501))
"""What a server, or the policy of a bucket, may say that wants the sum of all bytes signed."""
_LONGEST, _WHOLE = 1920.0, 3600.0
"""Seconds that sending a large file may take at most, and anything else while bytes go on arriving."""


class Times(NamedTuple):
    """How many seconds are waited: for a connection, for the next bytes, for a large file to be sent the first time.

    That last time is doubled whenever it was too short: a slow line and one that is stuck look the same.
    """

    connect: float = 5.0
    stall: float = 30.0
    send: float = 120.0


class Bucket:
    """A `Remote` in a bucket, below a prefix.

    What arrived is proven by its MD5, which nearly every server gives back as the ETag; it is no less proven by
    the SHA-256 that is signed with each request, where the server checks signatures. A large file goes without that
    sum where the MD5 is given back and nobody can change it on its way, as AWS's own tools do it under TLS: it costs
    both sides as much as all other hashing of ours.
    """

    workers = 8
    moved = 0

    def __init__(self, address: Address, environ: Mapping[str, str], times: Times | None = None) -> None:
        """Nothing is asked yet.

        Raises:
            UsageError, ConfigError, RemoteRefusedError: as `aws.place`.
            NoSuchRemoteError: the profile logs in, and botocore is not installed.
        """
        self.url = address.url
        self.proves = True
        self._ranges = True
        self._where = aws.place(address, environ)
        self._signs = not aws.is_private(self._where.endpoint)
        keys = Login(self._where.profile) if self._where.login else self._where.keys
        self._keys = None if keys is None or self._where.anonymous else _Source(keys)
        """Without, obstore asks the machine it runs on, as a machine or a container of AWS can be asked."""
        self._times = times or Times()
        self._sending = self._times.send
        self._stores: dict[tuple[float | None, bool], S3Store] = {}
        self._lock = threading.Lock()
        self._aside = ThreadPoolExecutor(_ASIDE, "bucket")

    def names(self, folder: str) -> Iterator[Stat]:
        """As `Remote.names`."""
        with self._translated(f"{folder}/"):
            pages = iter(obstore.list(self._store(), folder, chunk_size=_PAGE))
            while (page := self._heard(lambda: next(pages, None))) is not None:
                for found in page:
                    if found["path"].startswith(f"{folder}/"):  # not what a console makes to show a folder
                        yield Stat(found["path"], found["size"], _seconds(found["last_modified"].timestamp()))

    def stat(self, name: str) -> Stat | None:
        """As `Remote.stat`."""
        with self._translated(name):
            try:
                found = self._heard(lambda: obstore.head(self._store(), name))
            except FileNotFoundError:
                return None
        return Stat(name, found["size"], _seconds(found["last_modified"].timestamp()))

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """As `Remote.read`."""
        if length == 0 or (start and length is None):
            return self._read_to_end(name, start, length)
        with self._translated(name):
            if length is None:
                return self._heard(lambda: bytes(obstore.get(self._store(), name).bytes()))
            data = self._range(name, start, length)
        if len(data) != length:
            raise UnreachableError(f'"{name}" on {self.url} ends too early: {len(data):,} of {length:,} bytes')
        return data

    def _range(self, name: str, start: int, length: int) -> bytes:
        if self._ranges:
            try:
                return self._heard(lambda: bytes(obstore.get_range(self._store(), name, start=start, length=length)))
            except exceptions.BaseError as error:
                if answers.status(str(error)) == _UNSATISFIABLE:
                    return b""
                if not answers.gives_no_ranges(str(error)):
                    raise
        self._ranges = False  # rclone answers with 200 and not with 206
        return self._heard(lambda: bytes(memoryview(obstore.get(self._store(), name).bytes())[start : start + length]))

    def _read_to_end(self, name: str, start: int, length: int | None) -> bytes:
        """What HTTP's ranges cannot say: no bytes, or all from a place that may be the end."""
        found = self.stat(name)
        if found is None:
            return self.read(name)  # says that it is missing, and why
        wanted = found.size - start if length is None else length
        return self.read(name, start, wanted) if wanted else b""

    def write(self, name: str, data: bytes | memoryview) -> None:
        """As `Remote.write`."""
        self._put(name, data, "overwrite")

    def create(self, name: str, data: bytes) -> bool:
        """As `Remote.create`."""
        try:
            return self._put(name, data, "create")
        except _NoConditionsError:
            return self._put(name, data, "overwrite")

    def _put(self, name: str, data: bytes | memoryview, mode: Literal["create", "overwrite"]) -> bool:
        small = len(data) <= _SMALL
        limit = self._times.stall if small else self._sending
        signed = small or self._signs or not self.proves
        with self._translated(name):
            try:
                store = self._store(limit, signed=signed)
                put = self._heard(lambda: obstore.put(store, name, data, mode=mode, use_multipart=False))
            except exceptions.AlreadyExistsError as error:
                if answers.code(str(error)) in {"ConditionalRequestConflict", "OperationAborted"}:
                    raise
                return False
            except exceptions.BaseError as error:
                if mode == "create" and answers.status(str(error)) == _NO_CONDITIONS:
                    raise _NoConditionsError from error
                if not signed and answers.status(str(error)) in _REFUSED:
                    self._signs = True
                    return self._put(name, data, mode)
                if limit == self._sending and answers.timed_out(str(error)):
                    self._sending = min(2 * limit, _LONGEST)
                raise
        if self.proves and (put["e_tag"] or "").strip('"') != hashlib.md5(data, usedforsecurity=False).hexdigest():
            self._prove(name, data)
        return True

    def _prove(self, name: str, data: bytes | memoryview) -> None:
        """Where an ETag is not the MD5 of what was sent: that did not arrive, or this server's ETags are no MD5."""
        if self.read(name) != data:
            raise UnreachableError(f'"{name}" on {self.url}: other bytes arrived than were sent')
        self.proves = False

    def delete(self, names: Iterable[str]) -> None:
        """As `Remote.delete`."""
        wanted = list(names)
        if wanted:
            with self._translated(""):
                self._heard(lambda: obstore.delete(self._store(), wanted))

    def close(self) -> None:
        """As `Remote.close`."""
        with self._lock:
            self._stores = {}

    def _heard(self, do: Callable[[], _Result]) -> _Result:
        """What ``do`` comes to. In the main thread Ctrl-C is heard: where obstore waits, Python hears nothing."""
        if threading.current_thread() is not threading.main_thread():
            return do()
        return self._aside.submit(do).result()

    def _store(self, limit: float | None = None, *, signed: bool = True) -> S3Store:
        """A client to send something in ``limit`` seconds, or for the rest, where each wait has its limit."""
        with self._lock:
            if (limit, signed) not in self._stores:
                self._stores[limit, signed] = self._opened(limit, signed=signed)
            return self._stores[limit, signed]

    def _opened(self, limit: float | None, *, signed: bool) -> S3Store:
        where, times = self._where, self._times
        config: S3Config = {
            "region": where.region,
            "virtual_hosted_style_request": where.in_host,
            "skip_signature": where.anonymous,
            "unsigned_payload": not signed,
        }
        if where.endpoint:
            # obstore looks at the variables by itself, where AWS_ENDPOINT_URL_S3 would go before our endpoint.
            config["endpoint"] = config["aws_endpoint_url_s3"] = where.endpoint
        client: ClientConfig = {
            "allow_http": bool(where.endpoint and where.endpoint.startswith("http://")),
            "connect_timeout": timedelta(seconds=times.connect),
            # Counted from the first byte that is sent on, so that for who sends it is the whole time.
            "read_timeout": timedelta(seconds=limit or times.stall),
            "timeout": timedelta(seconds=limit or _WHOLE),
        }
        if where.authorities:
            client["root_certificate"] = _certificates(where.authorities)
        return S3Store(
            where.bucket,
            prefix=where.prefix or None,
            config=config,
            client_options=client,
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=limit or _WHOLE)},
            credential_provider=self._keys,
        )

    @contextlib.contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except (exceptions.BaseError, FileNotFoundError) as error:
            if self._keys is not None and self._keys.failed is not None:
                raise self._keys.failed from error
            missing = isinstance(error, FileNotFoundError)
            raise answers.meant(str(error), name, self._where, self.url, missing=missing) from error


class _NoConditionsError(Exception):
    """The server does not know conditional writes."""


class _Source:
    """What obstore asks for keys, so that it has those that were found, and not those of variables."""

    def __init__(self, keys: Keys | Login) -> None:
        self._keys = keys
        self.failed: RemoteError | None = None
        """Why there are none: obstore would only say that asking failed."""

    def __call__(self) -> "S3Credential":
        if isinstance(self._keys, Keys):
            keys, until = self._keys, None
        else:
            try:
                keys, until = self._keys.keys()
            except RemoteError as error:
                self.failed = error
                raise
        return {
            "access_key_id": keys.access,
            "secret_access_key": keys.secret,
            "token": keys.token,
            "expires_at": until,
        }


def _seconds(time: float) -> float:
    """Without what comes after the point, which a listing may have and a single answer has not."""
    return float(int(time))


def _certificates(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f'"{path}", where AWS_CA_BUNDLE leads, cannot be read: {error.strerror}') from error
