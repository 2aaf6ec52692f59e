"""`status`: what `exec` would capture now, and how it differs from the newest run."""

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.capture.code import CODE, snapshot_code
from runlore.capture.environment import read_environment
from runlore.capture.hardware import read_hardware
from runlore.capture.interpreter import read_report
from runlore.capture.listing import list_code
from runlore.capture.sink import InMemory
from runlore.capture.snapshot import Snapshot
from runlore.capture.variables import kept_variables
from runlore.errors import RunNotFoundError
from runlore.execute.resolve import python_of
from runlore.ops.describe import describe, environment_json
from runlore.ops.interpreter import remembered_report
from runlore.ops.names import resolve
from runlore.ops.project import find_project
from runlore.ops.record import left_out
from runlore.ops.results import Run, Status
from runlore.probe.path import child_pythonpath
from runlore.records import tree
from runlore.records.canonical import Json
from runlore.records.environment import encode_environment
from runlore.records.fields import to_json
from runlore.records.hashing import record_id
from runlore.store import settings
from runlore.store.layout import check_vacant, is_store
from runlore.store.refs import Refs
from runlore.store.settings import DEFAULTS
from runlore.store.statcache import StatCache
from runlore.store.store import Store


class _Changes(NamedTuple):
    """Code paths against the newest run's tree; all ``None`` without one."""

    added: tuple[str, ...] | None = None
    removed: tuple[str, ...] | None = None
    modified: tuple[str, ...] | None = None


def status(folder: str, environ: Mapping[str, str]) -> Status:
    """What a run started now would record. Runs no program of the project, and keeps nothing."""
    project = find_project(folder)
    listing = list_code(project.top)
    interpreter = python_of(project.top, environ, cwd=folder)
    newest, changes, environment = None, _Changes(), None
    if is_store(project.root):
        with Store(project.root) as store:
            trees = InMemory(store.objects)
            snapshot = Snapshot(store.stats, trees, settled=store.clock(), prefix=CODE)
            code = snapshot_code(project.top, listing.rows, snapshot, settings.limits(store.layout))
            store.stats.flush()
            newest = _newest(store)
            if newest is not None and newest.code["tree"] is not None:
                changes = _compare(trees, bytes.fromhex(newest.code["tree"]), bytes.fromhex(code.tree))
            environment = _environment(store, interpreter, environ)
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
        **changes._asdict(),
        warnings=(*listing.warnings, *listing.skipped, *snapshot.warnings),
    )


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


def _compare(trees: InMemory, old: bytes, new: bytes) -> _Changes:
    """Which paths differ between two trees; equal folders are not looked into."""
    added: list[str] = []
    removed: list[str] = []
    modified: list[str] = []
    waiting = [(b"", old, new)]
    while waiting:
        path, before, after = waiting.pop()
        if before == after:
            continue
        was = {entry.name: entry for entry in trees.tree(before)}
        now = {entry.name: entry for entry in trees.tree(after)}
        for name in was.keys() | now.keys():
            where = path + name
            one, two = was.get(name), now.get(name)
            if one and two and one.kind == two.kind == tree.FOLDER:
                waiting.append((where + b"/", one.digest, two.digest))
            elif one and two and tree.FOLDER not in (one.kind, two.kind):
                if (one.kind, one.digest) != (two.kind, two.digest):
                    modified.append(os.fsdecode(where))
            else:
                removed += [os.fsdecode(each) for each in _files(trees, where, one)]
                added += [os.fsdecode(each) for each in _files(trees, where, two)]
    return _Changes(tuple(sorted(added)), tuple(sorted(removed)), tuple(sorted(modified)))


def _files(trees: InMemory, path: bytes, entry: tree.Entry | None) -> Iterator[bytes]:
    """The paths of all files at and below an entry."""
    if entry is None:
        return
    if entry.kind != tree.FOLDER:
        yield path
        return
    for below in trees.tree(entry.digest):
        yield from _files(trees, path + b"/" + below.name, below)
