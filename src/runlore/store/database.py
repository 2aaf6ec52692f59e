"""The door to SQLite: a cache file that may be damaged, locked, read-only or gone, and never matters."""

import binascii
import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from runlore.errors import CacheDamagedError, StoreWriteError
from runlore.store import imprint
from runlore.store.boot import boot_id
from runlore.store.durable import reason
from runlore.store.reading import open_plain

_BUSY_SECONDS = 20.0
_CACHE_KIB = 100 << 10
"""How much of the file may be in memory; it is taken as it is needed."""
_MEMORY = ":memory:"
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_ERRNO = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_IOERR: errno.EIO, sqlite3.SQLITE_READONLY: errno.EROFS}
_SUPER_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
"""How a rollback journal ends that names another file, which SQLite then removes. A cache alone has none such."""


class Database:
    """A cache. Opening one replaces a damaged file, or one of another version, by an empty one.

    Where nothing can be written the cache lives in memory. `retried` does the same for work in progress.
    """

    def __init__(self, path: str, *, schema: str, version: int, imprinted: bool = True) -> None:
        """``schema`` is SQL that creates everything, statements separated by ``;``.

        Without ``imprinted`` the rows themselves say whether they are whole.
        """
        self._path = path
        self._imprinted = imprinted and path != _MEMORY
        self._changed = False
        self._schema = schema
        self._version = version
        self._stopped: KeyboardInterrupt | None = None
        self.emptied = 0
        """How often what had been put in was lost, so that it is to be put in again."""
        self._connection = self._open_or_replace()

    def _open_or_replace(self) -> sqlite3.Connection:
        try:
            _drop_foreign(self._path)
        except OSError:
            return self._open(_MEMORY)
        try:
            return self._open(self._path)
        except sqlite3.DatabaseError as error:
            dropped = _is_damage(error) and self._drop()
        if dropped:
            with contextlib.suppress(sqlite3.DatabaseError):
                return self._open(self._path)
        return self._open(_MEMORY)

    def _open(self, path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            _tune(connection)
            is_checked = self._imprinted and path != _MEMORY
            proven = imprint.holds(path, lambda: _image(connection)) if is_checked else True
            if proven is False:
                raise _damage("other bytes than were written")
            self._changed = proven is None
            _prepare(connection, self._schema, self._version)
        except UnicodeDecodeError as error:  # in what SQLite says of a schema that it cannot read
            connection.close()
            raise _damage("no text") from error
        except sqlite3.Error:
            connection.close()
            raise
        self._identity = _identity(path)
        return connection

    def retried(self, work: Callable[[], None]) -> None:
        """Do the work; if the file fails it, again with another cache.

        That is a new file if the old one was damaged or is gone, else a copy in memory: the disk may be full.
        If the new file fails it too, it is one in memory.
        """
        for go_on in (self._replace, self._go_on_in_memory):
            try:
                work()
            except (CacheDamagedError, StoreWriteError):
                go_on()
            else:
                return
        work()

    def _replace(self) -> None:
        if _identity(self._path) == self._identity:
            self._go_on_in_memory()
            return
        self._connection.close()
        self.emptied += 1
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
        self._connection = self._open_or_replace()

    def _go_on_in_memory(self) -> None:
        """With what the file holds, as far as it can be read: what was taken in a moment ago is not taken in again."""
        memory = self._open(_MEMORY)
        try:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")  # what could not be committed; mostly nothing
            self._connection.backup(memory)
        except sqlite3.Error:
            memory.close()
            memory = self._open(_MEMORY)
            self.emptied += 1
        self._connection.close()
        self._connection = memory

    def close(self) -> None:
        """Let go of the file."""
        if self._imprinted and self._changed and self._identity is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA busy_timeout=0")  # who writes at this moment will note it
                imprint.note(self._path, lambda: _image(self._connection))
        self._connection.close()

    def sync(self) -> None:
        """Make what was written so far outlast a power cut, where there is a file."""
        with contextlib.suppress(OSError):
            for path in (self._path, os.path.dirname(self._path)):
                file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    os.fsync(file)
                finally:
                    os.close(file)

    def query(self, statement: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read as they are asked for.

        Raises:
            CacheDamagedError: the file turned out to be damaged, and was dropped.
            StoreWriteError: it cannot be used for another reason.
        """
        with self._translated():
            yield from self._connection.execute(statement, values)

    def known(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of a query; none also if the file fails: then the cache goes on empty."""
        try:
            with self._translated():
                return self._connection.execute(statement, values).fetchall()
        except (CacheDamagedError, StoreWriteError):
            self._replace()
            return []

    def first(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or ``None``; as `known` if the file fails."""
        try:
            with self._translated():
                row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        except (CacheDamagedError, StoreWriteError):
            self._replace()
            return None
        return row

    def change(self, statement: str, values: Sequence[Any] = ()) -> tuple[int, int]:
        """Execute a statement; how many rows it changed, and the number of the last it inserted. Raises as `query`."""
        self._changed = self._changed or "temp" not in statement.lower()
        with self._translated():
            cursor = self._connection.execute(statement, values)
            return cursor.rowcount, cursor.lastrowid or 0

    def change_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row; raises as `query`."""
        self._changed = self._changed or "temp" not in statement.lower()
        with self._translated():
            self._connection.executemany(statement, rows)

    def define(self, name: str, function: Callable[..., Any]) -> None:
        """Let queries call ``function``, which takes two values and whose result depends on nothing else."""

        def call(*values: Any) -> Any:  # noqa: ANN401 - what SQLite has
            try:
                return function(*values)
            except KeyboardInterrupt as stop:
                self._stopped = stop  # of which SQLite only says that something was raised
                raise

        self._connection.create_function(name, 2, call, deterministic=True)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody else writes meanwhile; raises as `query`."""
        with self._translated(), _transaction(self._connection):
            yield

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            stopped, self._stopped = self._stopped, None
            if stopped is not None:
                raise stopped from error
            if _is_damage(error):
                raise self.spoilt() from error
            raise StoreWriteError(f'cannot use "{self._path}": {_reason(error)}') from error

    def spoilt(self) -> CacheDamagedError:
        """What to raise where the file turned out to be damaged, which is dropped."""
        self._drop()
        return CacheDamagedError(f'"{self._path}" was damaged', hint="run the command again")

    def _drop(self) -> bool:
        """Whether the file could be removed."""
        try:
            os.unlink(self._path)
        except OSError:
            return False
        imprint.forget(self._path)
        return True


def _identity(path: str) -> tuple[int, int] | None:
    """Which file this is; ``None`` if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_damage(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def _reason(error: sqlite3.Error) -> str:
    """What has gone wrong, in the words for it that all else has."""
    number = _ERRNO.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return reason(OSError(number, "")) if number else str(error)


def _damage(what: str) -> sqlite3.DatabaseError:
    """What SQLite raises for a damaged file."""
    damage = sqlite3.DatabaseError(what)
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return damage


def _drop_foreign(path: str) -> None:
    """Remove what a stranger may have put in the place of the cache: SQLite follows where it leads, and writes there.

    Raises:
        OSError: it cannot be removed.
    """
    for name in (path, f"{path}-journal", f"{path}-wal", f"{path}-shm", path + imprint.SUFFIX):
        if os.path.islink(name):
            os.unlink(name)
    try:
        journal = open_plain(f"{path}-journal")
    except FileNotFoundError:
        return
    with open(journal, "rb") as file:
        file.seek(max(0, os.fstat(journal).st_size - len(_SUPER_JOURNAL)))
        if file.read() == _SUPER_JOURNAL:
            os.unlink(f"{path}-journal")
            os.unlink(path)  # its transaction was not finished


def _tune(connection: sqlite3.Connection) -> None:
    # Losing the cache in a power cut costs a rebuild; waiting for the disk would cost every run.
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB:d}")


def _prepare(connection: sqlite3.Connection, schema: str, version: int) -> None:
    if _pragma(connection, "user_version") != version:
        with _transaction(connection):
            if _pragma(connection, "user_version") != version:
                _create(connection, schema, version)
    _check_after_boot(connection)


def _image(connection: sqlite3.Connection) -> bytes:
    """The whole file, of one moment.

    By way of SQLite: to close a descriptor of the file's own would give up the locks that this process holds on it.
    """
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection.serialize()
    finally:
        connection.execute("COMMIT")


def is_whole(path: str) -> bool:
    """Whether the cache file is what was last written, as far as SQLite and its imprint can tell. Writes nothing."""
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            size = os.stat(path).st_size
            if imprint.holds(path, lambda: _image(connection), most=size) is False:
                return False
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        finally:
            connection.close()
    except (sqlite3.Error, OSError, UnicodeDecodeError):
        return False


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _create(connection: sqlite3.Connection, schema: str, version: int) -> None:
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    for statement in filter(str.strip, schema.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version={version:d}")
    connection.execute(f"PRAGMA application_id={_boot_mark():d}")


def _boot_mark() -> int:
    return binascii.crc32(boot_id().encode()) & 0x7FFFFFFF


def _check_after_boot(connection: sqlite3.Connection) -> None:
    """Look for damage once after each start of the machine: what unsynced writes may not survive is a power cut."""
    if _pragma(connection, "application_id") == _boot_mark():
        return
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _damage("quick_check failed")
    connection.execute(f"PRAGMA application_id={_boot_mark():d}")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
