"""Removed runs: which of them may be erased here, and on whose word."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from runlore.store.adopting import origin_of
from runlore.store.refs import Refs
from runlore.store.store import Store


class Removals(NamedTuple):
    """Runs that are removed and still here, with the events that count; and those that stay all the same.

    ``by_others`` were made here and removed elsewhere: there may be no other copy, and who made them did not say so.
    """

    due: Mapping[str, tuple[str, ...]]
    by_others: tuple[str, ...]


def removals(store: Store, refs: Refs) -> Removals:
    """What is removed. Of a run made here only the word of this store counts, of one that was pulled anybody's."""
    here = {run: ids for run, ids in refs.removals().items() if os.path.lexists(f"{store.layout.runs}/{run}")}
    made_here = {run for run in here if origin_of(store.layout, run) is None}
    own = refs.own_removals(store.secret_key) if made_here else {}
    by_others = made_here - own.keys()
    due = {run: own.get(run, ids) for run, ids in here.items() if run not in by_others}
    return Removals(due, tuple(sorted(by_others)))
