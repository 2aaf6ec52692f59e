"""What of a pulled run is not here, because only its records came: no damage, and pull brings it."""

from collections.abc import Iterable

from runlore.errors import NotPulledError
from runlore.ops.parts import Parts
from runlore.store.adopting import origin_of
from runlore.store.pack import BLOB
from runlore.store.store import Store


def check_here(store: Store, run: str, oid: str, what: str) -> None:
    """Return if the blob is here, or the run was made here, so that it should be.

    Raises:
        NotPulledError: only the records of the run were pulled.
    """
    if not store.objects.has(bytes.fromhex(oid), BLOB) and origin_of(store.layout, run) is not None:
        raise NotPulledError(f"{what} of run {run[:8]} is not here yet", hint=f"mlrun pull {run[:8]} brings it")


def awaited(store: Store, runs: Iterable[Parts]) -> tuple[str, ...]:
    """Those of the runs that were pulled and of which something is not here."""
    from runlore.ops.sharing.bring import is_whole, roots_of  # noqa: PLC0415 - only where something is missing

    pulled = {each.run: each for each in runs if origin_of(store.layout, each.run) is not None}
    return tuple([run for run, each in pulled.items() if not is_whole(store, roots_of(store, [each]))])


def share_a_key(store: Store, a: Parts, b: Parts) -> bool:
    """Whether the fingerprints in both records were made under one key, so that equal ones stand for equal values."""
    return a.run == b.run or all(origin_of(store.layout, each.run) is None for each in (a, b))
