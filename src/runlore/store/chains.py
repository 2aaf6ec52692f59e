"""The folders of runs in `cache/uses.db`: each is noted by what it has unlike the one before it at the same place.

Folders that lay at one place one after the other are a chain, and a row says from which of them to which one an object
lay in them under a name. So a folder in which one file is new costs two rows, however many are in it.
"""

from collections.abc import Callable
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records.tree import FOLDER, Entry, MalformedTreeError
from runlore.records.treestep import NOTHING, Rows, Step, step
from runlore.store.database import Database
from runlore.store.numbers import Numbers

SCHEMA = """
CREATE TABLE chains (number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, place INTEGER NOT NULL,
    folder INTEGER NOT NULL, large INTEGER NOT NULL);
CREATE INDEX chains_by_place ON chains (kind, place);
CREATE TABLE folders (number INTEGER PRIMARY KEY, object INTEGER NOT NULL, kind INTEGER NOT NULL,
    chain INTEGER NOT NULL, large INTEGER NOT NULL, UNIQUE (object, kind));
CREATE INDEX folders_by_chain ON folders (chain, number, object);
CREATE INDEX folders_large ON folders (kind, number) WHERE large = 1;
CREATE TABLE inside (object INTEGER, kind INTEGER, chain INTEGER, name INTEGER, first INTEGER, last INTEGER NOT NULL,
    PRIMARY KEY (object, kind, chain, name, first)) WITHOUT ROWID;
"""
"""``chains.folder`` is the last of a chain; ``inside`` holds for its folders from ``first`` to ``last``, both with."""
LARGE = 1_000
"""Entries of a folder above which it is looked through when one asks, instead of noted."""
STILL = 1 << 62
"""As ``last``: the newest folder of the chain has it."""
_PLACE = 512
"""Bytes of a path that tell one place from another; a stranger's paths are of any length."""
_MOST_BYTES = 16 << 20
"""Of the last trees of chains that are kept in memory."""


class _Chain(NamedTuple):
    """A chain, the number of its last folder, and the rows of that one."""

    number: int
    folder: int
    large: bool
    rows: Rows


_Key = tuple[int, int, int, int]


