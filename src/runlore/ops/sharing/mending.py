"""What a check found missing or damaged on a remote, said there, so that whoever has it sends it again."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from runlore.errors import MlrunError
from runlore.ops.sharing.bundle import Sealed, read_sealed
from runlore.ops.sharing.closure import Need
from runlore.ops.sharing.link import Link, fetched, learn, look, read_marks
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import RunId, blob_digest
from runlore.store.remote import cleaning, manifest, names
from runlore.store.remote.manifest import Manifest
from runlore.store.remote.port import Stat
from runlore.store.remote.sending import deliver, publish
from runlore.store.store import Store


class Mended(NamedTuple):
    """Index files in the place of others; and all names that are to go, those others among them."""

    instead: list[Manifest]
    doomed: frozenset[str]


def mend(link: Link, there: Mapping[str, Stat], *, dry_run: bool) -> bool:
    """Let a mark list what the last check from here found lost, so that it counts as absent; whether there was any.

    Index files that name some of it are written anew without it, and the mark lists them too. With ``dry_run`` it
    counts as absent here and nothing is written.

    Raises:
        RemoteError: the remote fails.
    """
    lost = link.known.lost()
    if not lost:
        return False
    marks = tuple(read_marks(link, there.values()))
    stale = cleaning.stale(marks, {**there, **_files(link, lost - there.keys())})
    found = _without(link, {name: each for name, each in there.items() if name not in stale}, lost)
    if found.doomed <= stale:
        return True  # somebody has said so before
    if dry_run:
        link.known.doom(found.doomed)
        return True
    for each in found.instead:
        publish(link.remote, each, None)
    digest, data = cleaning.encode(found.doomed)
    deliver(link.remote, names.mark(digest), data)
    learn(link, look(link, may_be_new=False))
    return True


def _files(link: Link, wanted: Iterable[str]) -> dict[str, Stat]:
    """Those of the files that are there."""
    return {name: found for name in wanted if (found := link.remote.stat(name)) is not None}


def lame(store: Store, runs: Iterable[RunId], needs: Callable[[Sealed], Need]) -> set[str]:
    """Those of the runs, which are there, of which something was lost that is here. ``needs`` says what a run lacks."""
    found: set[str] = set()
    for run in runs:
        try:
            each = read_sealed(store, run)
        except (MlrunError, MalformedRecordError):
            continue  # it stays as it is there
        need = None if each is None else needs(each)
        if need is not None and need.objects and not need.lacking:
            found.add(run)
    return found


def _without(link: Link, there: Mapping[str, Stat], lost: set[str]) -> Mended:
    """What the index is to be without what is lost."""
    doomed, instead = set(lost), []
    index = [each for each in there.values() if names.is_index(each.name)]
    for name, data in fetched(link.remote, index, manifest.MOST_INDEX, lost):
        each = manifest.decode(name, data)
        tables = tuple(table for table in each.tables if names.pack(blob_digest(table)) not in lost)
        blobs = tuple(blob for blob in each.blobs if lost.isdisjoint((names.blob(blob.digest), *blob.files)))
        doomed.update(names.blob(blob.digest) for blob in each.blobs if blob not in blobs)
        is_told = each.records is not None and names.records(each.records) not in lost
        if (tables, blobs) == (each.tables, each.blobs) and (is_told or each.records is None):
            continue
        doomed.add(name)
        if is_told:
            instead.append(each._replace(tables=tables, blobs=blobs))
        elif tables or blobs:
            instead.append(Manifest(tables, blobs, None, (), ()))
    return Mended(instead, frozenset(doomed))
