"""The end of a run: what it left behind is captured, and the seal written. Also for runs whose owner was killed."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from runlore.capture.data import DataCapture
from runlore.errors import CorruptError, UsageError
from runlore.ops.interpreter import add_environment
from runlore.ops.record import by_path
from runlore.records.canonical import Json
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import FileRef, Recipe, Seal, Warn, decode_recipe, encode_recipe, encode_seal
from runlore.store import journal, runs, settings
from runlore.store.objects import ObjectWriter
from runlore.store.reading import open_plain
from runlore.store.store import Store

_BLIND = ("inputs", "outputs", "network")
"""What nobody watches yet: a run's inputs and outputs are those that were declared."""

_STATES = ("succeeded", "failed", "killed")
"""What a command can end in; not a set: what it is compared with may be anything."""


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


def write_seal(store: Store, run: RunId, recipe: Recipe, ended: Ended, outputs: Outputs) -> bool:
    """Seal the run with what it left behind; durable on return. False if it was sealed already.

    Raises:
        StoreWriteError: the store cannot be written; the next writer seals the run from its journal.
    """
    folder = f"{store.layout.runs}/{run}"
    entries = list(journal.read(f"{folder}/journal"))
    warnings = list(ended.warnings)
    with store.unfinished():
        with store.writer() as writer:
            refs = by_path(_outputs(store, writer, outputs, warnings))
            completed = _complete(store, writer, recipe, entries) or _unreported(recipe, ended, warnings)
            recipe_id = ObjectId(writer.add_record(encode_recipe(completed)))
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
            outputs=refs,
            metrics={},
            observer="none",
            blind=_BLIND,
            warnings=tuple(warnings),
            interpreter=_interpreter(entries),
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
                    ended = _last_known(store, name, intent.started_at)
                    write_seal(store, RunId(name), recipe, ended, Outputs((), "", ""))
                    sealed.append(name)
        except (CorruptError, ValueError):
            continue  # fsck says what is wrong with it
    return sealed


def journal_end(journal_path: str, ended: Ended) -> None:
    """Put the end on record at once, so that it is known even if nobody lives to write the seal."""
    entry: dict[str, Any] = ended._asdict()
    entry["warnings"] = [[warning.code, warning.message] for warning in ended.warnings]
    journal.append(journal_path, {"kind": "ended", **entry})


def _last_known(store: Store, run: str, started_at: int) -> Ended:
    """How the run ended as far as its journal says: crashed, unless the command's end is in it."""
    folder = f"{store.layout.runs}/{run}"
    for entry in journal.read(f"{folder}/journal"):
        if entry.get("kind") == "ended" and (known := _known_end(entry)) is not None:
            return known
    ended_at = max((_mtime(f"{folder}/{name}") for name in ("journal", "log", "lock")), default=started_at)
    return Ended("crashed", None, None, max(ended_at, started_at), None, {}, _size(f"{folder}/log"), ())


def _known_end(entry: Mapping[str, Any]) -> Ended | None:
    """What `journal_end` wrote; ``None`` if it is something else: processes of the run write to the journal too."""
    try:
        warnings = tuple(Warn(code=str(code), message=str(message)) for code, message in entry["warnings"])
        known = Ended(**{name: entry[name] for name in Ended._fields} | {"warnings": warnings})
    except (KeyError, TypeError, ValueError):
        return None
    numbers = (known.ended_at, known.log_bytes, known.exit_code or 0, known.signal or 0)
    typed = all(isinstance(each, int) for each in numbers) and isinstance(known.usage, dict)
    typed = typed and (known.duration is None or isinstance(known.duration, int | float))
    return known if typed and known.state in _STATES else None


def _complete(store: Store, writer: ObjectWriter, recipe: Recipe, entries: Iterable[dict[str, Json]]) -> Recipe | None:
    """The recipe with the environment that the command's first interpreter reported; ``None`` without a report."""
    for entry in entries:
        if entry.get("kind") == "interpreter" and (oid := add_environment(store.stats, writer, entry)) is not None:
            return recipe._replace(environment=oid)
    return None


def _interpreter(entries: Iterable[dict[str, Json]]) -> str | None:
    """The path of the command's first interpreter, as it reported it."""
    for entry in entries:
        if entry.get("kind") == "interpreter" and isinstance(path := entry.get("executable"), str):
            return path
    return None


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


def _outputs(store: Store, writer: ObjectWriter, outputs: Outputs, warnings: list[Warn]) -> list[FileRef]:
    if not outputs.paths:
        return []
    limits = settings.limits(store.layout)
    capture = DataCapture(store, writer, limits, settled=store.clock())
    found = []
    for path in outputs.paths:
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
