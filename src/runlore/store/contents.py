"""Check the objects of a store: that each pack and loose blob holds what its name says. Writes nothing."""

import os
from collections import Counter
from collections.abc import Callable, Iterator

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.canonical import decode, encode
from runlore.records.environment import decode_environment
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import is_id
from runlore.records.run import decode_recipe
from runlore.store.layout import Layout
from runlore.store.loose import hash_file
from runlore.store.pack import BLOB, DIGESTS, RECORD, TREE, Place, is_pack_name, name_of, read_table
from runlore.store.problem import AGAIN, AWAY, ERROR, PACK_AWAY, Problem, malformed, unreadable
from runlore.store.reading import open_plain

_PREFIX = 2
"""Digits of an id that name the folder of a loose blob."""
_DECODERS: dict[str, Callable[[bytes], object]] = {
    "recipe": decode_recipe,
    "environment": decode_environment,
}


class Contents:
    """One look at every object. Afterwards it knows which are here."""

    def __init__(self, layout: Layout, checked: Counter[str], on_file: Callable[[int], None], *, quick: bool) -> None:
        """As `Fsck`; counts packs and objects in ``checked``."""
        self._layout = layout
        self._checked = checked
        self._on_file = on_file
        self._quick = quick
        self._objects: dict[tuple[bytes, bytes], tuple[str, Place] | None] = {}

    def __contains__(self, what: tuple[bytes, bytes]) -> bool:
        """Whether there is an object of this kind and id."""
        return what in self._objects

    def load(self, kind: bytes, digest: bytes) -> bytes | None:
        """The bytes of a packed object that is whole."""
        found = self._objects.get((kind, digest))
        if found is None:
            return None
        name, place = found
        try:
            with open(open_plain(f"{self._layout.packs}/{name}"), "rb", buffering=0) as file:
                data = os.pread(file.fileno(), place.length, place.offset)
        except OSError:
            return None
        return data if DIGESTS[kind](data) == digest else None

    def check(self) -> Iterator[Problem]:
        """Every problem with an object."""
        for folder in names(self._layout.objects):
            path = f"objects/{folder}"
            if not is_folder(f"{self._layout.root}/{path}"):
                yield Problem("object-misplaced", ERROR, path, "no blob can have this name", AWAY)
                continue
            try:
                yield from self._loose(folder)
            except OSError as error:
                yield unreadable(path, error)
        for name in names(self._layout.packs):
            path = f"packs/{name}"
            if not is_pack_name(name):
                yield Problem("object-misplaced", ERROR, path, "no pack can have this name", AWAY)
                continue
            self._checked["packs"] += 1
            try:
                yield from self._pack(name, path)
            except CorruptError:
                yield Problem("pack-corrupt", ERROR, path, "not a whole pack", PACK_AWAY)
            except OSError as error:
                yield unreadable(path, error)

    def _loose(self, folder: str) -> Iterator[Problem]:
        for name in names(f"{self._layout.objects}/{folder}"):
            path = f"objects/{folder}/{name}"
            if not is_id(folder + name) or len(folder) != _PREFIX:
                yield Problem("object-misplaced", ERROR, path, "no blob can have this name", AWAY)
                continue
            digest = bytes.fromhex(folder + name)
            self._checked["objects"] += 1
            try:
                whole = self._loose_is_whole(path, digest)
                self._objects[BLOB, digest] = None
                if not whole:
                    yield Problem("object-corrupt", ERROR, path, "the bytes are not those of its name", AGAIN)
            except OSError as error:
                yield unreadable(path, error)

    def _loose_is_whole(self, path: str, digest: bytes) -> bool:
        file = open_plain(f"{self._layout.root}/{path}")
        try:
            if self._quick:
                return True
            found, size = hash_file(file)
        finally:
            os.close(file)
        self._on_file(size)
        return found == digest

    def _pack(self, name: str, path: str) -> Iterator[Problem]:
        places = read_table(f"{self._layout.packs}/{name}")
        with open(open_plain(f"{self._layout.packs}/{name}"), "rb", buffering=0) as file:
            if name_of(places) != name:
                yield Problem("pack-corrupt", ERROR, path, "the objects are not those of its name", PACK_AWAY)
            if not self._quick:
                self._on_file(os.fstat(file.fileno()).st_size)
            for place in places:
                self._objects[place.kind, place.digest] = (name, place)
                self._checked["objects"] += 1
                if self._quick and place.kind == BLOB:
                    continue
                if problem := _packed(path, place, os.pread(file.fileno(), place.length, place.offset)):
                    yield problem


def _packed(path: str, place: Place, data: bytes) -> Problem | None:
    """What is wrong with an object of a pack."""
    name = place.digest.hex()
    if DIGESTS[place.kind](data) != place.digest:
        return Problem("pack-object-corrupt", ERROR, path, f"object {name} is damaged", PACK_AWAY)
    if place.kind == TREE and (why := _malformed_tree(data)):
        return Problem("tree-malformed", ERROR, path, f"tree {name}: {why}", PACK_AWAY)
    return _record(path, name, data) if place.kind == RECORD else None


def _malformed_tree(data: bytes) -> str | None:
    try:
        tree.decode(data)
    except tree.MalformedTreeError as error:
        return str(error)
    return None


def _record(path: str, name: str, data: bytes) -> Problem | None:
    """What is wrong with a record in a pack; a kind of record that this version does not know is not wrong."""
    try:
        kind, _, _ = _schema_of(data).partition("/")
        if kind in _DECODERS:
            _DECODERS[kind](data)
    except MalformedRecordError as error:
        return malformed(path, type(error)(f"record {name}: {error}"), PACK_AWAY)
    return None


def _schema_of(data: bytes) -> str:
    """What a record says that it is; raises `MalformedRecordError` for what is no record."""
    try:
        value = decode(data)
        canonical = encode(value) == data
    except RecursionError as error:
        raise MalformedRecordError("it is nested too deep") from error
    except ValueError as error:
        raise MalformedRecordError("it is not JSON") from error
    if not isinstance(value, dict) or not isinstance(value.get("schema"), str):
        raise MalformedRecordError("it does not say which kind of record it is")
    if not canonical:
        raise MalformedRecordError("it is not written in canonical form")
    schema: str = value["schema"]
    return schema


def names(folder: str) -> list[str]:
    """What is in a folder, sorted; nothing if it is not there."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_folder(path: str) -> bool:
    """Whether a folder is there, and no link to one."""
    return os.path.isdir(path) and not os.path.islink(path)
