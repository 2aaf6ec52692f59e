"""The end of a run: what it left behind is captured, and the seal written."""

import os
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from runlore.capture.access.observer import Observer, Place
from runlore.capture.caution import not_kept, remote_inputs
from runlore.capture.data import DataCapture
from runlore.capture.dvc.traces import roots
from runlore.capture.metrics.collect import collect
from runlore.capture.secret_search import BUDGET, Search
from runlore.capture.secret_search import Found as Secrets
from runlore.errors import UsageError
from runlore.ops.interpreter import add_environment
from runlore.ops.kept import keep_distributions
from runlore.ops.predictions.keeping import keep_samples
from runlore.ops.redaction import Redactor
from runlore.ops.told import (
    Ended,
    Entries,
    interpreter,
    scripted_outputs,
    scripted_params,
    told_warnings,
)
from runlore.ops.touched import NOTHING, Places, Touched, touched
from runlore.ops.usage import add_usage
from runlore.records.hashing import ObjectId, RunId
from runlore.records.origins import Origin
from runlore.records.paths import is_below
from runlore.records.run import (
    SAMPLES,
    FileRef,
    Recipe,
    Seal,
    Warn,
    by_path,
    encode_recipe,
    encode_seal,
)
from runlore.store import runs, settings
from runlore.store.reading import open_plain
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

_NOBODY = ("everything",)
_LANDMARK = b"/encodings/__init__.py"
"""What every Python reads when it starts."""


class Outputs(NamedTuple):
    """The declared outputs and where they are relative to; those among them that hold ``samples``."""

    paths: Sequence[str]
    cwd: str
    top: str
    samples: Sequence[str] = ()


class Remains(NamedTuple):
    """What there is to look at when a run has ended: its journal, what was declared, and who watched it.

    ``on_read`` is told of bytes as they are read; ``budget`` is how many bytes are searched for secrets that
    were not before.
    """

    entries: Entries
    outputs: Outputs
    observer: Observer | None
    places: Places
    on_read: Callable[[int], None] | None = None
    patch: ObjectId | None = None
    budget: int = BUDGET


NOTHING_LEFT = Remains((), Outputs((), "", ""), None, Places("", {}))


def write_seal(store: Store, run: RunId, recipe: Recipe, ended: Ended, remains: Remains) -> bool:
    """Seal the run with what it left behind; durable on return. False if it was sealed already.

    Raises:
        StoreWriteError: the store cannot be written; the next writer seals the run from its journal.
    """
    warnings = list(ended.warnings)
    entries, observer = remains.entries, remains.observer
    folder = f"{store.layout.runs}/{run}"
    with store.unfinished():
        redactor = Redactor(store.secret_key)
        with store.writer() as writer:
            declared = _outputs(store, writer, remains.outputs, entries, warnings)
            seen = NOTHING
            if observer is not None:
                seen = touched(store, writer, observer, recipe, remains.places, remains.on_read)
                warnings += seen.warnings
            metrics = collect(f"{folder}/journal", seen.written, top=remains.places.top)
            warnings += (*metrics.warnings, *told_warnings(entries))
            series = None if metrics.series is None else ObjectId(writer.add_blob(metrics.series).hex())
            usage_series = add_usage(writer, entries)
            samples = keep_samples(writer, store.layout, f"{folder}/journal", entries)
            completed = _complete(store, writer, recipe, entries) or _unreported(recipe, ended, warnings, seen)
            completed = _with_what_was_seen(completed, seen, entries, redactor)
            recipe_id = ObjectId(writer.add_record(encode_recipe(completed)))
            keeping = keep_distributions(store, writer, entries, seen, remains.places.top)
            warnings += (*keeping.warnings, *samples.warnings)
            log = _add_log(store, writer, run, warnings)
            warnings += remote_inputs((each["path"] for each in completed.inputs), remains.places.top)
            warnings += not_kept(seen.inputs, (*seen.outputs, *declared), settings.limits(store.layout))
        secrets, unsearched = _search(store, completed, seen, remains)
        store.stats.flush()
        seal = Seal(
            run=run,
            recipe=recipe_id,
            state=ended.state,
            exit_code=ended.exit_code,
            signal=ended.signal,
            ended_at=ended.ended_at,
            duration=ended.duration,
            usage=ended.usage,
            log=log,
            log_bytes=ended.log_bytes,
            outputs=by_path((*_beside(seen.outputs, declared), *declared)),
            metrics=metrics.summary,
            observer="none" if observer is None else observer.name,
            blind=_NOBODY if observer is None else observer.blind,
            warnings=(*redactor.warns(dict.fromkeys(warnings)), *redactor.warnings()),
            interpreter=interpreter(entries),
            inputs=seen.inputs,
            folders=seen.folders,
            imported=seen.imported,
            network=seen.network,
            series=series,
            usage_series=usage_series,
            samples=samples.table,
            secrets=secrets,
            unsearched=unsearched,
            kept=keeping.kept,
            order=seen.order,
            made_folders=seen.made_folders,
            origins=_origins(store, run, completed, seen, remains.places),
        )
        return runs.seal(store.layout, run, encode_seal(seal))


