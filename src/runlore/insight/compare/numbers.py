"""Two arrays, a piece at a time: equal bytes are passed over, the others are compared as numbers."""

from typing import BinaryIO

from runlore.insight.compare.content import UnreadableError, read_exactly
from runlore.insight.compare.dtype import Dtype, Field, numbers, product
from runlore.insight.compare.look import Look
from runlore.insight.compare.nodes import Array

_PIECE = 256 << 10
_ENOUGH = 4_000_000
"""Numbers that were seen to differ; if that is too much already, the rest is not counted."""


def compare_arrays(a: Array, b: Array, look: Look, place: str) -> None:
    """Write into ``look`` how the arrays differ; raises `UnreadableError` where one is not all there."""
    total = product(a.shape)
    for each in (a, b):
        if product(each.shape) * each.dtype.size > each.content.size - each.offset:
            raise UnreadableError("an array is cut short")
    if a.shape != b.shape:
        look.differ(place, f"shapes {_shape(a)} and {_shape(b)}")
    elif a.dtype.text != b.dtype.text:
        look.differ(place, f"types {a.dtype.text[:80]} and {b.dtype.text[:80]}")
    elif a.fortran != b.fortran and sum(length > 1 for length in a.shape) > 1:
        look.differ(place, "one lies in memory row by row, the other column by column")
    elif total and a.dtype.size:
        with a.content.open() as x, b.content.open() as y:
            x.seek(a.offset)
            y.seek(b.offset)
            _Items(x, y, a.dtype, look, place).compare(total)


def _shape(array: Array) -> str:
    return "x".join(map(str, array.shape)) or "of one number"


class _Items:
    """The items of two arrays of one type and shape."""

    def __init__(self, a: BinaryIO, b: BinaryIO, dtype: Dtype, look: Look, place: str) -> None:
        self._a, self._b, self._dtype, self._look, self._place = a, b, dtype, look, place
        self._opaque = 0

    def compare(self, total: int) -> None:
        size = self._dtype.size
        each = max(1, _PIECE // size)
        done = 0
        while done < total:
            count = min(each, total - done)
            x, y = read_exactly(self._a, count * size), read_exactly(self._b, count * size)
            self._piece(x, y, self._dtype, self._place)
            done += count
            if self._look.outside and self._look.unequal + self._opaque > _ENOUGH:
                self._look.cut = done < total
                break
        if self._opaque:
            self._look.differ(self._place, f"{self._opaque:,} of {total:,} items differ")

    def _piece(self, x: bytes, y: bytes, dtype: Dtype, place: str) -> None:
        if dtype.fields:
            for field in dtype.fields:
                left, right = _column(x, field, dtype.size), _column(y, field, dtype.size)
                self._piece(left, right, field.dtype, f"{place}[{field.name}]")
        elif not dtype.code:
            if x != y:
                size = dtype.size
                self._opaque += sum(x[at : at + size] != y[at : at + size] for at in range(0, len(x), size))
        elif x == y:
            self._look.numbers += len(x) // _width(dtype)
        else:
            self._numbers(x, y, dtype, place)

    def _numbers(self, x: bytes, y: bytes, dtype: Dtype, place: str) -> None:
        left, right = numbers(x, dtype), numbers(y, dtype)
        self._look.numbers += len(left)
        pairs = zip(left, right, strict=True)
        self._look.pairs(place, [(p, q) for p, q in pairs if p != q and (p == p or q == q)])  # noqa: PLR0124 - two NaN


def _width(dtype: Dtype) -> int:
    """Bytes of one number."""
    return {"e": 2, "bfloat": 2, "f": 4, "d": 8, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4}.get(dtype.code, 8)


def _column(data: bytes, field: Field, size: int) -> bytes:
    """The bytes of one field of all records, which have ``size`` bytes each."""
    found = bytearray(len(data) // size * field.dtype.size)
    for byte in range(field.dtype.size):
        found[byte :: field.dtype.size] = data[field.offset + byte :: size]
    return bytes(found)
