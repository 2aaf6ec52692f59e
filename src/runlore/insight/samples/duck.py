"""A database in memory that reads the files it is given and nothing else, by DuckDB. The only door to DuckDB.

The files may come from a stranger. No extension is loaded or installed, no other file is opened, nothing goes over
the network, and memory and disk that it takes have a limit.
"""

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Iterator, Sequence
from typing import Any

MEMORY = 1200 << 20
"""Bytes that a query may hold; beyond them it goes on on disk."""
_DISK_SHARE = 2
"""Of the free space on the disk it may take one part in so many."""
_MESSAGE = 200


class UnreadableError(Exception):
    """DuckDB cannot read the file, or not do with it what is asked. Says why, for a person."""


def is_installed() -> bool:
    """Whether there is DuckDB to be had; it is not loaded."""
    return importlib.util.find_spec("duckdb") is not None


def identifier(name: str) -> str:
    """``name`` as SQL has the name of a column."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as SQL has a string. A zero byte, which DuckDB takes for its end in places, is dropped."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


class Database:
    """An open one. Queries are SQL; what they raise is `UnreadableError`."""

    def __init__(self, connection: Any, module: Any) -> None:  # noqa: ANN401 - a library that comes late
        self._connection = connection
        self._module = module

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of the answer; ``values`` stand for the question marks in the query."""
        try:
            found: list[tuple[Any, ...]] = self._connection.execute(query, list(values) or None).fetchall()
        except self._module.Error as error:
            raise UnreadableError(_said(error)) from error
        except (ValueError, OverflowError, UnicodeError) as error:  # a date that Python lacks, text that is none
            raise UnreadableError(_said(error)) from error
        return found

    def row(self, query: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        """The first row of an answer that has one."""
        return self.rows(query, values)[0]

    def run(self, query: str) -> None:
        """A statement without an answer."""
        try:
            self._connection.execute(query)
        except self._module.Error as error:
            raise UnreadableError(_said(error)) from error


@contextlib.contextmanager
def database(scratch: str, files: Sequence[str], *, memory: int = MEMORY) -> Iterator[Database]:
    """One that can open ``files``, write into them too, and keeps what is too much for memory in folder ``scratch``.

    Raises:
        ImportError: DuckDB is not installed.
    """
    import duckdb  # noqa: PLC0415 - need not be installed, and takes its time

    spill = os.path.join(scratch, "spill")
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory}B",
        "threads": len(os.sched_getaffinity(0)),
        "temp_directory": spill,
        "max_temp_directory_size": f"{shutil.disk_usage(scratch).free // _DISK_SHARE}B",
        "home_directory": scratch,
        "extension_directory": scratch,
        "secret_directory": scratch,
        "allow_persistent_secrets": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }
    try:
        connection = duckdb.connect(":memory:", config=settings)
    except duckdb.Error as error:
        raise UnreadableError(_said(error)) from error
    try:
        found = Database(connection, duckdb)
        found.run(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
        # In this order: the last one makes sure that no query can undo the others.
        found.run("SET enable_external_access = false")
        found.run("SET lock_configuration = true")
        yield found
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _said(error: Exception) -> str:
    """The first line of what DuckDB says, without the name that it gives the kind of error."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    kind, colon, rest = first.partition(" Error: ")
    return (rest if colon and kind.replace(" ", "").isalpha() else first)[:_MESSAGE]
