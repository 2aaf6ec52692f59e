"""`exec`: snapshot, run, watch, record."""

import contextlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from runlore.capture.access.ladder import pick
from runlore.errors import (
    CacheDamagedError,
    ConfigError,
    CorruptError,
    LockedError,
    MlrunError,
    RefusedError,
    StoreWriteError,
)
from runlore.execute.resolve import resolve
from runlore.execute.supervise import exit_status, supervise
from runlore.ops.execution import ExecResult, Execution, Listener, Order
from runlore.ops.nested import alone
from runlore.ops.project import Project, project_for_exec
from runlore.ops.record import Command, Prepared, left_out, prepare
from runlore.ops.request import ExecRequest
from runlore.ops.results import Started
from runlore.ops.tag import check_name
from runlore.probe.path import child_pythonpath
from runlore.records.run import decode_intent, encode_intent
from runlore.store import runs
from runlore.store.runs import LiveRun
from runlore.store.store import Store

if TYPE_CHECKING:
    from runlore.ops.parts import Parts
    from runlore.ops.reuse import Reuse


def execute(request: ExecRequest, listener: Listener) -> ExecResult:
    """Run the command and record it. A failure to record never keeps the command from running.

    Raises:
        StartError: the command cannot be started, or a store would be made where none belongs.
        UsageError: a declared path does not exist, a tag cannot be one, or the run cannot be watched as asked.
    """
    project = project_for_exec(request.folder, request.environ)
    resolved = resolve(request.argv, cwd=request.folder, top=project.top, environ=request.environ)
    for tag in request.tags:
        check_name(tag)
    environ = _child_environ(request)
    command = Command(resolved.argv, resolved.interpreter, environ)
    order = Order(
        command,
        request.folder,
        project.top,
        rung=pick(request.trace, command.argv[0], environ).rung,
        # What the program sees as its own name is what was typed, unless we chose the program.
        name=None if command.interpreter else request.argv[0],
        out=request.out,
        samples=request.samples,
        tags=request.tags,
        timeout=request.timeout,
        outer=request.environ,
    )
    try:
        execution = _begin(project, request, order, listener)
    except (StoreWriteError, ConfigError, CorruptError, LockedError, RefusedError) as error:
        return _run_unrecorded(request, order, listener, error)
    with execution.store:
        return execution.run()


def _begin(project: Project, request: ExecRequest, order: Order, listener: Listener) -> "Execution | Reuse":
    """Put the run on record."""
    with contextlib.ExitStack() as undo:
        is_new = not os.path.lexists(project.root)
        store = undo.enter_context(Store.create(project.root))
        if is_new:
            from runlore.ops.own import own  # noqa: PLC0415 - once for each project

            own(store, request.environ)
        with store.unfinished():
            try:
                prepared = prepare(store, project, request, order.command, listener.progress)
            except CacheDamagedError:  # and dropped: once more, with an empty one
                store.close()
                prepared = prepare(store, project, request, order.command, listener.progress)
            earlier = _earlier(store, project, prepared, order, listener) if request.cached else None
            intent = prepared.intent if earlier is None else _reusing(prepared.intent, earlier)
            live = runs.begin(store.layout, intent)
        undo.pop_all()  # it stays open for the execution
    if earlier is not None:
        from runlore.ops.reuse import Reuse  # noqa: PLC0415 - only with --cached

        return Reuse(store, order, listener, live, earlier, prepared.started_at)
    started = _started(live, prepared)
    return Execution(store, order, listener, live, prepared.started_at, prepared.recipe, prepared.patch, started)


def _earlier(store: Store, project: Project, prepared: Prepared, order: Order, listener: Listener) -> "Parts | None":
    """A run that was the same, with what it made put where it belongs; ``None``, and why, if there is none to use."""
    from runlore.ops.reusable import find  # noqa: PLC0415 - only with --cached
    from runlore.ops.reuse import restore_outputs  # noqa: PLC0415 - the same

    found = find(store, order, prepared)
    if isinstance(found, str):
        listener.on_remark(f"not cached: {found}")
        return None
    try:
        restore_outputs(store, project.top, found)
    except (CorruptError, StoreWriteError) as error:
        listener.on_remark(f"not cached: {error.message}")
        return None
    return found


def _reusing(intent: bytes, earlier: "Parts") -> bytes:
    parent = {"run": earlier.run, "kind": "reuses"}
    return encode_intent(decode_intent(intent)._replace(parent=parent))


def _run_unrecorded(request: ExecRequest, order: Order, listener: Listener, error: MlrunError) -> ExecResult:
    """The run comes first: where nothing can be recorded the command runs all the same, and that is said."""
    listener.on_warning(error)
    nobody = os.urandom(16).hex()
    outcome = supervise(
        order.command.argv,
        cwd=order.folder,
        env={**request.environ, "RUNLORE_RUN": nobody},
        log_path=os.devnull,
        timeout=order.timeout,
        run_id=nobody,
        name=order.name,
    )
    return ExecResult(None, exit_status(outcome), outcome.interrupted, ())


def _child_environ(request: ExecRequest) -> Mapping[str, str]:
    """What the command will see, but for the names of its run: string hashes that repeat, and the probe on its path."""
    environ = {"PYTHONHASHSEED": "0", **request.environ}
    if request.deterministic:
        from runlore.ops.deterministic import settings  # noqa: PLC0415 - only if asked for

        environ = {**settings(), **environ}
    if request.trace != "off":
        environ = alone(environ) if "RUNLORE_JOURNAL" in environ else environ
        environ["PYTHONPATH"] = child_pythonpath(request.environ.get("PYTHONPATH"))
    return environ


def _started(live: LiveRun, prepared: Prepared) -> Started:
    git = prepared.listing.git
    return Started(
        id=live.id,
        commit=git.commit if git else None,
        branch=git.branch if git else None,
        dirty=git.dirty if git else None,
        modified=len(git.modified) if git else None,
        untracked=len(git.untracked) if git else None,
        code_files=prepared.code.files,
        code_bytes=prepared.code.bytes,
        new_bytes=prepared.new_bytes,
        inputs=len(prepared.inputs),
        left_out=left_out(prepared.listing),
        omitted=prepared.code.omitted,
        warnings=prepared.warnings,
    )
