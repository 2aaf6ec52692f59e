"""Which runs made and read what: the cache that knows it, brought up to date."""

import contextlib
from collections.abc import Iterator

from runlore.errors import CorruptError
from runlore.ops.describe import refresh
from runlore.ops.parts import read_parts
from runlore.records.hashing import RunId
from runlore.records.run import FileRef
from runlore.store.noting import CODE, CONFIG, INPUT, OUTPUT, Noted, Thing
from runlore.store.store import Store
from runlore.store.uses import Uses


@contextlib.contextmanager
def uses_of(store: Store) -> Iterator[Uses]:
    """The uses of every run that is there now and can be read."""
    refresh(store)
    uses = Uses(store.layout.cache, store.objects.tree)
    try:
        unsealed = set(store.index.unsealed())
        uses.refresh({run: run not in unsealed for run in store.index.newest()}, lambda run: _noted(store, run))
        yield uses
    finally:
        uses.close()


def _noted(store: Store, run: str) -> Noted | None:
    try:
        _, intent, seal, recipe = parts = read_parts(store, RunId(run))
    except (CorruptError, OSError):
        return None
    config = {each["path"] for each in recipe.config}
    things = [_thing(OUTPUT, ref) for ref in parts.outputs]
    things += [_thing(CONFIG if ref.path in config else INPUT, ref) for ref in parts.inputs]
    if recipe.code is not None:
        things.append(Thing(CODE, "", bytes.fromhex(recipe.code), None, is_folder=True))
    parent = intent.parent or {}
    ended = seal.ended_at if seal else None
    return Noted(run, intent.started_at, ended, parent.get("run"), parent.get("kind"), things)


def _thing(role: str, ref: FileRef) -> Thing:
    # A config file is on record without its size.
    size = None if role == CONFIG and not ref.size else ref.size
    return Thing(role, ref.path, bytes.fromhex(ref.oid), size, is_folder=ref.kind == "d")
