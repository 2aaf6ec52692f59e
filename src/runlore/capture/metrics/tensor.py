"""The one number in a tensor as TensorFlow writes it (tensorflow/core/framework/tensor.proto)."""

import struct
from typing import NamedTuple

from runlore.capture.metrics.protobuf import fields, signed, varint

_DTYPE, _SHAPE, _CONTENT = 1, 2, 4
_DIMENSION, _SIZE = 2, 1


class _Form(NamedTuple):
    """How numbers of a type lie in ``tensor_content``, and the field that they may be in instead."""

    layout: str
    field: int


_BFLOAT16, _HALF = 14, 19
_FIXED = (5, 6)
"""The fields whose numbers are not varints."""
_FORMS = {
    1: _Form("<f", 5),
    2: _Form("<d", 6),
    3: _Form("<i", 7),
    4: _Form("<B", 7),
    5: _Form("<h", 7),
    6: _Form("<b", 7),
    9: _Form("<q", 10),
    10: _Form("<?", 11),
    _BFLOAT16: _Form("<f", 13),
    17: _Form("<H", 7),
    _HALF: _Form("<e", 13),
    22: _Form("<I", 16),
    23: _Form("<Q", 17),
}


def scalar_of(tensor: bytes) -> float | None:
    """The number in a tensor that holds one; ``None`` for any other, and for types that are no numbers.

    Raises:
        MalformedMessageError: it is no message.
    """
    dtype, elements = 0, 1
    found: dict[int, int | bytes] = {}
    for field, _, value in fields(tensor):
        if field == _DTYPE and isinstance(value, int):
            dtype = value
        elif field == _SHAPE and isinstance(value, bytes):
            elements = _elements(value)
        else:
            found[field] = value
    if elements != 1 or (form := _FORMS.get(dtype)) is None:
        return None
    if content := found.get(_CONTENT):
        return _unpacked(content, form.layout, dtype)
    typed = found.get(form.field, b"")
    if typed == b"":
        return 0.0  # a default, which the format leaves out
    if form.field in _FIXED:
        return _unpacked(typed, form.layout, dtype)
    bits = varint(typed, 0)[0] if isinstance(typed, bytes) else typed
    if dtype in {_BFLOAT16, _HALF}:
        return _unpacked(struct.pack("<H", bits & 0xFFFF), form.layout, dtype)
    return float(bits if form.layout in {"<Q", "<I"} else signed(bits))


def _unpacked(data: int | bytes, layout: str, dtype: int) -> float | None:
    if isinstance(data, int):
        return None
    if dtype == _BFLOAT16:
        data = bytes(2) + data  # the upper half of a float
    return float(struct.unpack(layout, data)[0]) if len(data) == struct.calcsize(layout) else None


def _elements(shape: bytes) -> int:
    """How many numbers a tensor of this shape has; 0 where the shape is not known."""
    count = 1
    for field, _, dimension in fields(shape):
        if field == _DIMENSION and isinstance(dimension, bytes):
            sizes = [size for number, _, size in fields(dimension) if number == _SIZE and isinstance(size, int)]
            count *= sizes[-1] if sizes else 0
    return count
