"""Other code in the place of a run's own: that of another run, or of the work tree as it is now."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.capture.code import CODE, snapshot_code
from runlore.capture.listing import list_code
from runlore.capture.patch import make_patch
from runlore.capture.snapshot import Snapshot
from runlore.errors import UsageError
from runlore.ops.names import resolve
from runlore.ops.parts import read_parts
from runlore.ops.project import find_project
from runlore.records.canonical import Json
from runlore.records.fields import to_json
from runlore.records.hashing import ObjectId
from runlore.store import settings
from runlore.store.refs import Refs
from runlore.store.store import Store

WORK_TREE = "worktree"


class OtherCode(NamedTuple):
    """A tree, and what an `Intent` says of it."""

    tree: ObjectId
    files: int
    bytes: int
    git: Mapping[str, Json] | None
    patch: ObjectId | None


def other_code(store: Store, name: str, folder: str) -> OtherCode:
    """The code that ``name`` stands for in ``folder``.

    Raises:
        UsageError: the run of that name has none on record.
        RunNotFoundError: there is none of that name.
    """
    if name == WORK_TREE:
        return _as_it_is(store, folder)
    parts = read_parts(store, resolve(store, Refs(store.layout, store.index), name))
    intent = parts.intent
    if parts.recipe.code is None:
        raise UsageError(f'--code: run "{name}" has no code on record')
    return OtherCode(parts.recipe.code, intent.code_files, intent.code_bytes, intent.git, intent.patch)


def _as_it_is(store: Store, folder: str) -> OtherCode:
    """The project's code now, taken into the store as `exec` takes it."""
    top = find_project(folder).top
    listing = list_code(top)
    with store.writer() as writer:
        snapshot = Snapshot(store.stats, writer, settled=store.clock(), prefix=CODE)
        code = snapshot_code(top, listing.rows, snapshot, settings.limits(store.layout))
        patch = make_patch(listing, scratch=store.layout.tmp)
        patch_id = None if patch is None else ObjectId(writer.add_blob(patch).hex())
    store.stats.flush()
    git = None if listing.git is None else to_json(listing.git._replace(remotes={}))
    return OtherCode(code.tree, code.files, code.bytes, git, patch_id)
