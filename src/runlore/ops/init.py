"""`init`: make a store where `exec` would not make one by itself."""

from runlore.ops.project import find_project
from runlore.ops.results import Initialised
from runlore.store.layout import is_store
from runlore.store.store import Store


def init(folder: str) -> Initialised:
    """The store of the project, made if there is none; raises `FormatError` or `StoreWriteError`."""
    project = find_project(folder)
    created = not is_store(project.root)
    Store.create(project.root).close()
    return Initialised(store=project.root, created=created)
