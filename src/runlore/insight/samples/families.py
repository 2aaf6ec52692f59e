"""What DuckDB's types come to: text, whole numbers, numbers, lists."""

import re
from typing import Final

from runlore.insight.samples.sources import Field

BOOLEAN, WHOLE, NUMBER, TEXT, TIME, LIST, TABLE, OTHER = (
    "boolean", "whole", "number", "text", "time", "list", "table", "other"
)  # fmt: skip
_NAMES: Final = {
    BOOLEAN: ("BOOLEAN",),
    WHOLE: ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
            "UHUGEINT"),
    NUMBER: ("FLOAT", "DOUBLE", "DECIMAL"),
    TEXT: ("VARCHAR", "UUID", "JSON", "ENUM"),
    TIME: ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIME"),
}  # fmt: skip
_FAMILIES: Final = {name: family for family, names in _NAMES.items() for name in names}
_LIST = re.compile(r"\[\d*\]$")


def family(kind: str) -> str:
    """The family of a type, as ``DESCRIBE`` names it."""
    if _LIST.search(kind):
        return LIST
    if kind.startswith(("MAP(", "STRUCT(")):
        return TABLE
    return _FAMILIES.get(kind.partition("(")[0], OTHER)


def inner(kind: str) -> str:
    """The family of the values in a list."""
    return family(_LIST.sub("", kind))


def as_text(field: Field) -> str:
    """The SQL of a column's value as text."""
    return f"CAST({field.sql} AS VARCHAR)"


def as_number(field: Field) -> str:
    """The SQL of a column's value as a number."""
    return f"CAST({field.sql} AS DOUBLE)"
