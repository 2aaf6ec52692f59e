"""`cache/stat.db`: the state of a folder's entries, mapped to the tree they make. Derived, never the truth.

One row for each folder. Its key is a fingerprint over what ``lstat`` says of every entry, ctime and
inode included, since an edit whose mtime was put back shows in ctime alone. A second part of the row
holds the same for each file, so that a change to one file among many does not read the others again.
Each row carries a check of itself: the file is written without waiting for the disk.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from runlore.store.checksum import fingerprint
from runlore.store.database import Database

_VERSION = 1
_SCHEMA = """
CREATE TABLE folders (path BLOB PRIMARY KEY, head BLOB NOT NULL, files BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID
"""
_HEAD = struct.Struct("<16s32sQQ")
_CHECK = 16
_NO_STATE = b"\0" * 16
_KEPT, _AFTER_KEPT = b"k:", b"k;"
"""What the keys of facts begin with that name trees of kept distributions."""


class FolderState(NamedTuple):
    """A folder as it was: the fingerprint of its entries, its tree, and how much lies below it."""

    state: bytes
    tree: bytes
    files: int
    bytes: int


class StatCache:
    """The open stat cache of a store."""

    def __init__(self, cache: str) -> None:
        """``cache`` is the store's folder of that name; without one the cache lives in memory."""
        self._db = Database(
            cache + "/stat.db" if cache else ":memory:", schema=_SCHEMA, version=_VERSION, imprinted=False
        )
        self._folders: list[tuple[bytes, bytes, bytes]] = []

    def close(self) -> None:
        """Write what was put and let go of the file."""
        self.flush()
        self._db.close()

    def folders(self, prefix: bytes) -> dict[bytes, FolderState]:
        """Every folder whose path begins with ``prefix``, as it was last put. The last byte must not be 0xff."""
        end = prefix[:-1] + bytes((prefix[-1] + 1,))
        found = {}
        for path, row in self._db.known("SELECT path, head FROM folders WHERE path >= ? AND path < ?", (prefix, end)):
            if (head := _unsealed(path, row)) is not None:
                found[path] = FolderState._make(_HEAD.unpack(head))
        return found

    def is_whole(self) -> bool:
        """Whether every row holds its check."""
        rows = ("SELECT path, head FROM folders", "SELECT path, files FROM folders", "SELECT key, value FROM facts")
        return all(_unsealed(key, data) is not None for each in rows for key, data in self._db.query(each))

    def files(self, path: bytes) -> dict[bytes, bytes]:
        """For each file of the folder: the 16-byte fingerprint of its name and state, mapped to its blob's id."""
        row = self._db.first("SELECT files FROM folders WHERE path = ?", (path,))
        if row is None or (data := _unsealed(path, row[0])) is None:
            return {}
        return {data[at : at + 16]: data[at + 16 : at + 48] for at in range(0, len(data), 48)}

    def doubt(self) -> None:
        """Believe of no folder any more that what lies in it is in the store; durable. Files are not read again."""

        def doubt() -> None:
            with self._db.transaction():
                rows = [(path, _unsealed(path, row)) for path, row in self._db.query("SELECT path, head FROM folders")]
                fresh = ((_sealed(path, _NO_STATE + head[_CHECK:]), path) for path, head in rows if head is not None)
                self._db.change_many("UPDATE folders SET head = ? WHERE path = ?", fresh)
                self._db.change("DELETE FROM facts WHERE key >= ? AND key < ?", (_KEPT, _AFTER_KEPT))

        self._db.retried(doubt)
        self._db.sync()

    def put_folder(self, path: bytes, state: FolderState, files: list[tuple[bytes, bytes]]) -> None:
        """Remember a folder from the next `flush` on."""
        data = b"".join(key + digest for key, digest in files)
        self._folders.append((path, _sealed(path, _HEAD.pack(*state)), _sealed(path, data)))

    def get(self, key: bytes) -> bytes | None:
        """A fact that was put under ``key``, or ``None``."""
        row = self._db.first("SELECT value FROM facts WHERE key = ?", (key,))
        return None if row is None else _unsealed(key, row[0])

    def put(self, key: bytes, value: bytes) -> None:
        """Remember a fact at once; where nothing can be written, for the life of this object."""
        self.put_all([(key, value)])

    def put_all(self, facts: Iterable[tuple[bytes, bytes]]) -> None:
        """`put` each of them."""
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", [(key, _sealed(key, value)) for key, value in facts])

    def flush(self) -> None:
        """Write every folder that was put; where that fails they are remembered for the life of this object."""
        self._write("INSERT OR REPLACE INTO folders VALUES (?, ?, ?)", self._folders)
        self._folders = []

    def _write(self, statement: str, rows: Sequence[tuple[bytes, ...]]) -> None:
        def write() -> None:
            with self._db.transaction():
                self._db.change_many(statement, rows)

        if rows:
            self._db.retried(write)


def _sealed(path: bytes, data: bytes) -> bytes:
    return fingerprint(path + data) + data


def _unsealed(path: bytes, data: bytes) -> bytes | None:
    """The data of a row if its check holds."""
    return data[_CHECK:] if data[:_CHECK] == fingerprint(path + data[_CHECK:]) else None
