"""safetensors: a JSON table of tensors, then their bytes."""

import json

from runlore.insight.compare.content import Content, UnreadableError, read_exactly
from runlore.insight.compare.dtype import SAFETENSORS, Dtype, count, product
from runlore.insight.compare.look import Look, below
from runlore.insight.compare.nodes import Array
from runlore.insight.compare.numbers import compare_arrays
from runlore.insight.compare.values import compare_values

_MAX_HEADER = 16 << 20
_METADATA = "__metadata__"


def compare_safetensors(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how the tensors of these names differ, and the metadata."""
    x, y = _read(a), _read(b)
    compare_values(x.pop(_METADATA, None), y.pop(_METADATA, None), look, below(place, _METADATA))
    for name in sorted({**x, **y}):
        look.budget.value()
        inside = below(place, name)
        if name not in x or name not in y:
            look.differ(inside, f"only in the {'first' if name in x else 'second'}")
        else:
            compare_arrays(_array(a, x[name]), _array(b, y[name]), look, inside)


def _read(content: Content) -> dict[str, object]:
    """The table, each tensor's place in it counted from the beginning of the file."""
    with content.open() as file:
        length = int.from_bytes(read_exactly(file, 8), "little")
        if length > min(_MAX_HEADER, content.size):
            raise UnreadableError("its header is too long")
        table = json.loads(read_exactly(file, length))
    if not isinstance(table, dict):
        raise UnreadableError("its header is no table")
    for name, entry in table.items():
        if name != _METADATA and not (isinstance(entry, dict) and isinstance(entry.get("data_offsets"), list)):
            raise UnreadableError("a tensor has no place")
        if name != _METADATA:
            entry["start"] = 8 + length
    ends = [entry["data_offsets"][-1:] for name, entry in table.items() if name != _METADATA]
    if max(ends, default=[0]) != [content.size - 8 - length]:
        raise UnreadableError("its tensors are not all that it holds")
    return table


def _array(content: Content, entry: object) -> Array:
    if not isinstance(entry, dict) or len(entry["data_offsets"]) != 2:  # noqa: PLR2004 - begin and end
        raise UnreadableError("a tensor has no place")
    begin, end = (count(each) for each in entry["data_offsets"])
    shape, name = entry.get("shape"), entry.get("dtype")
    if not isinstance(shape, list) or not isinstance(name, str):
        raise UnreadableError("a tensor has no shape")
    items = product(shape)
    dtype = SAFETENSORS.get(name)
    if dtype is None:  # a type of less than a byte, or one that we do not know
        return Array(
            Dtype(f"{name} {shape}", 1), (end - begin,), fortran=False, content=content, offset=begin + entry["start"]
        )
    if end - begin != items * dtype.size:
        raise UnreadableError("a tensor has not the size that its shape says")
    return Array(dtype, tuple(shape), fortran=False, content=content, offset=begin + entry["start"])
