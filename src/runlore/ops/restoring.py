"""What a run was made of, put into a folder: its code, the config files and the data that it read."""

import os
from collections.abc import Callable, Iterable, Iterator

from runlore.errors import CorruptError
from runlore.ops.outside import Elsewhere
from runlore.ops.parts import Parts
from runlore.ops.rebuilt import Restored
from runlore.records import tree
from runlore.records.absent import REFUSED, Absent
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef
from runlore.records.shapes import label
from runlore.store.objects import Objects
from runlore.store.paths import Paths
from runlore.store.restore import Restorer
from runlore.store.store import Store
from runlore.store.whole import entry_of

OUTSIDE = b".outside"
"""The folder in which files from outside the project are put, under the paths that they had."""
_MOST_LINKS = 40
"""Links on the way to a file; Linux follows as many."""
_LONGEST = 4096
"""Bytes of a path (PATH_MAX). A stranger may have written a longer one."""


def restore_run(  # noqa: PLR0913 - what there is to choose
    store: Store,
    parts: Parts,
    folder: str,
    *,
    link: bool = False,
    outputs: bool = False,
    outside: bool = False,
    spare: str | None = None,
    caches: Callable[[bytes], Iterable[str]] = lambda _: (),
    other_code: ObjectId | None = None,
    on_write: Callable[[int], None] | None = None,
) -> Restored:
    """Put what the run was made of into ``folder``, which exists, is empty and is nobody else's until this returns.

    What it read stands as it was when it was first read, also where the code has another file of that name.
    With ``outputs`` what it made is put beside that, where nothing else stands. Files from outside the project
    are only compared with those of this machine; with ``outside`` they are put below ``.outside`` as well.
    What the store does not have is taken from the project in the folder ``spare`` where its very bytes are
    still there, or from one of the files that ``caches`` names for its id. ``other_code`` is a tree in the place of
    the run's own code. ``on_write`` is told of bytes as they are done.

    Raises:
        OSError: the disk does not take it.
    """
    oid = other_code or parts.recipe.code
    code = None if oid is None else bytes.fromhex(oid)
    first = parts.inputs if other_code is None else tuple(_beside(store.objects, parts))
    wanted = (*first, *(parts.outputs if outputs else ()))
    links = _Links(store.objects, oid)
    strange: list[Absent] = []
    beyond: list[FileRef] = []
    with Restorer(store.objects, folder, link=link, spare=spare, caches=caches, on_write=on_write) as restorer:
        for ref in first:
            _put(restorer, ref, links, strange, beyond)
        if code is not None:
            restorer.tree(code, size=parts.intent.code_bytes)
        for ref in wanted[len(first) :]:
            _put(restorer, ref, links, strange, beyond)
        for ref in beyond if outside else ():
            restorer.put(entry_of(ref), OUTSIDE + os.fsencode(os.path.normpath("/" + ref.path.lstrip("/"))))
    elsewhere = Elsewhere(store, on_write)
    return Restored(
        files=restorer.files,
        bytes=restorer.bytes,
        missing=(*strange, *restorer.missing),
        borrowed=tuple(restorer.borrowed),
        outside=tuple(elsewhere.look(ref) for ref in beyond),
        cached=tuple(restorer.cached),
        spoilt=tuple(restorer.spoilt),
    )


def _beside(objects: Objects, parts: Parts) -> Iterator[FileRef]:
    """The inputs that the run's code tree does not have: what it has, other code has in its own way."""
    paths = Paths(objects, parts.recipe.code)
    for ref in parts.inputs:
        if not label(ref.path):
            yield ref  # no path can be so, which `_put` says
            continue
        entry = None if ref.path.startswith("/") else paths.entry(ref.path.encode("utf-8", "surrogateescape"))
        if entry is None or entry.digest.hex() != ref.oid:
            yield ref


def _put(restorer: Restorer, ref: FileRef, links: "_Links", strange: list[Absent], beyond: list[FileRef]) -> None:
    """Restore a file or folder of the project, or note that it lies outside."""
    try:
        path = os.fsencode(ref.path)
    except UnicodeEncodeError:
        strange.append(Absent(ref.path, ref.oid, ref.size, REFUSED, "no path can be so"))
        return
    if path.startswith(b"/"):
        beyond.append(ref)
    else:
        restorer.put(entry_of(ref), links.follow(path))


class _Links:
    """The links of the code tree: below one that stays in the project nothing can be put, but where it leads to."""

    def __init__(self, objects: Objects, code: str | None) -> None:
        self._objects = objects
        self._paths = Paths(objects, code)

    def follow(self, path: bytes) -> bytes:
        """Where the file of that path would lie; the path as it is where that would be outside."""
        if len(path) > _LONGEST:
            return path
        names = path.split(b"/")[::-1]
        walked: list[bytes] = []
        left = _MOST_LINKS
        while names:
            name = names.pop()
            if name == b".." and walked:
                walked.pop()
            elif name == b"..":
                return path
            elif name not in {b"", b"."}:
                target = self._target(b"/".join(walked), name)
                if target is None:
                    walked.append(name)
                elif target.startswith(b"/") or len(target) > _LONGEST or not left:
                    return path
                else:
                    left -= 1
                    names += target.split(b"/")[::-1]
        return b"/".join(walked)

    def _target(self, folder: bytes, name: bytes) -> bytes | None:
        """What the link of that name points to; ``None`` if it is none."""
        entry = self._paths.entry(folder + b"/" + name if folder else name)
        if entry is None or entry.kind != tree.SYMLINK:
            return None
        try:
            return next(self._objects.blob_chunks(entry.digest), b"")
        except CorruptError:
            return None
