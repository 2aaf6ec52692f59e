"""A remote that somebody else has filled: real files of a real push, with whatever a stranger would change in them."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from runlore.ops.sharing.link import FORMAT
from runlore.records.canonical import decode, encode
from runlore.records.hashing import blob_digest, record_id
from runlore.store import pack
from runlore.store.remote import manifest, names
from runlore.store.remote.manifest import Blob, Manifest

Object = tuple[bytes, bytes, bytes]
"""Kind, id and bytes, which need not belong together."""


class Stranger:
    """Fills a folder as a remote, without any of the checks that a push has."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.tables: list[bytes] = []
        self.large: list[Blob] = []
        self.write(names.FORMAT, FORMAT)

    def write(self, name: str, data: bytes) -> str:
        path = f"{self.folder}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def objects(self, *objects: Object) -> bytes:
        """A pack of these objects; its table."""
        digest, data, table = pack.in_memory(sorted(objects, key=lambda each: each[1]))
        self.write(names.pack(digest), data)
        return table

    def index(self, data: bytes) -> str:
        """Bytes as an index file under their right name."""
        return self.write(names.index(blob_digest(data)), data)

    def records(self, data: bytes) -> str:
        """Bytes as a records file under their right name."""
        return self.write(names.records(blob_digest(data)), data)

    def publish(
        self,
        lines: Iterable[bytes],
        *,
        tables: Sequence[bytes] = (),
        large: Sequence[Blob] = (),
        runs: Sequence[bytes] = (),
        events: Sequence[bytes] = (),
    ) -> None:
        """Records with an index file, as one push writes them."""
        digest, data = manifest.encode_records(lines)
        self.write(names.records(digest), data)
        self.index(manifest.encode(Manifest(tuple(tables), tuple(large), digest, tuple(runs), tuple(events)))[1])


def lines_of(remote: str) -> list[bytes]:
    """All records on a remote."""
    found: list[bytes] = []
    for name in sorted(os.listdir(f"{remote}/index")):
        if name.endswith(".records"):
            with open(f"{remote}/index/{name}", "rb") as file:
                found += manifest.decode_records(name, file.read())
    return found


def tables_of(remote: str) -> tuple[list[bytes], list[Blob]]:
    """All that the index files of a remote say of objects."""
    tables: list[bytes] = []
    large: list[Blob] = []
    for name in sorted(os.listdir(f"{remote}/index")):
        if name.endswith(".index"):
            with open(f"{remote}/index/{name}", "rb") as file:
                found = manifest.decode(name, file.read())
            tables += found.tables
            large += found.blobs
    return tables, large


def forged(lines: Iterable[bytes], change: Mapping[str, Callable[[dict[str, Any]], None]]) -> list[bytes]:
    """The records of one run changed by ``change``, by schema, with the ids in them made right again."""
    values = [decode(line) for line in lines]
    ids: dict[str, str] = {}
    order = ("environment/1", "recipe/1", "intent/1", "seal/1", "event/1")
    found = []
    for value in sorted(values, key=lambda each: order.index(each["schema"])):
        before = record_id(encode(value))
        for field in ("recipe", "environment", "run"):
            value[field] = ids.get(value[field], value[field]) if value.get(field) else value.get(field)
            if value[field] is None and field not in _FIELDS.get(value["schema"], ()):
                del value[field]
        if value["schema"] in change:
            change[value["schema"]](value)
        found.append(encode(value))
        ids[before] = record_id(found[-1])
    return found


_FIELDS = {"recipe/1": ("environment",), "intent/1": ("recipe",), "seal/1": ("run", "recipe")}
