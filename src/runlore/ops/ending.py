"""The end of a run: what it left behind is captured, and the seal written. Also for runs whose owner was killed."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from runlore.capture.access.observer import Observer, Place
from runlore.capture.data import DataCapture
from runlore.capture.metrics.collect import collect
from runlore.errors import CorruptError, UsageError
from runlore.ops.interpreter import add_environment
from runlore.ops.touched import NOTHING, Places, Touched, touched
from runlore.records.canonical import Json, Scalar
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import (
    SEAL_SHAPES,
    FileRef,
    Recipe,
    Seal,
    Warn,
    by_path,
    decode_recipe,
    encode_recipe,
    encode_seal,
)
from runlore.records.shapes import scalar
from runlore.store import journal, runs, settings
from runlore.store.objects import ObjectWriter
from runlore.store.reading import open_plain
from runlore.store.store import Store

_PREFIXES = ("prefix", "base_prefix")
_NOBODY = ("everything",)
_STATES = ("succeeded", "failed", "killed")
"""What a command can end in."""


Entries = Sequence[Mapping[str, Json]]
"""Of a journal, in order."""


class Ended(NamedTuple):
    """How a command ended; the fields of `Seal` of these names."""

    state: str
    exit_code: int | None
    signal: int | None
    ended_at: int
    duration: float | None
    usage: dict[str, Json]
    log_bytes: int
    warnings: tuple[Warn, ...]


class Outputs(NamedTuple):
    """The declared outputs and where they are relative to."""

    paths: Sequence[str]
    cwd: str
    top: str


class Remains(NamedTuple):
    """What there is to look at when a run has ended: its journal, what was declared, and who watched it.

    ``on_read`` is told of bytes as they are read.
    """

    entries: Entries
    outputs: Outputs
    observer: Observer | None
    places: Places
    on_read: Callable[[int], None] | None = None


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
        with store.writer() as writer:
            declared = _outputs(store, writer, remains.outputs, entries, warnings)
            seen = NOTHING
            if observer is not None:
                seen = touched(store, writer, observer, recipe, remains.places, remains.on_read)
                warnings += seen.warnings
            metrics = collect(f"{folder}/journal", seen.written, top=remains.places.top)
            warnings += (*metrics.warnings, *_told(entries))
            series = None if metrics.series is None else ObjectId(writer.add_blob(metrics.series).hex())
            completed = _complete(store, writer, recipe, entries) or _unreported(recipe, ended, warnings)
            recipe_id = ObjectId(writer.add_record(encode_recipe(_with_what_was_seen(completed, seen, entries))))
            log = _add_log(store, writer, run, warnings)
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
            warnings=tuple(dict.fromkeys(warnings)),
            interpreter=_interpreter(entries),
            inputs=seen.inputs,
            folders=seen.folders,
            imported=seen.imported,
            network=seen.network,
            series=series,
        )
        return runs.seal(store.layout, run, encode_seal(seal))


def seal_the_dead(store: Store) -> list[str]:
    """Seal every run whose owner is gone; the ids of those that were."""
    sealed = []
    for name in store.index.unsealed():
        try:
            intent = runs.read_intent(store.layout, name)
            with runs.owned(store.layout, name, intent.boot) as mine:
                if mine:
                    recipe = decode_recipe(store.objects.record(bytes.fromhex(intent.recipe)))
                    entries = tuple(journal.read(f"{store.layout.runs}/{name}/journal"))
                    ended = _last_known(store, name, intent.started_at, entries)
                    write_seal(store, RunId(name), recipe, ended, _remains(store, name, intent.started_at, entries))
                    sealed.append(name)
        except (CorruptError, ValueError):
            continue  # fsck says what is wrong with it
    return sealed


def journal_end(journal_path: str, ended: Ended) -> None:
    """Put the end on record at once, so that it is known even if nobody lives to write the seal."""
    entry: dict[str, Any] = ended._asdict()
    entry["warnings"] = [[warning.code, warning.message] for warning in ended.warnings]
    journal.append(journal_path, {"kind": "ended", **entry})


def place_of(store: Store, folder: str) -> Place:
    """Where an observer of the run in ``folder`` puts its files."""
    return Place(folder, folder + "/saved", settings.limits(store.layout).trace_file)


def _remains(store: Store, run: str, started_at: int, entries: Entries) -> Remains:
    """What a run left whose owner was killed."""
    from runlore.capture.access.ladder import recover  # noqa: PLC0415 - after a crash alone

    top = os.path.dirname(store.layout.root)
    observer = recover(place_of(store, f"{store.layout.runs}/{run}"), started_at)
    return Remains(entries, Outputs((), top, top), observer, places_of(top, {}, entries))


def _last_known(store: Store, run: str, started_at: int, entries: Entries) -> Ended:
    """How the run ended as far as its journal says: crashed, unless the command's end is in it."""
    folder = f"{store.layout.runs}/{run}"
    for entry in entries:
        if entry.get("kind") == "ended" and (known := _known_end(entry)) is not None:
            return known
    ended_at = max((_mtime(f"{folder}/{name}") for name in ("journal", "log", "lock")), default=started_at)
    return Ended("crashed", None, None, max(ended_at, started_at), None, {}, _size(f"{folder}/log"), ())


