"""Runs of a remote that no rule keeps: removed here and there."""

import time
from collections.abc import Sequence

from runlore.ops.author import author_of
from runlore.ops.counted import Progress
from runlore.ops.indexing import refresh
from runlore.ops.pull import PullRequest, pull_from
from runlore.ops.retention import Rules, superseded
from runlore.ops.sharing.link import Link, learn, look
from runlore.records.event import encode_event
from runlore.records.hashing import RunId, record_digest
from runlore.records.portions import portions
from runlore.store.refs import Refs
from runlore.store.remote import manifest
from runlore.store.remote.manifest import Manifest
from runlore.store.remote.sending import publish
from runlore.store.store import Store


def expired(store: Store, link: Link, rules: Rules, progress: Progress) -> list[RunId]:
    """The runs of the remote that the rules do not keep, by their records, which are pulled for that."""
    pull_from(store, link, PullRequest((), link.name), progress)
    learn(link, look(link, may_be_new=False))
    refresh(store)
    return superseded(store, Refs(store.layout, store.index), rules, time.time_ns(), link.known.runs())


def remove(store: Store, link: Link, chosen: Sequence[RunId], folder: str) -> None:
    """Remove the runs here, and say so on the remote."""
    refs, by = Refs(store.layout, store.index), author_of(folder)
    events = [encode_event(refs.remove(run, by, store.secret_key)) for run in chosen]
    for some in portions(events, lambda event: len(event) + 1, manifest.MOST_RECORDS):
        records, data = manifest.encode_records(some)
        publish(link.remote, Manifest((), (), records, (), tuple(map(record_digest, some))), data)
