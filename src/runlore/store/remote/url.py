"""Where a remote is, as people write it: a folder, `ssh://`, `host:path`, `s3://`, or what fsspec opens."""

import os
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from runlore.errors import UsageError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP = re.compile(r"(?:([^@/:\s]+)@)?([^@/:\s]+):(.*)", re.DOTALL)
"""As scp and git read ``user@host:path``: no slash before the colon."""
FOLDER, SSH, S3 = "file", "ssh", "s3"
_SSH = frozenset(("ssh", "sftp"))
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


class Address(NamedTuple):
    """A remote's place. ``path`` is absolute for a folder, the key's beginning in a bucket, and as typed for SSH."""

    scheme: str
    path: str
    host: str = ""
    user: str = ""
    port: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    url: str = ""
    """As it was typed; of a folder the absolute path."""


def parse(text: str, folder: str) -> Address:
    """The place that ``text`` means; a path is relative to ``folder``.

    Raises:
        UsageError: it is no such place, or has a password in it.
    """
    if not text or _UNSAFE.search(text):
        raise UsageError("a remote's URL is text in one line", hint="mlrun remote add NAME URL")
    found = _SCHEME.match(text)
    if found is None:
        return _without_scheme(text, folder)
    scheme = found[1].lower()
    if scheme == FOLDER:
        return _folder(unquote(text[len(found[0]) :]), folder)
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise UsageError(f'"{text}" has no proper host') from error
    if parts.password is not None or (parts.username is not None and scheme not in _SSH):
        hint = "leave it out: they are taken from ~/.ssh, ~/.aws or variables, and never kept in the store"
        raise UsageError("credentials do not belong in a remote's URL", hint=hint)
    try:
        port = parts.port
    except ValueError as error:
        raise UsageError(f'"{text}" has no proper port') from error
    path = unquote(parts.path)
    if scheme in _SSH:
        return _ssh(text, parts.username or "", parts.hostname or "", port, path)
    options = tuple(parse_qsl(parts.query, keep_blank_values=True))
    if not parts.netloc:
        raise UsageError(f'"{text}" names no bucket or host', hint=f"{scheme}://NAME/FOLDER")
    return Address(scheme, path.strip("/"), parts.netloc, options=options, url=text)


def _without_scheme(text: str, folder: str) -> Address:
    found = _SCP.fullmatch(text)
    if found is None or os.path.exists(os.path.join(folder, text)):
        return _folder(text, folder)
    return _ssh(text, found[1] or "", found[2], None, found[3])


def _folder(path: str, folder: str) -> Address:
    where = os.path.normpath(os.path.join(folder, os.path.expanduser(path)))
    return Address(FOLDER, where, url=where)


def _ssh(text: str, user: str, host: str, port: int | None, path: str) -> Address:
    """OpenSSH takes a host that begins with a dash for an option, and some options run programs."""
    if not host or host.startswith("-") or user.startswith("-"):
        raise UsageError(f'"{text}" names no host', hint="ssh://user@host/path, or host:path")
    if not path.strip("/"):
        raise UsageError(f'"{text}" names no folder', hint="ssh://user@host/path, or host:path")
    path = path.removeprefix("/~/")
    if path.startswith(("~", "/~")) and not path.startswith("~/"):
        raise UsageError(
            f'"{text}" begins in a home by name', hint="host:path is below your own home, host:/path is not"
        )
    return Address(SSH, path, host, user, port, url=text)
