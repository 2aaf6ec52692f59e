"""`pull`: the records of a remote's runs, which are light; and all of those runs that are named."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.ops.counted import Progress, told
from runlore.ops.indexing import refresh
from runlore.ops.names import resolve
from runlore.ops.parts import read_parts
from runlore.ops.project import open_store
from runlore.ops.sharing.bring import Place, bring, roots_of
from runlore.ops.sharing.bundle import Contents, unpack
from runlore.ops.sharing.complete import check_complete, is_for_others
from runlore.ops.sharing.link import Link, Stale, choose, fetched, linked, look, say_asking
from runlore.ops.sharing.results import Pulled
from runlore.records.event import decode_event
from runlore.store.adopting import Origin, adopt, origin_of
from runlore.store.reach import DATA, PARTS
from runlore.store.refs import Refs
from runlore.store.remote import manifest, names
from runlore.store.remote.port import Stat
from runlore.store.store import Store


class PullRequest(NamedTuple):
    """What is to be pulled: of the runs in ``runs`` every byte, with input ``data`` or without."""

    runs: tuple[str, ...]
    remote: str | None
    data: bool = True


def pull(folder: str, request: PullRequest, environ: Mapping[str, str], progress: Progress) -> Pulled:
    """Bring what the remote has and this store has not.

    Raises:
        NoSuchRemoteError: no remote is meant.
        RemoteError: the remote fails, or what it gives is not what it should be. What came before that stays.
        RunNotFoundError: no run has one of the names.
    """
    with open_store(folder) as store:
        name, address = choose(store, request.remote)
        with linked(store, name, address, environ) as link:
            return pull_from(store, link, request, progress)


def pull_from(store: Store, link: Link, request: PullRequest, progress: Progress) -> Pulled:
    """`pull` over an open link."""
    say_asking(link, progress)
    there = look(link, may_be_new=False)
    before = set(Refs(store.layout, store.index).removed())
    runs: list[str] = []
    authors: Counter[str] = Counter()
    events = done = 0
    new = _fresh(link, there)
    total = sum(each.size for each in new)
    for file, size, found in _every(store, link, new, there, progress):
        fresh, count = _take(store, link, found, progress)
        link.known.note_pulled(file, [each.run for each in found.runs])
        runs += fresh
        authors.update(found.authors[run] for run in fresh)
        events += count
        done += size
        progress("pulling", min(done, total), total)
    refs = Refs(store.layout, store.index)
    refresh(store, progress)
    chosen = [resolve(store, refs, each) for each in request.runs]
    parts = [read_parts(store, run) for run in chosen]
    wanted = [part for part in PARTS if request.data or part != DATA]
    removed = tuple(sorted(set(refs.removed()) - before - set(runs)))
    brought = bring(link, roots_of(store, parts, wanted), Place(store, progress))
    return Pulled(
        remote=link.name,
        url=link.address.url,
        runs=tuple(runs),
        authors=dict(authors),
        events=events,
        removed=removed,
        own_removed=tuple([run for run in removed if origin_of(store.layout, run) is None]),
        objects=brought.objects,
        bytes=brought.bytes,
        missing=brought.missing,
    )


def _fresh(link: Link, there: Mapping[str, Stat]) -> list[Stat]:
    """The records files that were not pulled yet, the oldest first."""
    pulled = link.known.pulled()
    fresh = [each for each in there.values() if names.is_records(each.name) and each.name not in pulled]
    return sorted(fresh, key=lambda each: (each.written, each.name))


def _every(
    store: Store, link: Link, new: list[Stat], there: Mapping[str, Stat], progress: Progress
) -> Iterator[tuple[str, int, Contents]]:
    """The new records files; when what they have was taken, those that were read and have a run which came back."""
    stale = Stale(link, there)
    yield from _arriving(link, new, stale, progress)
    yield from _arriving(link, _come_back(store, link, there), stale, progress)


def _come_back(store: Store, link: Link, there: Mapping[str, Stat]) -> list[Stat]:
    """Records files that were read, with runs that were left out as erased here and that somebody has brought back."""
    gone = link.known.runs() - set(os.listdir(store.layout.runs))
    gone -= Refs(store.layout, store.index).removed().keys() if gone else set()
    names_ = {link.known.records_of(run) for run in gone} & link.known.pulled()
    return [there[name] for name in sorted(filter(None, names_)) if name in there]


def _arriving(link: Link, fresh: list[Stat], stale: Stale, progress: Progress) -> Iterator[tuple[str, int, Contents]]:
    """Every records file that is new. What goes while we read is in newer ones: who cleans has written them before."""
    count = 0
    for name, data in fetched(link.remote, fresh, manifest.MOST_RECORDS, stale):
        yield name, len(data), unpack(name, data, progress)
        count += 1
    if count < len(fresh):
        again = _fresh(link, look(link, may_be_new=False))
        for name, data in fetched(link.remote, again, manifest.MOST_RECORDS, stale):
            yield name, len(data), unpack(name, data, progress)


def _take(store: Store, link: Link, found: Contents, progress: Progress) -> tuple[list[str], int]:
    """Put the records of a file into the store; which runs, and how many events, are new."""
    found = _without_erased(store, found)
    check_complete(store, found, link.address.url)
    with store.unfinished():
        with store.writer() as writer:
            for each in found.others:
                writer.add_record(each)
        runs = told(found.runs, len(found.runs), "writing runs", progress)
        events = [each for each in found.events if is_for_others(each)]
        return adopt(store.layout, runs, events, Origin(link.name, link.address.url))


def _without_erased(store: Store, found: Contents) -> Contents:
    """Without the runs that were removed and collected here, and the notes on them."""
    removed = Refs(store.layout, store.index).removed()
    gone = {run for run in removed if not os.path.lexists(f"{store.layout.runs}/{run}")}
    if not gone:
        return found
    notes = {f"notes/{run}" for run in gone}
    events = [data for data in found.events if decode_event(data).ref not in notes]
    return found._replace(runs=[each for each in found.runs if each.run not in gone], events=events)
