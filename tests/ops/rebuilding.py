"""Runs put on record with inputs and outputs of one's choice, to be rebuilt."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.store.folders import Made, keep_tree

from runlore.records.hashing import ObjectId, RunId, blob_digest
from runlore.records.run import FileRef, Intent, Recipe, Seal, encode_intent, encode_recipe, encode_seal
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

        recipe = Recipe(
            argv=("train.py",),
            cwd=".",
            code=ObjectId(keep_tree(writer, code).hex()),
            params={},
            config=tuple({"path": path, "oid": writer.add_blob(data).hex()} for path, data in (config or {}).items()),
            environment=None,
            inputs=(),
            variables={},
        )
        oid = ObjectId(writer.add_record(encode_recipe(recipe)))
        seen = (*refs(inputs, stored=True), *refs(lost, stored=False))
        made = refs(outputs, stored=True)
    live = runs.begin(store.layout, encode_intent(_intent(oid)._replace(started_at=at, parent=parent)))
    runs.seal(store.layout, live.id, encode_seal(_seal(live.id, oid, seen, made)._replace(ended_at=at + 1)))
    os.close(live.lock)
    return live.id


def _intent(recipe: ObjectId) -> Intent:
    labels = dict.fromkeys(("name", "experiment", "message", "interpreter", "git", "patch"))
    return Intent(
        recipe=recipe,
        **labels,
        started_at=1,
        author="ann",
        host="box",
        boot="none",
        nonce=os.urandom(16).hex(),
        code_files=1,
        code_bytes=1,
        inputs=(),
        omitted=(),
        skipped=(),
        hardware={},
        warnings=(),
    )


def _seal(run: RunId, recipe: ObjectId, inputs: tuple[FileRef, ...], outputs: tuple[FileRef, ...]) -> Seal:
    return Seal(
        run=run,
        recipe=recipe,
        state="succeeded",
        exit_code=0,
        signal=None,
        ended_at=2,
        duration=0.1,
        usage={},
        log=None,
        log_bytes=0,
        outputs=outputs,
        metrics={},
        observer="none",
        blind=(),
        inputs=inputs,
    )


def new_store(folder: Path) -> Store:
    """An empty store in a folder made for it."""
    folder.mkdir(parents=True)
    return Store.create(os.fspath(folder / ".mlrun"))
