"""How DVC's remotes are reached: by our own backends, with DVC's settings."""

import os
from collections.abc import Mapping

from runlore.capture.dvc.settings import DvcRemote
from runlore.errors import NoSuchRemoteError
from runlore.ops.sharing.link import has_terminal
from runlore.store.remote import url
from runlore.store.remote.opening import connect
from runlore.store.remote.port import Remote
from runlore.store.remote.url import Address, parse

_OPTIONS = {"endpointurl": "endpoint", "region": "region", "profile": "profile"}
_KEYS = {
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}
"""What DVC keeps in its settings and we only hand on: nothing of it is written anywhere."""


def opened(remote: DvcRemote, environ: Mapping[str, str]) -> Remote:
    """The remote; nothing is asked of it yet.

    Raises:
        NoSuchRemoteError: it is of a kind that DVC alone can read.
        UsageError, ConfigError, RemoteError: its settings cannot be, or no keys are there.
    """
    keys = {variable: remote.options[name] for name, variable in _KEYS.items() if name in remote.options}
    return connect(_address(remote), {**environ, **keys}, ask=has_terminal())


def _address(remote: DvcRemote) -> Address:
    scheme, found, _ = remote.url.partition("://")
    if not found:
        where = os.path.normpath(os.path.join(remote.folder, os.path.expanduser(remote.url)))
        return Address(url.FOLDER, where, url=where)
    if scheme not in {url.FOLDER, url.SSH, url.S3}:
        hint = "dvc pull brings the data into the project, where mlrun finds it"
        raise NoSuchRemoteError(f"mlrun cannot read {scheme}://", hint=hint)
    address = parse(remote.url, remote.folder)
    if scheme == url.SSH:
        port = remote.options.get("port", "")
        return address._replace(
            user=address.user or _user(remote), port=address.port or (int(port) if port.isdecimal() else None)
        )
    more = [(ours, remote.options[name]) for name, ours in _OPTIONS.items() if name in remote.options]
    return address._replace(options=(*address.options, *more)) if scheme == url.S3 else address


def _user(remote: DvcRemote) -> str:
    """A name that begins with a dash would be an option of ssh."""
    return remote.options.get("user", "").lstrip("-")
