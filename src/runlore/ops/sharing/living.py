"""Which runs and events of a remote stay, and which objects those need."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from runlore.errors import CorruptError, RemoteDamagedError
from runlore.ops.sharing.bundle import Sealed
from runlore.ops.sharing.stock import Shelves, Stock
from runlore.records import tree
from runlore.records.event import Event, decode_event
from runlore.records.hashing import RunId, record_digest, record_id
from runlore.records.run import decode_intent, decode_recipe, decode_seal
from runlore.store import reach
from runlore.store.pack import DIGESTS, RECORD, TREE
from runlore.store.reach import Named
from runlore.store.remote import names
from runlore.store.remote.fetching import fetch
from runlore.store.remote.port import Remote
from runlore.store.store import Store

_AT_ONCE = 2_000
"""Folders that are asked for together."""


class Living(NamedTuple):
    """Runs and events that stay; runs that go; removed ones that still stay; records files that stay as they are.

    A removal counts from when it came to the remote: the file that brought it is left as it is until its time is over.
    """

    runs: tuple[Sealed, ...]
    events: dict[str, bytes]
    condemned: frozenset[str]
    waiting: frozenset[str]
    young: frozenset[str]


def living(stock: Stock, before: float) -> Living:
    """What stays of all that is there, if what was removed ``before`` that time goes."""
    events: dict[str, bytes] = {}
    since: dict[str, tuple[float, str]] = {}
    for name, found in stock.records.items():
        for data in found.events:
            event = record_id(data)
            events[event] = data
            since[event] = min(since.get(event, (float("inf"), "")), (stock.there[name].written, name))
    decoded = {name: decode_event(data) for name, data in events.items()}
    removed = _removed(decoded)
    late = {run: ids for run, ids in removed.items() if any(since[each][0] >= before for each in ids)}
    young = frozenset(since[each][1] for ids in late.values() for each in ids)
    kept = {each.run for name in young for each in stock.records[name].runs}
    condemned = frozenset(removed.keys() - late.keys() - kept)
    there = {each.run for found in stock.records.values() for each in found.runs}
    runs = tuple(_sealed(stock, there - condemned))
    dead = _environments(_sealed(stock, there & condemned)) - _environments(runs)
    stay = _events(decoded, condemned | (removed.keys() - there), dead)
    waiting = frozenset(removed.keys() & there) - condemned
    return Living(runs, {name: events[name] for name in stay}, condemned & there, waiting, young)


def _removed(events: Mapping[str, Event]) -> dict[str, list[str]]:
    """The runs that are removed, with the events that are heads and say so."""
    parents = {parent for event in events.values() for parent in event.parents}
    found: dict[str, list[str]] = {}
    for name, event in events.items():
        about, _, run = event.ref.partition("/")
        if about == "run" and event.kind == "remove" and name not in parents:
            found.setdefault(run, []).append(name)
    return found


def _sealed(stock: Stock, wanted: set[str]) -> Iterator[Sealed]:
    """The records of the runs, in the order of their ids."""
    others = {record_digest(data): data for found in stock.records.values() for data in found.others}
    arrived = {each.run: each for found in stock.records.values() for each in found.runs if each.run in wanted}
    for run, each in sorted(arrived.items()):
        intent, seal = decode_intent(each.intent), decode_seal(each.seal)
        try:
            lines = [others[bytes.fromhex(oid)] for oid in dict.fromkeys((intent.recipe, seal.recipe))]
            recipes = tuple(map(decode_recipe, lines))
            lines += [others[bytes.fromhex(oid)] for oid in dict.fromkeys(e.environment for e in recipes) if oid]
        except KeyError as error:
            raise gone(f"a record of run {run}") from error
        yield Sealed(RunId(run), intent, seal, recipes, each.intent, each.seal, tuple(lines))


def _environments(runs: Iterable[Sealed]) -> set[str]:
    return {recipe.environment for each in runs for recipe in each.recipes if recipe.environment}


def _events(events: Mapping[str, Event], gone: Collection[str], dead: Collection[str]) -> Iterator[str]:
    """The events that stay: all but what is said of runs, and of environments, that are gone."""
    tags: dict[str, bool] = {}
    for event in events.values():
        if event.ref.startswith("tag/"):
            tags[event.ref] = tags.get(event.ref, False) or event.data.get("run") not in gone
    for name, event in sorted(events.items()):
        about, _, what = event.ref.partition("/")
        is_gone = what in {"notes": gone, "environment": dead}.get(about, ())
        if not is_gone and tags.get(event.ref, True):
            yield name


class _Folders:
    """What folders are brought into."""

    def __init__(self) -> None:
        self.found: dict[bytes, bytes] = {}

    def add_object(self, kind: bytes, digest: bytes, data: bytes) -> bool:
        self.found[digest] = data
        return DIGESTS[kind](data) == digest

    def add_pieces(self, digest: bytes, pieces: Iterable[bytes]) -> bool:
        return self.add_object(TREE, digest, b"".join(pieces))


class Needs:
    """The objects that runs need: reached through folders, which are read here or, where they are not, there."""

    def __init__(self, store: Store, remote: Remote, shelves: Shelves) -> None:
        """``shelves`` say where folders lie on the remote."""
        self._store = store
        self._remote = remote
        self._shelves = shelves
        self.live: set[bytes] = set()

    def reach(self, found: Living) -> None:
        """Reach all that these runs and events need.

        Raises:
            RemoteDamagedError: a folder that a run needs is nowhere, so that nobody knows what is in it.
        """
        named: list[Named] = []
        for each in found.runs:
            named += reach.of_run(each.intent, each.seal)
            for recipe in each.recipes:
                named += reach.of_recipe(recipe)
        for data in found.events.values():
            named += reach.of_event(decode_event(data))
        self._descend(named)

    def _descend(self, named: Iterable[Named]) -> None:
        level = set()
        for each in named:
            digest = bytes.fromhex(each.oid)
            if each.kind != RECORD and digest not in self.live:
                self.live.add(digest)
                level.update([digest] if each.kind == TREE else [])
        while level:
            below = set()
            for entries in self._folders(sorted(level)):
                for entry in entries:
                    if entry.digest not in self.live:
                        self.live.add(entry.digest)
                        below.update([entry.digest] if entry.kind == tree.FOLDER else [])
            level = below

    def _folders(self, digests: list[bytes]) -> Iterator[tuple[tree.Entry, ...]]:
        for at in range(0, len(digests), _AT_ONCE):
            some = digests[at : at + _AT_ONCE]
            found = dict(self._store.objects.packed_trees(some))
            sink = _Folders()
            wanted = {(TREE, digest): 0 for digest in some if digest not in found}
            for _, digest in fetch(self._remote, self._shelves, wanted, sink, lambda _: None):
                raise gone(f"folder {digest.hex()}")
            for data in (found | sink.found).values():
                try:
                    yield tree.decode(data)
                except (tree.MalformedTreeError, CorruptError) as error:
                    raise gone("a folder") from error


def gone(what: str) -> RemoteDamagedError:
    """What is said where something that runs need is not there."""
    return RemoteDamagedError(
        f"{what} is missing on the remote: nothing was collected", hint="mlrun fsck REMOTE shows what else is missing"
    )


def protected(stock: Stock, found: Living, before: float) -> frozenset[str]:
    """Files of the index that stay as they are: those of young removals, and of pushes that may go on."""
    names_of = {name: names.records(each.records) for name, each in stock.manifests.items() if each.records}
    index = {name for name, records in names_of.items() if records in found.young}
    index |= {
        name
        for name, records in names_of.items()
        if records not in stock.records and stock.there[name].written >= before
    }
    return frozenset(index) | found.young
