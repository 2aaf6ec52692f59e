"""What a server that speaks S3 means by its errors, in our words."""

import re

from runlore.errors import RemoteDamagedError, RemoteError, RemoteMissingError, RemoteRefusedError, UnreachableError
from runlore.store.remote.aws import Place, no_keys

_CODE = re.compile(r"<Code>([A-Za-z0-9.]+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_REGION = re.compile(r"<Region>([a-z0-9-]{1,40})</Region>|expecting '([a-z0-9-]{1,40})'")
_CAUSE = re.compile(r'(?:message|error): "([^"\\]{1,200})"')
_METADATA = "169.254.169.254"
"""Whom a machine of AWS asks for its keys."""
_HTTP = "HTTP error"
_PASSING = frozenset(
    (
        "BadDigest",
        "ConditionalRequestConflict",
        "IncompleteBody",
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
    )
)
_ELSEWHERE = frozenset(
    (
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "IncorrectEndpoint",
        "PermanentRedirect",
        "TemporaryRedirect",
    )
)
_REFUSALS: dict[str, tuple[str, str | None]] = {
    "AccessDenied": (
        "these keys may not do that",
        "aws sts get-caller-identity shows whose they are; another profile: ?profile=NAME",
    ),
    "InvalidAccessKeyId": ("there is no such access key", "see AWS_ACCESS_KEY_ID, or ~/.aws/credentials"),
    "SignatureDoesNotMatch": ("the secret key is not that of the access key", "see AWS_SECRET_ACCESS_KEY"),
    "ExpiredToken": ("the session has ended", "aws sso login, or new keys"),
    "InvalidToken": ("the session token is not right", "aws sso login, or unset AWS_SESSION_TOKEN"),
    "RequestTimeTooSkewed": ("its clock and this machine's differ by more than it bears", "set this machine's clock"),
    "QuotaExceeded": ("the quota is used up", None),
}
_TIMEOUTS, _TOO_MANY, _ITS_OWN, _FULL = 408, 429, 500, 507
_DENIED = frozenset((401, 403))


def code(text: str) -> str:
    """The server's own word for what is wrong; empty if it sent none, as to ``HEAD``."""
    found = _CODE.search(text)
    return found[1] if found else ""


def status(text: str) -> int:
    """The HTTP status; 0 if there was no answer."""
    found = _STATUS.search(text)
    return int(found[1]) if found else 0


def timed_out(text: str) -> bool:
    """Whether the time for the request was over."""
    return "kind: Timeout" in text or "operation timed out" in text


def gives_no_ranges(text: str) -> bool:
    """Whether all of a file came where a part was asked for."""
    return "non-partial response" in text


def meant(text: str, name: str, where: Place, url: str, *, missing: bool = False) -> RemoteError:
    """The error for what obstore says in ``text`` of the file ``name``; ``missing`` if it says that it is not there."""
    said = code(text)
    what = f'"{name}" on {url}' if name else url
    if said == "NoSuchBucket":
        hint = f"aws s3 mb s3://{where.bucket} makes it; see whether the endpoint is right"
        found: RemoteError = RemoteRefusedError(f'{url}: there is no bucket "{where.bucket}"', hint=hint)
    elif _METADATA in text:
        found = no_keys(url)
    elif said in _ELSEWHERE or "without LOCATION" in text:
        found = _elsewhere(text, where, url)
    elif missing:
        found = RemoteMissingError(f'"{name}" is not on {url}')
    elif status(text):
        found = _refused(said, status(text), what)
    else:
        found = _unanswered(text, what)
    return found


def _refused(said: str, number: int, what: str) -> RemoteError:
    if said in _PASSING or number in {_TIMEOUTS, _TOO_MANY} or (number >= _ITS_OWN and number != _FULL):
        return UnreachableError(f"{what}: {said or 'the server failed'} ({number})")
    if number == _FULL:
        return RemoteRefusedError(f"{what}: it is full")
    if said in _REFUSALS or number in _DENIED:
        reason, hint = _REFUSALS.get(said, _REFUSALS["AccessDenied"])
        return RemoteRefusedError(f"{what}: {reason} ({said or number})", hint=hint)
    return RemoteRefusedError(f"{what}: {said or 'refused'} ({number})")


def _elsewhere(text: str, where: Place, url: str) -> RemoteRefusedError:
    found = _REGION.search(text)
    region = (found[1] or found[2]) if found else None
    hint = f"?region={region}" if region else f"aws s3api get-bucket-location --bucket {where.bucket} shows it"
    return RemoteRefusedError(f'{url}: bucket "{where.bucket}" is not in region {where.region}', hint=hint)


def _unanswered(text: str, what: str) -> RemoteError:
    """No status came: the connection failed, or what came on it was cut or no S3."""
    if "certificate" in text:
        hint = "AWS_CA_BUNDLE=FILE for one of your own authority"
        return RemoteRefusedError(f"{what}: its certificate is not trusted", hint=hint)
    if timed_out(text):
        return UnreachableError(f"{what}: no answer in time")
    if "InvalidPath" in text or "invalid path" in text:
        return RemoteDamagedError(f"{what}: it holds a name that no remote of ours has")
    if _HTTP in text or "Reqwest" in text or "reqwest" in text or "hyper" in text:
        causes = _CAUSE.findall(text)
        return UnreachableError(f"{what}: {causes[-1][:1].lower() + causes[-1][1:] if causes else 'no answer'}")
    return RemoteError(f"{what}: {text.partition(chr(10))[0][:300]}")