def _origins(store: Store, run: RunId, recipe: Recipe, seen: Touched, places: Places) -> tuple[Origin, ...]:
    """The inputs that DVC tracks."""
    found = roots(places.top, (each["path"] for each in recipe.inputs))
    if not found or not recipe.inputs:
        return ()
    from runlore.ops.dvc.origins import origins  # noqa: PLC0415 - for most runs it would be loaded in vain

    refs = (*seen.inputs, *runs.read_intent(store.layout, run).inputs)
    return origins(store.objects, recipe.code, refs, places.top, found, places.environ)


def place_of(store: Store, folder: str) -> Place:
    """Where an observer of the run in ``folder`` puts its files."""
    return Place(folder, folder + "/saved", settings.limits(store.layout).trace_file)


def _complete(store: Store, writer: ObjectWriter, recipe: Recipe, entries: Entries) -> Recipe | None:
    """The recipe with the environment that the command's first interpreter reported; ``None`` without a report."""
    for entry in entries:
        if entry.get("kind") == "interpreter" and (oid := add_environment(store.stats, writer, entry)) is not None:
            return recipe._replace(environment=oid)
    return None


def _with_what_was_seen(recipe: Recipe, seen: Touched, entries: Entries, redactor: Redactor) -> Recipe:
    """The recipe with the inputs, the config files and the parameters that only the run itself has shown."""
    inputs = [{"path": ref.path, "oid": ref.oid, "kind": ref.kind} for ref in seen.inputs]
    return recipe._replace(
        inputs=tuple(sorted((*recipe.inputs, *inputs), key=itemgetter("path"))),
        config=(*recipe.config, *seen.config),
        params=redactor.params({**seen.params, **recipe.params, **scripted_params(entries)}),
    )


def _search(store: Store, recipe: Recipe, seen: Touched, remains: Remains) -> Secrets:
    """Where in the files that are kept as they are secrets are."""
    made_up = settings.limits(store.layout).made_up.split()
    search = Search(store.objects, store.stats, store.secret_key, remains.budget, made_up=made_up)
    search.recipe(recipe)
    if remains.patch is not None:
        search.blob("patch", "", remains.patch)
    search.inputs(seen.inputs)
    return search.found()


def _beside(seen: Sequence[FileRef], declared: Sequence[FileRef]) -> Iterator[FileRef]:
    """What was seen and does not lie in what was declared."""
    names = {ref.path for ref in declared}
    for ref in seen:
        if not any(is_below(ref.path, name) for name in names):
            yield ref


def _unreported(recipe: Recipe, ended: Ended, warnings: list[Warn], seen: Touched) -> Recipe:
    """The recipe without an environment: what was expected is not what was seen."""
    if ended.state == "crashed" or ended.signal is not None:
        return recipe  # it did not live to report, or nobody lived to read it
    started = any(path.endswith(_LANDMARK) for path in seen.packages)
    if recipe.environment is not None or _is_python(recipe.argv[0]) or started:
        why = "-I, -E, -S, PYTHONPATH set anew" if started else "-I, -E, -S, --trace off?"
        message = f"the interpreter did not report itself ({why}): its packages are not on record"
        warnings.append(Warn(code="environment-unknown", message=message))
    return recipe._replace(environment=None)


def _is_python(program: str) -> bool:
    return program.endswith(".py") or os.path.basename(program).startswith("python")


def _outputs(
    store: Store, writer: ObjectWriter, outputs: Outputs, entries: Entries, warnings: list[Warn]
) -> list[FileRef]:
    """What was declared: on the command line, or by the script."""
    paths = dict.fromkeys((*outputs.paths, *scripted_outputs(entries)))
    if not paths:
        return []
    limits = settings.limits(store.layout)
    capture = DataCapture(store, writer, limits, settled=store.clock())
    found = []
    for path in paths:
        try:
            ref = capture.take(path, cwd=outputs.cwd, top=outputs.top)
            found.append(ref._replace(role=SAMPLES) if path in outputs.samples else ref)
        except UsageError as error:
            warnings.append(Warn(code="output-missing", message=f"declared output {error.message}"))
    warnings += capture.warnings
    return found


def _add_log(store: Store, writer: ObjectWriter, run: str, warnings: list[Warn]) -> ObjectId | None:
    path = f"{store.layout.runs}/{run}/log"
    try:
        file = open_plain(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        warnings.append(Warn(code="log-incomplete", message=f"the output is not kept: {error.strerror}"))
        return None
    try:
        if os.fstat(file).st_size == 0:
            return None
        digest, _, kept = writer.add_file(file)
    finally:
        os.close(file)
    if not kept:
        warnings.append(Warn(code="log-incomplete", message="the output is not kept: the disk is full"))
    return ObjectId(digest.hex()) if kept else None
