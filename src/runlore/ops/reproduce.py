"""`reproduce`: run it again, from what is on record alone, and say whether it came to the same."""

import contextlib
import os
from collections.abc import Callable
from typing import NamedTuple

from runlore.errors import CannotRebuildError, RunNotFoundError
from runlore.execute.environment.rebuild import Progress, Rebuilt
from runlore.ops.describe import live_state
from runlore.ops.dvc.bringing import bring, nowhere
from runlore.ops.dvc.kept import Kept
from runlore.ops.execution import ExecResult, Listener
from runlore.ops.names import resolve
from runlore.ops.parts import read_parts, read_recipe
from runlore.ops.project import find_project, open_store
from runlore.ops.record import Counter
from runlore.ops.reproduction import packages
from runlore.ops.reproduction.causes import causes
from runlore.ops.reproduction.folder import Folder
from runlore.ops.reproduction.preflight import IMPOSSIBLE, TO_FETCH, UNCERTAIN, Preflight, grade_of, spares
from runlore.ops.reproduction.request import ReproduceRequest, stands_below
from runlore.ops.reproduction.rerun import Prepared, furnish, link_environment, run_again
from runlore.ops.reproduction.results import Divergence, Part, Reproduction
from runlore.ops.reproduction.substitute import other_code
from runlore.ops.reproduction.variation import vary
from runlore.ops.reproduction.verdict import NOT_REPRODUCIBLE, Judged, judge
from runlore.ops.sharing.promised import awaited, share_a_key
from runlore.ops.sharing.supply import supply
from runlore.ops.trust import Stranger, accept, is_known, look_at, refuse
from runlore.records.hashing import RunId
from runlore.records.phrases import counted
from runlore.records.run import Recipe
from runlore.store.adopting import origin_of
from runlore.store.reach import CODE
from runlore.store.refs import Refs
from runlore.store.store import Store


class Ears(NamedTuple):
    """Whom to tell and to ask: of the run as `exec` does; what repeating it takes; whether a stranger's code may run.

    ``ask`` is ``None`` where there is nobody.
    """

    listener: Listener
    on_ready: Callable[[tuple[Part, ...]], None]
    ask: Callable[[Stranger], bool] | None


class Repeated(NamedTuple):
    """What is to be said, and how the command ended; ``exec_result`` is ``None`` if nothing was run."""

    found: Reproduction
    exec_result: ExecResult | None


def check(request: ReproduceRequest) -> Reproduction:
    """What repeating the run would take. Runs nothing, makes nothing.

    Raises:
        NoStoreError, RunNotFoundError, CorruptError: there is no such run, or its records are damaged.
    """
    with open_store(request.folder) as store:
        return _Repetition(store, request).check()


def reproduce(request: ReproduceRequest, ears: Ears) -> Repeated:
    """Run it again and compare.

    Raises:
        NoStoreError, RunNotFoundError, CorruptError: as `check`.
        RefusedError: it was made elsewhere and nobody allowed it, or the folder to run in is not empty.
        CannotRebuildError: something that the records promised could not be had after all.
        UsageError: a parameter, an input or a run that the request names does not exist.
        StartError: the command cannot be started.
    """
    with open_store(request.folder) as store:
        return _Repetition(store, request).run(ears)


