"""What the bytes of an array mean: NumPy's type descriptions, and the numbers in them."""

import re
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runlore.insight.compare.content import UnreadableError

_TEXT = re.compile(r"([<>|=]?)([biufcSUVMm?])(\d{0,9})(\[[\w ]{1,20}\])?")
_CODES = {
    **{f"i{1 << power}": code for power, code in enumerate("bhiq")},
    **{f"u{1 << power}": code for power, code in enumerate("BHIQ")},
    "f2": "e",
    "f4": "f",
    "f8": "d",
    "c8": "f",
    "c16": "d",
}
"""Those of `array`, which has them in these sizes wherever Python runs; ``e`` is `struct`'s half."""
BFLOAT = "bfloat"
_WIDTHS = {"b": 1, "?": 1, "S": 1, "U": 4, "V": 1}
_MAX_FIELDS = 1000
MAX_ITEM = 1 << 20


class Field(NamedTuple):
    """A part of a record."""

    name: str
    offset: int
    dtype: "Dtype"


class Dtype(NamedTuple):
    """The type of an array's items: ``size`` bytes each.

    ``code`` says which numbers they are, and is empty where they are compared byte by byte: text, times, truth.
    """

    text: str
    size: int
    code: str = ""
    big: bool = False
    fields: tuple[Field, ...] = ()


def from_text(text: str) -> Dtype:
    """The type that NumPy calls by this name (``<f4``, ``|b1``, ``<M8[ns]``); raises `UnreadableError`."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise UnreadableError(f'its numbers are of the type "{text[:40]}", which is not known')
    order, kind, digits, unit = match.groups()
    number = int(digits or (8 if kind in "Mm" else 1))
    if kind in "biufcMm?" and not digits and kind not in "b?Mm":
        raise UnreadableError("a type has no size")
    size = number * _WIDTHS.get(kind, 1)
    big = order == ">" or (order in {"", "="} and sys.byteorder == "big")
    if not 0 <= size <= MAX_ITEM or (kind in "Mm" and size != 8):  # noqa: PLR2004 - 64 bits
        raise UnreadableError("a type has an impossible size")
    sign = "" if size == 1 or kind in "SV" else (">" if big else "<")
    return Dtype(f"{sign}{kind}{number}{unit or ''}", size, _CODES.get(f"{kind}{number}", ""), big)


def of_code(text: str, code: str, size: int) -> Dtype:
    """A little-endian type by another library's name for it."""
    return Dtype(text, size, code)


def record(fields: Sequence[tuple[str, int, Dtype]], size: int) -> Dtype:
    """Records of ``size`` bytes with these fields; what lies between them says nothing."""
    if len(fields) > _MAX_FIELDS or not 0 < size <= MAX_ITEM:
        raise UnreadableError("a record has an impossible size")
    for _, offset, dtype in fields:
        if offset < 0 or offset + dtype.size > size:
            raise UnreadableError("a field lies outside its record")
    text = ",".join(f"{name}:{dtype.text}@{offset}" for name, offset, dtype in fields)
    return Dtype(text, size, fields=tuple(Field(*each) for each in fields))


def repeated(dtype: Dtype, count: int) -> Dtype:
    """``count`` items side by side as one."""
    if not 0 < count * dtype.size <= MAX_ITEM or dtype.fields:
        raise UnreadableError("a record holds what is not known")
    return dtype._replace(text=f"{count}*{dtype.text}", size=count * dtype.size)


def numbers(data: bytes, dtype: Dtype) -> Sequence[float]:
    """The numbers in whole items of a type that has a ``code``; of complex ones both parts."""
    if dtype.code == "e":
        return struct.unpack(f"{'>' if dtype.big else '<'}{len(data) // 2}e", data)
    code = dtype.code
    if code == BFLOAT:  # the upper half of a 32-bit number
        wide = bytearray(2 * len(data))
        wide[2::4], wide[3::4] = data[::2], data[1::2]
        data, code = bytes(wide), "f"
    found = array(code)
    found.frombytes(data)
    if dtype.big != (sys.byteorder == "big"):
        found.byteswap()
    return found


def from_description(described: object) -> Dtype:
    """The type from an ``.npy`` header: a name, or a list of fields; raises `UnreadableError`."""
    if isinstance(described, str):
        return from_text(described)
    if not isinstance(described, list):
        raise UnreadableError("a type is not known")
    fields: list[tuple[str, int, Dtype]] = []
    size = 0
    for each in described:
        if not isinstance(each, tuple) or len(each) not in (2, 3) or not isinstance(each[0], str | tuple):
            raise UnreadableError("a field is not known")
        dtype = from_description(each[1])
        for length in each[2] if len(each) == 3 and isinstance(each[2], tuple) else ():  # noqa: PLR2004 - its shape
            dtype = repeated(dtype, count(length))
        if each[0] != "":  # which NumPy writes for the space between fields
            fields.append((str(each[0]), size, dtype))
        size += dtype.size
    return record(fields, size)


def count(value: object) -> int:
    """A size from a file; raises `UnreadableError` for what is none."""
    if not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise UnreadableError("a size is impossible")
    return value


def product(shape: Sequence[object]) -> int:
    """How many items an array of this shape has; raises `UnreadableError` for no shape."""
    total = 1
    if len(shape) > 64:  # noqa: PLR2004 - NumPy's own limit
        raise UnreadableError("it has too many dimensions")
    for each in shape:
        total *= count(each)
    return total


SAFETENSORS: Mapping[str, Dtype] = {
    "F64": of_code("F64", "d", 8),
    "F32": of_code("F32", "f", 4),
    "F16": of_code("F16", "e", 2),
    "BF16": of_code("BF16", BFLOAT, 2),
    "I64": of_code("I64", "q", 8),
    "I32": of_code("I32", "i", 4),
    "I16": of_code("I16", "h", 2),
    "I8": of_code("I8", "b", 1),
    "U64": of_code("U64", "Q", 8),
    "U32": of_code("U32", "I", 4),
    "U16": of_code("U16", "H", 2),
    "U8": of_code("U8", "B", 1),
    "BOOL": of_code("BOOL", "", 1),
    "C64": of_code("C64", "f", 8),
}
"""Other types are compared byte by byte."""
