"""`doctor`: is everything here that mlrun works best with?"""

import os
import sys
from collections.abc import Iterator, Mapping

from runlore.capture.access.ladder import pick
from runlore.capture.git import find_work_tree
from runlore.errors import MlrunError
from runlore.execute.resolve import python_of
from runlore.ops.project import find_project
from runlore.ops.results import Check, Checkup
from runlore.probe.path import site_folder
from runlore.store.layout import Layout, check_vacant, is_store
from runlore.store.loose import can_reflink
from runlore.store.store import Store
from runlore.version import __version__

OK, WARN, FAIL = "ok", "warn", "fail"
_LOW_DISK = 1 << 30


def checkup(folder: str, environ: Mapping[str, str]) -> Checkup:
    """What works here and what does not; nothing is changed, no program of the project is run."""
    project = find_project(folder)
    checks = [
        Check(name="mlrun", status=OK, detail=f"{__version__} on Python {sys.version.split()[0]}", hint=None),
        _git(folder, environ),
        _interpreter(project.top, folder, environ),
        _probe(),
        _watching(environ),
        *_store(project.root),
        _disk(project.top),
    ]
    return Checkup(checks=tuple(checks))


def _git(folder: str, environ: Mapping[str, str]) -> Check:
    found = [path for path in environ.get("PATH", "").split(":") if path and os.access(f"{path}/git", os.X_OK)]
    work_tree = find_work_tree(folder)
    if not found:
        hint = "install git; until then code is captured without commit and diff"
        return Check(name="git", status=WARN, detail="not found", hint=hint)
    where = f"work tree {work_tree}" if work_tree else "no work tree here: every file not left out is code"
    return Check(name="git", status=OK, detail=f"{found[0]}/git, {where}", hint=None)


def _interpreter(top: str, folder: str, environ: Mapping[str, str]) -> Check:
    program = python_of(top, environ, cwd=folder)
    if program is None:
        hint = "activate an environment, or: python3 -m venv .venv"
        return Check(name="interpreter", status=WARN, detail="no Python for scripts", hint=hint)
    return Check(name="interpreter", status=OK, detail=program, hint=None)


def _watching(environ: Mapping[str, str]) -> Check:
    rung, why = pick("auto", sys.executable, environ)
    if why is None:
        return Check(name="watching", status=OK, detail=rung, hint=None)
    hint = "with a C compiler at hand: pip install --force-reinstall --no-binary runlore runlore"
    return Check(name="watching", status=WARN, detail=f"{rung}: {why}", hint=hint)


def _probe() -> Check:
    path = site_folder() + "/sitecustomize.py"
    if os.path.isfile(path):
        return Check(name="probe", status=OK, detail=path, hint=None)
    return Check(name="probe", status=FAIL, detail=f"{path} is missing", hint="pip install --force-reinstall runlore")


def _store(root: str) -> Iterator[Check]:
    if not is_store(root):
        try:
            check_vacant(root)
        except MlrunError as error:
            yield Check(name="store", status=FAIL, detail=error.message, hint=error.hint)
            return
        yield Check(name="store", status=OK, detail="none yet; the first mlrun exec makes it", hint=None)
        return
    try:
        with Store(root) as store:
            store.index.is_empty()
    except MlrunError as error:
        yield Check(name="store", status=FAIL, detail=error.message, hint=error.hint)
        return
    tmp = Layout(root).tmp
    if not os.access(tmp, os.W_OK):
        yield Check(name="store", status=WARN, detail=f"{root} is read-only", hint="runs cannot be recorded here")
        return
    yield Check(name="store", status=OK, detail=root, hint=None)
    shared = can_reflink(os.fsencode(root + "/format"), tmp)
    detail = "yes: large files are kept without costing space" if shared else "no: kept files are copied"
    yield Check(name="reflinks", status=OK, detail=detail, hint=None)


def _disk(top: str) -> Check:
    found = os.statvfs(top)
    free = found.f_bavail * found.f_frsize
    if free >= _LOW_DISK:
        return Check(name="disk", status=OK, detail=f"{free / _LOW_DISK:.1f} GiB free", hint=None)
    detail = f"{free >> 20} MiB free"
    return Check(name="disk", status=WARN, detail=detail, hint="free some space before the next run")
