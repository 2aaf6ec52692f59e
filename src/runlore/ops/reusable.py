"""Whether a run would do again what an earlier one did: the one, or why none can be taken for it.

Being asked for something that was computed before, it is better to compute it once too often than to hand out
something else. So everything that an earlier run was seen to depend on must be as it was, and the record must be one
that sees what a run depends on.
"""

import os
from collections.abc import Iterator, Mapping, Sequence

from runlore.capture.access.ground import PROJECT, ground
from runlore.errors import CorruptError
from runlore.ops.describe import refresh
from runlore.ops.outside import Elsewhere
from runlore.ops.parts import Parts, read_parts, read_recipe
from runlore.ops.rebuilt import GONE, UNCHANGED
from runlore.ops.record import Prepared
from runlore.ops.trust import is_known
from runlore.records.hashing import RunId
from runlore.records.phrases import named
from runlore.records.run import FileRef, Intent, Recipe, decode_intent
from runlore.store.refs import Refs
from runlore.store.store import Store
from runlore.store.treediff import changes
from runlore.store.whole import lacking

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
_MOST_TRIED = 20
"""Runs that were the same and cannot be used, after which no older one is tried."""
_MOST_RUNS = 1000
"""Later runs whose outputs are looked up before the search is given up."""


def find(store: Store, top: str, prepared: Prepared, environ: Mapping[str, str]) -> Parts | str:
    """The newest run that was the same as the one that is prepared, or why there is none to be used."""
    refresh(store)
    intent, removed = decode_intent(prepared.intent), Refs(store.layout, store.index).removed()
    why: list[str] = []
    for row in store.index.rows():
        if row.id in removed or not row.sealed:
            continue
        try:
            parts = read_parts(store, RunId(row.id))
            if not _is_same(store, prepared.recipe, parts) or not is_known(store, parts, environ):
                continue
        except CorruptError:
            continue  # fsck says what is wrong with it
        against = next(_Doubts(store, top, prepared, intent, environ).about(parts), None)
        if against is None:
            return parts
        why.append(f"run {row.id[:8]} was the same, but {against}")
        if len(why) >= _MOST_TRIED:
            break
    return why[0] if why else _nearest(store, prepared)


def _nearest(store: Store, prepared: Prepared) -> str:
    """Why no run was the same, if what runs have made is to blame: where git does not ignore it, it counts as code."""
    made: set[str] = set()
    for _, row in zip(range(_MOST_RUNS), store.index.rows(), strict=False):
        try:
            parts = read_parts(store, RunId(row.id))
            made.update(ref.path for ref in parts.outputs)
            then, now = parts.recipe.code, prepared.recipe.code
            if parts.recipe.argv != prepared.recipe.argv or then is None or now is None or then == now:
                continue
            changed = {
                path for paths in changes(store.objects, bytes.fromhex(then), bytes.fromhex(now)) for path in paths
            }
        except CorruptError:
            continue
        if changed <= made:
            return f"what runs made counts as code, and is another: {named(sorted(changed), _NAMED)}; let git ignore it"
    return "no earlier run was the same"


def _is_same(store: Store, recipe: Recipe, parts: Parts) -> bool:
    """Whether it was begun from the same: command, code, parameters, config, declared data, variables, packages."""
    seal = parts.seal
    if seal is None or seal.state != "succeeded":
        return False
    begun = read_recipe(store, parts.run, parts.intent.recipe)
    if begun._replace(environment=None) != recipe._replace(environment=None):
        return False
    return recipe.environment == parts.recipe.environment


