"""What ``torch.save`` writes since version 1.6: a zip with a pickle that names storages, and the storages."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.insight.compare.content import Content, UnreadableError, first_difference
from runlore.insight.compare.look import Look
from runlore.insight.compare.pickles.pickle import Reading, describe
from runlore.insight.compare.pickles.storages import find
from runlore.insight.compare.values import compare_values

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
    compare_values(_describe(a), _describe(b), look, place)
    x, y = a.beside(), b.beside()
    for name in sorted({**x, **y}):
        if name not in x or name not in y:
            look.differ(place, f"{name} is only in the {'first' if name in x else 'second'}")
        elif first_difference(x[name], y[name]) is not None:
            look.differ(place, f"{name} differs")


def _describe(file: Checkpoint) -> object:
    """What the pickle describes, with the storages that it names."""
    reading = Reading()
    value = describe(file.members[file.root + _PICKLE], reading)
    big = file.order() == b"big"
    for key, stored in reading.storages.items():
        find(stored, file.storage(key), big=big)
    return value
