"""The kinds of remotes that fsspec opens: which package each needs, what it is told, and where its passwords are."""

import netrc
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from runlore.errors import ConfigError, NoSuchRemoteError, RemoteRefusedError, UsageError
from runlore.store.remote.filesystem import Filesystem, class_of
from runlore.store.remote.foreign import hush, keys, meant
from runlore.store.remote.patient import Patience
from runlore.store.remote.url import Address

_PACKAGES = {
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "hdfs": "pyarrow",
    "http": "aiohttp",
    "https": "aiohttp",
    "smb": "smbprotocol",
    "webdav": "webdav4[fsspec]",
}
_WEBDAV = "webdav"
_WHOLE = frozenset(("abfs", "abfss", "az", "gcs", "gs", "oci", "oss", "r2"))
"""Stores of objects: what is put there is seen whole or not at all, and is not put under another name first."""
_TRY_AGAIN = frozenset(("abfs", "abfss", "az", "gcs", "gs"))
"""Their packages try again by themselves: Google's for half a minute, Azure's for one and a half."""
_WEB = frozenset(("http", "https"))
_READ_ONLY = frozenset(("github", *_WEB))
_WRAPPERS = ("async_wrapper", "blockcache", "cached", "dir", "filecache", "generic", "reference", "simplecache")
_ARCHIVES = ("git", "libarchive", "tar", "zip")
_NOT_OURS = frozenset((*_WRAPPERS, *_ARCHIVES, "data", "local", "memory", "s3a", "sftp", "ssh"))
"""Within another file, or gone with the process, or opened better by ourselves: fsspec's SSH accepts unknown hosts."""
_SECRET = re.compile(r"secret|passw|token|credential|sas|(^|_)key($|_)|account_key|connection_string", re.IGNORECASE)
_WAITS = (5.0, 60.0, 60.0, 60.0)
"""Seconds for a connection to a WebDAV server, for its next byte, for it to take one, and for a turn."""


def connect(address: Address, environ: Mapping[str, str]) -> Filesystem:
    """The remote at a URL of any kind that fsspec knows. ``environ`` says where the home folder is.

    Raises:
        NoSuchRemoteError: none of that kind is known, or it is not installed, or it keeps nothing.
        UsageError: the file system does not take an option of the URL.
        ConfigError: the file with passwords cannot be read.
        RemoteError: it cannot be opened.
    """
    kind = address.scheme
    if kind in _NOT_OURS:
        raise NoSuchRemoteError(f"{kind}:// is no place to keep runs", hint="a folder, ssh://, s3://, gs://, az://")
    options = _options(address)
    system = class_of(kind, _PACKAGES.get(kind))
    hush()
    plain = address.url.partition("?")[0]
    found: dict[str, Any] = {**system._get_kwargs_from_urls(plain), **options}  # noqa: SLF001 - fsspec's own way
    root = str(system._strip_protocol(plain))  # noqa: SLF001 - as above
    if kind == _WEBDAV:
        # Its package is told by an option where the server is, and by no URL. To try again is `Patient`'s work.
        found.setdefault("base_url", f"https://{address.host}")
        found.update(auth=_login(found["base_url"], environ), timeout=_WAITS, retry=False)
        root = f"/{address.path}"
    else:
        found["use_listings_cache"] = False
    if kind in _WEB:
        found["client_kwargs"] = {"trust_env": True}  # passwords and proxies are where curl finds them, too

    def make() -> Any:  # noqa: ANN401 - fsspec has no types
        try:
            return system(skip_instance_cache=True, **found)
        except TypeError as error:
            raise UsageError(f'"{address.url}" has an option too many or too few: {error}') from error
        except Exception as error:  # as in Filesystem._translated
            if kind in _TRY_AGAIN and isinstance(error, ValueError):  # told too little to know whom to ask, and as whom
                raise RemoteRefusedError(f"{address.url}: {error}", hint=keys(kind)) from error
            raise meant(error, address.url, kind) from error

    if kind == _WEBDAV:
        from runlore.store.remote.dav import Dav  # noqa: PLC0415 - where its package is installed

        return Dav(make, root, url=address.url)
    return Filesystem(make(), root, url=address.url, whole=kind in _WHOLE, read_only=kind in _READ_ONLY)


def patience(kind: str) -> Patience:
    """How often is asked of such a remote what it did not answer."""
    return Patience(tries=1) if kind in _TRY_AGAIN else Patience()


def _options(address: Address) -> dict[str, str]:
    """Those of the URL, without credentials among them."""
    options = dict(address.options)
    for name in options:
        if _SECRET.search(name):
            where = _PACKAGES.get(address.scheme, address.scheme)
            hint = f"leave {name} out: it is taken from the files and variables of {where}"
            raise UsageError("credentials do not belong in a remote's URL", hint=hint)
    if options and address.scheme in _WEB:
        raise UsageError(f"{address.scheme}:// takes no options", hint="leave out what comes after the ?")
    return options


def _login(url: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Name and password for the host of a URL, from the file in which curl and others look."""
    path = environ.get("NETRC") or os.path.join(environ.get("HOME", ""), ".netrc")
    try:
        found = netrc.netrc(path).authenticators(urlsplit(url).hostname or "")
    except FileNotFoundError:
        return None
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f'"{path}" cannot be read: {type(error).__name__}', hint="see man netrc") from error
    return (found[0], found[2] or "") if found else None