class _Repetition:
    """One run, about to be repeated."""

    def __init__(self, store: Store, request: ReproduceRequest) -> None:
        self._store = store
        self._request = request
        self._id = resolve(store, Refs(store.layout, store.index), request.run)
        self._parts = read_parts(store, self._id)
        self._trusted = request.trusted or is_known(store, self._parts, request.environ)
        self._preflight = Preflight(store, self._parts, request.environ, trusted=self._trusted)
        if self._parts.seal is None and live_state(store, self._id, self._parts.intent.boot) == "running":
            raise RunNotFoundError(f"run {self._id[:8]} is still running", hint="wait for its end: mlrun list")

    def check(self) -> Reproduction:
        ready = self._ready()
        if grade_of(ready) == IMPOSSIBLE and awaited(self._store, [self._parts]):
            ready = tuple([_brought(each) for each in ready])
        return self._not_run(ready)

    def run(self, ears: Ears) -> Repeated:
        self._supply(ears)
        self._bring(ears)
        ready = self._ready()
        if grade_of(ready) == IMPOSSIBLE:
            return Repeated(self._not_run(ready), None)
        self._ask(ears)
        ears.on_ready(ready)
        with Folder(self._parts.intent.top, self._request.into, self._request.environ) as folder:
            with contextlib.ExitStack() as undo:
                undo.callback(folder.abandon)
                prepared = self._prepare(folder, ears.listener)
                undo.pop_all()
            result = run_again(
                self._store,
                self._parts,
                prepared,
                folder,
                environ=self._request.environ,
                timeout=self._request.timeout,
                listener=ears.listener,
            )
            return Repeated(self._compare(ready, result, prepared.rebuilt, folder), result)

    def _ready(self) -> tuple[Part, ...]:
        request = self._request
        return self._preflight.parts(
            replaced=request.data,
            code=request.code is None,
            environment=request.env == "exact",
            elsewhere=request.into is None,
        )

    def _not_run(self, ready: tuple[Part, ...]) -> Reproduction:
        grade = grade_of(ready)
        return Reproduction(self._id, None, NOT_REPRODUCIBLE if grade == IMPOSSIBLE else None, grade, ready)

    def _ask(self, ears: Ears) -> None:
        if self._trusted:
            return
        if ears.ask is None or not ears.ask(look_at(self._store, self._parts)):
            raise refuse(self._parts)
        accept(self._id, self._request.environ)
        self._trusted = True

    def _supply(self, ears: Ears) -> None:
        """Bring what a pulled run needs: the code first, which whoever is asked wants to see."""
        if origin_of(self._store.layout, self._id) is None:
            return
        if not self._trusted and ears.ask is None:
            raise refuse(self._parts)
        environ, progress = self._request.environ, ears.listener.progress
        supply(self._store, self._parts, environ, progress, wanted=(CODE,))
        self._ask(ears)
        self._preflight = Preflight(self._store, self._parts, environ, trusted=self._trusted)
        supply(self._store, self._parts, environ, progress)

    def _bring(self, ears: Ears) -> None:
        """Bring from DVC's remotes what is nowhere here."""
        kept = Kept(self._store, self._parts, self._request.environ)
        refs = [ref for ref in self._parts.inputs if not stands_below(ref.path, self._request.data)]
        wanted = nowhere(self._store, kept, refs, spares(self._store, self._parts))
        brought = bring(self._store, kept, wanted, self._request.environ, ears.listener.progress)
        for name, paths in brought.remotes.items():
            ears.listener.on_remark(f"from DVC's remote {name}: {counted(len(paths), 'file')}")
        environ = self._request.environ
        self._preflight = Preflight(self._store, self._parts, environ, trusted=self._trusted, brought=brought)

    def _prepare(self, folder: Folder, listener: Listener) -> Prepared:
        request = self._request
        rebuilt = self._environment(listener.progress)
        count = Counter("restoring", listener.progress)
        code = None if request.code is None else other_code(self._store, request.code, request.folder)
        moved = furnish(
            self._store, self._parts, folder, None if code is None else code.tree, request.data, count, request.environ
        )
        link_environment(self._parts, folder, rebuilt)
        return Prepared(vary(self._store, request, self._begun(), self._parts, folder, code), rebuilt, moved)

    def _environment(self, progress: Progress) -> Rebuilt | None:
        request = self._request
        ran = packages.recorded(self._store, self._parts)
        if request.env == "current":
            return packages.here(find_project(request.folder).top, request.folder, request.environ)
        if ran is None:
            return None
        if request.env == "exact":
            return packages.exact(self._store, ran, request.environ, progress)
        path = os.path.join(request.folder, request.env)
        return packages.locked(self._store, ran, path, request.environ, progress)

    def _begun(self) -> Recipe:
        """The recipe as it was before the run: what the run itself has shown is seen again."""
        begun = read_recipe(self._store, self._id, self._parts.intent.recipe)
        return begun._replace(environment=self._parts.recipe.environment)

    def _compare(
        self, ready: tuple[Part, ...], result: ExecResult, rebuilt: Rebuilt | None, folder: Folder
    ) -> Reproduction:
        if result.run is None:
            raise CannotRebuildError("the new run could not be recorded, so there is nothing to compare")
        parts = read_parts(self._store, RunId(result.run.id))
        judged = judge(self._store, self._parts, parts, self._request.tolerance, folder.path)
        one_key = share_a_key(self._store, self._parts, parts)
        findings = packages.differences(self._store, self._parts.recipe, parts.recipe, rebuilt)
        doubts = tuple(part for part in ready if part.status == UNCERTAIN)
        return Reproduction(
            run=self._id,
            rerun=parts.run,
            verdict=judged.verdict,
            grade=grade_of(ready),
            checks=(*doubts, *judged.parts),
            first_divergence=_divergence(judged, causes(self._parts, parts, findings, one_key=one_key)),
            exit_code=result.run.exit_code,
            signal=result.run.signal,
            folder=folder.path if folder.kept else None,
        )


def _brought(part: Part) -> Part:
    """A part of a pulled run of which only the records are here: what is missing is brought before it runs."""
    if part.status != IMPOSSIBLE or part.part not in {"code", "inputs"}:
        return part
    return Part(part.part, TO_FETCH, "it was pulled: what is not here yet is brought from where it came")


def _divergence(judged: Judged, why: tuple[str, ...]) -> Divergence | None:
    metric, line = judged.metric, judged.line
    if metric is None and judged.output is None and line is None:
        return None
    return Divergence(
        metric=metric.metric if metric else None,
        step=metric.step if metric else None,
        a=metric.a if metric else None,
        b=metric.b if metric else None,
        output=judged.output,
        line=None if line is None else {"number": line.number, "a": line.a, "b": line.b},
        causes=why,
    )
