"""What speaks against taking an earlier run for the one that is prepared: sentences, the cheapest to find out first."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from runlore.capture.access.ground import ENVIRONMENT, OUTSIDE, PROJECT, ground
from runlore.capture.data import relative
from runlore.capture.standard_input import UNKNOWN
from runlore.capture.variables import MASK
from runlore.errors import CorruptError
from runlore.ops.execution import Order
from runlore.ops.interpreter import Report, remembered_report, started_report
from runlore.ops.newcomers import newer_module, parents, strange, younger
from runlore.ops.outside import Elsewhere
from runlore.ops.parts import Parts, read_parts
from runlore.ops.rebuilt import GONE, UNCHANGED
from runlore.ops.record import Prepared
from runlore.ops.recorded_files import is_among, made, obstacle
from runlore.records.canonical import Json
from runlore.records.hashing import RunId
from runlore.records.phrases import named
from runlore.records.run import FileRef, decode_intent
from runlore.store.store import Store
from runlore.store.whole import files_of, lacking

_WATCHED = frozenset(("native", "strace"))
_DOUBTS = {
    "network-used": "it used the network",
    "unseeded": "it drew random numbers without a seed",
    "file-changed-during-run": "a file changed while it ran",
    "trace-incomplete": "not everything that it touched was seen",
    "unobserved": "programs ran in it that could not be watched",
    "environment-unknown": "its packages are not on record",
    "journal-incomplete": "its journal was not whole",
    "processes-left-running": "processes of it went on after its end",
    "output-missing": "an output that was declared was missing",
}
_NAMED = 3
_MOST_RUNS = 1000
"""Later runs whose outputs are looked up before the search is given up."""


class Doubts:
    """Looks at the machine as it is now, beside what an earlier run of the same command is on record with."""

    def __init__(self, store: Store, order: Order, prepared: Prepared) -> None:
        self._store = store
        self._order = order
        self._top = os.path.realpath(order.top)
        self._prepared = prepared
        self._intent = decode_intent(prepared.intent)
        self._ground = ground(order.top, store.layout.root, dict(order.command.environ), ())
        self._elsewhere = Elsewhere(store)

    def about(self, parts: Parts) -> Iterator[str]:
        """None if the run can be used."""
        yield from self._of_record(parts)
        yield from self._of_circumstances(parts)
        yield from self._of_streams(parts)
        yield from self._of_programs(parts)
        yield from self._of_inputs(parts)
        later = {self._path(ref) for ref in self._made_since(parts.run)}
        known = {*self._code, *map(self._path, self._files((*parts.inputs, *parts.outputs)))}
        yield from self._of_folders(parts, known, later)
        yield from self._of_new_files(parts, known | later)
        yield from self._of_outputs(parts)
        yield from self._of_places(parts)

    def _files(self, refs: Iterable[FileRef]) -> Iterator[FileRef]:
        for ref in refs:
            yield from files_of(self._store.objects, ref)

    def _of_record(self, parts: Parts) -> Iterator[str]:
        seal = parts.seal
        if seal is None or seal.observer not in _WATCHED:
            yield "what it read is not certain: it was not watched, or by Python's audit events alone"
            return
        if seal.interpreter is not None and parts.recipe.environment is None:
            yield _DOUBTS["environment-unknown"]
        for warn in parts.warnings:
            if warn.code in _DOUBTS:
                yield _DOUBTS[warn.code]

    def _of_circumstances(self, parts: Parts) -> Iterator[str]:
        then, now = parts.intent.others, self._intent.others
        if then is None or now is None:
            yield "the variables that it saw are not on record"
            return
        other = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
        if other:
            yield f"other variables are set now: {named(other)}"
        if any(MASK in value for value in parts.recipe.variables.values()):
            yield "a variable that it saw held a password, which may be another now"
        if parts.intent.top != self._intent.top:
            yield "the project lay elsewhere"
        if _computing(parts.intent.hardware) != _computing(self._intent.hardware):
            yield "this machine has other processors or GPUs now"

    def _of_streams(self, parts: Parts) -> Iterator[str]:
        then, now = parts.intent.stdin, self._intent.stdin
        if now in {None, UNKNOWN}:
            yield "nobody knows what the standard input holds: give it a file, or < /dev/null"
        elif then != now:
            yield "its standard input was another"
        if parts.seal is not None and parts.seal.log_bytes and _is_fresh_file(1):
            yield "what it printed would be missing from the file that the output goes to"

    def _of_programs(self, parts: Parts) -> Iterator[str]:
        command, began = self._order.command, parts.intent.started_at
        program = command.argv[0]
        if parts.intent.interpreter != command.interpreter:
            yield "it ran with another interpreter"
        if not self._counts(os.path.realpath(program)) and _changed_at(program) > began:
            yield f'"{program}" is newer'
        report = known_report(self._store, self._order, parts) or {}
        newer = newer_module(_folders(report.get("path"), self._counts), began, self._has_packages)
        if newer is not None:
            yield f'"{newer}", which it may have imported, is newer'

    def _of_inputs(self, parts: Parts) -> Iterator[str]:
        for ref in parts.inputs:
            status = self._elsewhere.status(self._path(ref), ref)
            if status != UNCHANGED:
                yield f'"{ref.path}", which it read, is gone' if status == GONE else f'"{ref.path}" is another now'

    def _of_folders(self, parts: Parts, known: set[str], later: set[str]) -> Iterator[str]:
        began, filled = parts.intent.started_at, {os.path.dirname(path) for path in later}
        above = {parent for path in known for parent in parents(path)}
        for folder in parts.seal.folders if parts.seal else ():
            where = os.path.join(self._top, folder)
            if not os.path.isdir(where):
                yield f'it listed "{folder}", which is gone'
            for path in strange(where, began, known | later, above, self._is_data):
                yield f'it listed "{folder}", where "{os.path.basename(path)}" lies, which it did not read'
            if parts.seal and where not in filled and _changed_at(where) > parts.seal.ended_at:
                yield f'it listed "{folder}", where something came or went since'

    def _of_new_files(self, parts: Parts, known: set[str]) -> Iterator[str]:
        """Files that git ignores, and that were not there then: the run may have looked for one, and gone without."""
        for path in younger(self._top, parts.intent.started_at, self._counts):
            if path not in known and not _is_our_output(path):
                yield f'"{os.path.relpath(path, self._top)}" is new since then'

    def _of_outputs(self, parts: Parts) -> Iterator[str]:
        added = [ref.path for ref in parts.outputs if ref.role == "added" or self._would_add(ref)]
        if added:
            yield f"it adds to what was there before: {named(added)}"
        gone = [ref.path for ref in parts.outputs if any(lacking(self._store.objects, ref))]
        if gone:
            yield f"not all that it made is in the store: {named(gone)}"
        asked = [relative(os.path.join(self._order.folder, path), self._top) for path in self._order.out]
        of_it = {ref.path for ref in parts.outputs}
        if other := [path for path in asked if not is_among(path, of_it)]:
            yield f"it was not said to make {named(other)}"

    def _of_places(self, parts: Parts) -> Iterator[str]:
        """What would be lost, or written elsewhere than the run would."""
        own, beside = made(self._store.objects, parts)
        for ref in beside:
            if self._elsewhere.status(self._path(ref), ref) not in {UNCHANGED, GONE}:
                yield f'"{ref.path}", which it did not make, is another now'
        for ref in own:
            if (why := obstacle(self._path(ref))) is not None:
                yield f'"{ref.path}" cannot be put back: {why}'

    def _would_add(self, ref: FileRef) -> bool:
        """Whether the run made the file in a way that would add to what is there now."""
        return ref.role == "begun" and os.path.lexists(self._path(ref))

    def _made_since(self, run: RunId) -> Iterator[FileRef]:
        """What later runs have made."""
        for number, row in enumerate(self._store.index.rows()):
            if row.id == run or number >= _MOST_RUNS:
                return
            try:
                yield from self._files(read_parts(self._store, RunId(row.id)).outputs)
            except CorruptError:
                continue

    @cached_property
    def _code(self) -> set[str]:
        return {os.path.join(self._top, os.fsdecode(row.path)) for row in self._prepared.listing.rows}

    def _path(self, ref: FileRef) -> str:
        return os.path.join(self._top, ref.path)

    def _counts(self, path: str) -> bool:
        return self._ground.kind(os.fsencode(path)) == PROJECT

    def _is_data(self, path: str) -> bool:
        return self._ground.kind(os.fsencode(path)) in {PROJECT, OUTSIDE}

    def _has_packages(self, folder: str) -> bool:
        return self._ground.kind(os.fsencode(os.path.realpath(folder))) == ENVIRONMENT


def known_report(store: Store, order: Order, parts: Parts) -> Report | None:
    """What the interpreter of the command, or the first that it started then, is known to report now."""
    argv, environ = order.command.argv, order.command.environ
    found = remembered_report(store.stats, argv[0], environ)
    if found is None and parts.seal is not None and parts.seal.interpreter is not None:
        return started_report(store.stats, argv, parts.seal.interpreter, environ)
    return found


def _computing(hardware: Mapping[str, Json]) -> list[Json]:
    """What numbers may depend on."""
    return [hardware.get(name) for name in ("machine", "cpu", "cores", "cores_available", "gpus")]


def _folders(path: Json, in_project: Callable[[str], bool]) -> list[str]:
    """The folders that modules are looked for in, but for those whose files are code of the project."""
    entries = path if isinstance(path, list) else []
    return [entry for entry in entries if isinstance(entry, str) and entry and not in_project(os.path.realpath(entry))]


def _changed_at(path: str) -> int:
    """When anything about it was changed (ns since 1970 UTC), 0 if it is not there."""
    try:
        return os.stat(path).st_ctime_ns
    except OSError:
        return 0


def _is_fresh_file(stream: int) -> bool:
    """Whether it leads to a file that was emptied for this command alone, as by ``>`` of a shell."""
    try:
        found = os.fstat(stream)
        if not stat.S_ISREG(found.st_mode) or fcntl.fcntl(stream, fcntl.F_GETFL) & os.O_APPEND:
            return False
        return os.lseek(stream, 0, os.SEEK_CUR) == 0
    except OSError:
        return False


def _is_our_output(path: str) -> bool:
    """Whether what we say goes to this file, as what the run printed did."""
    try:
        return any(os.path.samestat(os.stat(path), os.fstat(stream)) for stream in (1, 2))
    except OSError:
        return False
