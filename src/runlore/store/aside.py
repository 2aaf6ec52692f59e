"""`aside/`: damaged files, each under the path that it had. Nothing here is ever read, or removed by us."""

import os

from runlore.store.durable import fsync_folder
from runlore.store.layout import ASIDE, Layout


def set_aside(layout: Layout, path: str) -> str:
    """Move a file or folder of the store, given by its path in it, out of the way; its new path. Durable on return.

    What lies there already from an earlier time stays; the newcomer gets a number.

    Raises:
        OSError: it cannot be moved.
    """
    target = _target(layout, path)
    os.rename(f"{layout.root}/{path}", target)
    for folder in (os.path.dirname(target), os.path.dirname(f"{layout.root}/{path}")):
        fsync_folder(folder)
    return os.path.relpath(target, layout.root)


def keep_copy(layout: Layout, path: str) -> str:
    """As `set_aside`, of a file that is about to be replaced: it stays where it is too."""
    target = _target(layout, path)
    os.link(f"{layout.root}/{path}", target)
    fsync_folder(os.path.dirname(target))
    return os.path.relpath(target, layout.root)


def _target(layout: Layout, path: str) -> str:
    wanted = target = f"{layout.root}/{ASIDE}/{path}"
    number = 1
    while os.path.lexists(target):
        number += 1
        target = f"{wanted}.{number}"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    return target
