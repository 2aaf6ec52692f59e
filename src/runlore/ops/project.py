"""Which project a folder belongs to, and where its store is."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from runlore.capture.git import find_work_tree
from runlore.errors import FormatError, NoStoreError, StartError
from runlore.store import store as stores
from runlore.store.layout import NAME, check_vacant, has_lost_format, is_store
from runlore.store.store import Store


class Project(NamedTuple):
    """``top``: of the git work tree, else the folder with the store. ``root``: where the store is or would be."""

    top: str
    root: str


def find_project(folder: str) -> Project:
    """The project of ``folder``, with or without a store yet."""
    work_tree = find_work_tree(folder)
    root = stores.find(folder, top=work_tree)
    if root is not None:
        return Project(os.path.dirname(root), root)
    top = work_tree or folder
    return Project(top, os.path.join(top, NAME))


def open_store(folder: str) -> Store:
    """The store of the project, which must exist.

    Raises:
        NoStoreError: there is none here or above.
        FormatError: what lies in its place is not a store of ours.
    """
    project = find_project(folder)
    if not is_store(project.root):
        check_vacant(project.root)
        if has_lost_format(project.root):
            raise FormatError(f'"{project.root}" has lost its format file', hint="mlrun fsck --repair writes it anew")
        hint = "mlrun exec train.py records the first one"
        raise NoStoreError(f'no runs are recorded in "{folder}" or above', hint=hint)
    return Store(project.root)


def project_for_exec(folder: str, environ: Mapping[str, str]) -> Project:
    """The project in which a run is recorded; below a home folder that is itself a repository, ``folder`` alone.

    Raises:
        StartError: that would be a home folder or ``/``, where a store is made only by `init`.
    """
    project = find_project(folder)
    home = environ.get("HOME", "")
    if os.path.lexists(project.root) or not _is_no_project(project.top, home):
        return project
    if _is_no_project(folder, home):
        hint = "work in a folder of its own, or, if you do mean this one: mlrun init"
        raise StartError(f'"{project.top}" is not a project folder', hint=hint)
    return Project(folder, os.path.join(folder, NAME))


def _is_no_project(folder: str, home: str) -> bool:
    return folder == "/" or (bool(home) and os.path.realpath(folder) == os.path.realpath(home))
