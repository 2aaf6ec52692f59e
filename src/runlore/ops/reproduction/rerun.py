"""A recorded run, run again in a folder of its own: files, environment, command, and a record of its own."""

import os
import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from runlore.capture.access.ladder import pick
from runlore.capture.hardware import host_name, read_hardware
from runlore.capture.variables import other_variables
from runlore.errors import CannotRebuildError, CorruptError
from runlore.execute.environment.rebuild import Rebuilt
from runlore.execute.resolve import resolve
from runlore.ops.author import user_at
from runlore.ops.dvc.kept import Kept
from runlore.ops.execution import ExecResult, Execution, Listener, Order
from runlore.ops.nested import alone
from runlore.ops.parts import Parts
from runlore.ops.record import Command, Counter
from runlore.ops.reproduction.folder import ROOM_HINT, Folder
from runlore.ops.reproduction.neighbours import place
from runlore.ops.reproduction.request import stands_below
from runlore.ops.reproduction.setting import Moved, home_of, moved_environ, moved_words, moves
from runlore.ops.reproduction.stdin import standard_input
from runlore.ops.reproduction.variation import Variation
from runlore.ops.restoring import restore_run
from runlore.ops.results import Started
from runlore.probe.path import child_pythonpath
from runlore.records.absent import DAMAGED, Absent
from runlore.records.hashing import ObjectId
from runlore.records.paths import is_below
from runlore.records.run import SAMPLES, Intent, encode_intent, encode_recipe
from runlore.store import runs
from runlore.store.boot import boot_id
from runlore.store.durable import reason
from runlore.store.store import Store


def furnish(  # noqa: PLR0913, PLR0917 - what is put where
    store: Store,
    parts: Parts,
    folder: Folder,
    code: ObjectId | None,
    replaced: Collection[str],
    count: Counter,
    environ: Mapping[str, str],
) -> tuple[Moved, ...]:
    """Put the run's code (or ``code``), config files and data into the folder, and the folders that it wrote to.

    What lies elsewhere now, of what lay outside the project. Of ``replaced`` nothing needs to be there. ``environ``
    leads to the person's settings of DVC.

    Raises:
        CannotRebuildError: something is missing, or the disk does not take it.
        CorruptError: something is damaged in the store.
    """
    here = os.path.dirname(store.layout.root)
    spare = parts.intent.top if parts.intent.top and os.path.isdir(parts.intent.top) else here
    try:
        caches = Kept(store, parts, environ).paths
        restored = restore_run(store, parts, folder.path, spare=spare, caches=caches, other_code=code, on_write=count)
        if missing := [each for each in restored.missing if not stands_below(each.path, replaced)]:
            raise _lacks(missing)
        _complete(parts, folder)
        return place(store, parts, restored.outside, folder) if folder.root else ()
    except OSError as error:
        raise CannotRebuildError(f'"{folder.path}" cannot be filled: {reason(error)}', hint=ROOM_HINT) from error


def _complete(parts: Parts, folder: Folder) -> None:
    """What must be there and is no part of the code: the folders that the run wrote to and had not made itself."""
    made = parts.seal.made_folders if parts.seal else ()
    for ref in parts.outputs:
        # A folder that only holds results is no part of the code, and a script may expect it to be there.
        if not ref.path.startswith("/"):
            path = ref.path if ref.kind == "d" else os.path.dirname(ref.path)
            path = next((os.path.dirname(each) for each in made if is_below(path, each)), path)
            os.makedirs(os.path.join(folder.path, path), exist_ok=True)
    os.makedirs(os.path.join(folder.path, parts.recipe.cwd), exist_ok=True)


def _lacks(lacking: Sequence[Absent]) -> CannotRebuildError | CorruptError:
    first = lacking[0]
    others = f", and {len(lacking) - 1} more" if len(lacking) > 1 else ""
    kind = CorruptError if first.why == DAMAGED else CannotRebuildError
    return kind(
        f'"{first.path}" cannot be restored: {first.detail or first.why}{others}', hint="mlrun reproduce --check"
    )


def link_environment(parts: Parts, folder: Folder, rebuilt: Rebuilt | None) -> None:
    """Where the environment lay in the project, a link stands for it: scripts may name it by its path."""
    home, top = home_of(parts.interpreter), parts.intent.top
    if rebuilt is None or home is None or top is None or not home.startswith(top + "/"):
        return
    link = folder.path + home[len(top) :]
    if not os.path.lexists(link):
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.symlink(rebuilt.prefix, link)