class Chains:
    """Takes folders in; between `begin` and `write`, in a transaction."""

    def __init__(self, db: Database, numbers: Numbers, read_tree: Callable[[bytes], bytes]) -> None:
        """``read_tree`` gives the bytes of a tree or raises `CorruptError`."""
        self._db = db
        self._numbers = numbers
        self._tree = read_tree
        self._last: dict[tuple[int, int], _Chain] = {}
        self._folders: dict[tuple[int, int], tuple[int, int, int, int, bool]] = {}
        self._next = 0
        self._bytes = 0
        self._came: dict[_Key, int] = {}
        self._whole: list[tuple[int, int, int, int, int, int]] = []
        self._ended: list[tuple[int, int, int, int, int, int]] = []

    def begin(self) -> None:
        """Others may have noted folders since."""
        (last,) = self._db.first("SELECT coalesce(max(number), 0) FROM folders") or (0,)
        self._next = last + 1

    def add(self, oid: bytes, kind: int, path: bytes) -> None:
        """Note the folder that lay at this path, and those in it; each once, wherever else it lies."""
        waiting = [(oid, path)]
        while waiting:
            digest, at = waiting.pop()
            number = self._numbers.object(digest)
            if self._is_known(number, kind):
                continue
            try:
                came = self._put(number, kind, self._numbers.path(at), self._tree(digest))
            except (CorruptError, MalformedTreeError):
                continue  # fsck says so
            below = at + b"/" if at else b""
            waiting += [(each.digest, (below + each.name)[-_PLACE:]) for each in came if each.kind == FOLDER]

    def write(self) -> None:
        """Write what was found. What others write from now on is not known."""
        self._db.change_many("INSERT INTO folders VALUES (?, ?, ?, ?, ?)", self._folders.values())
        ends = [(each.folder, each.number) for each in self._last.values()]
        self._db.change_many("UPDATE chains SET folder = ? WHERE number = ?", ends)
        # First: what came back since then begins a row of its own.
        statement = "UPDATE inside SET last = ? WHERE object = ? AND kind = ? AND chain = ? AND name = ? AND last = ?"
        self._db.change_many(statement, self._ended)
        rows = [(*key, first, STILL) for key, first in self._came.items()]
        # In the order in which they will lie: each page of the file is written once.
        self._db.change_many("INSERT OR IGNORE INTO inside VALUES (?, ?, ?, ?, ?, ?)", sorted(rows + self._whole))
        for found in (self._folders, self._came, self._whole, self._ended, self._last):
            found.clear()
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether so much is kept in memory that it should be written."""
        return self._bytes > _MOST_BYTES

    def _is_known(self, number: int, kind: int) -> bool:
        if (number, kind) in self._folders:
            return True
        statement = "SELECT 1 FROM folders WHERE object = ? AND kind = ?"
        return not self._numbers.is_new(number) and self._db.first(statement, (number, kind)) is not None

    def _put(self, number: int, kind: int, place: int, data: bytes) -> tuple[Entry, ...]:
        """Add a folder to the chain at its place, or let it begin one; what it has that the one before has not."""
        chain = self._chain(kind, place)
        found = step(chain.rows if chain else NOTHING, data)
        count = len(found.rows.starts) - 1
        large = count > LARGE
        if chain is not None and (chain.large != large or len(found.came) + len(found.went) > count):
            chain, found = None, step(NOTHING, data)
        if chain is None:
            add = "INSERT INTO chains (kind, place, folder, large) VALUES (?, ?, 0, ?)"
            chain = _Chain(self._db.change(add, (kind, place, large))[1], 0, large, NOTHING)
        folder, self._next = self._next, self._next + 1
        self._folders[number, kind] = (folder, number, kind, chain.number, large)
        self._note(found, kind, chain, folder)
        self._keep((kind, place), chain._replace(folder=folder, rows=found.rows))
        return found.came

    def _note(self, found: Step, kind: int, chain: _Chain, folder: int) -> None:
        """What came with this folder, and what lay in the one before for the last time."""
        for each in _listed(found.went, large=chain.large):
            key = self._key(each, kind, chain.number)
            first = self._came.pop(key, None)
            if first is None:
                self._ended.append((chain.folder, *key, STILL))
            else:
                self._whole.append((*key, first, chain.folder))
        for each in _listed(found.came, large=chain.large):
            self._came[self._key(each, kind, chain.number)] = folder

    def _key(self, each: Entry, kind: int, chain: int) -> _Key:
        return self._numbers.object(each.digest, each.size), kind, chain, self._numbers.path(each.name)

    def _chain(self, kind: int, place: int) -> _Chain | None:
        """The newest chain at a place, if what its last folder holds can be read."""
        if (kind, place) in self._last:
            return self._last[kind, place]
        row = self._db.first(
            "SELECT c.number, c.folder, c.large, o.digest FROM chains c JOIN folders f ON f.number = c.folder "
            "JOIN objects o ON o.number = f.object WHERE c.kind = ? AND c.place = ? ORDER BY c.number DESC LIMIT 1",
            (kind, place),
        )
        if row is None:
            return None
        try:
            return _Chain(row[0], row[1], bool(row[2]), step(NOTHING, self._tree(row[3])).rows)
        except (CorruptError, MalformedTreeError):
            return None

    def _keep(self, at: tuple[int, int], chain: _Chain) -> None:
        before = self._last.get(at)
        self._bytes += len(chain.rows.data) - (len(before.rows.data) if before else 0)
        self._last[at] = chain


def _listed(entries: tuple[Entry, ...], *, large: bool) -> list[Entry]:
    """Those that are noted: a folder in a large one is, for it is what is looked for there."""
    return [each for each in entries if not large or each.kind == FOLDER]
