"""What ``torch.save`` writes since version 1.6: a zip with a pickle that names storages, and the storages."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.insight.compare.content import Content, UnreadableError, first_difference
from runlore.insight.compare.dtype import BFLOAT, Dtype, of_code
from runlore.insight.compare.look import Look
from runlore.insight.compare.nodes import Array, Name
from runlore.insight.compare.numbers import compare_arrays
from runlore.insight.compare.pickles.pickle import describe
from runlore.insight.compare.values import Storages, compare_values

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
_PICKLE = "data.pkl"
_CODE = ("code/", "constants", "extra/")
"""What TorchScript keeps beside the pickle; ``.data`` and ``version`` say nothing of the content."""


class Checkpoint(NamedTuple):
    """The members of one of torch's files, and the folder in which all of them lie, with its slash."""

    members: Mapping[str, Content]
    root: str

    def order(self) -> bytes:
        """Which byte of a number comes first."""
        found = self.members.get(self.root + "byteorder")
        if found is None:
            return b"little"
        with found.open() as file:
            return file.read(16)

    def beside(self) -> dict[str, Content]:
        """Code and constants."""
        return {
            name.removeprefix(self.root): content
            for name, content in self.members.items()
            if name.startswith(tuple(self.root + each for each in _CODE)) and not name.endswith(".debug_pkl")
        }

    def storage(self, key: str) -> Content:
        """The bytes of a tensor; raises `UnreadableError` if they are missing."""
        found = self.members.get(f"{self.root}data/{key}")
        if found is None:
            raise UnreadableError("a tensor is missing")
        return found


def checkpoint(members: Mapping[str, Content]) -> Checkpoint | None:
    """What a zip with these members is, if it is torch's. Its folder has the name that the file had when saved."""
    root = next(iter(members), "").partition("/")[0] + "/"
    return Checkpoint(members, root) if root + _PICKLE in members and root + "version" in members else None


def compare_checkpoints(a: Checkpoint, b: Checkpoint, look: Look, place: str) -> None:
    """Write into ``look`` how the tensors differ, and all that is saved with them; not on which device they were."""
    if a.order() != b.order():
        look.differ(place, "the bytes of numbers are in another order")
        return
    left, right = (describe(each.members[each.root + _PICKLE]) for each in (a, b))
    compare_values(left, right, look, place, _Tensors(a, b))
    x, y = a.beside(), b.beside()
    for name in sorted({**x, **y}):
        if name not in x or name not in y:
            look.differ(place, f"{name} is only in the {'first' if name in x else 'second'}")
        elif first_difference(x[name], y[name]) is not None:
            look.differ(place, f"{name} differs")


class _Tensors(Storages):
    """The storages of two files."""

    def __init__(self, a: Checkpoint, b: Checkpoint) -> None:
        self._a, self._b = a, b
        self._big = a.order() == b"big"
        self._compared: set[tuple[str, str]] = set()

    def compare(self, a: object, b: object, look: Look, place: str) -> None:
        """Write into ``look`` how two storages differ, each pair once; raises `UnreadableError`."""
        match a, b:
            case (
                ("storage", Name(_, kind), str() as first, _, int() as length),
                ("storage", Name(_, other), str() as second, _, int() as count),
            ):
                if kind != other or length != count:
                    look.differ(place, f"storages of {length:,} {kind} and {count:,} {other}")
                elif (first, second) not in self._compared:
                    self._compared.add((first, second))
                    left, right = self._a.storage(first), self._b.storage(second)
                    compare_arrays(self._array(left, kind), self._array(right, kind), look, place)
            case _:
                raise UnreadableError("it names what lies elsewhere")

    def _array(self, content: Content, kind: str) -> Array:
        dtype = _DTYPES.get(kind, of_code("bytes", "", 1))._replace(big=self._big)
        return Array(dtype, (content.size // dtype.size,), fortran=False, content=content, offset=0)
