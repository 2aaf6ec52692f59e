"""`remote`: where runs are shared."""

import re
from collections.abc import Mapping

from runlore.errors import NoSuchRemoteError, RefusedError, RemoteError, UsageError
from runlore.ops.project import open_store
from runlore.ops.sharing.link import choose, has_terminal, remotes
from runlore.ops.sharing.results import RemoteInfo, Remotes
from runlore.records.phrases import named
from runlore.store import settings
from runlore.store.remote.opening import connect
from runlore.store.remote.trial import Trial, attempt
from runlore.store.remote.url import Address, parse
from runlore.store.store import Store


def add(  # noqa: PLR0913 - what, as what, for whom, and how
    folder: str, name: str, url: str, environ: Mapping[str, str], *, force: bool, unseen: bool
) -> RemoteInfo:
    """Remember the place under a name, and find out what it does, unless it is to be taken ``unseen``.

    A path is relative to ``folder``.

    Raises:
        RemoteError: it cannot be reached, or not be read; then it is not remembered.
        UsageError: no remote can have that name or place.
        RefusedError: another place has the name, and ``force`` was not given.
    """
    if not settings.is_remote(f"{settings.REMOTE}.{name}"):
        raise UsageError(f'"{name}" cannot be the name of a remote', hint="use letters, digits, - and _")
    address = parse(url, folder)
    if re.search("[\ud800-\udfff]", address.url):
        raise UsageError("the path of a remote must be UTF-8")
    with open_store(folder) as store:
        before = remotes(store).get(name)
        if before not in {None, address.url} and not force:
            hint = f"mlrun remote remove {name}, or mlrun remote add --force {name} URL"
            raise RefusedError(f'"{name}" is {before}', hint=hint)
        trial = None if unseen else _try(address, environ)
        _write(store, name, address.url)
        return _info(store, name)._replace(trial=trial)


def _try(address: Address, environ: Mapping[str, str]) -> Trial:
    remote = connect(address, environ, ask=has_terminal())
    try:
        return attempt(remote)
    except RemoteError as error:
        hint = f"{error.hint}; " if error.hint else ""
        error.hint = f"{hint}--unseen adds it all the same"
        raise
    finally:
        remote.close()


def remove(folder: str, name: str) -> RemoteInfo:
    """Forget a remote; what was pushed there stays. Raises `NoSuchRemoteError`."""
    with open_store(folder) as store:
        found = remotes(store)
        if name not in found:
            hint = f"there are {named(list(found))}" if found else "there are none"
            raise NoSuchRemoteError(f'no remote is named "{name}"', hint=hint)
        info = _info(store, name)
        _write(store, name, None)
        return info


def list_remotes(folder: str) -> Remotes:
    """Every remote, by name."""
    with open_store(folder) as store:
        return Remotes(tuple(_info(store, name) for name in remotes(store)))


def _info(store: Store, name: str) -> RemoteInfo:
    try:
        default = choose(store, None)[0] == name
    except NoSuchRemoteError:
        default = False
    return RemoteInfo(name, remotes(store)[name], default)


def _write(store: Store, name: str, url: str | None) -> None:
    values = settings.read(store.layout)
    values.pop(key := f"{settings.REMOTE}.{name}", None)
    if url is not None:
        values[key] = url
    settings.write(store.layout, values)
