"""`clone`: a new project from a remote, with the records of all its runs."""

import os
from collections.abc import Mapping

from runlore.errors import MlrunError, RefusedError, UsageError
from runlore.ops import own
from runlore.ops.counted import Progress
from runlore.ops.pull import PullRequest, pull_from
from runlore.ops.sharing.link import linked
from runlore.ops.sharing.results import Cloned
from runlore.store import settings
from runlore.store.layout import NAME, is_store
from runlore.store.lock import remove
from runlore.store.remote.url import FOLDER, parse
from runlore.store.store import Store

_ORIGIN = "origin"


def clone(folder: str, url: str, target: str | None, environ: Mapping[str, str], progress: Progress) -> Cloned:
    """Make a project in ``target``, else in a folder called as the last part of ``url``.

    Raises:
        RefusedError: the folder is there and not empty.
        RemoteError: the remote fails; then no folder is left.
    """
    address = parse(url, folder)
    name = os.path.basename(address.path.rstrip("/")) or address.host
    where = os.path.realpath(os.path.join(folder, target or name.removesuffix(NAME) or "project"))
    if os.path.lexists(where) and not (os.path.isdir(where) and not os.listdir(where)):
        raise RefusedError(f'"{where}" exists and is not empty', hint=_instead(where, url))
    if address.scheme == FOLDER and any(map(_is_project, (address.path, f"{address.path}/{NAME}"))):
        hint = f"in it: mlrun remote add {_ORIGIN} URL, mlrun push; or copy the whole folder"
        raise UsageError(f'"{address.path}" is a project, and no remote', hint=hint)
    made = not os.path.isdir(where)
    os.makedirs(where, exist_ok=True)
    try:
        with Store.create(f"{where}/{NAME}") as store:
            own.own(store, environ)
            settings.write(store.layout, {f"{settings.REMOTE}.{_ORIGIN}": address.url})
            with linked(store, _ORIGIN, address, environ) as link:
                pulled = pull_from(store, link, PullRequest((), _ORIGIN), progress)
    except (MlrunError, OSError, KeyboardInterrupt):
        remove(where if made else f"{where}/{NAME}")
        raise
    return Cloned(where, pulled)


def _instead(where: str, url: str) -> str:
    """What to type where the folder is taken: a clone that was killed has left a store, which a pull fills."""
    if is_store(f"{where}/{NAME}"):
        return f"it is a project; in it: mlrun remote add -f {_ORIGIN} {url}, then mlrun pull"
    return f"name another folder: mlrun clone {url} DIR"


def _is_project(root: str) -> bool:
    return is_store(root) and os.path.isdir(f"{root}/runs")
