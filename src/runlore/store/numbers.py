"""The numbers that stand for objects and paths in `cache/uses.db`."""

from runlore.store.database import Database

_MOST = 100_000
"""Numbers that are kept in memory: what a run names, the runs near it name too."""


class Numbers:
    """Gives each its number, a new one where it has none; between `begin` and `write`, in a transaction."""

    def __init__(self, db: Database) -> None:
        """None is known yet."""
        self._objects = _Table(db, "objects", "digest")
        self._paths = _Table(db, "paths", "path")
        self._sizes: dict[bytes, int | None] = {}

    def begin(self) -> None:
        """Others may have given numbers since."""
        self._objects.begin()
        self._paths.begin()

    def object(self, digest: bytes, size: int | None = None) -> int:
        """The number of an object, of which the size is noted where it is known."""
        number = self._objects.of(digest)
        if self._objects.is_new(number):
            self._sizes.setdefault(digest, size)
        return number

    def is_new(self, number: int) -> bool:
        """Whether this object got its number since `begin`: nothing can be on file of it."""
        return self._objects.is_new(number)

    def path(self, path: bytes) -> int:
        """The number of a path, or of a name in a folder."""
        return self._paths.of(path)

    def write(self, db: Database) -> None:
        """Write the new ones."""
        objects = ((number, digest, self._sizes[digest]) for digest, number in self._objects.fresh.items())
        db.change_many("INSERT INTO objects VALUES (?, ?, ?)", objects)
        db.change_many("INSERT INTO paths VALUES (?, ?)", ((at, path) for path, at in self._paths.fresh.items()))
        self._sizes.clear()


class _Table:
    """The numbers of one table. ``fresh`` are those that are not written yet."""

    def __init__(self, db: Database, table: str, column: str) -> None:
        self._db = db
        self._find = f"SELECT number FROM {table} WHERE {column} = ?"  # noqa: S608 - names of ours
        self._last = f"SELECT coalesce(max(number), 0) FROM {table}"  # noqa: S608 - the same
        self._known: dict[bytes, int] = {}
        self._before = self._next = 0
        self.fresh: dict[bytes, int] = {}

    def begin(self) -> None:
        if len(self._known) + len(self.fresh) > _MOST:
            self._known.clear()
        else:
            self._known |= self.fresh
        self.fresh.clear()
        (last,) = self._db.first(self._last) or (0,)
        self._before, self._next = last, last + 1

    def is_new(self, number: int) -> bool:
        return number > self._before

    def of(self, value: bytes) -> int:
        number = self.fresh.get(value) or self._known.get(value)
        if number is not None:
            return number
        row = self._db.first(self._find, (value,))
        if row is not None:
            number = self._known[value] = int(row[0])
        else:
            number = self.fresh[value] = self._next
            self._next += 1
        return number
