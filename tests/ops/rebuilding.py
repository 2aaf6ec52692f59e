"""Runs put on record with inputs and outputs of one's choice, to be rebuilt."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import made_up
from tests.store.folders import Made, keep_tree

from runlore.records.hashing import ObjectId, RunId, blob_digest
from runlore.records.run import FileRef, encode_intent, encode_recipe, encode_seal
from runlore.store import runs
from runlore.store.store import Store


def record(  # noqa: PLR0913 - what a run may have
    store: Store,
    code: Made,
    *,
    inputs: Mapping[str, Any] | None = None,
    lost: Mapping[str, Any] | None = None,
    config: Mapping[str, bytes] | None = None,
    outputs: Mapping[str, Any] | None = None,
    how: str = "traced",
    at: int = 1,
    parent: Mapping[str, str] | None = None,
) -> RunId:
    """A finished run, begun ``at``; ``lost`` are inputs of which only the ids are on record."""
    with store.writer() as writer:

        def refs(given: Mapping[str, Any] | None, *, stored: bool) -> tuple[FileRef, ...]:
            found = []
            for path, what in sorted((given or {}).items()):
                if isinstance(what, Mapping):
                    digest, kind, size = keep_tree(writer, what, blobs=stored), "d", 0
                else:
                    digest = writer.add_blob(what) if stored else blob_digest(what)
                    kind, size = "f", len(what)
                found.append(FileRef(path, ObjectId(digest.hex()), size, stored, how, kind))
            return tuple(found)

        files = tuple({"path": path, "oid": writer.add_blob(data).hex()} for path, data in (config or {}).items())
        recipe = made_up.recipe(ObjectId(keep_tree(writer, code).hex()), config=files)
        oid = ObjectId(writer.add_record(encode_recipe(recipe)))
        seen = (*refs(inputs, stored=True), *refs(lost, stored=False))
        made = refs(outputs, stored=True)
    begun = made_up.intent(oid, started_at=at, parent=parent, nonce=os.urandom(16).hex())
    live = runs.begin(store.layout, encode_intent(begun))
    ended = made_up.seal(live.id, oid, inputs=seen, outputs=made, ended_at=at + 1)
    runs.seal(store.layout, live.id, encode_seal(ended))
    os.close(live.lock)
    return live.id


def new_store(folder: Path) -> Store:
    """An empty store in a folder made for it."""
    folder.mkdir(parents=True)
    return Store.create(os.fspath(folder / ".mlrun"))
