"""`push`: runs to a remote, with all that they need there. Records go last, so that nobody there sees half a run."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CannotRebuildError, MlrunError, RemoteDamagedError
from runlore.ops.counted import Progress, told
from runlore.ops.indexing import refresh
from runlore.ops.names import resolve
from runlore.ops.parts import Parts
from runlore.ops.project import open_store
from runlore.ops.sharing import bundle, leaks
from runlore.ops.sharing.ahead import planned
from runlore.ops.sharing.bundle import Sealed, read_sealed
from runlore.ops.sharing.closure import Need, to_send
from runlore.ops.sharing.link import FORMAT, Link, choose, learn, linked, look, say_asking
from runlore.ops.sharing.mending import lame, mend
from runlore.ops.sharing.results import KeptByDvc, Pushed, Skipped
from runlore.records.event import decode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import RunId
from runlore.store import reach
from runlore.store.adopting import origin_of
from runlore.store.refs import Refs
from runlore.store.remote import manifest, names
from runlore.store.remote.manifest import Manifest
from runlore.store.remote.packing import Packing
from runlore.store.remote.port import Stat
from runlore.store.remote.sending import Sender, publish
from runlore.store.store import Store

_LOOKS = 3
"""How often what is there is looked at while others clean."""
ALL, MISSING, NONE = "all", "missing", "none"
"""What of the input data goes: all of it, what is not kept elsewhere, none."""


class PushRequest(NamedTuple):
    """What is to be pushed and where: names of runs, or none for all; a remote's name, or none for the usual one."""

    runs: tuple[str, ...]
    remote: str | None
    data: str = MISSING
    dry_run: bool = False
    allow: tuple[str, ...] = ()
    """Fingerprints of what looks like a secret and may leave."""


def push(folder: str, request: PushRequest, environ: Mapping[str, str], progress: Progress) -> Pushed:
    """Send what the remote lacks.

    Raises:
        NoSuchRemoteError: no remote is meant.
        RemoteError: the remote fails. What has arrived stays, and the next push goes on from there.
        CorruptError: an object that is to be sent is damaged here.
        CannotRebuildError: one of the runs that were named cannot be sent.
        RefusedError: a file that would leave has a secret in it.
    """
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        refresh(store, progress)
        chosen = tuple(dict.fromkeys(resolve(store, refs, name) for name in request.runs))
        name, address = choose(store, request.remote)
        with store.unfinished(), linked(store, name, address, environ) as link:
            if not link.known.lost():
                return _Push(store, refs, link, request, progress, folder, environ).run(chosen)
            say_asking(link, progress)
            there = look(link, may_be_new=True)
            learn(link, there)
            mended = mend(link, there, dry_run=request.dry_run)
            pushed = _Push(store, refs, link, request, progress, folder, environ, mended=mended).run(chosen, there)
            if mended and not (request.dry_run or chosen):
                link.known.lose(())
            return pushed


class _Plan(NamedTuple):
    """What is to be sent, and how many of the runs are there already."""

    sealed: list[Sealed]
    events: list[bytes]
    need: Need
    there: int
    packing: Packing


