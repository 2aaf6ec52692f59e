"""The table of samples that the script of a run told of, as its seal names it."""

from collections.abc import Mapping

from runlore.records.shapes import Shape, array, characters, count, identifier, one_of, structure

PARQUET, LINES = "parquet", "jsonl.gz"
"""Forms of the blob: Parquet, or the batches as the script gave them, lines of JSON in a gzip stream."""
BOOLEAN, INTEGER, NUMBER, TEXT = "boolean", "integer", "number", "text"
INTEGERS, NUMBERS, TEXTS, TABLE = "integers", "numbers", "texts", "table"
TYPES = (BOOLEAN, INTEGER, NUMBER, TEXT, INTEGERS, NUMBERS, TEXTS, TABLE)
"""Of a column: what one value is; ``table`` maps text to numbers."""
SPLIT = "split"
"""The column that says to which part of the data a sample belongs; it is there whether or not a script named any."""

_COLUMN: Mapping[str, Shape] = {"name": characters, "type": one_of(*TYPES)}
_TABLE: Mapping[str, Shape] = {
    "oid": identifier,
    **dict.fromkeys(("rows", "size"), count),
    "columns": array(structure(_COLUMN, needed=tuple(_COLUMN))),
    "splits": array(characters),
    "format": one_of(PARQUET, LINES),
}
TABLE_SHAPE: Shape = structure(_TABLE, needed=tuple(_TABLE))
"""``{"oid", "rows", "size", "columns": [{"name", "type"}], "splits", "format"}``; the size is that of the blob."""