class Prepared(NamedTuple):
    """All that is ready to run: what to run, in which environment, and what from outside lies elsewhere now."""

    variation: Variation
    rebuilt: Rebuilt | None
    moved: tuple[Moved, ...]


def run_again(  # noqa: PLR0913 - everything that decides
    store: Store,
    parts: Parts,
    prepared: Prepared,
    folder: Folder,
    *,
    environ: Mapping[str, str],
    timeout: float | None,
    listener: Listener,
) -> ExecResult:
    """Run it and record it; what it says of itself is as of the run it repeats, but for when, where and who.

    Raises:
        StartError: the command cannot be started.
        StoreWriteError: nothing can be recorded.
    """
    variation = prepared.variation
    order = _order(parts, prepared, folder, environ, timeout)
    intent = _intent(parts, variation, order)
    with store.unfinished():
        with store.writer() as writer:
            recipe_id = ObjectId(writer.add_record(encode_recipe(variation.recipe)))
        intent = intent._replace(
            recipe=recipe_id,
            parent={"run": parts.run, "kind": variation.kind, **_mixture(variation)},
            others=other_variables(order.command.environ, variation.recipe.variables, store.secret_key),
            stdin=None,
        )
        live = runs.begin(store.layout, encode_intent(intent))
    started = _started(live.id, intent)
    run_of = Execution(store, order, listener, live, intent.started_at, variation.recipe, intent.patch, started)
    with standard_input(parts, folder):
        return run_of.run()


def _mixture(variation: Variation) -> dict[str, str]:
    return {} if variation.mixture is None else {"mixture": variation.mixture}


def _order(
    parts: Parts, prepared: Prepared, folder: Folder, environ: Mapping[str, str], timeout: float | None
) -> Order:
    """What to run: the same words and variables, but for the paths of what lies elsewhere now."""
    top, interpreter = parts.intent.top, parts.interpreter
    recipe, rebuilt = prepared.variation.recipe, prepared.rebuilt
    prefix = rebuilt.prefix if rebuilt else None
    moved = (*moves(top, folder.path, interpreter, prefix), *prepared.moved)
    child = moved_environ(environ, recipe.variables, moved, folder=folder.path, prefix=prefix)
    words = moved_words(recipe.argv, os.path.join(top or folder.path, recipe.cwd), moved, interpreter)
    cwd = os.path.normpath(os.path.join(folder.path, recipe.cwd))
    resolved = resolve(words, cwd=cwd, top=folder.path, environ=child)
    child = alone(child) if "RUNLORE_JOURNAL" in child else child
    child["PYTHONPATH"] = child_pythonpath(child.get("PYTHONPATH"))
    command = Command(resolved.argv, resolved.interpreter, child)
    declared = [ref for ref in parts.outputs if ref.how == "declared"]
    return Order(
        command,
        cwd,
        folder.path,
        rung=pick("auto", command.argv[0], child).rung,
        name=None if command.interpreter else words[0],
        out=tuple(os.path.join(folder.path, ref.path) for ref in declared),
        samples=tuple(os.path.join(folder.path, ref.path) for ref in declared if ref.role == SAMPLES),
        timeout=timeout,
        root=folder.root,
        outer=environ,
    )


def _intent(parts: Parts, variation: Variation, order: Order) -> Intent:
    """The record of the new run, but for its recipe."""
    host, intent = host_name(), parts.intent
    if (code := variation.code) is not None:
        intent = intent._replace(
            code_files=code.files, code_bytes=code.bytes, git=code.git, patch=code.patch, omitted=()
        )
    return intent._replace(
        name=None,
        message=variation.message,
        started_at=time.time_ns(),
        author=user_at(host),
        host=host,
        boot=boot_id(),
        nonce=os.urandom(16).hex(),
        interpreter=order.command.interpreter,
        inputs=variation.inputs,
        hardware=read_hardware(),
        skipped=(),
        warnings=(),
    )


def _started(run: str, intent: Intent) -> Started:
    git = intent.git
    return Started(
        id=run,
        commit=git["commit"] if git else None,
        branch=git["branch"] if git else None,
        dirty=git["dirty"] if git else None,
        modified=len(git["modified"]) if git else None,
        untracked=len(git["untracked"]) if git else None,
        code_files=intent.code_files,
        code_bytes=intent.code_bytes,
        new_bytes=0,
        inputs=len(intent.inputs),
        left_out=(),
        omitted=(),
        warnings=(),
    )
