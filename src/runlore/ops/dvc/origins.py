"""Which inputs of a run DVC tracks. It is a hint of where bytes are: whoever takes them from there verifies them."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from runlore.capture.dvc.outs import Out
from runlore.capture.dvc.project import DvcProject
from runlore.ops.dvc.inputs import Input, Inputs
from runlore.ops.dvc.tracked import Tracked
from runlore.records import tree
from runlore.records.origins import DVC, Origin
from runlore.records.paths import is_below
from runlore.records.run import FileRef
from runlore.store.objects import Objects

_FOLDER = tree.FOLDER.decode()


def origins(  # noqa: PLR0913, PLR0917 - what was read, and where DVC is
    objects: Objects,
    code: str | None,
    refs: Sequence[FileRef],
    top: str,
    roots: Sequence[str],
    environ: Mapping[str, str],
) -> tuple[Origin, ...]:
    """The inputs ``refs`` that are as DVC has them, as far as sizes can tell.

    ``code`` is the run's code tree, ``roots`` are the DVC projects below ``top``, the innermost first.
    """
    inside = [ref for ref in refs if not ref.path.startswith("/")]
    found: dict[str, Origin] = {}
    for root in roots:
        look = _Look(objects, code, inside, DvcProject(os.path.join(top, root), environ), root)
        for origin in look.origins():
            found.setdefault(origin.path, origin)
    return tuple(found[path] for path in sorted(found))


class _Look:
    """Inputs held against what one DVC project tracks."""

    def __init__(self, objects: Objects, code: str | None, refs: Iterable[FileRef], dvc: DvcProject, root: str) -> None:
        self._refs = [ref for ref in refs if not root or is_below(ref.path, root)]
        self._inputs = Inputs(objects, self._refs)
        self._tracked = Tracked(objects, code, root)
        self._dvc = dvc
        self._root = root

    def origins(self) -> Iterator[Origin]:
        """An origin for each file, and one for each folder that is in the record as a tree."""
        for ref in self._refs:
            self._tracked.look_at(ref.path)
        self._tracked.look_around()
        for ref in self._refs:
            if ref.kind == _FOLDER:
                self._tracked.look_below(ref.path)
        for ref in self._refs:
            out = self._tracked.above(ref.path)
            if ref.kind != _FOLDER:
                if out is not None and (origin := self._of_file(ref, out)):
                    yield origin
            elif out is not None:
                yield from self._of_folder(out, ref.path)
            else:
                for each in self._tracked.below(ref.path):
                    yield from self._of_folder(each, each.path)

    def _of_file(self, ref: FileRef, out: Out) -> Origin | None:
        md5, size = out.md5, out.size
        if out.is_folder:
            md5 = self._listing(out).get(ref.path[len(out.path) + 1 :], "")
            size = None
        if not md5 or (self._dvc.size(md5) if size is None else size) != ref.size:
            return None
        return Origin(DVC, ref.path, md5, ref.size, self._root)

    def _of_folder(self, out: Out, path: str) -> Iterator[Origin]:
        """The folder that is tracked, if what the run read at ``path``, in it or the whole of it, is in its listing."""
        files = list(self._inputs.at(path))
        if not out.is_folder:
            if [each.size for each in files] == [self._dvc.size(out.md5) if out.size is None else out.size]:
                yield Origin(DVC, out.path, out.md5, files[0].size, self._root)
        elif files and self._are_listed(files, out):
            size = sum(each.size for each in files) if out.size is None else out.size
            yield Origin(DVC, out.path, out.md5, size, self._root)

    def _are_listed(self, files: Sequence[Input], out: Out) -> bool:
        listing = self._listing(out)
        md5s = [listing.get(each.path[len(out.path) + 1 :]) for each in files]
        if None in md5s:
            return False
        if len(files) == len(listing) and out.size is not None:
            return sum(each.size for each in files) == out.size
        return all(self._dvc.size(md5 or "") == each.size for md5, each in zip(md5s, files, strict=True))

    def _listing(self, out: Out) -> Mapping[str, str]:
        return self._dvc.listing(out.md5) or {}