def _known_end(entry: Mapping[str, Any]) -> Ended | None:
    """What `journal_end` wrote; ``None`` if it is something else: processes of the run write to the journal too."""
    plain = [name for name in Ended._fields if name != "warnings"]
    if not all(name in entry and SEAL_SHAPES[name](entry[name]) for name in plain) or entry["state"] not in _STATES:
        return None
    try:
        warnings = tuple(Warn(code=str(code), message=str(message)) for code, message in entry["warnings"])
    except (KeyError, TypeError, ValueError):
        return None
    return Ended(**{name: entry[name] for name in plain}, warnings=warnings)


def _complete(store: Store, writer: ObjectWriter, recipe: Recipe, entries: Entries) -> Recipe | None:
    """The recipe with the environment that the command's first interpreter reported; ``None`` without a report."""
    for entry in entries:
        if entry.get("kind") == "interpreter" and (oid := add_environment(store.stats, writer, entry)) is not None:
            return recipe._replace(environment=oid)
    return None


def _interpreter(entries: Entries) -> str | None:
    """The path of the command's first interpreter, as it reported it."""
    for entry in entries:
        if entry.get("kind") == "interpreter" and isinstance(path := entry.get("executable"), str):
            return path
    return None


def places_of(top: str, environ: Mapping[str, str], entries: Entries) -> Places:
    """Where the paths of a run lie, by the reports of its interpreters."""
    prefixes: set[str] = set()
    imports: set[str] = set()
    for entry in entries:
        if entry.get("kind") == "interpreter":
            prefixes.update(_texts(entry.get(name) for name in _PREFIXES))
            path = entry.get("path")
            imports.update(map(os.path.realpath, _texts(path if isinstance(path, list) else ())))
    return Places(top, environ, frozenset(prefixes), frozenset(imports))


def _texts(values: Iterable[Json]) -> Iterator[str]:
    """Those that can be paths."""
    return (value for value in values if isinstance(value, str) and "\0" not in value)


def _told(entries: Entries) -> Iterator[Warn]:
    """What processes of the run say themselves that a person should know."""
    for entry in entries:
        code, message = entry.get("code"), entry.get("message")
        if entry.get("kind") == "warning" and isinstance(code, str) and isinstance(message, str):
            yield Warn(code, message)


def _with_what_was_seen(recipe: Recipe, seen: Touched, entries: Entries) -> Recipe:
    """The recipe with the inputs, the config files and the parameters that only the run itself has shown."""
    inputs = [{"path": ref.path, "oid": ref.oid, "kind": ref.kind} for ref in seen.inputs]
    scripted: dict[str, Scalar] = {}
    for entry in entries:
        values = entry.get("values")
        if entry.get("kind") == "params" and isinstance(values, dict):
            scripted |= {name: value for name, value in values.items() if scalar(value)}
    return recipe._replace(
        inputs=tuple(sorted((*recipe.inputs, *inputs), key=itemgetter("path"))),
        config=(*recipe.config, *seen.config),
        params={**seen.params, **recipe.params, **scripted},
    )


def _beside(seen: Sequence[FileRef], declared: Sequence[FileRef]) -> Iterator[FileRef]:
    """What was seen and does not lie in what was declared."""
    names = {ref.path for ref in declared}
    for ref in seen:
        if not any(ref.path == name or ref.path.startswith(name + "/") for name in names):
            yield ref


def _unreported(recipe: Recipe, ended: Ended, warnings: list[Warn]) -> Recipe:
    """The recipe without an environment: what was expected is not what was seen."""
    if ended.state == "crashed" or ended.signal is not None:
        return recipe  # it did not live to report, or nobody lived to read it
    if recipe.environment is not None or _is_python(recipe.argv[0]):
        message = "the interpreter did not report itself (-I, -E, -S, --trace off?): its packages are not on record"
        warnings.append(Warn(code="environment-unknown", message=message))
    return recipe._replace(environment=None)


def _is_python(program: str) -> bool:
    return program.endswith(".py") or os.path.basename(program).startswith("python")


def _outputs(
    store: Store, writer: ObjectWriter, outputs: Outputs, entries: Entries, warnings: list[Warn]
) -> list[FileRef]:
    """What was declared: on the command line, or by the script."""
    told = [entry.get("path") for entry in entries if entry.get("kind") == "output"]
    paths = dict.fromkeys((*outputs.paths, *(path for path in told if isinstance(path, str) and "\0" not in path)))
    if not paths:
        return []
    limits = settings.limits(store.layout)
    capture = DataCapture(store, writer, limits, settled=store.clock())
    found = []
    for path in paths:
        try:
            found.append(capture.take(path, cwd=outputs.cwd, top=outputs.top))
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
        digest, _, _ = writer.add_file(file)
    finally:
        os.close(file)
    return ObjectId(digest.hex())


def _mtime(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
