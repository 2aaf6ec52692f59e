"""What a pulled run needs, brought when it is needed. Of a run that was made here nothing is ever asked of a remote."""

import os
from collections.abc import Collection, Mapping

from runlore.errors import NoSuchRemoteError
from runlore.ops.counted import Progress
from runlore.ops.own import is_own
from runlore.ops.parts import Parts
from runlore.ops.sharing.bring import Place, bring, is_whole, roots_of
from runlore.ops.sharing.closure import Asked, Key
from runlore.ops.sharing.link import linked, remotes
from runlore.store.adopting import Origin, origin_of
from runlore.store.reach import PARTS
from runlore.store.remote.url import Address, parse
from runlore.store.store import Store


def supply(  # noqa: PLR0913 - what of which run, for whom
    store: Store,
    parts: Parts,
    environ: Mapping[str, str],
    progress: Progress,
    *,
    wanted: Collection[str] = PARTS,
    below: Mapping[Key, Asked] | None = None,
    folders_only: bool = False,
) -> None:
    """Bring the ``wanted`` parts of the run from where it came, as far as they are not here and are there.

    With ``below`` these objects of the run, and all below them, in the place of its parts.

    Raises:
        NoSuchRemoteError: it came from a place that is no remote of this store any more.
        RemoteError: the remote fails.
    """
    if (origin := _origin(store, parts, environ)) is None:
        return
    roots = roots_of(store, [parts], wanted) if below is None else below
    if is_whole(store, roots, folders_only=folders_only):
        return
    name, address = _place(store, origin)
    with linked(store, name, address, environ) as link:
        bring(link, roots, Place(store, progress), folders_only=folders_only)


def _origin(store: Store, parts: Parts, environ: Mapping[str, str]) -> Origin | None:
    """From where the run came. A store that somebody else made does not say whom we connect to."""
    origin = origin_of(store.layout, parts.run)
    return origin if origin is not None and is_own(store, environ) else None


def _place(store: Store, origin: Origin) -> tuple[str, Address]:
    """The remote from which the run came, wherever that is now."""
    found = remotes(store)
    top = os.path.dirname(store.layout.root)
    for name, url in found.items():
        if url == origin.url:
            return name, parse(url, top)
    if origin.remote in found:
        return origin.remote, parse(found[origin.remote], top)
    raise NoSuchRemoteError(
        f"the run came from {origin.url}, which is no remote any more",
        hint=f"mlrun remote add {origin.remote or 'origin'} {origin.url}",
    )
