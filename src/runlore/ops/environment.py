"""`environment`: what a run ran in, as a lock file, or kept whole in the store."""

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.capture.environment import read_environment
from runlore.capture.installed import distributions
from runlore.capture.interpreter import Interpreter
from runlore.capture.keeping import Candidate, Keeper
from runlore.capture.pristine import Used
from runlore.capture.sources import Place
from runlore.errors import CannotRebuildError
from runlore.execute.environment import lock as locks
from runlore.execute.environment.rebuild import Progress, in_place, rebuild
from runlore.execute.environment.recorded import Kept, load
from runlore.execute.environment.report import report_of
from runlore.ops.author import author_of
from runlore.ops.names import resolve
from runlore.ops.parts import read_parts
from runlore.ops.project import open_store
from runlore.ops.results import LeftPackage, Locked, Vendored
from runlore.ops.trust import is_known, refuse
from runlore.ops.writeout import write_out
from runlore.records.environment import Environment
from runlore.records.fields import to_json
from runlore.records.hashing import ObjectId, RunId
from runlore.store import settings
from runlore.store.adopting import origin_of
from runlore.store.durable import writing
from runlore.store.refs import Refs, vendor_proof
from runlore.store.store import Store

_ALL = "all"


class Ran(NamedTuple):
    """What a run ran in: the record, the interpreter's path, and the distributions that the store has the files of."""

    run: str
    environment: ObjectId
    interpreter: str | None
    imported: tuple[str, ...] | None
    kept: Kept


def environment_of(store: Store, refs: Refs, run: RunId) -> Ran:
    """What a run ran in.

    Raises:
        CannotRebuildError: its environment is not on record.
    """
    _, intent, seal, recipe = read_parts(store, run)
    if recipe.environment is None:
        hint = f"mlrun show {run[:12]} says why"
        raise CannotRebuildError(f"the environment of run {run[:12]} is not on record", hint=hint)
    interpreter = (seal and seal.interpreter) or intent.interpreter
    made_here = origin_of(store.layout, run) is None
    vendored = refs.vendored(recipe.environment, key=store.secret_key if made_here else None)
    kept = _together(seal.kept if seal else (), vendored)
    return Ran(run, recipe.environment, interpreter, seal.imported if seal else None, kept)


def _together(first: Kept, others: Kept) -> Kept:
    """Kept distributions by name, of those with one name that of the first."""
    found = {str(each["name"]): each for each in (*others, *first)}
    return tuple(found[name] for name in sorted(found))


def lock(folder: str, run_name: str, environ: Mapping[str, str], *, form: str, output: str | None) -> Locked:
    """The environment of a run as a lock file, written to ``output`` if that is given.

    Raises:
        CannotRebuildError: a package cannot be found, or the environment is not on record.
        StoreWriteError: the file cannot be written.
    """
    path = None if output is None else os.path.join(folder, output)
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        ran = environment_of(store, refs, resolve(store, refs, run_name))
        beside = folder if path is None else os.path.dirname(path)
        trusted = is_known(store, read_parts(store, RunId(ran.run)), environ)
        record = load(store, ran.environment)
        made = locks.lock(record, ran.kept, form, environ=environ, folder=beside, trusted=trusted)
        if path is not None:
            with writing(f'"{output}"'):
                write_out(path, made.text.encode("utf-8", "surrogateescape"))
    left = tuple(LeftPackage(package.name, package.version, why) for package, why in made.left_out)
    return Locked(ran.run, ran.environment, form, output, made.text, made.packages, left)


def vendor(folder: str, run_name: str, environ: Mapping[str, str], progress: Progress) -> Vendored:
    """Put every distribution of a run's environment into the store: it can then be made again without a network.

    They are taken from where the run had them if that still stands, else from the environment made again.

    Raises:
        RefusedError: others made the run, and making its environment executes their code.
        CannotRebuildError: it neither stands nor can be made again.
        StoreWriteError: the store cannot be written.
    """
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        ran = environment_of(store, refs, run := resolve(store, refs, run_name))
        if not is_known(store, parts := read_parts(store, run), environ):
            raise refuse(parts)
        record = load(store, ran.environment)
        interpreter = _standing(store, ran, record, environ, progress)
        proven = refs.vendored(ran.environment, key=store.secret_key)
        own = {each["name"] for each in _together(parts.seal.kept if parts.seal else (), proven)}
        with store.unfinished():
            with store.writer() as writer:
                place = Place(store.stats, writer, settings.limits(store.layout), "", store.clock())
                place = place._replace(limits=place.limits._replace(data_store=_ALL))
                keeper = Keeper(place, interpreter.prefix, Used(None, ()))
                new = []
                for number, candidate in enumerate(found := list(_candidates(record, interpreter, own))):
                    progress(f"keeping {candidate.distribution.name}", number, len(found))
                    if (each := keeper.keep(candidate)) is not None:
                        new.append(each)
                added = writer.new_bytes
            store.stats.flush()
            if new:
                ref, key = f"environment/{ran.environment}", store.secret_key
                kept = to_json(_together(new, proven))
                refs.add(ref, "vendor", {"kept": kept, "proof": vendor_proof(ref, kept, key)}, author_of(folder))
    have = own | {each["name"] for each in new}
    left = [each for each in record.packages if each.name not in have]
    why = "its files could not be found"
    lacking = tuple(LeftPackage(each.name, each.version, why) for each in left)
    return Vendored(ran.run, ran.environment, len(have), added, lacking)


def _standing(
    store: Store, ran: Ran, record: Environment, environ: Mapping[str, str], progress: Progress
) -> Interpreter:
    """An interpreter with exactly the recorded packages: the run's own, or one that is made for it."""
    python = ran.interpreter
    if python is None or not in_place(record, python, environ=environ):
        made = rebuild(
            store, ran.environment, ran.kept, environ=environ, interpreter=python, on_progress=progress,
            needed=ran.imported,
        )  # fmt: skip
        python = made.python
    report = report_of(python, environ)
    if report is None:
        raise CannotRebuildError(f'"{python}" does not start', hint="mlrun reproduce --check says more")
    return report


def _candidates(record: Environment, interpreter: Interpreter, own: set[str]) -> Iterator[Candidate]:
    """The distributions that are there as recorded, but for those that the store has."""
    here = {each.name: each for each in read_environment(interpreter, None).packages}
    as_recorded = {(each.name, each.version) for each in record.packages if here.get(each.name) == each}
    seen = set(own)
    for entry in dict.fromkeys(interpreter.path):
        for each in distributions(os.path.realpath(entry)):
            if each.name not in seen and (each.name, each.version) in as_recorded:
                seen.add(each.name)
                yield Candidate(each, "vendored")
