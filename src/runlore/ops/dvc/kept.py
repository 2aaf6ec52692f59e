"""Where DVC may have the bytes of a run's inputs: what the run's record says, and the project's own DVC."""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from runlore.capture.dvc.project import DvcProject
from runlore.ops.dvc.inputs import Inputs
from runlore.ops.parts import Parts
from runlore.records.origins import DVC, Origin
from runlore.store.store import Store


class Copy(NamedTuple):
    """What DVC knows bytes by: its project, from the top, and their MD5."""

    root: str
    md5: str


class Kept:
    """What DVC may have of a run. Nothing is looked at before it is asked for."""

    def __init__(self, store: Store, parts: Parts, environ: Mapping[str, str]) -> None:
        """``environ`` leads to the person's own settings of DVC."""
        self._objects = store.objects
        self._parts = parts
        self._top = os.path.dirname(store.layout.root)
        self._environ = environ
        self._projects: dict[str, DvcProject] = {}
        self.origins = tuple(each for each in (parts.seal.origins if parts.seal else ()) if each.by == DVC)

    def project(self, root: str) -> DvcProject:
        """The DVC project in that folder of ours; for one that would lie elsewhere, ours."""
        if root not in self._projects:
            is_inside = root == os.path.normpath(root) and not root.startswith(("/", "..")) and "\0" not in root
            self._projects[root] = DvcProject(os.path.join(self._top, root) if is_inside else self._top, self._environ)
        return self._projects[root]

    @property
    def unlisted(self) -> tuple[Origin, ...]:
        """Folders of which nobody here knows yet what is in them."""
        return tuple(
            each for each in self.origins if each.is_folder and self.project(each.root).listing(each.md5) is None
        )

    def learn(self, origin: Origin, files: Mapping[str, str]) -> None:
        """Take the listing of a folder from elsewhere."""
        self.project(origin.root).learn(origin.md5, files)
        self.__dict__.pop("copies", None)

    @cached_property
    def copies(self) -> Mapping[bytes, tuple[Copy, ...]]:
        """What DVC knows blobs by, by their ids."""
        found: dict[bytes, dict[Copy, None]] = {}
        for digest, copy in self._each():
            found.setdefault(digest, {})[copy] = None
        return {digest: tuple(copies) for digest, copies in found.items()}

    def paths(self, digest: bytes) -> Iterator[str]:
        """Files in DVC's cache that may be this blob; nobody has looked into them."""
        for copy in self.copies.get(digest, ()):
            yield from self.project(copy.root).in_cache(copy.md5)

    def may_have(self, root: str, digest: bytes) -> bool:
        """Whether a remote of the DVC project in that folder may have this blob."""
        known = any(copy.root == root for copy in self.copies.get(digest, ()))
        return known or any(origin.root == root for origin in self.unlisted)

    def remote_of(self, digest: bytes) -> str | None:
        """The name of the first remote that may have the blob."""
        for root in dict.fromkeys(origin.root for origin in self.origins):
            for remote in self.project(root).settings.remotes if self.may_have(root, digest) else ():
                return remote.name
        return None

    def _each(self) -> Iterator[tuple[bytes, Copy]]:
        inputs = Inputs(self._objects, self._parts.inputs)
        for origin in self.origins:
            listing = self.project(origin.root).listing(origin.md5) if origin.is_folder else None
            for each in inputs.at(origin.path):
                md5 = (listing or {}).get(each.path[len(origin.path) + 1 :]) if origin.is_folder else origin.md5
                if md5 is not None:
                    yield each.digest, Copy(origin.root, md5)
