"""Inputs that were read through DVC's links into its cache: their paths in the project, and not those in the cache.

With `cache.type = symlink` a file of the data is a link that git ignores. What is seen to be read is what it leads to.
"""

import os
from collections.abc import Iterator, Mapping, Sequence

from runlore.capture.access.meaning import Seen
from runlore.capture.dvc.project import DvcProject
from runlore.capture.dvc.traces import md5_in, roots
from runlore.ops.dvc.tracked import Tracked
from runlore.store.objects import Objects


def linked(
    objects: Objects, code: str | None, top: str, environ: Mapping[str, str], seen: Sequence[Seen]
) -> Iterator[Seen]:
    """The same; of what lies in DVC's cache the paths of the links to it, if there are any.

    ``top`` is the real path of the project's folder, ``code`` its code tree.
    """
    cached = {md5 for each in seen if (md5 := md5_in(each.path))}
    inside = [os.fsdecode(each.path[len(top) + 1 :]) for each in seen if each.path.startswith(os.fsencode(top) + b"/")]
    names: dict[bytes, list[bytes]] = {}
    for root in roots(top, inside):
        for where, link in _links(objects, code, os.path.join(top, root), root, environ, cached):
            names.setdefault(where, []).append(link)
    for each in seen:
        yield from (each._replace(path=path) for path in names.get(each.path, (each.path,)))


def _links(  # noqa: PLR0913, PLR0917 - one project and what is looked for in it
    objects: Objects, code: str | None, folder: str, root: str, environ: Mapping[str, str], cached: set[str]
) -> Iterator[tuple[bytes, bytes]]:
    """What DVC tracks under one of these MD5s and is a link now: where the link leads to, and its own path."""
    dvc = DvcProject(folder, environ)
    top = folder.removesuffix(root).rstrip("/")
    for path in _tracked(objects, code, root, dvc, cached):
        link = os.fsencode(f"{top}/{path}")
        if (where := os.path.realpath(link)) != link:
            yield where, link


def _tracked(objects: Objects, code: str | None, root: str, dvc: DvcProject, cached: set[str]) -> Iterator[str]:
    """The paths of what DVC tracks under one of these MD5s."""
    tracked = Tracked(objects, code, root)
    tracked.look_below(root)
    for out in tracked.outs.values():
        if not out.is_folder and out.md5 in cached:
            yield out.path
        for path, md5 in (dvc.listing(out.md5) or {}).items() if out.is_folder else ():
            if md5 in cached:
                yield f"{out.path}/{path}"
