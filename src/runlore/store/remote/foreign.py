"""What errors of the packages behind fsspec mean. Each package raises its own, and none says what it may raise."""

import asyncio
import errno
import logging
import re

from runlore.errors import RemoteError, RemoteMissingError, RemoteRefusedError, UnreachableError

_SAYS = ("aiohttp", "asyncio", "azure", "adlfs", "fsspec", "gcsfs", "google", "httpcore", "httpx", "webdav4")
_REFUSALS = frozenset((401, 403))
_PASSING = frozenset((408, 423, 429, 500, 502, 503, 504))
_MISSING = 404
_PASSING_ERRNOS = frozenset((errno.EIO, errno.ETIMEDOUT, errno.ESTALE, errno.EHOSTDOWN, errno.EHOSTUNREACH))
_PASSING_NAMES = re.compile(
    r"Timeout|Connect|Disconnect|ServerError|ServiceRequest|ServiceResponse|PayloadError|NetworkError|RemoteProtocolError"
    r"|BadGateway|ResourceLocked|TransportError"
)
_MISSING_NAMES = re.compile(r"ResourceNotFound|FileNotFound")
_REFUSING_NAMES = re.compile(r"Authentication|Credential|RefreshError|Forbidden")
_FORBIDDEN = "Forbidden: "
"""What gcsfs begins the text of an `OSError` with that has no number."""
_KEYS = {
    "gs": "gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS",
    "az": "?account_name=NAME and `az login` or AZURE_STORAGE_ACCOUNT_KEY; or AZURE_STORAGE_CONNECTION_STRING",
    "webdav": "a line in ~/.netrc: machine HOST login NAME password PASSWORD",
}
_KEYS |= {"gcs": _KEYS["gs"], "abfs": _KEYS["az"], "abfss": _KEYS["az"]}
_KEYS |= {"http": _KEYS["webdav"], "https": _KEYS["webdav"]}
_OWN = "see the credentials that its package uses, and what they may do"


def hush() -> None:
    """Have the packages' own logs written nowhere, unless somebody asked for them: what matters we say ourselves."""
    for name in _SAYS:
        log = logging.getLogger(name)
        if not any(isinstance(each, logging.NullHandler) for each in log.handlers):
            log.addHandler(logging.NullHandler())


def keys(kind: str) -> str:
    """Where the credentials for remotes of that kind are taken from."""
    return _KEYS.get(kind, _OWN)


def meant(error: Exception, what: str, kind: str = "") -> RemoteError:
    """The error of ours that says the same: by its status if it has one, else by its number or the names it has.

    ``what`` is what was asked for, and ``kind`` the scheme of the remote's URL.
    """
    text = f"{what}: {str(error).strip().partition(chr(10))[0][:200] or type(error).__name__}"
    number = _status(error)
    names = " ".join(each.__name__ for each in type(error).__mro__ if each is not Exception)
    refused = number in _REFUSALS or isinstance(error, PermissionError) or str(error).startswith(_FORBIDDEN)
    if refused or (not number and _REFUSING_NAMES.search(names)):
        return RemoteRefusedError(text, hint=keys(kind))
    if number == _MISSING or _MISSING_NAMES.search(names):
        return RemoteMissingError(text)
    passing = isinstance(error, TimeoutError | ConnectionError | asyncio.TimeoutError) or number in _PASSING
    named = not number and _PASSING_NAMES.search(names)
    if passing or named or getattr(error, "errno", None) in _PASSING_ERRNOS:
        return UnreachableError(text)
    return RemoteError(text)


def _status(error: Exception) -> int:
    """The HTTP status that an error tells, in itself or in the answer that it carries; 0 if it tells none."""
    answer = getattr(error, "response", None)
    told = (getattr(each, name, None) for each in (error, answer) for name in ("status", "status_code", "code"))
    return next((int(str(each)) for each in told if str(each).isdigit()), 0)
