"""The storages of torch's tensors, by what pickles say of them."""

from collections.abc import Mapping

from runlore.insight.compare.content import Content, UnreadableError
from runlore.insight.compare.dtype import BFLOAT, Dtype, of_code
from runlore.insight.compare.nodes import Array, Name, Stored

_DTYPES: Mapping[str, Dtype] = {
    "DoubleStorage": of_code("float64", "d", 8),
    "FloatStorage": of_code("float32", "f", 4),
    "HalfStorage": of_code("float16", "e", 2),
    "BFloat16Storage": of_code("bfloat16", BFLOAT, 2),
    "LongStorage": of_code("int64", "q", 8),
    "IntStorage": of_code("int32", "i", 4),
    "ShortStorage": of_code("int16", "h", 2),
    "CharStorage": of_code("int8", "b", 1),
    "ByteStorage": of_code("uint8", "B", 1),
    "ComplexDoubleStorage": of_code("complex128", "d", 8),
    "ComplexFloatStorage": of_code("complex64", "f", 4),
}


def storage_key(key: object) -> str | None:
    """The name of the storage that a pickle means by this, ``None`` if it means something else."""
    match key:
        case ("storage", Name(), str() as name, *_):
            return name
    return None


def storage_size(stored: Stored, count: int) -> int:
    """The bytes of ``count`` of its items; raises `UnreadableError` if their size is not known."""
    dtype = _DTYPES.get(_kind(stored))
    if dtype is None:
        raise UnreadableError("a tensor is of a type that is not known")
    return count * dtype.size


def find(stored: Stored, content: Content, *, big: bool = False) -> None:
    """Say where the bytes of a storage are; compared byte by byte if their type is not known."""
    kind = _kind(stored)
    dtype = _DTYPES.get(kind, of_code(kind, "", 1))._replace(big=big)
    stored.array = Array(dtype, (content.size // dtype.size,), fortran=False, content=content, offset=0)


def _kind(stored: Stored) -> str:
    match stored.key:
        case ("storage", Name(_, kind), *_):
            return kind
    raise UnreadableError("it names what lies elsewhere")
