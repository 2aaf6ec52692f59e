"""A folder on a WebDAV server as a remote. webdav4's way for fsspec renames by copying, and asks before each file."""

import io
from collections.abc import Callable

from webdav4.client import HTTPError, ResourceAlreadyExists, ResourceNotFound
from webdav4.fsspec import WebdavFileSystem

from runlore.errors import UnreachableError
from runlore.store.remote.filesystem import Filesystem

_CONFLICT = 409


class Dav(Filesystem):
    """A `Filesystem` that asks the server itself where it matters what exactly is asked."""

    def __init__(self, make: Callable[[], WebdavFileSystem], root: str, *, url: str) -> None:
        """``make`` opens it, which asks nothing of the server yet."""
        super().__init__(make(), root, url=url, whole=False, read_only=False)
        self._make = make

    def close(self) -> None:
        """As `Remote.close`; what comes afterwards is asked by another client."""
        before = self._system.client.http
        self._system = self._make()
        before.close()

    def _fetch(self, path: str, start: int, stop: int) -> bytes:
        # A body that is packed for its way has other bytes at those places.
        return self._get(path, {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"})

    def _get(self, path: str, headers: dict[str, str]) -> bytes:
        return bytes(self._system.client.request("GET", path, headers=headers, follow_redirects=True).content)

    def _put(self, path: str, data: bytes) -> None:
        """As it says above; that there is a folder is not asked before each file, which would be two requests more."""
        try:
            self._upload(path, data)
        except (ResourceNotFound, HTTPError) as error:
            if getattr(error, "status_code", _CONFLICT) != _CONFLICT:
                raise
            super()._put(path, data)

    def _upload(self, path: str, data: bytes) -> None:
        self._system.client.upload_fileobj(io.BytesIO(data), path, overwrite=True, size=len(data))

    def _rename(self, path: str, name: str) -> None:
        """As it says above; a file that has these bytes already stays as it is.

        To move over a file a server deletes it first (RFC 4918, 9.9.3): for a moment it is gone, and for good if the
        server dies then. Names come from contents, so but for the repair of a damaged file that is never needed.
        """
        client = self._system.client
        try:
            client.move(path, name)
        except ResourceAlreadyExists:
            try:
                same = self._get(name, {}) == self._get(path, {})
            except ResourceNotFound as error:
                raise UnreachableError(f'"{name}" on {self.url} is being changed by another') from error
            if same:
                client.remove(path)
            else:
                client.move(path, name, overwrite=True)
