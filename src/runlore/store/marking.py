"""Which objects the runs of a store need: everything that can be reached from their records."""

import os
from collections.abc import Callable, Container, Iterable, Iterator

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import is_id
from runlore.records.run import Intent, Recipe, decode_recipe
from runlore.store import journal, reach, runs
from runlore.store.adopting import ORIGIN
from runlore.store.layout import Layout
from runlore.store.objects import Objects
from runlore.store.pack import RECORD, TREE
from runlore.store.reach import Named

_HINT = "mlrun fsck shows what else is; nothing was collected"
_DEEP = 100_000
"""Folders whose entries are in memory together."""


class Marks:
    """Objects that were reached, each with the part of a run that it was first reached as.

    Ids of different kinds are never equal, so that an id stands for the object.
    """

    def __init__(self, layout: Layout, objects: Objects, *, but: Container[bytes] = (), strict: bool = True) -> None:
        """What is in ``but`` is not reached, nor what is below it.

        Not ``strict``, what cannot be read is passed over; else that is an error, for nobody knows what it names.
        """
        self.found: dict[bytes, str] = {}
        self.environments: set[str] = set()
        self.parents: set[str] = set()
        """The runs that runs which have not ended were begun from."""
        self.ended: set[str] = set()
        """The runs of which nothing new can come."""
        self._layout = layout
        self._objects = objects
        self._but = but
        self._strict = strict
        self._recipes: dict[str, Recipe | None] = {}

    def run(self, run: str) -> None:
        """Reach all that the run names; raises `CorruptError`."""
        try:
            intent = runs.read_intent(self._layout, run)
            seal = runs.read_seal(self._layout, run)
        except CorruptError as error:
            if not self._strict:
                return
            raise CorruptError(error.message, hint=_HINT) from error
        named = list(reach.of_run(intent, seal))
        if seal is None:
            named += self._begun(run, intent)
        else:
            self.ended.add(run)
        for oid in [each.oid for each in named if each.what == "recipe"]:
            if (recipe := self._recipe(run, oid)) is not None:
                named += reach.of_recipe(recipe)
                self.environments.update([recipe.environment] if recipe.environment else [])
        self.reach(named, strict=self._strict and not os.path.exists(f"{self._layout.runs}/{run}/{ORIGIN}"))

    def _begun(self, run: str, intent: Intent) -> Iterator[Named]:
        """What a run that has not ended may come to name: environments that its journal says are in the store."""
        if intent.parent is not None:
            self.parents.add(intent.parent["run"])
        for entry in journal.read(runs.live_journal(self._layout, run)):
            oid = entry.get("oid")
            if entry.get("kind") == "environment" and isinstance(oid, str) and is_id(oid):
                yield Named("environment", RECORD, oid, reach.RECORDS)

    def _recipe(self, run: str, oid: str) -> Recipe | None:
        if oid not in self._recipes:
            try:
                self._recipes[oid] = decode_recipe(self._objects.record(bytes.fromhex(oid)))
            except (CorruptError, MalformedRecordError) as error:
                if self._strict:
                    raise CorruptError(f"the recipe of run {run} cannot be read", hint=_HINT) from error
                self._recipes[oid] = None
        return self._recipes[oid]

    def reach(self, named: Iterable[Named], *, strict: bool) -> None:
        """Reach these objects and all that lies below them; raises `CorruptError` if ``strict``."""
        level: dict[bytes, str] = {}
        for each in named:
            digest = bytes.fromhex(each.oid)
            if self._is_new(digest):
                self.found[digest] = each.part
                if each.kind == TREE:
                    level[digest] = each.part
        while level:
            below: dict[bytes, str] = {}
            for digest, entries in self._trees(level, strict=strict):
                part = level[digest]
                for entry in entries:
                    if self._is_new(entry.digest):
                        self.found[entry.digest] = part
                        if entry.kind == tree.FOLDER:
                            below[entry.digest] = part
            level = below

    def _is_new(self, digest: bytes) -> bool:
        return digest not in self.found and digest not in self._but

    def _trees(self, level: Iterable[bytes], *, strict: bool) -> Iterator[tuple[bytes, tuple[tree.Entry, ...]]]:
        """The entries of trees; of those that cannot be read none."""
        every = list(level)
        for at in range(0, len(every), _DEEP):
            left = set(every[at : at + _DEEP])
            for digest, data in self._objects.packed_trees(left.copy()):
                try:
                    entries = tree.decode(data)
                except tree.MalformedTreeError:
                    continue
                left.discard(digest)
                yield digest, entries
            for digest in left:
                try:
                    yield digest, self._objects.tree(digest)
                except CorruptError as error:
                    if strict:
                        raise CorruptError(error.message, hint=_HINT) from error


def mark_all(marks: Marks, wanted: Iterable[str], on_run: Callable[[], None] = lambda: None) -> None:
    """Reach what these runs need; raises `CorruptError`."""
    for run in wanted:
        marks.run(run)
        on_run()
