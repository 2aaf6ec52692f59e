"""Blobs of a store as contents."""

from typing import BinaryIO

from runlore.records.run import FileRef
from runlore.store.objects import Objects


class StoredBlob:
    """A blob under the name of a file of a run. What is read was verified: whole, when it is first opened."""

    def __init__(self, objects: Objects, digest: bytes, name: str, size: int) -> None:
        """``size`` as the record says."""
        self.name, self.size = name, size
        self._objects, self._digest = objects, digest
        self._verified = False

    def open(self) -> BinaryIO:
        """A new stream.

        Raises:
            CorruptError: missing, or not the bytes that the id stands for.
        """
        file = self._objects.open_blob(self._digest, verify=not self._verified)
        self._verified = True
        return file


def stored(objects: Objects, file: FileRef) -> StoredBlob:
    """The content of a file of a run, which the store holds."""
    return StoredBlob(objects, bytes.fromhex(file.oid), file.path, file.size)
