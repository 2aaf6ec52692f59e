"""A tree with some of its files replaced, added or taken away: only the folders on the way to them are new."""

from collections.abc import Mapping

from runlore.records import tree
from runlore.store.objects import Objects
from runlore.store.writer import ObjectWriter


def edited(
    objects: Objects, writer: ObjectWriter, root: bytes | None, files: Mapping[bytes, tree.Entry | None]
) -> bytes | None:
    """The id of the tree with these files by path, ``None`` for those that go; ``None`` if nothing is left of it."""
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
        if now is None:
            if there is None or there.kind == tree.FOLDER:  # else a file stands in its place now
                entries.pop(name, None)
        else:
            size = there.size if there is not None and was is not None else 0
            entries[name] = tree.Entry(name, tree.FOLDER, now, size)
    return writer.add_tree(entries.values()) if entries else None
