"""`lineage`: from any file, run or object to what it came from and what came of it."""

import os
from shlex import quote

from runlore.ops.counted import Progress, silent
from runlore.ops.descent.asked import Asked, asked_for, newest_at
from runlore.ops.descent.links import Links
from runlore.ops.descent.results import Lineage, Remark
from runlore.ops.descent.walk import Bounds, Walk
from runlore.ops.project import open_store
from runlore.ops.touched import is_code
from runlore.ops.uses import uses_of
from runlore.records.hashing import blob_digest
from runlore.records.phrases import counted
from runlore.records.run import FileRef
from runlore.store.noting import HAD, MADE, OUTPUT, READ
from runlore.store.refs import Refs
from runlore.store.store import Store
from runlore.store.uses import Use, Uses

_EMPTY = blob_digest(b"").hex()


def lineage(  # noqa: PLR0913 - one for each option
    folder: str,
    word: str,
    *,
    up: bool = True,
    down: bool = True,
    depth: int = 0,
    limit: int = 10,
    progress: Progress = silent,
) -> Lineage:
    """Where what ``word`` stands for came from (``up``), and what came of it (``down``).

    ``depth`` is how many runs away, ``limit`` how many files of one run or runs of one file; of each 0 stands for
    all.

    Raises:
        NoStoreError: there is no store.
        RunNotFoundError: the word stands for nothing, or for too much.
    """
    with open_store(folder) as store, uses_of(store, progress) as uses:
        refs = Refs(store.layout, store.index)
        asked = asked_for(store, refs, uses, folder, word)
        walk = Walk(store, uses, refs.removed(), Bounds(depth or None, limit))
        remarks = _follow(walk, uses, asked, up=up, down=down)
        found = Lineage(
            asked=word,
            root=asked.id,
            up=up,
            down=down,
            nodes=tuple(walk.nodes.values()),
            edges=tuple(walk.edges.values()),
        )
        if walk.cut or uses.cut:
            remarks.append(Remark("cut", "there is more than is looked at: --depth and --limit choose what"))
        if walk.stopped:
            remarks.append(
                Remark("depth", f"it goes on beyond {counted(depth, 'run')}: --depth 0 follows it to the end")
            )
        if found.exit_code and asked.ref is not None:
            remarks += _unknown(store, asked.ref, word, newest_at(uses, asked.ref.path, refs.removed(), but=asked.id))
        return found._replace(remarks=tuple(remarks))


def _follow(walk: Walk, uses: Uses, asked: Asked, *, up: bool, down: bool) -> list[Remark]:
    """Walk from a run, file or folder; what deserves to be said of it."""
    if (ref := asked.ref) is None:
        if up:
            walk.up(asked.id)
        if down:
            walk.down(asked.id)
        return []
    walk.add(asked.id, asked.kind, ref.path, ref.size or None)
    links = Links(uses, asked.trees)
    makers, readers = (links.of([ref], kind, by_chance=True).get(ref.oid, []) for kind in (MADE, READ))
    if not (makers or readers) or is_code(ref.path):
        readers = [*readers, *links.of([ref], HAD, by_chance=True).get(ref.oid, [])]
    if up:
        walk.up(asked.id, makers)
    if down:
        walk.down(asked.id, readers)
    if ref.oid == _EMPTY and (makers or readers):
        return [Remark("empty-file", "it is empty: that others are too says little")]
    return []


def _unknown(store: Store, ref: FileRef, word: str, other: Use | None) -> list[Remark]:
    """That nobody knows it, and what to do about that; ``other`` is who had other bytes under its path."""
    what = "folder" if ref.kind == "d" else "file"
    said = [Remark("unknown", f'no run on record made or read the {what} "{word}", nor had it in its code')]
    if other is not None:
        did = "made" if other.role == OUTPUT else "read"
        was = f"run {other.run[:12]} {did} other bytes under that path"
        said.append(Remark("changed", f"{was}: mlrun lineage {quote(f'{other.run[:12]}:{ref.path}')}"))
    else:
        top = os.path.dirname(store.layout.root)
        said.append(Remark("elsewhere", f'"{top}" was looked at; -C DIR asks another project, mlrun exec records runs'))
    return said
