"""`fsck REMOTE`: is all that was pushed there, and whole?"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from runlore.errors import FormatError, RemoteDamagedError
from runlore.ops.counted import Progress
from runlore.ops.project import open_store
from runlore.ops.record import Counter
from runlore.ops.results import Finding, FsckReport
from runlore.ops.sharing.bundle import Contents, unpack
from runlore.ops.sharing.link import Link, choose, fetched, linked, look, read_marks, say_asking
from runlore.records import tree
from runlore.records.hashing import record_digest
from runlore.records.run import decode_intent, decode_recipe, decode_seal
from runlore.store import reach
from runlore.store.pack import BLOB, RECORD, TREE
from runlore.store.problem import ERROR, WARNING, Problem
from runlore.store.reach import DATA, Named
from runlore.store.remote import cleaning, manifest, names
from runlore.store.remote.checking import AGAIN, FileCheck
from runlore.store.remote.cleaning import Mark
from runlore.store.remote.manifest import Manifest
from runlore.store.remote.port import Stat


def fsck_remote(folder: str, name: str, environ: Mapping[str, str], *, quick: bool, progress: Progress) -> FsckReport:
    """Check a remote; ``quick`` reads no contents of files.

    Raises:
        NoSuchRemoteError: no remote has this name.
        RemoteError: it cannot be reached, or nothing was pushed there yet.
    """
    with open_store(folder) as store:
        name, address = choose(store, name)
        with linked(store, name, address, environ) as link:
            say_asking(link, progress)
            check = _Check(link, Counter("checking", progress), quick=quick)
            problems = list(check.run())
    return FsckReport(
        sound=not any(problem.severity == ERROR for problem in problems),
        checked=dict(check.checked),
        findings=tuple(Finding(**problem._asdict()) for problem in problems),
        remote=address.url,
    )


class _Key(NamedTuple):
    kind: bytes
    digest: bytes
    excused: bool


class _Check:
    def __init__(self, link: Link, on_file: Counter, *, quick: bool) -> None:
        self._link = link
        self._on_file = on_file
        self._quick = quick
        self.checked: Tally[str] = Tally(dict.fromkeys(("packs", "objects", "runs", "events"), 0))
        self._lost: set[str] = set()
        """Files of the index that are to be sent again."""
        self._files = FileCheck(link.remote, self.checked, on_file, on_file.expect, quick=quick)

    def run(self) -> Iterator[Problem]:
        """Every problem there is."""
        try:
            there = look(self._link, may_be_new=False)
        except FormatError as error:
            yield Problem("format-unreadable", ERROR, names.FORMAT, error.message, error.hint)
            return
        self._on_file.expect(sum(each.size for each in there.values() if not names.is_mark(each.name)))
        marks = tuple(read_marks(self._link, there.values()))
        stale = cleaning.stale(marks, there)
        is_sound = True
        for problem in self._problems(there, marks):
            if problem.severity == WARNING or problem.path not in stale:
                is_sound = is_sound and problem.severity == WARNING
                yield problem
        self._link.known.lose(() if is_sound else self._lost | self._files.lost)

    def _problems(self, there: Mapping[str, Stat], marks: Iterable[Mark]) -> Iterator[Problem]:
        manifests: dict[str, Manifest] = {}
        for each in sorted(there.values()):
            if names.is_index(each.name):
                yield from self._index(each, manifests)
        named = {names.records(each.records) for each in manifests.values() if each.records}
        for at in sorted(set(named) - there.keys()):
            yield Problem("push-unfinished", WARNING, at, "a push was cut, or goes on now", "push again")
        yield from self._files.check(manifests, marks)
        for each in sorted(there.values()):
            if names.is_records(each.name):
                if each.name not in named:
                    self._lost.add(each.name)
                    message = "no index file says where what it names lies"
                    yield Problem("object-missing", ERROR, each.name, message, AGAIN)
                yield from self._records(each)

    def _index(self, each: Stat, manifests: dict[str, Manifest]) -> Iterator[Problem]:
        try:
            for name, data in fetched(self._link.remote, [each], manifest.MOST_INDEX):
                self._on_file(len(data))
                manifests[name] = manifest.decode(name, data)
        except RemoteDamagedError as error:
            self._lost.add(each.name)
            yield Problem("index-corrupt", ERROR, each.name, error.message, AGAIN)

    def _records(self, each: Stat) -> Iterator[Problem]:
        try:
            for name, data in fetched(self._link.remote, [each], manifest.MOST_RECORDS):
                self._on_file(len(data))
                yield from self._runs(name, unpack(name, data))
        except RemoteDamagedError as error:
            self._lost.add(each.name)
            yield Problem("record-malformed", ERROR, each.name, error.message, AGAIN)
        except FormatError as error:
            yield Problem("format-unreadable", ERROR, each.name, error.message, error.hint)

    def _runs(self, name: str, found: Contents) -> Iterator[Problem]:
        """What the runs of a records file name and is not there."""
        self.checked["events"] += len(found.events)
        here = {record_digest(data): data for data in found.others}
        for run in found.runs:
            self.checked["runs"] += 1
            intent, seal = decode_intent(run.intent), decode_seal(run.seal)
            excepted = reach.excepted(intent, seal)
            wanted = list(reach.of_run(intent, seal))
            for oid in [each.oid for each in wanted if each.what == "recipe"]:
                data = here.get(bytes.fromhex(oid))
                wanted += reach.of_recipe(decode_recipe(data)) if data is not None else ()
            lacking = self._lacking(wanted, excepted, here)
            for what in sorted(lacking):
                message = f"run {run.run[:12]}: {what} is not there"
                yield Problem("object-missing", ERROR, name, message, AGAIN)

    def _lacking(self, wanted: list[Named], excepted: set[bytes], here: Mapping[bytes, bytes]) -> set[str]:
        """What is missing, in words. Contents of input data may be: they need not have been pushed."""
        lacking = set()
        for each in dict.fromkeys(wanted):
            digest = bytes.fromhex(each.oid)
            if each.kind == RECORD:
                lacking.update([] if digest in here else [f"{each.what} {each.oid}"])
                continue
            excused = digest in excepted or each.part == DATA
            for key in self._gone(_Key(each.kind, digest, excused), excepted):
                lacking.add(f"{each.what}: {'folder' if key.kind == TREE else 'file'} {key.digest.hex()}")
        return lacking

    def _gone(self, root: _Key, excepted: set[bytes]) -> Iterator[_Key]:
        stack, seen = [root], set()
        while stack:
            key = stack.pop()
            if key.digest in seen:
                continue
            seen.add(key.digest)
            if (key.kind, key.digest) not in self._files.there:
                if key.kind == TREE or not key.excused:
                    yield key
                continue
            for entry in self._files.trees.get(key.digest, ()) if key.kind == TREE else ():
                kind = TREE if entry.kind == tree.FOLDER else BLOB
                stack.append(_Key(kind, entry.digest, key.excused or entry.digest in excepted))
