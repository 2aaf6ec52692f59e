"""`status`: what `exec` would capture now, and how it differs from the newest run."""

import os
from collections.abc import Mapping

from runlore.capture.code import CODE, snapshot_code
from runlore.capture.environment import read_environment
from runlore.capture.hardware import read_hardware
from runlore.capture.interpreter import read_report
from runlore.capture.listing import list_code
from runlore.capture.sink import InMemory
from runlore.capture.snapshot import Snapshot
from runlore.capture.variables import kept_variables
from runlore.errors import NoSuchRemoteError, RunNotFoundError
from runlore.execute.resolve import python_of
from runlore.ops.describe import describe, environment_json
from runlore.ops.interpreter import remembered_report
from runlore.ops.names import resolve
from runlore.ops.project import find_project
from runlore.ops.record import left_out
from runlore.ops.results import Run, Status, Unpushed
from runlore.probe.path import child_pythonpath
from runlore.records.canonical import Json
from runlore.records.environment import encode_environment
from runlore.records.fields import to_json
from runlore.records.hashing import record_id
from runlore.store import settings
from runlore.store.layout import check_vacant, is_store
from runlore.store.pack import TREE
from runlore.store.refs import Refs
from runlore.store.settings import DEFAULTS
from runlore.store.statcache import StatCache
from runlore.store.store import Store
from runlore.store.treediff import changes


def status(folder: str, environ: Mapping[str, str]) -> Status:
    """What a run started now would record. Runs no program of the project, and keeps nothing."""
    project = find_project(folder)
    listing = list_code(project.top)
    interpreter = python_of(project.top, environ, cwd=folder)
    newest, environment, differing, unpushed = None, None, None, None
    if is_store(project.root):
        with Store(project.root) as store:
            trees = InMemory(store.objects)
            snapshot = Snapshot(store.stats, trees, settled=store.clock(), prefix=CODE)
            code = snapshot_code(project.top, listing.rows, snapshot, settings.limits(store.layout))
            store.stats.flush()
            newest = _newest(store)
            if newest is not None and _has_code(store, newest):
                differing = changes(trees, bytes.fromhex(newest.code["tree"]), bytes.fromhex(code.tree))
            environment = _environment(store, interpreter, environ)
            unpushed = _unpushed(store)
    else:
        check_vacant(project.root)
        snapshot = Snapshot(StatCache(""), InMemory(None), settled=0)
        code = snapshot_code(project.top, listing.rows, snapshot, DEFAULTS)
    return Status(
        top=project.top,
        store=project.root if is_store(project.root) else None,
        git=None if listing.git is None else to_json(listing.git),
        code_files=code.files,
        code_bytes=code.bytes,
        interpreter=interpreter,
        environment=environment,
        left_out=left_out(listing),
        omitted=code.omitted,
        newest=newest,
        added=differing and differing.added,
        removed=differing and differing.removed,
        modified=differing and differing.modified,
        warnings=(*listing.warnings, *listing.skipped, *snapshot.warnings),
        unpushed=unpushed,
    )


def _has_code(store: Store, run: Run) -> bool:
    """Whether the code of the run can be compared: of one that was pulled it need not be here."""
    return run.code["tree"] is not None and store.objects.has(bytes.fromhex(run.code["tree"]), TREE)


def _unpushed(store: Store) -> Unpushed | None:
    if not os.path.exists(store.layout.config):
        return None
    from runlore.ops.sharing.link import choose  # noqa: PLC0415 - most stores have no remote
    from runlore.store.remote.known import Known  # noqa: PLC0415 - the same

    try:
        name, address = choose(store, None)
    except NoSuchRemoteError:
        return None
    known = Known(store.layout, address.url)
    try:
        there = known.runs() | set(Refs(store.layout, store.index).removed())
    finally:
        known.close()
    return Unpushed(name, sum(run not in there for run in store.index.ended()))


def _environment(store: Store, program: str | None, environ: Mapping[str, str]) -> Mapping[str, Json] | None:
    """The environment of the project's interpreter, if a run has shown it before."""
    child = {**environ, "PYTHONPATH": child_pythonpath(environ.get("PYTHONPATH"))}
    report = remembered_report(store.stats, program, child) if program else None
    interpreter = read_report(report) if report else None
    if interpreter is None:
        return None
    found = read_environment(interpreter, store.stats)
    about = environment_json(record_id(encode_environment(found)), found)
    return {**about, "variables": kept_variables(environ), "hardware": read_hardware(), "container": None}


def _newest(store: Store) -> Run | None:
    refs = Refs(store.layout, store.index)
    try:
        return describe(store, refs, resolve(store, refs, "@"))
    except RunNotFoundError:
        return None
