"""A file with samples, as a relation of a database: its columns by number, so that any names will do."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runlore.insight.samples.batches import batches
from runlore.insight.samples.duck import Database, UnreadableError, identifier, literal
from runlore.records.samples import LINES, PARQUET

CSV, JSON_LINES = "csv", "jsonl"
_MOST_COLUMNS = 2_000
_LONGEST = 16 << 20
"""Bytes of a line of JSON."""


class Source(NamedTuple):
    """A file on the disk and its form; ``columns`` are those of a table that a seal names."""

    path: str
    form: str
    columns: Sequence[Mapping[str, str]] | None = None


class Field(NamedTuple):
    """A column: its name, its name in SQL, and its type there."""

    name: str
    sql: str
    type: str


class Relation(NamedTuple):
    """The rows of a file, numbered by ``row``, and its columns."""

    name: str
    fields: tuple[Field, ...]

    def field(self, name: str | None) -> Field | None:
        """The column of that name."""
        return next((each for each in self.fields if each.name == name), None)


def relation(database: Database, source: Source, name: str) -> Relation:
    """The rows of the file under this name; those of Parquet stay where they are, others are read once.

    Raises:
        UnreadableError: it is no such file.
    """
    query = _query(source)
    described = database.rows(f"DESCRIBE {query}")
    found = [(each[0], each[1]) for each in described if source.form != PARQUET or each[0] != "file_row_number"]
    if len(found) > _MOST_COLUMNS:
        raise UnreadableError(f"it has {len(found):,} columns; {_MOST_COLUMNS:,} can be looked at")
    fields = tuple(Field(column, f"c{at}", kind) for at, (column, kind) in enumerate(found))
    number = "file_row_number" if source.form == PARQUET else "row_number() OVER () - 1"
    what = "VIEW" if source.form == PARQUET else "TABLE"
    columns = ", ".join(f"{identifier(each.name)} AS {each.sql}" for each in fields)
    database.run(f"CREATE {what} {name} AS SELECT {number} AS row, {columns} FROM ({query})")
    return Relation(name, fields)


def _query(source: Source) -> str:
    path = literal(source.path)
    match source.form:
        case "parquet":
            return f"SELECT * FROM read_parquet({path}, file_row_number = true)"
        case "csv":
            return f"SELECT * FROM read_csv({path}, sample_size = -1)"
        case "jsonl":
            options = f"format = 'newline_delimited', sample_size = -1, maximum_object_size = {_LONGEST}"
            return f"SELECT * FROM read_json({path}, {options})"
        case _:
            if source.form != LINES or source.columns is None:
                raise UnreadableError(f'"{source.form}" is no form of samples that this version knows')
            return batches(source.path, source.columns)