class _Push:
    """One push over an open link."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that a push has
        self,
        store: Store,
        refs: Refs,
        link: Link,
        request: PushRequest,
        progress: Progress,
        folder: str,
        environ: Mapping[str, str],
        *,
        mended: bool = False,
    ) -> None:
        """``mended``: something was lost there, so that runs which are there may not be whole."""
        self._mended = mended
        self._environ = environ
        self._folder = folder
        self._store = store
        self._refs = refs
        self._link = link
        self._request = request
        self._progress = progress
        self._skipped: list[Skipped] = []
        self._done = 0

    def run(self, chosen: Sequence[RunId], index: Mapping[str, Stat] | None = None) -> Pushed:
        """Everything, in the order in which it must be; ``index`` is what is in the remote's, if that is known yet."""
        if index is None:
            index, plan = planned(self._link, lambda progress: self._plan(chosen, progress), self._progress)
        else:
            plan = self._plan(chosen, self._progress)
        sealed, events, need, there, _ = plan
        if not self._request.dry_run:
            self._send(plan, new=not index)
        return Pushed(
            remote=self._link.name,
            url=self._link.address.url,
            runs=tuple(each.run for each in sealed),
            events=len(events),
            objects=len(need.objects),
            bytes=need.bytes,
            parts=need.parts,
            there=there,
            skipped=tuple(self._skipped),
            dvc=KeptByDvc(len(need.kept), sum(need.kept.values())),
            dry_run=self._request.dry_run,
        )

    def _plan(self, chosen: Sequence[RunId], progress: Progress) -> _Plan:
        """What is to be sent to a remote that has what is known of it."""
        self._skipped.clear()
        removed = self._refs.removed()
        candidates = chosen or [RunId(run) for run in self._store.index.newest() if run not in removed]
        known = self._link.known.runs()
        if self._mended:
            again = told(candidates, len(candidates), "looking for what was lost", progress)
            whole = (run for run in again if run in known)
            known -= lame(self._store, whole, lambda each: self._closure([each], [], progress))
        sealed = self._read([run for run in candidates if run not in known], progress, named=bool(chosen))
        searched = told(sealed, len(sealed), "searching for secrets in runs", progress)
        leaks.check(self._store, self._refs, searched, self._request.allow, self._folder)
        events = self._events({*known, *(each.run for each in sealed)}, chosen)
        sealed, need = self._need(sealed, events, progress, named=bool(chosen))
        packing = self._packing(need)
        if not self._request.dry_run:
            packing.begin()
        return _Plan(sealed, events, need, sum(run in known for run in candidates), packing)

    def _packing(self, need: Need) -> Packing:
        return Packing(self._store.objects, list(need.objects))

    def _read(self, candidates: Sequence[RunId], progress: Progress, *, named: bool) -> list[Sealed]:
        """The records of the runs that have ended."""
        found = []
        for run in told(candidates, len(candidates), "reading runs", progress):
            try:
                each = read_sealed(self._store, run)
                why = "it has not ended" if each is None else ""
            except (MlrunError, MalformedRecordError) as error:
                each, why = None, str(error)
            if each is not None:
                found.append(each)
            else:
                self._skip(run, why, named=named)
        return found

    def _skip(self, run: str, why: str, *, named: bool) -> None:
        if named:
            raise CannotRebuildError(f"run {run[:12]} cannot be pushed: {why}", hint="nothing was pushed")
        self._skipped.append(Skipped(run, why))

    def _events(self, runs: set[str], chosen: Sequence[RunId]) -> list[bytes]:
        """The events that the remote lacks, of runs that are or will be there; of those ``chosen``, if any are."""
        there = self._link.known.events()
        wanted: set[str] = set(chosen) or runs
        return [data for id_, data in self._store.index.events("") if id_ not in there and _is_about(data, wanted)]

    def _need(
        self, sealed: list[Sealed], events: list[bytes], progress: Progress, *, named: bool
    ) -> tuple[list[Sealed], Need]:
        """What is to be sent; runs of which something is not here that should be are left out."""
        need = self._closure(sealed, self._rooted(events), progress)
        if need.lacking:
            whole = []
            for each in sealed:
                lacking = self._closure([each], [], progress).lacking
                if lacking:
                    self._skip(each.run, self._why(each.run, next(iter(lacking.values()))), named=named)
                else:
                    whole.append(each)
            sealed = whole
            need = self._closure(sealed, self._rooted(events), progress)
        return sealed, need

    def _why(self, run: str, lacking: str) -> str:
        """Why a run is not whole; of one that was pulled nothing has been lost."""
        origin = origin_of(self._store.layout, run)
        if origin is None:
            return f"not all of it is here: {lacking}"
        return f"only its records were pulled: mlrun pull {run[:8]} -r {origin.remote} brings the rest"

    def _closure(self, sealed: Sequence[Sealed], events: Sequence[bytes], progress: Progress) -> Need:
        roots = [named for event in map(decode_event, events) for named in reach.of_event(event)]
        excepted: set[bytes] = set()
        for each in sealed:
            roots += reach.of_run(each.intent, each.seal)
            for recipe in each.recipes:
                roots += reach.of_recipe(recipe)
            excepted |= reach.excepted(each.intent, each.seal)
        data, known = self._request.data, self._link.known
        is_kept = self._keeper(sealed) if data == MISSING else lambda _: False
        return to_send(self._store, known, roots, excepted, progress, data=data != NONE, is_kept=is_kept)

    def _rooted(self, events: Sequence[bytes]) -> Sequence[bytes]:
        """The events that name something: where something was lost, also those that are there."""
        return [data for _, data in self._store.index.events("environment/")] if self._mended else events

    def _keeper(self, sealed: Sequence[Sealed]) -> Callable[[bytes], bool]:
        """Whether DVC keeps a blob."""
        if not any(each.seal.origins for each in sealed):
            return lambda _: False
        from runlore.ops.dvc.keeping import Keeper  # noqa: PLC0415 - most projects have no DVC

        runs = (Parts(each.run, each.intent, each.seal, each.recipes[-1]) for each in sealed)
        return Keeper(self._store, runs, self._environ).has

    def _send(self, plan: _Plan, *, new: bool) -> None:
        sealed, events, need, _, packing = plan
        if not (sealed or events or need.objects):
            return
        if new:
            self._begin()
        total = need.bytes
        self._progress("pushing", 0, total)
        for _ in range(_LOOKS):
            with Sender(self._store, self._link.remote, self._link.known, self._counted(total)) as sender:
                sender.send(packing)
            there = look(self._link, may_be_new=False)
            if self._link.known.holds(there):
                break
            # Somebody cleans the remote: of what was there some may be about to go.
            learn(self._link, there)
            need = self._closure(sealed, self._rooted(events), self._progress)
            packing = self._packing(need)
        *full, last = manifest.shared_out(*self._link.known.noted())
        for each in full:
            self._publish(each, None)
        for file in bundle.files(sealed, events):
            digest, data = manifest.encode_records(file.lines)
            self._publish(last._replace(records=digest, runs=tuple(file.runs), events=tuple(file.events)), data)
            last = Manifest((), (), None, (), ())

    def _begin(self) -> None:
        """Make it a remote, if nobody has meanwhile."""
        made = self._link.remote.create(names.FORMAT, FORMAT)
        if not made and self._link.remote.stat(names.FORMAT) is None:
            raise RemoteDamagedError(f'"{names.FORMAT}" on {self._link.address.url} is there, and is no file')

    def _counted(self, total: int) -> Callable[[int], None]:
        def count(size: int) -> None:
            self._done += size
            self._progress("pushing", min(self._done, total), total)

        return count

    def _publish(self, found: Manifest, records: bytes | None) -> None:
        """Let the remote have these, and know that it does."""
        index, *rest = publish(self._link.remote, found, records)
        self._link.known.take(index, found, {index, *rest})
        for name in rest:
            self._link.known.note_pulled(name)


def _is_about(data: bytes, runs: set[str]) -> bool:
    """Whether an event concerns one of the runs, or the packages that runs need, or what was allowed to leave."""
    event = decode_event(data)
    about, _, name = event.ref.partition("/")
    return about in {"environment", "secret"} or (event.data.get("run") if about == "tag" else name) in runs
