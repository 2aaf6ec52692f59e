"""`init`: make a store where `exec` would not make one by itself."""

import os
from collections.abc import Mapping

from runlore.ops.own import own
from runlore.ops.project import find_project
from runlore.ops.results import Initialised
from runlore.store.layout import is_store
from runlore.store.store import Store


def init(folder: str, environ: Mapping[str, str]) -> Initialised:
    """The store of the project, made if there is none; raises `FormatError` or `StoreWriteError`."""
    project = find_project(folder)
    created = not is_store(project.root)
    is_new = not os.path.lexists(project.root)
    with Store.create(project.root) as store:
        if is_new:
            own(store, environ)
    return Initialised(store=project.root, created=created)
