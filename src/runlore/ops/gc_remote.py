"""`gc REMOTE`: what no run there needs goes from a remote, in two steps with days between, and without any lock."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from runlore.errors import RefusedError, RemoteRefusedError
from runlore.ops import expiry
from runlore.ops.counted import Progress
from runlore.ops.gc import Ask, check_sure
from runlore.ops.project import open_store
from runlore.ops.record import Counter
from runlore.ops.retention import Rules
from runlore.ops.sharing import bundle
from runlore.ops.sharing.doomed import Plan, plan, still_doomed, unmarked_runs
from runlore.ops.sharing.link import Link, choose, linked, say_asking
from runlore.ops.sharing.living import Living, Needs, gone, living
from runlore.ops.sharing.stock import Shelves, Stock, take_stock
from runlore.records.hashing import blob_digest
from runlore.store import pack
from runlore.store.pack import BLOB
from runlore.store.remote import cleaning, manifest, names
from runlore.store.remote.fetching import fetch
from runlore.store.remote.manifest import Manifest
from runlore.store.remote.packing import PACK
from runlore.store.remote.sending import deliver, publish
from runlore.store.store import Store

DAY = 86_400.0
GRACE = 7 * DAY
"""Seconds for which what was removed or is not needed stays, and again from when that is written down."""
LEAST = 25 * 3600.0
"""For so long what an interrupted push has sent counts as sent, and a little more."""


class CleanRequest(NamedTuple):
    """What is to be cleaned: which remote; ``grace`` in seconds, 0 if nobody else pushes and somebody is ``sure``."""

    remote: str
    grace: float = GRACE
    dry_run: bool = False
    sure: bool = False
    rules: Rules = Rules()


class Amount(NamedTuple):
    """Files and their bytes."""

    files: int = 0
    bytes: int = 0


class Cleaned(NamedTuple):
    """What was done. ``freed`` has gone; ``marked`` goes when the grace is over, by another `gc`."""

    remote: str
    url: str
    removed: tuple[str, ...]
    """Runs that the rules have removed now."""
    runs: tuple[str, ...]
    waiting: int
    kept: int
    freed: Amount
    marked: Amount
    dry_run: bool


def clean(
    folder: str, request: CleanRequest, environ: Mapping[str, str], progress: Progress, ask: Ask | None = None
) -> Cleaned:
    """Delete what was marked long enough ago and is still not needed; mark what is not needed now.

    Before that, runs that the rules do not keep are removed; ``ask`` as in `ops.gc.collect`.

    Raises:
        RefusedError: the grace is shorter than pushes need, and nobody said that nobody pushes; or runs would be
            removed, and nobody said that they may.
        RemoteDamagedError: something that a run there needs is missing; nothing was deleted.
        RemoteError: the remote fails. What is left can be pulled, and the next `gc` goes on.
    """
    if request.grace < LEAST and not (request.sure and not request.grace):
        raise RefusedError(
            "somebody may be pushing: what they have sent must stay for 25 hours",
            hint="if nobody is: mlrun gc REMOTE --now --yes",
        )
    with open_store(folder) as store:
        name, address = choose(store, request.remote)
        with linked(store, name, address, environ) as link:
            say_asking(link, progress)
            chosen = expiry.expired(store, link, request.rules, progress) if request.rules.some else []
            if chosen and not request.dry_run:
                check_sure(chosen, ask, sure=request.sure)
                expiry.remove(store, link, chosen, folder)
            done = _Cleaner(store, link, request, Counter("cleaning", progress)).run()
            return done._replace(removed=tuple(chosen))


class _Cleaner:
    """One cleaning over an open link."""

    def __init__(self, store: Store, link: Link, request: CleanRequest, on_bytes: Callable[[int], None]) -> None:
        self._store = store
        self._link = link
        self._remote = link.remote
        self._request = request
        self._on_bytes = on_bytes

    def run(self) -> Cleaned:
        """Sweep, then mark; where there is no grace, sweep again."""
        stock = take_stock(self._link)
        now = self._now()
        before = now - self._request.grace if self._request.grace else float("inf")
        freed = self._sweep(stock, before)
        if freed.files:
            stock = take_stock(self._link)
        marked, found = self._mark(stock, before)
        if not self._request.grace and not self._request.dry_run:
            again = self._sweep(take_stock(self._link), before)
            freed, marked = Amount(freed.files + again.files, freed.bytes + again.bytes), Amount()
        return Cleaned(
            remote=self._link.name,
            url=self._link.address.url,
            removed=(),
            runs=tuple(sorted(found.condemned & unmarked_runs(stock))),
            waiting=len(found.waiting),
            kept=len(found.runs) - len(found.waiting),
            freed=freed,
            marked=marked,
            dry_run=self._request.dry_run,
        )

    def _now(self) -> float:
        """What time it is there; where nothing may be written, and nothing is going to be, what time it is here."""
        try:
            return cleaning.clock(self._remote)
        except RemoteRefusedError:
            if not self._request.dry_run:
                raise
            return time.time()

    def _sweep(self, stock: Stock, before: float) -> Amount:
        """Delete what was marked before, if nothing needs it now; the marks too."""
        due = [mark for mark in stock.marks if mark.written < before]
        litter = cleaning.litter(self._remote, before)
        if not due:
            return self._delete(stock, [litter] if litter else [])
        found = living(stock, before)
        # A remote tells whole seconds; where nobody else pushes, what is as young as the mark was not sent after it.
        times = {mark.name: mark.written if self._request.grace else float("inf") for mark in due}
        doomed = still_doomed(stock, found, self._needs(stock, found), times)
        steps = [*cleaning.in_order(doomed), [mark.name for mark in due], *([litter] if litter else [])]
        return self._delete(stock, steps)

    def _delete(self, stock: Stock, steps: list[list[str]]) -> Amount:
        files = size = 0
        for step in steps:
            if not self._request.dry_run:
                self._remote.delete(step)
            there = [each for name in step if (each := stock.files.get(name) or stock.there.get(name)) is not None]
            files += len(there)
            size += sum(each.size for each in there)
            self._on_bytes(sum(each.size for each in there))
        return Amount(files, size)

    def _needs(self, stock: Stock, found: Living) -> set[bytes]:
        shelves = Shelves(stock.manifests.items(), stock.doomed)
        needs = Needs(self._store, self._remote, shelves)
        needs.reach(found)
        return needs.live

    def _mark(self, stock: Stock, before: float) -> tuple[Amount, Living]:
        """Write what lives anew where that is worth it, and mark what is not needed any more."""
        found = living(stock, before)
        live = self._needs(stock, found)
        todo = plan(stock, found, live, before)
        doomed = todo.doomed - stock.doomed
        if todo.anew and not self._request.dry_run:
            written = self._write(stock, found, live, todo)
            doomed -= written
        there = {name: each.size for name, each in (*stock.files.items(), *stock.there.items())}
        if doomed and not self._request.dry_run:
            digest, data = cleaning.encode(doomed)
            deliver(self._remote, names.mark(digest), data)
        gone = [there[name] for name in doomed if name in there]
        return Amount(len(gone), sum(gone)), found

    def _write(self, stock: Stock, found: Living, live: set[bytes], todo: Plan) -> set[str]:
        """New packs of what is wanted of old ones, then index files of all that lives, then its records."""
        shelves = Shelves(stock.manifests.items(), stock.doomed)
        for blob in todo.rescued:
            for part in blob.files:
                deliver(self._remote, part, self._remote.read(part))
        fresh = self._repack(shelves, live, todo)
        gone = todo.doomed | stock.doomed
        staying = {digest: table for digest, table in shelves.tables.items() if names.pack(digest) not in gone}
        staying |= {blob_digest(table): table for table in fresh}
        tables = [table for _, table in sorted(staying.items())]
        blobs = [blob for digest, blob in sorted(shelves.blobs.items()) if digest in live]
        written = {names.pack(blob_digest(table)) for table in fresh}
        files = list(bundle.files(found.runs, [data for _, data in sorted(found.events.items())]))
        *full, last = manifest.shared_out(tables, blobs)
        for each in full:
            written.update(publish(self._remote, each, None))
        for file in files:
            digest, data = manifest.encode_records(file.lines)
            told = last._replace(records=digest, runs=tuple(file.runs), events=tuple(file.events))
            written.update(publish(self._remote, told, data))
            last = Manifest((), (), None, (), ())
        return written | {part for blob in blobs for part in blob.files}

    def _repack(self, shelves: Shelves, live: set[bytes], todo: Plan) -> list[bytes]:
        """The tables of new packs with what lives in those that go."""
        tables, batch, size = [], _Batch(), 0
        for digest in todo.rewritten:
            rows = [row for row in shelves.packs[digest] if row.digest in live and row.digest not in batch.seen]
            if size + sum(row.length for row in rows) > PACK and batch.objects:
                tables.append(self._put_pack(batch))
                size = 0
            one = Shelves([], frozenset())
            one.put(digest, rows)
            sizes = {(row.kind, row.digest): row.length for row in rows}
            if fetch(self._remote, one, sizes, batch, self._on_bytes):
                raise gone(f'"{names.pack(digest)}"')
            size += sum(row.length for row in rows)
        if batch.objects:
            tables.append(self._put_pack(batch))
        return tables

    def _put_pack(self, batch: "_Batch") -> bytes:
        digest, data, table = pack.in_memory(batch.objects)
        batch.objects = []
        deliver(self._remote, names.pack(digest), data)
        return table


class _Batch:
    """Objects on their way from old packs into a new one."""

    def __init__(self) -> None:
        self.objects: list[tuple[bytes, bytes, bytes]] = []
        self.seen: set[bytes] = set()

    def add_object(self, kind: bytes, digest: bytes, data: bytes) -> bool:
        self.objects.append((kind, digest, data))
        self.seen.add(digest)
        return pack.DIGESTS[kind](data) == digest

    def add_pieces(self, digest: bytes, pieces: Iterable[bytes]) -> bool:
        return self.add_object(BLOB, digest, b"".join(pieces))
