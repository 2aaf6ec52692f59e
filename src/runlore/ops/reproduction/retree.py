"""A tree with one file in it replaced: only the folders on the way to it are new."""

from typing import NamedTuple

from runlore.records import tree
from runlore.store.objects import Objects
from runlore.store.writer import ObjectWriter


class Replacement(NamedTuple):
    """What the file holds from now on."""

    digest: bytes
    size: int


def with_file(objects: Objects, writer: ObjectWriter, root: bytes, path: bytes, new: Replacement) -> bytes | None:
    """The id of the tree with another file at ``path``; ``None`` if it has none there."""
    name, _, rest = path.partition(b"/")
    entries = objects.tree(root)
    for at, entry in enumerate(entries):
        if entry.name != name or (entry.kind == tree.FOLDER) != bool(rest):
            continue
        below = with_file(objects, writer, entry.digest, rest, new) if rest else new.digest
        if below is None:
            return None
        changed = entry._replace(digest=below, size=entry.size if rest else new.size)
        return writer.add_tree((*entries[:at], changed, *entries[at + 1 :]))
    return None
