"""A tree with some of its files replaced, added or taken away: only the folders on the way to them are new."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.records import tree
from runlore.store.objects import Objects
from runlore.store.writer import ObjectWriter


class Edited(NamedTuple):
    """The id of a tree, and the bytes of all files in it."""

    digest: bytes
    size: int


def edited(
    objects: Objects, writer: ObjectWriter, root: bytes | None, files: Mapping[bytes, tree.Entry | None]
) -> Edited | None:
    """The tree with these files by path, ``None`` for those that go; ``None`` if nothing is left of it.

    It has the id that the same files have wherever they were found together. Without a ``root`` it is made of the
    files alone.

    Raises:
        CorruptError: a folder on the way is damaged.
    """
    entries = {entry.name: entry for entry in objects.tree(root)} if root is not None else {}
    below: dict[bytes, dict[bytes, tree.Entry | None]] = {}
    for path, entry in files.items():
        name, _, rest = path.partition(b"/")
        if rest:
            below.setdefault(name, {})[rest] = entry
        elif entry is None:
            entries.pop(name, None)
        else:
            entries[name] = entry._replace(name=name)
    for name, inside in below.items():
        there = entries.get(name)
        was = there.digest if there is not None and there.kind == tree.FOLDER else None
        now = edited(objects, writer, was, inside)
        if now is not None:
            entries[name] = tree.Entry(name, tree.FOLDER, now.digest, now.size)
        elif there is None or there.kind == tree.FOLDER:  # else a file stands in its place now
            entries.pop(name, None)
    if not entries:
        return None
    return Edited(writer.add_tree(entries.values()), sum(entry.size for entry in entries.values()))
