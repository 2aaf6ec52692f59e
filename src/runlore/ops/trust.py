"""Whether a run's code may be executed here: one's own runs may; those of others once a person has looked at them."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.capture.hardware import host_name
from runlore.errors import RefusedError
from runlore.ops.own import is_own, note, state_file
from runlore.ops.parts import Parts
from runlore.records.hashing import RunId, is_id
from runlore.store.adopting import origin_of
from runlore.store.store import Store

_MOST_PATCH = 64 << 10
"""Bytes of a patch that are shown."""


class Stranger(NamedTuple):
    """What a person sees of a run that was made elsewhere before its code is executed."""

    run: str
    author: str
    host: str
    command: tuple[str, ...]
    commit: str | None
    patch: bytes
    patch_cut: bool


def is_known(store: Store, parts: Parts, environ: Mapping[str, str]) -> bool:
    """Whether the run was made on this machine, or was accepted before.

    Anybody can write the name of this machine into a record: it counts in a store that was made here, for a run that
    was not pulled into it.
    """
    made_here = parts.intent.host == host_name() and origin_of(store.layout, parts.run) is None
    return parts.run in _accepted(environ) or (made_here and is_own(store, environ))


def look_at(store: Store, parts: Parts) -> Stranger:
    """What there is to see; raises `CorruptError`."""
    oid, git = parts.intent.patch, parts.intent.git
    patch = store.objects.blob(bytes.fromhex(oid)) if oid else b""
    return Stranger(
        run=parts.run,
        author=parts.intent.author,
        host=parts.intent.host,
        command=parts.recipe.argv,
        commit=git["commit"] if git else None,
        patch=patch[:_MOST_PATCH],
        patch_cut=len(patch) > _MOST_PATCH,
    )


def refuse(parts: Parts, allowing: str | None = None) -> RefusedError:
    """What is said where nobody can be asked, or somebody said no; ``allowing`` is the command that allows it."""
    run, who = parts.run[:8], f"{parts.intent.author} on {parts.intent.host}"
    return RefusedError(
        f"run {run} was made by {who}: repeating it executes their code",
        hint=f"mlrun show {run} --patch shows it; if you trust it: {allowing or f'mlrun reproduce {run} --trust'}",
    )


def accept(run: RunId, environ: Mapping[str, str]) -> None:
    """Remember that the run may be executed, outside the store: a store from elsewhere cannot vouch for itself."""
    note(_place(environ), run)


def _accepted(environ: Mapping[str, str]) -> frozenset[str]:
    try:
        with open(_place(environ), encoding="ascii", errors="replace") as file:
            return frozenset(line for line in file.read().split("\n") if is_id(line))
    except OSError:
        return frozenset()


def _place(environ: Mapping[str, str]) -> str:
    return state_file("trusted-runs", environ)
