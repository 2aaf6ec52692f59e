"""Which blobs need not be pushed, because DVC keeps them and can send them itself."""

import hashlib
from collections.abc import Iterable, Mapping

from runlore.errors import CorruptError
from runlore.ops.dvc.kept import Copy, Kept
from runlore.ops.parts import Parts
from runlore.store.pack import BLOB
from runlore.store.store import Store

_FACT = b"md5:"
_PIECE = 1 << 20


class Keeper:
    """What DVC keeps of some runs' inputs.

    A record says what DVC tracked as far as sizes tell. What is left out of a push is nowhere else where others could
    get it, so here it is looked at: DVC's cache has it, some remote of DVC's is set up, and its MD5 is that of the
    blob's own bytes.
    """

    def __init__(self, store: Store, runs: Iterable[Parts], environ: Mapping[str, str]) -> None:
        """``environ`` leads to the person's own settings of DVC."""
        self._store = store
        self._kept = [Kept(store, parts, environ) for parts in runs if parts.seal and parts.seal.origins]

    def has(self, digest: bytes) -> bool:
        """Whether DVC keeps the blob, and the store has it too."""
        md5s = {copy.md5 for kept in self._kept for copy in kept.copies.get(digest, ()) if _is_sendable(kept, copy)}
        return bool(md5s) and self._store.objects.has(digest, BLOB) and self._md5(digest) in md5s

    def _md5(self, digest: bytes) -> str:
        """The MD5 of a blob, which is computed once."""
        key = _FACT + digest
        if (known := self._store.stats.get(key)) is None:
            known = self._computed(digest)
            if known:
                self._store.stats.put(key, known)
        return known.hex()

    def _computed(self, digest: bytes) -> bytes:
        hasher = hashlib.md5(usedforsecurity=False)
        try:
            with self._store.objects.open_blob(digest) as file:
                while piece := file.read(_PIECE):
                    hasher.update(piece)
        except CorruptError:
            return b""  # the push itself says so
        return hasher.digest()


def _is_sendable(kept: Kept, copy: Copy) -> bool:
    project = kept.project(copy.root)
    return bool(project.settings.remotes) and project.size(copy.md5) is not None
