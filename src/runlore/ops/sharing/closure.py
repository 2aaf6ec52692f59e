"""Which objects runs need, and which of those a remote lacks."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.ops.counted import Progress
from runlore.records import tree
from runlore.store.pack import BLOB, RECORD, TREE
from runlore.store.reach import DATA, Named
from runlore.store.remote.known import Known
from runlore.store.store import Store

Key = tuple[bytes, bytes]
"""Kind and id of an object."""


class Asked(NamedTuple):
    """An object that is needed: its bytes (0 of a tree), the part of a run it belongs to, whether it may be absent."""

    size: int
    part: str
    excused: bool


class Need(NamedTuple):
    """Objects to send; what should be here and is not, with the reason; and what need not be sent, by its bytes."""

    objects: dict[Key, Asked]
    lacking: dict[Key, str]
    kept: dict[Key, int]

    @property
    def bytes(self) -> int:
        """Bytes of all objects to send."""
        return sum(each.size for each in self.objects.values())

    @property
    def parts(self) -> dict[str, int]:
        """Bytes by part."""
        found: dict[str, int] = {}
        for each in self.objects.values():
            found[each.part] = found.get(each.part, 0) + each.size
        return found


def to_send(  # noqa: PLR0913 - what is here and there, and what decides
    store: Store,
    known: Known,
    roots: Iterable[Named],
    excepted: set[bytes],
    progress: Progress,
    *,
    data: bool,
    is_kept: Callable[[bytes], bool] = lambda _: False,
) -> Need:
    """What of these objects, and of all below them, the remote does not have; without ``data`` no bytes of input data.

    Nor those of which ``is_kept`` says, by their ids, that others can get them elsewhere.

    That the remote has a tree says nothing of what is below it: a push may have been cut after it had sent the tree,
    and data may have been left out. So every tree is looked into, once.
    """
    need = Need({}, {}, {})
    level: dict[Key, Asked] = {}
    ask(level, roots, excepted)
    seen = set(level)
    looked = 0
    while level:
        there = known.present(level)
        below: dict[Key, Asked] = {}
        for key, asked in level.items():
            if key[0] == BLOB:
                if key in there or (asked.part == DATA and not data):
                    continue
                if asked.part == DATA and is_kept(key[1]):
                    need.kept[key] = asked.size
                else:
                    need.objects[key] = asked
            else:
                _look_into(store, key, asked, need, below)
                looked += 1
                progress("looking into folders", looked, 0)
                if key in there:
                    need.objects.pop(key, None)
                    need.lacking.pop(key, None)
        level = {key: asked for key, asked in below.items() if key not in seen}
        seen.update(level)
    _drop_absent(store, need)
    return need


def ask(found: dict[Key, Asked], named: Iterable[Named], excepted: set[bytes]) -> None:
    """Add what runs name themselves. What is code to one and data to another is not left out as data."""
    for each in named:
        digest = bytes.fromhex(each.oid)
        key = (each.kind, digest)
        if each.kind != RECORD and (key not in found or (found[key].part == DATA != each.part)):
            found[key] = Asked(each.size if each.kind == BLOB else 0, each.part, digest in excepted)


def _look_into(store: Store, key: Key, asked: Asked, need: Need, below: dict[Key, Asked]) -> None:
    try:
        entries = store.objects.tree(key[1])
    except CorruptError as error:
        need.lacking[key] = error.message
        return
    need.objects[key] = asked
    for entry in entries:
        if entry.kind == tree.FOLDER:
            below.setdefault((TREE, entry.digest), asked)
        else:
            below.setdefault((BLOB, entry.digest), Asked(entry.size, asked.part, asked.excused))


def _drop_absent(store: Store, need: Need) -> None:
    """Leave out the blobs that are not here; those that nothing excuses are lacking."""
    for digest in store.objects.absent_blobs([digest for kind, digest in need.objects if kind == BLOB]):
        if not need.objects.pop((BLOB, digest)).excused:
            need.lacking[BLOB, digest] = f"blob {digest.hex()} is not in the store"
