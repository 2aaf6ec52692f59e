"""Parquet by value, where pyarrow is installed. The only door to pyarrow."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from runlore.insight.compare.content import Content, UnreadableError
from runlore.insight.compare.look import Budget, Look, below
from runlore.insight.compare.unpacked import steady
from runlore.insight.compare.values import compare_values

_ROWS = 16_384
_MAX_GROUP_ROWS, _MAX_GROUP_BYTES = 1 << 22, 1 << 30
"""pyarrow unpacks a group of rows as a whole."""


def compare_parquet(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how the columns differ, by name and row; not how the rows are grouped and packed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - need not be installed, and takes its time
        from pyarrow import parquet  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise UnreadableError("pip install runlore[parquet] would compare the values") from error
    try:
        with steady(a, look.budget).open() as left, steady(b, look.budget).open() as right:
            _Tables(pa, look, place).compare(_open(parquet, left), _open(parquet, right))
    except pa.ArrowException as error:
        raise UnreadableError(str(error)) from error


def parquet_rows(content: Content) -> Iterator[list[str]]:
    """The names of the columns, then each row as texts; raises `UnreadableError`, also without pyarrow."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - need not be installed, and takes its time
        from pyarrow import parquet  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise UnreadableError("pip install runlore[parquet] would compare the rows") from error
    try:
        with Budget(content.size) as budget, steady(content, budget).open() as file:
            opened = _open(parquet, file)
            yield list(opened.schema_arrow.names)
            for batch in opened.iter_batches(batch_size=_ROWS, use_threads=False):
                columns = [[_text(value) for value in column.to_pylist()] for column in batch.columns]
                yield from map(list, zip(*columns, strict=True))
    except pa.ArrowException as error:
        raise UnreadableError(str(error)) from error


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _open(parquet: Any, file: BinaryIO) -> Any:  # noqa: ANN401 - pyarrow comes late, and has no types
    found = parquet.ParquetFile(file)
    for index in range(found.metadata.num_row_groups):
        group = found.metadata.row_group(index)
        if group.num_rows > _MAX_GROUP_ROWS or group.total_byte_size > _MAX_GROUP_BYTES:
            raise UnreadableError("a group of rows is too large")
    return found


class _Tables:
    """Two tables, some rows at a time."""

    def __init__(self, arrow: Any, look: Look, place: str) -> None:  # noqa: ANN401 - as above
        self._arrow, self._look, self._place = arrow, look, place

    def compare(self, x: Any, y: Any) -> None:  # noqa: ANN401 - as above
        types = [[(field.name, str(field.type)) for field in each.schema_arrow] for each in (x, y)]
        rows = [each.metadata.num_rows for each in (x, y)]
        if types[0] != types[1]:
            names = ", ".join(f"{name} ({kind})" for name, kind in sorted(set(types[0]) ^ set(types[1])))
            self._look.differ(self._place, f"other columns: {names[:200]}" if names else "columns in another order")
        elif rows[0] != rows[1]:
            self._look.differ(self._place, f"{rows[0]:,} and {rows[1]:,} rows")
        else:
            for left, right in zip(self._pieces(x), self._pieces(y), strict=True):
                for index, (name, _) in enumerate(types[0]):
                    self._column(left.column(index), right.column(index), below(self._place, name))

    def _pieces(self, file: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
        """Tables of one length, but for the last, however the rows are grouped."""
        waiting: list[Any] = []
        have = 0
        for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
            rest = batch
            while have + len(rest) >= _ROWS:
                need = _ROWS - have
                yield self._arrow.Table.from_batches([*waiting, rest.slice(0, need)])
                rest, waiting, have = rest.slice(need), [], 0
            if len(rest):
                waiting.append(rest)
                have += len(rest)
        if waiting:
            yield self._arrow.Table.from_batches(waiting)

    def _column(self, x: Any, y: Any, place: str) -> None:  # noqa: ANN401 - as above
        types = self._arrow.types
        is_number = types.is_floating(x.type) or types.is_integer(x.type)
        if x.equals(y):
            self._look.numbers += len(x) - x.null_count if is_number else 0
            return
        left, right = x.to_pylist(), y.to_pylist()
        if not is_number:
            compare_values(left, right, self._look, place, are_data=True)
            return
        for p, q in zip(left, right, strict=True):
            if p is not None and q is not None:
                self._look.number(place, p, q)
            elif p is not q:
                self._look.differ(place, "a value is missing in one")
