"""What lies in a store and nobody needs: loose blobs, packs, and parts of packs."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records.hashing import is_id
from runlore.store import loose
from runlore.store.bulk import read_objects
from runlore.store.layout import Layout
from runlore.store.pack import PackWriter, Place, Row, is_pack_name, read_table

_WORTH_PART, _WORTH = 0.25, 1 << 20
"""The part of a pack, or the bytes, for which it is written anew."""
_MOST = 256 << 20
"""Bytes of objects in a pack that is made of others."""


class OldPack(NamedTuple):
    """A pack with garbage: its name, bytes in all, what of it is garbage, and what is not."""

    name: str
    size: int
    garbage: tuple[Place, ...]
    wanted: tuple[Place, ...]


class Garbage(NamedTuple):
    """Loose blobs with their sizes, and packs that are to go."""

    loose: dict[bytes, int]
    packs: list[OldPack]

    def sizes(self) -> Iterator[tuple[bytes, int]]:
        """Each object, and its bytes."""
        yield from self.loose.items()
        for each in self.packs:
            yield from ((place.digest, place.length) for place in each.garbage)


def look(layout: Layout, live: Mapping[bytes, str], doomed: Mapping[bytes, str], young: int) -> Garbage:
    """What is neither ``live`` nor, unless a run that goes has it (``doomed``), changed after ``young``.

    A pack of which little is garbage stays as it is, unless something in it is doomed.
    """
    found = {
        digest: size
        for digest, size, changed in _loose(layout)
        if digest not in live and (digest in doomed or changed < young)
    }
    names = sorted(filter(is_pack_name, os.listdir(layout.packs)))
    packs = [old for name in names if (old := _pack(f"{layout.packs}/{name}", live, doomed, young)) is not None]
    return Garbage(found, packs)


def _loose(layout: Layout) -> Iterator[tuple[bytes, int, int]]:
    """Id, bytes and time of change (nanoseconds) of each loose blob."""
    for folder in os.listdir(layout.objects):
        path = f"{layout.objects}/{folder}"
        if not is_id(folder + "0" * 62) or os.path.islink(path) or not os.path.isdir(path):
            continue
        with os.scandir(path) as entries:
            for each in entries:
                if is_id(folder + each.name):
                    about = each.stat(follow_symlinks=False)
                    if stat.S_ISREG(about.st_mode):
                        yield bytes.fromhex(folder + each.name), about.st_size, about.st_mtime_ns


def _pack(path: str, live: Mapping[bytes, str], doomed: Mapping[bytes, str], young: int) -> OldPack | None:
    """A pack that is to go; one that cannot be read is left to `fsck`."""
    try:
        places = read_table(path)
        about = os.stat(path)
    except (CorruptError, OSError):
        return None
    is_young = about.st_mtime_ns >= young
    garbage = tuple([each for each in places if each.digest not in live and (each.digest in doomed or not is_young)])
    if not garbage:
        return None
    found = set(garbage)
    wanted = tuple([each for each in places if each not in found])
    size = sum(each.length for each in garbage)
    worth = size >= _WORTH or size >= about.st_size * _WORTH_PART
    if wanted and not worth and not any(each.digest in doomed for each in garbage):
        return None
    return OldPack(os.path.basename(path), about.st_size, garbage, wanted)


class Rewritten(NamedTuple):
    """New packs with where everything lies in each; and of old packs that can go, which new one has their rest.

    Old packs that are in neither stay: something in them is damaged, or there is no room.
    """

    packs: dict[str, list[Row]]
    replaced: dict[str, str]


def rewrite(layout: Layout, packs: Iterable[OldPack]) -> Rewritten:
    """Write what is wanted of these packs into new ones, durable on return."""
    made = Rewritten({}, {})
    some: list[OldPack] = []
    size = 0
    for old in packs:
        if some and size + _wanted_bytes(old) > _MOST:
            _write(layout, some, made)
            some, size = [], 0
        some.append(old)
        size += _wanted_bytes(old)
    if some:
        _write(layout, some, made)
    return made


def _wanted_bytes(old: OldPack) -> int:
    return sum(each.length for each in old.wanted)


def _write(layout: Layout, some: Iterable[OldPack], made: Rewritten) -> None:
    """One new pack of the rest of these. Where there is no room for it, all of them stay."""
    added: set[bytes] = set()
    with contextlib.suppress(OSError), contextlib.ExitStack() as undo:
        writer = PackWriter(layout.tmp, layout.packs)
        undo.callback(writer.discard)
        whole = [old.name for old in some if _copy(layout, old, writer, added)]
        if whole:
            name, rows = writer.finish()
            made.packs[name] = rows
            made.replaced.update(dict.fromkeys(whole, name))


def _copy(layout: Layout, old: OldPack, writer: PackWriter, added: set[bytes]) -> bool:
    """Whether all that is wanted of a pack could be added to the new one."""
    count = 0
    for kind in {each.kind for each in old.wanted}:
        places = [(old.name, each.offset, each.length, each.digest) for each in old.wanted if each.kind == kind]
        for digest, data in read_objects(layout.packs, places, kind):
            count += 1
            if digest not in added:
                added.add(digest)
                writer.add(kind, digest, data)
    return count == len(old.wanted)


def path_of(layout: Layout, digest: bytes) -> str:
    """Where a loose blob lies."""
    return loose.path_of(layout.objects, digest)