class _Doubts:
    """What speaks against taking an earlier run for the one that is prepared."""

    def __init__(self, store: Store, top: str, prepared: Prepared, intent: Intent, environ: Mapping[str, str]) -> None:
        self._store = store
        self._top = top
        self._prepared = prepared
        self._intent = intent
        self._ground = ground(top, store.layout.root, dict(environ), ())
        self._elsewhere = Elsewhere(store)

    def about(self, parts: Parts) -> Iterator[str]:
        """Sentences, the cheapest to find out first; none if it can be used."""
        yield from self._of_record(parts)
        yield from self._of_variables(parts)
        yield from self._of_inputs(parts)
        yield from self._of_folders(parts)
        yield from self._of_new_files(parts)
        yield from self._of_outputs(parts)

    def _of_record(self, parts: Parts) -> Iterator[str]:
        seal = parts.seal
        if seal is None or seal.observer not in _WATCHED:
            yield "what it read is not certain: it was not watched, or by Python's audit events alone"
            return
        if seal.interpreter is not None and parts.recipe.environment is None:
            yield _DOUBTS["environment-unknown"]
        for warn in (*parts.intent.warnings, *seal.warnings):
            if warn.code in _DOUBTS:
                yield _DOUBTS[warn.code]

    def _of_variables(self, parts: Parts) -> Iterator[str]:
        then, now = parts.intent.others, self._intent.others
        if then is None or now is None:
            yield "the variables that it saw are not on record"
            return
        other = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
        if other:
            yield f"other variables are set now: {named(other, _NAMED)}"

    def _of_inputs(self, parts: Parts) -> Iterator[str]:
        for ref in parts.inputs:
            status = self._elsewhere.status(os.path.join(self._top, ref.path), ref)
            if status != UNCHANGED:
                yield f'"{ref.path}", which it read, is gone' if status == GONE else f'"{ref.path}" is another now'

    def _of_folders(self, parts: Parts) -> Iterator[str]:
        known = self._known(parts)
        above = {folder for path in known for folder in _above(path)}
        for folder in parts.seal.folders if parts.seal else ():
            for path in self._strange(os.path.join(self._top, folder), known, above):
                yield f'it listed "{folder}", where "{os.path.basename(path)}" lies, which it did not read'
                break

    def _strange(self, folder: str, known: set[str], above: set[str]) -> Iterator[str]:
        """What lies below a folder and is neither known nor a folder with something known in it."""
        for name in _names(folder):
            path = f"{folder}/{name}"
            if path in above:
                yield from self._strange(path, known, above)
            elif not _is_among(path, known) and self._counts(path):
                yield path

    def _of_new_files(self, parts: Parts) -> Iterator[str]:
        """Files that git ignores, and that were not there then: the run may have looked for one, and gone without."""
        known = {*self._known(parts), *self._made_since(parts.run)}
        for path in self._younger(self._top, parts.intent.started_at):
            if not _is_among(path, known):
                yield f'"{os.path.relpath(path, self._top)}" is new since then'

    def _known(self, parts: Parts) -> set[str]:
        """The absolute paths of what the run read and made, and of the code."""
        code = (os.fsdecode(row.path) for row in self._prepared.listing.rows)
        paths = (*code, *(ref.path for ref in (*parts.inputs, *parts.outputs)))
        return {os.path.join(self._top, path) for path in paths}

    def _made_since(self, run: RunId) -> Iterator[str]:
        """What later runs have made."""
        for number, row in enumerate(self._store.index.rows()):
            if row.id == run or number >= _MOST_RUNS:
                return
            try:
                outputs = read_parts(self._store, RunId(row.id)).outputs
            except CorruptError:
                continue
            yield from (os.path.join(self._top, ref.path) for ref in outputs)

    def _younger(self, folder: str, than: int) -> Iterator[str]:
        """The files below a folder of the project that were made or changed since."""
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            if not self._counts(entry.path):
                continue
            if entry.is_dir(follow_symlinks=False):
                if not os.path.exists(entry.path + "/pyvenv.cfg"):
                    yield from self._younger(entry.path, than)
            elif entry.stat(follow_symlinks=False).st_ctime_ns > than:
                yield entry.path

    def _counts(self, path: str) -> bool:
        return self._ground.kind(os.fsencode(path)) == PROJECT

    def _of_outputs(self, parts: Parts) -> Iterator[str]:
        added = [ref.path for ref in parts.outputs if ref.role == "added" or self._would_add(ref)]
        if added:
            yield f"it adds to what was there before: {named(added, _NAMED)}"
        gone = [ref.path for ref in parts.outputs if any(lacking(self._store.objects, ref))]
        if gone:
            yield f"not all that it made is in the store: {named(gone, _NAMED)}"

    def _would_add(self, ref: FileRef) -> bool:
        """Whether the run made the file in a way that would add to what is there now."""
        return ref.role == "begun" and os.path.lexists(os.path.join(self._top, ref.path))


def _is_among(path: str, known: set[str]) -> bool:
    """Whether it is one of these files, or lies in a folder that is."""
    while len(path) > 1:
        if path in known:
            return True
        path = os.path.dirname(path)
    return False


def _above(path: str) -> Iterator[str]:
    while len(path := os.path.dirname(path)) > 1:
        yield path


def _names(folder: str) -> Sequence[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return ()
