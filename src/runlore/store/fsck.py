"""Check everything in a store against ``docs/internals/store-format.md``. Writes nothing."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from runlore.errors import CorruptError, MlrunError
from runlore.records import tree
from runlore.records.environment import decode_environment
from runlore.records.event import decode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import is_id, record_id
from runlore.records.run import FileRef, Intent, Recipe, decode_intent, decode_recipe, decode_seal
from runlore.store import layout as layouts
from runlore.store import runs
from runlore.store.layout import Layout
from runlore.store.loose import hash_file
from runlore.store.pack import BLOB, DIGESTS, RECORD, TREE, Place, is_pack_name, read_table

ERROR, WARNING = "error", "warning"
_Wanted = tuple[str, bytes, str | None]
"""What something is to its run, its kind, and its id."""


class Problem(NamedTuple):
    """Something that is not as the format says. ``code`` is stable, ``path`` from the store's folder."""

    code: str
    severity: str
    path: str
    message: str
    hint: str | None = None


class Fsck:
    """One check of one store. `run` gives the problems as they are found; ``checked`` counts what was looked at."""

    def __init__(self, root: str, *, quick: bool = False, on_file: Callable[[int], None] | None = None) -> None:
        """``quick`` leaves out reading every byte; ``on_file`` is told the bytes of each file that was read."""
        self._layout = Layout(root)
        self._quick = quick
        self._on_file = on_file or (lambda _: None)
        self._objects: dict[tuple[bytes, bytes], tuple[str, Place] | None] = {}
        self.checked: Counter[str] = Counter(dict.fromkeys(("packs", "objects", "runs", "events"), 0))

    def run(self) -> Iterator[Problem]:
        """Every problem there is."""
        try:
            layouts.check_format(self._layout.root)
        except MlrunError as error:
            yield Problem("format-unreadable", ERROR, "format", error.message, error.hint)
            return
        yield from self._loose()
        yield from self._packs()
        yield from self._runs()
        yield from self._events()
        yield from self._leftovers()

    def _loose(self) -> Iterator[Problem]:
        for folder in sorted(_names(self._layout.objects)):
            for name in sorted(_names(f"{self._layout.objects}/{folder}")):
                path = f"objects/{folder}/{name}"
                if not is_id(folder + name) or len(folder) != 2:  # noqa: PLR2004 - two digits, as in git
                    yield Problem("object-misplaced", ERROR, path, "no blob can have this name", "move it away")
                    continue
                digest = bytes.fromhex(folder + name)
                self._objects[BLOB, digest] = None
                self.checked["objects"] += 1
                if not self._quick and (problem := self._loose_content(path, digest)):
                    yield problem

    def _loose_content(self, path: str, digest: bytes) -> Problem | None:
        try:
            file = os.open(f"{self._layout.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            return Problem("unreadable", ERROR, path, error.strerror or "cannot be read")
        try:
            found, size = hash_file(file)
        finally:
            os.close(file)
        self._on_file(size)
        if found != digest:
            return Problem("object-corrupt", ERROR, path, "the bytes are not those of its name", _GONE)
        return None

    def _packs(self) -> Iterator[Problem]:
        for name in sorted(_names(self._layout.packs)):
            path = f"packs/{name}"
            if not is_pack_name(name):
                yield Problem("object-misplaced", ERROR, path, "no pack can have this name", "move it away")
                continue
            self.checked["packs"] += 1
            try:
                places = read_table(f"{self._layout.packs}/{name}")
                yield from self._pack_content(name, path, places)
            except CorruptError:
                yield Problem("pack-corrupt", ERROR, path, "not a whole pack", _GONE)
            except OSError as error:
                yield Problem("unreadable", ERROR, path, error.strerror or "cannot be read")

    def _pack_content(self, name: str, path: str, places: list[Place]) -> Iterator[Problem]:
        with open(f"{self._layout.packs}/{name}", "rb", buffering=0) as file:
            if not self._quick:
                digest, size = hash_file(file.fileno())
                self._on_file(size)
                if digest.hex() != name.partition(".")[0]:
                    yield Problem("pack-corrupt", ERROR, path, "the bytes are not those of its name", _GONE)
            for place in places:
                self._objects[place.kind, place.digest] = (name, place)
                self.checked["objects"] += 1
                if self._quick and place.kind == BLOB:
                    continue
                data = os.pread(file.fileno(), place.length, place.offset)
                if DIGESTS[place.kind](data) != place.digest:
                    yield Problem("pack-object-corrupt", ERROR, path, f"object {place.digest.hex()} is damaged", _GONE)
                elif place.kind == TREE and (why := _malformed_tree(data)):
                    yield Problem("tree-malformed", ERROR, path, f"tree {place.digest.hex()}: {why}")
                elif place.kind == RECORD and (why := _malformed_record(data)):
                    yield Problem("record-malformed", ERROR, path, f"record {place.digest.hex()}: {why}")

    def _runs(self) -> Iterator[Problem]:
        for name in sorted(_names(self._layout.runs)):
            path = f"runs/{name}"
            if not is_id(name):
                yield Problem("leftover", WARNING, path, "no run can have this name", "move it away")
                continue
            self.checked["runs"] += 1
            data = _read(f"{self._layout.root}/{path}/intent")
            if data is None:
                yield Problem("run-incomplete", ERROR, path, "there is no intent", "move the folder away")
                continue
            if record_id(data) != name:
                yield Problem("run-mismatch", ERROR, f"{path}/intent", "the bytes are not those of the run's id", _GONE)
                continue
            try:
                intent = decode_intent(data)
                yield from self._run(name, path, intent)
            except MalformedRecordError as error:
                yield Problem("record-malformed", ERROR, path, str(error))

    def _run(self, name: str, path: str, intent: Intent) -> Iterator[Problem]:
        excepted = {bytes.fromhex(ref.oid) for ref in intent.omitted} | _not_stored(intent.inputs)
        wanted: list[_Wanted] = [("recipe", RECORD, intent.recipe), ("patch", BLOB, intent.patch)]
        data = _read(f"{self._layout.root}/{path}/seal")
        if data is not None:
            seal = decode_seal(data)
            if seal.run != name:
                yield Problem("run-mismatch", ERROR, f"{path}/seal", "it is the end of another run")
                return
            excepted |= _not_stored(seal.outputs)
            wanted += [("recipe", RECORD, seal.recipe), ("log", BLOB, seal.log)]
            wanted += [(f'output "{ref.path}"', TREE if ref.kind == "d" else BLOB, ref.oid) for ref in seal.outputs]
        elif not runs.is_alive(self._layout, name, intent.boot):
            hint = "the next mlrun exec completes its record"
            yield Problem("run-unsealed", WARNING, path, "its mlrun was killed before the end was on record", hint)
        for recipe_id in {intent.recipe, *(oid for what, _, oid in wanted if what == "recipe" and oid)}:
            wanted += self._recipe_objects(recipe_id)
        for what, kind, oid in dict.fromkeys(wanted):
            if oid is not None:
                yield from self._reachable(path, what, kind, bytes.fromhex(oid), excepted)

    def _recipe_objects(self, oid: str) -> list[_Wanted]:
        """What a recipe names; nothing if it is not there, which is reported by itself."""
        data = self._load(RECORD, bytes.fromhex(oid))
        if data is None:
            return []
        recipe: Recipe = decode_recipe(data)
        wanted: list[_Wanted] = [("code", TREE, recipe.code)]
        wanted += [("environment", RECORD, recipe.environment)]
        wanted += [(f'config "{each["path"]}"', BLOB, each["oid"]) for each in recipe.config]
        wanted += [
            (f'input "{each["path"]}"', TREE if each["kind"] == "d" else BLOB, each["oid"]) for each in recipe.inputs
        ]
        return wanted

    def _reachable(self, path: str, what: str, kind: bytes, digest: bytes, excepted: set[bytes]) -> Iterator[Problem]:
        """What is missing at and below an object.

        Blobs that the run did not keep, and those below a tree it did not keep, may be missing; trees may not.
        """
        stack = [(kind, digest, digest in excepted)]
        seen = set()
        while stack:
            kind, digest, excused = stack.pop()
            if (kind, digest) in seen:
                continue
            seen.add((kind, digest))
            if (kind, digest) not in self._objects:
                if not (kind == BLOB and excused):
                    message = f"{what}: {_KINDS[kind]} {digest.hex()} is not in the store"
                    yield Problem("object-missing", ERROR, path, message, _GONE)
                continue
            if kind == TREE:
                for entry in self._entries(digest):
                    below = TREE if entry.kind == tree.FOLDER else BLOB
                    stack.append((below, entry.digest, excused or entry.digest in excepted))

    def _entries(self, digest: bytes) -> tuple[tree.Entry, ...]:
        try:
            return tree.decode(self._load(TREE, digest) or b"")
        except tree.MalformedTreeError:
            return ()

    def _load(self, kind: bytes, digest: bytes) -> bytes | None:
        """The bytes of a packed object that is whole."""
        found = self._objects.get((kind, digest))
        if found is None:
            return None
        name, place = found
        with open(f"{self._layout.packs}/{name}", "rb", buffering=0) as file:
            data = os.pread(file.fileno(), place.length, place.offset)
        return data if DIGESTS[kind](data) == digest else None

    def _events(self) -> Iterator[Problem]:
        names = set(_names(self._layout.events))
        for name in sorted(names):
            path = f"events/{name}"
            self.checked["events"] += 1
            data = _read(f"{self._layout.root}/{path}")
            if data is None or record_id(data) != name:
                yield Problem("record-malformed", ERROR, path, "the bytes are not those of its name", _GONE)
                continue
            try:
                event = decode_event(data)
            except MalformedRecordError as error:
                yield Problem("record-malformed", ERROR, path, str(error))
                continue
            run = event.data.get("run") or event.ref.partition("/")[2]
            if event.ref.startswith(("tag/", "notes/", "run/")) and not os.path.exists(
                f"{self._layout.runs}/{run}/intent"
            ):
                yield Problem("event-dangling", WARNING, path, f"run {run} is not here")
            for parent in set(event.parents) - names:
                yield Problem("event-dangling", WARNING, path, f"its parent {parent} is not here")

    def _leftovers(self) -> Iterator[Problem]:
        hint = "the next mlrun exec clears it away"
        for name in sorted(_names(self._layout.tmp)):
            yield Problem("leftover", WARNING, f"tmp/{name}", "somebody is writing now, or was killed doing so", hint)
        for name in sorted(set(_names(self._layout.root)) - layouts.KNOWN):
            yield Problem("leftover", WARNING, name, "nothing of this name belongs here")


_GONE = "copy it from another store that has it, or run the command again"
_KINDS = {BLOB: "blob", TREE: "tree", RECORD: "record"}
_DECODERS: dict[str, Callable[[bytes], object]] = {
    "recipe/1": decode_recipe,
    "environment/1": decode_environment,
}


def _not_stored(refs: Iterable[FileRef]) -> set[bytes]:
    return {bytes.fromhex(ref.oid) for ref in refs if not ref.stored}


def _malformed_tree(data: bytes) -> str | None:
    try:
        tree.decode(data)
    except tree.MalformedTreeError as error:
        return str(error)
    return None


def _malformed_record(data: bytes) -> str | None:
    """What is wrong with a record in a pack; a schema that this version does not know is not wrong."""
    from runlore.records.canonical import decode, encode  # noqa: PLC0415 - only here

    try:
        value = decode(data)
        if not isinstance(value, dict) or not isinstance(value.get("schema"), str):
            return "no schema"
        if encode(value) != data:
            return "not in canonical form"
        decoder = _DECODERS.get(value["schema"])
        if decoder is not None:
            decoder(data)
    except (ValueError, TypeError) as error:
        return str(error)
    return None


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
