"""Check everything in a store against ``docs/internals/store-format.md``. Writes nothing."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from runlore.errors import MlrunError
from runlore.records import tree
from runlore.records.environment import decode_environment
from runlore.records.event import Event, decode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import is_id, record_id
from runlore.records.phrases import counted
from runlore.records.run import Intent, decode_intent, decode_recipe
from runlore.store import envs, journal, reach, runs, unnamed
from runlore.store import layout as layouts
from runlore.store.adopting import ORIGIN, decode_origin
from runlore.store.contents import Contents, is_folder, names
from runlore.store.layout import Layout
from runlore.store.pack import BLOB, RECORD, TREE
from runlore.store.problem import AGAIN, AWAY, ERROR, REPAIR, WARNING, Problem, malformed, unreadable
from runlore.store.reach import Named
from runlore.store.reading import read_plain

__all__ = ("ERROR", "WARNING", "Fsck", "Problem")

_KINDS = {BLOB: "blob", TREE: "tree", RECORD: "record"}


class Fsck:
    """One check of one store. `run` gives the problems as they are found; ``checked`` counts what was looked at."""

    def __init__(self, root: str, *, quick: bool = False, on_file: Callable[[int], None] | None = None) -> None:
        """``quick`` leaves out reading every byte; ``on_file`` is told the bytes of each file that was read."""
        self._layout = Layout(root)
        self.checked: Counter[str] = Counter(dict.fromkeys(("packs", "objects", "runs", "events"), 0))
        self.missing: dict[tuple[bytes, bytes], str] = {}
        """Kind and id of what is not there and should be, with the path of the run that needs it."""
        self._pulled = False
        self._removed: set[str] = set()
        self._contents = Contents(self._layout, self.checked, on_file or (lambda _: None), quick=quick)

    def run(self) -> Iterator[Problem]:
        """Every problem there is."""
        try:
            layouts.check_format(self._layout.root)
        except MlrunError as error:
            yield Problem("format-unreadable", ERROR, "format", error.message, error.hint)
            return
        for part in (self._contents.check, self._runs, self._events, self._unnamed, self._leftovers):
            try:
                yield from part()
            except OSError as error:
                yield unreadable(os.path.relpath(error.filename or self._layout.root, self._layout.root), error)

    def _runs(self) -> Iterator[Problem]:
        for name in names(self._layout.runs):
            path = f"runs/{name}"
            if not is_id(name) or not is_folder(f"{self._layout.runs}/{name}"):
                yield Problem("leftover", WARNING, path, "no run can have this name", AWAY)
                continue
            self.checked["runs"] += 1
            at = f"{path}/intent"
            try:
                intent = read_plain(f"{self._layout.root}/{at}")
                if record_id(intent) != name:
                    yield Problem("run-mismatch", ERROR, at, "the bytes are not those of the run's id", AGAIN)
                    continue
                yield from self._run(name, path, decode_intent(intent))
            except FileNotFoundError:
                yield Problem("run-incomplete", ERROR, path, "there is no intent", "move the folder away")
            except OSError as error:
                yield unreadable(at, error)
            except MalformedRecordError as error:
                yield malformed(at, error, AGAIN)

    def _run(self, name: str, path: str, intent: Intent) -> Iterator[Problem]:
        at = f"{path}/seal"
        seal = None
        try:
            seal = runs.open_seal(read_plain(f"{self._layout.root}/{at}"))
            if seal.run != name:
                yield Problem("run-mismatch", ERROR, at, "it is the end of another run", AGAIN)
                return
        except FileNotFoundError:
            yield from self._unsealed(name, path, intent.boot)
        except OSError as error:
            yield unreadable(at, error)
        except MalformedRecordError as error:
            yield malformed(at, error, AGAIN)
            return
        wanted = list(reach.of_run(intent, seal))
        for recipe in [each.oid for each in wanted if each.what == "recipe"]:
            if self._is_another_record(recipe):
                yield Problem("record-malformed", ERROR, path, f"its recipe {recipe} is none", AGAIN)
            wanted += self._recipe_objects(recipe)
        excepted = reach.excepted(intent, seal)
        promised = os.path.lexists(f"{self._layout.root}/{path}/{ORIGIN}")
        if promised:
            yield from self._origin(f"{path}/{ORIGIN}")
        self._pulled |= promised
        excused = None if promised else excepted
        for each in dict.fromkeys(each._replace(part="", size=0) for each in wanted):
            yield from self._reachable(path, each.what, each.kind, bytes.fromhex(each.oid), excused)

    def _unsealed(self, name: str, path: str, boot: str) -> Iterator[Problem]:
        if runs.has_lost_seal(self._layout, name):
            yield Problem("run-incomplete", ERROR, path, "it has ended, and there is no seal", AGAIN)
        elif not runs.is_alive(self._layout, name, boot):
            hint = "the next mlrun exec completes its record"
            yield Problem("run-unsealed", WARNING, path, "its mlrun was killed before the end was on record", hint)
            yield from self._journal(f"{path}/journal")

    def _origin(self, path: str) -> Iterator[Problem]:
        try:
            if decode_origin(read_plain(f"{self._layout.root}/{path}")) is None:
                yield Problem("origin-malformed", ERROR, path, "it does not say where the run came from", REPAIR)
        except OSError as error:
            yield unreadable(path, error)

    def _journal(self, path: str) -> Iterator[Problem]:
        try:
            damaged = journal.damaged(f"{self._layout.root}/{path}")
        except FileNotFoundError:
            damaged = 0
        except OSError as error:
            yield unreadable(path, error)
            return
        if damaged:
            yield Problem("journal-damaged", WARNING, path, f"{counted(damaged, 'line')} cannot be read")

    def _recipe_objects(self, oid: str) -> list[Named]:
        """What a recipe names; nothing if it is not there or malformed, which is reported by itself."""
        data = self._contents.load(RECORD, bytes.fromhex(oid))
        if data is None:
            return []
        try:
            return list(reach.of_recipe(decode_recipe(data)))
        except MalformedRecordError:
            return []

    def _is_another_record(self, oid: str) -> bool:
        """Whether the record of that id is here and an environment: by itself it is sound."""
        try:
            decode_environment(self._contents.load(RECORD, bytes.fromhex(oid)) or b"")
        except MalformedRecordError:
            return False
        return True

    def _reachable(
        self, path: str, what: str, kind: bytes, digest: bytes, excepted: set[bytes] | None
    ) -> Iterator[Problem]:
        """What is missing at and below an object.

        Blobs that the run did not keep, and those below a tree it did not keep, may be missing; trees may not.
        ``None``: all but records may, for where the run came from has it.
        """
        promised, excepted = excepted is None, excepted or set()
        stack = [(kind, digest, digest in excepted)]
        seen = set()
        while stack:
            kind, digest, excused = stack.pop()
            if (kind, digest) in seen:
                continue
            seen.add((kind, digest))
            if (kind, digest) not in self._contents:
                if not (kind == BLOB and excused) and not (kind != RECORD and promised):
                    self.missing[kind, digest] = path
                    message = f"{what}: {_KINDS[kind]} {digest.hex()} is not in the store"
                    yield Problem("object-missing", ERROR, path, message, AGAIN)
                continue
            if kind == TREE:
                for entry in self._entries(digest):
                    below = TREE if entry.kind == tree.FOLDER else BLOB
                    stack.append((below, entry.digest, excused or entry.digest in excepted))

    def _entries(self, digest: bytes) -> tuple[tree.Entry, ...]:
        try:
            return tree.decode(self._contents.load(TREE, digest) or b"")
        except tree.MalformedTreeError:
            return ()

    def _events(self) -> Iterator[Problem]:
        here: dict[str, Event] = {}
        for name in names(self._layout.events):
            path = f"events/{name}"
            self.checked["events"] += 1
            try:
                data = read_plain(f"{self._layout.root}/{path}")
                if record_id(data) == name:
                    here[name] = decode_event(data)
                else:
                    yield Problem("record-malformed", ERROR, path, "the bytes are not those of its name", AGAIN)
            except OSError as error:
                yield unreadable(path, error)
            except MalformedRecordError as error:
                yield malformed(path, error, AWAY)
        # What was removed may have been collected; that it was removed stays on record.
        self._removed = {each.ref.partition("/")[2] for each in here.values() if each.kind == "remove"}
        for name, event in here.items():
            yield from self._event(f"events/{name}", event, here.keys())

    def _event(self, path: str, event: Event, here: Collection[str]) -> Iterator[Problem]:
        about, _, name = event.ref.partition("/")
        if about == "environment":
            promised = None if self._pulled else set[bytes]()
            for named in reach.of_event(event):
                yield from self._reachable(path, named.what, TREE, bytes.fromhex(named.oid), promised)
            return
        run = {"tag": event.data.get("run"), "notes": name, "run": name}.get(about)
        is_here = run is None or (is_id(run) and os.path.exists(f"{self._layout.runs}/{run}/intent"))
        if not is_here and run not in self._removed:
            yield Problem("event-dangling", WARNING, path, f"run {run} is not here")
        for parent in sorted(set(event.parents).difference(here)):
            yield Problem("event-dangling", WARNING, path, f"its parent {parent} is not here")

    def _unnamed(self) -> Iterator[Problem]:
        return unnamed.check(self._layout)

    def _leftovers(self) -> Iterator[Problem]:
        hint = "the next mlrun exec clears it away"
        for name in names(self._layout.tmp):
            yield Problem("leftover", WARNING, f"tmp/{name}", "somebody is writing now, or was killed doing so", hint)
        for name in envs.half_made(self._layout.envs):
            hint = "the next environment that is rebuilt clears it away"
            yield Problem("leftover", WARNING, f"envs/{name}", "an environment that is not whole", hint)
        for name in sorted(set(names(self._layout.root)) - layouts.KNOWN):
            yield Problem("leftover", WARNING, name, "nothing of this name belongs here", AWAY)
