"""Which project a folder belongs to, and where its store is."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from runlore.capture.git import find_work_tree
from runlore.errors import NoStoreError, RefusedError
from runlore.store import store as stores
from runlore.store.layout import NAME
from runlore.store.store import Store


class Project(NamedTuple):
    """``top``: of the git work tree, else the folder with the store. ``root``: where the store is or would be."""

    top: str
    root: str


def find_project(folder: str) -> Project:
    """The project of ``folder``, with or without a store yet."""
    work_tree = find_work_tree(folder)
    root = stores.find(folder, top=work_tree)
    top = work_tree or (os.path.dirname(root) if root else folder)
    return Project(top, root or os.path.join(top, NAME))


def open_store(folder: str) -> Store:
    """The store of the project, which must exist.

    Raises:
        NoStoreError: there is none here or above.
    """
    root = stores.find(folder, top=find_work_tree(folder))
    if root is None:
        raise NoStoreError(
            f'no runs are recorded in "{folder}" or above', hint="mlrun exec train.py records the first one"
        )
    return Store(root)


def open_or_create_store(project: Project, environ: Mapping[str, str]) -> Store:
    """The store of the project, made if there is none.

    Raises:
        RefusedError: the project is a home folder or ``/``, where a store is made only by `init`.
    """
    home = environ.get("HOME", "")
    if not os.path.exists(project.root) and (project.top == "/" or (home and _same(project.top, home))):
        raise RefusedError(
            f'"{project.top}" is not a project folder',
            hint="work in a folder of its own, or, if you do mean this one: mlrun init",
        )
    return Store.create(project.root)


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
