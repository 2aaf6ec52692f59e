"""The batches that `capture.samples.collect` writes, as a table of DuckDB, and as Parquet."""

from collections.abc import Mapping, Sequence

from runlore.insight.samples.duck import Database, identifier, literal
from runlore.records.samples import BOOLEAN, INTEGER, INTEGERS, NUMBER, NUMBERS, SPLIT, TABLE, TEXT, TEXTS

_SQL = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "BIGINT",
    NUMBER: "DOUBLE",
    TEXT: "VARCHAR",
    INTEGERS: "BIGINT[]",
    NUMBERS: "DOUBLE[]",
    TEXTS: "VARCHAR[]",
    TABLE: "MAP(VARCHAR, DOUBLE)",
}
_LONGEST = 64 << 20
"""Bytes of a line: entries of the journal are shorter."""


def batches(path: str, columns: Sequence[Mapping[str, str]]) -> str:
    """The query whose answer are the rows of these batches, in order: one column for each, and the split."""
    parts = ", ".join(f"{identifier(each['name'])} {_SQL[each['type']]}[]" for each in columns)
    kinds = f"{{'{SPLIT}': 'VARCHAR', 'columns': {literal(f'STRUCT({parts})')}}}"
    read = f"read_json({literal(path)}, format = 'newline_delimited', compression = 'gzip', columns = {kinds}"
    names = ", ".join(f"unnest(columns.{identifier(each['name'])}) AS {identifier(each['name'])}" for each in columns)
    return f"SELECT {names}, {SPLIT} FROM {read}, maximum_object_size = {_LONGEST})"


def to_parquet(database: Database, path: str, columns: Sequence[Mapping[str, str]], target: str) -> None:
    """Write the rows of these batches to the file ``target``; raises `UnreadableError`."""
    database.run(f"COPY ({batches(path, columns)}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)")
